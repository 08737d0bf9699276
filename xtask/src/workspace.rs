//! What the checkout holds: its root, its files and what cargo says about its packages.
//! Owns reading. Must not judge: the checks are in `tidy`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The root of the workspace: the folder above this crate.
pub(crate) fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The cargo that runs this tool, or the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// One text file of the checkout.
pub(crate) struct TextFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    /// Whether this is Rust source of a crate of ours.
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
            && self.crate_name().is_some()
    }

    /// Whether the file is of a crate that only counts and decides: no clock, no chance, no I/O.
    pub(crate) fn is_pure(&self) -> bool {
        matches!(self.crate_name(), Some("verger-domain" | "verger-rules" | "verger-weights"))
    }

    /// The crate that the file belongs to: a folder of `crates/`, or `xtask`.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        let mut parts = self.path.split('/');
        match parts.next() {
            Some("crates") => parts.next(),
            Some("xtask") => Some("xtask"),
            _ => None,
        }
    }

    /// Whether the whole file is test code: `tests.rs`, or anything in a folder `tests`.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }
}

/// Every text file that git tracks or would track, in the order of their paths.
pub(crate) fn text_files(root: &Path) -> Result<Vec<TextFile>> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .context("cannot run git")?;
    ensure!(listed.status.success(), "git ls-files failed: is this a git checkout?");

    let mut paths: Vec<String> = String::from_utf8_lossy(&listed.stdout)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    // A tracked file may be deleted in the working tree, and a picture is not text: both are skipped.
    let read = |path: String| {
        fs::read_to_string(root.join(&path)).ok().map(|text| TextFile { path, text })
    };
    Ok(paths.into_iter().filter_map(read).collect())
}

/// The part of `cargo metadata` that the checks read.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

/// One package of the dependency graph.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// Absent for a package of this workspace.
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One declared dependency of a package.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Absent for a normal dependency; `dev` or `build` otherwise.
    pub(crate) kind: Option<String>,
}

/// Asks cargo for the packages, without network where possible.
pub(crate) fn metadata(root: &Path) -> Result<Metadata> {
    let ask = |offline: bool| {
        let mut command = cargo();
        command.args(["metadata", "--format-version", "1"]).current_dir(root);
        if offline {
            command.arg("--offline");
        }
        command.stdin(Stdio::null()).output().context("cannot run cargo metadata")
    };
    let mut answer = ask(true)?;
    if !answer.status.success() {
        answer = ask(false)?;
    }
    ensure!(
        answer.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&answer.stderr).trim()
    );
    serde_json::from_slice(&answer.stdout).context("cannot read what cargo metadata printed")
}
