//! Which rows a command reads. Owns the list that the store loads before anything is decided; what
//! it forgets stops the command with a clear message, see [`crate::state::Table`].

use std::collections::BTreeSet;

use crate::codec::Hash;
use crate::command::{Actor, Body, Command};
use crate::effect::Timer;
use crate::id::{
    DisputeId, GroupId, HoldId, ListingId, LotId, OrderId, ParcelId, PartyId, PoolId, SeasonId,
    TillId, TokenId, TrancheId, TripId, VillageId, VoteId,
};
use crate::ledger::{AccountId, AccountKey, Code};
use crate::market::listing::Photo;
use crate::party::{CodeOf, ShortCode};
use crate::state::State;

/// Keys of rows to load, without those that are loaded already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Villages.
    pub villages: BTreeSet<VillageId>,
    /// Policies by village and version.
    pub policies: BTreeSet<(VillageId, u32)>,
    /// Parties.
    pub parties: BTreeSet<PartyId>,
    /// Listings.
    pub listings: BTreeSet<ListingId>,
    /// Orders.
    pub orders: BTreeSet<OrderId>,
    /// Parcels.
    pub parcels: BTreeSet<ParcelId>,
    /// Trips.
    pub trips: BTreeSet<TripId>,
    /// Disputes.
    pub disputes: BTreeSet<DisputeId>,
    /// Group purchases.
    pub groups: BTreeSet<GroupId>,
    /// Lots.
    pub lots: BTreeSet<LotId>,
    /// Pools.
    pub pools: BTreeSet<PoolId>,
    /// Borrowers.
    pub borrowers: BTreeSet<PartyId>,
    /// Draws.
    pub tranches: BTreeSet<TrancheId>,
    /// Villages whose loan book is wanted.
    pub loan_books: BTreeSet<VillageId>,
    /// Pools of which it is wanted what lies in the store.
    pub shelves: BTreeSet<PoolId>,
    /// Season windows.
    pub seasons: BTreeSet<SeasonId>,
    /// Boxes ordered ahead.
    pub preorders: BTreeSet<OrderId>,
    /// Cooperatives, by their party.
    pub cooperatives: BTreeSet<PartyId>,
    /// Votes.
    pub votes: BTreeSet<VoteId>,
    /// Till sessions.
    pub tills: BTreeSet<TillId>,
    /// Shops whose open session is wanted.
    pub drawers: BTreeSet<PartyId>,
    /// Orders of which the processor may have told.
    pub receipts: BTreeSet<OrderId>,
    /// Sources of payment.
    pub payers: BTreeSet<(VillageId, Hash)>,
    /// Pictures that may have been used.
    pub photos: BTreeSet<(VillageId, Photo)>,
    /// Timers.
    pub timers: BTreeSet<Timer>,
    /// Short codes.
    pub codes: BTreeSet<(VillageId, CodeOf, ShortCode)>,
    /// Tokens.
    pub tokens: BTreeSet<TokenId>,
    /// Counts of wrong PINs.
    pub pins: BTreeSet<PartyId>,
    /// Accounts.
    pub accounts: BTreeSet<AccountId>,
    /// Holds.
    pub holds: BTreeSet<HoldId>,
    /// Villages of which every pending hold is wanted.
    pub pending_holds: BTreeSet<VillageId>,
    /// Standings.
    pub standings: BTreeSet<PartyId>,
    /// What trust keeps of parties.
    pub trust: BTreeSet<PartyId>,
    /// Trade of households with counterparties.
    pub trust_pairs: BTreeSet<(PartyId, PartyId)>,
    /// Orders of which everything that counted is wanted.
    pub trust_counted: BTreeSet<OrderId>,
    /// Counterparties of which everything that counted is wanted.
    pub counted_with: BTreeSet<PartyId>,
    /// Villages whose last batch of weights is wanted.
    pub trust_batches: BTreeSet<VillageId>,
    /// Reversals.
    pub reversals: BTreeSet<(VillageId, u64)>,
    /// Records of the journal.
    pub records: BTreeSet<u64>,
    /// Balances at the end of a month, `2026-07`.
    pub month_ends: BTreeSet<(VillageId, String)>,
}

impl Reads {
    /// Whether there is nothing to load.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Wants an account, unless it is loaded already.
    pub(super) fn account(&mut self, state: &State, village: VillageId, key: AccountKey) {
        let id = AccountId { village, key };
        if !state.account.is_loaded(&id) {
            self.accounts.insert(id);
        }
    }

    pub(super) fn party(&mut self, state: &State, id: PartyId) {
        if !state.party.is_loaded(&id) {
            self.parties.insert(id);
        }
    }

    pub(super) fn pin(&mut self, state: &State, id: PartyId) {
        if !state.pin.is_loaded(&id) {
            self.pins.insert(id);
        }
    }

    /// Wants the open session of a shop's drawer.
    pub(super) fn drawer(&mut self, state: &State, shop: PartyId) {
        if !state.drawer.is_loaded(&shop) {
            self.drawers.insert(shop);
        }
    }

    /// Wants the session itself once it is known which, and says who answers for it.
    pub(super) fn open_till(&mut self, state: &State, shop: PartyId) -> Option<PartyId> {
        if !state.drawer.is_loaded(&shop) {
            return None;
        }
        let (_, till) = state.drawer.get(&shop)?;
        if !state.till.is_loaded(till) {
            self.tills.insert(*till);
            return None;
        }
        state.till.get(till).map(|row| row.agent)
    }

    pub(super) fn code(
        &mut self,
        state: &State,
        village: VillageId,
        noun: CodeOf,
        code: &ShortCode,
    ) {
        let key = (village, noun, code.clone());
        if !state.code.is_loaded(&key) {
            self.codes.insert(key);
        }
    }
}

/// Adds to `wanted` the rows that deciding `command` needs and `state` does not have.
///
/// Some rows are known only when others are there (a hold names its accounts), so the store loads
/// and asks again until nothing is wanted.
pub fn reads(command: &Command, state: &State, wanted: &mut Reads) {
    let village = command.village;
    if !state.villages.is_loaded(&village) {
        wanted.villages.insert(village);
    } else if let Some(row) = state.villages.get(&village) {
        let key = (village, row.policy_version);
        if !state.policies.is_loaded(&key) {
            wanted.policies.insert(key);
        }
    }
    if let Actor::Party(id) = command.actor {
        wanted.party(state, id);
    }
    match &command.body {
        Body::RegisterVillage { .. }
        | Body::LeaveCell { .. }
        | Body::EnterCell { .. }
        | Body::AdoptPolicy { .. }
        | Body::RegisterParty { .. }
        | Body::SetPin { .. }
        | Body::ReportWrongPin { .. }
        | Body::SignIn { .. }
        | Body::IssueToken { .. }
        | Body::RevokeToken { .. } => party_reads(command, state, wanted),
        Body::CashIn { .. }
        | Body::CashOut { .. }
        | Body::SendMoney { .. }
        | Body::ReceiveMoney { .. } => till_reads(command, state, wanted),
        Body::OpenAccount { .. }
        | Body::Post { .. }
        | Body::PlaceHold { .. }
        | Body::PostHold { .. }
        | Body::VoidHold { .. }
        | Body::ExpireHold { .. }
        | Body::Reverse { .. }
        | Body::CloseMonth { .. } => ledger_reads(village, &command.body, state, wanted),
        _ => super::market::reads::reads(command, state, wanted),
    }
}

fn party_reads(command: &Command, state: &State, wanted: &mut Reads) {
    let village = command.village;
    match &command.body {
        Body::AdoptPolicy { approved_by, .. } => wanted.party(state, *approved_by),
        Body::RegisterParty { party, .. } => {
            wanted.party(state, party.id);
            wanted.code(state, village, CodeOf::Party, &party.code);
            if let Some(household) = party.household {
                wanted.party(state, household);
            }
        }
        Body::SetPin { member, .. } | Body::ReportWrongPin { member } => {
            wanted.party(state, *member);
            wanted.pin(state, *member);
        }
        Body::SignIn { token } | Body::IssueToken { token } => {
            wanted.party(state, token.party);
            if matches!(command.body, Body::SignIn { .. }) {
                wanted.pin(state, token.party);
            }
            if !state.token.is_loaded(&token.id) {
                wanted.tokens.insert(token.id);
            }
        }
        Body::RevokeToken { token } if !state.token.is_loaded(token) => {
            wanted.tokens.insert(*token);
        }
        _ => {}
    }
}

fn till_reads(command: &Command, state: &State, wanted: &mut Reads) {
    let village = command.village;
    let (wallet, shop, proof) = match &command.body {
        Body::CashIn { wallet, shop, .. } => (*wallet, Some(*shop), None),
        Body::CashOut { wallet, shop, proof, .. } => (*wallet, Some(*shop), Some(proof)),
        Body::SendMoney { from, to_village, proof, .. } => {
            wanted.account(state, village, AccountKey::clearing(*to_village));
            (*from, None, Some(proof))
        }
        Body::ReceiveMoney { to, from_village, .. } => {
            wanted.account(state, village, AccountKey::clearing(*from_village));
            wanted.account(state, village, AccountKey::village(Code::UNAPPLIED));
            (*to, None, None)
        }
        _ => return,
    };
    wanted.party(state, wallet);
    if state.party.is_loaded(&wallet)
        && let Some(party) = state.party.get(&wallet)
    {
        wanted.account(state, village, party.wallet());
    }
    if let Some(shop) = shop {
        wanted.party(state, shop);
        wanted.account(state, village, AccountKey::party(Code::DRAWER, shop));
        wanted.drawer(state, shop);
        wanted.open_till(state, shop);
        if let Actor::Party(agent) = command.actor {
            wanted.account(state, village, AccountKey::party(Code::FLOAT_AGENT, agent));
        }
    }
    if let Some(proof) = proof {
        wanted.party(state, proof.member);
        wanted.pin(state, proof.member);
    }
}

fn ledger_reads(village: VillageId, body: &Body, state: &State, wanted: &mut Reads) {
    match body {
        Body::OpenAccount { account, .. } => wanted.account(state, village, *account),
        Body::Post { lines, evidence, .. } => {
            for line in lines {
                wanted.account(state, village, line.0);
            }
            for fact in evidence {
                if !state.standing.is_loaded(&fact.member) {
                    wanted.standings.insert(fact.member);
                }
                if !state.standing.is_loaded(&fact.counterparty) {
                    wanted.standings.insert(fact.counterparty);
                }
            }
        }
        Body::PlaceHold { debit, credit, hold, .. } => {
            wanted.account(state, village, *debit);
            wanted.account(state, village, *credit);
            hold_reads(*hold, state, wanted);
        }
        Body::PostHold { hold, .. } | Body::VoidHold { hold } | Body::ExpireHold { hold, .. } => {
            hold_reads(*hold, state, wanted);
        }
        Body::Reverse { approved_by, seq, .. } => {
            wanted.party(state, *approved_by);
            if !state.reversal.is_loaded(&(village, *seq)) {
                wanted.reversals.insert((village, *seq));
            }
            if !state.record.is_loaded(seq) {
                wanted.records.insert(*seq);
            } else if let Some(record) = state.record.get(seq) {
                for leg in record.legs() {
                    wanted.account(state, village, leg.account());
                }
            }
        }
        Body::CloseMonth { month } => {
            let key = (village, month.to_string());
            if !state.month_end.is_loaded(&key) {
                wanted.month_ends.insert(key);
            } else if let Some(balances) = state.month_end.get(&key) {
                let of_result = balances.iter().filter(|(key, _)| key.code.row().class.is_result());
                for (key, _) in of_result {
                    wanted.account(state, village, *key);
                }
                wanted.account(state, village, AccountKey::village(Code::RETAINED));
            }
            if !state.holds_loaded.contains(&village) {
                wanted.pending_holds.insert(village);
            }
        }
        _ => {}
    }
}

fn hold_reads(hold: HoldId, state: &State, wanted: &mut Reads) {
    if !state.hold.is_loaded(&hold) {
        wanted.holds.insert(hold);
    } else if let Some(row) = state.hold.get(&hold) {
        for key in [row.debit, row.credit] {
            wanted.account(state, row.village, key);
        }
    }
}
