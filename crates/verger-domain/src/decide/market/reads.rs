//! Which rows a command of the market reads. Owns that list alone.

mod cooperative;
mod credit;
mod trust;

use std::collections::BTreeSet;

use super::super::reads::Reads;
use crate::command::{Actor, Body, Command, Proof, ProofBy};
use crate::effect::{Timer, TimerKind};
use crate::id::{
    DisputeId, GroupId, ListingId, OrderId, ParcelId, PartyId, PoolId, SeasonId, TripId, VillageId,
    VoteId,
};
use crate::ledger::{AccountKey, Code};
use crate::market::Order;
use crate::market::command::{
    DisputeCommand, GroupCommand, ListingCommand, OrderCommand, OrdersCommand, ParcelCommand,
    TillCommand, TripCommand,
};
use crate::market::listing::Photo;
use crate::party::{CodeOf, PartyKind, ShortCode};
use crate::state::State;

/// What is loaded for a command, and what is still wanted.
///
/// Each look at the store costs a statement a table, so what follows from an order is wanted all at
/// once, when the order is there.
struct Want<'a> {
    village: VillageId,
    actor: Option<PartyId>,
    state: &'a State,
    reads: &'a mut Reads,
}

pub(in super::super) fn reads(command: &Command, state: &State, reads: &mut Reads) {
    let actor = match command.actor {
        Actor::Party(actor) => Some(actor),
        Actor::Clock | Actor::System => None,
    };
    let mut want = Want { village: command.village, actor, state, reads };
    match &command.body {
        Body::Certify { agent, .. } => {
            want.party(*agent);
        }
        Body::Listing { command, listing, .. } => want.listing_command(*listing, command),
        Body::Order { command, order, .. } => want.order_command(*order, command),
        Body::Orders { command, orders } => want.orders_command(orders, command),
        Body::Parcel { command, parcel, .. } => want.parcel_command(*parcel, command),
        Body::Trip { command, trip, .. } => want.trip_command(*trip, command),
        Body::Dispute { command, dispute, .. } => want.dispute_command(*dispute, command),
        Body::Group { command, group, .. } => want.group_command(*group, command),
        Body::Lot { command, lot, .. } => want.lot_command(*lot, command),
        Body::Pool { command, pool, .. } => want.pool_command(*pool, command),
        Body::Season { command, season, .. } => want.season_command(*season, command),
        Body::Preorder { command, preorder, .. } => want.preorder_command(*preorder, command),
        Body::Cooperative { command, cooperative, .. } => {
            want.cooperative_command(*cooperative, command);
        }
        Body::Vote { command, vote, .. } => want.vote_command(*vote, command),
        Body::Till { command, till, .. } => {
            if !want.state.till.is_loaded(till) {
                want.reads.tills.insert(*till);
            }
            if let TillCommand::Open { shop, .. } = command {
                want.till_of(*shop);
            } else if let Some(row) = want.loaded_till(*till) {
                want.till_of(row);
            }
        }
        Body::ReceivePayment { order, payer, .. } => want.payment(*order, *payer),
        Body::RegisterPayer { party, payer } => {
            want.party(*party);
            want.payer(*payer);
        }
        Body::SettleProcessor { .. } => {
            want.own(&[Code::BANK_ESCROW, Code::PSP_FEE, Code::PSP_CLEARING]);
        }
        Body::PayOut { payees } => {
            want.own(&[Code::BANK_ESCROW]);
            for (account, _) in payees {
                want.account(*account);
                if let Some(owner) = account.owner_party() {
                    want.party(owner);
                }
            }
        }
        Body::Trust { command } => want.trust_command(command),
        Body::Credit { borrower, command } => want.credit_command(*borrower, command),
        Body::Provide { .. } => want.own(&[Code::LOAN_ALLOWANCE, Code::IMPAIRMENT]),
        Body::TimeOut { timer } => want.timer(*timer),
        _ => {}
    }
}

impl Want<'_> {
    fn account(&mut self, key: AccountKey) {
        self.reads.account(self.state, self.village, key);
    }

    fn own(&mut self, codes: &[Code]) {
        for code in codes {
            self.account(AccountKey::village(*code));
        }
    }

    /// Wants a party; says what it is once it is loaded.
    fn party(&mut self, id: PartyId) -> Option<PartyKind> {
        self.reads.party(self.state, id);
        let is_loaded = self.state.party.is_loaded(&id);
        is_loaded.then(|| self.state.party.get(&id)).flatten().map(|party| party.kind)
    }

    /// Wants a party about which a fact may be written.
    fn fact(&mut self, id: PartyId) -> Option<PartyKind> {
        if !self.state.standing.is_loaded(&id) {
            self.reads.standings.insert(id);
        }
        self.party(id)
    }

    /// Wants a buyer, a household or an agent with the wallet that each of them has.
    fn wallet(&mut self, id: PartyId) {
        self.fact(id);
        self.account(AccountKey::party(Code::WALLET, id));
    }

    fn listing(&mut self, id: ListingId) -> Option<PartyId> {
        if !self.state.listing.is_loaded(&id) {
            self.reads.listings.insert(id);
            return None;
        }
        self.state.listing.get(&id).map(|row| row.text.seller)
    }

    fn code(&mut self, noun: CodeOf, code: &ShortCode) {
        self.reads.code(self.state, self.village, noun, code);
    }

    fn photo(&mut self, photo: Photo) {
        let key = (self.village, photo);
        if !self.state.photo.is_loaded(&key) {
            self.reads.photos.insert(key);
        }
    }

    fn proof(&mut self, proof: &Proof) {
        self.party(proof.member);
        self.reads.pin(self.state, proof.member);
        match proof.by {
            ProofBy::Pin => {}
            ProofBy::Voice(recording) => self.photo(recording),
            ProofBy::Witness(witness) => {
                self.party(witness);
                self.reads.pin(self.state, witness);
            }
        }
    }

    fn till_of(&mut self, shop: PartyId) {
        self.fact(shop);
        self.account(AccountKey::party(Code::DRAWER, shop));
        self.own(&[Code::CASH_OVER_SHORT, Code::BANK_ESCROW]);
        self.reads.drawer(self.state, shop);
        let agent = self.reads.open_till(self.state, shop);
        if let Some(agent) = agent {
            self.fact(agent);
            self.account(AccountKey::party(Code::RECEIVABLE_AGENT, agent));
        }
    }

    /// The shop of a session, whose agent is wanted too.
    fn loaded_till(&mut self, till: crate::id::TillId) -> Option<PartyId> {
        let is_loaded = self.state.till.is_loaded(&till);
        let row = is_loaded.then(|| self.state.till.get(&till)).flatten()?;
        let (agent, shop) = (row.agent, row.shop);
        self.fact(agent);
        self.account(AccountKey::party(Code::RECEIVABLE_AGENT, agent));
        Some(shop)
    }

    fn listing_command(&mut self, id: ListingId, command: &ListingCommand) {
        match command {
            ListingCommand::Draft { code, text, .. } => {
                self.listing(id);
                self.party(text.seller);
                self.code(CodeOf::Listing, code);
            }
            command => {
                if let ListingCommand::Edit { text } = command {
                    self.party(text.seller);
                }
                if let Some(seller) = self.listing(id) {
                    self.party(seller);
                    if let Some(author) = self.state.listing.get(&id).map(|row| row.author) {
                        self.fact(author);
                    }
                }
            }
        }
    }

    fn order(&mut self, id: OrderId) -> Option<Order> {
        if !self.state.order.is_loaded(&id) {
            self.reads.orders.insert(id);
            return None;
        }
        self.state.order.get(&id).cloned()
    }

    /// The listings of new lines and their sellers.
    fn lines(&mut self, lines: &[(ListingId, u32)]) {
        for (listing, _) in lines {
            if let Some(seller) = self.listing(*listing) {
                self.party(seller);
            }
        }
    }

    /// Everybody with a part in an order, so that facts can be written and money moved.
    fn sides(&mut self, order: &Order) {
        self.wallet(order.buyer);
        for party in self.actor.into_iter().chain(order.agent) {
            self.fact(party);
        }
        if let Some(carrier) = order.carrier {
            self.fact(carrier);
        }
        for line in &order.lines {
            self.fact(line.seller);
        }
    }

    /// The listings of an order: their stock moves, and what was taken down is not paid (M-14).
    fn stock(&mut self, order: &Order) {
        for line in &order.lines {
            self.listing(line.listing);
        }
    }

    /// What an order that was paid can touch when it is released or refunded.
    fn money(&mut self, order: &Order) {
        self.account(order.escrow());
        self.own(&[Code::PLATFORM_FEE, Code::GOODWILL]);
        for line in &order.lines {
            self.account(line.proceeds);
            self.pool_of(line.proceeds);
            self.fact(line.seller);
            if line.proceeds.code == Code::WALLET {
                // What a household sells may repay its loan.
                self.line(line.seller, false);
            }
            // The proceeds say what the seller is, before his own row is there.
            match line.proceeds.code {
                Code::PAYABLE_SUPPLIER => {
                    self.account(AccountKey::party(Code::CLAIM_SUPPLIER, line.seller));
                }
                Code::POOL | Code::WALLET_COOPERATIVE => {
                    self.account(AccountKey::party(Code::COOPERATIVE_FEES, line.seller));
                    self.account(AccountKey::party(Code::COOPERATIVE_PACKAGING, line.seller));
                }
                _ => {}
            }
        }
        if let Some(agent) = order.agent {
            self.account(AccountKey::party(Code::COMMISSION_PENDING, agent));
            self.account(AccountKey::party(Code::RECEIVABLE_AGENT, agent));
            self.wallet(agent);
        }
        if let Some(carrier) = order.carrier {
            self.account(AccountKey::party(Code::PAYABLE_CARRIER, carrier));
            self.account(AccountKey::party(Code::CLAIM_CARRIER, carrier));
        }
        for maker in order.makers.keys() {
            self.fact(*maker);
        }
        self.trust_of(order);
    }

    fn whole(&mut self, order: &Order) {
        self.counted(order);
        self.sides(order);
        self.money(order);
        self.stock(order);
    }

    fn order_command(&mut self, id: OrderId, command: &OrderCommand) {
        match command {
            OrderCommand::Place { agent, buyer, guest, lines, .. } => {
                self.place(id, *agent, *buyer);
                self.lines(lines);
                if let Some(guest) = guest {
                    self.code(CodeOf::Party, &guest.party.code);
                    if let Some(household) = guest.party.household {
                        self.party(household);
                    }
                }
                return;
            }
            OrderCommand::Request { agent, household, lines } => {
                self.order(id);
                self.party(*household);
                if let Some(agent) = agent {
                    self.party(*agent);
                }
                self.lines(lines);
                return;
            }
            _ => {}
        }
        let Some(order) = self.order(id) else { return };
        // Packing writes no fact: it needs the makers alone.
        if !matches!(command, OrderCommand::Pack { .. }) {
            self.sides(&order);
        }
        match command {
            OrderCommand::PayCash { shop, .. } => {
                self.till_of(*shop);
                self.account(order.escrow());
                self.stock(&order);
            }
            OrderCommand::Pack { boxes, .. } => {
                self.stock(&order);
                for packed in boxes {
                    self.code(CodeOf::Parcel, &packed.label);
                    self.parcel_row(packed.parcel);
                    for content in &packed.contents {
                        self.party(content.maker);
                    }
                }
                for line in &order.lines {
                    self.pool_of(line.proceeds);
                }
                self.packed_lots(&order, boxes);
            }
            OrderCommand::Accept
            | OrderCommand::Quote { .. }
            | OrderCommand::SupplierAccept
            | OrderCommand::Extend
            | OrderCommand::Review { .. } => {}
            OrderCommand::Confirm => self.money(&order),
            OrderCommand::Goodwill { .. } => {
                self.counted(&order);
                self.money(&order);
            }
            _ => self.whole(&order),
        }
    }

    /// Wants what was paid before the order came, with the money and the payers of it (M-21).
    fn place(&mut self, id: OrderId, agent: Option<PartyId>, buyer: PartyId) {
        self.order(id);
        self.wallet(buyer);
        if let Some(agent) = agent {
            self.party(agent);
        }
        if !self.state.receipt.is_loaded(&id) {
            self.reads.receipts.insert(id);
            return;
        }
        let waiting = self.state.receipt.get(&id).cloned().unwrap_or_default();
        if !waiting.is_empty() {
            self.own(&[Code::UNAPPLIED]);
            self.account(AccountKey { code: Code::ESCROW, owner: id.bits() });
            self.account(AccountKey::party(Code::WALLET, buyer));
            for payer in waiting.iter().filter_map(|receipt| receipt.payer) {
                self.payer(payer);
            }
        }
    }

    /// Wants who used a source of payment first, which shows whether an agent pays himself (M-28).
    fn payer(&mut self, payer: crate::codec::Hash) {
        let key = (self.village, payer);
        if !self.state.payer.is_loaded(&key) {
            self.reads.payers.insert(key);
        } else if let Some(first) = self.state.payer.get(&key).copied() {
            self.party(first);
        }
    }

    fn payment(&mut self, id: OrderId, payer: Option<crate::codec::Hash>) {
        self.own(&[Code::PSP_CLEARING, Code::UNAPPLIED]);
        if !self.state.receipt.is_loaded(&id) {
            self.reads.receipts.insert(id);
        }
        if let Some(payer) = payer {
            self.payer(payer);
        }
        if let Some(order) = self.order(id) {
            self.sides(&order);
            self.stock(&order);
            self.account(order.escrow());
        } else if self.state.order.is_loaded(&id) {
            // What comes before its order may be the deposit of boxes ordered ahead.
            self.whole_preorder(id);
        }
    }

    fn orders_command(&mut self, ids: &BTreeSet<OrderId>, command: &OrdersCommand) {
        for id in ids {
            if let Some(order) = self.order(*id) {
                self.sides(&order);
                self.account(order.escrow());
                self.stock(&order);
            }
        }
        match command {
            OrdersCommand::Consent { proof } => self.proof(proof),
            OrdersCommand::Fund { shop: Some(shop), .. } => self.till_of(*shop),
            OrdersCommand::Borrow { draw, shop, .. } => {
                if let Some(shop) = shop {
                    self.till_of(*shop);
                }
                let first = ids.first().filter(|id| self.state.order.is_loaded(id));
                let buyer = first.and_then(|id| self.state.order.get(id)).map(|order| order.buyer);
                if let Some(household) = buyer {
                    self.draw(household, draw);
                }
            }
            OrdersCommand::Send { trip: Some(trip) } => {
                self.trip_row(*trip);
            }
            OrdersCommand::Fund { shop: None, .. } | OrdersCommand::Send { trip: None } => {}
        }
    }

    fn parcel_row(&mut self, id: ParcelId) -> Option<(OrderId, PartyId)> {
        if !self.state.parcel.is_loaded(&id) {
            self.reads.parcels.insert(id);
            return None;
        }
        self.state.parcel.get(&id).map(|row| (row.order, row.holder))
    }

    /// The boxes of an order: where the others are says what one of them means for it.
    fn boxes(&mut self, order: &Order) {
        for parcel in order.parcels.keys() {
            self.parcel_row(*parcel);
        }
    }

    fn trip_row(&mut self, id: TripId) -> Option<Vec<ParcelId>> {
        if !self.state.trip.is_loaded(&id) {
            self.reads.trips.insert(id);
            return None;
        }
        let row = self.state.trip.get(&id)?;
        let carrier = row.carrier;
        let parcels = row.manifest.keys().copied().collect();
        self.party(carrier);
        self.account(AccountKey::party(Code::PAYABLE_CARRIER, carrier));
        Some(parcels)
    }

    fn parcel_command(&mut self, id: ParcelId, command: &ParcelCommand) {
        match command {
            ParcelCommand::Give { taker } => drop(self.party(*taker)),
            ParcelCommand::Take { giver, taker, .. } => {
                self.party(*giver);
                self.party(*taker);
            }
            ParcelCommand::NameProxy { proof, proxy } => {
                self.proof(proof);
                self.party(*proxy);
            }
            ParcelCommand::ReportDamage { photos } => {
                for photo in photos {
                    self.photo(*photo);
                }
            }
            ParcelCommand::PayClaim => self.own(&[Code::BANK_ESCROW]),
            ParcelCommand::Deliver
            | ParcelCommand::PickUp { .. }
            | ParcelCommand::ReportWrongCode
            | ParcelCommand::DeclareLost
            | ParcelCommand::AcceptClaim { .. } => {}
        }
        let Some((order, holder)) = self.parcel_row(id) else { return };
        let last = self.state.parcel.get(&id).and_then(|row| row.hops.last());
        let hands = last.map(|hop| [hop.giver, hop.taker]);
        if let Some(order) = self.order(order) {
            self.fact(holder);
            for hand in hands.into_iter().flatten() {
                self.fact(hand);
            }
            self.sides(&order);
            self.boxes(&order);
            if matches!(
                command,
                ParcelCommand::DeclareLost
                    | ParcelCommand::AcceptClaim { .. }
                    | ParcelCommand::PayClaim
            ) {
                self.money(&order);
            }
        }
    }

    fn trip_command(&mut self, id: TripId, command: &TripCommand) {
        if let TripCommand::Plan { carrier } = command {
            self.party(*carrier);
        }
        self.own(&[Code::TRIP]);
        let manifest = self.trip_row(id).unwrap_or_default();
        let parcels = match command {
            TripCommand::Load { parcels } => parcels.clone(),
            TripCommand::Arrive { .. } => manifest,
            _ => Vec::new(),
        };
        for parcel in parcels {
            self.parcel_row(parcel);
        }
    }

    fn dispute_row(&mut self, id: DisputeId) {
        if !self.state.dispute.is_loaded(&id) {
            self.reads.disputes.insert(id);
        } else if let Some(row) = self.state.dispute.get(&id) {
            let (order, dishonest) = (row.order, row.dishonest);
            if let Some(dishonest) = dishonest {
                self.fact(dishonest);
            }
            if let Some(order) = self.order(order) {
                self.charged(&order);
                self.whole(&order);
            }
        }
    }

    fn dispute_command(&mut self, id: DisputeId, command: &DisputeCommand) {
        self.dispute_row(id);
        match command {
            DisputeCommand::Open { order, photos, .. } => {
                for photo in photos {
                    self.photo(*photo);
                }
                if let Some(order) = self.order(*order) {
                    self.sides(&order);
                }
            }
            DisputeCommand::Refuse { photos } => {
                for photo in photos {
                    self.photo(*photo);
                }
            }
            DisputeCommand::ReceiveReturn { carrier, .. } => {
                self.party(*carrier);
                self.account(AccountKey::party(Code::PAYABLE_CARRIER, *carrier));
            }
            DisputeCommand::Rule { proof, dishonest, .. } => {
                self.proof(proof);
                if let Some(dishonest) = dishonest {
                    self.fact(*dishonest);
                }
            }
            _ => {}
        }
    }

    fn group_row(&mut self, id: GroupId) {
        if !self.state.group.is_loaded(&id) {
            self.reads.groups.insert(id);
            return;
        }
        let Some(row) = self.state.group.get(&id) else { return };
        let (agent, supplier, listing) = (row.agent, row.supplier, row.listing);
        let households: Vec<PartyId> = row.joined.keys().copied().collect();
        self.account(row.escrow());
        self.own(&[Code::PLATFORM_FEE]);
        self.fact(supplier);
        self.account(AccountKey::party(Code::PAYABLE_SUPPLIER, supplier));
        self.account(AccountKey::party(Code::COMMISSION_PENDING, agent));
        self.wallet(agent);
        self.listing(listing);
        for household in households {
            self.wallet(household);
            self.line(household, false);
        }
    }

    fn group_command(&mut self, id: GroupId, command: &GroupCommand) {
        self.group_row(id);
        match command {
            GroupCommand::Open { listing, .. } => {
                if let Some(seller) = self.listing(*listing) {
                    self.party(seller);
                }
            }
            GroupCommand::Join { household, proof, .. } => {
                self.wallet(*household);
                self.proof(proof);
            }
            _ => {}
        }
    }

    fn timer(&mut self, timer: Timer) {
        if !self.state.timer.is_loaded(&timer) {
            self.reads.timers.insert(timer);
        }
        match timer.kind {
            TimerKind::ExpireHold => {}
            TimerKind::Listing => {
                self.listing(ListingId::from_bits(timer.subject));
            }
            TimerKind::Order => {
                if let Some(order) = self.order(OrderId::from_bits(timer.subject)) {
                    self.whole(&order);
                }
            }
            TimerKind::Parcel => {
                let id = ParcelId::from_bits(timer.subject);
                if let Some((order, holder)) = self.parcel_row(id) {
                    self.fact(holder);
                    if let Some(order) = self.order(order) {
                        self.sides(&order);
                        self.boxes(&order);
                        self.money(&order);
                    }
                }
            }
            TimerKind::Dispute => self.dispute_row(DisputeId::from_bits(timer.subject)),
            TimerKind::Group => self.group_row(GroupId::from_bits(timer.subject)),
            TimerKind::Pool => self.whole_pool(PoolId::from_bits(timer.subject)),
            TimerKind::Credit => self.line(PartyId::from_bits(timer.subject), false),
            TimerKind::Season => self.whole_season(SeasonId::from_bits(timer.subject)),
            TimerKind::Preorder => self.whole_preorder(OrderId::from_bits(timer.subject)),
            TimerKind::Vote => self.whole_vote(VoteId::from_bits(timer.subject)),
        }
    }
}
