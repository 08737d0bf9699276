//! Which rows of trust a command reads. Owns that list: what completes, refunds or judges an order
//! may count for its households.

use std::collections::BTreeSet;

use super::Want;
use crate::id::PartyId;
use crate::market::Order;
use crate::party::PartyKind;
use crate::trust::{FactProof, TrustCommand};

impl Want<'_> {
    /// The households behind an order, their trade with the other side, and what counted of it.
    pub(super) fn trust_of(&mut self, order: &Order) {
        if let Some(payer) = order.payer {
            self.party(payer);
        }
        let payer = self.node(order.payer.unwrap_or(order.buyer));
        let buyer = self.node(order.buyer);
        let mut sellers: BTreeSet<PartyId> = order.lines.iter().map(|line| line.seller).collect();
        sellers.extend(order.makers.keys());
        let sellers: Vec<PartyId> = sellers.into_iter().filter_map(|id| self.node(id)).collect();
        let with: Vec<PartyId> = order.lines.iter().filter_map(|l| self.node(l.seller)).collect();
        for party in sellers.iter().copied().chain(payer).chain(buyer) {
            self.trust_row(party);
        }
        for seller in &sellers {
            if let Some(payer) = payer {
                self.pair(*seller, payer);
            }
        }
        for seller in &with {
            if let Some(buyer) = buyer {
                self.pair(buyer, *seller);
            }
        }
    }

    pub(super) fn trust_command(&mut self, command: &TrustCommand) {
        let village = self.village;
        match command {
            TrustCommand::AdoptWeights { batch } => {
                if !self.state.trust_batch.is_loaded(&village) {
                    self.reads.trust_batches.insert(village);
                }
                for party in batch.weights.keys() {
                    self.party(*party);
                    self.trust_row(*party);
                }
            }
            TrustCommand::ConfirmFact { by, household, .. } => {
                self.party(*household);
                self.trust_row(*household);
                match by {
                    FactProof::Document(document) => self.photo(*document),
                    FactProof::Witness(proof) => self.proof(proof),
                }
            }
            TrustCommand::ProveBuyer { approved_by, buyer } => {
                self.party(*approved_by);
                self.party(*buyer);
                self.trust_row(*buyer);
            }
            TrustCommand::Bar { approved_by, party, .. } => {
                self.party(*approved_by);
                self.party(*party);
                if let Some(party) = self.node(*party) {
                    self.trust_row(party);
                    self.counted_with(party);
                }
            }
        }
    }

    /// Everything that counted with a party, and the households it counted for.
    fn counted_with(&mut self, party: PartyId) {
        if !self.state.counted_with_loaded.contains(&party) {
            self.reads.counted_with.insert(party);
            return;
        }
        let rows = self.state.trust_counted.iter().filter(|(_, row)| row.counterparty == party);
        let households: BTreeSet<PartyId> = rows.map(|((_, household), _)| *household).collect();
        for household in households {
            self.trust_row(household);
            self.pair(household, party);
        }
    }

    pub(super) fn trust_row(&mut self, party: PartyId) {
        if !self.state.trust.is_loaded(&party) {
            self.reads.trust.insert(party);
        }
    }

    fn pair(&mut self, household: PartyId, with: PartyId) {
        if !self.state.trust_pair.is_loaded(&(household, with)) {
            self.reads.trust_pairs.insert((household, with));
        }
    }

    /// What counted of an order, so that it can be taken back.
    pub(super) fn counted(&mut self, order: &Order) {
        if !self.state.counted_loaded.contains(&order.id) {
            self.reads.trust_counted.insert(order.id);
        }
    }

    /// Whom a party stands for; none where it counts for nobody. As long as it is not loaded that is
    /// itself, so that its rows come along with it in most cases.
    fn node(&self, id: PartyId) -> Option<PartyId> {
        if !self.state.party.is_loaded(&id) {
            return Some(id);
        }
        let party = self.state.party.get(&id)?;
        match party.kind {
            PartyKind::Member => party.household,
            PartyKind::Household
            | PartyKind::Buyer
            | PartyKind::Cooperative
            | PartyKind::Supplier => Some(party.id),
            PartyKind::Agent | PartyKind::Shop | PartyKind::Carrier | PartyKind::Staff => None,
        }
    }
}
