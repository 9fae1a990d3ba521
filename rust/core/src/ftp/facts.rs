//! What a server tells of a file: as facts, or where it knows none, as lines for people.

use std::str::FromStr;

use opendal::raw::{Timestamp, get_basename, get_parent};
use opendal::{Metadata, MetadataBuilder};
use suppaftp::list::File;
use suppaftp::{FtpError, FtpResult};

use super::connection::{Connection, code, is_refusal, is_unknown};

/// A name, and what is known of it.
pub type Known = (String, Metadata);

/// One file, or nothing where it is not there.
pub async fn look(connection: &mut Connection, path: &str) -> FtpResult<Option<Metadata>> {
    let path = path.trim_end_matches('/');
    match connection.mlst(Some(path)).await {
        Ok(line) => match facts(&line) {
            Some(fact) => fact.whole(connection, path).await.map(|(_, found)| Some(found)),
            None => Err(FtpError::BadResponse),
        },
        Err(error) if is_unknown(&error) => {
            let (parent, name) = (get_parent(path), get_basename(path));
            let parent = Some(parent).filter(|parent| *parent != "/");
            let lines = connection.list(parent).await?;
            let mut found = lines.iter().filter_map(|line| line_of_list(line));
            Ok(found.find(|(found, _)| found == name).map(|(_, found)| found))
        }
        Err(error) => Err(error),
    }
}

/// What is in a directory, or nothing where there is none.
pub async fn all(connection: &mut Connection, path: &str) -> FtpResult<Option<Vec<Known>>> {
    let path = Some(path).filter(|path| *path != "/" && !path.is_empty());
    match connection.mlsd(path).await {
        Ok(lines) => {
            let parent = path.unwrap_or_default();
            let mut all = Vec::with_capacity(lines.len());
            let inside = lines.iter().filter_map(|line| facts(line));
            for mut fact in inside.filter(|fact| !fact.is_itself) {
                // What is no name is refused later, and not asked for.
                fact.lacks_size &= !fact.name.contains('/');
                let path = format!("{parent}{}", fact.name);
                match fact.whole(connection, &path).await {
                    // It has gone meanwhile.
                    Err(error) if is_refusal(&error) => {}
                    known => all.push(known?),
                }
            }
            Ok(Some(all))
        }
        Err(error) if matches!(code(&error), Some(501 | 550)) => Ok(None),
        Err(error) if is_unknown(&error) => {
            let lines = match connection.list(path).await {
                Err(error) if is_refusal(&error) => return Ok(None),
                lines => lines?,
            };
            let lines = lines.iter().filter(|line| !line.starts_with("total "));
            let known = lines.map(|line| line_of_list(line).ok_or(FtpError::BadResponse));
            known.collect::<FtpResult<_>>().map(Some)
        }
        Err(error) => Err(error),
    }
}

/// One line of such facts.
struct Fact {
    name: String,
    metadata: MetadataBuilder,
    /// It is the directory that is listed, or the one above it.
    is_itself: bool,
    /// It is a file of which the line does not say how long it is.
    lacks_size: bool,
}

impl Fact {
    async fn whole(mut self, connection: &mut Connection, path: &str) -> FtpResult<Known> {
        if self.lacks_size {
            self.metadata.set_file(connection.size(path).await? as u64);
        }
        Ok((self.name, self.metadata.build()))
    }
}

/// `type=file;size=5;modify=20260102030405; name`, in any order.
fn facts(line: &str) -> Option<Fact> {
    let (facts, name) = line.split_once(' ')?;
    let (mut kind, mut size, mut modified) = ("", None, None);
    for fact in facts.split(';') {
        let Some((key, value)) = fact.split_once('=') else { continue };
        match key.to_ascii_lowercase().as_str() {
            "type" => kind = value,
            "size" => size = value.parse().ok(),
            "modify" => modified = time(value),
            _ => {}
        }
    }
    let kind = kind.to_ascii_lowercase();
    let mut metadata = match kind.as_str() {
        "file" => MetadataBuilder::file(size.unwrap_or_default()),
        "dir" | "cdir" | "pdir" => MetadataBuilder::dir(),
        _ => MetadataBuilder::unknown(),
    };
    if let Some(modified) = modified {
        metadata.last_modified(modified);
    }
    Some(Fact {
        name: name.to_owned(),
        metadata,
        is_itself: matches!(kind.as_str(), "cdir" | "pdir"),
        lacks_size: kind == "file" && size.is_none(),
    })
}

/// `20260102030405`, perhaps with a fraction of the second.
fn time(value: &str) -> Option<Timestamp> {
    let (date, rest) = value.split_at_checked(8)?;
    let (hour, rest) = rest.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    Timestamp::from_str(&format!("{date}T{hour}:{minute}:{second}Z")).ok()
}

fn line_of_list(line: &str) -> Option<Known> {
    let file = File::from_str(line).ok()?;
    let mut metadata = if file.is_file() {
        MetadataBuilder::file(file.size() as u64)
    } else if file.is_directory() {
        MetadataBuilder::dir()
    } else {
        MetadataBuilder::unknown()
    };
    if let Ok(modified) = Timestamp::try_from(file.modified()) {
        metadata.last_modified(modified);
    }
    Some((file.name().to_owned(), metadata.build()))
}
