//! Writers that put their bytes where they stand, so that no step of theirs can be repeated.
//!
//! Of a step that broke off nobody knows how much has arrived. To repeat it could put that there twice,
//! and to end the object could publish a half. So nothing follows such a step but the abort.

use std::error::Error as _;
use std::io;

use opendal::raw::OpRead;
use opendal::raw::oio::{self, Write, WriteDyn};
use opendal::{Buffer, BytesRange, Error, ErrorKind, Metadata, Result};

/// A writer of that service, guarded if it is such a one. Object stores take a part again, and refuse
/// to append where the end is no more.
pub fn guarded(scheme: &str, append: bool, inner: oio::Writer) -> oio::Writer {
    let state = match scheme {
        "ftp" | "sftp" => State::Fresh,
        // To open them is a request like any other.
        "alluxio" => State::Sound,
        "webhdfs" if append => State::Sound,
        _ => return inner,
    };
    Box::new(Once { inner, append, state })
}

struct Once {
    inner: oio::Writer,
    append: bool,
    state: State,
}

enum State {
    /// The file may not be open yet.
    Fresh,
    Sound,
    /// By what, if that was told: a layer that has a limit of its own drops a step without a word.
    Broken(Option<Cause>),
}

struct Cause {
    kind: ErrorKind,
    system: Option<io::ErrorKind>,
    said: String,
}

impl Once {
    /// Opens the file, which can be repeated, and takes what follows for broken until it has ended.
    async fn begin(&mut self) -> Result<()> {
        match &self.state {
            State::Fresh => self.inner.write_dyn(Buffer::new()).await?,
            State::Sound => {}
            State::Broken(cause) => return Err(refusal(cause.as_ref(), self.append)),
        }
        self.state = State::Broken(None);
        Ok(())
    }

    fn ended<T>(&mut self, step: Result<T>) -> Result<T> {
        self.state = match &step {
            Ok(_) => State::Sound,
            Err(error) => State::Broken(Some(Cause::of(error))),
        };
        step
    }
}

impl Write for Once {
    async fn write(&mut self, data: Buffer) -> Result<()> {
        self.begin().await?;
        let step = self.inner.write_dyn(data).await;
        self.ended(step)
    }

    async fn copy_from(&mut self, path: &str, options: OpRead, range: BytesRange) -> Result<()> {
        self.begin().await?;
        let step = self.inner.copy_from_dyn(path, options, range).await;
        self.ended(step)
    }

    async fn close(&mut self) -> Result<Metadata> {
        self.begin().await?;
        let step = self.inner.close_dyn().await;
        self.ended(step)
    }

    async fn abort(&mut self) -> Result<()> {
        match self.state {
            // Some would make the file for it.
            State::Fresh => Ok(()),
            _ => self.inner.abort_dyn().await,
        }
    }
}

impl Cause {
    fn of(error: &Error) -> Self {
        let mut said = error.message().to_owned();
        let mut system = None;
        let mut next = error.source();
        while let Some(cause) = next {
            if let Some(error) = cause.downcast_ref::<io::Error>() {
                system = Some(error.kind());
                let told = error.to_string();
                if !said.contains(&told) {
                    said = format!("{said}: {told}");
                }
            }
            next = cause.source();
        }
        Self { kind: error.kind(), system, said }
    }
}

/// Only a limit drops a step after which others follow.
fn refusal(cause: Option<&Cause>, append: bool) -> Error {
    let (kind, system, said) = match cause {
        Some(cause) => (cause.kind, cause.system, cause.said.as_str()),
        None => (
            ErrorKind::Unexpected,
            Some(io::ErrorKind::TimedOut),
            "a step of this write was given up before it ended",
        ),
    };
    let advice = if append {
        "how much was appended is not known"
    } else {
        "the object must be written again"
    };
    let error = Error::new(kind, format!("{said}; {advice}"));
    match system {
        Some(system) => error.set_source(io::Error::new(system, said.to_owned())),
        None => error,
    }
}
