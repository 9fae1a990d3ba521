//! Stat says what attributes a file has, also after it knew that there were none.
#![allow(clippy::unwrap_used)]

mod common;

use std::ffi::CString;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use common::refused::{again, is_portable};
use common::{Space, now};
use opendal::{ErrorKind, Operator};

const NAME: &std::ffi::CStr = c"user.opendal.content_type";

/// As another program would do it, in place.
fn set(path: &Path, value: &str) {
    let path = CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: path and name end with a NUL, and the value is as long as is said.
    let set = unsafe {
        libc::setxattr(path.as_ptr(), NAME.as_ptr(), value.as_ptr().cast(), value.len(), 0)
    };
    assert_eq!(set, 0);
}

fn remove(path: &Path) {
    let path = CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: path and name end with a NUL.
    assert_eq!(unsafe { libc::removexattr(path.as_ptr(), NAME.as_ptr()) }, 0);
}

fn content_type(op: &Operator, path: &str) -> Option<String> {
    now(op.stat(path)).unwrap().content_type().map(str::to_owned)
}

fn operators(space: &Space) -> Option<[Operator; 2]> {
    let op = space.operator();
    if !op.info().capability().write_with_content_type {
        eprintln!("no extended attributes here");
        return None;
    }
    Some([op, Operator::new(space.builder().confine(false)).unwrap()])
}

#[test]
fn an_attribute_set_from_outside_shows_at_once() {
    let space = Space::new();
    let Some(ops) = operators(&space) else { return };
    std::fs::create_dir_all(space.at("d/e")).unwrap();
    let files: Vec<_> =
        (0..60).map(|n| if n % 2 == 0 { format!("f{n}") } else { format!("d/e/f{n}") }).collect();
    for file in &files {
        std::fs::write(space.at(file), "x").unwrap();
    }
    // Pauses about as long as the time after which a state is remembered, and about a tick.
    for round in 0_u32..30 {
        std::thread::sleep(Duration::from_millis([0, 2, 5, 18, 22, 60][round as usize % 6]));
        for (number, file) in files.iter().enumerate() {
            let path = space.at(file);
            let op = &ops[number / 2 % 2];
            assert_eq!(content_type(op, file), None, "{file}, round {round}");
            assert_eq!(content_type(op, file), None);
            set(&path, "text/x-set");
            assert_eq!(content_type(op, file).as_deref(), Some("text/x-set"), "round {round}");
            remove(&path);
            assert_eq!(content_type(op, file), None);
            assert_eq!(content_type(op, file), None);
        }
    }
}

#[test]
fn what_takes_the_name_of_a_known_file_is_looked_at() {
    let space = Space::new();
    let Some(ops) = operators(&space) else { return };
    let op = &ops[0];
    std::fs::create_dir(space.at("d")).unwrap();
    for name in ["a", "d/a"] {
        std::fs::write(space.at(name), "x").unwrap();
        std::thread::sleep(Duration::from_millis(150));
        assert_eq!(content_type(op, name), None);
        assert_eq!(content_type(op, name), None);
        now(op.write_with(name, "y").content_type("text/x-new")).unwrap();
        assert_eq!(content_type(op, name).as_deref(), Some("text/x-new"));
        // An inode may be given out again at once.
        for _ in 0..50 {
            std::fs::remove_file(space.at(name)).unwrap();
            std::fs::write(space.at(name), "x").unwrap();
            assert_eq!(content_type(op, name), None);
            set(&space.at(name), "text/x-set");
            assert_eq!(content_type(op, name).as_deref(), Some("text/x-set"));
        }
        now(op.write(name, "x")).unwrap();
        now(op.write_with(name, "y").append(true).content_type("text/x-log")).unwrap();
        assert_eq!(content_type(op, name).as_deref(), Some("text/x-log"));
    }
}

#[test]
fn kinds_and_what_is_missing() {
    for free in [false, true] {
        let space = Space::new();
        let op = Operator::new(space.builder().confine(!free)).unwrap();
        now(op.write("d/e/file", "x")).unwrap();
        symlink("d/e/file", space.at("link")).unwrap();
        symlink("e", space.at("d/link")).unwrap();
        symlink("nowhere", space.at("dangling")).unwrap();
        if is_portable() && !free {
            assert_eq!(now(op.stat("link")).unwrap_err().kind(), ErrorKind::PermissionDenied);
            continue;
        }
        assert_eq!(now(op.stat("link")).unwrap().content_length(), 1);
        assert_eq!(now(op.stat("d/link/file")).unwrap().content_length(), 1);
        assert!(now(op.stat("d/link")).unwrap().is_dir());
        assert!(now(op.stat("d/link/")).unwrap().is_dir());
        for (path, kind) in [
            ("missing", ErrorKind::NotFound),
            ("d/missing", ErrorKind::NotFound),
            ("missing/e", ErrorKind::NotFound),
            ("dangling", ErrorKind::NotFound),
            ("d/e/file/x", ErrorKind::NotADirectory),
            ("d/e/file/", ErrorKind::NotADirectory),
            ("link/", ErrorKind::NotADirectory),
        ] {
            assert_eq!(now(op.stat(path)).unwrap_err().kind(), kind, "{path}");
        }
    }
}

#[test]
fn portable() {
    again("portable");
}
