//! Cheats against the trust index, and the honest village that they hide in: seeded runs of the real
//! rules. Owns what is played and how it is reported; the rules are the domain's.
//!
//! What is real here: points, pairs, penalties, levels and limits (`trust::apply`, `trust::limit`),
//! every night the weights of the payments of 364 days (`trust::weights`), and each draw with its
//! decision and its interest (`credit::decide`, `credit::Tranche`). What is modelled: an order is the
//! day on which its evidence counts. No brake outside the index is on, so neither an agent's bond nor
//! a pause of the village's lending helps against the cheats.

mod economy;
mod report;
mod strategy;
#[cfg(test)]
mod tests;
mod world;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use verger_domain::policy::Policy;

pub use report::{AttackReport, Kind, StrategyReport, VillageReport};

use economy::{COOPERATIVE_VILLAGE, Market, Village};
use report::{NamedStrategies, VillageRun};
use strategy::{Played, Sales, Strategy};

/// How much is played.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds, each a village of its own.
    pub seeds: u64,
    /// Whether only some settings of each strategy are played.
    pub is_short: bool,
}

/// Honest households that cheats hide among, and the days they have traded before.
const NEIGHBOURS: usize = 24;
const DAYS_BEFORE: i32 = 140;

/// Villages with no cheat in them: how many move in over how many days, and how long they are watched.
const NEWCOMERS: usize = 60;
const MOVING_DAYS: usize = 180;
const WATCHED_DAYS: usize = 720;

/// The villages of the report, by name.
const MARKETS: [(&str, Market); 4] = [
    ("cooperative 40 % of sales, 15 % proven consumers", COOPERATIVE_VILLAGE),
    ("cooperative 20 %, 15 % proven consumers", Market { cooperative: 20, consumers: 15 }),
    ("no cooperative, 15 % proven consumers", Market { cooperative: 0, consumers: 15 }),
    ("no proven buyers at all", Market { cooperative: 0, consumers: 0 }),
];

/// Plays everything and reports.
pub fn run(policy: &Policy, extent: Extent) -> AttackReport {
    let last = extent.first_seed.saturating_add(extent.seeds);
    let seeds: Vec<u64> = (extent.first_seed..last).collect();
    let strategies = strategies(extent.is_short);
    let played = side_by_side(&seeds, |seed| play(policy, &strategies, seed));
    let markets = if extent.is_short { MARKETS.get(..1) } else { MARKETS.get(..) };
    let villages = markets.unwrap_or_default().iter().map(|(name, market)| {
        let runs = side_by_side(&seeds, |seed| watch(policy, *market, seed));
        report::village(name, &runs)
    });
    let villages = villages.collect();
    let unit = policy.programme.unit_minor;
    let strategies = report::strategies(&strategies, &played, unit);
    AttackReport { first_seed: extent.first_seed, seeds: extent.seeds, strategies, villages }
}

/// All strategies in the village of one seed, in their order.
fn play(policy: &Policy, strategies: &[NamedStrategies], seed: u64) -> Vec<Vec<Played>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut village = Village::new(policy, COOPERATIVE_VILLAGE, NEIGHBOURS);
    for _ in 0..NEIGHBOURS {
        village.move_in(&mut rng);
    }
    for _ in 0..DAYS_BEFORE {
        village.live(&mut rng, &|_| true);
    }
    let settings = |named: &NamedStrategies| {
        named.settings.iter().map(|one| one.play(&village, &mut rng.clone())).collect()
    };
    strategies.iter().map(settings).collect()
}

/// An honest village of one seed.
fn watch(policy: &Policy, market: Market, seed: u64) -> VillageRun {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut village = Village::new(policy, market, NEWCOMERS);
    for day in 0..WATCHED_DAYS {
        // One moves in every third day, so that newcomers meet a village at every stage.
        if day < MOVING_DAYS && day % (MOVING_DAYS / NEWCOMERS) == 0 {
            village.move_in(&mut rng);
        }
        village.live(&mut rng, &|_| true);
    }
    VillageRun::of(&village)
}

/// Runs a function of each seed, as many at a time as there are processors, and answers in the
/// order of the seeds.
fn side_by_side<T: Send>(seeds: &[u64], run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let (run, mut answers) = (&run, Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for some in seeds.chunks(threads) {
        std::thread::scope(|scope| {
            let handles: Vec<_> = some.iter().map(|seed| scope.spawn(move || run(*seed))).collect();
            for handle in handles {
                answers.push(handle.join().expect("a run does not panic"));
            }
        });
    }
    answers
}

/// What is played: each strategy with its settings, and what kind of cheat it is.
fn strategies(is_short: bool) -> Vec<NamedStrategies> {
    use Strategy::{Clerk, Oscillating, Ring, ShamCooperative, Tiny, WashPair};
    let days = 364;
    let rings = [3, 8, 20].map(|households| Ring { households, days });
    let tiny = [20, 60, 200].map(|buyers| Tiny { buyers, days });
    let sham = [20, 60, 200].map(|units| ShamCooperative { units, days });
    let clerk = [20, 60, 200].map(|units| Clerk { units, days });
    let forged = NamedStrategies::forged;
    let mut all = vec![
        forged("wash pair", &[WashPair { days }]),
        forged("closed ring", &rings),
        forged("brushing", &brushing()),
        forged("corrupt agent", &corrupt_agent()),
        forged("tiny values", &tiny),
        forged("sham cooperative", &sham),
        forged("oscillating seller", &[Oscillating { days: 640 }]),
        NamedStrategies::real("exit scam", &exit_scams()),
        NamedStrategies::real("hit and run", &hits_and_runs()),
        NamedStrategies::residual("harvest and run", &harvests_and_runs()),
        NamedStrategies::residual("own goods on a false name", &false_names(false)),
        NamedStrategies::residual("bought goods on a false name", &false_names(true)),
        NamedStrategies::residual("clerk of a real cooperative", &clerk),
    ];
    if is_short {
        for named in &mut all {
            named.thin_out();
        }
    }
    all
}

fn brushing() -> Vec<Strategy> {
    let mut settings = Vec::new();
    for buyers in [8, 20, 60] {
        for camouflage in [0, 25, 50, 85] {
            for days in [60, 120, 240, 364] {
                for deliveries in [0, 3] {
                    for (each, tenths) in [(1, 10), (1, 30), (2, 10), (4, 5), (4, 10), (4, 30)] {
                        let sales = Sales { each, tenths };
                        settings.push(Strategy::Brushing {
                            buyers,
                            camouflage,
                            days,
                            deliveries,
                            sales,
                        });
                    }
                }
            }
        }
    }
    settings
}

fn corrupt_agent() -> Vec<Strategy> {
    let mut settings = Vec::new();
    for buyers in [15, 30, 60, 120] {
        for camouflage in [0, 50] {
            for days in [120, 364] {
                for deliveries in [0, 3] {
                    settings.push(Strategy::CorruptAgent {
                        buyers,
                        camouflage,
                        days,
                        deliveries,
                        households: 15,
                    });
                }
            }
        }
    }
    settings
}

fn exit_scams() -> Vec<Strategy> {
    let days = [360, 450, 540];
    days.map(|days| Strategy::ExitScam { days, ability_percent: 100 }).to_vec()
}

fn hits_and_runs() -> Vec<Strategy> {
    let mut settings = Vec::new();
    for days in [60, 90, 180] {
        for ability_percent in [60, 100, 150, 200] {
            settings.push(Strategy::HitAndRun { days, ability_percent });
        }
    }
    settings
}

fn harvests_and_runs() -> Vec<Strategy> {
    let days = [60, 90];
    days.map(|days| Strategy::HarvestAndRun { days, ability_percent: 150 }).to_vec()
}

/// As few goods as open the first loan, and a few more.
fn false_names(is_bought: bool) -> Vec<Strategy> {
    [4, 5, 6].map(|deliveries| Strategy::FalseName { deliveries, purchases: 2, is_bought }).to_vec()
}
