//! Each operation, through an operator: polled by a sync caller, and under tokio.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::Duration;

use common::refused::{again, is_portable};
use common::{Space, errno, finish, now, parts};
use opendal::options::{ListOptions, ReadOptions, WriteOptions};
use opendal::{BytesRange, EntryMode, ErrorKind, Operator};

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

async fn everything(op: Operator) {
    assert_eq!(op.write("a/b/one", "hello").await.unwrap().content_length(), 5);
    assert_eq!(op.read("a/b/one").await.unwrap().to_vec(), b"hello");
    let stat = op.stat("a/b/one").await.unwrap();
    assert_eq!((stat.mode(), stat.content_length()), (EntryMode::FILE, 5));
    assert!(stat.last_modified().is_some());
    assert!(op.stat("a/b").await.unwrap().is_dir());
    assert!(op.stat("a/b/").await.unwrap().is_dir());

    op.write("a/empty", "").await.unwrap();
    assert_eq!(op.read("a/empty").await.unwrap().len(), 0);
    op.write_with("log", "one ").append(true).await.unwrap();
    let appended = op.write_with("log", "two").append(true).await.unwrap();
    assert_eq!(appended.content_length(), 7);
    assert_eq!(op.read("log").await.unwrap().to_vec(), b"one two");

    op.create_dir("x/y/z/").await.unwrap();
    op.create_dir("x/y/z/").await.unwrap();
    assert_eq!(op.copy("a/b/one", "copies/one").await.unwrap().content_length(), 5);
    assert_eq!(op.read("copies/one").await.unwrap().to_vec(), b"hello");
    op.rename("copies/one", "renamed/two").await.unwrap();
    assert!(!op.exists("copies/one").await.unwrap());
    assert_eq!(op.read("renamed/two").await.unwrap().to_vec(), b"hello");

    let names = |entries: Vec<opendal::Entry>| {
        let mut names: Vec<_> = entries.iter().map(|e| e.path().to_owned()).collect();
        names.sort();
        names
    };
    let listed = op.list("a/").await.unwrap();
    assert_eq!(listed[0].path(), "a/");
    assert_eq!(names(listed), ["a/", "a/b/", "a/empty"]);
    assert_eq!(names(op.list("a").await.unwrap()), ["a/"]);
    assert_eq!(names(op.list("a/em").await.unwrap()), ["a/empty"]);
    assert!(op.list("missing/").await.unwrap().is_empty());
    assert!(op.list("log/").await.unwrap().is_empty());
    assert_eq!(names(op.list("/").await.unwrap()), ["/", "a/", "copies/", "log", "renamed/", "x/"]);
    let all = ListOptions { recursive: true, ..Default::default() };
    assert_eq!(
        names(op.list_options("/", all.clone()).await.unwrap()),
        [
            "/",
            "a/",
            "a/b/",
            "a/b/one",
            "a/empty",
            "copies/",
            "log",
            "renamed/",
            "renamed/two",
            "x/",
            "x/y/",
            "x/y/z/"
        ]
    );
    assert_eq!(
        names(op.list_options("a", all).await.unwrap()),
        ["a/", "a/b/", "a/b/one", "a/empty"]
    );

    op.delete("log").await.unwrap();
    op.delete("log").await.unwrap();
    op.delete("log/deeper/still").await.unwrap();
    op.delete("copies/").await.unwrap();
    let full = op.delete("x/").await.unwrap_err();
    assert_eq!((full.kind(), full.is_temporary()), (ErrorKind::Conflict, false));
    assert_eq!(errno(&full), Some(libc::ENOTEMPTY));
    op.delete_with("x/").recursive(true).await.unwrap();
    op.delete_with("/").recursive(true).await.unwrap();
    assert_eq!(names(op.list("/").await.unwrap()), ["/"]);
    op.delete("/").await.unwrap();
    assert!(op.stat("/").await.unwrap().is_dir());
}

#[test]
fn everything_at_once_on_this_thread() {
    let space = Space::new();
    let op = space.operator();
    now(everything(op));
}

#[test]
fn a_sync_caller_uses_no_other_thread() {
    // In a process of its own, so that the threads of other tests do not count.
    if std::env::var_os("OPENDAL_FS_ALONE").is_none() {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_sync_caller_uses_no_other_thread", "--test-threads=1"])
            .env("OPENDAL_FS_ALONE", "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let _entered = runtime.enter();
    let space = Space::new();
    let op = space.operator();
    // The worker may start late.
    std::thread::sleep(Duration::from_millis(50));
    let before = threads();
    now(everything(op.clone()));
    assert_eq!(threads(), before);
    runtime.block_on(everything(op));
    assert!(threads() > before, "without the guard, the pool does the work");
}

#[tokio::test]
async fn everything_on_the_pool() {
    everything(Space::new().operator()).await;
    let space = Space::new();
    everything(Operator::new(space.builder().durable(true)).unwrap()).await;
    everything(Operator::new(space.builder().confine(false)).unwrap()).await;
    let beside = space.0.join("temporaries");
    let builder = space.builder().atomic_write_dir(beside.to_str().unwrap());
    everything(Operator::new(builder).unwrap()).await;
    assert_eq!(std::fs::read_dir(beside).unwrap().count(), 0);
}

#[test]
fn inline_false_always_hops() {
    let space = Space::new();
    let op = Operator::new(space.builder().inline(false)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _entered = runtime.enter();
    std::fs::write(space.at("a"), "x").unwrap();
    // The pool may be done before it is asked, but not each time.
    assert!((0..1000).any(|_| finish(op.stat("a")).1 > 0));
}

#[tokio::test]
async fn ranges() {
    let space = Space::new();
    let op = space.operator();
    op.write("a", "0123456789").await.unwrap();
    let read = |range: BytesRange| {
        let op = op.clone();
        async move { op.read_options("a", ReadOptions { range, ..Default::default() }).await }
    };
    let cases = [
        (BytesRange::new(2, Some(3)), "234"),
        (BytesRange::new(7, None), "789"),
        (BytesRange::new(10, None), ""),
        (BytesRange::new(99, None), ""),
        (BytesRange::suffix(4), "6789"),
        (BytesRange::suffix(99), "0123456789"),
        (BytesRange::new(3, Some(0)), ""),
    ];
    for (range, expected) in cases {
        let got = read(range).await.unwrap_or_else(|e| panic!("{range:?}: {e}"));
        assert_eq!(got.to_vec(), expected.as_bytes(), "{range:?}");
    }
    for range in [BytesRange::new(8, Some(5)), BytesRange::new(20, Some(1))] {
        assert_eq!(read(range).await.unwrap_err().kind(), ErrorKind::RangeNotSatisfied);
    }
}

#[test]
fn a_large_file_comes_in_pieces() {
    let space = Space::new();
    let op = space.operator();
    let size = 20 * (1 << 20) + 12_345_usize;
    let bytes: Vec<u8> = (0..size).map(|i| u8::try_from(i * 31 % 251).unwrap()).collect();
    let (written, pauses) = finish(op.write("big", bytes.clone()));
    assert_eq!(written.unwrap().content_length(), size as u64);
    assert!(pauses >= 2, "a sync caller can look for signals");
    assert!(finish(op.read("big")).0.unwrap().to_vec() == bytes);

    let reader = now(op.reader("big")).unwrap();
    let mut stream = now(reader.clone().into_stream(..)).unwrap();
    let mut got = 0;
    while let Some(piece) = finish(futures_next(&mut stream)).0 {
        let piece = piece.unwrap();
        assert!(piece.len() <= 8 << 20);
        assert!(piece.to_vec() == bytes[got..got + piece.len()]);
        got += piece.len();
    }
    assert_eq!(got, size);
    // One buffer for a bounded range, with pauses.
    let (range, pauses) = finish(reader.fetch(std::iter::once(5..18 << 20).collect()));
    assert!(range.unwrap()[0].to_vec() == bytes[5..18 << 20]);
    assert!(pauses >= 2);
    let (copied, _) = finish(op.copy("big", "copy"));
    assert_eq!(copied.unwrap().content_length(), size as u64);
    assert!(std::fs::read(space.at("copy")).unwrap() == bytes);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(op.read("big")).unwrap().to_vec() == bytes);
}

async fn futures_next<S: futures::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|cx| std::pin::Pin::new(&mut *stream).poll_next(cx)).await
}

#[test]
fn a_kept_descriptor_reads_one_object() {
    let space = Space::new();
    let op = space.operator();
    now(op.write("a", "old object")).unwrap();
    let reader = now(op.reader("a")).unwrap();
    assert_eq!(now(reader.read(0..3)).unwrap().to_vec(), b"old");
    now(op.write("a", "new")).unwrap();
    assert_eq!(now(reader.read(4..10)).unwrap().to_vec(), b"object");
}

#[test]
fn nothing_is_there_before_the_close_and_nothing_after_an_abort() {
    let space = Space::new();
    let op = space.operator();
    for abort in [true, false] {
        let mut writer = now(op.writer("d/a")).unwrap();
        now(writer.write(vec![b'x'; 3 << 20])).unwrap();
        now(writer.write("more")).unwrap();
        assert_eq!(parts(&space.at("d")), 1);
        assert!(!now(op.exists("d/a")).unwrap());
        let listed = now(op.list("d/")).unwrap();
        assert_eq!(listed.len(), 1, "a temporary is not listed");
        if abort {
            now(writer.abort()).unwrap();
        } else {
            drop(writer);
        }
        assert_eq!(parts(&space.at("d")), 0);
        assert!(!now(op.exists("d/a")).unwrap());
    }
}

#[tokio::test]
async fn a_cancelled_write_leaves_nothing() {
    let space = Space::new();
    let op = space.operator();
    for _ in 0..50 {
        let write = op.write("a", vec![b'x'; 2 << 20]);
        let _ = tokio::time::timeout(Duration::from_micros(300), write).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(parts(&space.root()), 0);
}

#[test]
fn errors_have_their_kind_and_errno() {
    let space = Space::new();
    let op = space.operator();
    now(op.write("file", "x")).unwrap();
    now(op.create_dir("dir/")).unwrap();
    let long = "n".repeat(300);
    let cases = [
        (now(op.stat("missing")).unwrap_err(), ErrorKind::NotFound, libc::ENOENT),
        (now(op.read("missing")).unwrap_err(), ErrorKind::NotFound, libc::ENOENT),
        (now(op.read("dir")).unwrap_err(), ErrorKind::IsADirectory, libc::EISDIR),
        (now(op.write("dir", "x")).unwrap_err(), ErrorKind::IsADirectory, libc::EISDIR),
        (now(op.stat("file/below")).unwrap_err(), ErrorKind::NotADirectory, libc::ENOTDIR),
        (now(op.write("file/below", "x")).unwrap_err(), ErrorKind::NotADirectory, libc::ENOTDIR),
        (now(op.create_dir("file/")).unwrap_err(), ErrorKind::NotADirectory, libc::ENOTDIR),
        (now(op.delete("file/")).unwrap_err(), ErrorKind::NotADirectory, libc::ENOTDIR),
        (now(op.stat("file/")).unwrap_err(), ErrorKind::NotADirectory, libc::ENOTDIR),
        (now(op.stat(&long)).unwrap_err(), ErrorKind::NotFound, libc::ENAMETOOLONG),
        (now(op.write(&long, "x")).unwrap_err(), ErrorKind::ConfigInvalid, libc::ENAMETOOLONG),
        (now(op.copy("missing", "new/b")).unwrap_err(), ErrorKind::NotFound, libc::ENOENT),
        (now(op.rename("missing", "new/b")).unwrap_err(), ErrorKind::NotFound, libc::ENOENT),
        (now(op.rename("file", "dir")).unwrap_err(), ErrorKind::IsADirectory, libc::EISDIR),
    ];
    for (error, kind, code) in cases {
        assert_eq!((error.kind(), errno(&error)), (kind, Some(code)), "{error:?}");
        assert!(!error.is_temporary(), "{error:?}");
    }
    assert!(!space.at("new").exists(), "nothing is made for what is missing");
    for path in ["../x", "a/../../x", "a/..", "nul\0"] {
        assert_eq!(now(op.stat(path)).unwrap_err().kind(), ErrorKind::PermissionDenied, "{path:?}");
        assert_eq!(
            now(op.write_options(path, "x", WriteOptions::default())).unwrap_err().kind(),
            ErrorKind::PermissionDenied,
            "{path:?}"
        );
    }
}

#[test]
fn modes_and_umask() {
    let space = Space::new();
    let op = space.operator();
    let mode = |name: &str| std::fs::metadata(space.at(name)).unwrap().mode() & 0o7777;
    std::fs::write(space.at("plain"), "x").unwrap();
    now(op.write("new", "x")).unwrap();
    assert_eq!(mode("new"), mode("plain"), "as the umask wants it");
    for kept in [0o600, 0o755, 0o640, 0o777, 0o444] {
        std::fs::set_permissions(space.at("new"), PermissionsExt::from_mode(kept)).unwrap();
        now(op.write("new", "y")).unwrap();
        assert_eq!(mode("new"), kept);
        now(op.copy("plain", "new")).unwrap();
        assert_eq!(mode("new"), kept);
    }
    std::fs::set_permissions(space.at("plain"), PermissionsExt::from_mode(0o700)).unwrap();
    now(op.copy("plain", "copied")).unwrap();
    assert_eq!(mode("copied"), 0o700);
    assert_eq!(now(op.read("new")).unwrap().to_vec(), b"x");
}

#[test]
fn metadata_in_attributes() {
    let space = Space::new();
    let op = space.operator();
    if !op.info().capability().write_with_user_metadata {
        eprintln!("no extended attributes here");
        return;
    }
    let user = HashMap::from([
        ("owner".to_owned(), "me".to_owned()),
        ("größe".to_owned(), "a\nb".to_owned()),
        ("empty".to_owned(), String::new()),
    ]);
    let options = WriteOptions {
        content_type: Some("text/x-test".to_owned()),
        content_encoding: Some("gzip".to_owned()),
        content_disposition: Some("inline".to_owned()),
        cache_control: Some("no-store".to_owned()),
        user_metadata: Some(user.clone()),
        ..Default::default()
    };
    now(op.write_options("d/a", "x", options)).unwrap();
    now(op.copy("d/a", "copy")).unwrap();
    symlink("d/a", space.at("link")).unwrap();
    let link = if is_portable() { "copy" } else { "link" };
    for path in ["d/a", "copy", link] {
        let stat = now(op.stat(path)).unwrap();
        assert_eq!(stat.content_type(), Some("text/x-test"), "{path}");
        assert_eq!(stat.content_encoding(), Some("gzip"));
        assert_eq!(stat.content_disposition(), Some("inline"));
        assert_eq!(stat.cache_control(), Some("no-store"));
        let got: HashMap<_, _> = stat
            .user_metadata()
            .unwrap()
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(got, user);
    }
    now(op.write("d/a", "new")).unwrap();
    let stat = now(op.stat("d/a")).unwrap();
    assert!(stat.content_type().is_none() && stat.user_metadata().is_none());

    let much = HashMap::from([("k".to_owned(), "v".repeat(30_000))]);
    let options = WriteOptions { user_metadata: Some(much), ..Default::default() };
    let error = now(op.write_options("much", "x", options)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(!space.at("much").exists() && parts(&space.root()) == 0);
}

#[test]
fn times_as_conditions() {
    let space = Space::new();
    let op = space.operator();
    now(op.write("a", "x")).unwrap();
    let at = now(op.stat("a")).unwrap().last_modified().unwrap();
    let later = at + Duration::from_secs(10);
    assert_eq!(
        now(op.stat_with("a").if_modified_since(later)).unwrap_err().kind(),
        ErrorKind::ConditionNotMatch
    );
    assert!(now(op.stat_with("a").if_unmodified_since(at)).is_ok());
    assert!(now(op.read_with("a").if_unmodified_since(at)).is_ok());
    assert_eq!(
        now(op.read_with("a").if_modified_since(at)).unwrap_err().kind(),
        ErrorKind::ConditionNotMatch
    );
}

#[test]
fn names_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let space = Space::new();
    let op = space.operator();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff");
    std::fs::write(space.root().join(name), "x").unwrap();
    let error = now(op.list("/")).unwrap_err();
    assert!(error.to_string().contains("UTF-8"), "{error}");
    now(op.delete_with("/").recursive(true)).unwrap();
    assert!(now(op.list("/")).is_ok());
}

#[test]
fn deep_trees() {
    let space = Space::new();
    let op = space.operator();
    let deep = "d/".repeat(700);
    now(op.write(&format!("{deep}file"), "x")).unwrap();
    let all = ListOptions { recursive: true, ..Default::default() };
    assert_eq!(finish(op.list_options("/", all)).0.unwrap().len(), 702);
    finish(op.delete_with("d/").recursive(true)).0.unwrap();
    assert!(!space.at("d").exists());
}

#[test]
fn a_listing_that_was_given_up_does_not_seem_complete() {
    let space = Space::new();
    let op = space.operator();
    now(op.write("a", "x")).unwrap();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let service = op.service();
        let mut lister = service.list_dyn(op.context(), "/", opendal::raw::OpList::new()).unwrap();
        // As long as the one thread waits, no page can be ready.
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || wait.recv());
        {
            let mut next = lister.next_dyn();
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(next.as_mut().poll(&mut context).is_pending());
        }
        go_on.send(()).unwrap();
        busy.await.unwrap().unwrap();
        assert!(lister.next_dyn().await.is_err());
        assert!(lister.next_dyn().await.is_err());
    });
}

#[test]
fn a_root_is_made_and_may_be_made_again() {
    let space = Space::new();
    let deep = space.0.join("not/there/yet");
    let builder = opendal_fs::FsBuilder::default().root(deep.to_str().unwrap());
    let op = Operator::new(builder).unwrap();
    assert!(deep.is_dir());
    now(op.write("a", "x")).unwrap();
    std::fs::remove_dir_all(&deep).unwrap();
    assert_eq!(now(op.stat("a")).unwrap_err().kind(), ErrorKind::NotFound);
    now(op.write("a", "y")).unwrap();
    std::fs::remove_dir_all(&deep).unwrap();
    std::fs::create_dir(&deep).unwrap();
    std::fs::write(deep.join("b"), "z").unwrap();
    assert_eq!(now(op.stat("b")).unwrap().content_length(), 1);
    assert_eq!(now(op.read("b")).unwrap().to_vec(), b"z");

    std::fs::write(space.0.join("file"), "x").unwrap();
    let builder = opendal_fs::FsBuilder::default().root(space.0.join("file").to_str().unwrap());
    assert_eq!(Operator::new(builder).unwrap_err().kind(), ErrorKind::NotADirectory);
    let none = Operator::new(opendal_fs::FsBuilder::default());
    assert_eq!(none.unwrap_err().kind(), ErrorKind::ConfigInvalid);
}

#[test]
fn capabilities_are_a_superset_of_the_cores() {
    let space = Space::new();
    let ours = space.operator().info().capability();
    let theirs = opendal::services::Fs::default().root(space.root().to_str().unwrap());
    let theirs = Operator::new(theirs).unwrap().info().capability();
    let flags = |capability: opendal::Capability| {
        let text = format!("{capability:#?}");
        let yes = text.lines().filter(|line| line.ends_with(": true,"));
        yes.map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let (ours, theirs) = (flags(ours), flags(theirs));
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn portable() {
    again("portable");
}
