//! Text that must not stand in our source: unfinished work, sleeping, and what makes rules impure.
//! Owns the two lists. Must not look into string literals.

use super::Finding;
use super::source::{Scan, find_word, line_at};
use crate::workspace::TextFile;

/// A piece of code and what to do instead.
type Banned = (&'static str, &'static str);

const IN_CODE: [Banned; 6] = [
    ("todo!(", "finish it, or leave it out"),
    ("unimplemented!(", "finish it, or leave it out"),
    ("dbg!(", "remove it, or write a trace event"),
    ("#[ignore", "make the test pass and quick, or remove it"),
    ("should_panic", "test the refusal or the error instead"),
    ("thread::sleep", "wait on a condition, a channel or a timer"),
];

/// In comments, because in a string the last one is the code for "no currency".
const IN_COMMENTS: [Banned; 2] = [
    (concat!("FIX", "ME"), "fix it now, or open an issue"),
    (concat!("XX", "X"), "say in words what is wrong, or fix it now"),
];

const IN_DOMAIN: [Banned; 5] = [
    ("f32", "the domain counts in integers: minor units, grams, parts per million"),
    ("f64", "the domain counts in integers: minor units, grams, parts per million"),
    ("HashMap", "its order is random; use BTreeMap"),
    ("SystemTime", "time comes in as an argument"),
    ("Instant::now", "time comes in as an argument"),
];

/// Checks one file.
pub(super) fn check(file: &TextFile, scan: &Scan) -> Vec<Finding> {
    let mut findings = Vec::new();
    look(file, &scan.code, &IN_CODE, &mut findings);
    look(file, &scan.comments, &IN_COMMENTS, &mut findings);
    if file.is_pure() {
        look(file, &scan.code, &IN_DOMAIN, &mut findings);
    }
    findings
}

fn look(file: &TextFile, layer: &str, list: &[Banned], findings: &mut Vec<Finding>) {
    for (text, instead) in list {
        findings.extend(find_word(layer, text).map(|at| {
            Finding::new(&file.path, line_at(layer, at), format!("`{text}` is banned; {instead}"))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::scan;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&file, &scan(text)).into_iter().map(|finding| finding.line).collect()
    }

    /// Goal: banned code is found in code, banned remarks in comments, nothing in literals.
    #[test]
    fn banned_text_is_found_in_its_layer() {
        let app = "crates/verger-app/src/lib.rs";
        assert_eq!(lines(app, "fn a() {\n    todo!()\n}\n"), [2]);
        assert_eq!(lines(app, "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n"), [2]);
        assert_eq!(lines(app, concat!("// FIX", "ME: later\n")), [1]);
        assert_eq!(lines(app, "const A: &str = \"todo!()\"; const B: &str = \"XXX\";\n"), [0; 0]);
        assert_eq!(lines(app, "// The order of a HashMap is random.\n"), [0; 0]);
    }

    /// Goal: floats, random order and clocks are kept out of the domain, and only there.
    #[test]
    fn domain_is_pure() {
        let text = "fn a(b: f64) {}\nuse std::collections::HashMap;\nfn c() { Instant::now(); }\n";
        assert_eq!(lines("crates/verger-domain/src/lib.rs", text), [1, 2, 3]);
        assert_eq!(lines("crates/verger-app/src/lib.rs", text), [0; 0]);
    }
}
