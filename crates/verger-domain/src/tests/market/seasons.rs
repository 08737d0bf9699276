//! Season windows and boxes ordered ahead: promises, deposits, the final price, delays, choices.

use std::collections::BTreeMap;

use super::super::Row;
use super::super::world::*;
use super::pools::{bring, day, orchard};
use super::samples::Sample;
use super::stage::*;
use crate::command::Body;
use crate::effect::{Effect, Message};
use crate::id::{OrderId, SeasonId};
use crate::ledger::AccountKey;
use crate::market::command::{ListingCommand, OrderCommand, PreorderCommand, SeasonCommand};
use crate::market::group::Tier;
use crate::market::lot::Grade;
use crate::market::order::PayBy;
use crate::market::preorder::Choice;
use crate::market::season::{Delay, Presale, Promise};
use crate::market::{
    OrderPhase, Preorder, PreorderEvent, PreorderPhase, SeasonEvent, SeasonPhase, SeasonWindow,
};
use crate::refusal::MarketRefusal as M;
use crate::time::Instant;

const SEASON: SeasonId = SeasonId::from_bits(17);
const LATER: SeasonId = SeasonId::from_bits(19);
const AHEAD: OrderId = OrderId::from_bits(0x77);

fn season(command: SeasonCommand) -> Body {
    Body::Season { command, season: SEASON, version: None }
}

fn ahead(command: PreorderCommand) -> Body {
    Body::Preorder { command, preorder: AHEAD, version: None }
}

/// Boxes of 2.5 kg at 39.90, at 35.90 from four boxes on, till the 25th of July.
fn presale() -> Presale {
    Presale {
        cap_bps: 5_000,
        closes_on: day("2026-07-25"),
        listing: FRUIT,
        price_minor: 3_990,
        tiers: vec![Tier { from_quantity: 4, price_minor: 3_590 }],
        weight_g: 2_500,
    }
}

fn open(variety: &str) -> SeasonCommand {
    let (from, to) = (day("2026-07-27"), day("2026-08-05"));
    SeasonCommand::Open { from, presale: Some(presale()), to, variety: variety.to_owned() }
}

fn promise(grams: i64) -> SeasonCommand {
    let days = BTreeMap::from([(day("2026-07-28"), grams)]);
    SeasonCommand::Promise { days, household: HOUSE, proof: Some(proof(MEMBER)) }
}

fn place(boxes: u32, season: SeasonId) -> PreorderCommand {
    PreorderCommand::Place {
        agent: Some(AGENT),
        boxes,
        buyer: BUYER,
        guest: None,
        pay_by: PayBy::Online,
        season,
        secret_hash: [4; 32],
    }
}

fn window() -> SeasonWindow {
    let promise = Promise { days: BTreeMap::from([(day("2026-07-28"), 50_000)]), delivered_g: 9 };
    SeasonWindow {
        cooperative: COOPERATIVE,
        delays: vec![Delay { at: Instant::from_micros(7), days: 2, reason: "rain".to_owned() }],
        due_at: Some(Instant::from_micros(7)),
        from: day("2026-07-27"),
        id: SEASON,
        is_forgiven: true,
        phase: SeasonPhase::Fixed,
        preordered: 3,
        presale: Some(presale()),
        price_minor: Some(3_590),
        promises: BTreeMap::from([(HOUSE, promise)]),
        to: day("2026-08-05"),
        trader: BTreeMap::from([(day("2026-07-28"), BTreeMap::from([(Grade::A, 640)]))]),
        variety: "Hujing".to_owned(),
        version: 2,
        village: VILLAGE,
    }
}

fn preorder() -> Preorder {
    Preorder {
        agent: Some(AGENT),
        boxes: 2,
        buyer: BUYER,
        deposit_minor: 1_596,
        due_at: None,
        held_minor: 1_596,
        id: AHEAD,
        pay_by: PayBy::Online,
        phase: PreorderPhase::Reserved,
        price_minor: 3_990,
        season: SEASON,
        secret_hash: Some([4; 32]),
        version: 1,
        village: VILLAGE,
    }
}

/// Every event of season windows and boxes ordered ahead, and their news.
pub(in crate::tests) fn effects() -> Vec<Effect> {
    let (due_at, at) = (Some(Instant::from_micros(7)), Instant::from_micros(7));
    let reason = || "rain".to_owned();
    let (grade, minor_per_kg) = (Grade::A, 640);
    let empty = SeasonWindow {
        delays: Vec::new(),
        is_forgiven: false,
        preordered: 0,
        presale: None,
        price_minor: None,
        promises: BTreeMap::new(),
        trader: BTreeMap::new(),
        ..window()
    };
    let seasons = [
        SeasonEvent::Opened(Box::new(window())),
        SeasonEvent::Opened(Box::new(empty)),
        SeasonEvent::Promised {
            days: BTreeMap::from([(day("2026-07-28"), 50_000)]),
            household: HOUSE,
        },
        SeasonEvent::Ordered { boxes: -2 },
        SeasonEvent::Delivered { grams: 9, household: HOUSE },
        SeasonEvent::TraderPriced { day: day("2026-07-28"), grade, minor_per_kg },
        SeasonEvent::Delayed { days: 2, due_at, reason: reason() },
        SeasonEvent::Forgiven { reason: reason() },
        SeasonEvent::Fixed { due_at: at, price_minor: Some(3_590) },
        SeasonEvent::Ended,
        SeasonEvent::Cancelled { reason: reason() },
    ];
    let phase = PreorderPhase::Fixed;
    let preorders = [
        PreorderEvent::Placed(Box::new(preorder())),
        PreorderEvent::Deposited { due_at, minor: 1_596 },
        PreorderEvent::Fixed { back_minor: 160, price_minor: 3_590 },
        PreorderEvent::Asked { due_at: at, reason: reason() },
        PreorderEvent::Waiting { due_at, phase },
        PreorderEvent::Switched { due_at, phase, price_minor: 3_590, season: LATER },
        PreorderEvent::Called,
        PreorderEvent::Refunded,
        PreorderEvent::Expired,
    ];
    let (days, from) = (2, day("2026-07-29"));
    let news = Message::SeasonDelayed { days, from, reason: reason(), season: SEASON };
    let seasons = seasons.into_iter().map(|event| Effect::Season { event, season: SEASON });
    let preorders = preorders.into_iter();
    let preorders = preorders.map(|event| Effect::Preorder { event, preorder: AHEAD });
    seasons.chain(preorders).chain([Effect::MessageQueued(news)]).collect()
}

/// Every refusal about seasons.
pub(in crate::tests) fn refusals() -> Vec<Sample> {
    vec![
        (
            M::PromisesTooFew { boxes_left: 3, season: SEASON },
            "promises_too_few",
            r#"{"boxes_left":3,"season":"season_00000000000000000000000000000011"}"#,
            Some("boxes"),
        ),
        (
            M::SeasonRunning { season: SEASON },
            "season_running",
            r#"{"season":"season_00000000000000000000000000000011"}"#,
            Some("variety"),
        ),
    ]
}

/// One command of every kind about seasons and boxes ordered ahead.
pub(in crate::tests) fn bodies() -> Vec<Body> {
    let reason = || "rain".to_owned();
    let (day, grade, minor_per_kg) = (day("2026-07-20"), Grade::A, 640);
    vec![
        season(open("Hujing")),
        season(promise(50_000)),
        season(SeasonCommand::NotePrice { day, grade, minor_per_kg }),
        season(SeasonCommand::Delay { days: 2, reason: reason() }),
        season(SeasonCommand::Forgive { reason: reason() }),
        season(SeasonCommand::Cancel { reason: reason() }),
        ahead(place(2, SEASON)),
        ahead(PreorderCommand::Deposit),
        ahead(PreorderCommand::Call),
        ahead(PreorderCommand::Ask { reason: reason() }),
        ahead(PreorderCommand::Choose { choice: Choice::Wait }),
        ahead(PreorderCommand::Choose { choice: Choice::Refund }),
        ahead(PreorderCommand::Choose { choice: Choice::Switch(LATER) }),
        ahead(PreorderCommand::Cancel),
    ]
}

/// A window with a promise of 25 kg: half of it, five boxes, can be ordered ahead.
fn opened(world: &mut World) {
    *world = orchard();
    world.submit(by(COOPERATIVE), season(open("Hujing"))).unwrap();
    world.submit(by(AGENT), season(promise(25_000))).unwrap();
}

pub(super) fn rows() -> Vec<Row> {
    let again = Body::Season { command: open("Hujing"), season: LATER, version: None };
    let too_many = M::PromisesTooFew { boxes_left: 5, season: SEASON };
    vec![
        Row::of(by(BUYER), ahead(place(6, SEASON)), too_many).given(opened),
        Row::of(by(COOPERATIVE), again, M::SeasonRunning { season: SEASON }).given(opened),
    ]
}

/// Goal: nothing is sold ahead that nobody promised. Method: one row per refusal.
#[test]
fn refusals_of_seasons() {
    super::super::assert_refused(rows());
}

fn row(world: &World) -> &SeasonWindow {
    world.state.season.get(&SEASON).unwrap()
}

fn waiting(world: &World) -> &Preorder {
    world.state.preorder.get(&AHEAD).unwrap()
}

/// Boxes ordered ahead by the buyer, with the deposit in escrow.
fn reserved(world: &mut World, boxes: u32) {
    world.submit(by(BUYER), ahead(place(boxes, SEASON))).unwrap();
    let deposit = waiting(world).deposit_minor;
    world.system(payment(AHEAD, 1, deposit));
    assert_eq!(waiting(world).phase, PreorderPhase::Reserved);
}

fn price_is_known(world: &mut World) {
    world.wait_until("2026-07-26");
    world.wait(1);
    world.run_timers();
    assert_eq!(row(world).phase, SeasonPhase::Fixed);
}

/// Goal: from a promise to a box: the deposit waits in escrow, the tier's difference goes back when
/// the price is known, and the deposit counts when the fruit is picked.
/// Method: five boxes of which the tier takes four, to the paid order.
#[test]
fn a_box_ordered_ahead_becomes_an_order() {
    let mut world = World::new();
    opened(&mut world);
    reserved(&mut world, 5);
    // 20 % of 5 x 39.90.
    assert_eq!(balances(&world, &[escrow(AHEAD), BUYER_WALLET]), [3_990, 0]);
    assert_eq!(row(&world).boxes_left(), 0);
    price_is_known(&mut world);
    // 20 % of 5 x 35.90 stay, the difference is back.
    assert_eq!(balances(&world, &[escrow(AHEAD), BUYER_WALLET]), [3_590, 400]);
    assert_eq!((waiting(&world).phase, waiting(&world).price_minor), (PreorderPhase::Fixed, 3_590));
    let early = world.clone().submit(by(BUYER), ahead(PreorderCommand::Call));
    assert_eq!(code(&early), "not_allowed", "whoever has the fruit calls");
    let record = world.submit(by(COOPERATIVE), ahead(PreorderCommand::Call)).unwrap();
    assert_moved(&record, &[(escrow(AHEAD), 3_590), (BUYER_WALLET, -3_590)]);
    let order_row = super::stage::row(&world, AHEAD);
    assert_eq!((order_row.goods_minor(), order_row.freight_minor), (17_950, 5_000));
    assert_eq!((order_row.phase, order_row.short_minor), (OrderPhase::Placed, 3_590));
    // The rest of the price is enough; the wallet gives what was deposited.
    world.system(payment(AHEAD, 2, 17_950 + 5_000 - 3_590));
    assert_eq!(super::stage::row(&world, AHEAD).phase, OrderPhase::Paid);
    assert_eq!(balances(&world, &[escrow(AHEAD), BUYER_WALLET]), [22_950, 400]);
}

/// Goal: below every tier the price stays, and nothing goes back. Method: one box.
#[test]
fn few_boxes_cost_the_list_price() {
    let mut world = World::new();
    opened(&mut world);
    reserved(&mut world, 1);
    price_is_known(&mut world);
    assert_eq!((waiting(&world).price_minor, waiting(&world).held_minor), (3_990, 798));
}

/// Goal: no deposit is lost: not the wrong one, not the late one, not one of a window called off,
/// and not one whose buyer says nothing. Method: each of them.
#[test]
fn no_deposit_is_lost() {
    let mut world = World::new();
    opened(&mut world);
    world.submit(by(BUYER), ahead(place(2, SEASON))).unwrap();
    world.system(payment(AHEAD, 1, 1_595));
    assert_eq!(waiting(&world).phase, PreorderPhase::Placed, "a fen is missing");
    assert_eq!(balances(&world, &[BUYER_WALLET]), [1_595]);
    let mut expired = world.clone();
    expired.wait(15 * 60);
    expired.run_timers();
    assert_eq!(waiting(&expired).phase, PreorderPhase::Expired);
    assert_eq!(row(&expired).preordered, 0, "the boxes are free again");
    expired.system(payment(AHEAD, 2, 1_596));
    assert_eq!(balances(&expired, &[BUYER_WALLET]), [3_191], "late money is the buyer's");

    world.system(payment(AHEAD, 2, 1_596));
    let mut cancelled = world.clone();
    cancelled
        .submit(by(COOPERATIVE), season(SeasonCommand::Cancel { reason: "hail".to_owned() }))
        .unwrap();
    cancelled.wait_until("2026-07-26");
    cancelled.wait(1);
    cancelled.run_timers();
    assert_eq!(waiting(&cancelled).phase, PreorderPhase::Refunded);
    assert_eq!(balances(&cancelled, &[escrow(AHEAD), BUYER_WALLET]), [0, 3_191]);

    let ask = PreorderCommand::Ask { reason: "frost".to_owned() };
    world.submit(by(AGENT), ahead(ask)).unwrap();
    world.wait(72 * 3_600);
    world.run_timers();
    assert_eq!(waiting(&world).phase, PreorderPhase::Refunded, "silence takes the money back");
    assert_eq!(balances(&world, &[escrow(AHEAD), BUYER_WALLET]), [0, 3_191]);
}

/// Goal: when there is too little, the buyer chooses: wait, another variety, or his money.
/// Method: each choice, and those that are not his.
#[test]
fn whoever_is_not_served_chooses() {
    let mut world = World::new();
    opened(&mut world);
    let other = Body::Season { command: open("Jinxiu"), season: LATER, version: None };
    world.submit(by(COOPERATIVE), other).unwrap();
    reserved(&mut world, 2);
    let choose = |choice| ahead(PreorderCommand::Choose { choice });
    assert_eq!(code(&world.submit(by(BUYER), choose(Choice::Wait))), "illegal_transition");
    let ask = PreorderCommand::Ask { reason: "frost".to_owned() };
    world.submit(by(COOPERATIVE), ahead(ask)).unwrap();
    for stranger in [AGENT, SECOND_BUYER, COOPERATIVE] {
        let answer = world.clone().submit(by(stranger), choose(Choice::Refund));
        assert_eq!(code(&answer), "not_allowed");
    }
    let mut waits = world.clone();
    waits.submit(by(BUYER), choose(Choice::Wait)).unwrap();
    assert_eq!(waiting(&waits).phase, PreorderPhase::Reserved);
    price_is_known(&mut waits);
    assert_eq!(waiting(&waits).phase, PreorderPhase::Fixed);
    let unbacked = world.clone().submit(by(BUYER), choose(Choice::Switch(LATER)));
    assert_eq!(code(&unbacked), "promises_too_few");
    let more = Body::Season { command: promise(25_000), season: LATER, version: None };
    world.submit(by(AGENT), more).unwrap();
    world.submit(by(BUYER), choose(Choice::Switch(LATER))).unwrap();
    assert_eq!((waiting(&world).season, row(&world).preordered), (LATER, 0));
    world.submit(by(BUYER), ahead(PreorderCommand::Cancel)).unwrap();
    assert_eq!(balances(&world, &[escrow(AHEAD), BUYER_WALLET]), [0, 1_596]);
}

/// Goal: a buyer who pays from his wallet, and an order that nothing backs any more.
/// Method: the deposit by command; then the promise is taken back before the day.
#[test]
fn a_deposit_can_come_from_the_wallet() {
    let mut world = World::new();
    opened(&mut world);
    world.submit(by(BUYER), ahead(place(2, SEASON))).unwrap();
    let deposit = ahead(PreorderCommand::Deposit);
    assert_eq!(code(&world.submit(by(BUYER), deposit.clone())), "insufficient_available");
    world.fund(BUYER_WALLET, 2_000);
    let record = world.submit(by(BUYER), deposit).unwrap();
    assert_moved(&record, &[(BUYER_WALLET, 1_596), (escrow(AHEAD), -1_596)]);
    // Illness must be told in time: a promise can be taken back, and shows what is missing.
    world.submit(by(AGENT), season(promise(0))).unwrap();
    assert_eq!((row(&world).promised_g(), row(&world).boxes_left()), (0, -2));
}

/// Goal: a delay by the weather is announced once, moves picking and promises together, and breaks
/// nobody's word. Method: two days of rain; then the window's end by the new days.
#[test]
fn a_delay_is_announced_once() {
    let mut world = World::new();
    opened(&mut world);
    let delay = || season(SeasonCommand::Delay { days: 2, reason: "rain".to_owned() });
    let record = world.submit(by(COOPERATIVE), delay()).unwrap();
    let news = record.effects.iter().filter(|e| matches!(e, Effect::MessageQueued(_)));
    assert_eq!(news.count(), 1);
    let (days, from, reason) = (2, day("2026-07-29"), "rain".to_owned());
    let said = Message::SeasonDelayed { days, from, reason, season: SEASON };
    assert_eq!(world.state.appended.messages.last().unwrap().message, said);
    let window = row(&world);
    assert_eq!((window.from, window.to), (day("2026-07-29"), day("2026-08-07")));
    assert_eq!(window.promises[&HOUSE].days.keys().next(), Some(&day("2026-07-30")));
    for stranger in [AGENT, HOUSE, BUYER] {
        assert_eq!(code(&world.clone().submit(by(stranger), delay())), "not_allowed");
    }
}

/// Goal: a promise is the household's own word, for a day of the window, and never the agent's.
/// Method: other people, another's proof, days outside.
#[test]
fn a_promise_is_the_households_own() {
    let mut world = orchard();
    world.submit(by(COOPERATIVE), season(open("Hujing"))).unwrap();
    let days = |text: &str| BTreeMap::from([(day(text), 5_000)]);
    let ask = |text: &str, proof| {
        season(SeasonCommand::Promise { days: days(text), household: HOUSE, proof })
    };
    let alone = world.clone().submit(by(AGENT), ask("2026-07-28", None));
    assert_eq!(code(&alone), "proof_not_theirs");
    let other = world.clone().submit(by(AGENT), ask("2026-07-28", Some(proof(KIN))));
    assert_eq!(code(&other), "proof_not_theirs");
    assert_eq!(code(&world.clone().submit(by(NEIGHBOUR), ask("2026-07-28", None))), "not_allowed");
    assert_eq!(code(&world.clone().submit(by(HOUSE), ask("2026-07-26", None))), "due_in_past");
    world.submit(by(HOUSE), ask("2026-07-28", None)).unwrap();
    assert_eq!(row(&world).promised_g(), 5_000);
}

/// A window with promises of both families for the whole of it, to its end.
fn harvest(brought: [i64; 2], is_forgiven: bool) -> Vec<Fact> {
    let mut world = orchard();
    let (from, to) = (day("2026-07-20"), day("2026-07-24"));
    let open = SeasonCommand::Open { from, presale: None, to, variety: "Hujing".to_owned() };
    world.submit(by(COOPERATIVE), season(open)).unwrap();
    for household in [HOUSE, NEIGHBOUR] {
        let days = BTreeMap::from([(from, 6_000), (to, 4_000)]);
        let promise = SeasonCommand::Promise { days, household, proof: None };
        world.submit(by(household), season(promise)).unwrap();
    }
    for (number, (household, grams)) in (1..).zip([HOUSE, NEIGHBOUR].into_iter().zip(brought)) {
        bring(&mut world, number, (household, "2026-07-20"), grams);
    }
    if is_forgiven {
        let reason = "hail".to_owned();
        world.submit(by(COOPERATIVE), season(SeasonCommand::Forgive { reason })).unwrap();
    }
    world.wait_until("2026-07-25");
    world.run_timers();
    assert_eq!(row(&world).phase, SeasonPhase::Over);
    facts(world.records.last().unwrap())
}

/// Goal: a promise is looked at over the whole window, a fifth less is kept, and hail is no mark.
/// Method: what each brought of 10 kg, at the edge.
#[test]
fn a_promise_kept_is_a_fact() {
    let kept = |household| (household, "promise", true, 0);
    assert_eq!(harvest([8_000, 12_000], false), [kept(HOUSE), kept(NEIGHBOUR)]);
    let short = (HOUSE, "promise", false, 0);
    assert_eq!(harvest([7_999, 10_000], false), [short, kept(NEIGHBOUR)]);
    assert_eq!(harvest([7_999, 10_000], true), [kept(NEIGHBOUR)]);
}

/// Goal: what the trader pays is known by day and grade, the last word before a day counts.
/// Method: two days, one grade; a day that is too old.
#[test]
fn the_traders_price_is_known_by_day() {
    let mut world = World::new();
    opened(&mut world);
    let note = |text: &str, minor_per_kg| {
        let (day, grade) = (day(text), Grade::A);
        season(SeasonCommand::NotePrice { day, grade, minor_per_kg })
    };
    world.submit(by(AGENT), note("2026-07-18", 640)).unwrap();
    world.submit(by(COOPERATIVE), note("2026-07-20", 655)).unwrap();
    assert_eq!(code(&world.submit(by(AGENT), note("2026-07-12", 1))), "out_of_range_number");
    let price = |text: &str| row(&world).trader_price(Grade::A, day(text));
    assert_eq!(price("2026-07-17"), None);
    assert_eq!(price("2026-07-19"), Some((day("2026-07-18"), 640)));
    assert_eq!(price("2026-08-01"), Some((day("2026-07-20"), 655)));
    assert_eq!(row(&world).trader_price(Grade::B, day("2026-08-01")), None);
}

/// Goal: nothing but the plain way is there. Method: the listing ends, the id is used, the money of
/// an order ahead is looked at by `check` as any escrow.
#[test]
fn a_box_ordered_ahead_needs_its_listing() {
    let mut world = World::new();
    opened(&mut world);
    reserved(&mut world, 2);
    let again = world.clone().submit(by(BUYER), ahead(place(1, SEASON)));
    assert_eq!(code(&again), "subject_exists");
    price_is_known(&mut world);
    world.submit(by(COOPERATIVE), listing(ListingCommand::Pause, FRUIT)).unwrap();
    let call = ahead(PreorderCommand::Call);
    assert_eq!(code(&world.clone().submit(by(COOPERATIVE), call.clone())), "not_on_sale");
    world.submit(by(COOPERATIVE), listing(ListingCommand::Resume, FRUIT)).unwrap();
    world.submit(by(COOPERATIVE), call).unwrap();
    let held: AccountKey = escrow(AHEAD);
    assert_eq!(balances(&world, &[held]), [0]);
    let expired = order(OrderCommand::Accept, AHEAD);
    assert_eq!(code(&world.submit(by(COOPERATIVE), expired)), "illegal_transition");
    pass_time(&mut world, AHEAD);
    assert_eq!(super::stage::row(&world, AHEAD).phase, OrderPhase::Expired);
    assert_eq!(balances(&world, &[BUYER_WALLET]), [1_596], "and the deposit is the buyer's");
}
