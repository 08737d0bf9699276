//! A lot of the cooperative: what one household brought on one day, weighed before a witness and
//! graded by another. Owns how an event changes it; must not move money.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codec::is_default;
use crate::id::{LotId, PartyId, PoolId, SeasonId, VillageId};
use crate::party::ShortCode;
use crate::time::{Date, Instant};

/// The grade of fruit. Source: demo village `cooperative.grades`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// For parcel and gift boxes.
    A,
    /// For wholesale crates and canteens.
    B,
    /// For drying and jam.
    C,
    /// For feed or compost; not paid.
    #[serde(rename = "cull")]
    Cull,
}

impl Grade {
    /// All grades, the best first.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::Cull];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::Cull => "cull",
        }
    }

    /// The grade with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.name() == name)
    }
}

/// Where a lot is. Whether its fruit is sold and its money paid is derived from its pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotPhase {
    /// Its weight is known.
    Weighed,
    /// Its grades are known, and the advance is paid where it has a pool.
    Graded,
    /// It was not taken: spoilt, or not what it was said to be.
    Rejected,
}

impl LotPhase {
    /// All phases.
    pub const ALL: [Self; 3] = [Self::Weighed, Self::Graded, Self::Rejected];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weighed => "weighed",
            Self::Graded => "graded",
            Self::Rejected => "rejected",
        }
    }
}

/// What the scale said, and before whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighing {
    /// The day on which the scale was last calibrated.
    pub calibrated_on: Date,
    /// How many crates.
    pub crates: u32,
    /// Fruit and crates, in grams.
    pub gross_g: i64,
    /// What the scale is called.
    pub scale: ShortCode,
    /// The crates alone, in grams.
    pub tare_g: i64,
    /// A member of the household, or another member who was there.
    pub witness: PartyId,
}

impl Weighing {
    /// The fruit, in grams.
    pub const fn net_g(&self) -> i64 {
        self.gross_g.saturating_sub(self.tare_g)
    }
}

/// An open doubt about a weight or a grading: its pools wait until it is weighed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contest {
    /// When it was raised.
    pub at: Instant,
    /// Who raised it: a member of the household, the cooperative or the staff.
    pub by: PartyId,
    /// Why.
    pub reason: String,
}

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// What was paid at once, by pool.
    pub advances: BTreeMap<PoolId, i64>,
    /// What is written on it; unique in the village.
    pub code: ShortCode,
    /// The open doubt about its weight or grades, if there is one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub contest: Option<Contest>,
    /// The grams of each grade; empty until it is graded.
    pub graded: BTreeMap<Grade, i64>,
    /// When it was graded, for the time in which it may be contested.
    #[serde(default, skip_serializing_if = "is_default")]
    pub graded_at: Option<Instant>,
    /// Whose fruit it is.
    pub household: PartyId,
    /// Its id.
    pub id: LotId,
    /// What of it is in boxes, by the pool it was taken out of, in grams.
    #[serde(default, skip_serializing_if = "is_default")]
    pub packed: BTreeMap<PoolId, i64>,
    /// Where it is.
    pub phase: LotPhase,
    /// The day it was picked and brought.
    pub picked_on: Date,
    /// The pool of each of its grades that has one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pools: BTreeMap<Grade, PoolId>,
    /// The season window whose promise it keeps.
    #[serde(default, skip_serializing_if = "is_default")]
    pub season: Option<SeasonId>,
    /// The variety.
    pub variety: String,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
    /// Who weighed it last.
    pub weigher: PartyId,
    /// What the scale said last.
    pub weighing: Weighing,
}

impl Lot {
    /// The grams of a grade.
    pub fn grams(&self, grade: Grade) -> i64 {
        self.graded.get(&grade).copied().unwrap_or(0)
    }

    /// What of it can be sold: everything but the cull. Before it is graded that is all of it.
    pub fn sound_g(&self) -> i64 {
        self.weighing.net_g().saturating_sub(self.grams(Grade::Cull))
    }

    /// The grams that a pool has of it; nothing where it is not in that pool.
    pub fn grams_in(&self, pool: PoolId) -> Option<i64> {
        self.pools.iter().find(|(_, id)| **id == pool).map(|(grade, _)| self.grams(*grade))
    }

    /// What of it is packed out of a pool, in grams.
    pub fn packed_g(&self, pool: PoolId) -> i64 {
        self.packed.get(&pool).copied().unwrap_or(0)
    }

    /// Changes the lot as the event says.
    pub fn apply(&mut self, event: &LotEvent, at: Instant) {
        // It is packed beside whoever looks at its weight.
        let is_beside = matches!(event, LotEvent::Packed { .. });
        self.version = self.version.saturating_add(u32::from(!is_beside));
        match event {
            LotEvent::Weighed(_) => {}
            LotEvent::Packed { grams, pool } => {
                let packed = self.packed.entry(*pool).or_default();
                *packed = packed.saturating_add(*grams);
            }
            LotEvent::Graded { advances, graded, pools, .. } => {
                self.advances.clone_from(advances);
                self.graded.clone_from(graded);
                self.pools.clone_from(pools);
                self.phase = LotPhase::Graded;
                self.graded_at = Some(at);
            }
            LotEvent::Pooled { advances, pools } => {
                self.advances.extend(advances);
                self.pools.extend(pools);
            }
            LotEvent::Rejected { .. } => self.phase = LotPhase::Rejected,
            LotEvent::Contested(contest) => self.contest = Some(contest.clone()),
            LotEvent::Withdrawn => self.contest = None,
            LotEvent::Reweighed { advances, graded, weigher, weighing, .. } => {
                self.advances.extend(advances);
                self.graded.clone_from(graded);
                self.weigher = *weigher;
                self.weighing = (**weighing).clone();
                self.contest = None;
                self.phase = LotPhase::Graded;
                self.graded_at.get_or_insert(at);
            }
        }
    }
}

/// Something that happened to a lot. Nothing is edited: a second weighing stands beside the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotEvent {
    /// It was weighed.
    Weighed(Box<Lot>),
    /// It was graded.
    Graded {
        /// What was paid at once, by pool.
        advances: BTreeMap<PoolId, i64>,
        /// The grams of each grade.
        graded: BTreeMap<Grade, i64>,
        /// Who graded it.
        grader: PartyId,
        /// The pool of each grade that has one.
        #[serde(default, skip_serializing_if = "is_default")]
        pools: BTreeMap<Grade, PoolId>,
    },
    /// More of its grades went into pools.
    Pooled {
        /// What was paid at once, by pool.
        advances: BTreeMap<PoolId, i64>,
        /// The pool of each grade.
        pools: BTreeMap<Grade, PoolId>,
    },
    /// Some of it went into boxes.
    Packed {
        /// How much, in grams.
        grams: i64,
        /// Out of which pool.
        pool: PoolId,
    },
    /// It was not taken.
    Rejected {
        /// Who said so.
        by: PartyId,
        /// Why.
        reason: String,
    },
    /// Somebody doubts its weight or its grades.
    Contested(Contest),
    /// Whoever doubted does no more.
    Withdrawn,
    /// It was weighed and graded again, by another person; that counts.
    Reweighed {
        /// What was paid at once in all, by pool: never less than before.
        advances: BTreeMap<PoolId, i64>,
        /// The grams of each grade.
        graded: BTreeMap<Grade, i64>,
        /// Whether the first weighing was wrong by more than the policy forgives.
        is_first_wrong: bool,
        /// Who weighed it.
        weigher: PartyId,
        /// What the scale said.
        weighing: Box<Weighing>,
    },
}
