//! Every invariant of `ARCHITECTURE.md` and every rule of `docs/rules/` names a test that exists.
//! Owns reading those lists. Must not judge whether the test holds what it promises.

use super::Finding;
use crate::workspace::TextFile;

const ARCHITECTURE: &str = "ARCHITECTURE.md";

const RULES: &str = "docs/rules/";

/// Checks the paragraphs that start with a letter and a number, such as `**I-1**` or `**M-10**`.
pub(super) fn check(files: &[TextFile]) -> Vec<Finding> {
    if !files.iter().any(|file| file.path == ARCHITECTURE) {
        let what = "the file is missing; write the map of the code and its invariants";
        return vec![Finding::new(ARCHITECTURE, 1, what)];
    }
    let is_numbered = |file: &&TextFile| file.path == ARCHITECTURE || file.path.starts_with(RULES);
    files.iter().filter(is_numbered).flat_map(|file| check_document(files, file)).collect()
}

fn check_document(files: &[TextFile], document: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, paragraph) in numbered(&document.text) {
        let tests = named_tests(&paragraph);
        if tests.is_empty() {
            let what = "a rule without a test; name one as `file.rs::test_name`";
            findings.push(Finding::new(&document.path, line, what));
        }
        for (path, test) in tests.into_iter().filter(|(path, test)| !exists(files, path, test)) {
            let what =
                format!("there is no `fn {test}` in `{path}`; name the test that holds this");
            findings.push(Finding::new(&document.path, line, what));
        }
    }
    findings
}

/// The numbered paragraphs with their lines; each ends at a blank line or at the next one.
fn numbered(text: &str) -> Vec<(usize, String)> {
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
    let head = line.strip_prefix("**").and_then(|rest| rest.split_once("**"));
    let parts = head.and_then(|(head, _)| head.split_once('-'));
    parts.is_some_and(|(letter, number)| {
        letter.len() == 1
            && letter.chars().all(|c| c.is_ascii_uppercase())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    })
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
