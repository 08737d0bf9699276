//! One sample of every event, refusal and command of the market. `journal` freezes their text and
//! checks that none is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::world::*;
use super::stage::*;
use crate::command::{Body, Proof, ProofBy};
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{DisputeId, GroupId, ListingId, OrderId, ParcelId, ReceiptId, TillId, TripId};
use crate::ledger::AccountKey;
use crate::market::command::{
    DisputeCommand, GroupCommand, Guest, ListingCommand, OrderCommand, OrdersCommand,
    ParcelCommand, TillCommand, TripCommand,
};
use crate::market::dispute::{DisputeReason, Fault, Settlement};
use crate::market::group::{Joined, Tier};
use crate::market::listing::{ClaimDocument, Stock};
use crate::market::order::{LineNo, LineState, PayBy};
use crate::market::parcel::{CarrierClaim, Content, Hop, PickupCode};
use crate::market::split::Released;
use crate::market::till::Receipt;
use crate::market::{
    Dispute, DisputeEvent as DE, DisputePhase, Flow, Group, GroupEvent as GE, GroupPhase, Listing,
    ListingEvent as LE, ListingPhase, Order, OrderEvent as OE, OrderLine, OrderPhase, Parcel,
    ParcelEvent as PE, ParcelPhase, ReturnClass, Review, ReviewWord, Till, TillEvent, TillPhase,
    Trip, TripEvent as TE, TripPhase,
};
use crate::party::{Duty, PartyKind, PinTries};
use crate::refusal::MarketRefusal as M;
use crate::time::Instant;

const ORDER: OrderId = OrderId::from_bits(7);
const PARCEL: ParcelId = ParcelId::from_bits(8);
const TRIP: TripId = TripId::from_bits(9);
const DISPUTE: DisputeId = DisputeId::from_bits(10);
const GROUP: GroupId = GroupId::from_bits(11);
const SESSION: TillId = TillId::from_bits(12);
const LISTING: ListingId = ListingId::from_bits(13);

const AT: Instant = Instant::from_micros(1_784_505_600_000_000);

fn day() -> crate::time::Date {
    "2026-07-23".parse().unwrap()
}

fn reason() -> String {
    "quote \" backslash \\ 桃".to_owned()
}

fn review() -> Review {
    Review { stars: 4, words: [ReviewWord::Fresh, ReviewWord::Late].into() }
}

fn released() -> Released {
    Released {
        commission_minor: 199,
        cooperative_minor: 159,
        freight_minor: 1_000,
        goods_minor: 3_990,
        packaging_minor: 450,
        platform_minor: 39,
        rest_minor: 3_143,
    }
}

fn listing_row() -> Listing {
    let mut row_text = text(FRUIT);
    row_text.claims = BTreeMap::from([
        ("organic".to_owned(), ClaimDocument(Some(photo(3)))),
        ("\"fair\"".to_owned(), ClaimDocument(None)),
    ]);
    Listing {
        appeal_until: Some(AT),
        author: HOUSE,
        code: "L1".parse().unwrap(),
        due_at: None,
        id: LISTING,
        is_appealed: false,
        phase: ListingPhase::Draft,
        price_minor: 3_990,
        price_version: 1,
        stock: Some(Stock { held: 1, on_hand: 40 }),
        text: row_text,
        version: 0,
        village: VILLAGE,
    }
}

fn line(class: ReturnClass, state: LineState) -> OrderLine {
    OrderLine {
        class,
        commission_bps: 500,
        cooperative_bps: 400,
        listing: LISTING,
        packaging_minor: 450,
        platform_bps: 100,
        price_minor: 3_990,
        price_version: 1,
        proceeds: POOL,
        quantity: 1,
        refunded_minor: 0,
        seller: COOPERATIVE,
        state,
        township_minor: None,
        weight_g: 2_500,
    }
}

fn order_row() -> Order {
    use LineState::{Frozen, Open, Released as Gone};
    use ReturnClass::{Days7, Days7Unopened, Food, Live, Perishable, Virtual};
    let lines = [(Live, Open), (Perishable, Frozen), (Food, Gone), (Days7, Open)];
    let lines = lines.into_iter().chain([(Days7Unopened, Open), (Virtual, Open)]);
    Order {
        agent: Some(AGENT),
        buyer: BUYER,
        by_surface: true,
        carrier: Some(CARRIER),
        commission_reversed_minor: 1,
        disputes_open: 1,
        due_at: Some(AT),
        due_on: Some(day()),
        flow: Flow::Sale,
        freight_minor: 1_000,
        freight_refunded_minor: 2,
        goodwill_minor: 3,
        id: ORDER,
        is_awaited: false,
        is_dishonest: false,
        is_extended: true,
        is_self_dealing: false,
        is_vested: true,
        lines: lines.map(|(class, state)| line(class, state)).collect(),
        lots: BTreeMap::new(),
        makers: BTreeMap::from([(HOUSE, 2_500)]),
        paid_minor: 4_990,
        parcels: BTreeMap::from([(PARCEL, true)]),
        pay_by: PayBy::Transfer,
        payer: None,
        phase: OrderPhase::Paid,
        proof: Some(Proof { by: ProofBy::Witness(KIN), member: MEMBER }),
        // An order is in the journal only as it was placed: more stations come as events.
        reached: BTreeMap::from([(OrderPhase::Placed, AT)]),
        released: released(),
        review: None,
        secret_hash: Some([4; 32]),
        short_minor: 5,
        trip: Some(TRIP),
        version: 9,
        village: VILLAGE,
    }
}

fn content() -> Content {
    Content { grams: 2_500, lot: "LOT-1".parse().unwrap(), maker: HOUSE }
}

fn claim() -> CarrierClaim {
    CarrierClaim { amount_minor: 3_990, carrier: CARRIER, is_paid: false }
}

fn parcel_row() -> Parcel {
    let tries = PinTries { locked_until: Some(AT), wrong: 0 };
    Parcel {
        claim: Some(claim()),
        code: Some(PickupCode { digest: [6; 32], tries }),
        contents: vec![content()],
        damage: vec![photo(2)],
        due_at: Some(AT),
        holder: CARRIER,
        hops: vec![Hop { gave_at: Some(AT), giver: COOPERATIVE, taker: CARRIER, took_at: None }],
        id: PARCEL,
        is_live: false,
        label: "K7-0".parse().unwrap(),
        order: ORDER,
        phase: ParcelPhase::HandedOver,
        proxy: Some(KIN),
        trip: Some(TRIP),
        version: 3,
        village: VILLAGE,
        weight_g: 2_800,
    }
}

fn trip_row() -> Trip {
    Trip {
        arrived: BTreeSet::from([PARCEL]),
        carrier: CARRIER,
        cost_minor: 5_000,
        id: TRIP,
        manifest: BTreeMap::from([(PARCEL, 2_800)]),
        phase: TripPhase::Closed,
        version: 4,
        village: VILLAGE,
    }
}

fn settlement() -> Settlement {
    let lines = BTreeMap::from([(LineNo(0), 1_000), (LineNo(12), 5)]);
    Settlement { fault: Fault::Seller, freight_minor: 7, lines }
}

fn dispute_row() -> Dispute {
    Dispute {
        claim: settlement(),
        dishonest: Some(BUYER),
        due_at: Some(AT),
        id: DISPUTE,
        is_appealed: true,
        opener: BUYER,
        order: ORDER,
        panelist: Some(KIN),
        phase: DisputePhase::Ruled,
        photos: vec![photo(2)],
        reason: DisputeReason::Damaged,
        settlement: Some(Settlement { fault: Fault::Goodwill, ..settlement() }),
        version: 5,
        village: VILLAGE,
    }
}

fn tiers() -> Vec<Tier> {
    vec![Tier { from_quantity: 5, price_minor: 11_000 }]
}

fn group_row() -> Group {
    Group {
        agent: AGENT,
        commission_bps: 200,
        due_at: Some(AT),
        id: GROUP,
        is_vested: false,
        joined: BTreeMap::from([(
            HOUSE,
            Joined { is_own: false, paid_minor: 12_000, quantity: 1 },
        )]),
        list_price_minor: 12_000,
        listing: LISTING,
        phase: GroupPhase::Open,
        platform_bps: 100,
        released: Released::default(),
        supplier: SUPPLIER,
        tiers: tiers(),
        version: 1,
        village: VILLAGE,
    }
}

fn till_row() -> Till {
    Till {
        agent: AGENT,
        banked_minor: 1,
        closed_at: Some(AT),
        closed_minor: Some(2),
        gap_minor: -3,
        id: SESSION,
        opened_at: AT,
        opened_minor: 4,
        phase: TillPhase::Closed,
        shop: SHOP,
        version: 2,
        village: VILLAGE,
    }
}

fn listing_events() -> Vec<LE> {
    let (price_minor, ends_at) = (4_200, Some(AT));
    vec![
        LE::Drafted(Box::new(listing_row())),
        LE::Edited(Box::new(text(FEED))),
        LE::Submitted { remind_at: AT },
        LE::Approved { ends_at },
        LE::Rejected { reason: reason() },
        LE::Reminded,
        LE::Paused,
        LE::Resumed,
        LE::Priced { price_minor },
        LE::Stocked { delta_held: -1, delta_on_hand: -1, reason: reason() },
        LE::Ended,
        LE::TakenDown { appeal_until: AT, reason: reason() },
        LE::Appealed,
        LE::AppealJudged { is_won: false },
    ]
}

fn order_events() -> Vec<OE> {
    let (due_at, proof) = (Some(AT), Proof { by: ProofBy::Voice(photo(5)), member: MEMBER });
    let lines = || vec![LineNo(0), LineNo(12)];
    let paid = |lines| OE::Paid { is_self_dealing: true, lines, paid_minor: 4_990, payer: None };
    let makers = BTreeMap::from([(HOUSE, 2_500)]);
    let reached = OrderPhase::ALL.into_iter().map(|phase| OE::Reached { due_at, phase });
    let events = vec![
        OE::Placed(Box::new(order_row())),
        OE::DueSet { due_at: None },
        OE::Extended { due_at: AT },
        OE::Quoted { due_on: day(), freight_minor: 600 },
        OE::Agreed { proof },
        OE::PaidShort { amount_minor: 4_989 },
        paid(Vec::new()),
        paid(vec![line(ReturnClass::Food, LineState::Open)]),
        OE::BatchedInto { trip: Some(TRIP) },
        OE::Boxed { by_surface: false, lots: BTreeMap::new(), makers, parcels: vec![PARCEL] },
        OE::Carried { carrier: CARRIER },
        OE::ParcelPassed { parcel: PARCEL },
        OE::Frozen { lines: lines() },
        OE::Thawed { is_dishonest: true, lines: lines() },
        OE::Refunded { freight_minor: 7, lines: settlement().lines },
        OE::Released(released()),
        OE::GoodwillGiven { amount_minor: 500, commission_minor: 25 },
        OE::Vested,
        OE::Reviewed(review()),
    ];
    events.into_iter().chain(reached).collect()
}

fn parcel_events() -> Vec<PE> {
    let tries = PinTries { locked_until: None, wrong: 4 };
    let moved = ParcelPhase::ALL.into_iter().map(|phase| PE::Moved { due_at: None, phase });
    let events = vec![
        PE::Labelled(Box::new(parcel_row())),
        PE::Gave { taker: CARRIER },
        PE::Took { giver: COOPERATIVE, taker: CARRIER },
        PE::DueSet { due_at: Some(AT) },
        PE::CodeSet { digest: [6; 32] },
        PE::CodeTried { tries },
        PE::ProxyNamed { proxy: KIN },
        PE::Loaded { trip: TRIP },
        PE::Damaged { photos: vec![photo(2)] },
        PE::ClaimAccepted(claim()),
        PE::ClaimPaid,
    ];
    events.into_iter().chain(moved).collect()
}

fn trip_events() -> Vec<TE> {
    vec![
        TE::Planned(Box::new(trip_row())),
        TE::Loaded { parcels: BTreeMap::from([(PARCEL, 2_800)]) },
        TE::Departed,
        TE::Arrived { counted: BTreeSet::from([PARCEL]) },
        TE::Closed { cost_minor: 5_000 },
    ]
}

fn dispute_events() -> Vec<DE> {
    let settlement = settlement();
    let ruled = DE::Ruled {
        cites: vec![photo(2)],
        dishonest: None,
        due_at: AT,
        panelist: KIN,
        settlement: settlement.clone(),
    };
    vec![
        DE::Opened(Box::new(dispute_row())),
        DE::Offered { due_at: AT, settlement: settlement.clone() },
        DE::Agreed { settlement },
        DE::ReturnApproved { due_at: AT },
        DE::Refused { photos: vec![photo(4)] },
        DE::Escalated { due_at: Some(AT) },
        ruled,
        DE::Appealed { due_at: None },
        DE::Reminded,
        DE::Executed,
        DE::Withdrawn,
    ]
}

fn group_events() -> Vec<GE> {
    let refunds = BTreeMap::from([(HOUSE, 1_000)]);
    vec![
        GE::Opened(Box::new(group_row())),
        GE::Joined { household: HOUSE, is_own: false, paid_minor: 12_000, quantity: 1 },
        GE::Closed { refunds: refunds.clone() },
        GE::Failed { refunds },
        GE::Ordered,
        GE::HandedOut { due_at: AT },
        GE::Settled { due_at: Some(AT), released: released() },
        GE::Vested,
    ]
}

fn till_events() -> Vec<TillEvent> {
    vec![
        TillEvent::Opened(Box::new(till_row())),
        TillEvent::Banked { amount_minor: 5 },
        TillEvent::Closed { counted_minor: 5, gap_minor: -5 },
        TillEvent::Reconciled,
    ]
}

fn receipt(payer: Option<[u8; 32]>) -> Receipt {
    let (id, is_waiting) = (ReceiptId::from_bits(14), payer.is_none());
    Receipt { amount_minor: 4_990, at: AT, id, is_waiting, order: ORDER, payer, village: VILLAGE }
}

/// At least one effect of every variant and of every event within it.
pub(in crate::tests) fn effects() -> Vec<Effect> {
    let duty = Duty {
        is_suspended: true,
        office: None,
        probation_until: Some(day()),
        review_until: Some(AT),
    };
    let certified = BTreeSet::from(crate::party::Module::ALL);
    let timers = TimerKind::ALL.into_iter();
    let timers =
        timers.map(|kind| Effect::TimerSet(Timer { due_at: AT, kind, subject: ORDER.bits() }));
    let single = [
        Effect::Certified { agent: AGENT, certified, duty },
        Effect::ReceiptWritten(receipt(None)),
        Effect::ReceiptWritten(receipt(Some([7; 32]))),
        Effect::PayerKnown { party: BUYER, payer: [7; 32] },
        Effect::PhotoUsed(photo(2)),
    ];
    let listings = listing_events().into_iter();
    let orders = order_events().into_iter();
    let parcels = parcel_events().into_iter();
    let trips = trip_events().into_iter();
    let disputes = dispute_events().into_iter();
    let groups = group_events().into_iter();
    let tills = till_events().into_iter();
    single
        .into_iter()
        .chain(timers)
        .chain(listings.map(|event| Effect::Listing { event, listing: LISTING }))
        .chain(orders.map(|event| Effect::Order { event, order: ORDER }))
        .chain(parcels.map(|event| Effect::Parcel { event, parcel: PARCEL }))
        .chain(trips.map(|event| Effect::Trip { event, trip: TRIP }))
        .chain(disputes.map(|event| Effect::Dispute { dispute: DISPUTE, event }))
        .chain(groups.map(|event| Effect::Group { event, group: GROUP }))
        .chain(tills.map(|event| Effect::Till { event, till: SESSION }))
        .chain(super::lots::effects())
        .chain(super::seasons::effects())
        .chain(super::members::effects())
        .collect()
}

/// A refusal, its code, its details as text and the field it is about.
pub(in crate::tests) type Sample = (M, &'static str, &'static str, Option<&'static str>);

/// Every refusal of the market.
pub(in crate::tests) fn refusals() -> Vec<Sample> {
    let custody = custody_samples().into_iter().chain(super::lots::refusals());
    let custody = custody.chain(super::seasons::refusals()).chain(super::members::refusals());
    subject_samples().into_iter().chain(order_samples()).chain(custody).collect()
}

const LISTING_13: &str = r#"{"listing":"listing_0000000000000000000000000000000d"}"#;
const OF_LISTING: &str = r#"{"subject":"listing_0000000000000000000000000000000d"}"#;
const MICROS: &str = r#"{"ended_at":1784505600000000}"#;

fn subject_samples() -> Vec<Sample> {
    let (subject, field) = (LISTING.to_string(), "reason".to_owned());
    let (allowed, phase) = (vec!["pause".to_owned()], "live".to_owned());
    vec![
        (M::SubjectUnknown { subject: subject.clone() }, "subject_unknown", OF_LISTING, None),
        (M::SubjectExists { subject }, "subject_exists", OF_LISTING, None),
        (M::Stale { version: 3 }, "stale", r#"{"version":3}"#, Some("version")),
        (
            M::IllegalTransition { allowed, phase },
            "illegal_transition",
            r#"{"allowed":["pause"],"phase":"live"}"#,
            None,
        ),
        (M::AgentSuspended, "agent_suspended", "{}", None),
        (
            M::ProbationLimit { max_minor: 5 },
            "probation_limit",
            r#"{"max_minor":5}"#,
            Some("amount_minor"),
        ),
        (
            M::OutOfRangeNumber { field: field.clone(), max: 9, min: 1 },
            "out_of_range_number",
            r#"{"field":"reason","max":9,"min":1}"#,
            None,
        ),
        (
            M::ListLength { field: field.clone(), max: 9 },
            "list_length",
            r#"{"field":"reason","max":9}"#,
            None,
        ),
        (M::TextLength { field, max: 9 }, "text_length", r#"{"field":"reason","max":9}"#, None),
        (
            M::ListingIncomplete { missing: "photos".to_owned() },
            "listing_incomplete",
            r#"{"missing":"photos"}"#,
            None,
        ),
        (M::WindowOver { ended_at: AT }, "window_over", MICROS, None),
    ]
}

fn order_samples() -> Vec<Sample> {
    let (listing, from, to) = (LISTING, "2026-07-01".parse().unwrap(), day());
    vec![
        (M::NotOnSale { listing }, "not_on_sale", LISTING_13, Some("lines")),
        (
            M::OutOfSeason { from, listing, to },
            "out_of_season",
            r#"{"from":"2026-07-01","listing":"listing_0000000000000000000000000000000d","to":"2026-07-23"}"#,
            Some("lines"),
        ),
        (
            M::SoldOut { available: 1, listing },
            "sold_out",
            r#"{"available":1,"listing":"listing_0000000000000000000000000000000d"}"#,
            Some("lines"),
        ),
        (M::MixedOrder, "mixed_order", "{}", Some("lines")),
        (
            M::AmountNotDue { due_minor: 5 },
            "amount_not_due",
            r#"{"due_minor":5}"#,
            Some("amount_minor"),
        ),
        (M::MixedBatch, "mixed_batch", "{}", Some("orders")),
        (
            M::PackedWeight { max_g: 3, min_g: 2, packed_g: 1 },
            "packed_weight",
            r#"{"max_g":3,"min_g":2,"packed_g":1}"#,
            Some("boxes"),
        ),
        (
            M::DueInPast { due_on: from, today: to },
            "due_in_past",
            r#"{"due_on":"2026-07-01","today":"2026-07-23"}"#,
            Some("due_on"),
        ),
        (M::NoChangeOfMind, "no_change_of_mind", "{}", Some("claim")),
        (M::ClaimTooLarge { max_minor: 5 }, "claim_too_large", r#"{"max_minor":5}"#, Some("claim")),
        (M::LineNotDisputable { line: 1 }, "line_not_disputable", r#"{"line":1}"#, Some("claim")),
    ]
}

fn custody_samples() -> Vec<Sample> {
    vec![
        (M::PhotoNeeded, "photo_needed", "{}", Some("photos")),
        (
            M::PhotoReused { photo: photo(1) },
            "photo_reused",
            r#"{"photo":"0101010101010101010101010101010101010101010101010101010101010101"}"#,
            Some("photos"),
        ),
        (
            M::NotIndependent { party: HOUSE },
            "not_independent",
            r#"{"party":"party_00000000000000000000000000000011"}"#,
            Some("proof"),
        ),
        (
            M::NotTheHolder { holder: HOUSE },
            "not_the_holder",
            r#"{"holder":"party_00000000000000000000000000000011"}"#,
            None,
        ),
        (M::WrongCode { tries_left: 4 }, "wrong_code", r#"{"tries_left":4}"#, Some("code")),
        (
            M::CodeLocked { locked_until: AT },
            "code_locked",
            r#"{"locked_until":1784505600000000}"#,
            Some("code"),
        ),
        (
            M::CountDiffers { counted: 1, expected: 2 },
            "count_differs",
            r#"{"counted":1,"expected":2}"#,
            Some("counted"),
        ),
        (M::TillNotOpen, "till_not_open", "{}", None),
        (M::TillIsOpen, "till_is_open", "{}", None),
        (
            M::TierNotReached { needed: 2, quantity: 1 },
            "tier_not_reached",
            r#"{"needed":2,"quantity":1}"#,
            None,
        ),
        (
            M::NotPayable { account: WALLET },
            "not_payable",
            r#"{"account":"2010:00000000000000000000000000000011"}"#,
            Some("payees"),
        ),
    ]
}

/// One command of every kind of the market.
pub(in crate::tests) fn bodies() -> Vec<Body> {
    let timer = Timer { due_at: AT, kind: TimerKind::Order, subject: ORDER.bits() };
    let duty = Duty { review_until: Some(AT), ..Duty::default() };
    let certified = BTreeSet::from(EVERY_MODULE);
    let payees: Vec<(AccountKey, i64)> = vec![(CARRIER_DUE, 5)];
    let single = vec![
        Body::Certify { agent: AGENT, certified, duty },
        payment(ORDER, 0, 4_990),
        Body::SettleProcessor { fee_minor: 5, gross_minor: 500 },
        Body::PayOut { payees },
        Body::TimeOut { timer },
    ];
    let listings = listing_commands().into_iter().map(|command| listing(command, LISTING));
    let all_orders = order_commands().into_iter().map(|command| order(command, ORDER));
    let batches = orders_commands().into_iter().map(|command| orders(command, &[ORDER]));
    let parcels = parcel_commands().into_iter().map(|command| parcel(command, PARCEL));
    let trips = trip_commands().into_iter().map(|command| trip(command, TRIP));
    let disputes = dispute_commands().into_iter().map(|command| dispute(command, DISPUTE));
    let groups = group_commands().into_iter().map(|command| group(command, GROUP));
    let tills = till_commands().into_iter().map(|command| till(command, SESSION));
    single
        .into_iter()
        .chain(listings)
        .chain(all_orders)
        .chain(batches)
        .chain(parcels)
        .chain(trips)
        .chain(disputes)
        .chain(groups)
        .chain(tills)
        .chain(super::lots::bodies())
        .chain(super::seasons::bodies())
        .chain(super::members::bodies())
        .collect()
}

fn listing_commands() -> Vec<ListingCommand> {
    use ListingCommand as C;
    vec![
        draft(FRUIT),
        C::Edit { text: Box::new(text(FEED)) },
        C::Submit,
        C::Approve,
        C::Reject { reason: reason() },
        C::Pause,
        C::Resume,
        C::Price { price_minor: 5 },
        C::Stock { delta: -1, reason: reason() },
        C::End,
        C::TakeDown { reason: reason() },
        C::Appeal,
        C::JudgeAppeal { is_won: true },
    ]
}

fn order_commands() -> Vec<OrderCommand> {
    use OrderCommand as C;
    let newcomer = party(NOBODY, "B99", PartyKind::Buyer, None);
    let guest = Some(Box::new(Guest { party: newcomer, profile: profile("客") }));
    let (lines, secret_hash) = (vec![(FRUIT, 1)], [4; 32]);
    let (agent, pay_by) = (None, PayBy::Cash);
    vec![
        C::Place { agent, buyer: NOBODY, guest, lines: lines.clone(), pay_by, secret_hash },
        C::PayCash { amount_minor: 4_990, shop: SHOP },
        C::Accept,
        C::Cancel { is_force_majeure: true, reason: reason() },
        C::Pack { boxes: boxes(&order_row(), 2), by_surface: true },
        C::Confirm,
        C::Extend,
        C::Request { agent, household: HOUSE, lines },
        C::Quote { due_on: day(), freight_minor: 5 },
        C::Decline,
        C::SupplierAccept,
        C::SupplierReject { reason: reason() },
        C::Goodwill { amount_minor: 5, reason: reason() },
        C::Review { review: review() },
    ]
}

fn orders_commands() -> Vec<OrdersCommand> {
    vec![
        OrdersCommand::Consent { proof: proof(MEMBER) },
        OrdersCommand::Fund { cash_minor: 5, shop: Some(SHOP) },
        OrdersCommand::Send { trip: Some(TRIP) },
    ]
}

fn parcel_commands() -> Vec<ParcelCommand> {
    use ParcelCommand as C;
    vec![
        C::Give { taker: CARRIER },
        C::Take { code_digest: Some(CODE), giver: CARRIER, taker: SHOP },
        C::Deliver,
        C::NameProxy { proof: proof(MEMBER), proxy: KIN },
        C::PickUp { code_digest: CODE, proxy: None },
        C::ReportWrongCode,
        C::ReportDamage { photos: vec![photo(2)] },
        C::DeclareLost,
        C::AcceptClaim { amount_minor: 5 },
        C::PayClaim,
    ]
}

fn trip_commands() -> Vec<TripCommand> {
    vec![
        TripCommand::Plan { carrier: CARRIER },
        TripCommand::Load { parcels: vec![PARCEL] },
        TripCommand::Depart { counted: 1 },
        TripCommand::Arrive { counted: BTreeSet::from([PARCEL]) },
        TripCommand::Close { cost_minor: 5 },
    ]
}

fn dispute_commands() -> Vec<DisputeCommand> {
    use DisputeCommand as C;
    let photos = vec![photo(2)];
    let (order, reason) = (ORDER, DisputeReason::Spoiled);
    vec![
        C::Open { claim: settlement(), order, photos: photos.clone(), reason },
        C::Withdraw,
        C::Accept,
        C::Offer { settlement: settlement() },
        C::Refuse { photos: photos.clone() },
        C::Agree,
        C::Escalate,
        C::ReceiveReturn { carrier: CARRIER, freight_minor: 5 },
        C::Rule { cites: photos, dishonest: None, proof: proof(KIN), settlement: settlement() },
        C::Appeal,
    ]
}

fn group_commands() -> Vec<GroupCommand> {
    use GroupCommand as C;
    vec![
        C::Open { hours: 24, listing: FEED, tiers: tiers() },
        C::Join { household: HOUSE, proof: proof(MEMBER), quantity: 2 },
        C::Close,
        C::Order,
        C::HandOut,
        C::CallOff { reason: reason() },
    ]
}

fn till_commands() -> Vec<TillCommand> {
    vec![
        TillCommand::Open { counted_minor: 5, shop: SHOP },
        TillCommand::Bank { amount_minor: 5 },
        TillCommand::Close { counted_minor: 5 },
        TillCommand::Reconcile,
    ]
}
