//! `docs/capabilities.md`: what each service can do.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::python::wrap;
use super::{HEADER, grouped};
use crate::suite::{Abilities, Kind, Suite};

const TICK: &str = "✓";
const DASH: &str = "–";

/// What a call can be made to depend on: two abilities that are told in one word.
const CONDITIONS: [(&str, &str, &str); 5] = [
    ("new", "if_not_exists", "if_not_exists"),
    ("etag", "if_match", "if_none_match"),
    ("time", "if_modified_since", "if_unmodified_since"),
    ("version", "if_version_match", "if_version_not_match"),
    ("source", "source_if_match", "source_if_match"),
];

const HEADERS: [(&str, &str); 4] = [
    ("type", "content_type"),
    ("encoding", "content_encoding"),
    ("disposition", "content_disposition"),
    ("cache", "cache_control"),
];

/// One service's part of a table.
type Cell = fn(&Abilities) -> String;

struct Theme {
    title: &'static str,
    words: &'static str,
    columns: &'static [(&'static str, Cell)],
    /// Whether a service that has nothing here is left out.
    sparse: bool,
}

const THEMES: [Theme; 5] = [
    Theme {
        title: "Reading and listing",
        words: "Who reads, reads ranges and ends (`suffix`) too. *only if* is what a read can depend on: \
                the etag, the time of the last change, the version. *a version* is an older one. *answer* \
                is what a read can have said of the object in the answer's headers. *pages* is whether \
                `limit` counts, *after* whether `start_after` does, *versions* whether older ones are \
                listed, and deleted ones with them.",
        columns: &[
            ("read", |a| mark(a, "read")),
            ("only if", |a| conditions(a, "read_with_")),
            ("a version", |a| mark(a, "read_with_version")),
            ("answer", |a| headers(a, "read_with_override_")),
            ("stat", |a| mark(a, "stat")),
            ("stat only if", |a| conditions(a, "stat_with_")),
            ("list", |a| mark(a, "list")),
            ("pages", |a| mark(a, "list_with_limit")),
            ("after", |a| mark(a, "list_with_start_after")),
            ("versions", |a| mark(a, "list_with_versions")),
        ],
        sparse: false,
    },
    Theme {
        title: "Writing",
        words: "*parts* is whether an object can be sent in parts. *whole* is whether \
                an object appears whole at the end of its write or not at all, whatever becomes of the \
                writer (`write_atomic`). *empty* is whether it is promised that one of no bytes can be. *only if* is what a write can depend on: that \
                nothing is there (`if_not_exists`), the etag, the version. *headers* and *user metadata* are kept with the object.",
        columns: &[
            ("write", |a| mark(a, "write")),
            ("whole", |a| mark(a, "write_atomic")),
            ("append", |a| mark(a, "write_can_append")),
            ("parts", |a| mark(a, "write_can_multi")),
            ("empty", |a| mark(a, "write_can_empty")),
            ("only if", |a| conditions(a, "write_with_")),
            ("headers", |a| headers(a, "write_with_")),
            ("user metadata", |a| mark(a, "write_with_user_metadata")),
            ("create_dir", |a| mark(a, "create_dir")),
        ],
        sparse: false,
    },
    Theme {
        title: "Copying and deleting",
        words: "Each *only if* is what the call before it can depend on, *a version* whether one version can \
                be copied or deleted, *trees* whether `remove_all` is there. `compose` joins objects where \
                they are; `restore` brings back what was deleted.",
        columns: &[
            ("copy", |a| mark(a, "copy")),
            ("only if", |a| conditions(a, "copy_with_")),
            ("a version", |a| mark(a, "copy_with_source_version")),
            ("rename", |a| mark(a, "rename")),
            ("only if", |a| conditions(a, "rename_with_")),
            ("delete", |a| mark(a, "delete")),
            ("only if", |a| conditions(a, "delete_with_")),
            ("a version", |a| mark(a, "delete_with_version")),
            ("trees", |a| mark(a, "delete_with_recursive")),
            ("compose", |a| mark(a, "compose")),
            ("restore", |a| mark(a, "restore")),
        ],
        sparse: false,
    },
    Theme {
        title: "Signing",
        words: "Requests that others may send. Where a service is not here, it signs none.",
        columns: &[
            ("read", |a| mark(a, "presign_read")),
            ("stat", |a| mark(a, "presign_stat")),
            ("write", |a| mark(a, "presign_write")),
            ("delete", |a| mark(a, "presign_delete")),
        ],
        sparse: true,
    },
    Theme {
        title: "Limits",
        words: "The largest object, the smallest and the largest part of one that is written in parts and of \
                one that is copied in parts, and how many objects one request deletes. Where a service is \
                not here, it tells no limits, which does not mean that its server has none.",
        columns: &[
            ("object", |a| limit(a, "write_total_max_size")),
            ("part from", |a| limit(a, "write_multi_min_size")),
            ("to", |a| limit(a, "write_multi_max_size")),
            ("copied part from", |a| limit(a, "copy_multi_min_size")),
            ("to", |a| limit(a, "copy_multi_max_size")),
            ("deleted at once", |a| {
                a.limits.get("delete_max_size").map_or(DASH.to_owned(), |&most| grouped(most, ','))
            }),
        ],
        sparse: true,
    },
];

pub fn text(suite: &Suite) -> String {
    let mut text = format!("<!-- {HEADER} -->\n# What each service can do\n\n");
    for words in [
        "This is what `capability()` of an operator without layers says, and what the tests hold it to: \
         an ability that vanishes fails them, and so does one that comes. The table that all this is made of, name by name, is \
         [capabilities.toml](../tests/conformance/capabilities.toml).",
        "The conformance suite tries these abilities on a real server, an emulator or a file, except for \
         services with a °: those are compiled only, so that what they say is known, and not whether it \
         holds. What is in brackets depends on where the service runs or on its options, as that table says.",
    ] {
        text.push_str(&wrap(words, 0, 0));
        text.push('\n');
    }
    for theme in &THEMES {
        text.push_str(&table(suite, theme));
    }
    text.push_str(&servers(suite));
    text.push_str(EVERYWHERE);
    text
}

const EVERYWHERE: &str = "\
## What we add

Some things a dash does not forbid:

- `list(path, recursive=True)` works wherever there is `list`: a service that does not list trees is
  asked directory by directory. `remove_all` then deletes what is found, entry by entry.
- `delete_many` works wherever there is `delete`: in requests of many where the service has those, else
  one by one. `upload` and `download` need `write` and `read` only.
- An open file, a stream or an iterable can be written without *parts*: the pieces are kept in memory and
  sent as one object at the end.
- An object appears whole on `sftp` and `ftp` too, which themselves write where the file stands.

How, and at what price: [Services](services.md). Whatever else a service lacks is refused as `Unsupported`
before anything is sent.
";

fn table(suite: &Suite, theme: &Theme) -> String {
    let Theme { title, words, columns, sparse } = theme;
    let mut text = format!("## {title}\n\n{}\n| |", wrap(words, 0, 0));
    for (name, _) in *columns {
        let _ = write!(text, " {name} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(columns.len()));
    for (label, abilities) in rows(suite) {
        let cells: Vec<_> = columns.iter().map(|(_, cell)| cell(abilities)).collect();
        if !sparse || cells.iter().any(|cell| cell != DASH) {
            let _ = writeln!(text, "| {label} | {} |", cells.join(" | "));
        }
    }
    text.push('\n');
    text
}

/// The services by what a reader knows them by, those first that the suite runs over.
fn rows(suite: &Suite) -> Vec<(String, &Abilities)> {
    let label = |name: &str| match suite.places.get(name).map(|place| place.scheme(name)) {
        Some(scheme) if scheme != name => {
            let variant = name.trim_start_matches(scheme).trim_start_matches('-');
            format!("`{scheme}` with {variant}")
        }
        None if suite.tested(name).is_empty() => format!("`{name}` °"),
        _ => format!("`{name}`"),
    };
    let mut rows: Vec<_> =
        suite.abilities.iter().map(|(name, abilities)| (label(name), abilities)).collect();
    rows.sort_by_key(|(label, _)| label.ends_with('°'));
    rows
}

/// Where the servers of the tests fall short of their services.
fn servers(suite: &Suite) -> String {
    let words = "What the suite runs over, by the names that it uses. What a server leaves undone, although \
                 the service has it, is not tried there.";
    let mut text = format!(
        "## On what it is tested\n\n{}\n| Name | Service | Runs on | | Leaves undone |\n|---|---|---|---|---|\n",
        wrap(words, 0, 0)
    );
    for (name, place) in &suite.places {
        let kind = match place.kind {
            Kind::Local => "",
            Kind::Server => "real server",
            Kind::Emulator => "emulator",
        };
        let ignores: Vec<_> = place.ignores.iter().map(|each| format!("`{each}`")).collect();
        let _ = writeln!(
            text,
            "| {name} | `{}` | {} | {kind} | {} |",
            place.scheme(name),
            place.on,
            ignores.join(", ")
        );
    }
    text.push('\n');
    text
}

fn mark(abilities: &Abilities, name: &str) -> String {
    let Abilities { can, may, .. } = abilities;
    match (can.contains(name), may.contains(name)) {
        (true, _) => TICK.to_owned(),
        (false, true) => format!("({TICK})"),
        (false, false) => DASH.to_owned(),
    }
}

fn conditions(abilities: &Abilities, before: &str) -> String {
    words(CONDITIONS.iter().filter_map(|(word, one, other)| {
        let has = |name| abilities.can.contains(&format!("{before}{name}"));
        match (has(one), has(other)) {
            (false, false) => None,
            (false, true) => Some(format!("other {word}")),
            _ => Some((*word).to_owned()),
        }
    }))
}

fn headers(abilities: &Abilities, before: &str) -> String {
    words(HEADERS.iter().filter_map(|(word, name)| {
        let found = mark(abilities, &format!("{before}{name}"));
        (found != DASH).then(|| found.replace(TICK, word))
    }))
}

fn words(found: impl Iterator<Item = String>) -> String {
    let found: BTreeSet<_> = found.collect();
    let text = found.into_iter().collect::<Vec<_>>().join(", ");
    if text.is_empty() { DASH.to_owned() } else { text }
}

/// A number of bytes as people write it; beyond an exbibyte it limits nobody.
fn limit(abilities: &Abilities, name: &str) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let Some(&bytes) = abilities.limits.get(name).filter(|&&bytes| bytes >> 60 == 0) else {
        return DASH.to_owned();
    };
    let mut size = bytes;
    let mut unit = 0;
    while size >= 1024 && size.is_multiple_of(1024) && unit + 1 < UNITS.len() {
        size /= 1024;
        unit += 1;
    }
    format!("{} {}", grouped(size, ','), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abilities(text: &str) -> Abilities {
        toml::from_str(text).expect("a table of abilities")
    }

    #[test]
    fn a_cell_tells_apart_what_always_and_what_sometimes_holds() {
        let some = abilities("can = ['read']\nmay = ['write', 'write_with_content_type']");
        let marks = ["read", "write", "list"].map(|name| mark(&some, name));
        assert_eq!(marks, ["✓", "(✓)", "–"]);
        assert_eq!(headers(&some, "write_with_"), "(type)");
    }

    #[test]
    fn conditions_are_told_in_words() {
        let some = abilities("can = ['a_if_none_match', 'b_if_match', 'b_if_not_exists']");
        assert_eq!(
            ["a_", "b_", "c_"].map(|call| conditions(&some, call)),
            ["other etag", "etag, new", "–"]
        );
    }

    #[test]
    fn a_limit_has_the_largest_unit_that_fits() {
        let some = abilities(
            "can = []\nlimits = { a = 5368709120, b = 4000000, c = 9223372036854775807 }",
        );
        assert_eq!(
            ["a", "b", "c", "d"].map(|name| limit(&some, name)),
            ["5 GiB", "4,000,000 bytes", "–", "–"]
        );
    }
}
