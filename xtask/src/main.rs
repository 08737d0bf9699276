//! `cargo xtask`: the checks, benches and releases of Verger, in Rust instead of shell scripts.
//! Owns the command line of this tool. Must not ship with the product, nor know a business rule.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this tool answers on the terminal of a developer"
)]

mod bench;
mod counts;
mod debian;
mod mutants;
mod run;
mod suite;
mod tidy;
mod workspace;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The checks and benches of Verger.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the static checks, install what the tests need, and run every test.
    Test {
        /// Skip the documentation build, the installation, the doc tests and the slow suites.
        #[arg(long)]
        quick: bool,
    },
    /// Check the rules of the house that no compiler checks.
    Tidy,
    /// Break the engine of credit on purpose, one usual mistake at a time; every one must be noticed.
    Mutants {
        /// Only mistakes whose description holds this.
        #[arg(default_value = "")]
        only: String,
    },
    /// Take pictures of every kind of page of a played season, as each role sees it, and those of the
    /// guides.
    Screens {
        /// The folder for the pictures.
        #[arg(default_value = "target/screens")]
        out: String,
    },
    /// Run a benchmark: `build` times the developer's loop; `market-model`, `reports`,
    /// `trust-properties` and `credit-oracle` run long tests, any other name goes to `verger bench`.
    Bench {
        /// Which benchmark, for example `ledger`.
        name: String,
        /// Arguments for the benchmark itself.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    let root = workspace::root();
    let succeeded = match Cli::parse().task {
        Task::Test { quick } => suite::run(&root, quick),
        Task::Mutants { only } => reported(mutants::run(&root, &only)),
        Task::Screens { out } => reported(screens(&root, &out)),
        Task::Tidy => reported(tidy::run(&root)),
        Task::Bench { name, args } => reported(bench(&root, &name, &args)),
    };
    if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The pictures are taken in a release build, for the whole season is played first.
fn screens(root: &Path, out: &str) -> anyhow::Result<bool> {
    let out = root.join(out).display().to_string();
    let test = ["test", "--release", "-p", "verger-web", "--test", "it", "every_role_is_pictured"];
    let all = [&test[..], &["--", "--nocapture"]].concat();
    run::Runner::new(root).with("VERGER_SCREENS", &out).cargo(&all)
}

fn bench(root: &Path, name: &str, args: &[String]) -> anyhow::Result<bool> {
    match name {
        "build" => bench::build(root),
        "market-model" => bench::long_test(root, &bench::MARKET_MODEL, args),
        "trust-properties" => bench::long_test(root, &bench::TRUST_PROPERTIES, args),
        "credit-oracle" => bench::long_test(root, &bench::CREDIT_ORACLE, args),
        "reports" => bench::long_test(root, &bench::REPORTS, args),
        product => bench::product(root, product, args),
    }
}

/// Prints a fault with its causes and turns it into "failed".
fn reported(outcome: anyhow::Result<bool>) -> bool {
    outcome.unwrap_or_else(|fault| {
        eprintln!("xtask: {fault:#}");
        false
    })
}
