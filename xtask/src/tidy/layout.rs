//! How a Rust file begins and what it may be called.
//! Owns headers and names. Must not check sizes: those are in `ratchet`.

use super::Finding;
use super::source::{Scan, find_word, line_at};
use crate::workspace::TextFile;

/// Names that say nothing and grow without end.
const EMPTY_NAMES: [&str; 7] = ["utils", "helpers", "common", "manager", "service", "dto", "impl"];

/// Checks the first line, the path and the modules of one file.
pub(super) fn check(file: &TextFile, scan: &Scan) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.text.starts_with("//!") {
        let what = "the file has no `//!` on line 1; say what it owns and what it must not do";
        findings.push(Finding::new(&file.path, 1, what));
    }
    if let Some(name) = empty_name(&file.path) {
        findings.push(Finding::new(&file.path, 1, advice(name)));
    }
    for name in EMPTY_NAMES {
        let declared = find_word(&scan.code, "mod").find(|&at| declares(&scan.code, at, name));
        if let Some(at) = declared {
            findings.push(Finding::new(&file.path, line_at(&scan.code, at), advice(name)));
        }
    }
    findings
}

/// The part of the path, without extension, that is an empty name.
fn empty_name(path: &str) -> Option<&'static str> {
    let is_in =
        |name: &&str| path.split('/').any(|part| part.strip_suffix(".rs").unwrap_or(part) == *name);
    EMPTY_NAMES.into_iter().find(is_in)
}

/// Whether the `mod` at this place declares a module of this name with a body of its own.
fn declares(code: &str, at: usize, name: &str) -> bool {
    let rest = code.get(at + "mod".len()..).unwrap_or_default().trim_start();
    rest.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('{'))
}

fn advice(name: &str) -> String {
    format!("`{name}` says nothing; name the module after the noun that it owns")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::scan;

    fn findings(path: &str, text: &str) -> Vec<usize> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&file, &scan(text)).into_iter().map(|finding| finding.line).collect()
    }

    /// Goal: an empty name is found as file, folder and inline module; a noun is not.
    #[test]
    fn empty_names_are_found() {
        assert_eq!(findings("crates/a/src/utils.rs", "//! A.\n"), [1]);
        assert_eq!(findings("crates/a/src/common/mod.rs", "//! A.\n"), [1]);
        assert_eq!(findings("crates/a/src/lib.rs", "//! A.\n\nmod helpers {\n}\n"), [3]);
        assert_eq!(findings("crates/a/src/commons.rs", "//! A.\nmod servicing {}\n"), [0; 0]);
    }

    /// Goal: a file says on its first line what it owns.
    #[test]
    fn header_is_required() {
        assert_eq!(findings("crates/a/src/lib.rs", "use a::b;\n"), [1]);
        assert_eq!(findings("crates/a/src/lib.rs", "\n//! Late.\n"), [1]);
    }
}
