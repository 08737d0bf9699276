//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//! Owns the list of checks and their report. Must not change a file.

mod banned;
mod documents;
mod imports;
mod layout;
mod licences;
mod paths;
mod ratchet;
mod source;
mod sql;

use std::fmt;
use std::path::Path;

use anyhow::Result;

use crate::workspace::{self, Metadata, TextFile};
use source::Scan;

/// One broken rule: where, what is wrong, and what to do.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// One Rust file of ours, with its code, comments and string literals told apart.
struct RustFile<'a> {
    file: &'a TextFile,
    scan: Scan,
}

/// Everything that the checks read.
struct Checkout<'a> {
    root: &'a Path,
    files: &'a [TextFile],
    rust: Vec<RustFile<'a>>,
    metadata: Metadata,
}

/// Runs every check and prints what it finds; whether there is nothing to find.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let files = workspace::text_files(root)?;
    let rust: Vec<RustFile<'_>> = files
        .iter()
        .filter(|file| file.is_rust())
        .map(|file| RustFile { file, scan: source::scan(&file.text) })
        .collect();
    let checkout = Checkout { root, files: &files, rust, metadata: workspace::metadata(root)? };

    let mut findings = Vec::new();
    for rust in &checkout.rust {
        findings.extend(layout::check(rust.file, &rust.scan));
        findings.extend(banned::check(rust.file, &rust.scan));
        findings.extend(sql::check(rust.file, &rust.scan));
        findings.extend(imports::check_modules(rust.file, &rust.scan));
    }
    findings.extend(files.iter().flat_map(paths::check));
    findings.extend(imports::check_crates(&checkout.metadata));
    findings.extend(licences::check(&checkout));
    findings.extend(documents::check(&files));
    findings.extend(ratchet::check(&checkout)?);

    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} files, {} findings", files.len(), findings.len());
    Ok(findings.is_empty())
}
