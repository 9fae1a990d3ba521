//! An object is the old one or the new one, and one creator wins.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::refused::again;
use common::{Space, finish, now, parts};
use opendal::ErrorKind;
use opendal::options::{CopyOptions, RenameOptions};

#[test]
fn a_reader_sees_whole_objects() {
    let space = Space::new();
    let size = 3 << 20;
    let op = space.operator();
    finish(op.write("a", vec![b'0'; size])).0.unwrap();
    let stop = AtomicBool::new(false);
    let reads = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for byte in [b'1', b'2'] {
            let (op, stop) = (space.operator(), &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    finish(op.write("a", vec![byte; size])).0.unwrap();
                }
            });
        }
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            let bytes = finish(op.read("a")).0.unwrap().to_vec();
            assert_eq!(bytes.len(), size);
            assert!(bytes.iter().all(|byte| *byte == bytes[0]));
            reads.fetch_add(1, Ordering::Relaxed);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(reads.into_inner() > 10);
    assert_eq!(parts(&space.root()), 0);
}

#[test]
fn of_32_creators_one_wins() {
    let space = Space::new();
    let op = space.operator();
    now(op.write("source", "copied")).unwrap();
    for round in 0..20 {
        let wins = AtomicUsize::new(0);
        let barrier = Barrier::new(32);
        std::thread::scope(|scope| {
            for worker in 0..32 {
                let (op, wins, barrier) = (op.clone(), &wins, &barrier);
                scope.spawn(move || {
                    let target = format!("new/{round}");
                    let own = format!("own-{round}-{worker}");
                    if worker % 4 == 3 {
                        now(op.write(&own, "renamed")).unwrap();
                    }
                    barrier.wait();
                    let won = match worker % 4 {
                        0 => now(op.write_with(&target, "whole").if_not_exists(true)).map(drop),
                        1 => {
                            let options = CopyOptions { if_not_exists: true, ..Default::default() };
                            now(op.copy_options("source", &target, options)).map(drop)
                        }
                        2 => now(op.write_with(&target, "append").append(true).if_not_exists(true))
                            .map(drop),
                        _ => {
                            let options = RenameOptions { if_not_exists: true };
                            now(op.rename_options(&own, &target, options))
                        }
                    };
                    match won {
                        Ok(()) => drop(wins.fetch_add(1, Ordering::Relaxed)),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::ConditionNotMatch, "{error:?}");
                            assert_eq!(common::errno(&error), Some(libc::EEXIST));
                        }
                    }
                });
            }
        });
        assert_eq!(wins.into_inner(), 1);
    }
    assert_eq!(parts(&space.at("new")), 0);
}

#[test]
fn live_temporaries_are_not_swept() {
    let space = Space::new();
    let op = space.operator();
    let mut writer = now(op.writer("d/long")).unwrap();
    now(writer.write(vec![b'x'; 2 << 20])).unwrap();
    now(writer.write("more")).unwrap();
    std::fs::write(space.at("d/.opendal-part-fs-00000000000000aa"), "stale").unwrap();
    // Another operator, so that nothing is remembered.
    now(space.operator().write("d/other", "x")).unwrap();
    assert_eq!(parts(&space.at("d")), 1);
    now(writer.close()).unwrap();
    assert_eq!(std::fs::metadata(space.at("d/long")).unwrap().len(), (2 << 20) + 4);
    assert_eq!(parts(&space.at("d")), 0);
    // Nor is what is stale in the way of removing a directory that looks empty.
    now(op.delete_with("d/").recursive(true)).unwrap();
    now(op.create_dir("d/")).unwrap();
    std::fs::write(space.at("d/.opendal-part-fs-00000000000000aa"), "stale").unwrap();
    now(op.delete("d/")).unwrap();
    assert!(!space.at("d").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_a_time() {
    let space = Space::new();
    let op = space.operator();
    let tasks = (0..64).map(|task| {
        let op = op.clone();
        tokio::spawn(async move {
            for round in 0..20 {
                let name = format!("d/{}", (task + round) % 10);
                op.write(&name, vec![b'x'; 1000 + task]).await.unwrap();
                let length = op.read(&name).await.unwrap().len();
                assert!((1000..1064).contains(&length));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(op.list("d/").await.unwrap().len(), 11);
    assert_eq!(parts(&space.at("d")), 0);
}

#[test]
fn portable() {
    again("portable");
}
