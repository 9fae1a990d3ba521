//! What does not fit: a typed error with its errno, the old object as it was, nothing left behind.
#![allow(clippy::unwrap_used)]

mod common;

use std::ffi::CString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use common::refused::{Refused, refuse};
use common::{Space, errno, finish, now, parts};
use opendal::{Error, ErrorKind, Operator};
use opendal_fs::FsBuilder;

const OLD: usize = 600 << 10;
/// More than any of the limits.
const MUCH: usize = 5 << 20;
const CHILD: &str = "OPENDAL_FS_LIMITED";

/// Runs this test again in a process that has a limit of its own, or says that it could not.
fn limited(test: &str, space: &Space, limit: impl Fn() -> io::Result<()> + Send + Sync + 'static) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--test-threads=1"]).env(CHILD, &space.0);
    // SAFETY: between fork and exec it makes system calls, and no other thread is needed.
    unsafe { command.pre_exec(limit) };
    match command.status() {
        Ok(status) => assert!(status.success()),
        Err(error) => eprintln!("{test} was skipped, the limit cannot be set here: {error}"),
    }
}

fn child() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

fn ok(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Mounts a small file system on the root of the space, which only the child sees.
fn mount(space: &Space, options: &str) -> impl Fn() -> io::Result<()> + Send + Sync + 'static {
    let root = CString::new(space.root().to_str().unwrap()).unwrap();
    let options = CString::new(options).unwrap();
    // SAFETY: the calls have no arguments.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    move || {
        let private = if user == 0 { 0 } else { libc::CLONE_NEWUSER };
        // SAFETY: the process has one thread.
        ok(unsafe { libc::unshare(libc::CLONE_NEWNS | private) })?;
        if user != 0 {
            std::fs::write("/proc/self/setgroups", "deny")?;
            std::fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
            std::fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
        }
        let (tmpfs, nothing) = (c"tmpfs".as_ptr(), std::ptr::null());
        let flags = libc::MS_REC | libc::MS_PRIVATE;
        // SAFETY: all texts end with a NUL.
        unsafe {
            ok(libc::mount(nothing, c"/".as_ptr(), nothing, flags, nothing.cast()))?;
            ok(libc::mount(tmpfs, root.as_ptr(), tmpfs, 0, options.as_ptr().cast()))?;
        }
        Ok(())
    }
}

fn operator(space: &std::path::Path) -> Operator {
    Operator::new(FsBuilder::default().root(space.join("root").to_str().unwrap())).unwrap()
}

/// All ways in which something comes to be that is too much.
fn attempts(op: &Operator, target: &str) -> Vec<Error> {
    let piecewise = async {
        let mut writer = op.writer(target).await?;
        for _ in 0..MUCH / OLD {
            writer.write(vec![b'y'; OLD]).await?;
        }
        writer.close().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    vec![
        finish(op.write(target, vec![b'y'; MUCH])).0.unwrap_err(),
        finish(piecewise).0.unwrap_err(),
        finish(op.copy("source", target)).0.unwrap_err(),
        runtime.block_on(async { op.write(target, vec![b'y'; MUCH]).await }).unwrap_err(),
        runtime.block_on(async { op.copy("source", target).await }).unwrap_err(),
    ]
}

fn check(space: &std::path::Path, code: i32) {
    let op = operator(space);
    finish(op.write("d/a", vec![b'x'; OLD])).0.unwrap();
    for target in ["d/a", "d/new"] {
        for error in attempts(&op, target) {
            assert_eq!((error.kind(), errno(&error)), (ErrorKind::Unexpected, Some(code)));
            assert!(!error.is_temporary(), "{error:?}");
            assert!(!error.to_string().contains('\n'));
        }
    }
    assert!(finish(op.read("d/a")).0.unwrap().to_vec() == vec![b'x'; OLD]);
    assert!(!now(op.exists("d/new")).unwrap());
    assert_eq!(parts(&space.join("root/d")), 0);
    // What fits still does, so nothing holds the room of what did not.
    finish(op.write("d/a", vec![b'z'; OLD])).0.unwrap();
    assert_eq!(finish(op.read("d/a")).0.unwrap().len(), OLD);
}

/// Something to copy that takes no room itself.
fn large_source(space: &std::path::Path) {
    let file = std::fs::File::create(space.join("root/source")).unwrap();
    file.set_len(MUCH as u64).unwrap();
}

#[test]
fn files_have_a_size_limit() {
    if let Some(space) = child() {
        return check(&space, libc::EFBIG);
    }
    let space = Space::new();
    large_source(&space.0);
    limited("files_have_a_size_limit", &space, || {
        let limit = libc::rlimit { rlim_cur: 1 << 20, rlim_max: 1 << 20 };
        // SAFETY: the limit is valid. The signal would end the process; Python ignores it too.
        unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            ok(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit))
        }
    });
}

#[test]
fn the_disk_is_full() {
    if let Some(space) = child() {
        large_source(&space);
        return check(&space, libc::ENOSPC);
    }
    let space = Space::new();
    limited("the_disk_is_full", &space, mount(&space, "size=2m"));
}

/// No file system with quotas can be had everywhere, so the calls that would meet one say so.
#[test]
fn the_quota_is_used_up() {
    if let Some(space) = child() {
        let op = operator(&space);
        for target in ["d/a", "d/new"] {
            for error in attempts(&op, target) {
                assert_eq!(errno(&error), Some(libc::EDQUOT));
                assert!(error.to_string().contains("quota"), "{error}");
                assert!(!error.is_temporary());
            }
        }
        assert_eq!(std::fs::read(space.join("root/d/a")).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(space.join("root/d")).unwrap().count(), 1);
        return;
    }
    let space = Space::new();
    large_source(&space.0);
    now(space.operator().write("d/a", "old")).unwrap();
    let calls = [Refused::all(libc::SYS_writev), Refused::all(libc::SYS_copy_file_range)];
    limited("the_quota_is_used_up", &space, refuse(&calls, libc::EDQUOT));
}
