//! `cargo xtask bench`: the product's own benchmarks, and the time of the developer's loop.
//! Owns starting and timing. Must not contain a benchmark of the product: those are `verger bench`.

use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::run::{self, Runner};

/// The file whose change rebuilds every crate of ours.
const TOUCHED: &str = "crates/verger-domain/src/lib.rs";

/// The three commands of the developer's loop, and the seconds they may take on two free cores.
const LOOP: [(&str, &[&str], u32); 3] = [
    ("check", &["check", "--quiet"], 5),
    ("build", &["build", "--quiet"], 10),
    ("domain tests", &["test", "--quiet", "-p", "verger-domain", "--no-run"], 15),
];

/// Runs `verger bench NAME ARGS` in a release build.
pub(crate) fn product(root: &Path, name: &str, args: &[String]) -> Result<bool> {
    let mut command = vec!["run", "--release", "-p", "verger-cli", "--", "bench", name];
    command.extend(args.iter().map(String::as_str));
    Runner::new(root).cargo(&command)
}

/// A test that does little in the normal run and much when it is told how much.
pub(crate) struct LongTest {
    pub(crate) package: &'static str,
    pub(crate) test: &'static str,
    /// The variable that tells it, and what it is told when nobody says otherwise.
    pub(crate) size: (&'static str, &'static str),
}

/// Random trade over all machines of the market, with every invariant checked after each command.
pub(crate) const MARKET_MODEL: LongTest = LongTest {
    package: "verger-domain",
    test: "a_long_run_reaches_everything",
    size: ("VERGER_MODEL_COMMANDS", "1000000"),
};

/// Every invariant of the trust index over this many random histories each.
pub(crate) const TRUST_PROPERTIES: LongTest = LongTest {
    package: "verger-rules",
    test: "tests::trust::",
    size: ("VERGER_TRUST_CASES", "50000"),
};

/// Random lives of borrowers, against days counted one by one in exact fractions.
pub(crate) const CREDIT_ORACLE: LongTest = LongTest {
    package: "verger-domain",
    test: "random_histories_match_exact_fractions",
    size: ("VERGER_ORACLE_HISTORIES", "1000000"),
};

/// Every report over this many orders.
pub(crate) const REPORTS: LongTest = LongTest {
    package: "verger-store",
    test: "reports_answer_for_many_orders",
    size: ("VERGER_BENCH_ORDERS", "120000"),
};

/// Runs a long test in a release build; the first of `args` is how long.
pub(crate) fn long_test(root: &Path, long: &LongTest, args: &[String]) -> Result<bool> {
    let (variable, usual) = long.size;
    let size = args.first().map_or(usual, String::as_str);
    let runner = Runner::new(root).with(variable, size);
    let command =
        ["test", "--release", "-p", long.package, "--lib", long.test, "--", "--nocapture"];
    let (succeeded, took) = run::timed(|| runner.cargo(&command));
    println!("{size} asked for, {:.0} s with the build", took.as_secs_f64());
    succeeded
}

/// Prints the seconds of an incremental check, build and test build after an edit of the domain.
pub(crate) fn build(root: &Path) -> Result<bool> {
    let runner = Runner::new(root);
    for (name, args, budget_s) in LOOP {
        // The first run is not counted: it builds what an edit leaves alone.
        if !runner.cargo(args)? {
            return Ok(false);
        }
        touch(&root.join(TOUCHED))?;
        let (succeeded, took) = run::timed(|| runner.cargo(args));
        println!("{name}: {:.1} s (goal: under {budget_s} s)", took.as_secs_f64());
        if !succeeded? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo sees an edit by the time of the file; no rule of the product depends on it"
)]
fn touch(path: &Path) -> Result<()> {
    File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .with_context(|| format!("cannot touch {}", path.display()))
}
