//! Which rows the commands of the cooperative read. Owns that list alone.

use super::Want;
use crate::id::{LotId, OrderId, PartyId, PoolId, SeasonId, VoteId};
use crate::ledger::{AccountKey, Code};
use crate::market::Order;
use crate::market::command::{
    Boxed, CooperativeCommand, LotCommand, PoolCommand, PreorderCommand, SeasonCommand, VoteCommand,
};
use crate::market::cooperative::Motion;
use crate::market::preorder::Choice;
use crate::party::CodeOf;
use crate::state::cooperative::season_code;

impl Want<'_> {
    fn lot_row(&mut self, id: LotId) -> Option<PartyId> {
        if !self.state.lot.is_loaded(&id) {
            self.reads.lots.insert(id);
            return None;
        }
        self.state.lot.get(&id).map(|row| row.household)
    }

    /// The pools of a lot, with what a correction of it touches.
    fn pools_of(&mut self, id: LotId) {
        let Some(row) = self.state.lot.get(&id) else { return };
        let (pools, season, weigher) = (row.pools.clone(), row.season, row.weigher);
        let doubter = row.contest.as_ref().map(|contest| contest.by);
        self.fact(weigher);
        if let Some(doubter) = doubter {
            self.party(doubter);
        }
        self.pools(pools.values().copied());
        if let Some(season) = season {
            self.season_row(season);
        }
    }

    fn pools(&mut self, pools: impl Iterator<Item = PoolId>) {
        for pool in pools {
            self.pool_row(pool);
            self.shelf_row(pool);
            self.account(AccountKey { code: Code::POOL_ADVANCES, owner: pool.bits() });
        }
    }

    pub(super) fn lot_command(&mut self, id: LotId, command: &LotCommand) {
        let household = self.lot_row(id);
        if let LotCommand::Weigh { code, household, variety, weighing, .. } = command {
            self.code(CodeOf::Lot, code);
            self.party(*household);
            self.party(weighing.witness);
            if let Some(code) = season_code(variety) {
                self.code(CodeOf::Season, &code);
            }
            return;
        }
        if let Some(household) = household {
            self.wallet(household);
            self.pools_of(id);
        }
        match command {
            LotCommand::Grade { pools, .. } | LotCommand::Pool { pools } => {
                self.pools(pools.values().copied());
            }
            LotCommand::Contest { proof: Some(proof), .. }
            | LotCommand::Withdraw { proof: Some(proof) } => self.proof(proof),
            LotCommand::Reweigh { weighing, .. } => {
                self.party(weighing.witness);
            }
            _ => {}
        }
    }

    pub(super) fn pool_row(&mut self, id: PoolId) {
        if !self.state.pool.is_loaded(&id) {
            self.reads.pools.insert(id);
        }
    }

    fn shelf_row(&mut self, id: PoolId) {
        if !self.state.shelf.is_loaded(&id) {
            self.reads.shelves.insert(id);
        }
    }

    /// The store of the pool that the proceeds of a line go to: not the pool itself, which is large.
    pub(super) fn pool_of(&mut self, proceeds: AccountKey) {
        if proceeds.code == Code::POOL {
            self.shelf_row(PoolId::from_bits(proceeds.owner));
        }
    }

    /// The lots that are named in boxes of pooled fruit.
    pub(super) fn packed_lots(&mut self, order: &Order, boxes: &[Boxed]) {
        if order.lines.iter().all(|line| line.proceeds.code != Code::POOL) {
            return;
        }
        for content in boxes.iter().flat_map(|packed| &packed.contents) {
            self.code(CodeOf::Lot, &content.lot);
            let key = (self.village, CodeOf::Lot, content.lot.clone());
            if self.state.code.is_loaded(&key)
                && let Some(bits) = self.state.code.get(&key)
            {
                self.lot_row(LotId::from_bits(*bits));
            }
        }
    }

    /// The lots in an order's boxes and their pools: what a complaint about it is charged to.
    pub(super) fn charged(&mut self, order: &Order) {
        for (lot, part) in &order.lots {
            self.lot_row(*lot);
            self.pool_row(part.pool);
        }
    }

    /// A pool with everything that its end touches.
    pub(super) fn whole_pool(&mut self, id: PoolId) {
        self.pool_row(id);
        if !self.state.pool.is_loaded(&id) {
            return;
        }
        self.shelf_row(id);
        let Some(row) = self.state.pool.get(&id) else { return };
        let (households, members): (Vec<_>, Vec<_>) =
            (row.shares.keys().copied().collect(), row.approved_by.iter().copied().collect());
        let (weighers, cooperative) = (row.weighers.clone(), row.cooperative);
        self.account(row.account());
        self.account(row.advances());
        for household in households {
            self.wallet(household);
            // What a pool pays may repay a loan, in the same posting.
            self.line(household, false);
        }
        for person in members.into_iter().chain(weighers) {
            self.party(person);
        }
        if let Some(cooperative) = cooperative {
            self.fact(cooperative);
            self.cooperative_row(cooperative);
            self.account(AccountKey::party(Code::COOPERATIVE_RESERVE, cooperative));
        }
    }

    pub(super) fn pool_command(&mut self, id: PoolId, command: &PoolCommand) {
        match command {
            PoolCommand::Open { .. } => {
                self.pool_row(id);
                self.shelf_row(id);
            }
            PoolCommand::Approve { proof } | PoolCommand::Object { proof, .. } => {
                self.proof(proof);
                self.whole_pool(id);
            }
            PoolCommand::SellLocally { shop, .. } => {
                self.pool_row(id);
                self.shelf_row(id);
                self.account(AccountKey { code: Code::POOL, owner: id.bits() });
                self.own(&[Code::BANK_ESCROW]);
                if let Some(shop) = shop {
                    self.till_of(*shop);
                }
            }
            PoolCommand::Claim { lot, order, photos, .. } => {
                self.pool_row(id);
                self.shelf_row(id);
                self.lot_row(*lot);
                self.account(AccountKey { code: Code::POOL, owner: id.bits() });
                for photo in photos {
                    self.photo(*photo);
                }
                if let Some(order) = self.order(*order) {
                    self.wallet(order.buyer);
                }
            }
            PoolCommand::Close | PoolCommand::Account | PoolCommand::Cover => self.whole_pool(id),
        }
    }

    fn season_row(&mut self, id: SeasonId) {
        if !self.state.season.is_loaded(&id) {
            self.reads.seasons.insert(id);
        }
    }

    /// A season window with everybody whose promise is looked at when it is over.
    pub(super) fn whole_season(&mut self, id: SeasonId) {
        self.season_row(id);
        if !self.state.season.is_loaded(&id) {
            return;
        }
        let Some(row) = self.state.season.get(&id) else { return };
        let (cooperative, listing) =
            (row.cooperative, row.presale.as_ref().map(|presale| presale.listing));
        let households: Vec<PartyId> = row.promises.keys().copied().collect();
        self.fact(cooperative);
        if let Some(listing) = listing
            && let Some(seller) = self.listing(listing)
        {
            self.party(seller);
        }
        for household in households {
            self.fact(household);
        }
    }

    pub(super) fn season_command(&mut self, id: SeasonId, command: &SeasonCommand) {
        match command {
            SeasonCommand::Open { presale, variety, .. } => {
                self.season_row(id);
                if let Some(presale) = presale
                    && let Some(seller) = self.listing(presale.listing)
                {
                    self.party(seller);
                }
                let Some(code) = season_code(variety) else { return };
                self.code(CodeOf::Season, &code);
                let key = (self.village, CodeOf::Season, code);
                if self.state.code.is_loaded(&key)
                    && let Some(former) = self.state.code.get(&key)
                {
                    self.season_row(SeasonId::from_bits(*former));
                }
            }
            SeasonCommand::Promise { household, proof, .. } => {
                self.season_row(id);
                self.party(*household);
                if let Some(proof) = proof {
                    self.proof(proof);
                }
            }
            _ => self.season_row(id),
        }
    }

    /// An order ahead with its window, its buyer and its money.
    pub(super) fn whole_preorder(&mut self, id: OrderId) {
        if !self.state.preorder.is_loaded(&id) {
            self.reads.preorders.insert(id);
            return;
        }
        let Some(row) = self.state.preorder.get(&id) else { return };
        let (buyer, season, escrow, agent) = (row.buyer, row.season, row.escrow(), row.agent);
        self.wallet(buyer);
        self.account(escrow);
        self.season_row(season);
        if let Some(agent) = agent {
            self.party(agent);
        }
    }

    pub(super) fn preorder_command(&mut self, id: OrderId, command: &PreorderCommand) {
        self.whole_preorder(id);
        match command {
            PreorderCommand::Place { agent, buyer, guest, season, .. } => {
                self.wallet(*buyer);
                self.order(id);
                self.whole_season(*season);
                if let Some(agent) = agent {
                    self.party(*agent);
                }
                if let Some(guest) = guest {
                    self.code(CodeOf::Party, &guest.party.code);
                    if let Some(household) = guest.party.household {
                        self.party(household);
                    }
                }
            }
            PreorderCommand::Call => {
                self.order(id);
                if !self.state.receipt.is_loaded(&id) {
                    self.reads.receipts.insert(id);
                }
                let is_loaded = self.state.preorder.is_loaded(&id);
                let row = is_loaded.then(|| self.state.preorder.get(&id)).flatten();
                if let Some(season) = row.map(|row| row.season) {
                    self.whole_season(season);
                }
            }
            PreorderCommand::Choose { choice: Choice::Switch(season) } => self.season_row(*season),
            _ => {}
        }
    }

    fn cooperative_row(&mut self, id: PartyId) {
        if !self.state.cooperative.is_loaded(&id) {
            self.reads.cooperatives.insert(id);
        }
    }

    fn vote_row(&mut self, id: VoteId) {
        if !self.state.vote.is_loaded(&id) {
            self.reads.votes.insert(id);
        }
    }

    pub(super) fn cooperative_command(&mut self, id: PartyId, command: &CooperativeCommand) {
        self.party(id);
        self.cooperative_row(id);
        let codes = [Code::COOPERATIVE_CAPITAL, Code::COOPERATIVE_RESERVE, Code::COOPERATIVE_FEES];
        for code in codes {
            self.account(AccountKey::party(code, id));
        }
        match command {
            CooperativeCommand::Found { board } => {
                for member in board {
                    self.party(*member);
                }
            }
            CooperativeCommand::Elect { vote } => self.vote_row(*vote),
            CooperativeCommand::Subscribe { household, proof, .. }
            | CooperativeCommand::Redeem { household, proof, .. } => {
                self.wallet(*household);
                self.proof(proof);
            }
            CooperativeCommand::CloseYear { vote } => {
                self.vote_row(*vote);
                let is_loaded = self.state.cooperative.is_loaded(&id);
                let row = is_loaded.then(|| self.state.cooperative.get(&id)).flatten();
                let register = row.map(|row| row.register.clone()).unwrap_or_default();
                for household in register.shares.keys().chain(register.delivered.keys()) {
                    self.wallet(*household);
                }
            }
        }
    }

    /// A vote with what is counted, and with the pool that it may be about.
    pub(super) fn whole_vote(&mut self, id: VoteId) {
        self.vote_row(id);
        if !self.state.vote.is_loaded(&id) {
            return;
        }
        let Some(row) = self.state.vote.get(&id) else { return };
        let (cooperative, motion) = (row.cooperative, row.motion.clone());
        self.cooperative_row(cooperative);
        if let Motion::Pool { pool } = motion {
            self.pool_row(pool);
        }
    }

    pub(super) fn vote_command(&mut self, id: VoteId, command: &VoteCommand) {
        self.whole_vote(id);
        match command {
            VoteCommand::Call { cooperative, motion, .. } => {
                self.cooperative_row(*cooperative);
                match motion {
                    Motion::Board { board } => {
                        for member in board {
                            self.party(*member);
                        }
                    }
                    Motion::Pool { pool } => self.pool_row(*pool),
                    Motion::Rule | Motion::Year { .. } => {}
                }
            }
            VoteCommand::Cast { proof, .. } => self.proof(proof),
        }
    }
}
