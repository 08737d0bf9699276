//! Every crate of ours is AGPL-3.0-or-later; every other package carries a licence that goes with it.
//! Owns the list of licences and reading SPDX expressions. Must not decide on advisories: see deny.toml.

use super::{Checkout, Finding};

const OWN: &str = "AGPL-3.0-or-later";

/// The same list as in `deny.toml`.
const ALLOWED: [&str; 15] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "0BSD",
    "Unlicense",
    "MIT-0",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CDLA-Permissive-2.0",
];

/// Checks every package of the graph.
pub(super) fn check(checkout: &Checkout<'_>) -> Vec<Finding> {
    let lock = checkout.files.iter().find(|file| file.path == "Cargo.lock");
    let line_of = |name: &str| {
        let wanted = format!("name = \"{name}\"");
        let lines = lock.map(|file| file.text.lines()).into_iter().flatten();
        (1..).zip(lines).find_map(|(number, line)| (line == wanted).then_some(number)).unwrap_or(1)
    };
    let mut findings = Vec::new();
    for package in &checkout.metadata.packages {
        let name = &package.name;
        let licence = package.license.as_deref().unwrap_or_default();
        if package.source.is_none() {
            if licence != OWN {
                let what = format!("{name} has no licence {OWN}; write `license.workspace = true`");
                findings.push(Finding::new("Cargo.toml", 1, what));
            }
            continue;
        }
        let problem = match is_allowed(licence) {
            Ok(true) => continue,
            Ok(false) => "is not on the list".to_owned(),
            Err(problem) => format!("cannot be read: {problem}"),
        };
        let what = format!(
            "the licence `{licence}` of {name} {} {problem}; \
             use another package, or add the licence to xtask and deny.toml with a reason",
            package.version
        );
        findings.push(Finding::new("Cargo.lock", line_of(name), what));
    }
    findings
}

/// Whether an SPDX expression can be met with allowed licences alone.
fn is_allowed(expression: &str) -> Result<bool, String> {
    let mut parser = Parser { tokens: tokens(expression), at: 0 };
    let allowed = parser.any()?;
    match parser.next() {
        None => Ok(allowed),
        Some(token) => Err(format!("`{token}` is unexpected")),
    }
}

/// Words and parentheses; the slash of old manifests means OR.
fn tokens(expression: &str) -> Vec<String> {
    expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ")
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn skip(&mut self, word: &str) -> bool {
        let is_next = self.tokens.get(self.at).is_some_and(|token| token == word);
        self.at += usize::from(is_next);
        is_next
    }

    /// `all (OR all)*`
    fn any(&mut self) -> Result<bool, String> {
        let mut allowed = self.all()?;
        while self.skip("OR") {
            allowed |= self.all()?;
        }
        Ok(allowed)
    }

    /// `one (AND one)*`: AND binds more tightly than OR.
    fn all(&mut self) -> Result<bool, String> {
        let mut allowed = self.one()?;
        while self.skip("AND") {
            allowed &= self.one()?;
        }
        Ok(allowed)
    }

    /// `( any )`, or a licence with an optional exception.
    fn one(&mut self) -> Result<bool, String> {
        if self.skip("(") {
            let allowed = self.any()?;
            return if self.skip(")") { Ok(allowed) } else { Err("`)` is missing".to_owned()) };
        }
        let mut licence = self.name()?;
        if self.skip("WITH") {
            licence = format!("{licence} WITH {}", self.name()?);
        }
        Ok(ALLOWED.contains(&licence.as_str()))
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(token) if !matches!(token.as_str(), "(" | ")" | "AND" | "OR" | "WITH") => {
                Ok(token)
            }
            Some(token) => Err(format!("`{token}` stands where a licence should")),
            None => Err("a licence is missing".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: one allowed choice is enough for OR, AND needs all, and AND binds more tightly.
    #[test]
    fn expressions_are_evaluated() {
        let table = [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-2.0-only OR LGPL-2.1-or-later", false),
            ("MIT AND BSD-3-Clause", true),
            ("MIT AND GPL-3.0-only", false),
            ("GPL-3.0-only AND MIT OR Zlib", true),
            ("GPL-3.0-only AND (MIT OR Zlib)", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only", true),
            ("MIT WITH LLVM-exception", false),
            ("GPL-3.0-only WITH Classpath-exception-2.0", false),
            ("MIT/GPL-3.0-only", true),
            ("Apache-2.0 / MIT", true),
        ];
        for (expression, expected) in table {
            assert_eq!(is_allowed(expression), Ok(expected), "{expression}");
        }
    }

    /// Goal: what cannot be read is an error, never a permission.
    #[test]
    fn broken_expressions_are_refused() {
        for expression in ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT Zlib", "MIT WITH", "()"] {
            assert!(is_allowed(expression).is_err(), "{expression}");
        }
    }
}
