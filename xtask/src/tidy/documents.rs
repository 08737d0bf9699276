//! Every invariant of `ARCHITECTURE.md` names a test that exists.
//! Owns reading that list. Must not judge whether the test holds what it promises.

use super::Finding;
use crate::workspace::TextFile;

const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// Checks the paragraphs that start with `**I-<number>**`.
pub(super) fn check(files: &[TextFile]) -> Vec<Finding> {
    let Some(document) = files.iter().find(|file| file.path == ARCHITECTURE) else {
        let what = "the file is missing; write the map of the code and its invariants";
        return vec![Finding::new(ARCHITECTURE, 1, what)];
    };
    let mut findings = Vec::new();
    for (line, paragraph) in invariants(&document.text) {
        let tests = named_tests(&paragraph);
        if tests.is_empty() {
            let what = "an invariant without a test; name one as `file.rs::test_name`";
            findings.push(Finding::new(ARCHITECTURE, line, what));
        }
        for (path, test) in tests.into_iter().filter(|(path, test)| !exists(files, path, test)) {
            let what =
                format!("there is no `fn {test}` in `{path}`; name the test that holds this");
            findings.push(Finding::new(ARCHITECTURE, line, what));
        }
    }
    findings
}

/// The invariants with their lines; each ends at a blank line or at the next one.
fn invariants(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        if is_head(line) {
            found.push((number, line.to_owned()));
            is_inside = true;
        } else if line.trim().is_empty() {
            is_inside = false;
        } else if let (true, Some((_, paragraph))) = (is_inside, found.last_mut()) {
            paragraph.push('\n');
            paragraph.push_str(line);
        }
    }
    found
}

fn is_head(line: &str) -> bool {
    let number = line.strip_prefix("**I-").and_then(|rest| rest.split_once("**"));
    number
        .is_some_and(|(number, _)| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// What stands between backticks in the form `path.rs::test`.
fn named_tests(paragraph: &str) -> Vec<(&str, &str)> {
    paragraph
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|quoted| quoted.rsplit_once("::"))
        .filter_map(|(path, test)| path.strip_suffix(".rs").map(|_| (path, test)))
        .collect()
}

/// Whether a Rust file of that path, or ending in it, has a function of that name.
fn exists(files: &[TextFile], path: &str, test: &str) -> bool {
    let function = format!("fn {test}(");
    files.iter().filter(|file| file.is_rust()).any(|file| {
        let is_meant = file
            .path
            .strip_suffix(path)
            .is_some_and(|before| before.is_empty() || before.ends_with('/'));
        is_meant && file.text.contains(&function)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(document: &str) -> Vec<usize> {
        let file =
            |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file(ARCHITECTURE, document),
            file("crates/verger-domain/src/ledger/tests.rs", "fn records_balance() {}\n"),
        ];
        check(&files).into_iter().map(|finding| finding.line).collect()
    }

    /// Goal: an invariant names a test that exists, by its whole path or its end.
    #[test]
    fn invariants_name_their_tests() {
        let good = "**I-1** Records balance:\n`ledger/tests.rs::records_balance`.\n\
                    **I-2** The same: `crates/verger-domain/src/ledger/tests.rs::records_balance`.\n";
        assert_eq!(lines(good), [0; 0]);
        let bad = "# Invariants\n\n**I-1** Nothing named: `a::b`.\n\n`ledger/tests.rs::records_balance`\n\
                   **I-2** Wrong name: `ledger/tests.rs::records`.\n\
                   **I-3** Wrong file: `other.rs::records_balance`.\n";
        assert_eq!(lines(bad), [3, 6, 7]);
    }
}
