//! The cooperative as its members' own: board, shares, what each delivered in the year, and votes.
//! Owns the arithmetic of the year's surplus and of a vote; must not move money.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::split::{floor_bps, largest_remainder};
use crate::codec::is_default;
use crate::id::{PartyId, PoolId, VillageId, VoteId};
use crate::ledger::{AccountKey, Code};
use crate::time::Instant;

/// The cooperative's register of members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// The members of the board.
    pub board: BTreeSet<PartyId>,
    /// The last year that was closed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed_through: Option<i16>,
    /// What the pools made due to each household since then, in minor units: its patronage.
    #[serde(default, skip_serializing_if = "is_default")]
    pub delivered: BTreeMap<PartyId, i64>,
    /// How many shares each household holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shares: BTreeMap<PartyId, u32>,
}

/// A cooperative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cooperative {
    /// Its party.
    pub id: PartyId,
    /// Its members.
    pub register: Register,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

/// Who gets what of a year's surplus. The parts sum to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surplus {
    /// By what each delivered and by shares together, by household, in minor units.
    pub members: BTreeMap<PartyId, i64>,
    /// What is kept back.
    pub reserve_minor: i64,
}

impl Cooperative {
    /// The key of its reserve.
    pub const fn reserve(&self) -> AccountKey {
        AccountKey::party(Code::COOPERATIVE_RESERVE, self.id)
    }

    /// The key of what members paid for their shares.
    pub const fn capital(&self) -> AccountKey {
        AccountKey::party(Code::COOPERATIVE_CAPITAL, self.id)
    }

    /// The key of its fees, which its surplus is a part of.
    pub const fn fees(&self) -> AccountKey {
        AccountKey::party(Code::COOPERATIVE_FEES, self.id)
    }

    /// Whether a household is a member: it holds a share at least.
    pub fn is_member(&self, household: PartyId) -> bool {
        self.register.shares.get(&household).is_some_and(|shares| *shares > 0)
    }

    /// How many members it has.
    pub fn member_count(&self) -> usize {
        self.register.shares.values().filter(|shares| **shares > 0).count()
    }

    /// Divides a year's surplus: a part by what each household delivered, a part by shares, each
    /// floored once and shared by largest remainder; what remains is the reserve's. Source: rule
    /// C-52, demo village `surplus_rule`.
    pub fn surplus(&self, minor: i64, patronage_bps: u32, share_bps: u32) -> Surplus {
        let by_delivery: Vec<_> =
            self.register.delivered.iter().map(|(who, minor)| (*who, *minor)).collect();
        let by_share: Vec<_> =
            self.register.shares.iter().map(|(who, count)| (*who, i64::from(*count))).collect();
        let mut members: BTreeMap<PartyId, i64> = BTreeMap::new();
        let mut left = minor;
        for (weights, bps) in [(by_delivery, patronage_bps), (by_share, share_bps)] {
            for (who, part) in largest_remainder(floor_bps(minor, bps), &weights) {
                let sum = members.entry(who).or_default();
                *sum = sum.saturating_add(part);
                left = left.saturating_sub(part);
            }
        }
        members.retain(|_, part| *part > 0);
        Surplus { members, reserve_minor: left }
    }

    /// Changes the cooperative as the event says.
    pub fn apply(&mut self, event: &CooperativeEvent) {
        // Pools are paid beside whoever keeps the register.
        let is_beside = matches!(event, CooperativeEvent::Delivered { .. });
        self.version = self.version.saturating_add(u32::from(!is_beside));
        match event {
            CooperativeEvent::Founded(_) => {}
            CooperativeEvent::Elected { board, .. } => self.register.board.clone_from(board),
            CooperativeEvent::Subscribed { household, shares } => {
                let held = self.register.shares.entry(*household).or_default();
                *held = held.saturating_add(*shares);
            }
            CooperativeEvent::Redeemed { household, shares } => {
                let held = self.register.shares.entry(*household).or_default();
                *held = held.saturating_sub(*shares);
                self.register.shares.retain(|_, held| *held > 0);
            }
            CooperativeEvent::Delivered { due } => {
                for (household, minor) in due {
                    let sum = self.register.delivered.entry(*household).or_default();
                    *sum = sum.saturating_add(*minor);
                }
            }
            CooperativeEvent::YearClosed { year, .. } => {
                self.register.closed_through = Some(*year);
                self.register.delivered.clear();
            }
        }
    }
}

/// Something that happened to a cooperative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CooperativeEvent {
    /// Its register was opened.
    Founded(Box<Cooperative>),
    /// It has another board.
    Elected {
        /// Who.
        board: BTreeSet<PartyId>,
        /// The vote that chose them.
        vote: VoteId,
    },
    /// A household bought shares.
    Subscribed {
        /// Which.
        household: PartyId,
        /// How many.
        shares: u32,
    },
    /// A household gave shares back; without any it has left.
    Redeemed {
        /// Which.
        household: PartyId,
        /// How many.
        shares: u32,
    },
    /// A pool was paid: what it made due to each household.
    Delivered {
        /// In minor units.
        due: BTreeMap<PartyId, i64>,
    },
    /// A year was closed.
    YearClosed {
        /// What each household got of the surplus.
        members: BTreeMap<PartyId, i64>,
        /// What the reserve got.
        reserve_minor: i64,
        /// The vote that agreed.
        vote: VoteId,
        /// Which year.
        year: i16,
    },
}

/// What a vote is about, and with that what it does when it passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// These become the board.
    Board {
        /// Who.
        board: BTreeSet<PartyId>,
    },
    /// The account of a pool stands, whoever objects.
    Pool {
        /// Which.
        pool: PoolId,
    },
    /// A rule of the members' own, such as how fruit is graded: the record is what it does.
    Rule,
    /// A year's surplus is divided.
    Year {
        /// How much, in minor units.
        surplus_minor: i64,
        /// Which year.
        year: i16,
    },
}

/// What a member says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ballot {
    /// For it.
    Yes,
    /// Against it.
    No,
    /// Neither; counts as having been there.
    Abstain,
}

/// Where a vote is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VotePhase {
    /// Members vote.
    Open,
    /// It was carried.
    Passed,
    /// It was not, or too few were there.
    Failed,
}

impl VotePhase {
    /// All phases.
    pub const ALL: [Self; 3] = [Self::Open, Self::Passed, Self::Failed];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// The count of a vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Who was there and said neither.
    pub abstain: u32,
    /// How many members there were.
    pub members: u32,
    /// Against it.
    pub no: u32,
    /// For it.
    pub yes: u32,
}

impl Tally {
    /// Whether it is carried: more for than against, and enough were there.
    pub fn is_passed(&self, quorum_bps: u32) -> bool {
        let there = u64::from(self.yes)
            .saturating_add(u64::from(self.no))
            .saturating_add(u64::from(self.abstain));
        let needed = u64::from(self.members).saturating_mul(u64::from(quorum_bps));
        self.yes > self.no && there.saturating_mul(10_000) >= needed
    }
}

/// A vote of the members: one household, one vote, however many shares it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// What each household said last.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ballots: BTreeMap<PartyId, Ballot>,
    /// Whose members vote.
    pub cooperative: PartyId,
    /// When it is counted.
    pub due_at: Option<Instant>,
    /// Its id.
    pub id: VoteId,
    /// Whether what it decided was carried out, so that it decides once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_used: bool,
    /// What it is about.
    pub motion: Motion,
    /// Where it is.
    pub phase: VotePhase,
    /// The count, once it is over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tally: Option<Tally>,
    /// What members read.
    pub text: String,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

impl Vote {
    /// The count so far, of so many members. Whoever has left meanwhile does not count.
    pub fn tally(&self, cooperative: &Cooperative) -> Tally {
        let count = |wanted: Ballot| {
            let cast = self.ballots.iter().filter(|(household, ballot)| {
                **ballot == wanted && cooperative.is_member(**household)
            });
            u32::try_from(cast.count()).unwrap_or(u32::MAX)
        };
        Tally {
            abstain: count(Ballot::Abstain),
            members: u32::try_from(cooperative.member_count()).unwrap_or(u32::MAX),
            no: count(Ballot::No),
            yes: count(Ballot::Yes),
        }
    }

    /// Changes the vote as the event says.
    pub fn apply(&mut self, event: &VoteEvent) {
        // Ballots do not disturb each other.
        let is_ballot = matches!(event, VoteEvent::Cast { .. });
        self.version = self.version.saturating_add(u32::from(!is_ballot));
        match event {
            VoteEvent::Called(_) => {}
            VoteEvent::Cast { ballot, household } => {
                self.ballots.insert(*household, *ballot);
            }
            VoteEvent::Counted { is_passed, tally } => {
                self.phase = if *is_passed { VotePhase::Passed } else { VotePhase::Failed };
                self.tally = Some(*tally);
                self.due_at = None;
            }
            VoteEvent::Used => self.is_used = true,
        }
    }
}

/// Something that happened to a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteEvent {
    /// It was called.
    Called(Box<Vote>),
    /// A household said what it wants; the last word counts.
    Cast {
        /// What.
        ballot: Ballot,
        /// Which household.
        household: PartyId,
    },
    /// It was counted.
    Counted {
        /// Whether it was carried.
        is_passed: bool,
        /// The count.
        tally: Tally,
    },
    /// What it decided was carried out.
    Used,
}
