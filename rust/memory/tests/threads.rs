//! Many threads on one store.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures::executor::block_on;
use opendal::options::WriteOptions;
use opendal::{ErrorKind, Operator};
use opendal_memory::MemoryBuilder;

fn operator() -> Operator {
    Operator::new(MemoryBuilder::default()).unwrap()
}

#[test]
fn no_append_is_lost() {
    let op = operator();
    let append = || WriteOptions { append: true, ..Default::default() };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    block_on(op.write_options("log", "x", append())).unwrap();
                }
            });
        }
    });
    assert_eq!(block_on(op.stat("log")).unwrap().content_length(), 2000);
}

#[test]
fn one_of_many_that_create_an_object_does_so() {
    let op = operator();
    let new = || WriteOptions { if_not_exists: true, ..Default::default() };
    for round in 0..200 {
        let path = &format!("{round}");
        let made = thread::scope(|scope| {
            let racers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| block_on(op.write_options(path, "x", new()))))
                .collect();
            let results = racers.into_iter().map(|racer| racer.join().unwrap());
            results
                .filter(|result| match result {
                    Ok(_) => true,
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::ConditionNotMatch);
                        false
                    }
                })
                .count()
        });
        assert_eq!(made, 1);
    }
}

#[test]
fn a_change_of_two_paths_is_seen_as_one() {
    let op = operator();
    block_on(op.write("a", "x")).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..5000 {
                block_on(op.rename("a", "b")).unwrap();
                block_on(op.rename("b", "a")).unwrap();
            }
            over.store(true, Ordering::Relaxed);
        });
        while !over.load(Ordering::Relaxed) {
            assert_eq!(block_on(op.list("/")).unwrap().len(), 1);
        }
    });
}
