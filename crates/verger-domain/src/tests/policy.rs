//! The programme policy: the shipped one is sound, and every rule of a sound one has its row.

use super::world::shipped_policy;
use crate::policy::{DayCount, Policy, SHIPPED_TOML, TrustLevel};

/// What makes a policy wrong, the field that is named, and a part of what is said.
type Broken = (fn(&mut Policy), &'static str, &'static str);

/// No policy allows larger amounts.
const AMOUNT_LIMIT: i64 = 1_000_000_000_000_000;

const BROKEN: &[Broken] = &[
    (|p| p.version = 0, "version", "should be 1 or more"),
    (|p| p.programme.currency = "ABC".to_owned(), "programme.currency", "ISO 4217"),
    (|p| p.programme.currency.clear(), "programme.currency", "ISO 4217"),
    (|p| p.programme.languages.clear(), "programme.languages", "at least one"),
    // No number is negative, and only what is named may be zero.
    (|p| p.programme.unit_minor = -1, "programme.unit_minor", "is -1"),
    (|p| p.ledger.amount_minor_max = 0, "ledger.amount_minor_max", "is 0"),
    (|p| p.ledger.amount_minor_max = -1, "ledger.amount_minor_max", "is -1"),
    // Thousands of the largest amounts still sum within 63 bits.
    (
        |p| p.ledger.amount_minor_max = AMOUNT_LIMIT + 1,
        "ledger.amount_minor_max",
        "at most 1000000000000000",
    ),
    (
        |p| p.ledger.amount_minor_max = i64::MAX,
        "ledger.amount_minor_max",
        "at most 1000000000000000",
    ),
    (|p| p.ledger.hold_seconds_max = 0, "ledger.hold_seconds_max", "is 0"),
    (|p| p.ledger.late_days_max = 0, "ledger.late_days_max", "is 0"),
    (|p| p.till.pin_tries_max = 0, "till.pin_tries_max", "is 0"),
    (|p| p.till.pin_lock_minutes = 0, "till.pin_lock_minutes", "is 0"),
    (|p| p.commission.stipend_minor = -1, "commission.stipend_minor", "is -1"),
    (|p| p.trust.backing_divisor = 0, "trust.backing_divisor", "is 0"),
    (|p| p.trust.levels[2].points = -1, "trust.levels.2.points", "is -1"),
    (|p| p.trust.late_points = i64::MIN, "trust.late_points", "above 0"),
    // A share is at most the whole; a loss rate halves at most as often as there are bits.
    (|p| p.fees.platform_bps = 10_001, "fees.platform_bps", "at most 10000"),
    (|p| p.credit.sweep_share_bps = u32::MAX, "credit.sweep_share_bps", "at most 10000"),
    (|p| p.credit.sweep_share_bps_max = 10_001, "credit.sweep_share_bps_max", "at most 10000"),
    (|p| p.credit.total_cost_bps_max = 10_001, "credit.total_cost_bps_max", "at most 10000"),
    // A weight is at most the whole, of 256.
    (|p| p.trust.weight_prior = 257, "trust.weight_prior", "at most 256"),
    (|p| p.trust.weight_damping = 257, "trust.weight_damping", "at most 256"),
    (|p| p.trust.weight_unproven_max = u32::MAX, "trust.weight_unproven_max", "at most 256"),
    (too_much_feed, "commission.purchase_bps.feed", "at most 10000"),
    (|p| p.trust.decay_penalty_shift = 63, "trust.decay_penalty_shift", "at most 62"),
    // Rules between fields.
    (|p| p.cooperative.reserve_bps = 2_001, "cooperative.patronage_bps", "sums to 10001"),
    (|p| p.cooperative.share_bps = 0, "cooperative.patronage_bps", "sums to 8000"),
    (|p| p.credit.sweep_share_bps = 5_001, "credit.sweep_share_bps", "sweep_share_bps_max"),
    (|p| p.credit.par_halve_bps = 2_001, "credit.par_halve_bps", "par_stop_bps"),
    (|p| p.credit.rate_ppm = 154_001, "credit.rate_ppm", "is 154001, above rate_cap_ppm 154000"),
    // Credit: the worst case of every draw keeps both caps, and the figures are said.
    (
        |p| p.credit.rate_ppm = 123_300,
        "credit.rate_ppm",
        "costs 154125 ppm a year at worst, above rate_cap_ppm 154000: interest 123300, and the \
         dearer of penalty 30825 and fee 0 over 7 days",
    ),
    (|p| p.credit.penalty_uplift_bps = 5_000, "credit.rate_ppm", "penalty 60000"),
    (|p| p.credit.fee_ppm = 1_000, "credit.rate_ppm", "fee 52143 over 7 days"),
    (days_of_a_bank, "credit.rate_ppm", "interest 124709, and the dearer of penalty 31178"),
    (short_of_cap, "credit.fee_ppm", "is 101, above total_cost_bps_max 1"),
    (|p| p.credit.term_days_min = 181, "credit.term_days_min", "above term_days_max 180"),
    (|p| p.credit.grace_days = 91, "credit.grace_days", "above non_accrual_days 90"),
    (|p| p.credit.non_accrual_days = 181, "credit.non_accrual_days", "write_off_days 180"),
    (|p| p.credit.provision.clear(), "credit.provision", "must rise"),
    (|p| p.credit.provision.reverse(), "credit.provision", "must rise"),
    (|p| p.credit.provision[5].rate_ppm = 1_000_001, "credit.provision", "at most 1000000"),
    // Trust: forged trade must cost more than it unlocks.
    (|p| p.trust.weight_unproven_max = 56, "trust.weight_unproven_max", "unlocks more"),
    (|p| p.trust.fee_irrecoverable_bps = 312, "trust.weight_unproven_max", "unlocks more"),
    (|p| p.trust.surplus_bps_assumed = 1_666, "trust.backing_divisor", "surplus_bps_assumed"),
    (|p| p.trust.weight_damping = 129, "trust.weight_damping", "above 128"),
    (|p| p.trust.decay_pair_shift = 6, "trust.decay_pair_shift", "no slower"),
    (|p| p.trust.decay_penalty_shift = 4, "trust.decay_penalty_shift", "no faster"),
    (|p| p.trust.pair_cap_points = 481, "trust.pair_cap_points", "pair_cap_seed_points"),
    (|p| p.trust.pair_cap_points = 161, "trust.pair_cap_points", "whole multiple"),
    (|p| p.trust.pair_cap_seed_points = 481, "trust.pair_cap_seed_points", "whole multiple"),
    (|p| p.trust.repaid_days_min = 29, "trust.repaid_days_min", "repaid_days_full"),
    (|p| p.trust.step_percent = 99, "trust.step_percent", "at least 100"),
    (|p| p.trust.weight_prior = 49, "trust.weight_prior", "weight_unproven_max"),
    (|p| p.trust.pools.repaid.cap = 1_000_001, "trust.pools.repaid.cap", "at most 1000000"),
    (|p| p.trust.levels[0].limit_units = 1_000_001, "trust.levels.0.limit_units", "at most"),
    (|p| p.programme.unit_minor = 1_000_000_001, "programme.unit_minor", "at most 1000000000"),
    (|p| p.trust.levels.clear(), "trust.levels", "rise"),
    (|p| p.trust.levels[1].points = 150, "trust.levels", "rise"),
    (|p| p.trust.levels[4].limit_units = 50, "trust.levels", "rise"),
    (|p| p.trust.levels.reverse(), "trust.levels", "rise"),
    (too_much_unbacked, "trust.pools", "hold 150 points, level 1 starts at 150"),
];

fn too_much_feed(policy: &mut Policy) {
    policy.commission.purchase_bps.insert("feed".to_owned(), 10_001);
}

// A year of 360 days hides a higher rate: 12.3 % is 12.47 % in truth.
fn days_of_a_bank(policy: &mut Policy) {
    policy.credit.day_count = DayCount::Act360;
    policy.credit.rate_ppm = 123_000;
}

// A fee that the yearly cap allows over a long term, and the cap of the total cost does not.
fn short_of_cap(policy: &mut Policy) {
    policy.credit.fee_ppm = 101;
    policy.credit.total_cost_bps_max = 1;
}

// The shipped pools without backing hold 140 points together.
fn too_much_unbacked(policy: &mut Policy) {
    policy.trust.pools.facts.cap = 50;
}

/// Goal: the policy as shipped is complete and sound.
/// Method: read, check, and write out and read again.
#[test]
fn the_shipped_policy_is_valid() {
    let policy = shipped_policy();
    assert_eq!(policy.validate(), Ok(()));
    assert_eq!(policy.currency(), Some(iso_currency::Currency::CNY));
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
}

/// Goal: each rule of a sound policy names the field that breaks it.
/// Method: the shipped policy with one thing changed, a row per rule.
#[test]
fn each_rule_names_its_field() {
    for (change, field, problem) in BROKEN {
        let mut policy = shipped_policy();
        change(&mut policy);
        let error = policy.validate().unwrap_err();
        assert_eq!(error.field, *field, "{error}");
        assert!(error.problem.contains(problem), "{error}");
    }
}

/// Goal: the limits themselves are sound.
/// Method: every bounded field at its bound, alone.
#[test]
fn bounds_are_inclusive() {
    let bounds: &[fn(&mut Policy)] = &[
        |p| p.fees.platform_bps = 10_000,
        |p| p.fees.platform_bps = 0,
        |p| p.commission.stipend_minor = 0,
        |p| p.ledger.amount_minor_max = AMOUNT_LIMIT,
        |p| p.credit.sweep_share_bps_max = 10_000,
        |p| p.credit.total_cost_bps_max = 10_000,
        |p| p.trust.weight_prior = 48,
        |p| p.credit.grace_days = 0,
        |p| p.trust.decay_penalty_shift = 62,
        |p| p.trust.decay_pair_shift = 5,
        |p| p.trust.decay_pair_shift = 0,
        |p| p.credit.sweep_share_bps = 5_000,
        |p| p.credit.par_halve_bps = 2_000,
        |p| (p.credit.rate_ppm, p.credit.penalty_uplift_bps) = (154_000, 0),
        |p| p.credit.rate_ppm = 123_200,
        |p| p.trust.weight_unproven_max = 55,
        |p| p.trust.surplus_bps_assumed = 1_667,
        |p| p.trust.weight_damping = 128,
        |p| p.trust.levels = vec![TrustLevel { limit_units: 1, points: 141 }],
        |p| p.trust.pools.facts.cap = 49,
    ];
    for (row, change) in bounds.iter().enumerate() {
        let mut policy = shipped_policy();
        change(&mut policy);
        assert_eq!(policy.validate(), Ok(()), "row {row}");
    }
}

/// Goal: a misspelt or missing key is never ignored.
/// Method: a strange key in every section and at the top; each section without its first key.
#[test]
fn keys_are_exact() {
    let read = |text: &str| toml::from_str::<Policy>(text);
    assert!(read(&format!("strange = 1\n{SHIPPED_TOML}")).is_err());
    let lines: Vec<&str> = SHIPPED_TOML.lines().collect();
    let headers = (0..).zip(&lines).filter(|(_, line)| line.starts_with('['));
    let mut sections = 0;
    for (at, header) in headers {
        let mut strange = lines.clone();
        strange.insert(at + 1, "strange = 1");
        let error = read(&strange.join("\n")).unwrap_err().to_string();
        assert!(error.contains("unknown field `strange`"), "{header}: {error}");

        let mut missing = lines.clone();
        missing.remove(at + 1);
        let error = read(&missing.join("\n")).unwrap_err().to_string();
        assert!(error.contains("missing field"), "{header}: {error}");
        sections += 1;
    }
    assert_eq!(sections, 14, "every section is looked at");
    let pool = SHIPPED_TOML.replace("{ cap = 40, period", "{ strange = 1, cap = 40, period");
    assert!(read(&pool).is_err());
}
