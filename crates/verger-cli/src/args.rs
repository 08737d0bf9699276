//! The shape of the command line: names, help and examples. Owns texts; reads nothing.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Verger lets a remote village trade with the outside world, turns honest trade into trust, and
/// trust into instant credit. One program, one folder of data.
///
/// Without a command it plays a season of the demo village and serves it.
#[derive(Debug, Parser)]
#[command(name = "verger", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Where settings come from.
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

const EXAMPLES: &str = "Examples:
  verger                          play the demo village's season and serve it on 127.0.0.1:8080
  verger serve --data /var/lib/verger
  verger check --data /var/lib/verger
  verger backup /backups/2026-11-23.sqlite
  verger token issue --village 1 --party A2 --scope read --scope cash.write";

/// Settings: each may also stand in the environment or in a settings file.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct SettingArgs {
    /// A TOML file with the settings below, by their long names (with _ for -).
    #[arg(long, global = true, env = "VERGER_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder with the books (SQLite) and the deployment's secret.
    #[arg(
        long,
        global = true,
        env = "VERGER_DATA",
        value_name = "DIR",
        default_value = "verger-data"
    )]
    pub(crate) data: PathBuf,
    /// A PostgreSQL server to keep the books instead of SQLite.
    #[arg(
        long,
        global = true,
        env = "VERGER_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) database_url: Option<String>,
    /// A file that holds the former, so that its password stays out of the process list.
    #[arg(long, global = true, env = "VERGER_DATABASE_URL_FILE", value_name = "FILE")]
    pub(crate) database_url_file: Option<PathBuf>,
    /// Where pages and the API are served.
    #[arg(
        long,
        global = true,
        env = "VERGER_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) listen: SocketAddr,
    /// The programme policy, a TOML file; the shipped one when absent.
    #[arg(long, global = true, env = "VERGER_POLICY", value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What the program can do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve pages and the API.
    Serve,
    /// Play a season of the demo village in an empty store, check the books, and serve.
    Demo {
        /// Where chance starts from: the same seed gives the same season.
        #[arg(long, default_value_t = 2026)]
        seed: u64,
        /// How many orders come from outside.
        #[arg(long, default_value_t = 16_000, value_parser = clap::value_parser!(u64).range(1..=200_000))]
        orders: u64,
        /// Instead of the demo village, import and play the villages whose lists are in this folder:
        /// households.csv and edges.txt. Where there is no such folder, villages are generated.
        #[arg(long, value_name = "DIR")]
        villages: Option<PathBuf>,
        /// Stop after playing.
        #[arg(long)]
        no_serve: bool,
    },
    /// Bring the schema up to date.
    Migrate {
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Check the books: every chain, every entry, every balance. Exit code 3 when something differs.
    Check,
    /// Write an archive of the books to a file, while they are in use, and check it.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Bring an archive back, and check it.
    Restore {
        /// The archive.
        file: PathBuf,
        /// Replace books that are there already.
        #[arg(long)]
        force: bool,
    },
    /// Bring a village in from a spreadsheet (CSV).
    Import {
        /// What is in it.
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Run golden vectors. Exit code 1 when any fails.
    Vectors {
        /// Which family.
        #[arg(value_enum)]
        family: Family,
        /// The file.
        file: PathBuf,
    },
    /// Settings.
    Config {
        /// What about them.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Villages.
    Village {
        /// What about them.
        #[command(subcommand)]
        command: VillageCommand,
    },
    /// Loans.
    Credit {
        /// What about them.
        #[command(subcommand)]
        command: CreditCommand,
    },
    /// Bearer tokens for the API.
    Token {
        /// What about them.
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// The trust index.
    Trust {
        /// What about it.
        #[command(subcommand)]
        command: TrustCommand,
    },
    /// Measure.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Play cheats and villages against the real rules.
    #[command(subcommand)]
    Sim(SimCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// What can be brought in.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Households: column `code` and, if wanted, `village`, `name`, `name_latin`, `group`, `phone`; others are
    /// not looked at.
    Households {
        /// The list.
        file: PathBuf,
        /// The village of all rows, where the list has no column for it.
        #[arg(long)]
        village: Option<u32>,
        /// The county in which villages are registered that are not there yet.
        #[arg(long)]
        county: Option<String>,
        /// What a column is called in this list, such as code=hh. May be repeated.
        #[arg(long, value_name = "COLUMN=HEADER")]
        column: Vec<String>,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Goods: the columns of the catalogue's import.
    Goods {
        /// The list.
        file: PathBuf,
        /// The village.
        #[arg(long)]
        village: u32,
        /// The short code of the person in whose name it is done: an agent with module M5.
        #[arg(long)]
        party: String,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// What can be done about loans.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum CreditCommand {
    /// Make every stored decision again and compare it to the bit. Exit code 3 when one differs.
    Replay,
    /// Tell the books every charge, set aside what loans are not worth, and close a month.
    Close {
        /// The month, such as 2026-10.
        month: String,
        /// The village.
        #[arg(long)]
        village: u32,
    },
}

/// Families of golden vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Family {
    /// Ledger and credit.
    Credit,
    /// The trust index.
    Trust,
}

/// Commands about settings.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print each setting, its value and where it came from; secrets are masked.
    Show,
}

/// Commands about villages.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum VillageCommand {
    /// List the villages and their cells.
    List,
    /// Let an operator in and print the first password once; the server must be stopped. Two
    /// operators together change rules.
    Operator {
        /// The village's number.
        village: u32,
        /// A short code, such as ST1.
        code: String,
        /// The name in Chinese characters.
        #[arg(long)]
        name: String,
        /// The name in Latin letters.
        #[arg(long)]
        name_latin: String,
    },
    /// Move a village to another cell; the server must be stopped.
    Move {
        /// The village's number.
        village: u32,
        /// The cell, 0 to 31.
        #[arg(long)]
        to: u16,
    },
}

/// Commands about tokens.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it once; the server must be stopped.
    Issue {
        /// The village's number.
        #[arg(long)]
        village: u32,
        /// The short code of the party it acts for.
        #[arg(long)]
        party: String,
        /// What it may do; repeat for more.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// For how many days.
        #[arg(long, default_value_t = 365)]
        days: u16,
    },
}

/// What can be played.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SimCommand {
    /// Cheats against the trust index, and honest villages. Exit code 1 when forged trade pays.
    Attack {
        /// How many seeds, each a village of its own.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        seeds: u64,
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        first_seed: u64,
        /// Play only some settings of each strategy.
        #[arg(long)]
        short: bool,
    },
}

/// Commands about trust.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Replay a file of operations, with batches on schedule, and print where everybody stands.
    Replay {
        /// JSON lines: a header with `unit_minor`, `seeds`, `members`, `batch_every_days` and
        /// `horizon_day`, then operations with `day`, `op`, `member`, `counterparty`, `value` and,
        /// for a `repay`, `days_held`.
        file: PathBuf,
    },
    /// Print why a household has the points and the limit it has; the server must be stopped.
    Explain {
        /// The household or one of its members, by id or short code.
        member: String,
        /// The village's number.
        #[arg(long, default_value_t = 1)]
        village: u32,
        /// The language: zh-CN, fr or en.
        #[arg(long, default_value = "en")]
        language: String,
    },
    /// Run the night's batch of weights now, where it is due; the server must be stopped.
    Batch {
        /// Only this village.
        #[arg(long)]
        village: Option<u32>,
    },
}

/// What can be measured.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Whole orders over HTTP, single commands at a steady pace, and a crowd for the last boxes.
    Market {
        /// Seconds for each figure.
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// Only this part: orders, pace or crowd.
        #[arg(long)]
        only: Option<String>,
        /// Also write the figures to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The pages of a played season, 200 a second, as everybody opens them.
    Pages {
        /// Seconds.
        #[arg(long, default_value_t = 30.0)]
        seconds: f64,
        /// How many orders the season has.
        #[arg(long, default_value_t = 16_000)]
        orders: u64,
        /// Also write the figures to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Decisions and draws over HTTP among 100,000 members, and a million loans while people pay.
    Credit {
        /// Seconds for each figure over HTTP.
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
        /// How many loans.
        #[arg(long, default_value_t = 1_000_000)]
        loans: u64,
        /// Only this part: draws or portfolio.
        #[arg(long)]
        only: Option<String>,
        /// Also write the figures to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The trust index: a batch over ten million pairs, operations counted, explanations.
    Trust {
        /// Only this part: batch.
        #[arg(long)]
        only: Option<String>,
        /// Also write the figures to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// A season of the cooperative: 200 families, 10,000 lots, 24 pools, to the last statement.
    Cooperative {
        /// Also write the figures to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Durable commands of the ledger, in process and over HTTP, on both engines.
    Ledger {
        /// Seconds for each figure.
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// Only this part: sqlite, postgres, http, check or start.
        #[arg(long)]
        only: Option<String>,
        /// Also write the figures to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
