//! What trade counts for trust, through the market's own commands; and the commands about trust.

use std::collections::BTreeMap;

use super::super::market::stage::*;
use super::super::world::*;
use super::super::{Row, assert_refused};
use super::samples::batch;
use crate::command::{Actor, Body, Proof, ProofBy};
use crate::effect::{Effect, Record};
use crate::id::{DisputeId, OrderId, PartyId};
use crate::market::OrderPhase as P;
use crate::market::command::{DisputeCommand, OrderCommand};
use crate::market::dispute::{DisputeReason, Fault, Settlement};
use crate::market::listing::Photo;
use crate::market::order::LineNo;
use crate::party::{Duty, PartyKind};
use crate::refusal::{MarketRefusal as M, PartyRefusal, Refusal, TillRefusal};
use crate::trust::{
    Brakes, FactKind, FactProof, LimitReason, LineRow, NodeWeight, Operation, Pool, Rules,
    TrustCommand as C, TrustEvent, TrustRow, WeightBatch, limit,
};

const ORDER: OrderId = OrderId::from_bits(1);
const DAY: u32 = 86_400;

fn trust(command: C) -> Body {
    Body::Trust { command }
}

fn kept(world: &World, party: PartyId) -> TrustRow {
    world.state.trust.get(&party).map(|(_, row)| row.clone()).unwrap_or_default()
}

/// The grains of a household's pool, in its open period.
fn grains(world: &World, household: PartyId, pool: Pool) -> i64 {
    kept(world, household).member.gain[pool.index()]
}

/// The events of trust in a record.
fn told(record: &Record) -> Vec<(PartyId, TrustEvent)> {
    let events = record.effects.iter().filter_map(|effect| match effect {
        Effect::Trust { event, party } => Some((*party, event.clone())),
        _ => None,
    });
    events.collect()
}

/// The payments of the graph in a record: who paid whom how much.
fn paid(record: &Record) -> Vec<(PartyId, PartyId, i64)> {
    told(record)
        .into_iter()
        .filter_map(|(payee, event)| match event {
            TrustEvent::Paid { amount_minor, payer, .. } => Some((payer, payee, amount_minor)),
            TrustEvent::Counted {
                counterparty: Some(payer),
                operation: Operation::Sale { value_minor, .. },
                ..
            } => Some((payer, payee, value_minor)),
            _ => None,
        })
        .collect()
}

fn facts_counted(record: &Record) -> usize {
    told(record).iter().filter(|(_, e)| matches!(e, TrustEvent::Counted { .. })).count()
}

/// The weights of a first batch, of yesterday.
fn weigh(world: &mut World, weights: &[(PartyId, u16)]) {
    let number = world.state.trust_batch.get(&VILLAGE).map_or(1, |row| row.number + 1);
    let node = |weight| NodeWeight { backed_minor: 0, backed_share: 0, weight };
    let weights = weights.iter().map(|(party, weight)| (*party, node(*weight))).collect();
    let batch = WeightBatch { number, on: world.now().today, rounds: 3, weights };
    world.system(trust(C::AdoptWeights { batch }));
}

fn prove(world: &mut World, buyer: PartyId) {
    world.staff(trust(C::ProveBuyer { approved_by: SECOND_STAFF, buyer }));
}

/// Goal: a sale counts when it completes, and not a step before: for its maker at the weight of the
/// buyer, as a payment of the graph, and no more than once.
/// Method: a box of peaches step by step; the curve of 39.90 at the prior of 32.
#[test]
fn a_sale_counts_when_it_completes() {
    let mut world = stage();
    for phase in [P::Placed, P::Paid, P::Accepted, P::Packed, P::Shipped, P::Delivered] {
        let record = if phase == P::Placed {
            sale(&mut world, 1, &[(FRUIT, 1)], P::Placed)
        } else {
            sale_step(&mut world, ORDER, phase)
        };
        assert_eq!(told(&record), [], "{phase:?}");
    }
    let record = sale_step(&mut world, ORDER, P::Completed);
    assert_eq!(paid(&record), [(BUYER, HOUSE, 3_990)]);
    // 40 points x sqrt(0.399) x 32 / 256, in grains.
    assert_eq!(grains(&world, HOUSE, Pool::UnprovenSales), 808);
    assert_eq!(facts_counted(&record), 1);
    world.wait(16 * DAY);
    world.run_timers();
    assert_eq!(grains(&world, HOUSE, Pool::UnprovenSales), 808, "nothing more when it vests");
}

/// Goal: the weight is that of the moment: proven money counts eight times as much as a stranger's,
/// a batch raises the next sale and never touches the last.
#[test]
fn the_weight_is_locked() {
    let mut world = stage();
    weigh(&mut world, &[(BUYER, 85)]);
    sale(&mut world, 1, &[(FRUIT, 1)], P::Completed);
    let first = grains(&world, HOUSE, Pool::ProvenSales);
    assert_eq!(first, 2_147, "808 x 85 / 32, floored once");
    weigh(&mut world, &[(BUYER, 0)]);
    assert_eq!(grains(&world, HOUSE, Pool::ProvenSales), first);
    prove(&mut world, BUYER);
    sale(&mut world, 2, &[(FRUIT, 1)], P::Completed);
    let second = grains(&world, HOUSE, Pool::ProvenSales) - first;
    assert!(second > 2 * 800, "the curve's second part, whole: {second}");
    let recent = kept(&world, HOUSE).member.backing.recent;
    assert_eq!(recent, [(world.now().today, 3_990)], "proven money backs a first loan");
    let lines = &world.state.appended.trust_lines;
    let kinds: Vec<_> = lines.iter().map(|line| (line.kind, line.batch)).collect();
    assert_eq!(kinds, [("sale", 1), ("sale_proven", 2)]);
}

/// Goal: a purchase counts for the household that paid, once, at the supplier's whole weight.
#[test]
fn a_purchase_counts_for_the_household() {
    let mut world = stage();
    let record = purchase(&mut world, 1, &[(FEED, 1)], P::Completed);
    assert_eq!(facts_counted(&record), 1);
    let [(payer, payee, minor)] = paid(&record)[..] else { panic!("one payment") };
    assert_eq!((payer, payee), (HOUSE, SUPPLIER));
    let root = Rules::of(&shipped_policy()).root_grains(minor);
    assert_eq!(grains(&world, HOUSE, Pool::Purchases), root / 2);
}

/// Goal: who deals with himself, by his own card or that of his house, counts nothing; buyers with
/// one card are one counterparty.
/// Method: payments from a source that the seller, the agent or another buyer used first.
#[test]
fn the_source_of_payment_is_looked_at() {
    let card = [4; 32];
    let pay_with_card = |world: &mut World| {
        sale(world, 1, &[(CRAFT, 1)], P::Placed);
        let mut body = payment(ORDER, 0, row(world, ORDER).total_minor());
        if let Body::ReceivePayment { payer, .. } = &mut body {
            *payer = Some(card);
        }
        world.system(body);
        let steps = [P::Accepted, P::Packed, P::Shipped, P::Delivered, P::Completed];
        steps.into_iter().map(|phase| sale_step(world, ORDER, phase)).last().unwrap()
    };
    for owner in [HOUSE, MEMBER] {
        let mut world = stage();
        world.staff(Body::RegisterPayer { party: owner, payer: card });
        let record = pay_with_card(&mut world);
        assert_eq!(told(&record), [], "{owner} paid the seller's own house");
    }
    let mut world = stage();
    world.staff(Body::RegisterPayer { party: AGENT, payer: card });
    assert_eq!(told(&pay_with_card(&mut world)), []);
    let mut world = stage();
    world.staff(Body::RegisterPayer { party: SECOND_BUYER, payer: card });
    let record = pay_with_card(&mut world);
    assert_eq!(paid(&record), [(SECOND_BUYER, HOUSE, 6_000)], "one card, one counterparty");
    assert!(world.state.trust_pair.get(&(HOUSE, SECOND_BUYER)).is_some());
}

fn goodwill(amount_minor: i64) -> Body {
    order(OrderCommand::Goodwill { amount_minor, reason: "bruised".to_owned() }, ORDER)
}

/// Goal: money given back after the completion takes its part of the points back; all of it takes
/// all of them, and the payment of the graph with it.
#[test]
fn a_refund_takes_its_part_back() {
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 1)], P::Completed);
    world.fund(COOP_FEES, 50_000);
    let rules = Rules::of(&shipped_policy());
    let record = world.staff(goodwill(1_000));
    assert_eq!(facts(&record), [(HOUSE, "sale", true, -1_000)]);
    let left = rules.root_grains(2_990) * 32 / 256;
    assert_eq!(grains(&world, HOUSE, Pool::UnprovenSales), left);
    world.staff(goodwill(2_990));
    assert_eq!(grains(&world, HOUSE, Pool::UnprovenSales), 0);
    let counted = LineRow::counted(world.state.appended.trust_lines.clone());
    assert_eq!(counted[&(ORDER, HOUSE)].counted.left_minor, 0, "its lines say the same");
    let line = world.state.appended.trust_lines.last().unwrap();
    assert_eq!((line.kind, line.line.grains), ("taken_back", -left));
}

/// Goal: only what a panel calls dishonest is blamed, and then the sale never counts.
/// Method: the same ruling with and without the finding.
#[test]
fn only_dishonesty_is_blamed() {
    for (dishonest, points) in [(None, 3), (Some(HOUSE), -40)] {
        let mut world = stage();
        sale(&mut world, 1, &[(CRAFT, 1)], P::Delivered);
        let lines = BTreeMap::from([(LineNo(0), 1_000)]);
        let claim = Settlement { fault: Fault::Seller, freight_minor: 0, lines };
        let (photos, reason) = (vec![photo(9)], DisputeReason::Damaged);
        let open = DisputeCommand::Open { claim: claim.clone(), order: ORDER, photos, reason };
        let id = DisputeId::from_bits(1);
        world.submit(by(BUYER), dispute(open, id)).unwrap();
        let refuse = DisputeCommand::Refuse { photos: vec![photo(20)] };
        world.submit(by(MEMBER), dispute(refuse, id)).unwrap();
        let rule = DisputeCommand::Rule {
            cites: vec![photo(9)],
            dishonest,
            proof: proof(NEIGHBOUR_MEMBER),
            settlement: claim,
        };
        world.submit(by(STAFF), dispute(rule, id)).unwrap();
        world.wait(8 * DAY);
        world.run_timers();
        world.wait(20 * DAY);
        world.run_timers();
        assert_eq!(row(&world, ORDER).phase, P::Completed);
        let member = kept(&world, HOUSE).member;
        assert_eq!(member.points(&Rules::of(&shipped_policy())), points, "{dishonest:?}");
    }
}

/// Goal: a fact counts once a year, in all as many points as the pool holds.
#[test]
fn facts_count_once_a_year() {
    let mut world = stage();
    let confirm = |fact, number| {
        let by = FactProof::Document(Photo([number; 32]));
        trust(C::ConfirmFact { by, fact, household: HOUSE })
    };
    for (fact, number) in FactKind::ALL.into_iter().zip(20..) {
        world.submit(by(AGENT), confirm(fact, number)).unwrap();
    }
    let rules = Rules::of(&shipped_policy());
    assert_eq!(kept(&world, HOUSE).member.points(&rules), 40);
    let again = world.submit(by(AGENT), confirm(FactKind::Plot, 40)).unwrap_err();
    assert_eq!(again.code(), "illegal_transition");
    world.wait(364 * DAY);
    let by_witness = FactProof::Witness(proof(NEIGHBOUR_MEMBER));
    let fact = C::ConfirmFact { by: by_witness, fact: FactKind::Plot, household: HOUSE };
    world.submit(by(AGENT), trust(fact)).unwrap();
    assert_eq!(grains(&world, HOUSE, Pool::Facts), 10 * 256);
}

/// Goal: proven fraud voids what it earned and takes back, from everybody, what counted with it;
/// what others earned stays.
#[test]
fn fraud_is_taken_back() {
    let mut world = stage();
    prove(&mut world, BUYER);
    sale(&mut world, 1, &[(FRUIT, 1)], P::Completed);
    purchase(&mut world, 2, &[(FEED, 1)], P::Completed);
    let bought = grains(&world, HOUSE, Pool::Purchases);
    let bar = |party| {
        let (approved_by, reason) = (SECOND_STAFF, "forged parcels".to_owned());
        trust(C::Bar { approved_by, party, reason })
    };
    world.staff(bar(BUYER));
    assert_eq!(grains(&world, HOUSE, Pool::ProvenSales), 0);
    assert_eq!(grains(&world, HOUSE, Pool::Purchases), bought);
    assert!(!kept(&world, BUYER).is_proven, "its money proves nothing any more");
    world.staff(bar(HOUSE));
    let now = limit(
        &Rules::of(&shipped_policy()),
        &kept(&world, HOUSE).member,
        world.now().today,
        Brakes::default(),
    );
    assert_eq!((now.points, now.limit_minor, now.reason), (0, 0, LimitReason::Barred));
}

/// Goal: what a batch found out backs a limit from then on; what came after its window is added.
#[test]
fn a_batch_says_what_backs() {
    let mut world = stage();
    prove(&mut world, BUYER);
    sale(&mut world, 1, &[(CRAFT, 1)], P::Completed);
    let yesterday = crate::time::Date::from_days(world.now().today.days() - 1).unwrap();
    world.system(trust(C::AdoptWeights { batch: batch(1, yesterday) }));
    assert_eq!(kept(&world, HOUSE).member.backing.backed_minor, 5_000 + 6_000);
    let today = world.now().today;
    world.system(trust(C::AdoptWeights { batch: batch(2, today) }));
    assert_eq!(kept(&world, HOUSE).member.backing.backed_minor, 5_000);
    let stored = &world.state.appended.trust_weights;
    assert_eq!(stored.iter().map(|(_, batch, ..)| *batch).collect::<Vec<_>>(), [1, 1, 2, 2]);
}

/// Every refusal of the commands about trust.
pub(in crate::tests) fn rows() -> Vec<Row> {
    let today = World::new().now().today;
    let adopt = |batch| trust(C::AdoptWeights { batch });
    let tomorrow = crate::time::Date::from_days(today.days() + 1).unwrap();
    let fact = |by| trust(C::ConfirmFact { by, fact: FactKind::Plot, household: HOUSE });
    let document = FactProof::Document(Photo([8; 32]));
    let witness = |member| FactProof::Witness(proof(member));
    let by_voice =
        FactProof::Witness(Proof { by: ProofBy::Voice(Photo([7; 32])), ..proof(NEIGHBOUR_MEMBER) });
    let prove = |approved_by, buyer| trust(C::ProveBuyer { approved_by, buyer });
    let bar = |party, reason: &str| {
        trust(C::Bar { approved_by: SECOND_STAFF, party, reason: reason.to_owned() })
    };
    let denied =
        |id: PartyId| -> Refusal { PartyRefusal::NotAllowed { actor: by(id).to_string() }.into() };
    let stranger = |id| -> Refusal { PartyRefusal::PartyUnknown { party: id }.into() };
    let kind = |expected, party| -> Refusal { PartyRefusal::WrongKind { expected, party }.into() };
    let mut unknown = batch(1, today);
    unknown.weights.insert(NOBODY, NodeWeight::default());
    let suspended = |world: &mut World| {
        let duty = Duty { is_suspended: true, ..Duty::default() };
        let certified = std::collections::BTreeSet::from(EVERY_MODULE);
        world.staff(Body::Certify { agent: AGENT, certified, duty });
    };
    vec![
        Row::of(by(STAFF), adopt(batch(1, today)), denied(STAFF)),
        Row::of(Actor::System, adopt(batch(2, today)), M::Stale { version: 0 }),
        Row::of(Actor::System, adopt(batch(0, today)), M::Stale { version: 0 }),
        Row::of(Actor::System, adopt(batch(1, tomorrow)), M::Stale { version: 0 }),
        Row::of(Actor::System, adopt(unknown), stranger(NOBODY)),
        Row::of(by(STAFF), fact(document), denied(STAFF)),
        Row::of(by(AGENT), fact(document), M::AgentSuspended).given(suspended),
        Row::of(by(AGENT), fact(witness(HOUSE)), kind(PartyKind::Member, HOUSE)),
        Row::of(by(AGENT), fact(witness(MEMBER)), M::NotIndependent { party: MEMBER }),
        Row::of(by(AGENT), fact(witness(CHILD)), M::NotIndependent { party: CHILD }),
        Row::of(by(AGENT), fact(by_voice), TillRefusal::ProofNotTheirs),
        Row::of(by(STAFF), prove(STAFF, BUYER), PartyRefusal::SecondPersonNeeded),
        Row::of(by(STAFF), prove(AGENT, BUYER), kind(PartyKind::Staff, AGENT)),
        Row::of(by(STAFF), prove(SECOND_STAFF, HOUSE), kind(PartyKind::Buyer, HOUSE)),
        Row::of(by(AGENT), prove(SECOND_STAFF, BUYER), denied(AGENT)),
        Row::of(by(STAFF), bar(NOBODY, "x"), M::SubjectUnknown { subject: NOBODY.to_string() }),
        Row::of(by(STAFF), bar(BUYER, " "), M::TextLength { field: "reason".to_owned(), max: 500 }),
        Row::of(by(STAFF), bar(CARRIER, "x"), M::SubjectUnknown { subject: CARRIER.to_string() }),
    ]
}

/// Goal: nobody mints trust: each command is for its people, and only for what is true.
#[test]
fn refusals() {
    assert_refused(rows());
    let mut world = stage();
    let own = C::ConfirmFact {
        by: FactProof::Document(Photo([8; 32])),
        fact: FactKind::Plot,
        household: HOME,
    };
    let refused = world.submit(by(AGENT), trust(own)).unwrap_err();
    assert_eq!(refused, M::NotIndependent { party: AGENT }.into(), "an agent's own household");
    let confirm = |household| {
        let by = FactProof::Document(Photo([8; 32]));
        trust(C::ConfirmFact { by, fact: FactKind::Plot, household })
    };
    world.submit(by(AGENT), confirm(HOUSE)).unwrap();
    let twice = world.submit(by(AGENT), confirm(NEIGHBOUR)).unwrap_err();
    assert_eq!(twice.code(), "photo_reused", "one document, one household");
}
