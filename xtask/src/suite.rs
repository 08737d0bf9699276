//! `cargo xtask test`: which steps run, in which order, and the last line with the counts.
//! Owns the order. Must not know how a step works inside.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::counts::{Counts, Format};
use crate::run::{self, Runner};
use crate::{debian, tidy};

/// Runs the static checks, then the tests; prints `N passed, N failed` last. Whether all is well.
///
/// The first static check that fails ends the run and counts as one failure; the test groups all
/// run, whatever one of them finds.
pub(crate) fn run(root: &Path, quick: bool) -> bool {
    let runner = Runner::new(root);
    let runner = if quick { runner.with("VERGER_QUICK", "1") } else { runner };
    let suite = Suite { root: root.to_path_buf(), runner };

    let counts = if suite.statics(quick) { suite.tests(quick) } else { Counts::ONE_FAILED };
    println!("{} passed, {} failed", counts.passed, counts.failed);
    counts.failed == 0
}

struct Suite {
    root: PathBuf,
    runner: Runner,
}

impl Suite {
    fn statics(&self, quick: bool) -> bool {
        check("fmt", || self.runner.cargo(&["fmt", "--all", "--check"]))
            && check("clippy", || {
                let args = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
                self.runner.cargo(&args)
            })
            && (quick || check("doc", || self.doc()))
            && check("tidy", || tidy::run(&self.root))
    }

    fn doc(&self) -> Result<bool> {
        let runner = Runner::new(&self.root).with("RUSTDOCFLAGS", "-D warnings");
        runner.cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"])
    }

    fn tests(&self, quick: bool) -> Counts {
        if !quick {
            check("install", || {
                debian::install_missing(&self.runner);
                Ok(true)
            });
        }
        let tests = group("tests", || self.unit_and_integration());
        if quick {
            return tests;
        }
        let docs = group("doc tests", || {
            let args = ["test", "--workspace", "--doc", "--no-fail-fast"];
            self.runner.tests(&args, Format::Libtest)
        });
        tests.plus(docs)
    }

    fn unit_and_integration(&self) -> Result<Counts> {
        if self.runner.has_subcommand("nextest") {
            let args = ["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests", "pass"];
            self.runner.tests(&args, Format::Nextest)
        } else {
            println!("cargo-nextest is not installed: the tests run with cargo test, slower");
            let args = ["test", "--workspace", "--tests", "--no-fail-fast"];
            self.runner.tests(&args, Format::Libtest)
        }
    }
}

/// Runs one step that only passes or fails.
fn check(name: &str, step: impl FnOnce() -> Result<bool>) -> bool {
    let as_counts = |passed| if passed { Counts::default() } else { Counts::ONE_FAILED };
    group(name, || step().map(as_counts)).failed == 0
}

/// Runs one step that counts, and prints how it ended and how long it took.
fn group(name: &str, step: impl FnOnce() -> Result<Counts>) -> Counts {
    println!("==> {name}");
    let (outcome, took) = run::timed(step);
    let counts = outcome.unwrap_or_else(|fault| {
        println!("{fault:#}");
        Counts::ONE_FAILED
    });
    let ended = if counts.failed == 0 { "ok" } else { "FAILED" };
    println!("==> {name}: {ended} in {:.1} s", took.as_secs_f64());
    counts
}
