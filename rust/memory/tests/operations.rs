//! What the store does, through the core's operator.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use futures::executor::block_on;
use opendal::options::{
    ComposeOptions, CopyOptions, DeleteOptions, ListOptions, ReadOptions, RenameOptions,
    RestoreOptions, StatOptions, WriteOptions,
};
use opendal::{Buffer, Error, ErrorKind, Metadata, Operator};
use opendal_memory::MemoryBuilder;

fn plain() -> Operator {
    Operator::new(MemoryBuilder::default()).unwrap()
}

fn versioned() -> Operator {
    Operator::new(MemoryBuilder::default().versions(true)).unwrap()
}

fn put(op: &Operator, path: &str, data: &'static str) -> Metadata {
    block_on(op.write(path, data)).unwrap()
}

fn put_if(op: &Operator, path: &str, options: WriteOptions) -> Result<Metadata, Error> {
    block_on(op.write_options(path, "new", options))
}

fn get(op: &Operator, path: &str) -> String {
    String::from_utf8(block_on(op.read(path)).unwrap().to_vec()).unwrap()
}

fn get_version(op: &Operator, path: &str, version: &str) -> Result<Buffer, Error> {
    let version = Some(version.to_owned());
    block_on(op.read_options(path, ReadOptions { version, ..Default::default() }))
}

fn paths(op: &Operator, path: &str, options: ListOptions) -> Vec<String> {
    let entries = block_on(op.list_options(path, options)).unwrap();
    entries.iter().map(|entry| entry.path().to_owned()).collect()
}

fn delete_all(op: &Operator, path: &str) {
    let options = DeleteOptions { recursive: true, ..Default::default() };
    block_on(op.delete_options(path, options)).unwrap();
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn an_object_is_what_was_written_with_all_that_was_said_of_it() {
    let op = plain();
    let options = WriteOptions {
        content_type: Some("text/plain".into()),
        cache_control: Some("no-store".into()),
        content_disposition: Some("inline".into()),
        content_encoding: Some("identity".into()),
        user_metadata: Some(HashMap::from([("key".into(), "value".into())])),
        ..Default::default()
    };
    let written = put_if(&op, "a/b", options).unwrap();
    let found = block_on(op.stat("a/b")).unwrap();
    assert_eq!(found, written);
    assert_eq!(found.content_length(), 3);
    assert_eq!(found.content_type(), Some("text/plain"));
    assert_eq!(found.cache_control(), Some("no-store"));
    assert_eq!(found.content_disposition(), Some("inline"));
    assert_eq!(found.content_encoding(), Some("identity"));
    assert_eq!(found.user_metadata().unwrap().get("key"), Some("value"));
    assert!(found.last_modified().is_some() && found.version().is_none());
    let again = put(&op, "a/b", "new");
    assert_ne!(again.etag(), written.etag());
    assert_ne!(put(&plain(), "a/b", "new").etag(), put(&plain(), "a/b", "new").etag());
}

#[test]
fn a_range_is_cut_from_the_object_that_the_read_began_with() {
    let op = plain();
    put(&op, "a", "0123456789");
    let reader = block_on(op.reader("a")).unwrap();
    put(&op, "a", "other");
    assert_eq!(block_on(reader.read(2..5)).unwrap().to_vec(), b"234");
    assert_eq!(
        kind(block_on(op.read_with("a").range(2..9).into_future())),
        ErrorKind::RangeNotSatisfied
    );
}

#[test]
fn append_is_one_step_and_keeps_what_is_known_of_the_object() {
    let op = plain();
    let append = || WriteOptions { append: true, ..Default::default() };
    let with_type = WriteOptions { content_type: Some("text/csv".into()), ..append() };
    put_if(&op, "log", with_type).unwrap();
    for _ in 0..1000 {
        put_if(&op, "log", append()).unwrap();
    }
    assert_eq!(get(&op, "log"), "new".repeat(1001));
    let found = block_on(op.stat("log")).unwrap();
    assert_eq!((found.content_length(), found.content_type()), (3003, Some("text/csv")));
}

#[test]
fn a_write_that_is_not_closed_changes_nothing() {
    let op = plain();
    put(&op, "a", "old");
    let mut writer = block_on(op.writer("a")).unwrap();
    block_on(writer.write("half")).unwrap();
    assert_eq!(get(&op, "a"), "old");
    block_on(writer.abort()).unwrap();
    assert_eq!(get(&op, "a"), "old");
}

#[test]
fn conditions_of_a_write_look_at_what_it_would_replace() {
    let op = plain();
    let on = |if_match: Option<&str>, if_none_match: Option<&str>| WriteOptions {
        if_match: if_match.map(str::to_owned),
        if_none_match: if_none_match.map(str::to_owned),
        ..Default::default()
    };
    let new = || WriteOptions { if_not_exists: true, ..Default::default() };
    assert_eq!(kind(put_if(&op, "a", on(Some("*"), None))), ErrorKind::ConditionNotMatch);
    let etag = put_if(&op, "a", new()).unwrap().etag().unwrap().to_owned();
    assert_eq!(kind(put_if(&op, "a", new())), ErrorKind::ConditionNotMatch);
    assert_eq!(kind(put_if(&op, "a", on(Some("\"x\""), None))), ErrorKind::ConditionNotMatch);
    assert_eq!(kind(put_if(&op, "a", on(None, Some(&etag)))), ErrorKind::ConditionNotMatch);
    assert_eq!(kind(put_if(&op, "a", on(None, Some("*")))), ErrorKind::ConditionNotMatch);
    put_if(&op, "a", on(Some(etag.trim_matches('"')), Some("x, y"))).unwrap();
    assert_eq!(kind(put_if(&op, "a", on(Some(&etag), None))), ErrorKind::ConditionNotMatch);
}

#[test]
fn conditions_of_reads_and_deletes_look_at_the_object() {
    let op = plain();
    let written = put(&op, "a", "x");
    let (etag, modified) = (written.etag().unwrap(), written.last_modified().unwrap());
    let holds = StatOptions {
        if_match: Some(etag.into()),
        if_none_match: Some("\"x\"".into()),
        if_unmodified_since: Some(modified),
        ..Default::default()
    };
    assert!(block_on(op.stat_options("a", holds)).is_ok());
    let unchanged = StatOptions { if_modified_since: Some(modified), ..Default::default() };
    assert_eq!(kind(block_on(op.stat_options("a", unchanged))), ErrorKind::ConditionNotMatch);
    let changed = ReadOptions { if_match: Some("\"x\"".into()), ..Default::default() };
    assert_eq!(kind(block_on(op.read_options("a", changed))), ErrorKind::ConditionNotMatch);
    let other = |etag: &str| DeleteOptions { if_match: Some(etag.into()), ..Default::default() };
    let refused = block_on(op.delete_options("a", other("\"x\"")));
    assert_eq!(kind(refused), ErrorKind::ConditionNotMatch);
    block_on(op.delete_options("a", other(etag))).unwrap();
    assert!(!block_on(op.exists("a")).unwrap());
    block_on(op.delete("a")).unwrap();
    assert_eq!(kind(block_on(op.delete_options("a", other("*")))), ErrorKind::ConditionNotMatch);
}

#[test]
fn copy_rename_and_compose_keep_bytes_and_look_at_their_target() {
    let op = plain();
    let typed = || WriteOptions { content_type: Some("text/plain".into()), ..Default::default() };
    put_if(&op, "a", typed()).unwrap();
    let copied = block_on(op.copy("a", "b")).unwrap();
    assert_eq!((copied.content_length(), copied.content_type()), (3, Some("text/plain")));
    let new = CopyOptions { if_not_exists: true, ..Default::default() };
    assert_eq!(kind(block_on(op.copy_options("a", "b", new))), ErrorKind::ConditionNotMatch);
    let stale = CopyOptions { if_match: Some("\"x\"".into()), ..Default::default() };
    assert_eq!(kind(block_on(op.copy_options("a", "b", stale))), ErrorKind::ConditionNotMatch);
    let new = RenameOptions { if_not_exists: true };
    assert_eq!(kind(block_on(op.rename_options("a", "b", new))), ErrorKind::ConditionNotMatch);
    block_on(op.rename("a", "b")).unwrap();
    assert!(!block_on(op.exists("a")).unwrap());
    assert_eq!(kind(block_on(op.rename("a", "c"))), ErrorKind::NotFound);
    put(&op, "c", "-");
    let mut composer = block_on(op.composer_options("d", ComposeOptions::default())).unwrap();
    for source in ["b", "c", "b"] {
        block_on(composer.compose(source)).unwrap();
    }
    assert_eq!(block_on(composer.close()).unwrap().content_length(), 7);
    assert_eq!(get(&op, "d"), "new-new");
}

#[test]
fn a_directory_is_there_while_something_is_in_it_or_marks_it() {
    let op = plain();
    put(&op, "d/e/f", "x");
    assert!(block_on(op.stat("d/")).unwrap().is_dir());
    assert_eq!(kind(block_on(op.stat("d"))), ErrorKind::NotFound);
    block_on(op.delete("d/e/f")).unwrap();
    assert_eq!(kind(block_on(op.stat("d/"))), ErrorKind::NotFound);
    block_on(op.create_dir("d/")).unwrap();
    block_on(op.create_dir("d/")).unwrap();
    assert!(block_on(op.stat("d/")).unwrap().is_dir());
    block_on(op.create_dir("/")).unwrap();
    assert_eq!(paths(&op, "d/", ListOptions::default()), ["d/"]);
    assert_eq!(paths(&op, "/", ListOptions::default()), ["d/"]);
}

#[test]
fn a_listing_shows_a_level_or_all_in_order_from_where_it_is_told() {
    let op = plain();
    for path in ["a", "d/1", "d/2/3", "d/2/4", "d-", "d0", "e/f/g"] {
        put(&op, path, "x");
    }
    let level = ListOptions::default;
    let all = || ListOptions { recursive: true, ..level() };
    let after = |path: &str, options| ListOptions { start_after: Some(path.into()), ..options };
    assert_eq!(paths(&op, "/", level()), ["a", "d-", "d/", "d0", "e/"]);
    assert_eq!(paths(&op, "d/", level()), ["d/1", "d/2/"]);
    assert_eq!(paths(&op, "d", level()), ["d-", "d/", "d0"]);
    assert_eq!(paths(&op, "d/", all()), ["d/1", "d/2/3", "d/2/4"]);
    assert_eq!(paths(&op, "/", after("d/", level())), ["d0", "e/"]);
    assert_eq!(paths(&op, "/", after("d/2/3", all())), ["d/2/4", "d0", "e/f/g"]);
    assert_eq!(paths(&op, "d/", after("a", all())), ["d/1", "d/2/3", "d/2/4"]);
    assert_eq!(paths(&op, "x/", level()), [""; 0]);
    for number in 0..1000 {
        block_on(op.write(&format!("many/{number:04}"), "x")).unwrap();
        block_on(op.write(&format!("many/{number:04}/x"), "x")).unwrap();
    }
    assert_eq!(paths(&op, "many/", level()).len(), 2000);
    assert_eq!(paths(&op, "many/", all()).len(), 2000);
}

#[test]
fn a_listing_is_of_one_moment() {
    use futures::StreamExt;
    let op = plain();
    for number in 0..600 {
        block_on(op.write(&format!("{number:03}"), "x")).unwrap();
    }
    let mut lister = block_on(op.lister("/")).unwrap();
    assert_eq!(block_on(lister.next()).unwrap().unwrap().path(), "000");
    delete_all(&op, "/");
    assert_eq!(block_on(lister.count()), 599);
    assert_eq!(paths(&op, "/", ListOptions::default()), [""; 0]);
}

#[test]
fn a_recursive_delete_takes_the_path_and_what_is_below_it() {
    let op = plain();
    for path in ["a/b", "a/b/c", "a/bc", "b"] {
        put(&op, path, "x");
    }
    delete_all(&op, "a/b");
    let all = ListOptions { recursive: true, ..Default::default() };
    assert_eq!(paths(&op, "/", all), ["a/bc", "b"]);
}

#[test]
fn older_versions_are_kept_where_that_is_asked_for() {
    let op = versioned();
    let versions: Vec<String> = ["1", "2", "3"]
        .into_iter()
        .map(|data| put(&op, "a", data).version().unwrap().to_owned())
        .collect();
    assert!(versions.is_sorted());
    assert_eq!(get(&op, "a"), "3");
    assert_eq!(get_version(&op, "a", &versions[0]).unwrap().to_vec(), b"1");
    for unknown in ["", "x", "1", "ffffffffffffffff", &format!("{}0", versions[0])] {
        assert_eq!(kind(get_version(&op, "a", unknown)), ErrorKind::NotFound, "{unknown}");
    }
    let source = CopyOptions { source_version: Some(versions[1].clone()), ..Default::default() };
    block_on(op.copy_options("a", "b", source)).unwrap();
    assert_eq!(get(&op, "b"), "2");
    let gone =
        |version: &str| DeleteOptions { version: Some(version.into()), ..Default::default() };
    block_on(op.delete_options("a", gone(&versions[2]))).unwrap();
    assert_eq!(get(&op, "a"), "2");
    assert_eq!(kind(get_version(&op, "a", &versions[2])), ErrorKind::NotFound);
}

#[test]
fn what_is_deleted_can_be_listed_and_brought_back() {
    let op = versioned();
    let first = put(&op, "a", "1").version().unwrap().to_owned();
    put(&op, "a", "2");
    put(&op, "b", "x");
    block_on(op.delete("a")).unwrap();
    assert_eq!(kind(block_on(op.read("a"))), ErrorKind::NotFound);
    let listed = |versions, deleted| {
        let options = ListOptions { versions, deleted, ..Default::default() };
        let entries = block_on(op.list_options("/", options)).unwrap();
        let seen = entries.iter().map(|entry| {
            let metadata = entry.metadata();
            (entry.path().to_owned(), metadata.is_current() == Some(true), metadata.is_deleted())
        });
        seen.collect::<Vec<_>>()
    };
    let seen = |path: &str, current, deleted| (path.to_owned(), current, deleted);
    assert_eq!(listed(false, false), [seen("b", true, false)]);
    assert_eq!(listed(false, true), [seen("a", true, true), seen("b", true, false)]);
    let all = [
        seen("a", true, true),
        seen("a", false, false),
        seen("a", false, false),
        seen("b", true, false),
    ];
    assert_eq!(listed(true, true), all);
    assert_eq!(listed(true, false), all[1..]);
    block_on(op.restore("a")).unwrap();
    block_on(op.restore("a")).unwrap();
    assert_eq!(get(&op, "a"), "2");
    let old = |if_not_exists| RestoreOptions { version: Some(first.clone()), if_not_exists };
    let refused = block_on(op.restore_options("a", old(true)));
    assert_eq!(kind(refused), ErrorKind::ConditionNotMatch);
    block_on(op.restore_options("a", old(false))).unwrap();
    assert_eq!(get(&op, "a"), "1");
    assert_eq!(kind(block_on(op.restore("never"))), ErrorKind::NotFound);
}
