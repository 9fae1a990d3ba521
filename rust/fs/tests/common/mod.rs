//! What the tests share: a directory of their own, and a caller that polls by hand.
#![allow(dead_code, clippy::unwrap_used)]

pub mod refused;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use opendal::Operator;
use opendal_fs::FsBuilder;

pub const PART: &str = ".opendal-part-fs-";

/// A directory that goes with the test. The root is `root` in it, so that there is an outside.
pub struct Space(pub PathBuf);

impl Space {
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("opendal-fs-test-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("root")).unwrap();
        Self(path.canonicalize().unwrap())
    }

    pub fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn builder(&self) -> FsBuilder {
        FsBuilder::default().root(self.root().to_str().unwrap())
    }

    pub fn operator(&self) -> Operator {
        Operator::new(self.builder()).unwrap()
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Polls once, as a sync caller does, and insists on the result.
pub fn now<T>(future: impl IntoFuture<Output = T>) -> T {
    let mut future = pin!(future.into_future());
    let mut context = Context::from_waker(Waker::noop());
    opendal_fs::inline(|| match future.as_mut().poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the first poll was not ready"),
    })
}

/// Polls until it is ready, and says how often it was not.
pub fn finish<T>(future: impl IntoFuture<Output = T>) -> (T, usize) {
    let mut future = pin!(future.into_future());
    let mut context = Context::from_waker(Waker::noop());
    let mut pending = 0;
    opendal_fs::inline(|| {
        loop {
            if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
                return (result, pending);
            }
            pending += 1;
        }
    })
}

pub fn parts(directory: &Path) -> usize {
    let names = std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with(PART)).count()
}

pub fn errno(error: &opendal::Error) -> Option<i32> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<std::io::Error>()?.raw_os_error()
}
