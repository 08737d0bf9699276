//! The market's fixture: a catalogue that is on sale, and orders driven to the phase a test wants.
//! Owns who does what on the plain way from the order to the money; tests do the unusual things.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::world::*;
use crate::command::{Actor, Body};
use crate::effect::{Effect, Record};
use crate::id::{
    DisputeId, GroupId, ListingId, OrderId, ParcelId, PartyId, PoolId, ReceiptId, TillId, TripId,
};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{
    Boxed, CodeDigest, DisputeCommand, GroupCommand, ListingCommand, OrderCommand, OrdersCommand,
    ParcelCommand, TillCommand, TripCommand,
};
use crate::market::listing::{ListingText, Photo, Season};
use crate::market::order::PayBy;
use crate::market::parcel::Content;
use crate::market::{Order, OrderPhase as P, ReturnClass};
use crate::party::PartyKind;
use crate::refusal::Refusal;

/// A box of peaches of the cooperative, sold for its pool: 39.90 and 10.00 of freight, in season
/// from July to September.
pub(in crate::tests) const FRUIT: ListingId = ListingId::from_bits(0xf1);
/// A basket woven by `HOUSE`: 60.00 and 8.00 of freight.
pub(in crate::tests) const CRAFT: ListingId = ListingId::from_bits(0xf2);
/// Chicks of `SUPPLIER` at 15.00, alive.
pub(in crate::tests) const CHICKS: ListingId = ListingId::from_bits(0xf3);
/// A sack of feed of `SUPPLIER` at 120.00; seven days to return it, twenty in stock.
pub(in crate::tests) const FEED: ListingId = ListingId::from_bits(0xf4);
/// A phone of `SUPPLIER` at 299.00; seven days to return it.
pub(in crate::tests) const PHONE: ListingId = ListingId::from_bits(0xf5);
/// A radio of `SECOND_SUPPLIER` at 80.00; seven days unopened.
pub(in crate::tests) const RADIO: ListingId = ListingId::from_bits(0xf6);

/// The pool of the peaches.
pub(in crate::tests) const POOL: AccountKey = AccountKey { code: Code::POOL, owner: 0x5001 };
/// What the processor holds.
pub(in crate::tests) const PSP: AccountKey = AccountKey::village(Code::PSP_CLEARING);
/// The platform's fee.
pub(in crate::tests) const FEE: AccountKey = AccountKey::village(Code::PLATFORM_FEE);
/// Money that waits for its owner or its order.
pub(in crate::tests) const UNAPPLIED: AccountKey = AccountKey::village(Code::UNAPPLIED);
/// The commission of `AGENT`, pending and then his.
pub(in crate::tests) const PENDING: AccountKey = AccountKey::party(Code::COMMISSION_PENDING, AGENT);
pub(in crate::tests) const AGENT_WALLET: AccountKey = AccountKey::party(Code::WALLET, AGENT);
pub(in crate::tests) const AGENT_OWES: AccountKey =
    AccountKey::party(Code::RECEIVABLE_AGENT, AGENT);
pub(in crate::tests) const COOP_FEES: AccountKey =
    AccountKey::party(Code::COOPERATIVE_FEES, COOPERATIVE);
pub(in crate::tests) const COOP_PACKAGING: AccountKey =
    AccountKey::party(Code::COOPERATIVE_PACKAGING, COOPERATIVE);
pub(in crate::tests) const CARRIER_DUE: AccountKey =
    AccountKey::party(Code::PAYABLE_CARRIER, CARRIER);
pub(in crate::tests) const CARRIER_CLAIM: AccountKey =
    AccountKey::party(Code::CLAIM_CARRIER, CARRIER);
pub(in crate::tests) const SUPPLIER_DUE: AccountKey =
    AccountKey::party(Code::PAYABLE_SUPPLIER, SUPPLIER);
pub(in crate::tests) const SUPPLIER_CLAIM: AccountKey =
    AccountKey::party(Code::CLAIM_SUPPLIER, SUPPLIER);
pub(in crate::tests) const BUYER_WALLET: AccountKey = AccountKey::party(Code::WALLET, BUYER);
pub(in crate::tests) const NEIGHBOUR_WALLET: AccountKey =
    AccountKey::party(Code::WALLET, NEIGHBOUR);

/// The freight that `purchase` is quoted.
pub(in crate::tests) const QUOTED_FREIGHT: i64 = 600;

/// The pickup code of every parcel, and a wrong one.
pub(in crate::tests) const CODE: CodeDigest = CodeDigest([6; 32]);
pub(in crate::tests) const WRONG_CODE: CodeDigest = CodeDigest([9; 32]);

static STAGE: LazyLock<World> = LazyLock::new(|| {
    let mut world = World::new();
    for listing in [FRUIT, CRAFT, CHICKS, FEED, PHONE, RADIO] {
        list(&mut world, listing);
    }
    world
});

/// The world with its whole catalogue on sale; nobody has money or has ordered anything.
pub(in crate::tests) fn stage() -> World {
    STAGE.clone()
}

/// The same as the situation of a [`Row`](super::super::Row).
pub(in crate::tests) fn staged(world: &mut World) {
    *world = stage();
}

pub(in crate::tests) fn order_id(number: u128) -> OrderId {
    OrderId::from_bits(number)
}

/// The escrow of an order.
pub(in crate::tests) fn escrow(order: OrderId) -> AccountKey {
    AccountKey { code: Code::ESCROW, owner: order.bits() }
}

/// One of the parcels of an order, from 0.
pub(in crate::tests) fn parcel_id(order: OrderId, number: u128) -> ParcelId {
    ParcelId::from_bits(order.bits() * 16 + number)
}

pub(in crate::tests) fn photo(number: u8) -> Photo {
    Photo([number; 32])
}

pub(in crate::tests) fn listing(command: ListingCommand, listing: ListingId) -> Body {
    Body::Listing { command, listing, version: None }
}

pub(in crate::tests) fn order(command: OrderCommand, order: OrderId) -> Body {
    Body::Order { command, order, version: None }
}

pub(in crate::tests) fn orders(command: OrdersCommand, orders: &[OrderId]) -> Body {
    Body::Orders { command, orders: orders.iter().copied().collect() }
}

pub(in crate::tests) fn parcel(command: ParcelCommand, parcel: ParcelId) -> Body {
    Body::Parcel { command, parcel, version: None }
}

pub(in crate::tests) fn trip(command: TripCommand, trip: TripId) -> Body {
    Body::Trip { command, trip, version: None }
}

pub(in crate::tests) fn dispute(command: DisputeCommand, dispute: DisputeId) -> Body {
    Body::Dispute { command, dispute, version: None }
}

pub(in crate::tests) fn group(command: GroupCommand, group: GroupId) -> Body {
    Body::Group { command, group, version: None }
}

pub(in crate::tests) fn till(command: TillCommand, till: TillId) -> Body {
    Body::Till { command, till, version: None }
}

/// The same command about a subject that was seen in this version.
pub(in crate::tests) fn seen(body: Body, seen: u32) -> Body {
    let mut body = body;
    match &mut body {
        Body::Listing { version, .. }
        | Body::Order { version, .. }
        | Body::Parcel { version, .. }
        | Body::Trip { version, .. }
        | Body::Dispute { version, .. }
        | Body::Group { version, .. }
        | Body::Till { version, .. } => *version = Some(seen),
        other => panic!("{other:?} has no version"),
    }
    body
}

/// What the processor tells of an order: its `number` makes it another payment.
pub(in crate::tests) fn payment(order: OrderId, number: u128, amount_minor: i64) -> Body {
    let (currency, payer) = ("CNY".to_owned(), None);
    let receipt = ReceiptId::from_bits(order.bits() * 16 + number);
    Body::ReceivePayment { amount_minor, currency, order, payer, receipt }
}

/// What is written about a listing of the catalogue.
pub(in crate::tests) fn text(id: ListingId) -> ListingText {
    use ReturnClass::{Days7, Days7Unopened, Live, Perishable};
    let rows = [
        (FRUIT, "peach box", "fruit", Perishable, COOPERATIVE, 2_500, 1_000),
        (CRAFT, "basket", "craft", Days7, HOUSE, 500, 800),
        (CHICKS, "chicks", "livestock", Live, SUPPLIER, 100, 0),
        (FEED, "feed", "feed", Days7, SUPPLIER, 40_000, 0),
        (PHONE, "phone", "phones", Days7, SUPPLIER, 200, 0),
        (RADIO, "radio", "household", Days7Unopened, SECOND_SUPPLIER, 900, 0),
    ];
    let (_, name, category, class, seller, weight_g, freight_minor) =
        rows.into_iter().find(|row| row.0 == id).unwrap();
    let is_fruit = id == FRUIT;
    let (from, to) = ("2026-07-01".parse().unwrap(), "2026-09-30".parse().unwrap());
    ListingText {
        category: category.to_owned(),
        claims: BTreeMap::new(),
        class,
        freight_minor,
        grade: is_fruit.then(|| "A".to_owned()),
        name: format!("桃 {name}"),
        name_latin: name.to_owned(),
        names: BTreeMap::from([("fr".to_owned(), name.to_owned())]),
        packaging_minor: if is_fruit { 450 } else { 0 },
        photos: vec![photo(1)],
        pool: is_fruit.then(|| PoolId::from_bits(POOL.owner)),
        season: is_fruit.then_some(Season { expected_g: 900_000, from, to }),
        seller,
        township_price_minor: (id == FEED).then_some(13_500),
        unit: "one".to_owned(),
        variety: is_fruit.then(|| "Hujing".to_owned()),
        weight_g,
    }
}

/// The price of one and the stock of a listing of the catalogue.
fn price_and_stock(id: ListingId) -> (i64, Option<i64>) {
    let rows = [
        (FRUIT, 3_990, Some(40)),
        (CRAFT, 6_000, Some(5)),
        (CHICKS, 1_500, None),
        (FEED, 12_000, Some(20)),
        (PHONE, 29_900, None),
        (RADIO, 8_000, None),
    ];
    let (_, price, stock) = rows.into_iter().find(|row| row.0 == id).unwrap();
    (price, stock)
}

/// The price of one.
pub(in crate::tests) fn price(id: ListingId) -> i64 {
    price_and_stock(id).0
}

/// The draft of a listing of the catalogue, with its own code.
pub(in crate::tests) fn draft(id: ListingId) -> ListingCommand {
    let (price_minor, stock) = price_and_stock(id);
    let code = format!("L{:X}", id.bits()).parse().unwrap();
    ListingCommand::Draft { code, price_minor, stock, text: Box::new(text(id)) }
}

/// Lets the seller write a listing, and the county approve it.
pub(in crate::tests) fn list(world: &mut World, id: ListingId) {
    let seller = by(text(id).seller);
    world.submit(seller, listing(draft(id), id)).unwrap();
    world.submit(seller, listing(ListingCommand::Submit, id)).unwrap();
    world.staff(listing(ListingCommand::Approve, id));
}

/// An order of `BUYER`, sold by `AGENT`, paid online.
pub(in crate::tests) fn place(lines: &[(ListingId, u32)]) -> OrderCommand {
    place_by(BUYER, Some(AGENT), PayBy::Online, lines)
}

pub(in crate::tests) fn place_by(
    buyer: PartyId,
    agent: Option<PartyId>,
    pay_by: PayBy,
    lines: &[(ListingId, u32)],
) -> OrderCommand {
    let (lines, secret_hash) = (lines.to_vec(), [4; 32]);
    OrderCommand::Place { agent, buyer, guest: None, lines, pay_by, secret_hash }
}

/// An order as it is now.
pub(in crate::tests) fn row(world: &World, id: OrderId) -> &Order {
    world.state.order.get(&id).unwrap()
}

/// What a purchase or a sale weighs, packed by `HOUSE` into so many boxes of equal weight.
pub(in crate::tests) fn boxes(order: &Order, count: u8) -> Vec<Boxed> {
    let each = order.weight_g() / i64::from(count);
    let number = |index: u8| u128::from(index);
    let packed = |index: u8| Boxed {
        contents: vec![Content {
            grams: each,
            lot: format!("LOT-{index}").parse().unwrap(),
            maker: HOUSE,
        }],
        label: format!("K{:X}-{index}", order.id.bits()).parse().unwrap(),
        parcel: parcel_id(order.id, number(index)),
        weight_g: each + 300,
    };
    (0..count).map(packed).collect()
}

/// Closes the boxes of a sale or a purchase, by its seller.
pub(in crate::tests) fn pack(world: &mut World, id: OrderId, count: u8) -> Record {
    let order_row = row(world, id);
    let seller = order_row.lines[0].seller;
    let mut boxes = boxes(order_row, count);
    if world.state.party.get(&seller).unwrap().kind == PartyKind::Supplier {
        for packed in &mut boxes {
            packed.contents.clear();
        }
    }
    let command = OrderCommand::Pack { boxes, by_surface: false };
    world.submit(by(seller), order(command, id)).unwrap()
}

/// Who scans for a holder: he himself, `AGENT` for the shop.
fn scanner(holder: PartyId) -> Actor {
    if holder == SHOP { by(AGENT) } else { by(holder) }
}

/// One change of hands, scanned by both; the record of the second scan.
pub(in crate::tests) fn hand_over(world: &mut World, id: ParcelId, taker: PartyId) -> Record {
    let giver = world.state.parcel.get(&id).unwrap().holder;
    world.submit(scanner(giver), parcel(ParcelCommand::Give { taker }, id)).unwrap();
    let code_digest = (taker == SHOP).then_some(CODE);
    let take = ParcelCommand::Take { code_digest, giver, taker };
    world.submit(scanner(taker), parcel(take, id)).unwrap()
}

/// The parcels of an order.
pub(in crate::tests) fn parcels(world: &World, id: OrderId) -> Vec<ParcelId> {
    row(world, id).parcels.keys().copied().collect()
}

const SALE: [P; 7] =
    [P::Placed, P::Paid, P::Accepted, P::Packed, P::Shipped, P::Delivered, P::Completed];

/// A sale of these lines, in one box, on the plain way to this phase; the record that reached it.
pub(in crate::tests) fn sale(
    world: &mut World,
    number: u128,
    lines: &[(ListingId, u32)],
    until: P,
) -> Record {
    assert!(SALE.contains(&until), "a sale never is {until:?}");
    let id = order_id(number);
    let mut record = world.submit(by(BUYER), order(place(lines), id)).unwrap();
    for phase in SALE.into_iter().skip(1).take_while(|phase| *phase <= until) {
        record = sale_step(world, id, phase);
        assert_eq!(row(world, id).phase, phase);
    }
    record
}

/// The plain step of a sale into a phase.
pub(in crate::tests) fn sale_step(world: &mut World, id: OrderId, into: P) -> Record {
    let seller = by(row(world, id).lines[0].seller);
    match into {
        P::Paid => {
            let total = row(world, id).total_minor();
            world.system(payment(id, 0, total))
        }
        P::Accepted => world.submit(seller, order(OrderCommand::Accept, id)).unwrap(),
        P::Packed => pack(world, id, 1),
        P::Shipped => each_parcel(world, id, |world, id| hand_over(world, id, CARRIER)),
        P::Delivered => each_parcel(world, id, |world, id| {
            world.submit(by(CARRIER), parcel(ParcelCommand::Deliver, id)).unwrap()
        }),
        P::Completed => world.submit(by(BUYER), order(OrderCommand::Confirm, id)).unwrap(),
        other => panic!("no step leads a sale into {other:?}"),
    }
}

fn each_parcel(
    world: &mut World,
    id: OrderId,
    step: impl Fn(&mut World, ParcelId) -> Record,
) -> Record {
    let parcels = parcels(world, id);
    parcels.into_iter().map(|id| step(world, id)).last().unwrap()
}

const PURCHASE: [P; 10] = [
    P::Requested,
    P::Quoted,
    P::Consented,
    P::Funded,
    P::Ordered,
    P::Confirmed,
    P::InTransit,
    P::AtShop,
    P::PickedUp,
    P::Completed,
];

/// A purchase of `HOUSE` served by `AGENT`, paid from its wallet, in one box, on the plain way to
/// this phase; the record that reached it.
pub(in crate::tests) fn purchase(
    world: &mut World,
    number: u128,
    lines: &[(ListingId, u32)],
    until: P,
) -> Record {
    assert!(PURCHASE.contains(&until), "a purchase never is {until:?}");
    let id = order_id(number);
    let request = OrderCommand::Request { agent: None, household: HOUSE, lines: lines.to_vec() };
    let mut record = world.submit(by(AGENT), order(request, id)).unwrap();
    for phase in PURCHASE.into_iter().skip(1).take_while(|phase| *phase <= until) {
        record = purchase_step(world, id, phase);
        assert_eq!(row(world, id).phase, phase);
    }
    record
}

/// The day that `purchase` promises: three days from now.
pub(in crate::tests) fn in_three_days(world: &World) -> crate::time::Date {
    crate::time::Date::from_days(world.now().today.days() + 3).unwrap()
}

/// The plain step of a purchase into a phase.
pub(in crate::tests) fn purchase_step(world: &mut World, id: OrderId, into: P) -> Record {
    let (agent, supplier) = (by(AGENT), by(row(world, id).lines[0].seller));
    let body = match into {
        P::Quoted => {
            let (due_on, freight_minor) = (in_three_days(world), QUOTED_FREIGHT);
            order(OrderCommand::Quote { due_on, freight_minor }, id)
        }
        P::Consented => orders(OrdersCommand::Consent { proof: proof(MEMBER) }, &[id]),
        P::Funded => {
            let total = row(world, id).total_minor();
            world.fund(WALLET, total);
            orders(OrdersCommand::Fund { cash_minor: 0, shop: None }, &[id])
        }
        P::Ordered => orders(OrdersCommand::Send { trip: None }, &[id]),
        P::Confirmed => {
            let body = order(OrderCommand::SupplierAccept, id);
            return world.submit(supplier, body).unwrap();
        }
        P::InTransit => {
            pack(world, id, 1);
            return each_parcel(world, id, |world, id| hand_over(world, id, CARRIER));
        }
        P::AtShop => return each_parcel(world, id, |world, id| hand_over(world, id, SHOP)),
        P::PickedUp => {
            let pick_up = ParcelCommand::PickUp { code_digest: CODE, proxy: None };
            return each_parcel(world, id, |world, id| {
                world.submit(agent, parcel(pick_up.clone(), id)).unwrap()
            });
        }
        P::Completed => {
            pass_time(world, id);
            return world.records.last().unwrap().clone();
        }
        other => panic!("no step leads a purchase into {other:?}"),
    };
    world.submit(agent, body).unwrap()
}

/// Waits until the timer of an order is due, and lets the clock run.
pub(in crate::tests) fn pass_time(world: &mut World, id: OrderId) {
    let due_at = row(world, id).due_at.unwrap();
    wait_to(world, due_at);
    world.run_timers();
}

/// Moves the clock forward to a moment.
pub(in crate::tests) fn wait_to(world: &mut World, at: crate::time::Instant) {
    let seconds = (at.micros() - world.now().at.micros()) / 1_000_000;
    world.wait(u32::try_from(seconds).unwrap());
}

/// What each of these accounts holds, on its normal side; nothing where it is not open yet.
pub(in crate::tests) fn balances(world: &World, accounts: &[AccountKey]) -> Vec<i64> {
    let of = |key: &AccountKey| {
        let id = crate::ledger::AccountId { village: VILLAGE, key: *key };
        world.state.account.get(&id).map_or(0, crate::ledger::Account::owned_minor)
    };
    accounts.iter().map(of).collect()
}

/// The money lines of a record, debit positive, in order of their accounts; an account that is
/// named twice is summed.
pub(in crate::tests) fn moved(record: &Record) -> Vec<(AccountKey, i64)> {
    let mut sums = BTreeMap::new();
    for leg in record.legs() {
        *sums.entry(leg.account()).or_default() += leg.amount_minor();
    }
    sums.into_iter().filter(|(_, minor)| *minor != 0).collect()
}

/// Checks the money lines of a record, debit positive, in any order.
pub(in crate::tests) fn assert_moved(record: &Record, lines: &[(AccountKey, i64)]) {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    assert_eq!(moved(record), lines, "{}", record.kind);
}

/// The purpose of a record's posting.
pub(in crate::tests) fn purpose(record: &Record) -> Option<&str> {
    record.effects.iter().find_map(|effect| match effect {
        Effect::Posted { purpose, .. } => Some(purpose.as_str()),
        _ => None,
    })
}

/// A fact: of whom, what, good or bad, worth how much; a counter-fact is negative.
pub(in crate::tests) type Fact = (PartyId, &'static str, bool, i64);

/// The money lines of a posting, debit positive.
pub(in crate::tests) type Lines<'a> = &'a [(AccountKey, i64)];

/// The facts of a record.
pub(in crate::tests) fn facts(record: &Record) -> Vec<Fact> {
    let fact = |effect: &Effect| match effect {
        Effect::EvidenceWritten(fact) => {
            let sign = if fact.is_counter { -1 } else { 1 };
            Some((fact.member, fact.kind.name(), fact.good, fact.value_minor * sign))
        }
        _ => None,
    };
    record.effects.iter().filter_map(fact).collect()
}

/// The code of a refusal, or `ok`.
pub(in crate::tests) fn code(answer: &Result<Record, Refusal>) -> String {
    answer.as_ref().err().map_or_else(|| "ok".to_owned(), Refusal::code)
}
