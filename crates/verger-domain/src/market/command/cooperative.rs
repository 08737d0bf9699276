//! What can be asked of the cooperative's subjects: seasons, orders ahead, lots, pools, members and
//! votes. Owns the shapes; must not decide anything.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Guest;
use crate::codec::{self, Hash};
use crate::command::{Proof, kinds};
use crate::id::{LotId, OrderId, PartyId, PoolId, SeasonId, VoteId};
use crate::market::cooperative::{Ballot, Motion};
use crate::market::listing::Photo;
use crate::market::lot::{Grade, Weighing};
use crate::market::order::PayBy;
use crate::market::preorder::Choice;
use crate::market::season::Presale;
use crate::party::ShortCode;
use crate::time::Date;

/// What can be asked of a season window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeasonCommand {
    /// Opens it.
    Open {
        /// The first day of picking.
        from: Date,
        /// What can be ordered ahead, if anything.
        presale: Option<Presale>,
        /// The last day of picking.
        to: Date,
        /// The variety.
        variety: String,
    },
    /// A household says what it will bring.
    Promise {
        /// By day, in grams; zero takes a day back.
        days: BTreeMap<Date, i64>,
        /// Which household.
        household: PartyId,
        /// Its own agreement, where it does not ask by itself.
        proof: Option<Proof>,
    },
    /// Notes what the trader pays at the orchard.
    NotePrice {
        /// On which day.
        day: Date,
        /// For which grade.
        grade: Grade,
        /// For a kilogram, in minor units.
        minor_per_kg: i64,
    },
    /// Announces a delay by the weather, once to all.
    Delay {
        /// By how many days.
        days: u32,
        /// Why.
        reason: String,
    },
    /// Says that what is missing is nobody's fault, such as after hail.
    Forgive {
        /// Why.
        reason: String,
    },
    /// Calls it off.
    Cancel {
        /// Why.
        reason: String,
    },
}

kinds!(SeasonCommand {
    Open "season.open",
    Promise "season.promise",
    NotePrice "season.note_price",
    Delay "season.delay",
    Forgive "season.forgive",
    Cancel "season.cancel",
});

/// What can be asked of boxes ordered ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PreorderCommand {
    /// Orders them ahead.
    Place {
        /// The agent who sold them, if one did.
        agent: Option<PartyId>,
        /// How many boxes.
        boxes: u32,
        /// Who buys.
        buyer: PartyId,
        /// The buyer's name and address at the first time.
        guest: Option<Box<Guest>>,
        /// How it is paid.
        pay_by: PayBy,
        /// Of which season window.
        season: SeasonId,
        /// SHA-256 of the secret in the buyer's link.
        #[serde(with = "codec::hex_hash")]
        secret_hash: Hash,
    },
    /// Pays the deposit out of the buyer's wallet.
    Deposit,
    /// Makes an order of it: the fruit is picked, the rest of the price is asked.
    Call,
    /// There is too little: asks the buyer to choose.
    Ask {
        /// Why.
        reason: String,
    },
    /// The buyer chooses.
    Choose {
        /// What.
        choice: Choice,
    },
    /// Takes it back; the deposit goes back whole.
    Cancel,
}

kinds!(PreorderCommand {
    Place "preorder.place",
    Deposit "preorder.deposit",
    Call "preorder.call",
    Ask "preorder.ask",
    Choose "preorder.choose",
    Cancel "preorder.cancel",
});

/// What can be asked of a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LotCommand {
    /// Weighs it, before a witness.
    Weigh {
        /// What is written on it.
        code: ShortCode,
        /// Whose fruit it is.
        household: PartyId,
        /// The day it was picked.
        picked_on: Date,
        /// The variety.
        variety: String,
        /// What the scale says.
        weighing: Weighing,
    },
    /// Grades it, and pays the advance of each pool that is named.
    Grade {
        /// The grams of each grade, which sum to the net weight.
        graded: BTreeMap<Grade, i64>,
        /// The pool of each grade that has one.
        pools: BTreeMap<Grade, PoolId>,
    },
    /// Puts more of its grades into pools, with their advance.
    Pool {
        /// The pool of each grade.
        pools: BTreeMap<Grade, PoolId>,
    },
    /// Does not take it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Doubts its weight or its grades.
    Contest {
        /// The household's own agreement, where it does not ask by itself.
        proof: Option<Proof>,
        /// Why.
        reason: String,
    },
    /// Takes the doubt back.
    Withdraw {
        /// The household's own agreement, where it does not ask by itself.
        proof: Option<Proof>,
    },
    /// Weighs and grades it again, by another person; that counts.
    Reweigh {
        /// The grams of each grade, which sum to the net weight.
        graded: BTreeMap<Grade, i64>,
        /// What the scale says.
        weighing: Weighing,
    },
}

kinds!(LotCommand {
    Weigh "lot.weigh",
    Grade "lot.grade",
    Pool "lot.pool",
    Reject "lot.reject",
    Contest "lot.contest",
    Withdraw "lot.withdraw",
    Reweigh "lot.reweigh",
});

/// What can be asked of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolCommand {
    /// Opens it.
    Open {
        /// The floor price of a kilogram, in minor units.
        floor_minor_per_kg: i64,
        /// The first day of its lots.
        from: Date,
        /// The grade.
        grade: Grade,
        /// The last day of its lots.
        to: Date,
        /// The variety.
        variety: String,
    },
    /// Sells fruit otherwise than in boxes: what is left, or by the truck.
    SellLocally {
        /// What it brought, in minor units.
        amount_minor: i64,
        /// How much, in grams; what was picked first goes first.
        grams: i64,
        /// The shop whose drawer the cash goes into; the bank when absent.
        shop: Option<PartyId>,
    },
    /// Gives a buyer money back for fruit of a lot, after the order's money had come to the pool.
    Claim {
        /// How much, in minor units.
        amount_minor: i64,
        /// Whose fruit it was.
        lot: LotId,
        /// The order.
        order: OrderId,
        /// At least one picture.
        photos: Vec<Photo>,
        /// Why.
        reason: String,
    },
    /// Closes it after its window; the clock does so when the time for claims is over.
    Close,
    /// Says what there is to share.
    Account,
    /// Agrees to the account, by a member's own proof; two are needed.
    Approve {
        /// The member's own agreement.
        proof: Proof,
    },
    /// Objects to the account, by a member's own proof.
    Object {
        /// The member's own agreement.
        proof: Proof,
        /// Why.
        reason: String,
    },
    /// Covers what it still carries out of the reserve, and gives the reserve what came to it late.
    Cover,
}

kinds!(PoolCommand {
    Open "pool.open",
    SellLocally "pool.sell_locally",
    Claim "pool.claim",
    Close "pool.close",
    Account "pool.account",
    Approve "pool.approve",
    Object "pool.object",
    Cover "pool.cover",
});

/// What can be asked of a cooperative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CooperativeCommand {
    /// Opens its register with a first board.
    Found {
        /// The members of the board.
        board: BTreeSet<PartyId>,
    },
    /// Gives it the board that a vote chose.
    Elect {
        /// Which vote.
        vote: VoteId,
    },
    /// A household buys shares out of its wallet.
    Subscribe {
        /// Which household.
        household: PartyId,
        /// Its own agreement.
        proof: Proof,
        /// How many.
        shares: u32,
    },
    /// A household gives shares back at their price; without any it has left.
    Redeem {
        /// Which household.
        household: PartyId,
        /// Its own agreement.
        proof: Proof,
        /// How many.
        shares: u32,
    },
    /// Divides a year's surplus as a vote agreed.
    CloseYear {
        /// Which vote.
        vote: VoteId,
    },
}

kinds!(CooperativeCommand {
    Found "cooperative.found",
    Elect "cooperative.elect",
    Subscribe "cooperative.subscribe",
    Redeem "cooperative.redeem",
    CloseYear "cooperative.close_year",
});

/// What can be asked of a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteCommand {
    /// Calls it.
    Call {
        /// Whose members vote.
        cooperative: PartyId,
        /// What it is about.
        motion: Motion,
        /// What members read.
        text: String,
    },
    /// A household votes, by its own proof; the last word counts.
    Cast {
        /// What it says.
        ballot: Ballot,
        /// Its own agreement.
        proof: Proof,
    },
}

kinds!(VoteCommand { Call "vote.call", Cast "vote.cast", });
