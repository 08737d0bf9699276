//! Who may import whom: between crates by what cargo knows, inside the pure crates by the paths written.
//! Owns the two tables of `ARCHITECTURE.md`. Must not look at dev-dependencies.

use super::Finding;
use super::source::{Scan, find_word, is_name, line_at};
use crate::workspace::{Metadata, TextFile};

/// What a crate may have as normal dependencies.
enum Rule {
    /// These and no others.
    Only(&'static [&'static str]),
    /// Any but these.
    Never(&'static [&'static str]),
}

const CRATES: [(&str, Rule); 13] = [
    (
        "verger-domain",
        Rule::Only(&[
            "iso_currency",
            "jiff",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "verger-rules",
        ]),
    ),
    (
        "verger-rules",
        Rule::Only(&[
            "iso_currency",
            "jiff",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "verger-weights",
        ]),
    ),
    ("verger-weights", Rule::Only(&["serde", "thiserror"])),
    ("verger-paper", Rule::Only(&["fast_qr", "image", "sha2", "thiserror"])),
    (
        "verger-store",
        Rule::Only(&[
            "verger-domain",
            "futures-util",
            "rusqlite",
            "tokio",
            "tokio-postgres",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "tracing",
        ]),
    ),
    (
        "verger-app",
        Rule::Never(&[
            "axum",
            "askama",
            "rusqlite",
            "tokio-postgres",
            "verger-web",
            "verger-sim",
            "verger-cli",
        ]),
    ),
    (
        "verger-reports",
        Rule::Never(&["axum", "askama", "verger-store", "verger-web", "verger-sim", "verger-cli"]),
    ),
    (
        "verger-shapes",
        Rule::Never(&["axum", "askama", "verger-store", "verger-web", "verger-sim", "verger-cli"]),
    ),
    (
        "verger-words",
        Rule::Never(&["axum", "verger-store", "verger-web", "verger-sim", "verger-cli"]),
    ),
    (
        "verger-web",
        Rule::Never(&["verger-store", "rusqlite", "tokio-postgres", "verger-sim", "verger-cli"]),
    ),
    (
        "verger-sim",
        Rule::Never(&["axum", "askama", "rusqlite", "tokio-postgres", "verger-web", "verger-cli"]),
    ),
    ("verger-cli", Rule::Never(&["rusqlite", "tokio-postgres"])),
    ("xtask", Rule::Never(&[])),
];

/// The modules that everything stands on; they know only each other.
const BASE: [&str; 5] = ["codec", "id", "money", "share", "time"];

/// Modules of the pure crates, and the modules that each must not mention.
const MODULES: [(&str, &[&str]); 2] =
    [("ledger", &["market", "cooperative", "credit", "trust"]), ("trust", &["credit", "ledger"])];

/// Checks the declared dependencies of every crate of ours.
pub(super) fn check_crates(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.packages.iter().filter(|package| package.source.is_none()) {
        let name = package.name.as_str();
        let manifest = if name == "xtask" {
            "xtask/Cargo.toml".into()
        } else {
            format!("crates/{name}/Cargo.toml")
        };
        let Some((_, rule)) = CRATES.iter().find(|(known, _)| *known == name) else {
            let what =
                "a crate without an import rule; add it to the table in xtask/src/tidy/imports.rs";
            findings.push(Finding::new(&manifest, 1, what));
            continue;
        };
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        for dependency in normal.filter(|dependency| !permits(rule, &dependency.name)) {
            let what = format!(
                "{name} must not depend on {}; put the code where that is allowed",
                dependency.name
            );
            findings.push(Finding::new(&manifest, 1, what));
        }
    }
    findings
}

fn permits(rule: &Rule, dependency: &str) -> bool {
    match rule {
        Rule::Only(names) => names.contains(&dependency),
        Rule::Never(names) => !names.contains(&dependency),
    }
}

/// Checks the paths that one file of a pure crate mentions.
pub(super) fn check_modules(file: &TextFile, scan: &Scan) -> Vec<Finding> {
    if !file.is_pure() {
        return Vec::new();
    }
    let module = file.path.split_once("/src/").map_or("", |(_, module)| module);
    let module = module.split('/').next().unwrap_or_default();
    let module = module.strip_suffix(".rs").unwrap_or(module);
    mentions(&scan.code)
        .into_iter()
        .filter(|(_, mentioned)| is_forbidden(module, mentioned))
        .map(|(line, mentioned)| {
            let what = format!(
                "the module {module} must not mention `crate::{mentioned}`; \
                 move the code to the module above both"
            );
            Finding::new(&file.path, line, what)
        })
        .collect()
}

fn is_forbidden(module: &str, mentioned: &str) -> bool {
    if BASE.contains(&module) {
        return !BASE.contains(&mentioned);
    }
    MODULES.iter().any(|(owner, banned)| *owner == module && banned.contains(&mentioned))
}

/// The first names after `crate::`, also in `crate::{a::b, c}`, with their lines.
fn mentions(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in find_word(code, "crate::") {
        let start = at + "crate::".len();
        let rest = code.get(start..).unwrap_or_default();
        let offsets = if rest.starts_with('{') { heads_of_group(rest) } else { vec![0] };
        for offset in offsets {
            let name: String = rest
                .get(offset..)
                .unwrap_or_default()
                .chars()
                .take_while(|&c| is_name(c))
                .collect();
            found.push((line_at(code, start + offset), name));
        }
    }
    found
}

/// Where each member of the group `{a::b, c, d::{e, f}}` begins.
fn heads_of_group(group: &str) -> Vec<usize> {
    let mut heads = Vec::new();
    let (mut depth, mut is_expected) = (0_usize, false);
    for (offset, c) in group.char_indices() {
        match c {
            '{' => {
                depth += 1;
                is_expected = depth == 1;
            }
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' => is_expected = depth == 1,
            c if is_name(c) && is_expected => {
                heads.push(offset);
                is_expected = false;
            }
            _ => {}
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::scan;
    use crate::workspace::{Dependency, Package};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check_modules(&file, &scan(text)).into_iter().map(|finding| finding.line).collect()
    }

    fn complaints(name: &str, dependency: &str, kind: Option<&str>) -> usize {
        let dependency = Dependency { name: dependency.to_owned(), kind: kind.map(str::to_owned) };
        let package = Package {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            license: None,
            source: None,
            dependencies: vec![dependency],
        };
        check_crates(&Metadata { packages: vec![package] }).len()
    }

    /// Goal: the ledger knows no loan, trust no ledger, and the base nothing above it.
    #[test]
    fn modules_keep_their_order() {
        let text =
            "use crate::{\n    money::Money,\n    credit::{Loan, market},\n    id::Id,\n};\n";
        assert_eq!(lines("crates/verger-domain/src/ledger/chart.rs", text), [3]);
        assert_eq!(lines("crates/verger-domain/src/money.rs", text), [3]);
        assert_eq!(lines("crates/verger-domain/src/credit/limit.rs", text), [0; 0]);
        assert_eq!(lines("crates/verger-app/src/ledger.rs", text), [0; 0]);
        let trust = "// crate::ledger is not for us.\nfn a() -> crate::ledger::Entry {}\n";
        assert_eq!(lines("crates/verger-domain/src/trust.rs", trust), [2]);
    }

    /// Goal: a crate has only the dependencies of its rule; development ones are free.
    #[test]
    fn crates_keep_their_order() {
        assert_eq!(complaints("verger-domain", "serde", None), 0);
        assert_eq!(complaints("verger-domain", "tokio", None), 1);
        assert_eq!(complaints("verger-domain", "proptest", Some("dev")), 0);
        assert_eq!(complaints("verger-paper", "image", None), 0);
        assert_eq!(complaints("verger-paper", "verger-domain", None), 1);
        assert_eq!(complaints("verger-web", "verger-store", None), 1);
        assert_eq!(complaints("verger-web", "axum", None), 0);
        assert_eq!(complaints("verger-new", "serde", None), 1);
    }
}
