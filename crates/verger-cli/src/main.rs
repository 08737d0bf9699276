//! The one binary, `verger`: settings, wiring and output. Owns the command line; contains no rule.
#![expect(clippy::print_stdout, reason = "results of commands go to standard output")]

mod args;
mod bench;
mod books;
mod credit;
mod demo;
mod import;
mod output;
mod serve;
mod settings;
mod sim;
mod staff;
mod trust;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use args::{Args, Command, ConfigCommand};
use settings::Settings;
use verger_sim::season::Plan;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Something is wrong with the books: distinct from a failure of the program.
const EXIT_DIFFERENCES: u8 = 3;

fn main() -> ExitCode {
    let matches = Args::command().get_matches();
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    output::start_log();
    match run(&args, &matches) {
        Ok(code) => code,
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args, matches: &clap::ArgMatches) -> anyhow::Result<ExitCode> {
    let format = args.format;
    // Without a command the program does what a newcomer wants to see.
    let command = args.command.clone().unwrap_or_else(|| {
        let Plan { orders, seed } = Plan::default();
        Command::Demo { no_serve: false, orders, seed, villages: None }
    });
    match command {
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Args::command(), "verger", &mut std::io::stdout());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Man => {
            clap_mangen::Man::new(Args::command()).render(&mut std::io::stdout())?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Openapi => {
            println!("{}", verger_web::openapi());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Vectors { family, file } => return books::vectors(family, &file, format),
        Command::Bench(bench) => return bench::run(&bench, format),
        _ => {}
    }
    let settings = Settings::load(args, matches)?;
    match command {
        Command::Serve => serve::run(&settings),
        Command::Demo { no_serve, seed, villages: Some(folder), .. } => {
            demo::run_villages(&settings, (&folder, seed), no_serve, format)
        }
        Command::Demo { no_serve, orders, seed, villages: None } => {
            demo::run(&settings, Plan { orders, seed }, no_serve, format)
        }
        Command::Migrate { dry_run } => books::migrate(&settings, dry_run),
        Command::Sim(command) => sim::run(&command, &settings, format),
        Command::Check => books::check(&settings, format),
        Command::Backup { file } => books::backup(&settings, &file),
        Command::Restore { file, force } => books::restore(&settings, &file, force),
        Command::Import { command } => import::run(&settings, &command, format),
        Command::Config { command: ConfigCommand::Show } => settings.show(format),
        Command::Village { command } => staff::village(&settings, &command, format),
        Command::Credit { command } => credit::run(&settings, &command, format),
        Command::Token { command } => staff::token(&settings, &command),
        Command::Trust { command } => trust::run(&settings, &command, format),
        Command::Completions { .. }
        | Command::Man
        | Command::Openapi
        | Command::Vectors { .. }
        | Command::Bench(_) => unreachable!("answered above, without settings"),
    }
}
