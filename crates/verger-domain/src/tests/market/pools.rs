//! Pools from the tree to the payout: lots, boxes, claims, the account, and every way in which it
//! can go badly. Owns the fixture of a cooperative with two families.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Row;
use super::super::world::*;
use super::stage::*;
use crate::command::Body;
use crate::effect::{Effect, Record};
use crate::id::{LotId, OrderId, ParcelId, PartyId, PoolId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{Boxed, CooperativeCommand, LotCommand, OrderCommand, PoolCommand};
use crate::market::lot::{Grade, Weighing};
use crate::market::parcel::Content;
use crate::market::pool::PoolShare;
use crate::market::{Lot, OrderPhase, Pool, PoolEvent, PoolPhase, Shelf};
use crate::refusal::{MarketRefusal as M, PartyRefusal};

/// The pool of `FRUIT`: Hujing, grade A, the whole of July, floor 8.00 a kilogram.
pub(in crate::tests) const JULY: PoolId = PoolId::from_bits(0x5001);

const ADVANCES: AccountKey = AccountKey { code: Code::POOL_ADVANCES, owner: 0x5001 };
const RESERVE: AccountKey = AccountKey::party(Code::COOPERATIVE_RESERVE, COOPERATIVE);

pub(in crate::tests) fn day(text: &str) -> crate::time::Date {
    text.parse().unwrap()
}

pub(in crate::tests) fn pool(command: PoolCommand) -> Body {
    Body::Pool { command, pool: JULY, version: None }
}

pub(in crate::tests) fn lot(command: LotCommand, number: u128) -> Body {
    Body::Lot { command, lot: lot_id(number), version: None }
}

pub(in crate::tests) fn lot_id(number: u128) -> LotId {
    LotId::from_bits(0x100 + number)
}

pub(in crate::tests) fn coop(command: CooperativeCommand) -> Body {
    Body::Cooperative { command, cooperative: COOPERATIVE, version: None }
}

fn open(floor_minor_per_kg: i64) -> PoolCommand {
    let (from, to) = (day("2026-07-01"), day("2026-07-31"));
    let (grade, variety) = (Grade::A, "Hujing".to_owned());
    PoolCommand::Open { floor_minor_per_kg, from, grade, to, variety }
}

fn row(world: &World) -> &Pool {
    world.state.pool.get(&JULY).unwrap()
}

fn shelf(world: &World) -> &Shelf {
    world.state.shelf.get(&JULY).unwrap()
}

fn lot_row(world: &World, number: u128) -> &Lot {
    world.state.lot.get(&lot_id(number)).unwrap()
}

/// A family's register and its share, paid out of its wallet.
pub(in crate::tests) fn register(world: &mut World) {
    let board = BTreeSet::from([MEMBER, NEIGHBOUR_MEMBER]);
    world.staff(coop(CooperativeCommand::Found { board }));
    for (household, member) in [(HOUSE, MEMBER), (NEIGHBOUR, NEIGHBOUR_MEMBER)] {
        world.fund(AccountKey::party(Code::WALLET, household), 20_000);
        let command = CooperativeCommand::Subscribe { household, proof: proof(member), shares: 1 };
        world.submit(by(AGENT), coop(command)).unwrap();
    }
}

/// The stage with a cooperative of two families and its pool of July.
pub(in crate::tests) fn orchard() -> World {
    let mut world = stage();
    register(&mut world);
    world.submit(by(COOPERATIVE), pool(open(800))).unwrap();
    // The account of a pool opens with its first sale; some tests just put money there.
    world.system(Body::OpenAccount { account: POOL, label: "P-5001".to_owned() });
    world
}

pub(in crate::tests) fn weighing(household: PartyId, net_g: i64) -> Weighing {
    Weighing {
        calibrated_on: day("2026-01-01"),
        crates: 4,
        gross_g: net_g + 2_000,
        scale: "SC-1".parse().unwrap(),
        tare_g: 2_000,
        witness: if household == HOUSE { NEIGHBOUR_MEMBER } else { MEMBER },
    }
}

pub(in crate::tests) fn weigh(
    number: u128,
    household: PartyId,
    picked_on: &str,
    net_g: i64,
) -> LotCommand {
    LotCommand::Weigh {
        code: format!("LOT-{number}").parse().unwrap(),
        household,
        picked_on: day(picked_on),
        variety: "Hujing".to_owned(),
        weighing: weighing(household, net_g),
    }
}

fn grade(a_g: i64, cull_g: i64) -> LotCommand {
    let graded = BTreeMap::from([(Grade::A, a_g), (Grade::Cull, cull_g)]);
    LotCommand::Grade { graded, pools: BTreeMap::from([(Grade::A, JULY)]) }
}

/// A lot of nothing but grade A, weighed by `AGENT`, graded by the cooperative, in the pool.
pub(in crate::tests) fn bring(
    world: &mut World,
    number: u128,
    (household, picked_on): (PartyId, &str),
    grams: i64,
) {
    let command = weigh(number, household, picked_on, grams);
    world.submit(by(AGENT), lot(command, number)).unwrap();
    world.submit(by(COOPERATIVE), lot(grade(grams, 0), number)).unwrap();
}

/// Boxes of `FRUIT`, each of these parts of lots.
fn boxed(order: OrderId, parts: &[(u128, PartyId, i64)]) -> OrderCommand {
    let contents = parts.iter().map(|(number, maker, grams)| Content {
        grams: *grams,
        lot: format!("LOT-{number}").parse().unwrap(),
        maker: *maker,
    });
    let contents: Vec<Content> = contents.collect();
    let weight_g = contents.iter().map(|content| content.grams).sum::<i64>() + 300;
    let label = format!("K{:X}", order.bits()).parse().unwrap();
    let parcel = ParcelId::from_bits(order.bits() * 16);
    OrderCommand::Pack {
        boxes: vec![Boxed { contents, label, parcel, weight_g }],
        by_surface: false,
    }
}

/// An order of so many boxes, accepted and ready to be packed.
fn accepted(world: &mut World, number: u128, boxes: u32) -> OrderId {
    sale(world, number, &[(FRUIT, boxes)], OrderPhase::Accepted);
    order_id(number)
}

/// Packs an accepted order out of lots, and sells it to its end.
fn sell(world: &mut World, id: OrderId, parts: &[(u128, PartyId, i64)]) -> Record {
    world.submit(by(COOPERATIVE), order(boxed(id, parts), id)).unwrap();
    sale_step(world, id, OrderPhase::Shipped);
    sale_step(world, id, OrderPhase::Delivered);
    sale_step(world, id, OrderPhase::Completed)
}

/// The end of July and of the time for claims.
fn close(world: &mut World) {
    world.wait_until("2026-08-16");
    world.run_timers();
}

fn account(world: &mut World) {
    world.submit(by(COOPERATIVE), pool(PoolCommand::Account)).unwrap();
}

fn approve(member: PartyId) -> Body {
    pool(PoolCommand::Approve { proof: proof(member) })
}

/// Both of the board agree, and nobody objects.
fn pay(world: &mut World) -> Record {
    for member in [MEMBER, NEIGHBOUR_MEMBER] {
        world.submit(by(AGENT), approve(member)).unwrap();
    }
    world.wait(72 * 3_600);
    world.run_timers();
    world.records.last().unwrap().clone()
}

fn two_lots(world: &mut World) {
    *world = orchard();
    bring(world, 1, (HOUSE, "2026-07-18"), 30_000);
    bring(world, 2, (NEIGHBOUR, "2026-07-19"), 10_000);
}

fn contested(world: &mut World) {
    two_lots(world);
    let contest = LotCommand::Contest { proof: None, reason: "light".to_owned() };
    world.submit(by(MEMBER), lot(contest, 1)).unwrap();
}

fn with_order(world: &mut World) {
    two_lots(world);
    accepted(world, 1, 2);
}

fn packed(world: &mut World) {
    with_order(world);
    world
        .submit(by(COOPERATIVE), order(boxed(order_id(1), &[(1, HOUSE, 5_000)]), order_id(1)))
        .unwrap();
    world.wait_until("2026-08-01");
}

fn paid(world: &mut World) {
    two_lots(world);
    world.fund(POOL, 100_000);
    close(world);
    account(world);
    pay(world);
}

fn object() -> Body {
    pool(PoolCommand::Object { proof: proof(NEIGHBOUR_SON), reason: "B?".to_owned() })
}

fn ratified(world: &mut World) {
    two_lots(world);
    world.fund(POOL, 40_000);
    close(world);
    account(world);
    super::members::ratify(world);
}

pub(super) fn rows() -> Vec<Row> {
    let id = order_id(1);
    let pack = |parts: &[(u128, PartyId, i64)]| order(boxed(id, parts), id);
    let cover = pool(PoolCommand::Cover);
    let subject = "LOT-9".to_owned();
    vec![
        Row::of(by(COOPERATIVE), lot(grade(30_000, 0), 1), M::LotContested { lot: lot_id(1) })
            .given(|world| {
                *world = orchard();
                world.submit(by(AGENT), lot(weigh(1, HOUSE, "2026-07-18", 30_000), 1)).unwrap();
                let contest = LotCommand::Contest { proof: None, reason: "light".to_owned() };
                world.submit(by(MEMBER), lot(contest, 1)).unwrap();
            }),
        Row::of(
            by(COOPERATIVE),
            pack(&[(2, NEIGHBOUR, 5_000)]),
            M::NotFirstIn { day: day("2026-07-18") },
        )
        .given(with_order),
        Row::of(
            by(COOPERATIVE),
            pack(&[(1, NEIGHBOUR, 5_000)]),
            M::NotOfLot { lot: lot_id(1), maker: NEIGHBOUR },
        )
        .given(with_order),
        Row::of(by(COOPERATIVE), pack(&[(9, HOUSE, 5_000)]), M::SubjectUnknown { subject })
            .given(with_order),
        Row::of(
            by(COOPERATIVE),
            order(boxed(order_id(2), &[(1, HOUSE, 32_500)]), order_id(2)),
            M::LotTooSmall { left_g: 30_000, lot: lot_id(1) },
        )
        .given(|world| {
            two_lots(world);
            accepted(world, 2, 13);
        }),
        Row::of(by(COOPERATIVE), pool(PoolCommand::Close), M::OrdersOpen { count: 1 })
            .given(packed),
        Row::of(by(COOPERATIVE), cover, M::NothingToCover { carried_minor: 0 }).given(paid),
        Row::of(by(AGENT), object(), M::DecidedByVote { vote: super::members::VOTE })
            .given(ratified),
    ]
}

/// Goal: what cannot be done with pooled fruit is refused. Method: one row per refusal.
#[test]
fn refusals_of_pooled_fruit() {
    super::super::assert_refused(rows());
}

/// Goal: one pool from the tree to the payout, every line of its account and every wallet to the fen.
/// Method: two families, three boxes of both their fruit, a local sale, no claim.
#[test]
fn from_the_tree_to_the_wallet() {
    let mut world = World::new();
    two_lots(&mut world);
    // 60 % of 8.00 a kilogram.
    assert_eq!(balances(&world, &[WALLET, NEIGHBOUR_WALLET]), [14_400, 4_800]);
    let id = accepted(&mut world, 1, 3);
    sell(&mut world, id, &[(1, HOUSE, 7_500)]);
    let sales = shelf(&world).sales;
    // 3 x 39.90: platform 1 %, commission 5 %, cooperative 4 %, three boxes of 4.50.
    let parts = (sales.goods_minor, sales.platform_minor, sales.commission_minor);
    assert_eq!(parts, (11_970, 119, 598));
    assert_eq!((sales.cooperative_minor, sales.packaging_minor), (478, 1_350));
    assert_eq!((sales.net_minor(), sales.proven_minor), (9_425, 9_425));
    assert_eq!(lot_row(&world, 1).packed_g(JULY), 7_500);
    assert_eq!(shelf(&world).pending, 0, "the order is over");
    let local = PoolCommand::SellLocally { amount_minor: 22_000, grams: 32_500, shop: Some(SHOP) };
    let record = world.submit(by(AGENT), pool(local)).unwrap();
    assert_moved(&record, &[(DRAWER, 22_000), (POOL, -22_000)]);
    assert_eq!(shelf(&world).left_g(), 0, "what was picked first went first");
    close(&mut world);
    assert_eq!(row(&world).phase, PoolPhase::Closed);
    account(&mut world);
    let statement = row(&world).statement.unwrap();
    assert_eq!((statement.grams, statement.other_minor), (40_000, 0));
    assert_eq!(row(&world).net_minor, 31_425);
    let record = pay(&mut world);
    // 31,425 by 30 : 10 is 23,568.75 and 7,856.25: the odd fen to the larger remainder.
    assert_moved(
        &record,
        &[
            (POOL, 31_425),
            (ADVANCES, -19_200),
            (WALLET, -(23_569 - 14_400)),
            (NEIGHBOUR_WALLET, -(7_856 - 4_800)),
        ],
    );
    assert_eq!(balances(&world, &[WALLET, NEIGHBOUR_WALLET]), [23_569, 7_856]);
    // Only the 9,425 that came from outside prove a delivery.
    let proved = [(HOUSE, "sale", true, 7_069), (NEIGHBOUR, "sale", true, 2_356)];
    assert_eq!(facts(&record), proved);
    let register = &world.state.cooperative.get(&COOPERATIVE).unwrap().register;
    assert_eq!(register.delivered, BTreeMap::from([(HOUSE, 23_569), (NEIGHBOUR, 7_856)]));
}

/// Goal: the fruit of a pool proves a delivery once: with the payout, not with each box too.
/// Method: the facts of a completed order of pooled fruit, and of the same without a pool.
#[test]
fn a_delivery_proves_something_once() {
    let mut world = World::new();
    two_lots(&mut world);
    let id = accepted(&mut world, 1, 2);
    let record = sell(&mut world, id, &[(1, HOUSE, 5_000)]);
    assert_eq!(facts(&record), [(BUYER, "purchase", true, 7_980)]);
    let mut world = stage();
    let record = sale(&mut world, 1, &[(FRUIT, 2)], OrderPhase::Completed);
    assert_eq!(facts(&record)[0], (HOUSE, "sale", true, 7_980));
}

/// Goal: who doubts is weighed again by another, the second weighing counts, and whoever weighed
/// wrongly bears the mark. Method: a lot of 30 kg that is 32 kg, and one that is as it was.
#[test]
fn a_doubted_weight_is_weighed_again() {
    let mut world = World::new();
    contested(&mut world);
    let again = |net_g: i64| {
        let graded = BTreeMap::from([(Grade::A, net_g)]);
        lot(LotCommand::Reweigh { graded, weighing: weighing(HOUSE, net_g) }, 1)
    };
    let same = world.clone().submit(by(AGENT), again(32_000));
    assert_eq!(same, Err(M::NotIndependent { party: AGENT }.into()), "not by whoever weighed");
    let mut honest = world.clone();
    let record = honest.submit(by(SECOND_AGENT), again(30_200)).unwrap();
    assert_eq!(facts(&record), [(AGENT, "weighing", true, 0)], "within a hundredth");
    let record = world.submit(by(SECOND_AGENT), again(32_000)).unwrap();
    assert_eq!(facts(&record), [(AGENT, "weighing", false, 0)]);
    assert_moved(&record, &[(ADVANCES, 960), (WALLET, -960)]);
    let share = PoolShare { advance_minor: 15_360, grams: 32_000, paid_minor: 0 };
    assert_eq!(row(&world).shares[&HOUSE], share);
    assert!(row(&world).contested.is_empty());
    // Less than before: nothing is taken out of a wallet; it is settled with the pool.
    let mut lighter = World::new();
    contested(&mut lighter);
    let record = lighter.submit(by(SECOND_AGENT), again(20_000)).unwrap();
    assert_eq!(record.legs(), []);
    let share = PoolShare { advance_minor: 14_400, grams: 20_000, paid_minor: 0 };
    assert_eq!(row(&lighter).shares[&HOUSE], share);
}

/// Goal: a pool with a doubt in it does not close, however often that is tried, and a doubt that
/// comes after the close is too late. Method: the clock at its time, the cooperative, then both.
#[test]
fn a_doubt_keeps_the_pool_open() {
    let mut world = World::new();
    contested(&mut world);
    world.wait_until("2026-08-15");
    world.run_timers();
    assert_eq!(row(&world).phase, PoolPhase::Open, "tried again a day later");
    let refused = world.clone().submit(by(COOPERATIVE), pool(PoolCommand::Close));
    assert_eq!(refused, Err(M::LotContested { lot: lot_id(1) }.into()));
    let withdraw = LotCommand::Withdraw { proof: Some(proof(MEMBER)) };
    world.submit(by(AGENT), lot(withdraw, 1)).unwrap();
    world.wait(86_400);
    world.run_timers();
    assert_eq!(row(&world).phase, PoolPhase::Closed);
    // The cooperative has no time limit of its own, but what is closed stays closed.
    let contest = LotCommand::Contest { proof: None, reason: "late".to_owned() };
    let answer = world.submit(by(COOPERATIVE), lot(contest.clone(), 2));
    assert_eq!(code(&answer), "illegal_transition");
    let answer = world.submit(by(NEIGHBOUR), lot(contest, 2));
    assert_eq!(code(&answer), "window_over");
}

/// Goal: a scale that turns out to be off weighs nothing more, and what it weighed is weighed again.
/// Method: a calibration that ran out; then a doubt of the cooperative after the household's time.
#[test]
fn a_scale_without_calibration_weighs_nothing() {
    let mut world = World::new();
    two_lots(&mut world);
    world.wait(48 * 3_600);
    let contest = LotCommand::Contest { proof: None, reason: "the scale is off".to_owned() };
    let late = world.clone().submit(by(HOUSE), lot(contest.clone(), 1));
    assert_eq!(code(&late), "window_over");
    world.submit(by(COOPERATIVE), lot(contest, 1)).unwrap();
    // The household cannot take the cooperative's doubt back.
    let withdraw = LotCommand::Withdraw { proof: None };
    let answer = world.clone().submit(by(HOUSE), lot(withdraw.clone(), 1));
    assert_eq!(answer, Err(PartyRefusal::NotAllowed { actor: by(HOUSE).to_string() }.into()));
    let mut old = weighing(HOUSE, 30_000);
    old.calibrated_on = day("2025-07-01");
    let graded = BTreeMap::from([(Grade::A, 30_000)]);
    let stale = LotCommand::Reweigh { graded: graded.clone(), weighing: old };
    let answer = world.clone().submit(by(SECOND_AGENT), lot(stale, 1));
    assert_eq!(answer, Err(M::ScaleNotCalibrated { calibrated_on: day("2025-07-01") }.into()));
    let sound = LotCommand::Reweigh { graded, weighing: weighing(HOUSE, 30_000) };
    world.submit(by(SECOND_AGENT), lot(sound, 1)).unwrap();
    assert_eq!(lot_row(&world, 1).contest, None);
}

/// Goal: when prices crash, the advance is nobody's debt: the reserve bears what it can, the pool
/// carries the rest, and later money covers it. Method: no sale but a tiny one; a small reserve.
#[test]
fn a_price_crash_is_nobodys_debt() {
    let mut world = World::new();
    two_lots(&mut world);
    world.fund(RESERVE, 5_000);
    world.fund(POOL, 1_000);
    close(&mut world);
    account(&mut world);
    let record = pay(&mut world);
    // 1,000 by 30 : 10 settles so much of the advances; 5,000 of the other 18,200 are covered.
    assert_moved(&record, &[(POOL, 1_000), (RESERVE, 5_000), (ADVANCES, -6_000)]);
    assert_eq!(balances(&world, &[WALLET, NEIGHBOUR_WALLET]), [14_400, 4_800], "theirs for good");
    assert_eq!((row(&world).carried_minor, row(&world).phase), (13_200, PoolPhase::Paid));
    assert_eq!(facts(&record), [], "money that no order brought proves nothing");
    world.fund(RESERVE, 10_000);
    world.fund(POOL, 700);
    let record = world.submit(by(COOPERATIVE), pool(PoolCommand::Cover)).unwrap();
    let lines = [(POOL, 700), (RESERVE, 10_000), (ADVANCES, -10_700)];
    assert_moved(&record, &lines);
    assert_eq!(row(&world).carried_minor, 2_500);
    assert_eq!(balances(&world, &[ADVANCES, RESERVE]), [2_500, 0]);
}

/// Goal: a lot that is all cull earns no advance and no share, and its pool still comes to its end.
/// Method: one such lot alone, and one beside a sound one.
#[test]
fn a_lot_of_nothing_but_cull_earns_nothing() {
    let mut world = orchard();
    world.submit(by(AGENT), lot(weigh(1, HOUSE, "2026-07-18", 30_000), 1)).unwrap();
    let record = world.submit(by(COOPERATIVE), lot(grade(0, 30_000), 1)).unwrap();
    assert_eq!(record.legs(), []);
    assert!(lot_row(&world, 1).pools.is_empty());
    let mut alone = world.clone();
    close(&mut alone);
    account(&mut alone);
    pay(&mut alone);
    assert_eq!(row(&alone).phase, PoolPhase::Paid);
    bring(&mut world, 2, (NEIGHBOUR, "2026-07-19"), 10_000);
    world.fund(POOL, 9_000);
    close(&mut world);
    account(&mut world);
    pay(&mut world);
    assert_eq!(balances(&world, &[WALLET, NEIGHBOUR_WALLET]), [0, 9_000]);
}

/// Goal: fruit that is not taken is written down with its reason, and is in no pool.
/// Method: reject before grading; then nothing else can be done with it.
#[test]
fn what_is_not_taken_is_said_why() {
    let mut world = orchard();
    world.submit(by(AGENT), lot(weigh(1, HOUSE, "2026-07-18", 30_000), 1)).unwrap();
    let reject = LotCommand::Reject { reason: "sprayed yesterday".to_owned() };
    world.submit(by(SECOND_AGENT), lot(reject.clone(), 1)).unwrap();
    for command in [grade(30_000, 0), reject] {
        assert_eq!(code(&world.submit(by(COOPERATIVE), lot(command, 1))), "illegal_transition");
    }
}

/// Goal: whoever left is paid for what he brought, and decides nothing more.
/// Method: the neighbour gives his share back between his lot and the payout.
#[test]
fn a_member_who_left_is_still_paid() {
    let mut world = World::new();
    two_lots(&mut world);
    world.fund(POOL, 40_000);
    let (household, proof) = (NEIGHBOUR, proof(NEIGHBOUR_MEMBER));
    let redeem = CooperativeCommand::Redeem { household, proof, shares: 1 };
    let record = world.submit(by(AGENT), coop(redeem)).unwrap();
    let capital = AccountKey::party(Code::COOPERATIVE_CAPITAL, COOPERATIVE);
    assert_moved(&record, &[(capital, 20_000), (NEIGHBOUR_WALLET, -20_000)]);
    close(&mut world);
    account(&mut world);
    let answer = world.submit(by(AGENT), approve(NEIGHBOUR_MEMBER));
    assert_eq!(answer, Err(M::NotMember { party: NEIGHBOUR_MEMBER }.into()));
    let reason = "no".to_owned();
    let object = pool(PoolCommand::Object { proof, reason });
    assert_eq!(code(&world.submit(by(AGENT), object)), "not_member");
    // The board is one short; the staff's own register says who is on it. Here the members vote.
    let due = row(&world).dues(40_000, 200);
    assert_eq!((due[&HOUSE].due_minor, due[&NEIGHBOUR].due_minor), (30_000, 10_000));
}

/// Goal: a complaint that comes late is paid by the pool and is the lot's: all bear the first two
/// hundredths of its value together. Method: 3,000 for a box of a lot worth 6,000.
#[test]
fn a_late_claim_is_the_lots() {
    let mut world = World::new();
    two_lots(&mut world);
    let id = accepted(&mut world, 1, 1);
    sell(&mut world, id, &[(1, HOUSE, 2_500)]);
    let claim = |amount_minor: i64, number: u8| {
        pool(PoolCommand::Claim {
            amount_minor,
            lot: lot_id(1),
            order: id,
            photos: vec![photo(number)],
            reason: "mould".to_owned(),
        })
    };
    let too_much = world.clone().submit(by(COOPERATIVE), claim(3_991, 1));
    assert_eq!(too_much, Err(M::ClaimTooLarge { max_minor: 3_990 }.into()));
    let record = world.submit(by(COOPERATIVE), claim(3_000, 1)).unwrap();
    assert_moved(&record, &[(POOL, 3_000), (BUYER_WALLET, -3_000)]);
    assert_eq!(code(&world.submit(by(COOPERATIVE), claim(5, 1))), "photo_reused");
    let twice = world.submit(by(COOPERATIVE), claim(991, 2));
    assert_eq!(twice, Err(M::ClaimTooLarge { max_minor: 990 }.into()));
    world.fund(POOL, 10_000);
    let net = world.owned(POOL);
    let due = row(&world).dues(net, 200);
    // Without the claim there are 13,143 to share; three quarters of it are the lot's value 9,857,
    // of which 197 are borne by all. The household bears the other 2,803 alone.
    assert_eq!(net, 10_143);
    assert_eq!(due[&HOUSE].claims_minor, 2_803);
    assert_eq!((due[&HOUSE].share_minor, due[&NEIGHBOUR].share_minor), (9_710, 3_236));
    assert_eq!(due[&HOUSE].due_minor + due[&NEIGHBOUR].due_minor, net);
    // Once it is accounted, the pool pays no claim any more.
    close(&mut world);
    account(&mut world);
    assert_eq!(code(&world.submit(by(COOPERATIVE), claim(5, 3))), "illegal_transition");
}

/// Goal: a complaint settled before the money came is the lot's too, and the account shows what was
/// asked and what went back. Method: a quarter of a box by the seller's fault, one by the carrier's.
#[test]
fn a_settled_complaint_is_the_lots() {
    use crate::id::DisputeId;
    use crate::market::command::DisputeCommand;
    use crate::market::dispute::{DisputeReason, Fault, Settlement};
    use crate::market::order::LineNo;
    let mut world = World::new();
    two_lots(&mut world);
    for (number, fault) in [(1_u8, Fault::Seller), (2, Fault::Carrier)] {
        let id = accepted(&mut world, number.into(), 1);
        world.submit(by(COOPERATIVE), order(boxed(id, &[(1, HOUSE, 2_500)]), id)).unwrap();
        sale_step(&mut world, id, OrderPhase::Shipped);
        sale_step(&mut world, id, OrderPhase::Delivered);
        let lines = BTreeMap::from([(LineNo(0), 997)]);
        let claim = Settlement { fault, freight_minor: 0, lines };
        let (photos, reason) = (vec![photo(number)], DisputeReason::Damaged);
        let open = DisputeCommand::Open {
            claim: claim.clone(),
            order: id,
            photos: photos.clone(),
            reason,
        };
        let refuse = DisputeCommand::Refuse { photos: vec![photo(number + 10)] };
        let (cites, proof) = (photos, proof(NEIGHBOUR_MEMBER));
        let rule = DisputeCommand::Rule { cites, dishonest: None, proof, settlement: claim };
        let subject = DisputeId::from_bits(number.into());
        for (actor, command) in [(BUYER, open), (COOPERATIVE, refuse), (STAFF, rule)] {
            world.submit(by(actor), dispute(command, subject)).unwrap();
        }
        world.wait(7 * 86_400);
        world.run_timers();
        world.run_timers();
        assert_eq!(super::stage::row(&world, id).phase, OrderPhase::Completed);
    }
    let sales = shelf(&world).sales;
    assert_eq!((sales.refunded_minor, sales.compensated_minor), (997, 997));
    assert_eq!(row(&world).claims[&lot_id(1)].minor, 997, "the carrier's fault is not its");
    assert_eq!(sales.goods_minor, 3_990 + 2_993);
    assert_eq!(sales.net_minor(), world.owned(POOL), "the account is what the lines say");
}

/// Goal: two of the board of two houses agree, and any member can stop it; a vote of all cannot be
/// stopped by one. Method: wrong approvers, an objection, an account anew, then a vote.
#[test]
fn an_account_needs_two_and_withstands_none() {
    let mut world = World::new();
    two_lots(&mut world);
    world.fund(POOL, 40_000);
    close(&mut world);
    account(&mut world);
    let kin = world.clone().submit(by(AGENT), approve(KIN));
    assert_eq!(kin, Err(M::NotMember { party: KIN }.into()), "holds no share");
    let son = world.clone().submit(by(AGENT), approve(NEIGHBOUR_SON));
    assert_eq!(son, Err(M::NotMember { party: NEIGHBOUR_SON }.into()), "not of the board");
    world.submit(by(AGENT), approve(MEMBER)).unwrap();
    let twice = world.clone().submit(by(AGENT), approve(MEMBER));
    assert_eq!(twice, Err(PartyRefusal::SecondPersonNeeded.into()));
    world.submit(by(AGENT), approve(NEIGHBOUR_MEMBER)).unwrap();
    world.submit(by(AGENT), object()).unwrap();
    assert_eq!((row(&world).phase, row(&world).approved_by.len()), (PoolPhase::Closed, 0));
    world.wait(72 * 3_600);
    world.run_timers();
    assert_eq!(row(&world).phase, PoolPhase::Closed, "nothing is paid against an objection");
    account(&mut world);
    super::members::ratify(&mut world);
    let refused = world.submit(by(AGENT), object());
    assert_eq!(code(&refused), "decided_by_vote");
    pay(&mut world);
    assert_eq!(row(&world).phase, PoolPhase::Paid);
    let is_paid =
        |effect: &&Effect| matches!(effect, Effect::Pool { event: PoolEvent::Paid { .. }, .. });
    let paid = world.records.iter().flat_map(|record| &record.effects).filter(is_paid);
    assert_eq!(paid.count(), 1, "paid once");
}

/// Goal: an order that was packed out of a pool is waited for. Method: a pool at its time with an
/// order on the road; it closes a day after the order is over.
#[test]
fn an_order_on_the_road_is_waited_for() {
    let mut world = World::new();
    two_lots(&mut world);
    world.wait_until("2026-08-10");
    let id = accepted(&mut world, 1, 1);
    world.submit(by(COOPERATIVE), order(boxed(id, &[(1, HOUSE, 2_500)]), id)).unwrap();
    sale_step(&mut world, id, OrderPhase::Shipped);
    close(&mut world);
    assert_eq!(row(&world).phase, PoolPhase::Open);
    // Ten days without a scan complete the order; a day later the pool is looked at again.
    for day in ["2026-08-20", "2026-08-22"] {
        assert_eq!(row(&world).phase, PoolPhase::Open);
        world.wait_until(day);
        world.run_timers();
    }
    assert_eq!(row(&world).phase, PoolPhase::Closed);
    assert_eq!(world.owned(POOL), shelf(&world).sales.net_minor());
}
