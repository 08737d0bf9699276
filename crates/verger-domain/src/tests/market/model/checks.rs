//! What must hold after every command, of the rows that it touched, and of all rows now and then:
//! the books (I-1 to I-3), the escrow of each order and its phase (I-4), stock, timers, commission.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use super::*;
use crate::effect::TimerKind;
use crate::id::PartyId;
use crate::ledger::chart::Class;
use crate::ledger::{AccountId, AccountKey, Code};
use crate::market::command::{DisputeCommand, OrdersCommand};
use crate::market::order::LineState;
use crate::market::{Group, Order, OrderPhase, ParcelPhase, split};
use crate::state::{State, Table};

/// What is kept beside the books, to compare them with.
#[derive(Default)]
pub(super) struct Audit {
    /// Commission that is released and not vested, by what it comes from.
    pending_of: BTreeMap<u128, (PartyId, i64)>,
    /// The same by agent.
    pending: BTreeMap<PartyId, i64>,
}

/// What a message says about a command, if there is one.
struct About<'a>(&'a Command, &'a Record);

impl Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (body, effects) = (&self.0.body, &self.1.effects);
        write!(f, "record {}: {body:?} by {}: {effects:?}", self.1.seq, self.0.actor)
    }
}

/// The touched orders as they were before a record.
pub(super) type Before = BTreeMap<OrderId, Order>;

/// The command's name in the list of what was reached.
pub(super) fn name(body: &Body) -> String {
    match body {
        Body::ReceivePayment { .. } => "payment.receive".to_owned(),
        Body::SettleProcessor { .. } => "payment.settle".to_owned(),
        Body::PayOut { .. } => "payment.pay_out".to_owned(),
        Body::TimeOut { timer } => format!("timer.{}", timer.kind.name()),
        other => other.kind().to_owned(),
    }
}

/// The phase of what a command is about; `none` before it is there.
pub(super) fn phase(world: &World, body: &Body) -> &'static str {
    let state = &world.state;
    let found = match body {
        Body::Listing { listing, .. } => state.listing.get(listing).map(|row| row.phase.name()),
        Body::Order { order, .. } | Body::ReceivePayment { order, .. } => order_phase(state, order),
        Body::Orders { orders, .. } => orders.first().and_then(|id| order_phase(state, id)),
        Body::Parcel { parcel, .. } => state.parcel.get(parcel).map(|row| row.phase.name()),
        Body::Trip { trip, .. } => state.trip.get(trip).map(|row| row.phase.name()),
        Body::Dispute { command: DisputeCommand::Open { order, .. }, .. } => {
            order_phase(state, order)
        }
        Body::Dispute { dispute, .. } => state.dispute.get(dispute).map(|row| row.phase.name()),
        Body::Group { group, .. } => state.group.get(group).map(|row| row.phase.name()),
        Body::Till { till, .. } => state.till.get(till).map(|row| row.phase.name()),
        Body::TimeOut { timer } => timer_phase(state, *timer),
        _ => None,
    };
    found.unwrap_or("none")
}

fn order_phase(state: &State, id: &OrderId) -> Option<&'static str> {
    state.order.get(id).map(|row| row.phase.name())
}

fn timer_phase(state: &State, timer: Timer) -> Option<&'static str> {
    let subject = timer.subject;
    match timer.kind {
        TimerKind::Listing => {
            state.listing.get(&ListingId::from_bits(subject)).map(|row| row.phase.name())
        }
        TimerKind::Order => order_phase(state, &OrderId::from_bits(subject)),
        TimerKind::Parcel => {
            state.parcel.get(&ParcelId::from_bits(subject)).map(|row| row.phase.name())
        }
        TimerKind::Dispute => {
            state.dispute.get(&DisputeId::from_bits(subject)).map(|row| row.phase.name())
        }
        TimerKind::Group => {
            state.group.get(&GroupId::from_bits(subject)).map(|row| row.phase.name())
        }
        _ => None,
    }
}

/// When a subject's timer is due, as the subject itself says.
fn due_at(state: &State, kind: TimerKind, subject: u128) -> Option<crate::time::Instant> {
    match kind {
        TimerKind::Listing => state.listing.get(&ListingId::from_bits(subject))?.due_at,
        TimerKind::Order => state.order.get(&OrderId::from_bits(subject))?.due_at,
        TimerKind::Parcel => state.parcel.get(&ParcelId::from_bits(subject))?.due_at,
        TimerKind::Dispute => state.dispute.get(&DisputeId::from_bits(subject))?.due_at,
        TimerKind::Group => state.group.get(&GroupId::from_bits(subject))?.due_at,
        _ => None,
    }
}

/// The subjects of a record that can have a timer, and its orders and listings.
#[derive(Default)]
struct Touched {
    subjects: BTreeSet<(TimerKind, u128)>,
    orders: BTreeSet<OrderId>,
    listings: BTreeSet<ListingId>,
    groups: BTreeSet<GroupId>,
}

fn touched(record: &Record, state: &State) -> Touched {
    let mut touched = Touched::default();
    for effect in &record.effects {
        match effect {
            Effect::Listing { listing, .. } => {
                touched.subjects.insert((TimerKind::Listing, listing.bits()));
                touched.listings.insert(*listing);
            }
            Effect::Order { order, .. } => {
                touched.subjects.insert((TimerKind::Order, order.bits()));
                touched.orders.insert(*order);
            }
            Effect::Parcel { parcel, .. } => {
                touched.subjects.insert((TimerKind::Parcel, parcel.bits()));
                touched.orders.extend(state.parcel.get(parcel).map(|row| row.order));
            }
            Effect::Dispute { dispute, .. } => {
                touched.subjects.insert((TimerKind::Dispute, dispute.bits()));
            }
            Effect::Group { group, .. } => {
                touched.subjects.insert((TimerKind::Group, group.bits()));
                touched.groups.insert(*group);
            }
            Effect::TimerSet(timer) | Effect::TimerCleared(timer) => {
                touched.subjects.insert((timer.kind, timer.subject));
            }
            _ => {}
        }
    }
    touched
}

/// What an order still has in its agent's pending commission.
fn pending_of(order: &Order) -> Option<(PartyId, i64)> {
    let left = order.released.commission_minor - order.commission_reversed_minor;
    order.agent.filter(|_| !order.is_vested).map(|agent| (agent, left))
}

fn pending_of_group(group: &Group) -> Option<(PartyId, i64)> {
    (!group.is_vested).then_some((group.agent, group.released.commission_minor))
}

impl Model {
    /// The orders that a record will touch, as they are.
    pub(super) fn before(&self, record: &Record) -> Before {
        let state = &self.world.state;
        let orders = touched(record, state).orders;
        orders.iter().filter_map(|id| state.order.get(id).map(|row| (*id, row.clone()))).collect()
    }

    /// Checks everything that a record touched.
    pub(super) fn check(&mut self, command: &Command, record: &Record, before: &Before) {
        let about: &dyn Display = &About(command, record);
        self.check_money(record, about);
        let touched = touched(record, &self.world.state);
        for (kind, subject) in &touched.subjects {
            self.check_timer(*kind, *subject, about);
        }
        for id in &touched.orders {
            self.check_order(*id, before.get(id), about);
        }
        for id in &touched.groups {
            self.check_group(*id, about);
        }
        let is_basket =
            matches!(&command.body, Body::Orders { command: OrdersCommand::Send { .. }, .. });
        assert!(!is_basket || record.legs().is_empty(), "sending moves no money: {about}");
        for id in &touched.listings {
            self.check_stock(*id, about);
        }
        for (agent, pending) in &self.audit.pending {
            let key = AccountKey::party(Code::COMMISSION_PENDING, *agent);
            assert_eq!(balances(&self.world, &[key]), [*pending], "pending of {agent}: {about}");
        }
    }

    // I-1, I-2, and what may never be owed the other way round.
    fn check_money(&self, record: &Record, about: &dyn Display) {
        let sum: i128 = record.legs().iter().map(|leg| i128::from(leg.amount_minor())).sum();
        assert_eq!(sum, 0, "{about}");
        for leg in record.legs() {
            let key = leg.account();
            let account = self.world.account(key);
            assert!(account.keeps_floor(), "{key} is below its floor: {about}");
            let is_debt = [
                Code::CLAIM_CARRIER,
                Code::CLAIM_SUPPLIER,
                Code::RECEIVABLE_AGENT,
                Code::PAYABLE_CARRIER,
                Code::PAYABLE_SUPPLIER,
                Code::UNAPPLIED,
                Code::PSP_CLEARING,
                Code::PLATFORM_FEE,
            ];
            let is_wrong = is_debt.contains(&key.code) && account.owned_minor() < 0;
            assert!(!is_wrong, "{key} has {}: {about}", account.owned_minor());
        }
    }

    // A set time has its one timer; a time that passed without effect is a rule that failed.
    fn check_timer(&self, kind: TimerKind, subject: u128, about: &dyn Display) {
        let due_at = due_at(&self.world.state, kind, subject);
        let timers =
            self.timers.iter().filter(|timer| (timer.kind, timer.subject) == (kind, subject));
        let set: Vec<_> = timers.map(|timer| timer.due_at).collect();
        assert_eq!(set, Vec::from_iter(due_at), "timers of {kind:?} {subject:x}: {about}");
    }

    fn check_order(&mut self, id: OrderId, before: Option<&Order>, about: &dyn Display) {
        let order = row(&self.world, id).clone();
        assert_eq!(order.derived_phase(), order.phase, "{about}");
        let escrow = balances(&self.world, &[order.escrow()])[0];
        assert_eq!(escrow, order.in_escrow_minor(), "escrow of {order:?}: {about}");
        assert!(escrow >= 0, "{about}");
        let gone = order.refunded_minor() + order.released.total_minor();
        assert!(gone <= order.paid_minor, "{about}");
        for line in &order.lines {
            assert!((0..=line.goods_minor()).contains(&line.refunded_minor), "{about}");
        }
        assert!(order.freight_refunded_minor <= order.freight_minor, "{about}");
        check_released(&order, about);
        if let Some(before) = before {
            let step = order.released.since(&before.released);
            let parts = [step.rest_minor, step.packaging_minor, step.platform_minor];
            assert!(parts.iter().all(|part| *part >= 0), "{step:?} takes back: {about}");
        }
        if let Some(before) = before.filter(|before| before.phase.is_end()) {
            assert_eq!(order.phase, before.phase, "an end is an end: {about}");
            assert_eq!(
                (order.paid_minor, order.refunded_minor(), order.released),
                (before.paid_minor, before.refunded_minor(), before.released),
                "money of an order that was over: {about}"
            );
        }
        if order.phase.is_end() {
            assert_eq!(escrow, 0, "an order that is over keeps nothing: {about}");
            let vests = order.phase == OrderPhase::Completed && !order.is_vested;
            let is_due = vests && order.released.commission_minor > 0;
            assert_eq!(order.due_at.is_some(), is_due, "what is still due: {order:?} {about}");
        }
        let frozen = order.lines.iter().filter(|line| line.state == LineState::Frozen).count();
        assert_eq!(frozen > 0, order.disputes_open > 0, "{order:?} {about}");
        self.check_stations(&order, about);
        let pending = pending_of(&order);
        self.note_pending(id.bits(), pending);
    }

    /// Where all boxes are past a station, the order is, too.
    fn check_stations(&self, order: &Order, about: &dyn Display) {
        use OrderPhase as P;
        let phases: Vec<ParcelPhase> =
            order.parcels.keys().map(|id| self.world.state.parcel.get(id).unwrap().phase).collect();
        let done: &[ParcelPhase] = match order.phase {
            P::Packed | P::Shipped => &[ParcelPhase::Delivered, ParcelPhase::Lost],
            P::Confirmed | P::InTransit => {
                &[ParcelPhase::AtShop, ParcelPhase::PickedUp, ParcelPhase::Lost]
            }
            P::AtShop => &[ParcelPhase::PickedUp, ParcelPhase::Lost],
            _ => return,
        };
        let is_over = !phases.is_empty() && phases.iter().all(|phase| done.contains(phase));
        assert!(!is_over, "{phases:?}, but the order is {:?}: {about}", order.phase);
    }

    fn check_group(&mut self, id: GroupId, about: &dyn Display) {
        let group = self.world.state.group.get(&id).unwrap();
        let escrow = balances(&self.world, &[group.escrow()])[0];
        let left = group.paid_minor() - group.released.total_minor();
        assert_eq!(escrow, left, "{group:?}: {about}");
        let pending = pending_of_group(group);
        self.note_pending(id.bits(), pending);
    }

    fn note_pending(&mut self, subject: u128, pending: Option<(PartyId, i64)>) {
        if let Some((agent, minor)) = self.audit.pending_of.remove(&subject) {
            *self.audit.pending.entry(agent).or_default() -= minor;
        }
        if let Some((agent, minor)) = pending {
            *self.audit.pending.entry(agent).or_default() += minor;
            self.audit.pending_of.insert(subject, (agent, minor));
        }
    }

    fn check_stock(&self, id: ListingId, about: &dyn Display) {
        let Some(stock) = self.world.state.listing.get(&id).unwrap().stock else { return };
        assert!((0..=stock.on_hand).contains(&stock.held), "{stock:?}: {about}");
        let orders = self.live.iter().filter_map(|id| self.world.state.order.get(id));
        let lines = orders.filter(|order| order.parcels.is_empty()).flat_map(|order| &order.lines);
        let held: i64 =
            lines.filter(|line| line.listing == id).map(|line| i64::from(line.quantity)).sum();
        assert_eq!(stock.held, held, "held of {id}: {about}");
    }

    /// The same of all there is, and the sums over the whole books (I-1, I-3).
    pub(super) fn check_everything(&mut self) {
        let about: &dyn Display = &"of all";
        let state = &self.world.state;
        let orders: Vec<OrderId> = state.order.iter().map(|(id, _)| *id).collect();
        let groups: Vec<GroupId> = state.group.iter().map(|(id, _)| *id).collect();
        let listings: Vec<ListingId> = state.listing.iter().map(|(id, _)| *id).collect();
        for id in orders {
            self.check_order(id, None, about);
        }
        for id in groups {
            self.check_group(id, about);
        }
        for id in listings {
            self.check_stock(id, about);
        }
        let state = &self.world.state;
        let kept: BTreeSet<Timer> = state.timer.iter().map(|(timer, _)| *timer).collect();
        assert_eq!(kept, self.timers);
        let of = |kind, subject| (kind, subject);
        let subjects = state.order.iter().map(|(id, _)| of(TimerKind::Order, id.bits()));
        let subjects = subjects
            .chain(state.parcel.iter().map(|(id, _)| of(TimerKind::Parcel, id.bits())))
            .chain(state.dispute.iter().map(|(id, _)| of(TimerKind::Dispute, id.bits())))
            .chain(state.group.iter().map(|(id, _)| of(TimerKind::Group, id.bits())))
            .chain(state.listing.iter().map(|(id, _)| of(TimerKind::Listing, id.bits())));
        let timer = |(kind, subject)| {
            due_at(state, kind, subject).map(|due_at| Timer { due_at, kind, subject })
        };
        let due: BTreeSet<Timer> = subjects.filter_map(timer).collect();
        assert_eq!(due, self.timers, "the timers are those that the subjects ask for");
        check_safeguarding(state);
    }

    /// Lets all clocks run out: what has not ended waits for people, and the journal alone makes
    /// the same rows again.
    pub(super) fn finish(&mut self) {
        self.reinstate();
        for _ in 0..120 {
            self.pass(DAY);
        }
        self.check_everything();
        for id in self.live.clone() {
            assert!(self.waits_for_people(id), "{:#?}", row(&self.world, id));
        }
        for id in &self.ended {
            let order = row(&self.world, *id);
            let is_due = order.released.commission_minor > 0;
            assert!(order.is_vested || !is_due, "its commission never vests: {order:?}");
        }
        let mut replayed = State::whole();
        for record in &self.world.records {
            replayed.apply(record);
        }
        assert_same_tables(&replayed, &self.world.state);
    }
}

/// Fees are floors over all that was released, however often money left the escrow.
fn check_released(order: &Order, about: &dyn Display) {
    let released = order.released;
    let lines = order.lines.iter().filter(|line| line.state == LineState::Released);
    let bps = |of: fn(&crate::market::OrderLine) -> u32| {
        let part =
            |line: &crate::market::OrderLine| i128::from(line.left_minor()) * i128::from(of(line));
        split::floor_parts(lines.clone().map(part).sum())
    };
    let goods = split::total(lines.clone().map(crate::market::OrderLine::left_minor));
    assert_eq!(released.goods_minor, goods, "{order:?} {about}");
    let parts = [
        (released.platform_minor, bps(|line| line.platform_bps)),
        (released.commission_minor, bps(|line| line.commission_bps)),
        (released.cooperative_minor, bps(|line| line.cooperative_bps)),
        (released.packaging_minor, split::total(lines.clone().map(|line| line.packaging_minor))),
    ];
    let fees: i64 = parts.iter().map(|(part, _)| part).sum();
    assert_eq!(fees + released.rest_minor, goods, "{order:?} {about}");
    assert!(released.rest_minor >= 0, "{order:?} {about}");
    for (part, whole) in parts {
        assert!((0..=whole).contains(&part), "{part} of {whole}: {order:?} {about}");
    }
    let cut: i64 = parts[..3].iter().map(|(part, whole)| whole - part).sum();
    // Only where refunds left nearly nothing of the order, or of the lines that came last.
    assert!(cut <= 3 || goods < 2_000, "fees were cut: {order:?} {about}");
}

/// I-1 over all accounts, and I-3: what is owed to people is covered by what is there.
fn check_safeguarding(state: &State) {
    let sum_of = |classes: &[Class]| -> i128 {
        let accounts = state.account.iter().filter(|(id, _)| id.village == VILLAGE);
        let of = accounts.filter(|(id, _)| classes.contains(&id.key.code.row().class));
        of.map(|(_, account)| i128::from(account.balance_minor())).sum()
    };
    let assets = sum_of(&[Class::Asset]);
    let owed = -sum_of(&[Class::Liability]);
    let own = -sum_of(&[Class::Equity]);
    let result = -sum_of(&[Class::Income, Class::Expense]);
    assert_eq!(sum_of(&[Class::Memorandum]), 0);
    assert_eq!(assets, owed + own + result, "I-1: the books balance");
    assert!(owed <= assets - own - result, "I-3: what is owed is covered");
    for (AccountId { key, .. }, account) in state.account.iter() {
        assert!(account.keeps_floor(), "I-2: {key}");
    }
}

fn assert_same_tables(left: &State, right: &State) {
    fn same<K, V>(left: &Table<K, V>, right: &Table<K, V>)
    where
        K: Ord + Clone + fmt::Debug,
        V: PartialEq + fmt::Debug,
    {
        assert!(left.iter().eq(right.iter()), "a replay gives other rows");
    }
    same(&left.party, &right.party);
    same(&left.listing, &right.listing);
    same(&left.order, &right.order);
    same(&left.parcel, &right.parcel);
    same(&left.trip, &right.trip);
    same(&left.dispute, &right.dispute);
    same(&left.group, &right.group);
    same(&left.till, &right.till);
    same(&left.drawer, &right.drawer);
    same(&left.receipt, &right.receipt);
    same(&left.payer, &right.payer);
    same(&left.photo, &right.photo);
    same(&left.code, &right.code);
    same(&left.pin, &right.pin);
    same(&left.account, &right.account);
    same(&left.timer, &right.timer);
    same(&left.standing, &right.standing);
}
