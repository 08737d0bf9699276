//! Listings: written by one, approved by another, taken down by the county; their stock and season.

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use super::{assert_actors, assert_phase};
use crate::command::{Actor, Body};
use crate::id::ListingId;
use crate::market::command::{ListingCommand as C, OrderCommand, OrdersCommand};
use crate::market::listing::{ClaimDocument, ListingText, Season, Stock};
use crate::market::{Listing, ListingPhase, OrderPhase};
use crate::party::PartyKind;
use crate::refusal::{MarketRefusal as M, PartyRefusal, Refusal};

const DAY: u32 = 86_400;

fn row_of(world: &World, id: ListingId) -> &Listing {
    world.state.listing.get(&id).unwrap()
}

fn take_down() -> C {
    C::TakeDown { reason: "pesticide".to_owned() }
}

fn reject() -> C {
    C::Reject { reason: "blurred".to_owned() }
}

fn edit(id: ListingId) -> C {
    C::Edit { text: Box::new(text(id)) }
}

fn stock(delta: i64) -> C {
    C::Stock { delta, reason: "counted".to_owned() }
}

/// A world in which the basket of `HOUSE`, written by itself, is in a phase.
fn craft(phase: ListingPhase) -> World {
    let mut world = World::new();
    let (house, county) = (by(HOUSE), by(STAFF));
    let way: &[(Actor, C)] = match phase {
        ListingPhase::Draft => &[],
        ListingPhase::Review => &[(house, C::Submit)],
        ListingPhase::Live => &[(house, C::Submit), (county, C::Approve)],
        ListingPhase::Paused => &[(house, C::Submit), (county, C::Approve), (house, C::Pause)],
        ListingPhase::Ended => &[(house, C::Submit), (county, C::Approve), (house, C::End)],
        ListingPhase::TakenDown => {
            &[(house, C::Submit), (county, C::Approve), (county, take_down())]
        }
    };
    world.submit(house, listing(draft(CRAFT), CRAFT)).unwrap();
    for (actor, command) in way {
        world.submit(*actor, listing(command.clone(), CRAFT)).unwrap();
    }
    assert_eq!(row_of(&world, CRAFT).phase, phase);
    world
}

/// Goal: the seller's side writes and sells, never approves; only the county takes down.
/// Method: everybody tries each command in the phase in which it can be done.
#[test]
fn every_step_has_its_people() {
    use ListingPhase::{Draft, Live, Paused, Review, TakenDown};
    let learn = "needs_module: lodger novice; *: not_allowed";
    let owners = format!("ok: house member agent other_agent; {learn}");
    let reviewers = "ok: staff cooperative; *: not_allowed";
    let county = "ok: staff; *: not_allowed";
    assert_actors(&World::new(), &listing(draft(CRAFT), CRAFT), &owners);
    let supplier = format!("ok: supplier agent other_agent; {learn}");
    assert_actors(&World::new(), &listing(draft(FEED), FEED), &supplier);
    let mut appealed = craft(TakenDown);
    appealed.submit(by(HOUSE), listing(C::Appeal, CRAFT)).unwrap();
    let rows = vec![
        (craft(Draft), C::Submit, owners.as_str()),
        (craft(Draft), edit(CRAFT), &owners),
        (craft(Review), C::Approve, reviewers),
        (craft(Review), reject(), reviewers),
        (craft(Live), C::Pause, &owners),
        (craft(Paused), C::Resume, &owners),
        (craft(Live), C::Price { price_minor: 1 }, &owners),
        (craft(Live), stock(1), &owners),
        (craft(Live), C::End, &owners),
        (craft(Live), take_down(), county),
        (craft(TakenDown), C::Appeal, &owners),
        (appealed, C::JudgeAppeal { is_won: true }, county),
    ];
    for (world, command, expected) in rows {
        assert_actors(&world, &listing(command, CRAFT), expected);
    }
}

/// Goal: nobody approves what he wrote, whoever else may.
/// Method: peaches written by the cooperative; the same by an agent.
#[test]
fn no_author_approves_himself() {
    let mut world = World::new();
    world.submit(by(COOPERATIVE), listing(draft(FRUIT), FRUIT)).unwrap();
    world.submit(by(COOPERATIVE), listing(C::Submit, FRUIT)).unwrap();
    let body = listing(C::Approve, FRUIT);
    let expected = "ok: staff; second_person_needed: cooperative; *: not_allowed";
    assert_actors(&world, &body, expected);
    let mut world = World::new();
    world.submit(by(AGENT), listing(draft(FRUIT), FRUIT)).unwrap();
    world.submit(by(AGENT), listing(C::Submit, FRUIT)).unwrap();
    let record = world.submit(by(COOPERATIVE), body).unwrap();
    assert_eq!(facts(&record), [(AGENT, "listing", true, 0)]);
}

/// Goal: each phase allows what the table of 2.1 says, and names it when it refuses the rest.
/// Method: every command in every phase.
#[test]
fn every_phase_allows_its_commands() {
    use ListingPhase::{Draft, Ended, Live, Paused, Review, TakenDown};
    let (house, county) = (by(HOUSE), by(STAFF));
    let price = C::Price { price_minor: 5 };
    let tries = [
        ("edit", house, edit(CRAFT)),
        ("submit", house, C::Submit),
        ("approve", county, C::Approve),
        ("reject", county, reject()),
        ("pause", house, C::Pause),
        ("resume", house, C::Resume),
        ("price", house, price),
        ("stock", house, stock(1)),
        ("end", house, C::End),
        ("take_down", county, take_down()),
        ("appeal", house, C::Appeal),
    ];
    let tries = tries.map(|(name, actor, command)| (name, actor, listing(command, CRAFT)));
    let rows: [(ListingPhase, &[&str]); 6] = [
        (Draft, &["edit", "submit", "price", "stock"]),
        (Review, &["edit", "approve", "reject"]),
        (Live, &["edit", "pause", "price", "stock", "end", "take_down"]),
        (Paused, &["edit", "resume", "price", "stock", "end", "take_down"]),
        (Ended, &[]),
        (TakenDown, &["appeal", "judge_appeal"]),
    ];
    for (phase, allowed) in rows {
        assert_phase(&craft(phase), phase.name(), allowed, &tries);
    }
    let judge = listing(C::JudgeAppeal { is_won: true }, CRAFT);
    let answer = craft(TakenDown).submit(county, judge);
    assert_eq!(code(&answer), "illegal_transition", "nobody has appealed");
}

/// Goal: a stale edit is refused; stock that moves with every order makes nothing stale.
/// Method: a price with the versions around the right one, after an order.
#[test]
fn a_stale_version_is_refused() {
    let mut world = stage();
    let version = row_of(&world, FRUIT).version;
    sale(&mut world, 1, &[(FRUIT, 1)], OrderPhase::Placed);
    let body = |version| seen(listing(C::Price { price_minor: 5 }, FRUIT), version);
    for wrong in [version - 1, version + 1] {
        let answer = world.submit(by(COOPERATIVE), body(wrong));
        assert_eq!(answer, Err(M::Stale { version }.into()));
    }
    world.submit(by(COOPERATIVE), body(version)).unwrap();
    assert_eq!(row_of(&world, FRUIT).price_version, 2);
}

/// Goal: there is no silent approval: the reviewers are reminded after two days, once.
/// Method: the timer of a review; what was approved or sent back has none.
#[test]
fn a_review_is_reminded_of() {
    let mut world = craft(ListingPhase::Review);
    assert_eq!(row_of(&world, CRAFT).due_at, Some(world.later(2 * DAY)));
    world.wait(2 * DAY);
    world.run_timers();
    let row = row_of(&world, CRAFT);
    assert_eq!((row.phase, row.due_at), (ListingPhase::Review, None));
    for command in [C::Approve, reject()] {
        let mut world = craft(ListingPhase::Review);
        world.staff(listing(command, CRAFT));
        assert_eq!(world.state.timer.iter().count(), 0);
    }
}

/// Goal: what is written anew is a draft until it is submitted again, and stays one.
/// Method: edit in review, live and paused, and wait for whatever timer was set.
#[test]
fn an_edited_listing_stays_a_draft() {
    for phase in [ListingPhase::Review, ListingPhase::Live, ListingPhase::Paused] {
        let mut world = craft(phase);
        world.submit(by(HOUSE), listing(edit(CRAFT), CRAFT)).unwrap();
        world.wait(100 * DAY);
        world.run_timers();
        assert_eq!(row_of(&world, CRAFT).phase, ListingPhase::Draft, "{phase:?}");
    }
    let mut world = stage();
    world.submit(by(COOPERATIVE), listing(edit(FRUIT), FRUIT)).unwrap();
    world.wait(100 * DAY);
    world.run_timers();
    assert_eq!(row_of(&world, FRUIT).phase, ListingPhase::Draft);
}

/// Goal: the season's end ends a listing; orders that are open are still served.
/// Method: an order on the last day, the end, and the order's way to its end.
#[test]
fn a_season_ends() {
    let mut world = stage();
    world.wait_until("2026-09-30");
    world.run_timers();
    assert_eq!(row_of(&world, FRUIT).phase, ListingPhase::Live);
    sale(&mut world, 1, &[(FRUIT, 1)], OrderPhase::Accepted);
    world.wait_until("2026-10-01");
    world.run_timers();
    assert_eq!(row_of(&world, FRUIT).phase, ListingPhase::Ended);
    sale_step(&mut world, order_id(1), OrderPhase::Packed);
    let stock = row_of(&world, FRUIT).stock;
    assert_eq!(stock, Some(Stock { held: 0, on_hand: 39 }));
}

/// Goal: an appeal is heard within seven days, once; only an appeal that fails is a mark.
/// Method: won, lost, a second one before and after the first is judged, and a second too late.
#[test]
fn a_take_down_can_be_appealed() {
    for (is_won, phase, expected) in [
        (true, ListingPhase::Live, [].as_slice()),
        (false, ListingPhase::TakenDown, &[(HOUSE, "listing", false, 0)]),
    ] {
        let mut world = craft(ListingPhase::TakenDown);
        world.wait(7 * DAY);
        let record = world.submit(by(HOUSE), listing(C::Appeal, CRAFT)).unwrap();
        assert_eq!(facts(&record), []);
        let again = world.submit(by(HOUSE), listing(C::Appeal, CRAFT));
        assert_eq!(code(&again), "illegal_transition");
        let record = world.staff(listing(C::JudgeAppeal { is_won }, CRAFT));
        assert_eq!((row_of(&world, CRAFT).phase, facts(&record).as_slice()), (phase, expected));
        let again = world.submit(by(HOUSE), listing(C::Appeal, CRAFT));
        assert_eq!(code(&again), "illegal_transition");
    }
    let mut world = craft(ListingPhase::TakenDown);
    let ended_at = world.later(7 * DAY);
    world.wait(7 * DAY + 1);
    let answer = world.submit(by(HOUSE), listing(C::Appeal, CRAFT));
    assert_eq!(answer, Err(M::WindowOver { ended_at }.into()));
}

/// Goal: nobody pays any more for what was taken down.
/// Method: an order placed before it, paid in cash; a purchase, funded from the wallet.
#[test]
fn what_was_taken_down_is_not_paid() {
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 1)], OrderPhase::Placed);
    world.staff(listing(take_down(), FRUIT));
    let cash = OrderCommand::PayCash { amount_minor: 4_990, shop: SHOP };
    let answer = world.submit(by(AGENT), order(cash, order_id(1)));
    assert_eq!(answer, Err(M::NotOnSale { listing: FRUIT }.into()));
    purchase(&mut world, 2, &[(FEED, 1)], OrderPhase::Consented);
    world.staff(listing(take_down(), FEED));
    world.fund(WALLET, 12_600);
    let fund = orders(OrdersCommand::Fund { cash_minor: 0, shop: None }, &[order_id(2)]);
    assert_eq!(world.submit(by(AGENT), fund), Err(M::NotOnSale { listing: FEED }.into()));
}

/// Goal: stock is counted in and out, never below what is promised, and every move is written.
/// Method: counts around an order; the stock ledger adds up.
#[test]
fn stock_is_counted() {
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 10)], OrderPhase::Placed);
    let count = |delta| listing(stock(delta), FRUIT);
    world.submit(by(COOPERATIVE), count(-30)).unwrap();
    let answer = world.submit(by(COOPERATIVE), count(-1));
    let (field, max) = ("delta".to_owned(), 99_999_990);
    assert_eq!(answer, Err(M::OutOfRangeNumber { field, max, min: 0 }.into()));
    world.submit(by(COOPERATIVE), count(5)).unwrap();
    let entries = world.state.appended.stock.iter().filter(|entry| entry.listing == FRUIT);
    let sum = entries.fold((0, 0), |sum, entry| {
        let after = (sum.0 + entry.delta_held, sum.1 + entry.delta_on_hand);
        assert_eq!(after, (entry.stock.held, entry.stock.on_hand));
        after
    });
    assert_eq!(sum, (10, 15));
}

/// Goal: what is ordered as needed has no stock to count: its orders hold none that could be freed.
/// Method: an order of a phone, a count, and the order called off.
#[test]
fn what_is_ordered_as_needed_is_not_counted() {
    let mut world = stage();
    purchase(&mut world, 1, &[(PHONE, 1)], OrderPhase::Requested);
    let answer = world.submit(by(SUPPLIER), listing(stock(5), PHONE));
    let field = "delta".to_owned();
    assert_eq!(answer, Err(M::OutOfRangeNumber { field, max: 0, min: 0 }.into()));
    world.submit(by(HOUSE), order(OrderCommand::Decline, order_id(1))).unwrap();
    assert_eq!(row_of(&world, PHONE).stock, None);
}

fn drafted(id: ListingId, change: fn(&mut ListingText)) -> Body {
    let C::Draft { code, price_minor, stock, mut text } = draft(id) else { unreachable!() };
    change(&mut text);
    listing(C::Draft { code, price_minor, stock, text }, id)
}

fn seller(id: ListingId, body: Body, refusal: impl Into<Refusal>) -> Row {
    Row::of(by(text(id).seller), body, refusal)
}

fn text_rows() -> Vec<Row> {
    let chars = |field: &str| M::TextLength { field: field.to_owned(), max: 500 };
    let number = |field: &str, min| {
        let (field, max) = (field.to_owned(), 100_000_000);
        M::OutOfRangeNumber { field, max, min }
    };
    let kind = |party| PartyRefusal::WrongKind { expected: PartyKind::Cooperative, party };
    let season = M::ListingIncomplete { missing: "season.to".to_owned() };
    let photos = M::ListLength { field: "photos".to_owned(), max: 12 };
    let fruit = |change, refusal: Refusal| seller(FRUIT, drafted(FRUIT, change), refusal);
    let long: fn(&mut ListingText) = |text| text.category = "x".repeat(501);
    vec![
        fruit(|text| text.name.clear(), chars("name").into()),
        fruit(|text| text.name_latin = " ".to_owned(), chars("name_latin").into()),
        fruit(|text| text.unit.clear(), chars("unit").into()),
        fruit(long, chars("category").into()),
        fruit(
            |text| drop(text.names.insert("en".to_owned(), String::new())),
            chars("names").into(),
        ),
        fruit(|text| text.photos = vec![photo(1); 13], photos.into()),
        fruit(|text| text.weight_g = -1, number("weight_g", 0).into()),
        fruit(|text| text.freight_minor = i64::MAX, number("freight_minor", 0).into()),
        fruit(|text| text.packaging_minor = -1, number("packaging_minor", 0).into()),
        fruit(|text| text.township_price_minor = Some(0), number("township_price_minor", 1).into()),
        fruit(
            |text| {
                let Season { from, to, expected_g } = text.season.unwrap();
                text.season = Some(Season { expected_g, from: to, to: from });
            },
            season.into(),
        ),
        // Only the cooperative has a pool and is paid for packaging.
        seller(CRAFT, drafted(CRAFT, |text| text.packaging_minor = 1), kind(HOUSE)),
        seller(
            CRAFT,
            drafted(CRAFT, |text| text.pool = super::stage::text(FRUIT).pool),
            kind(HOUSE),
        ),
        Row::of(by(AGENT), drafted(CRAFT, |text| text.seller = SHOP), kind(SHOP)),
        Row::of(
            by(AGENT),
            drafted(CRAFT, |text| text.seller = NOBODY),
            PartyRefusal::PartyUnknown { party: NOBODY },
        ),
    ]
}

/// The draft of a basket with this claim and these pictures.
fn incomplete(world: &mut World, change: fn(&mut ListingText)) {
    world.submit(by(HOUSE), drafted(CRAFT, change)).unwrap();
}

pub(super) fn rows() -> Vec<Row> {
    let priced = |price_minor| {
        let C::Draft { code, stock, text, .. } = draft(CRAFT) else { unreachable!() };
        listing(C::Draft { code, price_minor, stock, text }, CRAFT)
    };
    let stocked = |on_hand| {
        let C::Draft { code, price_minor, text, .. } = draft(CRAFT) else { unreachable!() };
        listing(C::Draft { code, price_minor, stock: Some(on_hand), text }, CRAFT)
    };
    let number = |field: &str, min| {
        let (field, max) = (field.to_owned(), 100_000_000);
        M::OutOfRangeNumber { field, max, min }
    };
    let lacks = |missing: &str| M::ListingIncomplete { missing: missing.to_owned() };
    let unknown = M::SubjectUnknown { subject: CRAFT.to_string() };
    let exists = M::SubjectExists { subject: CRAFT.to_string() };
    let taken = PartyRefusal::CodeTaken { taken: "LF2".to_owned() };
    let C::Draft { code, .. } = draft(CRAFT) else { unreachable!() };
    let same_code = C::Draft { code, price_minor: 5, stock: None, text: Box::new(text(CRAFT)) };
    let submit = || listing(C::Submit, CRAFT);
    let house = |body, refusal: Refusal| Row::of(by(HOUSE), body, refusal);
    let reason = M::TextLength { field: "reason".to_owned(), max: 500 };
    let mut rows = vec![
        house(priced(0), number("price_minor", 1).into()),
        house(priced(100_000_001), number("price_minor", 1).into()),
        house(stocked(-1), number("stock", 0).into()),
        house(submit(), unknown.clone().into()),
        house(listing(draft(CRAFT), CRAFT), exists.into()).given(staged),
        house(listing(same_code, ListingId::from_bits(0xaa)), taken.into()).given(staged),
        house(submit(), lacks("photos").into())
            .given(|world| incomplete(world, |text| text.photos.clear())),
        house(submit(), lacks("claims.organic").into()).given(|world| {
            incomplete(world, |text| {
                text.claims.insert("organic".to_owned(), ClaimDocument(None));
            });
        }),
        Row::of(by(STAFF), listing(C::TakeDown { reason: String::new() }, CRAFT), reason)
            .given(staged),
        Row::of(by(FAR_STAFF), listing(C::Approve, CRAFT), unknown)
            .given(staged)
            .in_village(ELSEWHERE),
    ];
    rows.extend(text_rows());
    rows
}

/// Goal: a listing refuses what a buyer could not trust.
/// Method: one row per refusal; a claim with its document is fine.
#[test]
fn refusals() {
    assert_refused(rows());
    let mut world = World::new();
    incomplete(&mut world, |text| {
        text.claims.insert("organic".to_owned(), ClaimDocument(Some(photo(2))));
    });
    world.submit(by(HOUSE), listing(C::Submit, CRAFT)).unwrap();
}
