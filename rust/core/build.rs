//! Hands the type stubs on: their docstrings to the native classes, so that `help()` and the stubs
//! say the same, and the stubs themselves to the wheel.
//!
//! `$OUT_DIR/docs/<module>.<Class>.<member>.txt` holds one docstring each, for
//! `#[doc = include_str!(...)]`; `$OUT_DIR/_core/` is where maturin takes the stubs from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

fn main() {
    if let Err(message) = run() {
        println!("cargo::error={message}");
        process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let manifest = var("CARGO_MANIFEST_DIR")?;
    let root = manifest.ancestors().nth(2).ok_or("the crate is not two levels below the root")?;
    let stubs = root.join("stubs/opendal/_core");
    let out = var("OUT_DIR")?;
    let docs = fresh(&out.join("docs"))?;
    let copies = fresh(&out.join("_core"))?;
    // The directory too, for stubs that come or go.
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", stubs.display());
    let mut found = false;
    let entries = fs::read_dir(&stubs).map_err(|error| say(&stubs, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| say(&stubs, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "pyi") {
            continue;
        }
        found = true;
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| say(&path, &error))?;
        let module = match path.file_stem().and_then(|stem| stem.to_str()) {
            Some("__init__") => "_core",
            Some(stem) => stem,
            None => return Err(say(&path, &"not a module name")),
        };
        let parsed = docstrings(module, &text)
            .map_err(|(line, problem)| format!("{}:{line}: {problem}", path.display()))?;
        for (name, doc) in parsed {
            write(&docs.join(format!("{name}.txt")), &doc)?;
        }
        write(&copies.join(path.file_name().unwrap_or_default()), &text)?;
    }
    if found { Ok(()) } else { Err(say(&stubs, &"there are no stubs here")) }
}

/// All docstrings of a stub by dotted name, or the line and what is wrong there.
///
/// This is no parser of Python. It knows how our stubs are written: one statement a line, a
/// signature over several lines closed by its own brackets, docstrings in three double quotes
/// without backslashes and tabs. Anything else is refused rather than guessed.
fn docstrings(module: &str, text: &str) -> Result<BTreeMap<String, String>, (usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut docs = BTreeMap::new();
    // The classes that are open, with their indentation.
    let mut scopes: Vec<(usize, String)> = Vec::new();
    // Whose docstring may stand on the next line.
    let mut owner = Some(module.to_string());
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        let number = at + 1;
        let code = line.trim_start();
        at += 1;
        if line.contains('\t') {
            return Err((number, "a tab".into()));
        }
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        if code.starts_with("\"\"\"") {
            let Some(name) = owner.take() else {
                return Err((number, "a docstring that belongs to nothing".into()));
            };
            let (doc, next) = docstring(&lines, at - 1)?;
            at = next;
            if docs.insert(name.clone(), doc).is_some() {
                return Err((number, format!("{name} has a second docstring")));
            }
            continue;
        }
        owner = None;
        let indent = line.len() - code.len();
        let definition = code.strip_prefix("async ").unwrap_or(code);
        let class = definition.strip_prefix("class ");
        let Some(rest) = class.or_else(|| definition.strip_prefix("def ")) else {
            // A constant, an import or a decorator: only its brackets matter.
            at = statement_end(&lines, at - 1)? + 1;
            continue;
        };
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if length == 0 {
            return Err((number, "a definition without a name".into()));
        }
        scopes.retain(|(outer, _)| *outer < indent);
        let mut name = module.to_string();
        for part in scopes.iter().map(|(_, part)| part.as_str()).chain([&rest[..length]]) {
            name = format!("{name}.{part}");
        }
        if class.is_some() {
            scopes.push((indent, rest[..length].to_string()));
        }
        let end = statement_end(&lines, at - 1)?;
        let header = lines[end].trim_end();
        at = end + 1;
        if header.ends_with(':') {
            owner = Some(name);
        } else if !header.ends_with("...") {
            return Err((end + 1, format!("the header of {name} ends in neither `:` nor `...`")));
        }
    }
    Ok(docs)
}

/// The line on which the statement that starts on line `start` ends: where its brackets are closed.
fn statement_end(lines: &[&str], start: usize) -> Result<usize, (usize, String)> {
    let mut depth = 0_usize;
    for (at, line) in lines.iter().enumerate().skip(start) {
        let mut quote = None;
        for c in line.chars() {
            match (quote, c) {
                (None, '#') => break,
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), _) if open == c => quote = None,
                (None, '(' | '[' | '{') => depth += 1,
                (None, ')' | ']' | '}') => {
                    depth =
                        depth.checked_sub(1).ok_or((at + 1, "a bracket too many".to_string()))?;
                }
                _ => {}
            }
        }
        if quote.is_some() {
            return Err((at + 1, "a string that does not end".into()));
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err((start + 1, "a bracket that is never closed".into()))
}

/// The docstring that starts on line `start`, cleaned, and the line after it.
fn docstring(lines: &[&str], start: usize) -> Result<(String, usize), (usize, String)> {
    let mut raw = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(start) {
        let text = if at == start { &line.trim_start()[3..] } else { line };
        if text.contains('\\') || text.contains('\t') {
            return Err((at + 1, "a backslash or a tab in a docstring".into()));
        }
        let Some((text, rest)) = text.split_once("\"\"\"") else {
            raw.push(text);
            continue;
        };
        if !rest.trim().is_empty() {
            return Err((at + 1, "something stands behind a docstring".into()));
        }
        raw.push(text);
        let doc = clean(&raw);
        return if doc.is_empty() {
            Err((start + 1, "an empty docstring".into()))
        } else {
            Ok((doc, at + 1))
        };
    }
    Err((start + 1, "a docstring that does not end".into()))
}

/// What `inspect.cleandoc` does: no common indentation, no blank lines at both ends.
fn clean(raw: &[&str]) -> String {
    let margin = raw.iter().skip(1).filter(|line| !line.trim().is_empty());
    let margin = margin.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let mut lines: Vec<&str> = raw.iter().map(|line| line.get(margin..).unwrap_or("")).collect();
    lines[0] = raw[0].trim_start();
    let blank = |line: &&str| line.trim().is_empty();
    let first = lines.iter().position(|line| !blank(line)).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !blank(line)).map_or(first, |last| last + 1);
    lines[first..last].iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn var(name: &str) -> Result<PathBuf, String> {
    env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("{name} is not set"))
}

/// An empty directory, so that what a stub no longer has is not found any more.
fn fresh(path: &Path) -> Result<PathBuf, String> {
    if path.exists() {
        fs::remove_dir_all(path).map_err(|error| say(path, &error))?;
    }
    fs::create_dir_all(path).map_err(|error| say(path, &error))?;
    Ok(path.to_path_buf())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| say(path, &error))
}

fn say(path: &Path, problem: &dyn std::fmt::Display) -> String {
    format!("{}: {problem}", path.display())
}
