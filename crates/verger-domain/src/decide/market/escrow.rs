//! Rules of money in between: what the processor tells, what is released, what goes back. Owns
//! every posting of an order; no person posts to an escrow. Source: `30-market` 2.4.

use std::collections::BTreeMap;

use super::{Desk, check_count, sale, trust};
use crate::command::{Actor, Body, Command, EvidenceKind};
use crate::effect::Effect;
use crate::id::{OrderId, PartyId};
use crate::ledger::posting::check_positive;
use crate::ledger::{AccountKey, Code};
use crate::market::dispute::{Fault, Settlement};
use crate::market::order::{LineNo, LineState};
use crate::market::split::{floor_bps, largest_remainder, total};
use crate::market::till::Receipt;
use crate::market::{Flow, Order, OrderEvent, OrderLine, OrderPhase};
use crate::party::{Party, PartyKind};
use crate::refusal::{LedgerRefusal, MarketRefusal, Refusal};
use crate::time::Instant;

use super::super::not_allowed;

/// What people call the escrow of an order: the last digits of its id, which are random.
fn label(order: OrderId) -> String {
    format!("O-{:08X}", order.bits() & 0xffff_ffff)
}

/// Takes note of money that the processor received. Too little, too late or twice: it is the
/// buyer's in any case. Before the order is there it waits, already counted.
pub(super) fn receive(desk: &mut Desk<'_>, command: &Command) -> Result<(), Refusal> {
    let Body::ReceivePayment { amount_minor, currency, order, payer, receipt } = &command.body
    else {
        return Err(not_allowed(command));
    };
    // Only the machine tells of payments: a person could tell of money that never came.
    if command.actor != Actor::System {
        return Err(not_allowed(command));
    }
    check_positive(desk.policy(), *amount_minor)?;
    let expected = desk.state.village(command.village).currency.code();
    if currency != expected {
        let (expected, given) = (expected.to_owned(), currency.clone());
        return Err(LedgerRefusal::CurrencyMismatch { expected, given }.into());
    }
    let is_known = |known: &Receipt| known.id == *receipt;
    // The processor repeats itself when it is unsure; each receipt counts once (M-22).
    if desk.state.receipt.get(order).is_some_and(|list| list.iter().any(is_known)) {
        return Err(super::exists::<crate::id::ReceiptKind>(*receipt));
    }
    let known = desk.state.order.get(order).filter(|row| row.village == command.village);
    let told = Receipt {
        amount_minor: *amount_minor,
        at: desk.now.at,
        id: *receipt,
        // The order may still come (M-21); what waits in front of one is known (C-5).
        is_waiting: known.is_none() && desk.state.preorder.get(order).is_none(),
        order: *order,
        payer: *payer,
        village: command.village,
    };
    desk.effects.push(Effect::ReceiptWritten(told));
    let clearing = AccountKey::village(Code::PSP_CLEARING);
    match known.cloned() {
        Some(mut order) => apply(desk, &mut order, &told, clearing),
        None if desk.state.preorder.get(order).is_some() => ahead(desk, &told, clearing),
        None => {
            desk.purpose("payment.waiting");
            desk.debit(clearing, *amount_minor);
            desk.credit(AccountKey::village(Code::UNAPPLIED), *amount_minor);
            Ok(())
        }
    }
}

/// Money that came for boxes ordered ahead.
fn ahead(desk: &mut Desk<'_>, told: &Receipt, clearing: AccountKey) -> Result<(), Refusal> {
    let known = desk.state.preorder.get(&told.order);
    let known = known.filter(|row| row.village == desk.command.village).cloned();
    let row = known.ok_or_else(|| super::unknown(told.order))?;
    super::preorder::receive(desk, &row, (told.amount_minor, clearing))
}

/// Applies what was told of an order before the order came.
pub(super) fn apply_waiting(desk: &mut Desk<'_>, order: &mut Order) -> Result<(), Refusal> {
    let told = desk.state.receipt.get(&order.id).cloned().unwrap_or_default();
    for receipt in told.into_iter().filter(|receipt| receipt.is_waiting) {
        desk.effects.push(Effect::ReceiptWritten(Receipt { is_waiting: false, ..receipt }));
        apply(desk, order, &receipt, AccountKey::village(Code::UNAPPLIED))?;
    }
    Ok(())
}

/// Debits `source` with what was received, and credits the escrow of an order that waits for it or
/// else the buyer's wallet: in no case is it lost to him (M-21).
fn apply(
    desk: &mut Desk<'_>,
    order: &mut Order,
    receipt: &Receipt,
    source: AccountKey,
) -> Result<(), Refusal> {
    let amount_minor = receipt.amount_minor;
    let wallet = desk.party(order.buyer).map_or_else(
        // A guest is registered by this very command.
        |_| AccountKey::party(Code::WALLET, order.buyer),
        Party::wallet,
    );
    desk.debit(source, amount_minor);
    let is_open = order.flow == Flow::Sale && order.phase == OrderPhase::Placed;
    // Too late, twice, or for what may no longer be sold: it is his own at once (M-14, M-21).
    if !is_open || sale::is_taken_down(desk, order) {
        desk.purpose("payment.late");
        desk.credit(wallet, amount_minor);
        return Ok(());
    }
    let due = order.total_minor();
    let from_wallet = due.saturating_sub(amount_minor).max(0);
    // Two early payments are applied by one command: what the first left is not in the books yet.
    let there = desk.available_minor(wallet).saturating_add(desk.credited_minor(wallet));
    // Only what came short for this very order; the rest of his wallet is not touched.
    let kept = order.short_minor.min(there);
    if from_wallet > kept {
        desk.purpose("payment.short");
        desk.credit(wallet, amount_minor);
        desk.tell_order(order, OrderEvent::PaidShort { amount_minor });
        return Ok(());
    }
    desk.debit(wallet, from_wallet);
    desk.credit(wallet, amount_minor.saturating_sub(due).max(0));
    let by = note_payer(desk, order, receipt.payer);
    fund(desk, order, by)
}

/// Remembers who used a source of payment first. Says whether that was the agent's own, and who it
/// was where it was not the buyer: his household, if he is of one.
fn note_payer(
    desk: &mut Desk<'_>,
    order: &Order,
    payer: Option<crate::codec::Hash>,
) -> (bool, Option<PartyId>) {
    let Some(payer) = payer else { return (false, None) };
    let Some(first) = desk.state.payer.get(&(desk.command.village, payer)).copied() else {
        desk.effects.push(Effect::PayerKnown { party: order.buyer, payer });
        return (false, None);
    };
    let agent = order.agent.and_then(|agent| desk.party(agent).ok());
    let first_home = desk.party(first).ok().and_then(|party| party.household);
    let is_self_dealing = agent.is_some_and(|agent| {
        let home = agent.household;
        first == agent.id || home.is_some_and(|home| home == first || Some(home) == first_home)
    });
    let behind = first_home.unwrap_or(first);
    (is_self_dealing, (first != order.buyer).then_some(behind))
}

/// Puts the whole price of a sale into escrow and freezes its fees; the debit side is the caller's.
pub(super) fn fund(
    desk: &mut Desk<'_>,
    order: &mut Order,
    (is_self_dealing, payer): (bool, Option<PartyId>),
) -> Result<(), Refusal> {
    desk.purpose("order.paid");
    open_escrow(desk, order);
    let mut lines = order.lines.clone();
    sale::freeze_fees(desk, order, &mut lines, is_self_dealing);
    if lines == order.lines {
        lines.clear();
    }
    let paid_minor = order.total_minor();
    desk.tell_order(order, OrderEvent::Paid { is_self_dealing, lines, paid_minor, payer });
    let due_at = Some(desk.in_hours(desk.policy().sale.accept_hours));
    desk.tell_order(order, OrderEvent::Reached { due_at, phase: OrderPhase::Paid });
    Ok(())
}

/// Credits the order's whole price to its escrow.
pub(super) fn open_escrow(desk: &mut Desk<'_>, order: &Order) {
    desk.open(order.escrow(), label(order.id));
    desk.credit(order.escrow(), order.total_minor());
}

/// Releases the lines that are not disputed: fees, carrier, sellers. With the last of them the
/// order is complete, and the facts are written.
pub(super) fn release(desk: &mut Desk<'_>, order: &mut Order) -> Result<(), Refusal> {
    // Totals before and after, not the step alone: each percentage is floored once (M-4, M-27).
    let next = order.released_next();
    let step = next.since(&order.released);
    let rest = order.rest_next();
    desk.purpose("order.completed");
    desk.debit(order.escrow(), step.total_minor());
    credit_freight(desk, order, step.freight_minor);
    desk.credit(AccountKey::village(Code::PLATFORM_FEE), step.platform_minor);
    if let Some(agent) = order.agent {
        desk.credit(AccountKey::party(Code::COMMISSION_PENDING, agent), step.commission_minor);
    }
    if let Some(cooperative) = cooperative_of(desk, order) {
        let fees = AccountKey::party(Code::COOPERATIVE_FEES, cooperative);
        let packaging = AccountKey::party(Code::COOPERATIVE_PACKAGING, cooperative);
        desk.credit(fees, step.cooperative_minor);
        desk.credit(packaging, step.packaging_minor);
    }
    super::packing::earn(desk, order, &step, &rest);
    for (account, minor) in rest {
        super::pool::open_account(desk, account);
        desk.credit(account, minor);
        if account.code == Code::WALLET {
            // What a household sells may repay its loan, in the same posting (CR-19).
            super::credit::sweep(desk, PartyId::from_bits(account.owner), minor);
        }
    }
    desk.tell_order(order, OrderEvent::Released(next));
    if order.in_escrow_minor() > 0 {
        // Disputed lines stay; whoever settles them completes the order.
        desk.tell_order(order, OrderEvent::DueSet { due_at: None });
        return Ok(());
    }
    complete_if_empty(desk, order);
    Ok(())
}

/// When the last money has left the escrow, be it back to the buyer: what was released before is
/// now final, its facts are written, and the commission vests in time.
pub(super) fn complete_if_empty(desk: &mut Desk<'_>, order: &mut Order) {
    if order.phase.is_end() {
        super::packing::finish(desk, order);
    }
    let is_new = order.at(OrderPhase::Completed).is_none();
    if order.phase != OrderPhase::Completed || !is_new {
        return;
    }
    let days = desk.policy().dispute.hidden_defect_days;
    let due_at = (order.released.commission_minor > 0).then(|| desk.in_days(days));
    desk.tell_order(order, OrderEvent::Reached { due_at, phase: OrderPhase::Completed });
    complete_facts(desk, order);
}

fn credit_freight(desk: &mut Desk<'_>, order: &Order, minor: i64) {
    // Without a carrier the seller brought it himself.
    let own = order.lines.first().map(|line| line.proceeds);
    let carrier = order.carrier.map(|carrier| AccountKey::party(Code::PAYABLE_CARRIER, carrier));
    if let Some(account) = carrier.or(own).filter(|_| minor > 0) {
        super::pool::open_account(desk, account);
        desk.credit(account, minor);
        super::packing::compensate(desk, account, minor);
    }
}

fn cooperative_of(desk: &Desk<'_>, order: &Order) -> Option<PartyId> {
    let sellers = order.lines.iter().filter_map(|line| desk.party(line.seller).ok());
    sellers.into_iter().find(|party| party.kind == PartyKind::Cooperative).map(|party| party.id)
}

/// The facts of a completed order. They count only when a third party's scan shows that goods
/// moved, when nobody dealt with himself, and when no panel found it dishonest.
fn complete_facts(desk: &mut Desk<'_>, order: &Order) {
    if order.is_self_dealing || order.is_dishonest || order.carrier.is_none() {
        return;
    }
    let value = order.released.goods_minor;
    let about = |minor| (Some(order.id), minor);
    let makers: Vec<_> = order.makers.iter().map(|(maker, grams)| (*maker, *grams)).collect();
    // A pooled sale speaks for each grower by the grams of his that were packed (M-28).
    let sold = if makers.is_empty() {
        let sold: BTreeMap<_, i64> = order.lines.iter().fold(BTreeMap::new(), |mut sold, line| {
            let sum = sold.entry(line.seller).or_default();
            *sum = i64::saturating_add(*sum, line.left_minor());
            sold
        });
        sold.into_iter().collect()
    } else {
        largest_remainder(value, &makers)
    };
    for (seller, minor) in sold {
        // Trust counts what the buyer paid for each grower's grams now, at that buyer's weight; the
        // cooperative tells the fact of a pooled delivery when the pool is paid.
        trust::count_sale(desk, order, seller, minor);
        if !super::packing::is_pooled(order, seller) {
            desk.fact((EvidenceKind::Sale, true), seller, order.buyer, about(minor));
        }
    }
    if let Some(seller) = order.lines.first().map(|line| line.seller) {
        desk.fact((EvidenceKind::Purchase, true), order.buyer, seller, about(value));
        trust::count_purchase(desk, order, seller, value);
    }
}

/// Who sold how much of a value: each maker by his grams, or else each seller by his lines.
fn sold(order: &Order, value_minor: i64) -> Vec<(PartyId, i64)> {
    let makers: Vec<_> = order.makers.iter().map(|(maker, grams)| (*maker, *grams)).collect();
    if !makers.is_empty() {
        return largest_remainder(value_minor, &makers);
    }
    let sold: BTreeMap<_, i64> = order.lines.iter().fold(BTreeMap::new(), |mut sold, line| {
        let sum = sold.entry(line.seller).or_default();
        *sum = i64::saturating_add(*sum, line.left_minor());
        sold
    });
    largest_remainder(value_minor, &sold.into_iter().collect::<Vec<_>>())
}

/// Gives everything that is in escrow back to the buyer, the disputed lines too.
pub(super) fn refund_all(desk: &mut Desk<'_>, order: &mut Order) -> Result<(), Refusal> {
    let lines = order.lines.iter().zip(LineNo::first(order.lines.len()));
    let left = lines.filter(|(line, _)| line.state != LineState::Released);
    let lines = left.map(|(line, number)| (number, line.left_minor())).collect();
    let freight_minor = order.freight_left_minor();
    refund(desk, order, &Settlement { fault: Fault::Seller, freight_minor, lines })
}

/// Gives a part back to the buyer, and makes the seller's side whole where the fault is another's.
/// What is asked beyond what is left is not there to give.
pub(super) fn refund(
    desk: &mut Desk<'_>,
    order: &mut Order,
    settlement: &Settlement,
) -> Result<(), Refusal> {
    let (lines, freight_minor) = bounded(order, settlement);
    let back = total(lines.values().copied()).saturating_add(freight_minor);
    if back == 0 {
        return Ok(());
    }
    let wallet = desk.party(order.buyer)?.wallet();
    desk.debit(order.escrow(), back);
    desk.credit(wallet, back);
    let goods = total(lines.values().copied());
    // The seller's side shall not lose by what a carrier or an agent did (M-53).
    if let Some(bearer) = bearer(order, settlement.fault) {
        desk.debit(bearer, goods);
        let weights: Vec<_> = lines
            .iter()
            .filter_map(|(number, minor)| order.line(*number).map(|line| (line.proceeds, *minor)))
            .collect();
        for (account, minor) in largest_remainder(goods, &merged(&weights)) {
            super::pool::open_account(desk, account);
            desk.credit(account, minor);
        }
    }
    desk.tell_order(order, OrderEvent::Refunded { freight_minor, lines });
    Ok(())
}

/// The settlement, cut to what is left of each line and of the freight.
fn bounded(order: &Order, settlement: &Settlement) -> (BTreeMap<LineNo, i64>, i64) {
    let mut lines = BTreeMap::new();
    for (number, minor) in &settlement.lines {
        let line = order.line(*number).filter(|line| line.state != LineState::Released);
        let minor = line.map_or(0, |line| (*minor).min(line.left_minor()));
        if minor > 0 {
            lines.insert(*number, minor);
        }
    }
    (lines, settlement.freight_minor.min(order.freight_left_minor()))
}

/// One weight for each account: whoever sold two lines is credited once, with one rounding.
fn merged(weights: &[(AccountKey, i64)]) -> Vec<(AccountKey, i64)> {
    let mut sums: BTreeMap<AccountKey, i64> = BTreeMap::new();
    for (account, minor) in weights {
        let sum = sums.entry(*account).or_default();
        *sum = sum.saturating_add(*minor);
    }
    sums.into_iter().collect()
}

/// Who owes what the buyer got back, where it is not the seller.
fn bearer(order: &Order, fault: Fault) -> Option<AccountKey> {
    match fault {
        Fault::Seller | Fault::Buyer => None,
        Fault::Carrier => order.carrier.map(|c| AccountKey::party(Code::CLAIM_CARRIER, c)),
        Fault::Agent => order.agent.map(|a| AccountKey::party(Code::RECEIVABLE_AGENT, a)),
        Fault::Goodwill => Some(AccountKey::village(Code::GOODWILL)),
    }
}

/// Gives back what a household returned, less what the way back costs.
pub(super) fn refund_return(
    desk: &mut Desk<'_>,
    order: &mut Order,
    settlement: &Settlement,
    (carrier, freight_minor): (PartyId, i64),
) -> Result<(), Refusal> {
    let (lines, _) = bounded(order, settlement);
    let back = total(lines.values().copied());
    // The way back may cost him all that he gets, never more: returning makes no debt (M-56).
    if freight_minor < 0 || freight_minor > back {
        return Err(MarketRefusal::ClaimTooLarge { max_minor: back }.into());
    }
    desk.purpose("return.received");
    let wallet = desk.party(order.buyer)?.wallet();
    desk.debit(order.escrow(), back);
    desk.credit(wallet, back.saturating_sub(freight_minor));
    desk.credit(AccountKey::party(Code::PAYABLE_CARRIER, carrier), freight_minor);
    desk.tell_order(order, OrderEvent::Refunded { freight_minor: 0, lines });
    Ok(())
}

/// When nothing but freight is left in escrow, the carrier has earned it.
pub(super) fn release_freight(desk: &mut Desk<'_>, order: &mut Order) {
    let goods_left = order.lines.iter().filter(|line| line.state != LineState::Released);
    let goods_left = total(goods_left.map(OrderLine::left_minor));
    let freight = order.in_escrow_minor();
    if goods_left > 0 || freight == 0 {
        return;
    }
    desk.debit(order.escrow(), freight);
    credit_freight(desk, order, freight);
    let mut released = order.released;
    released.freight_minor = released.freight_minor.saturating_add(freight);
    desk.tell_order(order, OrderEvent::Released(released));
}

/// Until when a review or a suspension holds the commission of an agent back, if one does.
/// A review ends at its own time; a suspension has no end, so it is looked at again after the days
/// of the policy (M-60).
pub(super) fn held_until(desk: &Desk<'_>, agent: PartyId) -> Result<Option<Instant>, Refusal> {
    let duty = desk.party(agent)?.duty;
    let under_review = duty.review_until.filter(|until| *until > desk.now.at);
    let days = desk.policy().commission.hold_days;
    Ok(under_review.or_else(|| duty.is_suspended.then(|| desk.in_days(days))))
}

/// The commission becomes the agent's own, unless a review or a suspension holds it back.
pub(super) fn vest(desk: &mut Desk<'_>, order: &mut Order) -> Result<(), Refusal> {
    let Some(agent) = order.agent else { return Ok(()) };
    let due_at = held_until(desk, agent)?;
    if due_at.is_some() {
        desk.tell_order(order, OrderEvent::DueSet { due_at });
        return Ok(());
    }
    let minor = order.released.commission_minor.saturating_sub(order.commission_reversed_minor);
    desk.purpose("commission.vested");
    desk.debit(AccountKey::party(Code::COMMISSION_PENDING, agent), minor);
    desk.credit(AccountKey::party(Code::WALLET, agent), minor);
    desk.tell_order(order, OrderEvent::Vested);
    if !order.is_dishonest {
        let about = (Some(order.id), order.released.goods_minor);
        desk.fact((EvidenceKind::Service, true), agent, order.buyer, about);
    }
    Ok(())
}

/// Gives money back after the release: the seller's side and the agent's commission bear it in the
/// proportion in which they had it.
/// At most the price of the goods that was released, in minor units. The platform keeps its fee
/// (M-29), so what the commission does not bear is the seller's side's.
pub(super) fn goodwill(
    desk: &mut Desk<'_>,
    order: &mut Order,
    amount_minor: i64,
) -> Result<(), Refusal> {
    check_positive(desk.policy(), amount_minor)?;
    let max_minor = order.released.goods_minor.saturating_sub(order.goodwill_minor);
    if amount_minor > max_minor {
        return Err(MarketRefusal::ClaimTooLarge { max_minor }.into());
    }
    desk.purpose("goodwill.refund");
    let commission_minor = commission_part(order, amount_minor);
    if let Some(agent) = order.agent.filter(|_| commission_minor > 0) {
        take_commission(desk, order, agent, commission_minor);
    }
    bear(desk, order, amount_minor.saturating_sub(commission_minor))?;
    let wallet = desk.party(order.buyer)?.wallet();
    desk.credit(wallet, amount_minor);
    desk.tell_order(order, OrderEvent::GoodwillGiven { amount_minor, commission_minor });
    if !order.is_self_dealing && order.carrier.is_some() {
        counter_facts(desk, order, amount_minor);
    }
    Ok(())
}

/// The agent's part of an amount given back, at most what is left of the commission.
/// The rate is that of the lines, weighted by what is left of each and floored (M-29).
fn commission_part(order: &Order, amount_minor: i64) -> i64 {
    let goods = order.released.goods_minor;
    let sum = |weight: fn(&OrderLine) -> i64| -> i128 {
        order.lines.iter().map(|line| i128::from(weight(line))).sum()
    };
    let weighted = sum(|line| line.left_minor().saturating_mul(line.commission_bps.into()));
    let bps = weighted.checked_div(i128::from(goods.max(1))).unwrap_or(0);
    let bps = u32::try_from(bps).unwrap_or(0);
    let left = order.released.commission_minor.saturating_sub(order.commission_reversed_minor);
    floor_bps(amount_minor, bps).min(left)
}

// Before vesting out of what is pending; after it out of the wallet, which stays above zero: the
// rest is owed.
fn take_commission(desk: &mut Desk<'_>, order: &Order, agent: PartyId, minor: i64) {
    if !order.is_vested {
        desk.debit(AccountKey::party(Code::COMMISSION_PENDING, agent), minor);
        return;
    }
    let wallet = AccountKey::party(Code::WALLET, agent);
    let there = minor.min(desk.available_minor(wallet).max(0));
    desk.debit(wallet, there);
    desk.debit(AccountKey::party(Code::RECEIVABLE_AGENT, agent), minor.saturating_sub(there));
}

/// Who sold bears it: the cooperative out of its fees, a household out of its wallet, a supplier by
/// what it owes back.
/// Wallets and fees cannot go below zero: where they do not hold enough, nothing is given.
fn bear(desk: &mut Desk<'_>, order: &Order, minor: i64) -> Result<(), Refusal> {
    let Some(line) = order.lines.first() else { return Ok(()) };
    let seller = desk.party(line.seller)?;
    let account = match seller.kind {
        PartyKind::Cooperative => AccountKey::party(Code::COOPERATIVE_FEES, seller.id),
        PartyKind::Supplier => AccountKey::party(Code::CLAIM_SUPPLIER, seller.id),
        _ => seller.wallet(),
    };
    desk.debit(account, minor);
    Ok(())
}

/// Takes the value of a fact back that turned out smaller, and what it counted for trust.
fn counter_facts(desk: &mut Desk<'_>, order: &Order, minor: i64) {
    for (seller, value_minor) in sold(order, minor) {
        if seller != order.buyer && !super::packing::is_pooled(order, seller) {
            desk.effects.push(Effect::EvidenceWritten(crate::command::Evidence {
                counterparty: order.buyer,
                good: true,
                is_counter: true,
                kind: EvidenceKind::Sale,
                member: seller,
                order: Some(order.id),
                value_minor,
            }));
            trust::take_back(desk, order, seller, value_minor);
        }
    }
    trust::take_back(desk, order, order.buyer, minor);
}

/// The processor paid out what it had received, less its fee.
/// Debits the bank (1010) with what arrived and 5130 with the fee, credits 1030 with the gross. A
/// sale is not touched: the fee is the programme's cost, not the villager's.
pub(super) fn settle(desk: &mut Desk<'_>, fee_minor: i64, gross_minor: i64) -> Result<(), Refusal> {
    if desk.command.actor != Actor::System {
        desk.staff()?;
    }
    check_positive(desk.policy(), gross_minor)?;
    super::check_range("fee_minor", fee_minor, 0, gross_minor)?;
    desk.purpose("psp.settled");
    desk.debit(AccountKey::village(Code::BANK_ESCROW), gross_minor.saturating_sub(fee_minor));
    desk.debit(AccountKey::village(Code::PSP_FEE), fee_minor);
    desk.credit(AccountKey::village(Code::PSP_CLEARING), gross_minor);
    Ok(())
}

/// Pays what is owed to suppliers and carriers, and wallets of agents, buyers and the cooperative,
/// out of the bank. A household's wallet is paid out only by its own proof, at the counter.
pub(super) fn pay_out(desk: &mut Desk<'_>, payees: &[(AccountKey, i64)]) -> Result<(), Refusal> {
    desk.staff()?;
    check_count("payees", payees.len(), crate::market::LINES_MAX)?;
    desk.purpose("paid.out");
    let mut sum = 0_i64;
    for (account, minor) in payees {
        check_positive(desk.policy(), *minor)?;
        // Escrows, pools and households' wallets are not paid out here, whoever asks (M-63).
        let not_payable = MarketRefusal::NotPayable { account: *account };
        let owner = account.owner_party().ok_or(not_payable.clone())?;
        let kind = desk.party(owner)?.kind;
        let is_payable = match account.code {
            Code::PAYABLE_SUPPLIER | Code::PAYABLE_CARRIER => true, // It is owed to them (M-63).
            Code::WALLET => matches!(kind, PartyKind::Agent | PartyKind::Buyer),
            Code::WALLET_COOPERATIVE | Code::COOPERATIVE_FEES | Code::COOPERATIVE_PACKAGING => true,
            _ => false,
        };
        if !is_payable {
            return Err(not_payable.into());
        }
        // An account may be named twice: what the first took is not there for the second.
        let taken_minor = desk.credited_minor(*account);
        let available_minor = desk.available_minor(*account).saturating_add(taken_minor);
        if *minor > available_minor {
            let account = *account;
            return Err(LedgerRefusal::InsufficientAvailable { account, available_minor }.into());
        }
        desk.debit(*account, *minor);
        sum = sum.saturating_add(*minor);
    }
    desk.credit(AccountKey::village(Code::BANK_ESCROW), sum);
    Ok(())
}

/// The carrier owes for a lost or damaged parcel: the seller's side is made whole.
pub(super) fn claim_carrier(
    desk: &mut Desk<'_>,
    order: &Order,
    (carrier, amount_minor): (PartyId, i64),
) -> Result<(), Refusal> {
    check_positive(desk.policy(), amount_minor)?;
    let max_minor = order.goods_minor();
    if amount_minor > max_minor {
        return Err(MarketRefusal::ClaimTooLarge { max_minor }.into());
    }
    desk.purpose("carrier.claim.accepted");
    desk.debit(AccountKey::party(Code::CLAIM_CARRIER, carrier), amount_minor);
    // Box and foam are gone with the goods: they come first, unless the release paid for them.
    let boxed = total(order.lines.iter().map(|line| line.packaging_minor));
    let unpaid = boxed.saturating_sub(order.released.packaging_minor).max(0);
    let packaging = cooperative_of(desk, order).map_or(0, |_| unpaid.min(amount_minor));
    if let Some(cooperative) = cooperative_of(desk, order) {
        desk.credit(AccountKey::party(Code::COOPERATIVE_PACKAGING, cooperative), packaging);
    }
    let rest = amount_minor.saturating_sub(packaging);
    let weights: Vec<_> =
        order.lines.iter().map(|line| (line.proceeds, line.goods_minor())).collect();
    for (account, minor) in largest_remainder(rest, &merged(&weights)) {
        super::pool::open_account(desk, account);
        desk.credit(account, minor);
        super::packing::compensate(desk, account, minor);
    }
    Ok(())
}
