//! `verger sim`: seeded runs of the real rules, and their figures. Owns the tables; what is played
//! is the simulator's.

use std::process::ExitCode;

use verger_sim::attack::{self, AttackReport, Extent, Kind, StrategyReport, VillageReport};

use crate::args::{Format, SimCommand};
use crate::output;
use crate::settings::Settings;

/// Plays and prints. Exit code 1 when a forged strategy made a profit.
pub(crate) fn run(
    command: &SimCommand,
    settings: &Settings,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let SimCommand::Attack { seeds, first_seed, short } = command;
    let policy = settings.policy()?;
    let extent = Extent { first_seed: *first_seed, seeds: *seeds, is_short: *short };
    let bar = output::progress_bar("cheats at work");
    let report = attack::run(&policy, extent);
    bar.finish_and_clear();
    if format == Format::Json {
        output::print_json(&report)?;
    } else {
        print(&report);
    }
    let is_profitable =
        |one: &StrategyReport| one.kind == Kind::Forged && one.best_profit_units > 0.0;
    let is_sound = !report.strategies.iter().any(is_profitable);
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &AttackReport) {
    let AttackReport { first_seed, seeds, .. } = report;
    output::say(&format!("Money in units U. Seeds {first_seed} to {}.", first_seed + seeds - 1));
    let headers = [
        "strategy",
        "kind",
        "settings",
        "runs",
        "with credit",
        "best profit",
        "best mean",
        "best with credit",
        "largest theft",
        "fee only",
        "points",
        "level",
    ];
    output::print_table(&headers, report.strategies.iter().map(strategy).collect());
    let headers = [
        "village",
        "days to level 1 (25, 50, 75, 90 %)",
        "operations",
        "never %",
        "denied %",
        "denied, faultless %",
        "limit (50, 90 %)",
        "loans",
        "lost %",
        "volume lost %",
        "AUC",
    ];
    output::print_table(&headers, report.villages.iter().map(village).collect());
}

fn strategy(one: &StrategyReport) -> Vec<String> {
    let kind = match one.kind {
        Kind::Forged => "forged",
        Kind::Real => "real",
        Kind::Residual => "residual",
    };
    vec![
        one.strategy.to_owned(),
        kind.to_owned(),
        one.settings.to_string(),
        one.runs.to_string(),
        one.runs_with_credit.to_string(),
        format!("{:.2}", one.best_profit_units),
        format!("{:.2}", one.best_mean_profit_units),
        one.best_profit_with_credit_units.map_or("-".to_owned(), |units| format!("{units:.2}")),
        format!("{:.1}", one.largest_theft_units),
        format!("{:.2}", one.best_fee_only_units),
        one.points_max.to_string(),
        one.level_max.to_string(),
    ]
}

fn village(one: &VillageReport) -> Vec<String> {
    let days = one.newcomer_days.map(|days| days.map_or("-".to_owned(), |days| days.to_string()));
    let [middle, high] = one.limit_units;
    vec![
        one.village.clone(),
        days.join(", "),
        one.newcomer_operations.map_or("-".to_owned(), |count| count.to_string()),
        format!("{:.1}", one.never_percent),
        format!("{:.1}", one.false_denial_percent),
        format!("{:.1}", one.false_denial_of_faultless_percent),
        format!("{middle:.1}, {high:.1}"),
        one.loans.to_string(),
        format!("{:.1}", one.lost_percent),
        format!("{:.2}", one.lost_volume_percent),
        one.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}")),
    ]
}
