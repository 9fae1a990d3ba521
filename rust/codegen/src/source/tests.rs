use super::*;
use crate::model::{Kind, Value};

fn read(text: &str) -> Result<Vec<Field>, Problem> {
    let file = syn::parse_file(text).expect("the test's source parses");
    fields(&file.items)
}

fn message(text: &str) -> String {
    read(text).expect_err("the source is refused").message
}

#[test]
fn names_types_aliases_and_deprecation_are_read() {
    let fields = read(
        r#"
        #[derive(Default)]
        #[serde(default)]
        pub struct XConfig {
            /// A sentence.
            #[serde(alias = "b", alias = "c")]
            pub a: Option<String>,
            #[deprecated(since = "0.57.0", note = "Another sentence.")]
            pub flag: bool,
            pub tags: Option<std::collections::HashMap<String, String>>,
            pub wait: Option<jiff::SignedDuration>,
            pub hosts: Vec<String>,
            #[serde(skip)]
            pub inner: Whatever,
        }
        "#,
    );
    let fields = fields.expect("the source is read");
    let summary: Vec<_> = fields.iter().map(|f| (f.name.as_str(), f.kind, &f.default)).collect();
    let expected = [
        ("a", Kind::Text, &Value::None),
        ("flag", Kind::Bool, &Value::Bool(false)),
        ("tags", Kind::Map, &Value::None),
        ("wait", Kind::Duration, &Value::None),
        ("hosts", Kind::List, &Value::Empty),
    ];
    assert_eq!(summary, expected);
    assert_eq!(fields[0].aliases, ["b", "c"]);
    assert_eq!(fields[1].deprecated.as_deref(), Some("0.57.0"));
}

#[test]
fn a_written_default_is_read() {
    let fields = read(
        r#"
        pub struct XConfig { a: String, b: Option<u64>, c: bool, d: f64, e: Option<String> }
        impl Default for XConfig {
            fn default() -> Self {
                Self { a: "x".to_string(), b: Some(1_000), c: true, d: -0.5, e: None }
            }
        }
        "#,
    );
    let fields = fields.expect("the source is read");
    let defaults: Vec<_> = fields.into_iter().map(|field| field.default).collect();
    let expected = [
        Value::Text("x".to_owned()),
        Value::Integer(1000),
        Value::Bool(true),
        Value::Float(-0.5),
        Value::None,
    ];
    assert_eq!(defaults, expected);
}

#[test]
fn what_cannot_be_read_is_named() {
    let unknown = message("#[derive(Default)] pub struct XConfig { a: Option<Vec<u8>> }");
    assert_eq!(unknown, "the type `Vec<u8>` is not known: add it to rust_type.rs");

    let computed = message(
        "pub struct XConfig { a: usize }
         impl Default for XConfig { fn default() -> Self { Self { a: SIZE * 2 } } }",
    );
    assert_eq!(computed, "the default of `a` is not a plain value");

    let misfit = message(
        "pub struct XConfig { a: usize }
         impl Default for XConfig { fn default() -> Self { Self { a: \"2\".into() } } }",
    );
    assert_eq!(misfit, "the default of `a` does not fit its type");

    let flat = message("#[derive(Default)] pub struct XConfig { #[serde(flatten)] a: String }");
    assert_eq!(flat, "this serde attribute is not supported");

    assert_eq!(message("pub struct XConfig {}"), "the configuration has no `Default`");
    assert_eq!(message("pub struct X {}"), "there is no struct called `...Config`");
}

#[test]
fn schemes_come_from_the_constants() {
    let file = syn::parse_file("pub const A_SCHEME: &str = \"a\"; const OTHER: &str = \"b\";");
    assert_eq!(schemes(&file.expect("it parses").items), ["a"]);
}
