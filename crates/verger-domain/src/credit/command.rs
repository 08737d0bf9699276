//! What can be asked of a borrower's line. Owns the shapes; must not decide anything. Serialised only
//! to be hashed.

use serde::{Deserialize, Serialize};

use super::borrower::{File, Notice};
use super::quote::Until;
use crate::command::{Proof, kinds};
use crate::id::{PartyId, TrancheId};
use crate::time::Date;

/// What a household would like to borrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wish {
    /// How much, in minor units.
    pub amount_minor: i64,
    /// The enterprise it is for, if it is one of the programme's.
    pub enterprise: Option<String>,
    /// What it is for, as the programme names it.
    pub purpose: String,
    /// Until when.
    pub until: Until,
}

/// A draw: with the member's own agreement, which no agent can give (I-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawWish {
    /// The member's own agreement.
    pub proof: Proof,
    /// The draw's id.
    pub tranche: TrancheId,
    /// How much, what for, until when.
    pub wish: Wish,
}

/// Where the money of a repayment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepayFrom {
    /// Cash at the counter of this shop; anybody may bring it.
    Cash(PartyId),
    /// The household's wallet, by a member's own agreement.
    Wallet(Proof),
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditCommand {
    /// Asks what a draw would cost and whether it would be made.
    Ask(Wish),
    /// Draws money into the wallet.
    Draw(Box<DrawWish>),
    /// Pays back, partly or whole.
    Repay {
        /// How much is offered, in minor units; what is not owed stays in the wallet.
        amount_minor: i64,
        /// The day it was paid, when the counter had no network; today when absent.
        effective_on: Option<Date>,
        /// Where the money comes from.
        from: RepayFrom,
        /// The draw it is for, if the borrower names one.
        tranche: Option<TrancheId>,
    },
    /// Chooses which share of its sales repays.
    ChooseSweep {
        /// The member's own agreement.
        proof: Proof,
        /// The share, in basis points.
        share_bps: u32,
    },
    /// Lowers the rate of a draw.
    LowerRate {
        /// The new yearly rate, in ppm.
        rate_ppm: u32,
        /// Of which draw.
        tranche: TrancheId,
    },
    /// Agrees on a new due date.
    Restructure {
        /// The new due date.
        due_on: Date,
        /// The member's own agreement.
        proof: Proof,
        /// The new yearly rate, in ppm; at most the old one.
        rate_ppm: u32,
        /// Of which draw.
        tranche: TrancheId,
    },
    /// Gives a loan up in the books; two persons must agree.
    WriteOff {
        /// The second person, of the staff like the actor.
        approved_by: PartyId,
        /// Why, for the record.
        reason: String,
        /// Which draw.
        tranche: TrancheId,
    },
    /// Takes an event back; two persons must agree.
    Reverse {
        /// The second person, of the staff like the actor.
        approved_by: PartyId,
        /// Its number on this line.
        number: u32,
        /// Why, for the record.
        reason: String,
    },
    /// Changes the borrower's file.
    SetFile {
        /// The file as it shall be.
        file: File,
        /// Why, for the record.
        reason: String,
    },
    /// Tells the books of every charge up to today.
    Count,
    /// A notice reached the borrower; made by the outbox relay.
    Tell(Notice),
}

kinds!(CreditCommand {
    Ask "credit.ask",
    Draw "credit.draw",
    Repay "credit.repay",
    ChooseSweep "credit.choose_sweep",
    LowerRate "credit.lower_rate",
    Restructure "credit.restructure",
    WriteOff "credit.write_off",
    Reverse "credit.reverse",
    SetFile "credit.set_file",
    Count "credit.count",
    Tell "credit.tell",
});
