//! A short version of `verger sim attack`. Owns what must hold in every run.

use super::*;

/// A few settings of each strategy.
fn short(first_seed: u64, seeds: u64) -> AttackReport {
    let policy = verger_app::policy_file::load(None).expect("the shipped policy is valid");
    run(&policy, Extent { first_seed, seeds, is_short: true })
}

/// Goal: forged trade never pays, defaulting on purpose does not pay on average, what is left is
/// bounded, and honest newcomers are let in soon, whatever the seed.
#[test]
fn forged_trade_does_not_pay() {
    let report = short(1, 2);
    for one in &report.strategies {
        let name = one.strategy;
        assert!(one.runs > 0, "{name} was not played");
        match one.kind {
            Kind::Forged => assert!(one.best_profit_units <= 0.0, "{name} pays: {one:?}"),
            Kind::Real => assert!(one.best_mean_profit_units <= 0.0, "{name} pays: {one:?}"),
            Kind::Residual => {}
        }
    }
    // Cheats that get credit at all are among them, or the test would prove little.
    let is_strong = |one: &&StrategyReport| one.kind == Kind::Forged && one.runs_with_credit > 0;
    assert!(report.strategies.iter().filter(is_strong).count() >= 2);
    let village = report.villages.first().expect("the cooperative village");
    let [_, median_days, ..] = village.newcomer_days;
    assert!(median_days.is_some_and(|days| days <= 60), "{village:?}");
    assert!(village.newcomer_operations.is_some_and(|count| count <= 10), "{village:?}");
    assert!(village.false_denial_of_faultless_percent < 5.0, "{village:?}");
    assert!(village.auc.is_some_and(|auc| auc > 0.5), "{village:?}");
}

/// Goal: a seed is a run: the same figures on every machine, however many threads it has.
#[test]
fn a_seed_is_a_run() {
    let text = |seeds: &[u64]| {
        let policy = verger_app::policy_file::load(None).expect("the shipped policy is valid");
        let ring = NamedStrategies::forged("ring", &[Strategy::Ring { households: 3, days: 40 }]);
        let run = |seed: u64| {
            let played = play(&policy, std::slice::from_ref(&ring), seed);
            format!("{played:?}")
        };
        side_by_side(seeds, run)
    };
    let together = text(&[3, 4, 5]);
    assert_eq!(together, [text(&[3]), text(&[4]), text(&[5])].concat());
}
