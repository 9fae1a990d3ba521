//! How long calls take beside the same work through std, interleaved. It measures and asserts
//! nothing: `cargo test --release -p opendal-fs --test timing -- --ignored --nocapture`, with
//! `--test-threads=1`, and a name for a part of it.
#![allow(clippy::unwrap_used)]

mod common;

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use common::{Space, finish, now};
use opendal::raw::{OpRead, OpStat};
use opendal::{BytesRange, Operator};

const ROUNDS: usize = 15;

/// Medians in microseconds of a call of each, taken in turns.
fn compare(name: &str, calls: usize, works: &mut [(&str, &mut dyn FnMut())]) {
    let mut times = vec![Vec::new(); works.len()];
    for _ in 0..ROUNDS {
        for (work, times) in works.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..calls {
                (work.1)();
            }
            times.push(start.elapsed().as_nanos() / calls as u128);
        }
    }
    print!("{name}:");
    for (work, times) in works.iter().zip(&mut times) {
        times.sort_unstable();
        let nanos = times[ROUNDS / 2];
        print!("  {} {}.{:02} us", work.0, nanos / 1000, nanos % 1000 / 10);
    }
    println!();
}

/// Operators of ours, confined and not, and the core's own.
struct Peers {
    space: Space,
    ours: Operator,
    free: Operator,
    theirs: Operator,
}

impl Peers {
    fn new() -> Self {
        let space = Space::new();
        let ours = space.operator();
        let free = Operator::new(space.builder().confine(false)).unwrap();
        let theirs = opendal::services::Fs::default().root(space.root().to_str().unwrap());
        let theirs = Operator::new(theirs).unwrap();
        now(ours.write("file", vec![b'x'; 1024])).unwrap();
        now(ours.write("d/e/file", vec![b'x'; 1024])).unwrap();
        Self { space, ours, free, theirs }
    }
}

#[test]
#[ignore = "it measures"]
fn stat() {
    let Peers { space, ours, free, .. } = Peers::new();
    let bare = |op: &Operator, name: &str| {
        let stat = op.service().stat_dyn(op.context(), name, OpStat::default());
        drop(black_box(now(stat).unwrap()));
    };
    for (age, pause) in [("just written", 0), ("older", 200)] {
        for name in ["file", "d/e/file"] {
            now(ours.write(name, vec![b'x'; 1024])).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(pause));
            let path = space.at(name);
            compare(
                &format!("stat {name}, {age}"),
                if pause == 0 { 200 } else { 4000 },
                &mut [
                    ("std", &mut || {
                        assert!(black_box(std::fs::metadata(&path).unwrap()).is_file());
                    }),
                    ("confined", &mut || drop(black_box(now(ours.stat(name)).unwrap()))),
                    ("its service alone", &mut || bare(&ours, name)),
                    ("unconfined", &mut || drop(black_box(now(free.stat(name)).unwrap()))),
                    ("its service alone", &mut || bare(&free, name)),
                ],
            );
        }
    }
    let path = space.at("missing");
    compare(
        "stat of a missing file",
        4000,
        &mut [
            ("std", &mut || assert!(black_box(std::fs::metadata(&path)).is_err())),
            ("confined", &mut || assert!(black_box(now(ours.exists("missing"))).is_ok())),
        ],
    );
}

#[test]
#[ignore = "it measures"]
fn read_and_write() {
    let Peers { space, ours, free, theirs } = Peers::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let _entered = runtime.enter();
    for name in ["file", "d/e/file"] {
        let path = space.at(name);
        compare(
            &format!("read 1 KiB {name}"),
            2000,
            &mut [
                ("std", &mut || drop(black_box(std::fs::read(&path).unwrap()))),
                ("confined", &mut || drop(black_box(now(ours.read(name)).unwrap()))),
                ("its service alone", &mut || {
                    let service = ours.service();
                    let reader = service.read_dyn(ours.context(), name, OpRead::default()).unwrap();
                    let (_, mut stream) = now(reader.open_dyn(BytesRange::default())).unwrap();
                    drop(black_box(now(stream.read_dyn()).unwrap()));
                }),
                ("unconfined", &mut || drop(black_box(now(free.read(name)).unwrap()))),
            ],
        );
        let temporary = space.at("temporary");
        let bytes = vec![b'x'; 1024];
        compare(
            &format!("write 1 KiB {name}"),
            300,
            &mut [
                ("std, renamed", &mut || {
                    let mut file = std::fs::File::create_new(&temporary).unwrap();
                    file.write_all(&bytes).unwrap();
                    drop(file);
                    std::fs::rename(&temporary, &path).unwrap();
                }),
                ("confined", &mut || drop(now(ours.write(name, bytes.clone())).unwrap())),
                ("unconfined", &mut || drop(now(free.write(name, bytes.clone())).unwrap())),
            ],
        );
        compare(
            &format!("async read 1 KiB {name}"),
            200,
            &mut [
                ("ours", &mut || drop(black_box(runtime.block_on(ours.read(name)).unwrap()))),
                ("core", &mut || drop(black_box(runtime.block_on(theirs.read(name)).unwrap()))),
            ],
        );
    }
}

#[test]
#[ignore = "it measures"]
fn list() {
    let Peers { space, ours, theirs, .. } = Peers::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    std::fs::create_dir_all(space.at("many")).unwrap();
    for file in 0..20_000 {
        std::fs::write(space.at(&format!("many/file-{file:05}")), "x").unwrap();
    }
    let names =
        || drop(black_box(opendal_fs::names_only(|| finish(ours.list("many/"))).0.unwrap()));
    let service = || {
        let options = opendal::raw::OpList::new();
        let lister =
            opendal_fs::names_only(|| ours.service().list_dyn(ours.context(), "many/", options));
        let mut lister = lister.unwrap();
        let mut entries = Vec::new();
        while let Some(entry) = finish(lister.next_dyn()).0.unwrap() {
            entries.push(entry);
        }
        drop(black_box(entries));
    };
    compare(
        "list 20,000 names",
        1,
        &mut [
            ("std", &mut || {
                let entries = std::fs::read_dir(space.at("many")).unwrap();
                let names = entries.map(|entry| {
                    let entry = entry.unwrap();
                    (entry.path(), entry.file_type().unwrap())
                });
                drop(black_box(names.collect::<Vec<_>>()));
            }),
            ("confined", &mut || names()),
            ("its service alone", &mut || service()),
        ],
    );
    compare(
        "list 20,000 with sizes",
        1,
        &mut [
            ("std", &mut || {
                let entries = std::fs::read_dir(space.at("many")).unwrap();
                let sizes = entries.map(|entry| {
                    let entry = entry.unwrap();
                    (entry.path(), entry.metadata().unwrap().len())
                });
                drop(black_box(sizes.collect::<Vec<_>>()));
            }),
            ("confined", &mut || drop(black_box(finish(ours.list("many/")).0.unwrap()))),
            ("async", &mut || drop(black_box(runtime.block_on(ours.list("many/")).unwrap()))),
            ("async core", &mut || {
                drop(black_box(runtime.block_on(theirs.list("many/")).unwrap()));
            }),
        ],
    );
}
