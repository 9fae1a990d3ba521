//! Generated files on disk: writing them, and finding those that have drifted.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::emit::HEADER;
use crate::error::{Error, Result};

/// Where files that are no longer generated may be left behind.
const GENERATED_IN: [&str; 2] = ["python/opendal/services", "python/services"];

#[derive(Debug)]
pub struct Output {
    /// Relative to the repository's root.
    pub path: PathBuf,
    pub text: String,
}

impl Output {
    pub fn new(path: impl Into<PathBuf>, text: String) -> Self {
        Self { path: path.into(), text }
    }
}

/// The files that differ from what would be generated, and those that would not be generated.
pub fn drifted(root: &Path, outputs: &[Output]) -> Result<Vec<PathBuf>> {
    let mut paths = stale(root, outputs)?;
    for output in outputs {
        if read(&root.join(&output.path))?.as_ref() != Some(&output.text) {
            paths.push(output.path.clone());
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

/// Writes what has changed, removes what is stale, and gives the paths of both.
pub fn write(root: &Path, outputs: &[Output]) -> Result<Vec<PathBuf>> {
    let changed = drifted(root, outputs)?;
    for relative in &changed {
        let path = root.join(relative);
        let output = outputs.iter().find(|output| output.path == *relative);
        let done = match (output, path.parent()) {
            (Some(output), Some(parent)) => {
                std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, &output.text))
            }
            _ => std::fs::remove_file(&path),
        };
        done.map_err(|error| Error::at(relative, error))?;
    }
    Ok(changed)
}

/// Files that carry the header and are no longer among the outputs.
fn stale(root: &Path, outputs: &[Output]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = GENERATED_IN.iter().map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else {
            continue;
        };
        for entry in entries.filter_map(std::result::Result::ok) {
            let relative = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(relative);
            } else if !outputs.iter().any(|output| output.path == relative)
                && is_generated(&entry.path())?
            {
                found.push(relative);
            }
        }
    }
    Ok(found)
}

fn is_generated(path: &Path) -> Result<bool> {
    if !path.extension().is_some_and(|kind| kind == "py" || kind == "toml" || kind == "md") {
        return Ok(false);
    }
    let text = read(path)?.unwrap_or_default();
    Ok(text.lines().next().is_some_and(|line| line.contains(HEADER)))
}

fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::at(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[PathBuf]) -> Vec<&str> {
        paths.iter().filter_map(|path| path.to_str()).collect()
    }

    #[test]
    fn what_drifts_is_found_and_mended() {
        let name = format!("opendal-codegen-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let services = root.join("python/services");
        std::fs::create_dir_all(&services).expect("a folder");
        let stale = services.join("old.py");
        std::fs::write(&stale, format!("# {HEADER}\n")).expect("a stale file");
        std::fs::write(services.join("hand.py"), "# ours\n").expect("a file of ours");
        let outputs = [Output::new("a/b.py", "text\n".to_owned())];

        let before = drifted(&root, &outputs).expect("drift is found");
        assert_eq!(names(&before), ["a/b.py", "python/services/old.py"]);
        let written = write(&root, &outputs).expect("drift is mended");
        assert_eq!(written, before);
        assert!(!stale.exists());
        assert!(services.join("hand.py").exists());
        assert!(drifted(&root, &outputs).expect("no drift").is_empty());

        std::fs::remove_dir_all(&root).expect("the folder is removed");
    }
}
