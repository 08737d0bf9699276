//! A village with as many orders as wanted, written straight into the tables. Owns the rows that the
//! tests of reports ask about; every number follows from the number of the order.

use std::collections::{BTreeMap, BTreeSet};

use verger_domain::effect::{Timer, TimerKind};
use verger_domain::id::{
    CellId, GroupId, ListingId, OrderId, ParcelId, PartyId, ReceiptId, TillId, TripId, VillageId,
};
use verger_domain::ledger::{Account, AccountId, AccountKey, Code};
use verger_domain::market::listing::{ListingText, Photo};
use verger_domain::market::order::{LineState, PayBy};
use verger_domain::market::parcel::{Content, Hop};
use verger_domain::market::split::Released;
use verger_domain::market::till::Receipt;
use verger_domain::market::{
    Flow, Group, GroupPhase, Listing, ListingPhase, Order, OrderLine, OrderPhase, Parcel,
    ParcelPhase, ReturnClass, Till, TillPhase, Trip, TripPhase,
};
use verger_domain::money::Currency;
use verger_domain::party::{Duty, Party, PartyKind, ShortCode};
use verger_domain::state::Entry;
use verger_domain::time::{Date, Instant};

use crate::Store;
use crate::document;
use crate::engine::{Engine, Mode, Write};
use crate::report::Place;
use crate::rows;
use crate::sqlite::Access;
use crate::table::{self, Row, Table};

pub(super) const PLACE: Place = Place { cell: CellId::new(3).unwrap(), village: VillageId::new(7) };

/// 2026-03-01 in the programme's time zone.
pub(super) const START: i64 = 1_772_294_400_000_000;
pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const DAY: i64 = 24 * HOUR;
const SEASON_DAYS: i64 = 180;

pub(super) const SHOP: u128 = 1;
pub(super) const AGENT: u128 = 2;
pub(super) const COOP: u128 = 3;
pub(super) const CARRIER: u128 = 4;
const SUPPLIERS: u128 = 100;
const HOUSEHOLDS: u128 = 1_000;
const BUYERS: u128 = 10_000;
const LISTINGS: u128 = 500;

/// Makes the rows and writes them in portions.
pub(super) struct Crowd {
    engine: Box<dyn Engine>,
    waiting: BTreeMap<&'static str, (&'static Table, Vec<Row>)>,
    accounts: BTreeMap<AccountKey, Account>,
    seq: u64,
    count: i64,
}

pub(super) fn code(text: &str) -> ShortCode {
    text.parse().unwrap()
}

pub(super) fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

fn party(bits: u128) -> PartyId {
    PartyId::from_bits(bits)
}

/// The moment at which the order with this number of so many was placed.
pub(super) fn placed(number: i64, count: i64) -> i64 {
    START + SEASON_DAYS * DAY / count * number
}

impl Crowd {
    /// Writes a village with `count` orders, of which the last tenth is on its way.
    pub(super) fn fill(store: &Store, count: i64) {
        let engine = store.connect(Access::Write).unwrap();
        let (waiting, accounts) = (BTreeMap::new(), BTreeMap::new());
        let mut crowd = Self { engine, waiting, accounts, seq: 0, count };
        crowd.engine.script("begin").unwrap();
        crowd.people();
        crowd.listings();
        for number in 0..count {
            crowd.order(number);
        }
        crowd.others();
        let accounts = std::mem::take(&mut crowd.accounts);
        for account in accounts.values() {
            crowd.add(&table::ACCOUNT, rows::account_row(PLACE.cell, account));
        }
        crowd.flush();
        crowd.engine.script("commit").unwrap();
    }

    fn add(&mut self, table: &'static Table, row: Row) {
        let (_, rows) = self.waiting.entry(table.name).or_insert((table, Vec::new()));
        rows.push(row);
        if rows.len() >= 1_000 {
            let rows = std::mem::take(rows);
            self.engine.write(&Write { table, rows, mode: Mode::Insert }).unwrap();
        }
    }

    fn flush(&mut self) {
        for (table, rows) in std::mem::take(&mut self.waiting).into_values() {
            self.engine.write(&Write { table, rows, mode: Mode::Insert }).unwrap();
        }
    }

    fn person(&mut self, bits: u128, kind: PartyKind, text: &str) {
        let (id, village) = (party(bits), PLACE.village);
        let (certified, duty) = (BTreeSet::new(), Duty::default());
        let row = Party { certified, code: code(text), duty, household: None, id, kind, village };
        self.add(&table::PARTY, rows::party_row(PLACE.cell, &row));
        for code in kind.accounts() {
            self.post(AccountKey::party(*code, id), 0, START);
        }
    }

    fn people(&mut self) {
        self.person(SHOP, PartyKind::Shop, "SHOP");
        self.person(AGENT, PartyKind::Agent, "A1");
        self.person(COOP, PartyKind::Cooperative, "COOP");
        self.person(CARRIER, PartyKind::Carrier, "C1");
        for n in 0..10 {
            self.person(SUPPLIERS + n, PartyKind::Supplier, &format!("S{n}"));
        }
        for n in 0..200 {
            self.person(HOUSEHOLDS + n, PartyKind::Household, &format!("H{n:03}"));
        }
        for n in 0..2_000 {
            self.person(BUYERS + n, PartyKind::Buyer, &format!("B{n:04}"));
        }
    }

    fn listings(&mut self) {
        for n in 0..120 {
            let seller = if n < 60 { COOP } else { SUPPLIERS + n % 10 };
            let row = listing(LISTINGS + n, seller, &format!("good-{n:03}"));
            self.add(&table::LISTING, document::row(PLACE.cell, &row));
        }
    }

    /// Adds to an account, debit positive; zero only opens it. Each call is a record of its own.
    fn post(&mut self, key: AccountKey, amount_minor: i64, micros: i64) {
        self.seq += 1;
        self.post_in_record(key, amount_minor, micros);
    }

    fn post_in_record(&mut self, key: AccountKey, amount_minor: i64, micros: i64) {
        let id = AccountId { village: PLACE.village, key };
        let open = || Account::open(id, Currency::CNY, String::new());
        let account = self.accounts.entry(key).or_insert_with(open);
        if amount_minor == 0 {
            return;
        }
        account.debits_posted += amount_minor.max(0);
        account.credits_posted += amount_minor.min(0).abs();
        let entry = Entry {
            account: id,
            seq: self.seq,
            leg: u32::from(key.code.number()),
            amount_minor,
            balance_minor: account.balance_minor(),
            effective_on: Date::from_days(20_600).unwrap(),
            at: at(micros),
        };
        self.add(&table::ENTRY, rows::entry_row(PLACE.cell, &entry));
    }

    fn order(&mut self, number: i64) {
        let row = order(number, self.count);
        let (placed, agent) = (placed(number, self.count), party(AGENT));
        let parcel = parcel(&row, number, placed + 5 * HOUR);
        self.add(&table::MARKET_ORDER, document::row(PLACE.cell, &row));
        if !matches!(row.phase, OrderPhase::Accepted | OrderPhase::Funded | OrderPhase::Expired) {
            self.add(&table::PARCEL, document::row(PLACE.cell, &parcel));
        }
        if row.paid_minor > 0 {
            self.post(row.escrow(), -row.paid_minor, placed + HOUR);
        }
        if row.phase != OrderPhase::Completed {
            return;
        }
        let done = placed + 3 * DAY;
        let (released, seller) = (row.released, row.lines[0].proceeds);
        self.post(row.escrow(), row.paid_minor, done);
        self.post_in_record(seller, -released.rest_minor, done);
        let carrier = AccountKey::party(Code::PAYABLE_CARRIER, party(CARRIER));
        self.post_in_record(carrier, -released.freight_minor, done);
        let pending = AccountKey::party(Code::COMMISSION_PENDING, agent);
        self.post_in_record(pending, -released.commission_minor, done);
        if row.is_vested {
            self.post(pending, released.commission_minor, done + DAY);
            let wallet = AccountKey::party(Code::WALLET, agent);
            self.post_in_record(wallet, -released.commission_minor, done + DAY);
        }
    }

    /// A trip, a till session, a group purchase, a waiting payment, and a payment to a supplier.
    fn others(&mut self) {
        let end = START + SEASON_DAYS * DAY;
        let manifest = (0..3).map(|n| (ParcelId::from_bits(n + 1), 1_000 + i64::from(n == 2)));
        let manifest: BTreeMap<ParcelId, i64> = manifest.collect();
        let trip = Trip {
            arrived: manifest.keys().take(2).copied().collect(),
            carrier: party(CARRIER),
            cost_minor: 1_000,
            id: TripId::from_bits(9),
            manifest,
            phase: TripPhase::Closed,
            version: 4,
            village: PLACE.village,
        };
        self.add(&table::TRIP, document::row(PLACE.cell, &trip));
        self.post(AccountKey::village(Code::TRIP), 1_000, end);
        let carrier = party(CARRIER);
        self.post_in_record(AccountKey::party(Code::PAYABLE_CARRIER, carrier), -1_000, end);
        self.post(AccountKey::party(Code::CLAIM_CARRIER, carrier), 700, end);
        self.post(AccountKey::party(Code::CLAIM_CARRIER, carrier), -200, end);
        self.post(AccountKey::party(Code::PAYABLE_SUPPLIER, party(SUPPLIERS)), 5_000, end);
        self.post(AccountKey::party(Code::CLAIM_SUPPLIER, party(SUPPLIERS)), 300, end);
        self.add(&table::TILL, document::row(PLACE.cell, &till(end)));
        let drawer = AccountKey::party(Code::DRAWER, party(SHOP));
        for (minor, hours) in [(10_000, 0), (4_000, 1), (-1_500, 2), (-8_000, 3), (-50, 8)] {
            self.post(drawer, minor, end + hours * HOUR);
            if minor == -8_000 {
                let bank = AccountKey::village(Code::BANK_ESCROW);
                self.post_in_record(bank, 8_000, end + hours * HOUR);
            }
        }
        self.money_that_waits(end);
        let pending = AccountKey::party(Code::COMMISSION_PENDING, party(AGENT));
        self.post(pending, -120, end);
        for n in 0..2 {
            let (kind, subject) = (TimerKind::Order, order(n, self.count).id.bits());
            let timer = Timer { due_at: at(START + n * DAY), kind, subject };
            self.add(&table::TIMER, rows::timer_row(PLACE.cell, timer, PLACE.village));
        }
        self.add(&table::GROUP_PURCHASE, document::row(PLACE.cell, &group()));
    }

    fn money_that_waits(&mut self, end: i64) {
        let clearing = AccountKey::village(Code::PSP_CLEARING);
        self.post(clearing, 9_000, end - 5 * DAY);
        self.post(clearing, -6_000, end - 4 * DAY);
        self.post(clearing, 4_990, end - DAY);
        self.post_in_record(AccountKey::village(Code::UNAPPLIED), -4_990, end - DAY);
        let order = OrderId::from_bits(u128::MAX);
        let told = Receipt {
            amount_minor: 4_990,
            at: at(end - DAY),
            id: ReceiptId::from_bits(1),
            is_waiting: true,
            order,
            payer: None,
            village: PLACE.village,
        };
        self.add(&table::RECEIPT, rows::receipt_row(PLACE.cell, order, &vec![told]));
    }
}

fn listing(bits: u128, seller: u128, text: &str) -> Listing {
    Listing {
        appeal_until: None,
        author: party(AGENT),
        code: code(text),
        due_at: None,
        id: ListingId::from_bits(bits),
        is_appealed: false,
        phase: ListingPhase::Live,
        price_minor: 3_990,
        price_version: 1,
        stock: None,
        text: ListingText {
            category: "fruit".to_owned(),
            claims: BTreeMap::new(),
            class: ReturnClass::Perishable,
            freight_minor: 1_000,
            grade: Some("A".to_owned()),
            name: format!("湖景蜜桃 {text}"),
            name_latin: format!("Hujing peaches {text}"),
            names: BTreeMap::from([("fr".to_owned(), format!("pêches Hujing {text}"))]),
            packaging_minor: 450,
            photos: vec![Photo([7; 32])],
            pool: None,
            season: None,
            seller: party(seller),
            township_price_minor: Some(4_500),
            unit: "box".to_owned(),
            variety: Some("hujing".to_owned()),
            weight_g: 2_500,
        },
        version: 3,
        village: PLACE.village,
    }
}

fn phase(number: i64, count: i64, flow: Flow) -> OrderPhase {
    let is_open = number >= count - count / 10;
    match (flow, is_open, number % 2 == 0) {
        (Flow::Sale, true, true) => OrderPhase::Accepted,
        (Flow::Sale, true, false) => OrderPhase::Packed,
        (Flow::Purchase, true, true) => OrderPhase::Funded,
        (Flow::Purchase, true, false) => OrderPhase::AtShop,
        _ if number % 40 == 7 => OrderPhase::Refunded,
        _ if number % 60 == 11 => OrderPhase::Expired,
        _ => OrderPhase::Completed,
    }
}

fn line(number: i64, flow: Flow) -> OrderLine {
    let n = u128::try_from(number).unwrap();
    let (listing, seller, township) = match flow {
        Flow::Sale => (n % 60, COOP, None),
        Flow::Purchase => (60 + n % 60, SUPPLIERS + n % 10, Some(9_000)),
    };
    let proceeds = match flow {
        Flow::Sale => AccountKey { code: Code::POOL, owner: 77 },
        Flow::Purchase => AccountKey::party(Code::PAYABLE_SUPPLIER, party(seller)),
    };
    OrderLine {
        class: ReturnClass::Perishable,
        commission_bps: 500,
        cooperative_bps: 400,
        listing: ListingId::from_bits(LISTINGS + listing),
        packaging_minor: 900,
        platform_bps: 100,
        price_minor: 3_990,
        price_version: 1,
        proceeds,
        quantity: 2,
        refunded_minor: 0,
        seller: party(seller),
        state: LineState::Open,
        township_minor: township,
        weight_g: 5_000,
    }
}

/// The order with this number.
pub(super) fn order(number: i64, count: i64) -> Order {
    let flow = if number % 5 < 3 { Flow::Sale } else { Flow::Purchase };
    let (phase, n) = (phase(number, count, flow), u128::try_from(number).unwrap());
    let placed = placed(number, count);
    let is_expired = phase == OrderPhase::Expired;
    let mut line = line(number, flow);
    let total = line.goods_minor() + 1_000;
    let mut freight_refunded_minor = 0;
    let mut released = Released::default();
    if phase == OrderPhase::Completed {
        released = Released {
            commission_minor: 399,
            cooperative_minor: 319,
            freight_minor: 1_000,
            goods_minor: 7_980,
            packaging_minor: 900,
            platform_minor: 79,
            rest_minor: 7_980 - 399 - 319 - 900 - 79,
        };
        line.state = LineState::Released;
    } else if phase == OrderPhase::Refunded {
        (line.refunded_minor, freight_refunded_minor) = (7_980, 1_000);
    }
    let first = if flow == Flow::Sale { OrderPhase::Placed } else { OrderPhase::Requested };
    let mut reached = BTreeMap::from([(first, at(placed))]);
    if !is_expired {
        reached.insert(OrderPhase::Paid, at(placed + HOUR));
    }
    if phase == OrderPhase::Completed {
        reached.insert(phase, at(placed + 3 * DAY));
    }
    let buyer = if flow == Flow::Sale { BUYERS + n % 2_000 } else { HOUSEHOLDS + n % 200 };
    Order {
        agent: Some(party(AGENT)),
        buyer: party(buyer),
        by_surface: false,
        carrier: Some(party(CARRIER)),
        commission_reversed_minor: 0,
        disputes_open: 0,
        due_at: None,
        due_on: None,
        flow,
        freight_minor: 1_000,
        freight_refunded_minor,
        goodwill_minor: 0,
        id: OrderId::from_bits((1 << 100) + (n << 8)),
        is_awaited: false,
        is_dishonest: false,
        is_extended: false,
        is_self_dealing: false,
        is_vested: phase == OrderPhase::Completed && number % 3 == 0,
        lines: vec![line],
        lots: BTreeMap::new(),
        makers: BTreeMap::from([(party(HOUSEHOLDS + n % 200), 5_000)]),
        paid_minor: if is_expired { 0 } else { total },
        parcels: BTreeMap::from([(ParcelId::from_bits(n + 1), false)]),
        pay_by: PayBy::Online,
        payer: None,
        phase,
        proof: None,
        reached,
        released,
        review: None,
        secret_hash: Some([5; 32]),
        short_minor: 0,
        trip: (number % 2 == 0).then_some(TripId::from_bits(9)),
        version: 9,
        village: PLACE.village,
    }
}

fn parcel(order: &Order, number: i64, micros: i64) -> Parcel {
    let n = u128::try_from(number).unwrap();
    let hop = |giver, taker, took: Option<i64>| Hop {
        gave_at: Some(at(micros)),
        giver: party(giver),
        taker: party(taker),
        took_at: took.map(at),
    };
    let (phase, hops) = match order.phase {
        OrderPhase::Packed => (ParcelPhase::Labelled, vec![hop(AGENT, CARRIER, None)]),
        OrderPhase::AtShop => (
            ParcelPhase::AtShop,
            vec![
                hop(SUPPLIERS, CARRIER, Some(micros + HOUR)),
                hop(CARRIER, SHOP, Some(micros + 9 * HOUR)),
            ],
        ),
        _ => (ParcelPhase::Delivered, vec![hop(AGENT, CARRIER, Some(micros))]),
    };
    let content = |bits| Content { grams: 2_500, lot: code("L0001"), maker: party(bits) };
    Parcel {
        claim: None,
        code: None,
        contents: vec![content(HOUSEHOLDS + n % 200), content(HOUSEHOLDS + n % 200)],
        damage: Vec::new(),
        due_at: None,
        holder: party(SHOP),
        hops,
        id: ParcelId::from_bits(n + 1),
        is_live: false,
        label: code(&format!("P{number:06}")),
        order: order.id,
        phase,
        proxy: None,
        trip: None,
        version: 5,
        village: PLACE.village,
        weight_g: 5_400,
    }
}

fn till(end: i64) -> Till {
    Till {
        agent: party(AGENT),
        banked_minor: 8_000,
        closed_at: Some(at(end + 8 * HOUR)),
        closed_minor: Some(4_450),
        gap_minor: -50,
        id: TillId::from_bits(4),
        opened_at: at(end),
        opened_minor: 10_000,
        phase: TillPhase::Closed,
        shop: party(SHOP),
        version: 3,
        village: PLACE.village,
    }
}

fn group() -> Group {
    Group {
        agent: party(AGENT),
        commission_bps: 200,
        due_at: None,
        id: GroupId::from_bits(3),
        is_vested: false,
        joined: BTreeMap::new(),
        list_price_minor: 100,
        listing: ListingId::from_bits(LISTINGS + 61),
        phase: GroupPhase::Settled,
        platform_bps: 100,
        released: Released { commission_minor: 120, goods_minor: 6_000, ..Released::default() },
        supplier: party(SUPPLIERS + 1),
        tiers: Vec::new(),
        version: 5,
        village: PLACE.village,
    }
}
