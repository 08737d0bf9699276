//! Laws that hold for every loan there can be. Owns one property test for each; the numbers they
//! must come to are in the golden vectors and in the oracle.

use proptest::prelude::*;

use super::super::world::shipped_policy;
use super::{Dice, TERMS, after, day, end_of, history, tranche};
use crate::credit::books::{balances, difference};
use crate::credit::caps::{self, worst_case};
use crate::credit::quote::{Quote, Until, cap_minor, due_on};
use crate::credit::{End, Event, Line, Op, Part, Status, Terms, Tranche, fold};
use crate::id::PartyId;
use crate::ledger::AccountKey;
use crate::ledger::Code;
use crate::policy::{CreditPolicy, DayCount};

fn wallet() -> AccountKey {
    AccountKey::party(Code::WALLET, PartyId::from_bits(7))
}

fn any_terms() -> impl Strategy<Value = Terms> {
    any::<u64>().prop_map(|seed| Dice::new(seed).terms())
}

fn loan(amount_minor: i64, term: i32, terms: Terms) -> Tranche {
    let on = day("2027-12-01");
    Tranche::draw(tranche(1), amount_minor, (on, after(on, term)), terms)
}

fn events_of(seed: u64) -> (Vec<Event>, Dice) {
    let mut dice = Dice::new(seed);
    let events = history(&mut dice);
    (events, dice)
}

proptest! {
    /// Goal: looking at a loan never changes it: any split of the days gives the same, to the atom.
    #[test]
    fn splits_do_not_matter(
        terms in any_terms(),
        amount in 1..10_000_000_i64,
        term in 0..200_i32,
        steps in prop::collection::vec(0..60_i32, 1..20),
    ) {
        let mut stepped = loan(amount, term, terms);
        let mut whole = stepped.clone();
        for step in steps {
            let on = after(stepped.through, step);
            stepped.advance(on);
        }
        whole.advance(stepped.through);
        prop_assert_eq!(stepped, whole);
    }

    /// Goal: the bill on the due date is the quote, to the minor unit.
    #[test]
    fn the_quote_is_the_bill(terms in any_terms(), amount in 1..10_000_000_i64, term in 0..200_i32) {
        let mut bill = loan(amount, term, terms);
        let quote = Quote::of(amount, (bill.drawn_on, bill.due_on), terms);
        let due_on = bill.due_on;
        bill.advance(due_on);
        prop_assert_eq!(quote.payoff_minor, bill.payoff_minor());
        prop_assert_eq!(quote.cost_minor, bill.charges_due_minor());
        prop_assert!(quote.cost_minor <= quote.cost_max_minor);
        prop_assert_eq!(quote.cost_minor, quote.fee_minor + quote.interest_minor);
    }

    /// Goal: interest, fees and penalties bear no interest: every day of an unpaid loan costs what the
    /// first one cost.
    #[test]
    fn no_interest_on_interest(amount in 1..10_000_000_i64, days in 1..2_000_i32) {
        let terms = Terms { total_cost_cap_ppm: 10_000_000, fee_ppm: 10_000, ..TERMS };
        let mut row = loan(amount, 3_000, terms);
        row.advance(after(row.drawn_on, 1));
        let first = row.interest.counter.atoms();
        row.advance(after(row.drawn_on, days));
        prop_assert_eq!(row.interest.counter.atoms(), first * i128::from(days));
        prop_assert_eq!(row.penalty.counter.atoms(), 0);
    }

    /// Goal: what a loan cost stays under its cap whatever happens to it.
    #[test]
    fn the_total_cost_has_a_cap(seed in any::<u64>()) {
        let (events, mut dice) = events_of(seed);
        for count in 0..=events.len() {
            let (mut line, _) = fold(&events[..count]);
            line.advance(end_of(&events, &mut dice));
            for row in line.tranches.values() {
                let cap = cap_minor(row.drawn_minor, row.terms);
                prop_assert!(row.cost_minor() <= cap, "{} of {cap}: {row:?}", row.cost_minor());
                let charges = row.fee.paid_minor + row.interest.paid_minor + row.penalty.paid_minor;
                prop_assert!(charges <= cap);
            }
        }
    }

    /// Goal: a policy that loads never lends above its lawful yearly rate, paid in time or ever so
    /// late, however the year is counted.
    #[test]
    fn the_yearly_rate_has_a_cap(
        seed in any::<u64>(),
        days in 7..2_000_i32,
        amount in 100_000..1_000_000_i64,
    ) {
        let policy = random_policy(&mut Dice::new(seed));
        prop_assume!(caps::problem(&policy).is_none());
        let on = day("2028-01-01");
        let until = Until::Days(u32::try_from(days).unwrap().min(policy.term_days_max));
        let due_on = due_on(&policy, on, until).unwrap_or_else(|nearest| nearest);
        let mut row = Tranche::draw(tranche(1), amount, (on, due_on), Terms::of(&policy));
        row.advance(after(on, days.max(due_on.days_since(on))));
        let days = i128::from(row.through.days_since(on));
        let yearly = i128::from(row.cost_minor()) * 365 * 1_000_000 / (i128::from(amount) * days);
        prop_assert!(yearly <= i128::from(policy.rate_cap_ppm), "{yearly} ppm: {:?}", worst_case(&policy));
    }

    /// Goal: money that is back on the same day cost nothing.
    #[test]
    fn the_same_day_is_free(terms in any_terms(), amount in 1..10_000_000_i64, term in 0..200_i32) {
        let terms = Terms { fee_ppm: 0, ..terms };
        let mut row = loan(amount, term, terms);
        prop_assert_eq!(row.payoff_minor(), amount);
        let used = row.pay(amount);
        prop_assert_eq!(used, vec![(Part::Principal, amount)]);
        prop_assert_eq!(row.status(), Status::Closed);
    }

    /// Goal: whoever pays the payoff owes nothing, and the books hold nothing of the loan but what it
    /// earned.
    #[test]
    fn the_payoff_leaves_nothing(seed in any::<u64>()) {
        let (events, mut dice) = events_of(seed);
        let until = end_of(&events, &mut dice);
        let (mut line, _) = fold(&events);
        line.advance(until);
        let payoff = line.payoff_minor();
        let op = Op::Repay { amount_minor: payoff + 1, tranche: None };
        let number = u32::try_from(events.len()).unwrap();
        let paid = Event { effective_on: until, is_reversed: false, number, op, recorded_on: until };
        let outcome = line.apply(&paid);
        prop_assert_eq!((outcome.taken_minor, outcome.excess_minor), (payoff, 1));
        prop_assert_eq!(line.payoff_minor(), 0);
        let later = line.on(after(until, 500));
        prop_assert_eq!(later.payoff_minor(), 0);
        let books = balances(&later, wallet());
        let is_receivable = |key: &AccountKey| (1310..1390).contains(&key.code.number());
        prop_assert!(!books.keys().any(is_receivable), "{books:?}");
    }

    /// Goal: the books balance in every state, and posting every day leads to the same books as
    /// posting once at the end.
    #[test]
    fn the_ledger_agrees_with_the_fold(seed in any::<u64>()) {
        let (events, mut dice) = events_of(seed);
        let mut posted = balances(&Line::default(), wallet());
        let mut today = events[0].recorded_on;
        let until = end_of(&events, &mut dice);
        while today <= until {
            let known: Vec<Event> =
                events.iter().filter(|event| event.recorded_on <= today).cloned().collect();
            let (mut line, _) = fold(&known);
            line.advance(today);
            let wanted = balances(&line, wallet());
            prop_assert_eq!(wanted.values().sum::<i64>(), 0, "{:?}", wanted);
            let lines = difference(&posted, &wanted);
            prop_assert_eq!(lines.iter().map(|line| line.1).sum::<i64>(), 0);
            for line in lines {
                *posted.entry(line.0).or_default() += line.1;
            }
            posted.retain(|_, minor| *minor != 0);
            prop_assert_eq!(&posted, &wanted);
            today = after(today, dice.days(1, 30));
        }
    }

    /// Goal: it does not matter in which order events become known.
    #[test]
    fn the_order_of_arrival_does_not_matter(seed in any::<u64>()) {
        let (mut events, mut dice) = events_of(seed);
        let (line, outcomes) = fold(&events);
        for from in (1..events.len()).rev() {
            let to = usize::try_from(dice.below(u64::try_from(from).unwrap() + 1)).unwrap();
            events.swap(from, to);
        }
        prop_assert_eq!(fold(&events), (line, outcomes));
    }

    /// Goal: a reversed event is as if it had never been.
    #[test]
    fn a_reversal_is_removal(seed in any::<u64>()) {
        let (mut events, _) = events_of(seed);
        let (line, _) = fold(&events);
        events.retain(|event| !event.is_reversed);
        prop_assert_eq!(fold(&events).0, line);
    }

    /// Goal: within the cooling-off a loan costs nothing, whatever was paid on it before.
    #[test]
    fn giving_back_costs_nothing(
        terms in any_terms(),
        amount in 100..10_000_000_i64,
        paid in 0..50_i64,
        days in 0..4_i32,
    ) {
        let mut row = loan(amount, 60, terms);
        row.advance(after(row.drawn_on, days));
        let before: i64 = row.pay(paid).iter().map(|(_, minor)| minor).sum();
        let back = row.give_back();
        prop_assert_eq!(before + back, amount);
        prop_assert_eq!((row.payoff_minor(), row.end), (0, Some(End::Returned)));
        prop_assert_eq!(row.cost_minor(), 0);
    }

    /// Goal: no event of any history raises a rate.
    #[test]
    fn rates_only_fall(seed in any::<u64>()) {
        let (events, _) = events_of(seed);
        let mut line = Line::default();
        let mut in_order: Vec<&Event> = events.iter().collect();
        in_order.sort_by_key(|event| (event.effective_on, event.number));
        for event in in_order {
            let before = line.clone();
            line.apply(event);
            for (id, row) in &before.tranches {
                let now = &line.tranches[id].terms;
                prop_assert!(now.rate_ppm <= row.terms.rate_ppm);
                prop_assert!(now.penalty_rate_ppm <= row.terms.penalty_rate_ppm);
            }
        }
    }
}

fn random_policy(dice: &mut Dice) -> CreditPolicy {
    let counts = [DayCount::Act360, DayCount::Act365F, DayCount::ActAct];
    CreditPolicy {
        day_count: counts[usize::try_from(dice.below(3)).unwrap()],
        fee_ppm: dice.ppm(800),
        grace_days: dice.ppm(10),
        penalty_uplift_bps: dice.ppm(5_000),
        rate_ppm: dice.ppm(154_000),
        term_days_min: dice.ppm(30) + 1,
        ..shipped_policy().credit
    }
}
