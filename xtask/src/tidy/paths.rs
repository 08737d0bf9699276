//! Folders of one person's machine must not stand in the checkout.
//! Owns the list of such folders. Must not look at relative paths that merely share a name.

use super::Finding;
use crate::workspace::TextFile;

/// Written in two pieces, so that this file does not find itself.
const FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("/ro", "ot/")];

/// Checks one text file of any kind, except the lock file, which cargo writes.
pub(super) fn check(file: &TextFile) -> Vec<Finding> {
    if file.path == "Cargo.lock" {
        return Vec::new();
    }
    let leaks = (1..).zip(file.text.lines()).filter_map(|(number, line)| {
        let folder = FOLDERS.into_iter().find(|folder| leaks(line, folder))?;
        let what = format!("`{folder}` is a folder of one machine; use a relative path");
        Some(Finding::new(&file.path, number, what))
    });
    leaks.collect()
}

/// Whether the folder begins a path here, and is not the inner part of a longer one.
fn leaks(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a path from the root of a machine is found, an inner folder of that name is not.
    #[test]
    fn absolute_paths_are_found() {
        for folder in FOLDERS {
            assert!(leaks(&format!("{folder}a"), folder));
            assert!(leaks(&format!("open(\"{folder}a\")"), folder));
            for before in ["https://example.org", "..", "my-", "the_"] {
                assert!(!leaks(&format!("{before}{folder}a"), folder));
            }
        }
    }

    /// Goal: every file but the lock file is read, line by line.
    #[test]
    fn lines_are_named() {
        let [folder, ..] = FOLDERS;
        let text = format!("one\ntwo {folder}three\n");
        let find = |path: &str| check(&TextFile { path: path.to_owned(), text: text.clone() });
        assert_eq!(
            find("README.md").into_iter().map(|finding| finding.line).collect::<Vec<_>>(),
            [2]
        );
        assert!(find("Cargo.lock").is_empty());
    }
}
