//! Numbers that may only tighten: sizes, packages, comments and tests.
//! Owns `ratchet.toml` and what is measured against it. Must not rewrite that file.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::source::{self, LineCounts};
use super::{Checkout, Finding};

const PATH: &str = "xtask/ratchet.toml";

/// No ratchet may allow more packages than this, build and test ones included.
const PACKAGES_CEILING: usize = 480;

/// The numbers of `ratchet.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratchet {
    packages_max: usize,
    file_lines_max: usize,
    crate_lines_max: usize,
    /// Comment and documentation lines for each 100 code lines of the pure crates.
    domain_comment_percent_min: usize,
    /// Test lines for each 100 code lines of all product crates.
    test_lines_percent_min: usize,
}

/// What the checkout measures.
struct Measured {
    packages: usize,
    domain_comment_percent: usize,
    test_lines_percent: usize,
}

/// Checks every number, and prints a hint where one could be tighter.
pub(super) fn check(checkout: &Checkout<'_>) -> Result<Vec<Finding>> {
    let text = std::fs::read_to_string(checkout.root.join(PATH))
        .with_context(|| format!("cannot read {PATH}"))?;
    let ratchet: Ratchet = toml::from_str(&text).with_context(|| format!("in {PATH}"))?;
    let mut findings = sizes(checkout, &ratchet);
    let measured = measure(checkout);
    findings.extend(totals(&measured, &ratchet));
    if let Some(committed) = committed(checkout.root) {
        findings.extend(loosened(&committed, &ratchet));
    }
    for hint in hints(&measured, &ratchet) {
        println!("ratchet: {hint}");
    }
    Ok(findings)
}

/// Files and crates that are too long. A crate's tests do not count: what its size stands for is how
/// long everybody waits for it, and its tests are built by those alone who run them.
fn sizes(checkout: &Checkout<'_>, ratchet: &Ratchet) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut crates: BTreeMap<&str, usize> = BTreeMap::new();
    for rust in &checkout.rust {
        let lines = rust.file.text.lines().count();
        if lines > ratchet.file_lines_max {
            let what = format!(
                "{lines} lines, above {}; split the file by what its parts own",
                ratchet.file_lines_max
            );
            findings.push(Finding::new(&rust.file.path, lines, what));
        }
        if !rust.file.is_test() {
            *crates.entry(rust.file.crate_name().unwrap_or_default()).or_default() += lines;
        }
    }
    for (name, lines) in crates {
        if lines > ratchet.crate_lines_max {
            let what = format!(
                "{lines} lines beside its tests, above {}; split the crate",
                ratchet.crate_lines_max
            );
            findings.push(Finding::new(&format!("crates/{name}/Cargo.toml"), 1, what));
        }
    }
    findings
}

fn measure(checkout: &Checkout<'_>) -> Measured {
    let (mut domain, mut product) = (LineCounts::default(), LineCounts::default());
    for rust in checkout.rust.iter().filter(|rust| rust.file.path.starts_with("crates/")) {
        let counts = source::count_lines(&rust.file.text, &rust.scan, rust.file.is_test());
        add(&mut product, counts);
        if rust.file.is_pure() {
            add(&mut domain, counts);
        }
    }
    let lock = checkout.files.iter().find(|file| file.path == "Cargo.lock");
    let is_package = |line: &&str| *line == "[[package]]";
    Measured {
        packages: lock.map_or(0, |file| file.text.lines().filter(is_package).count()),
        domain_comment_percent: percent(domain.comments, domain.code),
        test_lines_percent: percent(product.tests, product.code),
    }
}

fn add(sum: &mut LineCounts, counts: LineCounts) {
    sum.code += counts.code;
    sum.comments += counts.comments;
    sum.tests += counts.tests;
}

/// Rounded down; nothing is missing where there is no code.
fn percent(part: usize, whole: usize) -> usize {
    (part * 100).checked_div(whole).unwrap_or(100)
}

/// The totals that are outside of the ratchet.
fn totals(measured: &Measured, ratchet: &Ratchet) -> Vec<Finding> {
    let mut findings = Vec::new();
    let packages_max = ratchet.packages_max.min(PACKAGES_CEILING);
    if measured.packages > packages_max {
        let what = format!(
            "{} packages, above {packages_max}; drop a dependency or one of its features",
            measured.packages
        );
        findings.push(Finding::new("Cargo.lock", 1, what));
    }
    if measured.domain_comment_percent < ratchet.domain_comment_percent_min {
        let what = format!(
            "{} comment lines for 100 code lines of the pure crates, below {}; \
             say why, and document what is public",
            measured.domain_comment_percent, ratchet.domain_comment_percent_min
        );
        findings.push(Finding::new("crates/verger-domain/Cargo.toml", 1, what));
    }
    if measured.test_lines_percent < ratchet.test_lines_percent_min {
        let what = format!(
            "{} test lines for 100 code lines, below {}; test what was added",
            measured.test_lines_percent, ratchet.test_lines_percent_min
        );
        findings.push(Finding::new("Cargo.toml", 1, what));
    }
    findings
}

/// The ratchet of the last commit, if there is one that can be read.
fn committed(root: &Path) -> Option<Ratchet> {
    let shown = Command::new("git")
        .args(["show", &format!("HEAD:{PATH}")])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .ok()
        .filter(|shown| shown.status.success())?;
    toml::from_str(&String::from_utf8(shown.stdout).ok()?).ok()
}

/// Numbers that are looser than in the last commit.
fn loosened(before: &Ratchet, now: &Ratchet) -> Vec<Finding> {
    let table = [
        ("packages_max", now.packages_max > before.packages_max),
        ("file_lines_max", now.file_lines_max > before.file_lines_max),
        ("crate_lines_max", now.crate_lines_max > before.crate_lines_max),
        (
            "domain_comment_percent_min",
            now.domain_comment_percent_min < before.domain_comment_percent_min,
        ),
        ("test_lines_percent_min", now.test_lines_percent_min < before.test_lines_percent_min),
    ];
    table
        .into_iter()
        .filter(|(_, is_looser)| *is_looser)
        .map(|(name, _)| {
            let what = format!("`{name}` is looser than in the last commit; it may only tighten");
            Finding::new(PATH, 1, what)
        })
        .collect()
}

/// What could be tighter, leaving some room for the next change.
///
/// The limits of a file and of a crate are those of the style, so nobody is asked to tighten them.
fn hints(measured: &Measured, ratchet: &Ratchet) -> Vec<String> {
    let mut hints = Vec::new();
    let packages = measured.packages + measured.packages / 10;
    if packages < ratchet.packages_max {
        hints.push(format!("packages_max could be {packages}"));
    }
    let minima = [
        (
            "domain_comment_percent_min",
            measured.domain_comment_percent,
            ratchet.domain_comment_percent_min,
        ),
        ("test_lines_percent_min", measured.test_lines_percent, ratchet.test_lines_percent_min),
    ];
    for (name, measured, now) in minima {
        let tighter = measured - measured / 10;
        if tighter > now {
            hints.push(format!("{name} could be {tighter}"));
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ratchet = Ratchet {
        packages_max: 400,
        file_lines_max: 800,
        crate_lines_max: 25_000,
        domain_comment_percent_min: 20,
        test_lines_percent_min: 25,
    };

    /// Goal: a number outside is found, one far inside gives a hint, one near the edge neither.
    #[test]
    fn totals_are_compared() {
        let at = |packages, domain_comment_percent, test_lines_percent| Measured {
            packages,
            domain_comment_percent,
            test_lines_percent,
        };
        assert_eq!(totals(&at(401, 19, 24), &NOW).len(), 3);
        assert_eq!(totals(&at(400, 20, 25), &NOW).len(), 0);
        assert_eq!(hints(&at(390, 21, 26), &NOW), Vec::<String>::new());
        assert_eq!(
            hints(&at(254, 40, 26), &NOW),
            ["packages_max could be 279", "domain_comment_percent_min could be 36"]
        );
    }

    /// Goal: the ceiling holds whatever the ratchet says.
    #[test]
    fn ceiling_holds() {
        let loose = Ratchet { packages_max: 900, ..NOW };
        let measured =
            Measured { packages: 481, domain_comment_percent: 30, test_lines_percent: 30 };
        assert_eq!(totals(&measured, &loose).len(), 1);
    }

    /// Goal: a ratchet turns one way only.
    #[test]
    fn loosening_is_found() {
        assert!(loosened(&NOW, &Ratchet { packages_max: 300, ..NOW }).is_empty());
        let looser = Ratchet { packages_max: 401, test_lines_percent_min: 24, ..NOW };
        assert_eq!(loosened(&NOW, &looser).len(), 2);
    }
}
