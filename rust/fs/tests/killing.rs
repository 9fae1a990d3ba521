//! A process may be killed at any moment: each object is then the old one or the new one.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use common::{Space, finish, now, parts};
use opendal::{ErrorKind, Operator};

const KILLS: usize = 200;
const SMALL: usize = 1000;
/// Written in pieces of 1 MiB.
const LARGE: usize = 4 << 20;
const WORKS: [&str; 6] = ["new", "replace", "small", "copy", "copy new", "rename"];
/// How the operator is set up.
const SETUPS: [&str; 4] = ["plain", "durable", "beside", "plain"];

/// All bytes of a version tell which it is, so a mixture shows.
fn content(version: u64, size: usize) -> Vec<u8> {
    version.to_le_bytes().repeat(size / 8)
}

/// The version of a whole object, if it is there.
fn version(op: &Operator, path: &str, size: usize) -> Option<u64> {
    let bytes = match finish(op.read(path)).0 {
        Ok(bytes) => bytes.to_vec(),
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => panic!("{path}: {error:?}"),
    };
    assert_eq!(bytes.len(), size, "{path} is a part");
    let version = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    assert!(bytes == content(version, size), "{path} is a mixture");
    Some(version)
}

fn operator(space: &std::path::Path, setup: &str) -> Operator {
    let text = |name: &str| space.join(name).to_str().unwrap().to_owned();
    let builder = opendal_fs::FsBuilder::default().root(&text("root"));
    Operator::new(match setup {
        "durable" => builder.durable(true),
        "beside" => builder.atomic_write_dir(&text("temporaries")),
        _ => builder,
    })
    .unwrap()
}

fn large(op: &Operator, path: &str, version: u64) {
    let write = async {
        let mut writer = op.writer(path).await?;
        let bytes = opendal::Buffer::from(content(version, LARGE));
        for piece in 0..4 {
            writer.write(bytes.slice(piece * LARGE / 4..(piece + 1) * LARGE / 4)).await?;
        }
        writer.close().await
    };
    finish(write).0.unwrap();
}

/// Runs in a process of its own until it is killed, and notes each step that is done.
#[test]
fn child() {
    let Some(space) = std::env::var_os("OPENDAL_FS_CHILD").map(std::path::PathBuf::from) else {
        return;
    };
    let work = std::env::var("OPENDAL_FS_WORK").unwrap();
    let op = operator(&space, &std::env::var("OPENDAL_FS_SETUP").unwrap());
    let mut notes = OpenOptions::new().append(true).create(true).open(space.join("notes")).unwrap();
    let mut done = |step: u64| notes.write_all(&step.to_le_bytes()).unwrap();
    now(op.create_dir("d/")).unwrap();
    if work.starts_with("copy") {
        large(&op, "d/source-0", 0);
        large(&op, "d/source-1", 1);
    }
    match work.as_str() {
        "replace" | "copy" => large(&op, "d/a", 0),
        "small" | "rename" => drop(now(op.write("d/a", content(0, SMALL))).unwrap()),
        _ => {}
    }
    done(0);
    for version in 1_u64.. {
        match work.as_str() {
            "new" => large(&op, &format!("d/new-{version}"), version),
            "replace" => large(&op, "d/a", version),
            "small" => drop(now(op.write("d/a", content(version, SMALL))).unwrap()),
            "copy" | "copy new" => {
                let source = format!("d/source-{}", version % 2);
                let new = format!("d/new-{version}");
                let target = if work == "copy" { "d/a" } else { &new };
                finish(op.copy(&source, target)).0.unwrap();
            }
            _ => {
                now(op.write("d/source", content(version, SMALL))).unwrap();
                done(2 * version - 1);
                now(op.rename("d/source", "d/a")).unwrap();
                done(2 * version);
                continue;
            }
        }
        done(version);
        // There would be no room for all.
        let _ = now(op.delete(&format!("d/new-{}", version.saturating_sub(3))));
    }
}

/// Starts a child, and waits until it is at work.
fn start(space: &Space, work: &str, setup: &str) -> Child {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--test-threads=1"])
        .env("OPENDAL_FS_CHILD", &space.0)
        .env("OPENDAL_FS_WORK", work)
        .env("OPENDAL_FS_SETUP", setup)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let late = Instant::now() + Duration::from_mins(1);
    while std::fs::metadata(space.0.join("notes")).map_or(0, |notes| notes.len()) == 0 {
        assert!(Instant::now() < late, "the child did not begin");
        std::thread::sleep(Duration::from_micros(200));
    }
    child
}

/// The last step that the child has noted.
fn last(space: &Space) -> u64 {
    let mut notes = Vec::new();
    File::open(space.0.join("notes")).unwrap().read_to_end(&mut notes).unwrap();
    u64::from_le_bytes(notes.last_chunk().copied().unwrap())
}

/// What must hold after a step was done and the next one was begun, and perhaps done.
fn check(op: &Operator, work: &str, done: u64) {
    let next = done + 1;
    match work {
        "replace" => assert!([done, next].contains(&version(op, "d/a", LARGE).unwrap())),
        "small" => assert!([done, next].contains(&version(op, "d/a", SMALL).unwrap())),
        "copy" => {
            // Of two versions the wrong one would be a copy that came before, or none.
            version(op, "d/a", LARGE).unwrap();
        }
        "new" | "copy new" => {
            let expect = |step: u64| if work == "new" { step } else { step % 2 };
            if done > 0 {
                assert_eq!(version(op, &format!("d/new-{done}"), LARGE), Some(expect(done)));
            }
            let begun = version(op, &format!("d/new-{next}"), LARGE);
            assert!(begun.is_none_or(|version| version == expect(next)));
        }
        _ => {
            let (source, target) = (version(op, "d/source", SMALL), version(op, "d/a", SMALL));
            // Odd steps have written a source, even ones have renamed it.
            let (written, renamed) = (done.div_ceil(2), done / 2);
            if done % 2 == 1 {
                let before = (Some(written), Some(renamed));
                assert!((source, target) == before || (source, target) == (None, Some(written)));
            } else {
                assert_eq!(target, Some(renamed));
                assert!(source.is_none_or(|version| version == renamed + 1));
            }
        }
    }
    for entry in now(op.list("d/")).unwrap() {
        let name = entry.name();
        let known = ["d/", "a", "source", "source-0", "source-1"].contains(&name);
        assert!(known || name.starts_with("new-"), "{name} was left");
    }
}

#[test]
fn whoever_is_killed_leaves_whole_objects() {
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let mut seed = u64::try_from(seed % u128::from(u64::MAX)).unwrap() | 1;
    let mut random = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) % below
    };
    // Of each work: how many were killed, after how many steps, with a temporary left behind.
    let mut tally = BTreeMap::<&str, (usize, u64, usize)>::new();
    for round in 0..KILLS {
        let (work, setup) = (WORKS[round % WORKS.len()], SETUPS[round / WORKS.len() % 4]);
        let space = Space::new();
        let mut child = start(&space, work, setup);
        // A step takes from 0.1 ms (small) to some 20 ms (large and durable), and they follow each
        // other, so any moment of one is as likely as the others.
        std::thread::sleep(Duration::from_micros(random(25_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let home = if setup == "beside" { space.0.join("temporaries") } else { space.at("d") };
        let left = parts(&home);
        assert!(left <= 1);
        let done = last(&space);
        let counted = tally.entry(work).or_default();
        *counted = (counted.0 + 1, counted.1 + done, counted.2 + left);
        let op = operator(&space.0, setup);
        check(&op, work, done);
        now(op.write("d/next", "x")).unwrap();
        now(op.delete("d/next")).unwrap();
        assert_eq!(parts(&home) + parts(&space.at("d")), 0, "the next writer sweeps");
        check(&op, work, done);
        if setup == "beside" {
            assert_eq!(std::fs::read_dir(home).unwrap().count(), 0);
        }
    }
    eprintln!("killed, steps done, temporaries left: {tally:?}");
    // Much of a large write or copy is between the making of a temporary and its publishing.
    let mut hits = 0;
    for work in ["new", "replace", "copy", "copy new"] {
        let (killed, steps, left) = tally[work];
        assert!(steps > 0 && left * 10 > killed, "{work} was hardly ever hit in the middle");
        hits += left;
    }
    assert!(hits * 6 > KILLS, "the kills missed");
    for work in ["small", "rename"] {
        assert!(tally[work].1 > 0, "{work} was never at work");
    }
}
