//! Nothing outside of the root is read, written, listed or removed.
#![allow(clippy::unwrap_used)]

mod common;

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::refused::{again, is_portable};
use common::{Space, now};
use opendal::options::ListOptions;
use opendal::{ErrorKind, Operator};

/// An outside with a secret, and links to it.
fn space() -> Space {
    let space = Space::new();
    std::fs::create_dir_all(space.0.join("outside/deep")).unwrap();
    std::fs::write(space.0.join("outside/secret"), "SECRET").unwrap();
    std::fs::create_dir_all(space.at("inside/deep")).unwrap();
    std::fs::write(space.at("inside/file"), "inside").unwrap();
    space
}

#[test]
fn links_that_stay_inside_are_followed() {
    if is_portable() {
        return;
    }
    let space = space();
    let op = space.operator();
    symlink("inside", space.at("dir")).unwrap();
    symlink("inside/file", space.at("file")).unwrap();
    symlink("../inside/file", space.at("inside/around")).unwrap();
    assert_eq!(now(op.read("dir/file")).unwrap().to_vec(), b"inside");
    assert_eq!(now(op.read("file")).unwrap().to_vec(), b"inside");
    assert_eq!(now(op.read("inside/around")).unwrap().to_vec(), b"inside");
    assert_eq!(now(op.stat("file")).unwrap().content_length(), 6);
    assert!(now(op.stat("dir/")).unwrap().is_dir());
    now(op.write("dir/new", "x")).unwrap();
    assert!(space.at("inside/new").exists());
    let listed = now(op.list("/")).unwrap();
    let mut names: Vec<_> =
        listed.iter().map(|e| (e.path(), e.metadata().content_length())).collect();
    names.sort_unstable();
    assert_eq!(names, [("/", 0), ("dir/", 0), ("file", 6), ("inside/", 0)]);
    // A link goes, not what it leads to.
    now(op.delete("dir/")).unwrap();
    now(op.delete_with("file").recursive(true)).unwrap();
    assert!(space.at("inside/file").exists() && !space.at("dir").exists());
}

#[test]
fn links_that_lead_out_are_refused() {
    let space = space();
    let outside = space.0.join("outside");
    let op = space.operator();
    symlink(&outside, space.at("absolute")).unwrap();
    symlink("../outside", space.at("relative")).unwrap();
    symlink(outside.join("secret"), space.at("secret")).unwrap();
    symlink("../outside/not-yet", space.at("dangling")).unwrap();
    let denied = |error: opendal::Error| {
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error:?}");
        let why = if is_portable() { "not followed" } else { "outside of the root" };
        assert!(error.to_string().contains(why), "{error}");
    };
    for link in ["absolute", "relative"] {
        denied(now(op.read(&format!("{link}/secret"))).unwrap_err());
        denied(now(op.stat(&format!("{link}/secret"))).unwrap_err());
        denied(now(op.stat(link)).unwrap_err());
        denied(now(op.write(&format!("{link}/new"), "x")).unwrap_err());
        denied(now(op.write(&format!("{link}/a/b/new"), "x")).unwrap_err());
        denied(now(op.create_dir(&format!("{link}/new/"))).unwrap_err());
        denied(now(op.delete(&format!("{link}/secret"))).unwrap_err());
        denied(now(op.list(&format!("{link}/"))).unwrap_err());
        denied(now(op.copy(&format!("{link}/secret"), "stolen")).unwrap_err());
        denied(now(op.copy("inside/file", &format!("{link}/new"))).unwrap_err());
        denied(now(op.rename(&format!("{link}/secret"), "stolen")).unwrap_err());
        denied(now(op.rename("inside/file", &format!("{link}/new"))).unwrap_err());
    }
    denied(now(op.read("secret")).unwrap_err());
    denied(now(op.write_with("secret", "x").append(true)).unwrap_err());
    denied(now(op.write_with("dangling", "x").append(true)).unwrap_err());
    let all = ListOptions { recursive: true, ..Default::default() };
    for entry in now(op.list_options("/", all)).unwrap() {
        assert!(entry.path() == "/" || entry.path().starts_with("inside/"), "{}", entry.path());
    }
    // A link under the target's own name is replaced, not followed.
    now(op.write("secret", "mine")).unwrap();
    now(op.delete_with("/").recursive(true)).unwrap();
    assert_eq!(std::fs::read(outside.join("secret")).unwrap(), b"SECRET");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 2);

    symlink(&outside, space.at("absolute")).unwrap();
    let free = Operator::new(space.builder().confine(false)).unwrap();
    assert_eq!(now(free.read("absolute/secret")).unwrap().to_vec(), b"SECRET");
    assert_eq!(
        now(free.stat("absolute/../outside/secret")).unwrap_err().kind(),
        ErrorKind::PermissionDenied
    );
}

#[test]
fn loops() {
    let space = space();
    let op = space.operator();
    symlink("b", space.at("a")).unwrap();
    symlink("a", space.at("b")).unwrap();
    symlink(".", space.at("self")).unwrap();
    symlink("..", space.at("inside/up")).unwrap();
    let error = now(op.read("a")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(common::errno(&error), Some(libc::ELOOP));
    let all = ListOptions { recursive: true, ..Default::default() };
    let listed = now(op.list_options("/", all)).unwrap();
    assert!(listed.len() < 20, "{}", listed.len());
    assert!(listed.iter().any(|e| e.path() == "inside/file"));
}

/// Ten thousand paths that nobody means well with: a typed error or a result, nothing outside.
#[test]
fn hostile_paths() {
    let space = space();
    let outside = space.0.join("outside");
    symlink(&outside, space.at("absolute")).unwrap();
    symlink("../outside", space.at("relative")).unwrap();
    symlink("inside", space.at("fine")).unwrap();
    symlink("loop", space.at("loop")).unwrap();
    let op = space.operator();
    let long = "n".repeat(300);
    let words = [
        "..",
        ".",
        "",
        "absolute",
        "relative",
        "fine",
        "loop",
        "inside",
        "file",
        "deep",
        "secret",
        "a\0b",
        "\n",
        " ",
        "\u{202e}",
        "..\\..",
        "%2e%2e",
        &long,
        "~",
        "/",
        "proc",
        "self",
        "*",
        ".opendal-part-fs-0123456789abcdef",
    ];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap() % below
    };
    for round in 0..10_000 {
        let count = 1 + random(5);
        let mut path: Vec<_> = (0..count).map(|_| words[random(words.len())]).collect();
        path.push(if random(4) == 0 { "" } else { "end" });
        let path = path.join("/");
        if let Ok(bytes) = now(op.read(&path)) {
            assert!(!bytes.to_vec().windows(6).any(|w| w == b"SECRET"), "{path:?}");
        }
        match round % 8 {
            0 => drop(now(op.write(&path, "x"))),
            1 => drop(now(op.write_with(&path, "x").append(true))),
            2 => drop(now(op.create_dir(&path))),
            3 => drop(
                now(op.list(&path))
                    .map(|l| assert!(l.iter().all(|e| !e.name().contains("SECRET")))),
            ),
            4 => drop(now(op.copy("inside/file", &path))),
            5 => drop(now(op.rename(&path, "taken"))),
            6 => drop(now(op.delete(&path))),
            _ => drop(now(op.stat(&path))),
        }
    }
    assert_eq!(std::fs::read(outside.join("secret")).unwrap(), b"SECRET");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 2);
    assert_eq!(std::fs::read_dir(outside.join("deep")).unwrap().count(), 0);
    let mut beside: Vec<_> =
        std::fs::read_dir(&space.0).unwrap().map(|e| e.unwrap().file_name()).collect();
    beside.sort();
    assert_eq!(beside, ["outside", "root"]);
}

/// A thread swaps a directory with a link to the outside, while others do what they can.
#[test]
fn a_directory_swapped_with_a_link() {
    let space = space();
    let outside = space.0.join("outside");
    std::fs::create_dir(space.at("swap")).unwrap();
    std::fs::create_dir(space.at("swap/deep")).unwrap();
    std::fs::write(space.at("swap/secret"), "inside").unwrap();
    symlink(&outside, space.0.join("link")).unwrap();
    let stop = AtomicBool::new(false);
    let swaps = std::sync::atomic::AtomicUsize::new(0);
    let (denied, fine) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (dir, link) = (space.at("swap"), space.0.join("link"));
            let c =
                |path: &std::path::Path| std::ffi::CString::new(path.to_str().unwrap()).unwrap();
            let (dir, link) = (c(&dir), c(&link));
            while !stop.load(Ordering::Relaxed) {
                // SAFETY: both paths end with a NUL.
                let swapped = unsafe {
                    libc::syscall(
                        libc::SYS_renameat2,
                        libc::AT_FDCWD,
                        dir.as_ptr(),
                        libc::AT_FDCWD,
                        link.as_ptr(),
                        libc::RENAME_EXCHANGE,
                    )
                };
                assert_eq!(swapped, 0);
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        });
        let until = Instant::now() + Duration::from_secs(3);
        for worker in 0..4 {
            let op = space.operator();
            let (denied, fine) = (&denied, &fine);
            scope.spawn(move || {
                let mut round = 0_u64;
                while Instant::now() < until {
                    round += 1;
                    let name = format!("swap/deep/w{worker}-{}", round % 8);
                    match now(op.read("swap/secret")) {
                        Ok(bytes) => {
                            assert_eq!(bytes.to_vec(), b"inside");
                            fine.store(true, Ordering::Relaxed);
                        }
                        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
                            denied.store(true, Ordering::Relaxed);
                        }
                        Err(e) => panic!("{e:?}"),
                    }
                    let _ = now(op.write(&name, "w"));
                    let _ = now(op.write_with(&format!("{name}.log"), "w").append(true));
                    let _ = now(op.create_dir(&format!("{name}.d/x/")));
                    let _ = now(op.copy("inside/file", &format!("{name}.copy")));
                    let _ = now(op.rename(&name, &format!("{name}.renamed")));
                    if let Ok(listed) = now(op.list("swap/")) {
                        for entry in listed {
                            assert!(
                                entry.metadata().content_length() == 6 || entry.metadata().is_dir()
                            );
                            assert_ne!(entry.path(), "swap/only-outside");
                        }
                    }
                    if let Ok(stat) = now(op.stat("swap/secret")) {
                        assert_eq!(stat.content_length(), 6);
                    }
                    let _ = now(op.delete_with(&format!("{name}.d/")).recursive(true));
                    let _ = now(op.delete("swap/only-outside"));
                }
            });
        }
        std::fs::write(outside.join("only-outside"), "longer than six").unwrap();
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
    });
    assert!(denied.into_inner() && fine.into_inner(), "{} swaps", swaps.into_inner());
    let mut names: Vec<_> = std::fs::read_dir(&outside)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["deep", "only-outside", "secret"]);
    assert_eq!(std::fs::read(outside.join("secret")).unwrap(), b"SECRET");
    assert_eq!(std::fs::read_dir(outside.join("deep")).unwrap().count(), 0);
}

/// What differs without openat2: no link is followed, wherever it leads.
#[test]
fn without_openat2() {
    if !is_portable() {
        return;
    }
    let space = space();
    let op = space.operator();
    now(op.write("a/b/c", "x")).unwrap();
    assert_eq!(now(op.read("a/b/c")).unwrap().to_vec(), b"x");
    assert_eq!(now(op.stat("a/b/c")).unwrap().content_length(), 1);
    now(op.write_with("a/b/c", "y").append(true)).unwrap();
    now(op.copy("a/b/c", "d/e")).unwrap();
    now(op.rename("d/e", "d/f")).unwrap();
    assert_eq!(now(op.read("d/f")).unwrap().to_vec(), b"xy");
    let error = now(op.write_with("d/f", "z").if_not_exists(true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConditionNotMatch);
    now(op.write_with("d/g", "z").if_not_exists(true)).unwrap();
    now(op.write_with("typed", "z").content_type("text/x-test")).unwrap();
    if op.info().capability().write_with_content_type {
        assert_eq!(now(op.stat("typed")).unwrap().content_type(), Some("text/x-test"));
    }
    let outside = space.0.join("outside");
    symlink(&outside, space.at("out")).unwrap();
    symlink("inside", space.at("in")).unwrap();
    symlink(outside.join("secret"), space.at("secret")).unwrap();
    for link in ["out", "in"] {
        let path = format!("{link}/secret");
        for error in [
            now(op.read(&path)).unwrap_err(),
            now(op.stat(link)).unwrap_err(),
            now(op.write(&path, "x")).map(drop).unwrap_err(),
            now(op.create_dir(&format!("{link}/new/"))).unwrap_err(),
            now(op.delete(&path)).unwrap_err(),
            now(op.list(&format!("{link}/"))).map(drop).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{link}: {error:?}");
        }
    }
    assert_eq!(now(op.read("secret")).unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[test]
fn portable() {
    again("portable");
}
