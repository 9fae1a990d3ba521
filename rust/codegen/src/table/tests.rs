use super::*;
use crate::model::Value;

const HEAD: &str = r#"
title = "X"
summary = "things"
example = "root=1"
uri = "root"
wheel = true
aliases = ["y"]
"#;

fn field(name: &str, kind: Kind, deprecated: Option<&str>) -> Field {
    Field {
        name: name.to_owned(),
        aliases: Vec::new(),
        kind,
        default: Value::None,
        deprecated: deprecated.map(str::to_owned),
    }
}

fn config() -> RustConfig {
    RustConfig {
        scheme: "x".to_owned(),
        schemes: vec!["x".to_owned(), "y".to_owned()],
        fields: vec![
            field("old", Kind::Bool, Some("0.57.0")),
            field("root", Kind::Text, None),
            field("wait", Kind::Integer, None),
        ],
    }
}

const OPTIONS: &str = r#"
[options.old]
description = "Nothing."
[options.root]
description = "A folder."
type = "path"
[options.wait]
description = "A time."
type = "duration"
env = ["A", "B", "C"]
"#;

fn refused(text: &str) -> String {
    join(text, config()).expect_err("the table is refused")
}

#[test]
fn facts_and_words_are_joined() {
    let service = join(&format!("{HEAD}{OPTIONS}"), config()).expect("the table is read");
    let options: Vec<_> =
        service.options.iter().map(|each| (each.field.name.as_str(), each.kind)).collect();
    let expected = [("root", Kind::Path), ("wait", Kind::Seconds), ("old", Kind::Bool)];
    assert_eq!(options, expected, "the deprecated one comes last");
    assert_eq!(
        service.options[1].description,
        "A time. Not given, it is read from `A`, `B` or `C`."
    );
}

#[test]
fn what_is_missing_or_too_much_is_named() {
    let without = OPTIONS.replace("[options.old]\ndescription = \"Nothing.\"", "");
    assert_eq!(refused(&format!("{HEAD}{without}")), "the option `old` is not described");

    let more = format!("{HEAD}{OPTIONS}[options.extra]\ndescription = \"More.\"\n");
    assert_eq!(refused(&more), "`extra` is described, but is no option of the service");

    let empty = format!("{HEAD}{}", OPTIONS.replace("A folder.", ""));
    assert_eq!(refused(&empty), "`root` is empty: say what it means, in your own words");

    let alias = format!("{}{OPTIONS}", HEAD.replace("\"y\"", ""));
    assert_eq!(refused(&alias), "the alias `y` is missing");

    let kind = format!("{HEAD}{}", OPTIONS.replace("\"path\"", "\"duration\""));
    assert_eq!(refused(&kind), "`root`: the type `duration` cannot stand for Text");

    let key = format!("{HEAD}{}", OPTIONS.replace("env =", "environ ="));
    assert!(refused(&key).starts_with("line 17: unknown field `environ`"), "{}", refused(&key));
}

#[test]
fn a_skeleton_wants_words() {
    let text = skeleton(&config());
    assert!(text.contains("aliases = [\"y\"]"));
    assert_eq!(refused(&text), "`title` is empty: say what it means, in your own words");
}
