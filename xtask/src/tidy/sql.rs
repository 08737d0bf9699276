//! SQL text belongs to verger-store alone; tests may put faults into a database by hand.
//! Owns recognising a statement in a string literal. Must not parse SQL.

use super::Finding;
use super::source::Scan;
use crate::workspace::TextFile;

/// Checks the literals of one file of the product.
pub(super) fn check(file: &TextFile, scan: &Scan) -> Vec<Finding> {
    let is_test = file.path.contains("/tests/");
    if is_test || matches!(file.crate_name(), Some("verger-store" | "xtask")) {
        return Vec::new();
    }
    let what = "SQL outside verger-store; add a method to the store and call that";
    scan.literals
        .iter()
        .filter(|literal| is_statement(&literal.text))
        .map(|literal| Finding::new(&file.path, literal.line, what))
        .collect()
}

/// Whether the text begins like a statement that reads or changes rows.
fn is_statement(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split_whitespace();
    match (words.next(), words.next()) {
        (Some("select"), Some(_)) => true,
        (Some("insert"), Some("into")) | (Some("delete"), Some("from")) => words.next().is_some(),
        (Some("update"), Some(_)) => words.any(|word| word == "set"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: statements are recognised in any case and layout, sentences and single words are not.
    #[test]
    fn statements_are_recognised() {
        let statements = [
            "select 1",
            "\n    SELECT a\n  from b",
            "insert into a values (?1)",
            "Update a\n set b = 1",
            "delete from a",
        ];
        assert!(statements.into_iter().all(is_statement));
        let others = ["", "select", "selected lots", "update the price", "insert a coin", "delete"];
        assert!(!others.into_iter().any(is_statement));
    }

    /// Goal: the store and integration tests may write SQL; the code of any other crate may not.
    #[test]
    fn only_the_store_writes_sql() {
        let text = "//! A.\nconst A: &str = \"\n  select a from b\";\n";
        let lines = |path: &str| -> Vec<usize> {
            let file = TextFile { path: path.to_owned(), text: text.to_owned() };
            let scan = crate::tidy::source::scan(text);
            check(&file, &scan).into_iter().map(|finding| finding.line).collect()
        };
        assert_eq!(lines("crates/verger-store/src/lib.rs"), [0; 0]);
        assert_eq!(lines("crates/verger-app/src/lib.rs"), [2]);
        assert_eq!(lines("crates/verger-web/tests/it/main.rs"), [0; 0]);
    }
}
