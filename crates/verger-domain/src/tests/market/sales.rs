//! The sale, village to outside: every step with its money, its facts, its actors and its phases.
//! What people send wrongly is in `orders`, what the processor tells in `payments`.

use std::collections::BTreeSet;

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use super::{assert_actors, assert_phase};
use crate::command::{Actor, Body};
use crate::id::{DisputeId, OrderId, PartyId};
use crate::ledger::AccountKey;
use crate::market::command::{DisputeCommand, ListingCommand, OrderCommand as C};
use crate::market::dispute::{DisputeReason, Fault, Settlement};
use crate::market::listing::ListingText;
use crate::market::order::{LineNo, PayBy};
use crate::market::{Order, OrderPhase as P, Review, ReviewWord};
use crate::party::Duty;
use crate::refusal::{LedgerRefusal as L, MarketRefusal as M, PartyRefusal, Refusal};

const ORDER: OrderId = OrderId::from_bits(1);
const ESCROW_1: AccountKey = AccountKey { code: crate::ledger::Code::ESCROW, owner: 1 };
const ONE_BOX: &[(crate::id::ListingId, u32)] = &[(FRUIT, 1)];
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// A world with the sale of one box of peaches in a phase.
pub(super) fn at(phase: P) -> World {
    let mut world = stage();
    sale(&mut world, 1, ONE_BOX, phase);
    world
}

fn cancel(is_force_majeure: bool) -> C {
    C::Cancel { is_force_majeure, reason: "frost".to_owned() }
}

fn goodwill(amount_minor: i64) -> C {
    C::Goodwill { amount_minor, reason: "bruised".to_owned() }
}

fn said(stars: u8) -> C {
    C::Review { review: Review { stars, words: [ReviewWord::Fresh].into() } }
}

/// Goal: a buyer says once how it was, after the money has gone where it belongs, and it stands with
/// the listing and with each household in the box; nobody else says anything.
/// Method: before the end, by others, with wrong stars, and twice.
#[test]
fn a_review_is_said_once_by_the_buyer() {
    let mut world = at(P::Delivered);
    let review = |stars| order(said(stars), ORDER);
    assert!(world.submit(by(BUYER), review(5)).is_err(), "it is not over yet");
    world.submit(by(BUYER), order(C::Confirm, ORDER)).unwrap();
    for (who, stars) in [(AGENT, 5), (COOPERATIVE, 5), (BUYER, 0), (BUYER, 6)] {
        assert!(world.submit(by(who), review(stars)).is_err(), "{who} {stars}");
    }
    let before = world.state.appended.reviews.len();
    world.submit(by(BUYER), review(4)).unwrap();
    let rows: Vec<_> = world.state.appended.reviews.iter().skip(before).collect();
    let about: BTreeSet<u128> = rows.iter().map(|said| said.subject).collect();
    assert_eq!(about, row(&world, ORDER).reviewed().collect());
    assert!(about.contains(&FRUIT.bits()) && about.len() == 2, "{about:?}");
    assert!(rows.iter().all(|said| said.review.stars == 4 && said.order == ORDER));
    assert!(world.submit(by(BUYER), review(5)).is_err(), "it was said already");
}

fn packed(world: &World) -> C {
    C::Pack { boxes: boxes(row(world, ORDER), 1), by_surface: false }
}

fn held(world: &World) -> (i64, i64) {
    let stock = world.state.listing.get(&FRUIT).unwrap().stock.unwrap();
    (stock.held, stock.on_hand)
}

/// Nothing is due any more but the season's end.
fn assert_no_timer(world: &World) {
    let timers = world.state.timer.iter().map(|(timer, _)| timer.kind);
    assert_eq!(timers.collect::<Vec<_>>(), [crate::effect::TimerKind::Listing]);
}

/// Goal: each step of a sale moves exactly its money and writes exactly its facts; one box of
/// 39.90 and 10.00 splits as the product's example says.
/// Method: the plain way, step by step, and the vesting fifteen days after its end.
#[test]
fn every_step_moves_its_money() {
    let mut world = stage();
    let placed = sale(&mut world, 1, ONE_BOX, P::Placed);
    assert_moved(&placed, &[]);
    assert_eq!(held(&world), (1, 40));
    let paid = sale_step(&mut world, ORDER, P::Paid);
    assert_moved(&paid, &[(PSP, 4_990), (ESCROW_1, -4_990)]);
    let split = [
        (CARRIER_DUE, -1_000),
        (FEE, -39),
        (PENDING, -199),
        (COOP_FEES, -159),
        (COOP_PACKAGING, -450),
        (POOL, -3_143),
        (ESCROW_1, 4_990),
    ];
    let steps: [(P, &[Fact]); 5] = [
        (P::Accepted, &[(COOPERATIVE, "acceptance", true, 3_990)]),
        (P::Packed, &[]),
        (P::Shipped, &[(COOPERATIVE, "dispatch", true, 3_990)]),
        (P::Delivered, &[(CARRIER, "carriage", true, 1_000)]),
        (P::Completed, &[(HOUSE, "sale", true, 3_990), (BUYER, "purchase", true, 3_990)]),
    ];
    for (phase, expected) in steps {
        let record = sale_step(&mut world, ORDER, phase);
        assert_eq!(facts(&record), expected, "{phase:?}");
        let lines: &[_] = if phase == P::Completed { &split } else { &[] };
        assert_moved(&record, lines);
        let stock = if phase == P::Accepted { (1, 40) } else { (0, 39) };
        assert_eq!(held(&world), stock, "{phase:?}");
    }
    world.wait(15 * DAY - 1);
    world.run_timers();
    assert_eq!(balances(&world, &[PENDING, AGENT_WALLET]), [199, 0]);
    world.wait(1);
    world.run_timers();
    let vested = world.records.last().unwrap();
    assert_moved(vested, &[(PENDING, 199), (AGENT_WALLET, -199)]);
    assert_eq!(facts(vested), [(AGENT, "service", true, 3_990)]);
    assert_no_timer(&world);
}

/// Goal: after a refund all shares are those of what is left, each floored once.
/// Method: the cooperative accepts a claim of 10.00 about the same box, then the buyer confirms.
#[test]
fn a_refund_shrinks_every_share() {
    let mut world = at(P::Delivered);
    let lines = std::collections::BTreeMap::from([(LineNo(0), 1_000)]);
    let claim = Settlement { fault: Fault::Seller, freight_minor: 0, lines };
    let (photos, reason) = (vec![photo(9)], DisputeReason::Damaged);
    let open = DisputeCommand::Open { claim, order: ORDER, photos, reason };
    let id = DisputeId::from_bits(1);
    world.submit(by(BUYER), dispute(open, id)).unwrap();
    let accepted = world.submit(by(COOPERATIVE), dispute(DisputeCommand::Accept, id)).unwrap();
    assert_moved(&accepted, &[(ESCROW_1, 1_000), (BUYER_WALLET, -1_000)]);
    let record = sale_step(&mut world, ORDER, P::Completed);
    let split = [
        (CARRIER_DUE, -1_000),
        (FEE, -29),
        (PENDING, -149),
        (COOP_FEES, -119),
        (COOP_PACKAGING, -450),
        (POOL, -2_243),
        (ESCROW_1, 3_990),
    ];
    assert_moved(&record, &split);
    assert_eq!(facts(&record)[0], (HOUSE, "sale", true, 2_990));
}

/// Goal: a household's own goods are paid to its wallet: no cooperative, no pool.
/// Method: the sale of one basket.
#[test]
fn a_household_sells_for_itself() {
    let mut world = stage();
    let record = sale(&mut world, 1, &[(CRAFT, 1)], P::Completed);
    let split =
        [(CARRIER_DUE, -800), (FEE, -60), (PENDING, -300), (WALLET, -5_640), (ESCROW_1, 6_800)];
    assert_moved(&record, &split);
}

/// Goal: what the cooperative made itself is packed as its own, is paid to it, and is its sale;
/// peaches of a pool stay those of households.
/// Method: the sale of one glass of jam; then a box of a pool with the cooperative as its maker.
#[test]
fn a_cooperative_sells_for_itself() {
    let mut world = stage();
    let jam = ListingText { seller: COOPERATIVE, ..text(CRAFT) };
    let draft = |text| match draft(CRAFT) {
        ListingCommand::Draft { code: _, price_minor, stock, .. } => ListingCommand::Draft {
            code: "JAM".parse().unwrap(),
            price_minor,
            stock,
            text: Box::new(text),
        },
        other => panic!("no draft: {other:?}"),
    };
    let id = crate::id::ListingId::from_bits(0xf9);
    world.submit(by(COOPERATIVE), listing(draft(jam), id)).unwrap();
    world.submit(by(COOPERATIVE), listing(ListingCommand::Submit, id)).unwrap();
    world.staff(listing(ListingCommand::Approve, id));
    sale(&mut world, 1, &[(id, 1)], P::Accepted);
    let mut own = boxes(row(&world, ORDER), 1);
    own[0].contents[0].maker = COOPERATIVE;
    let pack = |boxes| order(C::Pack { boxes, by_surface: false }, ORDER);
    world.submit(by(COOPERATIVE), pack(own)).unwrap();
    assert_eq!(row(&world, ORDER).phase, P::Packed);
    let mut pooled = at(P::Accepted);
    let mut boxes = boxes(row(&pooled, ORDER), 1);
    boxes[0].contents[0].maker = COOPERATIVE;
    let household = crate::party::PartyKind::Household;
    let kind = PartyRefusal::WrongKind { expected: household, party: COOPERATIVE };
    assert_eq!(pooled.submit(by(COOPERATIVE), pack(boxes)), Err(kind.into()));
}

/// Goal: neighbours buy from each other at the counter: paid in cash, proved by the carrier, and
/// money that comes back is in the wallet. Who buys from himself proves and pays nothing extra.
/// Method: a basket for the house next door; a second one called off; one for its own maker.
#[test]
fn neighbours_buy_from_each_other() {
    let mut world = stage();
    let mut buy = |number, buyer, until: &[P]| {
        let id = OrderId::from_bits(number);
        let place = place_by(buyer, Some(AGENT), PayBy::Cash, &[(CRAFT, 1)]);
        world.submit(by(AGENT), order(place, id)).unwrap();
        let cash = C::PayCash { amount_minor: 6_800, shop: SHOP };
        world.submit(by(AGENT), order(cash, id)).unwrap();
        for phase in until {
            sale_step(&mut world, id, *phase);
        }
        id
    };
    let shipped = [P::Accepted, P::Packed, P::Shipped, P::Delivered];
    let bought = buy(1, NEIGHBOUR, &shipped);
    let called_off = buy(2, NEIGHBOUR, &[]);
    let own = buy(3, HOUSE, &shipped);
    let confirm = |id| order(C::Confirm, id);
    let record = world.submit(by(NEIGHBOUR_MEMBER), confirm(bought)).unwrap();
    let proved = [(HOUSE, "sale", true, 6_000), (NEIGHBOUR, "purchase", true, 6_000)];
    assert_eq!(facts(&record), proved);
    let record = world.submit(by(NEIGHBOUR_MEMBER), order(cancel(false), called_off)).unwrap();
    let wallet = AccountKey::party(crate::ledger::Code::WALLET, NEIGHBOUR);
    let escrow = AccountKey { code: crate::ledger::Code::ESCROW, owner: 2 };
    assert_moved(&record, &[(wallet, -6_800), (escrow, 6_800)]);
    let record = world.submit(by(MEMBER), confirm(own)).unwrap();
    assert_eq!(facts(&record), []);
    let praise = Review { stars: 5, words: [].into() };
    let review = |id| order(C::Review { review: praise.clone() }, id);
    let answer = world.submit(by(MEMBER), review(own));
    assert_eq!(code(&answer), "illegal_transition", "nobody praises his own goods");
    world.submit(by(NEIGHBOUR_MEMBER), review(bought)).unwrap();
}

/// Goal: each step is for its own people; strangers are not even told that the order is there.
/// Method: everybody tries each step in the phase in which it can be done.
#[test]
fn every_step_has_its_people() {
    let world = stage();
    let place = order(place(ONE_BOX), ORDER);
    let needs = "ok: buyer agent other_agent system; needs_module: lodger novice; *: not_allowed";
    assert_actors(&world, &place, needs);
    let pay = payment(ORDER, 0, 4_990);
    assert_actors(&at(P::Placed), &pay, "ok: system; *: not_allowed");
    let strangers = "subject_unknown: other_buyer house member neighbour supplier other_supplier";
    let cash = order(C::PayCash { amount_minor: 4_990, shop: SHOP }, ORDER);
    let cashier = "ok: agent; till_not_open: other_agent lodger; needs_module: novice";
    assert_actors(&at(P::Placed), &cash, &format!("{cashier}; {strangers}; *: not_allowed"));
    let sellers = "ok: agent other_agent cooperative; needs_module: lodger novice";
    let sellers = format!("{sellers}; {strangers}; *: not_allowed");
    assert_actors(&at(P::Paid), &order(C::Accept, ORDER), &sellers);
    let world = at(P::Accepted);
    assert_actors(&world, &order(packed(&world), ORDER), &sellers);
    let sides = "ok: buyer agent other_agent cooperative; needs_module: lodger novice";
    let sides = format!("{sides}; {strangers}; *: not_allowed");
    for phase in [P::Placed, P::Paid, P::Accepted] {
        assert_actors(&at(phase), &order(cancel(false), ORDER), &sides);
    }
    let buyer = format!("ok: buyer; {strangers}; *: not_allowed");
    assert_actors(&at(P::Delivered), &order(C::Confirm, ORDER), &buyer);
    let give = format!("ok: cooperative staff; {strangers}; *: not_allowed");
    assert_actors(&at(P::Completed), &order(goodwill(100), ORDER), &give);
    let mut craft = stage();
    sale(&mut craft, 1, &[(CRAFT, 1)], P::Delivered);
    let strangers = "subject_unknown: other_buyer neighbour supplier other_supplier";
    let buyer = format!("ok: buyer; {strangers}; *: not_allowed");
    assert_actors(&craft, &order(C::Extend, ORDER), &buyer);
}

/// Every command about a sale, by somebody who may send it.
fn tries(world: &World) -> Vec<(&'static str, Actor, Body)> {
    let (buyer, seller) = (by(BUYER), by(COOPERATIVE));
    let amount_minor = row(world, ORDER).total_minor();
    let boxes = boxes(row(world, ORDER), 1);
    let commands = [
        ("pay_cash", by(AGENT), C::PayCash { amount_minor, shop: SHOP }),
        ("accept", seller, C::Accept),
        ("cancel", buyer, cancel(false)),
        ("pack", seller, C::Pack { boxes, by_surface: false }),
        ("confirm", buyer, C::Confirm),
        ("extend", buyer, C::Extend),
        ("goodwill", by(STAFF), goodwill(100)),
        ("review", buyer, said(5)),
        ("quote", by(AGENT), C::Quote { due_on: world.now().today, freight_minor: 0 }),
        ("decline", by(AGENT), C::Decline),
        ("supplier_accept", by(STAFF), C::SupplierAccept),
    ];
    commands.map(|(name, actor, command)| (name, actor, order(command, ORDER))).into()
}

/// Goal: each phase allows what the table of 2.2 says, and names it when it refuses the rest.
/// Method: every command in every phase, also after each of the ends.
#[test]
fn every_phase_allows_its_commands() {
    let ended = |how: fn(&mut World)| {
        let mut world = at(P::Paid);
        how(&mut world);
        world
    };
    let expired = {
        let mut world = at(P::Placed);
        pass_time(&mut world, ORDER);
        world
    };
    let mut vested = at(P::Completed);
    pass_time(&mut vested, ORDER);
    let cancelled = ended(|world| {
        world.submit(by(BUYER), order(cancel(false), ORDER)).unwrap();
    });
    let rows: Vec<(World, &str, &[&str])> = vec![
        (at(P::Placed), "placed", &["pay_cash", "cancel"]),
        (at(P::Paid), "paid", &["accept", "cancel"]),
        (at(P::Accepted), "accepted", &["pack", "cancel"]),
        (at(P::Packed), "packed", &["ship"]),
        (at(P::Shipped), "shipped", &["deliver", "confirm", "dispute"]),
        (at(P::Completed), "completed", &["goodwill", "review"]),
        (vested, "completed", &["goodwill", "review"]),
        (expired, "expired", &[]),
        (cancelled, "cancelled", &[]),
        (ended(|world| pass_time(world, ORDER)), "cancelled", &[]),
    ];
    for (world, phase, allowed) in rows {
        assert_eq!(row(&world, ORDER).phase.name(), phase);
        assert_phase(&world, phase, allowed, &tries(&world));
    }
    let world = at(P::Delivered);
    let but_extend: Vec<_> =
        tries(&world).into_iter().filter(|(name, ..)| *name != "extend").collect();
    assert_phase(&world, "delivered", &["confirm", "extend", "dispute"], &but_extend);
}

/// Goal: whoever acts on what has changed is told so, and nothing happens.
/// Method: each command with the version before and after the one that is there.
#[test]
fn a_stale_version_is_refused() {
    for phase in [P::Placed, P::Paid, P::Accepted, P::Shipped, P::Completed] {
        let world = at(phase);
        let version = row(&world, ORDER).version;
        let allowed = ["pay_cash", "accept", "pack", "confirm", "goodwill"];
        let phases = [P::Placed, P::Paid, P::Accepted, P::Shipped, P::Completed];
        let index = phases.iter().position(|other| *other == phase).unwrap();
        let tries = tries(&world);
        let (_, actor, body) =
            tries.into_iter().find(|(name, ..)| *name == allowed[index]).unwrap();
        for wrong in [version.wrapping_sub(1), version + 1] {
            let answer = world.clone().submit(actor, seen(body.clone(), wrong));
            assert_eq!(answer, Err(M::Stale { version }.into()), "{body:?}");
        }
        world.clone().submit(actor, seen(body, version)).unwrap();
    }
}

/// Goal: a cancelled sale gives money and stock back; only a promise broken without need is a
/// mark, against who broke it.
/// Method: each side in each phase in which it may; the money, the stock and the facts.
#[test]
fn cancelling_gives_everything_back() {
    let broken: &[_] = &[(AGENT, "acceptance", false, 3_990)];
    let rows = [
        (P::Placed, BUYER, false, [].as_slice()),
        (P::Placed, AGENT, false, &[]),
        (P::Paid, BUYER, false, &[]),
        (P::Paid, COOPERATIVE, false, &[]),
        (P::Accepted, BUYER, false, &[]),
        (P::Accepted, AGENT, true, &[]),
        (P::Accepted, AGENT, false, broken),
    ];
    for (phase, actor, is_force_majeure, expected) in rows {
        let mut world = at(phase);
        let body = order(cancel(is_force_majeure), ORDER);
        let record = world.submit(by(actor), body).unwrap();
        let back = if phase == P::Placed { 0 } else { 4_990 };
        assert_eq!(balances(&world, &[BUYER_WALLET, ESCROW_1]), [back, 0], "{phase:?}");
        assert_eq!(facts(&record), expected, "{phase:?} by {actor}");
        assert_eq!((row(&world, ORDER).phase, held(&world)), (P::Cancelled, (0, 40)));
        assert_no_timer(&world);
    }
}

/// One case of a clock: the goods, the phase it waits in, its seconds, and the phase after it.
type Clock = (crate::id::ListingId, P, u32, P);

/// Goal: what nobody does, the clock does, at its second and not before.
/// Method: each timer a second early and on time: unpaid, unaccepted, unconfirmed.
#[test]
fn the_clock_keeps_every_time() {
    let rows: [Clock; 5] = [
        (FRUIT, P::Placed, 15 * 60, P::Expired),
        (FRUIT, P::Paid, 24 * HOUR, P::Cancelled),
        (FRUIT, P::Shipped, 10 * DAY, P::Completed),
        (FRUIT, P::Delivered, 48 * HOUR, P::Completed),
        (CRAFT, P::Delivered, 10 * DAY, P::Completed),
    ];
    for (listing, phase, seconds, after) in rows {
        let mut world = stage();
        sale(&mut world, 1, &[(listing, 1)], phase);
        assert_at(&mut world, phase, seconds, after);
    }
    for pay_by in [PayBy::Transfer, PayBy::Cash] {
        let mut world = stage();
        let body = order(place_by(BUYER, None, pay_by, ONE_BOX), ORDER);
        world.submit(by(BUYER), body).unwrap();
        assert_at(&mut world, P::Placed, 48 * HOUR, P::Expired);
        assert_eq!(held(&world), (0, 40));
    }
    let mut world = at(P::Accepted);
    let boxes = boxes(row(&world, ORDER), 1);
    let body = order(C::Pack { boxes, by_surface: true }, ORDER);
    world.submit(by(COOPERATIVE), body).unwrap();
    sale_step(&mut world, ORDER, P::Shipped);
    assert_at(&mut world, P::Shipped, 30 * DAY, P::Completed);
}

fn assert_at(world: &mut World, before: P, seconds: u32, after: P) {
    // A parcel that nobody scans is lost before it is late: that timer is looked at elsewhere.
    let is_order = |kind| kind == crate::effect::TimerKind::Order;
    let due = world.state.timer.iter().find(|(timer, _)| is_order(timer.kind)).unwrap().0;
    assert_eq!(due.due_at, world.later(seconds), "{before:?}");
    let body = Body::TimeOut { timer: *due };
    world.wait(seconds - 1);
    world.submit(Actor::Clock, body.clone()).unwrap();
    assert_eq!(row(world, ORDER).phase, before);
    world.wait(1);
    world.submit(Actor::Clock, body.clone()).unwrap();
    assert_eq!(row(world, ORDER).phase, after);
    // The same timer once more finds nothing to do.
    let again = world.submit(Actor::Clock, body).unwrap();
    assert_eq!(again.effects, []);
}

/// Goal: a box on its way to a buyer is not given up by the clock: it may have come without a scan.
/// Method: shipped and never scanned again; the order completes on the tenth day, without a mark.
#[test]
fn a_box_without_a_last_scan_is_not_lost() {
    let mut world = at(P::Shipped);
    assert_no_parcel_timer(&world);
    let before = world.records.len();
    world.wait(10 * DAY);
    world.run_timers();
    assert_eq!(row(&world, ORDER).phase, P::Completed);
    let marks = world.records[before..].iter().flat_map(facts).filter(|fact| !fact.2);
    assert_eq!(marks.collect::<Vec<_>>(), []);
}

fn assert_no_parcel_timer(world: &World) {
    let is_parcel = |kind| kind == crate::effect::TimerKind::Parcel;
    assert!(!world.state.timer.iter().any(|(timer, _)| is_parcel(timer.kind)));
}

/// Goal: only the clock runs timers.
/// Method: everybody tries a timer that is due.
#[test]
fn only_the_clock_runs_timers() {
    let mut world = at(P::Placed);
    let timer = *world.state.timer.iter().next().unwrap().0;
    wait_to(&mut world, timer.due_at);
    assert_actors(&world, &Body::TimeOut { timer }, "ok: clock; *: not_allowed");
}

/// Goal: more time is given once, and not for what rots.
/// Method: a basket extended by three days, then again; a box of peaches.
#[test]
fn more_time_is_given_once() {
    let mut world = stage();
    sale(&mut world, 1, &[(CRAFT, 1)], P::Delivered);
    let before = row(&world, ORDER).due_at.unwrap();
    world.submit(by(BUYER), order(C::Extend, ORDER)).unwrap();
    assert_eq!(row(&world, ORDER).due_at, Some(before.plus_seconds(3 * DAY)));
    let allowed = vec!["confirm".to_owned(), "dispute".to_owned()];
    let no: Refusal = M::IllegalTransition { allowed, phase: "delivered".to_owned() }.into();
    assert_eq!(world.submit(by(BUYER), order(C::Extend, ORDER)), Err(no.clone()));
    assert_eq!(at(P::Delivered).submit(by(BUYER), order(C::Extend, ORDER)), Err(no));
    pass_time(&mut world, ORDER);
    assert_eq!(row(&world, ORDER).phase, P::Completed);
}

/// Goal: goods handed over after the promised 48 hours are a mark against the seller.
/// Method: ship at the last second of the promise, and a second later.
#[test]
fn late_dispatch_is_a_mark() {
    for (seconds, in_time) in [(48 * HOUR, true), (48 * HOUR + 1, false)] {
        let mut world = at(P::Packed);
        world.wait(seconds);
        let record = sale_step(&mut world, ORDER, P::Shipped);
        assert_eq!(facts(&record), [(COOPERATIVE, "dispatch", in_time, 3_990)]);
    }
}

/// Goal: an agent who deals with himself earns nothing and proves nothing.
/// Method: peaches sold by the agent, and a basket of his own household sold by him and by another.
#[test]
fn self_dealing_earns_nothing() {
    for (agent, commission, expected) in [(AGENT, 0, 0), (SECOND_AGENT, 300, 2)] {
        let mut world = stage();
        let mut own_text = text(CRAFT);
        own_text.seller = HOME;
        let edit = ListingCommand::Edit { text: Box::new(own_text) };
        world.submit(by(HOUSE), listing(edit, CRAFT)).unwrap();
        world.submit(by(HOME), listing(ListingCommand::Submit, CRAFT)).unwrap();
        world.staff(listing(ListingCommand::Approve, CRAFT));
        let body = place_by(BUYER, Some(agent), PayBy::Online, &[(CRAFT, 1)]);
        world.submit(by(BUYER), order(body, ORDER)).unwrap();
        for phase in [P::Paid, P::Accepted, P::Packed, P::Shipped, P::Delivered] {
            sale_step(&mut world, ORDER, phase);
        }
        let record = sale_step(&mut world, ORDER, P::Completed);
        assert_eq!(row(&world, ORDER).released.commission_minor, commission);
        assert_eq!(facts(&record).len(), expected, "{:?}", facts(&record));
        assert_eq!(row(&world, ORDER).due_at.is_some(), commission > 0, "nothing to vest");
    }
}

/// An agent, what happens to him before the payment, and his commission.
type Earned = (Option<PartyId>, fn(&mut World), i64);

/// Goal: an order without an agent, or with one who is not certified or suspended at payment,
/// carries no commission: it stays with the seller.
/// Method: the split of one box with each.
#[test]
fn no_commission_without_a_certified_agent() {
    let suspended: fn(&mut World) = |world| {
        let duty = Duty { is_suspended: true, ..Duty::default() };
        let certified = EVERY_MODULE.into();
        world.staff(Body::Certify { agent: AGENT, certified, duty });
    };
    let rows: [Earned; 5] = [
        (Some(AGENT), |_| (), 199),
        (None, |_| (), 0),
        (Some(LODGER), |_| (), 0),
        (Some(NOVICE), |_| (), 0),
        (Some(AGENT), suspended, 0),
    ];
    for (agent, happens, commission) in rows {
        let mut world = stage();
        let body = order(place_by(BUYER, agent, PayBy::Online, ONE_BOX), ORDER);
        world.submit(by(BUYER), body).unwrap();
        happens(&mut world);
        for phase in [P::Paid, P::Accepted, P::Packed, P::Shipped, P::Delivered, P::Completed] {
            sale_step(&mut world, ORDER, phase);
        }
        let rest = balances(&world, &[PENDING, POOL, FEE]);
        assert_eq!(rest, [commission, 3_342 - commission, 39], "{agent:?}");
    }
}

/// Goal: a review or a suspension holds the commission back, not the wallet.
/// Method: vesting during a review waits to its end; during a suspension it is tried every
/// fourteen days.
#[test]
fn a_review_holds_the_commission() {
    let certify = |world: &mut World, duty| {
        let certified = EVERY_MODULE.into();
        world.staff(Body::Certify { agent: AGENT, certified, duty });
    };
    let mut world = at(P::Completed);
    let review_until = Some(world.later(20 * DAY));
    certify(&mut world, Duty { review_until, ..Duty::default() });
    pass_time(&mut world, ORDER);
    assert_eq!((row(&world, ORDER).is_vested, row(&world, ORDER).due_at), (false, review_until));
    pass_time(&mut world, ORDER);
    assert_eq!(balances(&world, &[PENDING, AGENT_WALLET]), [0, 199]);

    let mut world = at(P::Completed);
    certify(&mut world, Duty { is_suspended: true, ..Duty::default() });
    for _ in 0..2 {
        pass_time(&mut world, ORDER);
        assert_eq!(row(&world, ORDER).due_at, Some(world.later(14 * DAY)));
    }
    certify(&mut world, Duty::default());
    pass_time(&mut world, ORDER);
    assert_eq!(balances(&world, &[PENDING, AGENT_WALLET]), [0, 199]);
}

/// Goal: money given back after the release is borne by the seller and the agent as they had it:
/// out of what is pending, then out of the wallet, then owed; and the fact shrinks with it.
/// Method: 10.00 before vesting, after it, and after the wallet was emptied.
#[test]
fn goodwill_is_borne_by_seller_and_agent() {
    let give = |world: &mut World| world.staff(order(goodwill(1_000), ORDER));
    // The cooperative bears its part out of the fees of its other orders.
    let funded = |vested: bool| {
        let mut world = at(P::Completed);
        world.fund(COOP_FEES, 5_000);
        if vested {
            pass_time(&mut world, ORDER);
        }
        world
    };
    let record = give(&mut funded(false));
    assert_moved(&record, &[(PENDING, 50), (COOP_FEES, 950), (BUYER_WALLET, -1_000)]);
    assert_eq!(facts(&record), [(HOUSE, "sale", true, -1_000)]);
    let record = give(&mut funded(true));
    assert_moved(&record, &[(AGENT_WALLET, 50), (COOP_FEES, 950), (BUYER_WALLET, -1_000)]);
    let mut world = funded(true);
    world.staff(post(&[(AGENT_WALLET, 189), (BANK, -189)]));
    let record = give(&mut world);
    let lines = [(AGENT_WALLET, 10), (AGENT_OWES, 40), (COOP_FEES, 950), (BUYER_WALLET, -1_000)];
    assert_moved(&record, &lines);
}

fn refused(actor: PartyId, command: C, refusal: impl Into<Refusal>) -> Row {
    Row::of(by(actor), order(command, ORDER), refusal)
}

fn given(phase: P) -> fn(&mut World) {
    match phase {
        P::Placed => |world| *world = at(P::Placed),
        P::Accepted => |world| *world = at(P::Accepted),
        P::Completed => |world| *world = at(P::Completed),
        other => panic!("no row begins in {other:?}"),
    }
}

fn repacked(change: fn(&mut crate::market::command::Boxed)) -> C {
    let mut boxes = boxes(row(&at(P::Accepted), ORDER), 1);
    change(&mut boxes[0]);
    C::Pack { boxes, by_surface: false }
}

fn pack_rows() -> Vec<Row> {
    let weight = |packed_g| M::PackedWeight { max_g: 2_575, min_g: 2_500, packed_g };
    let kind = |party, expected| PartyRefusal::WrongKind { expected, party };
    let number = |field: &str, min, max| M::OutOfRangeNumber { field: field.to_owned(), max, min };
    let list = |field: &str| M::ListLength { field: field.to_owned(), max: 64 };
    let coop = |command, refusal: Refusal| refused(COOPERATIVE, command, refusal);
    let one: Order = row(&at(P::Accepted), ORDER).clone();
    let mut twice = boxes(&one, 2);
    twice[1].label = twice[0].label.clone();
    let exists = M::SubjectExists { subject: parcel_id(ORDER, 1).to_string() };
    let boxed = |boxes| C::Pack { boxes, by_surface: false };
    let household = crate::party::PartyKind::Household;
    let rows = vec![
        coop(repacked(|packed| packed.contents[0].grams = 2_499), weight(2_499).into()),
        coop(repacked(|packed| packed.contents[0].grams = 2_576), weight(2_576).into()),
        coop(repacked(|packed| packed.contents[0].grams = 0), number("grams", 1, 100_000).into()),
        coop(repacked(|packed| packed.weight_g = 2_499), number("weight_g", 2_500, 100_000).into()),
        coop(
            repacked(|packed| packed.weight_g = 100_001),
            number("weight_g", 2_500, 100_000).into(),
        ),
        coop(repacked(|packed| packed.contents[0].maker = SHOP), kind(SHOP, household).into()),
        coop(repacked(|packed| packed.contents.clear()), list("contents").into()),
        coop(boxed(Vec::new()), list("contents").into()),
        coop(boxed(twice), exists.into()),
    ];
    rows.into_iter().map(|row| row.given(given(P::Accepted))).collect()
}

pub(super) fn rows() -> Vec<Row> {
    let due = M::AmountNotDue { due_minor: 4_990 };
    let cash = |amount_minor| C::PayCash { amount_minor, shop: SHOP };
    let large = |max_minor| M::ClaimTooLarge { max_minor };
    let text = M::TextLength { field: "reason".to_owned(), max: 500 };
    let blank = |reason: String| C::Cancel { is_force_majeure: false, reason };
    let no_shop = PartyRefusal::WrongKind { expected: crate::party::PartyKind::Shop, party: HOUSE };
    let elsewhere = C::PayCash { amount_minor: 4_990, shop: HOUSE };
    let unknown = M::SubjectUnknown { subject: ORDER.to_string() };
    let mut rows = vec![
        refused(AGENT, cash(4_989), due.clone()).given(given(P::Placed)),
        refused(AGENT, cash(4_991), due).given(given(P::Placed)),
        refused(AGENT, elsewhere, no_shop).given(given(P::Placed)),
        refused(BUYER, blank(" ".to_owned()), text.clone()).given(given(P::Placed)),
        refused(BUYER, blank("桃".repeat(501)), text).given(given(P::Placed)),
        refused(STAFF, goodwill(0), L::AmountZero).given(given(P::Completed)),
        refused(STAFF, goodwill(-1), L::AmountNegative { amount_minor: -1 })
            .given(given(P::Completed)),
        refused(STAFF, goodwill(3_991), large(3_990)).given(given(P::Completed)),
        refused(AGENT, C::Accept, unknown.clone()),
        Row::of(by(FAR_STAFF), order(goodwill(1), ORDER), unknown)
            .given(given(P::Completed))
            .in_village(ELSEWHERE),
    ];
    rows.extend(pack_rows());
    rows
}

/// Goal: a sale refuses what is out of range, wrongly packed or of another village.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}
