//! Why a server refused. All that it says is 550, so what stands there is looked at.

use opendal::{Error, ErrorKind, Result};
use suppaftp::{FtpError, FtpResult};

use super::connection::{Connection, Server, is_refusal, told};
use super::facts;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Nothing,
    File,
    Directory,
    /// A file, where the path wants a directory.
    InTheWay,
}

impl Server {
    /// What was answered for a path, as by [`Self::give`]; a refusal says why it is one.
    pub async fn answer<T>(
        &self,
        mut connection: Connection,
        path: &str,
        answer: FtpResult<T>,
    ) -> Result<T> {
        let error = match answer {
            Err(error) if is_refusal(&error) => error,
            answer => return self.give(connection, answer),
        };
        let stands = stands(&mut connection, path).await;
        Err(match self.give(connection, stands)? {
            Stands::Nothing => told(error),
            Stands::File if path.ends_with('/') => not_a_directory(),
            Stands::File => forbidden(error),
            Stands::Directory => is_a_directory(),
            Stands::InTheWay => not_a_directory(),
        })
    }

    /// As [`Self::answer`] to what makes a file or a directory of that path.
    pub async fn made<T>(
        &self,
        connection: Connection,
        path: &str,
        answer: FtpResult<T>,
    ) -> Result<T> {
        self.answer(connection, path, answer).await.map_err(not_missing)
    }

    /// As [`Self::answer`] to a delete, for which what is gone is deleted.
    pub async fn deleted(
        &self,
        mut connection: Connection,
        path: &str,
        answer: FtpResult<()>,
    ) -> Result<()> {
        let error = match answer {
            Err(error) if is_refusal(&error) => error,
            answer => return self.give(connection, answer),
        };
        let mut found = stands(&mut connection, path).await.map(|stands| (stands, false));
        let to_directory = path.ends_with('/');
        if to_directory && matches!(found, Ok((Stands::Directory, _))) {
            let inside = facts::all(&mut connection, path).await;
            found = inside.map(|all| (Stands::Directory, all.is_some_and(|all| !all.is_empty())));
        }
        let (stands, is_full) = self.give(connection, found)?;
        Err(match stands {
            Stands::Nothing | Stands::InTheWay => return Ok(()),
            Stands::Directory if is_full => {
                Error::new(ErrorKind::Conflict, "the directory is not empty")
            }
            Stands::Directory if !to_directory => is_a_directory(),
            Stands::File if to_directory => not_a_directory(),
            Stands::File | Stands::Directory => forbidden(error),
        })
    }
}

/// Whether there is anything of that name.
pub async fn is_there(connection: &mut Connection, path: &str) -> FtpResult<bool> {
    let stands = stands(connection, path).await?;
    Ok(matches!(stands, Stands::File | Stands::Directory))
}

async fn stands(connection: &mut Connection, path: &str) -> FtpResult<Stands> {
    let path = path.trim_end_matches('/');
    match found(connection, path).await? {
        Some(true) => return Ok(Stands::Directory),
        Some(false) => return Ok(Stands::File),
        None => {}
    }
    for (end, _) in path.rmatch_indices('/') {
        // The nearest that is there tells of all the others.
        if let Some(is_directory) = found(connection, &path[..end]).await? {
            return Ok(if is_directory { Stands::Nothing } else { Stands::InTheWay });
        }
    }
    Ok(Stands::Nothing)
}

/// Whether what is there is a directory.
async fn found(connection: &mut Connection, path: &str) -> FtpResult<Option<bool>> {
    match facts::look(connection, path).await {
        Ok(found) => Ok(found.map(|found| found.is_dir())),
        Err(error) if is_refusal(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// For a refusal of what is there.
fn forbidden(error: FtpError) -> Error {
    not_missing(told(error))
}

/// 550 stands for what is not there, or what may not be done.
fn not_missing(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::new(ErrorKind::PermissionDenied, error.message()),
        _ => error,
    }
}

fn is_a_directory() -> Error {
    Error::new(ErrorKind::IsADirectory, "it is a directory")
}

fn not_a_directory() -> Error {
    Error::new(ErrorKind::NotADirectory, "a file stands where a directory is needed")
}
