//! Removing and listing trees: deep ones, large ones, and ones that others move meanwhile.
#![allow(clippy::unwrap_used)]

mod common;

use std::ffi::CString;
use std::future::Future;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::pin::pin;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use common::{Space, finish, now};
use opendal::ErrorKind;
use opendal::options::ListOptions;

fn open(dir: i32, name: &str) -> OwnedFd {
    let name = CString::new(name).unwrap();
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the name ends with a NUL, and the descriptor is ours if there is one.
    unsafe {
        let fd = libc::openat(dir, name.as_ptr(), flags);
        assert!(fd >= 0);
        OwnedFd::from_raw_fd(fd)
    }
}

/// So many directories in each other, with a file in every tenth. No path is as long.
fn dig(space: &Space, depth: usize) {
    let mut here = open(libc::AT_FDCWD, space.root().to_str().unwrap());
    for level in 0..depth {
        // SAFETY: the names end with a NUL.
        unsafe {
            assert_eq!(libc::mkdirat(here.as_raw_fd(), c"d".as_ptr(), 0o777), 0);
            if level % 10 == 0 {
                let flags = libc::O_CREAT | libc::O_WRONLY;
                let fd = libc::openat(here.as_raw_fd(), c"file".as_ptr(), flags, 0o666);
                assert!(fd >= 0);
                libc::close(fd);
            }
        }
        here = open(here.as_raw_fd(), "d");
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn deeper_than_there_are_descriptors() {
    // In a process of its own, whose limit counts for no other test.
    if std::env::var_os("OPENDAL_FS_DEEP").is_none() {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "deeper_than_there_are_descriptors", "--test-threads=1"])
            .env("OPENDAL_FS_DEEP", "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let limit = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
    // SAFETY: the limit is valid.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
    let space = Space::new();
    let op = space.operator();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    dig(&space, 3000);
    {
        // Given up at the first pause: what it held is let go.
        let before = descriptors();
        let mut delete = Box::pin(op.delete_with("d/").recursive(true).into_future());
        let mut context = Context::from_waker(Waker::noop());
        let start = Instant::now();
        assert!(opendal_fs::inline(|| delete.as_mut().poll(&mut context)).is_pending());
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
        assert!(descriptors() > before);
        drop(delete);
        assert_eq!(descriptors(), before);
        assert!(space.at("d").exists());
    }
    let (deleted, pauses) = finish(op.delete_with("d/").recursive(true));
    deleted.unwrap();
    assert!(pauses > 0);
    assert!(!space.at("d").exists());
    dig(&space, 3000);
    runtime.block_on(async { op.delete_with("/").recursive(true).await }).unwrap();
    assert!(!space.at("d").exists() && space.root().exists());
}

#[test]
fn a_large_tree_is_removed_with_pauses() {
    let space = Space::new();
    let op = space.operator();
    for directory in 0..20 {
        let directory = space.at(&format!("tree/{directory}"));
        std::fs::create_dir_all(&directory).unwrap();
        for file in 0..500 {
            std::fs::write(directory.join(file.to_string()), "").unwrap();
        }
    }
    let all = ListOptions { recursive: true, ..Default::default() };
    let start = Instant::now();
    let (listed, pauses) = finish(op.list_options("/", all));
    assert_eq!(listed.unwrap().len(), 10_022);
    assert!(pauses > 0 || start.elapsed() < Duration::from_millis(15));
    let (deleted, pauses) = finish(op.delete_with("tree/").recursive(true));
    deleted.unwrap();
    assert!(pauses > 0);
    assert!(!space.at("tree").exists());
}

#[test]
fn many_remove_one_tree() {
    let space = Space::new();
    for _ in 0..8 {
        dig(&space, 150);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let op = space.operator();
                scope.spawn(move || finish(op.delete_with("d/").recursive(true)).0.unwrap());
            }
        });
        assert!(!space.at("d").exists());
    }
}

/// A thread moves a directory of the tree out of the root and back while it is removed.
#[test]
fn what_is_moved_out_meanwhile_stays() {
    let space = Space::new();
    let op = space.operator();
    let outside = space.0.join("outside");
    std::fs::create_dir_all(outside.join("keep/d")).unwrap();
    let depth = 120;
    let stop = AtomicBool::new(false);
    let mut conflicts = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (here, there) = (space.at(&"d/".repeat(20)), outside.join("moved"));
            while !stop.load(Ordering::Relaxed) {
                let _ = std::fs::rename(&here, &there);
                let _ = std::fs::rename(&there, &here);
            }
        });
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            let _ = std::fs::create_dir_all(space.at(&"d/".repeat(depth)));
            let mut delete = pin!(op.delete_with("d/").recursive(true).into_future());
            let mut context = Context::from_waker(Waker::noop());
            let deleted = opendal_fs::inline(|| {
                loop {
                    if let Poll::Ready(deleted) = delete.as_mut().poll(&mut context) {
                        return deleted;
                    }
                }
            });
            if let Err(error) = deleted {
                assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
                conflicts += 1;
            }
            assert!(outside.join("keep/d").exists());
        }
        stop.store(true, Ordering::Relaxed);
    });
    eprintln!("{conflicts} were stopped by a move");
    assert!(outside.join("keep/d").exists());
    now(op.delete("nothing")).unwrap();
}
