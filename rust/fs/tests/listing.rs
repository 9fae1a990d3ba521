//! Listings of names alone.
#![allow(clippy::unwrap_used)]

mod common;

use std::os::unix::fs::symlink;

use common::refused::{again, is_portable};
use common::{Space, finish, now};
use opendal::options::ListOptions;
use opendal::raw::OpList;
use opendal::{EntryMode, Operator};
use opendal_fs::{NamesOnly, names_only};

fn space() -> Space {
    let space = Space::new();
    std::fs::create_dir_all(space.at("d/e")).unwrap();
    std::fs::create_dir(space.0.join("outside")).unwrap();
    std::fs::write(space.at("file"), "four").unwrap();
    std::fs::write(space.at("d/e/file"), "four").unwrap();
    std::fs::write(space.at(".opendal-part-fs-00000000000000aa"), "hidden").unwrap();
    symlink("d/e", space.at("to directory")).unwrap();
    symlink("d/e/file", space.at("to file")).unwrap();
    symlink("nowhere", space.at("dangling")).unwrap();
    symlink("../outside", space.at("out")).unwrap();
    symlink("loop", space.at("loop")).unwrap();
    space
}

fn list(op: &Operator, recursive: bool) -> Vec<(String, EntryMode)> {
    let options = ListOptions { recursive, ..Default::default() };
    let listed = finish(op.list_options("/", options)).0.unwrap();
    let mut names: Vec<_> =
        listed.iter().map(|entry| (entry.path().to_owned(), entry.metadata().mode())).collect();
    names.sort_by(|one, other| one.0.cmp(&other.0));
    names
}

#[test]
fn names_alone_are_the_same_names_and_kinds() {
    let space = space();
    let free = Operator::new(space.builder().confine(false)).unwrap();
    for (op, links) in [(space.operator(), !is_portable()), (free, true)] {
        for recursive in [false, true] {
            let names = names_only(|| list(&op, recursive));
            assert_eq!(names, list(&op, recursive));
            assert!(names.contains(&("file".to_owned(), EntryMode::FILE)));
            assert!(names.contains(&("d/".to_owned(), EntryMode::DIR)));
            assert_eq!(names.contains(&("to directory/".to_owned(), EntryMode::DIR)), links);
            assert_eq!(names.contains(&("to file".to_owned(), EntryMode::FILE)), links);
            assert_eq!(names.contains(&("d/e/file".to_owned(), EntryMode::FILE)), recursive);
            for hidden in ["dangling", "loop", ".opendal-part-fs-00000000000000aa"] {
                assert!(!names.iter().any(|name| name.0 == hidden), "{hidden}");
            }
        }
    }
    let confined = names_only(|| list(&space.operator(), true));
    assert!(!confined.iter().any(|name| name.0.starts_with("out")));
}

#[test]
fn nothing_is_said_of_sizes_and_times() {
    let space = space();
    let op = space.operator();
    for entry in names_only(|| now(op.list("/"))).unwrap() {
        assert_eq!(entry.metadata().content_length(), 0, "{}", entry.path());
        assert!(entry.metadata().last_modified().is_none());
    }
    for entry in now(op.list("/")).unwrap() {
        assert!(entry.metadata().last_modified().is_some());
        assert_eq!(entry.metadata().content_length() > 0, entry.metadata().is_file());
    }
}

#[test]
fn it_counts_when_a_listing_begins() {
    let space = space();
    let op = space.operator();
    let begin = || op.service().list_dyn(op.context(), "/", OpList::new()).unwrap();
    let guard = NamesOnly::new();
    let mut names = begin();
    {
        let _inner = NamesOnly::new();
    }
    let mut more_names = begin();
    drop(guard);
    let mut stats = begin();
    let _guard = NamesOnly::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (lister, known) in [(&mut names, false), (&mut more_names, false), (&mut stats, true)] {
        while let Some(entry) = runtime.block_on(lister.next_dyn()).unwrap() {
            assert_eq!(entry.metadata().last_modified().is_some(), known, "{}", entry.path());
        }
    }
}

#[test]
fn portable() {
    again("portable");
}
