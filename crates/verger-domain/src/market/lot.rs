//! A lot of the cooperative: what one household brought on one day, weighed before a witness and
//! graded by another. Owns how an event changes it; must not move money.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{LotId, PartyId, PoolId, VillageId};
use crate::party::ShortCode;
use crate::time::Date;

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
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::Cull => "cull",
        }
    }
}

/// Where a lot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotPhase {
    /// Its weight is known.
    Weighed,
    /// Its grades are known, and the advance is paid.
    Graded,
}

impl LotPhase {
    /// All phases.
    pub const ALL: [Self; 2] = [Self::Weighed, Self::Graded];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weighed => "weighed",
            Self::Graded => "graded",
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

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// What was paid at once, by pool.
    pub advances: BTreeMap<PoolId, i64>,
    /// What is written on it; unique in the village.
    pub code: ShortCode,
    /// The grams of each grade; empty until it is graded.
    pub graded: BTreeMap<Grade, i64>,
    /// Whose fruit it is.
    pub household: PartyId,
    /// Its id.
    pub id: LotId,
    /// Where it is.
    pub phase: LotPhase,
    /// The day it was picked and brought.
    pub picked_on: Date,
    /// The variety.
    pub variety: String,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
    /// Who weighed it.
    pub weigher: PartyId,
    /// What the scale said.
    pub weighing: Weighing,
}

impl Lot {
    /// Changes the lot as the event says.
    pub fn apply(&mut self, event: &LotEvent) {
        self.version = self.version.saturating_add(1);
        match event {
            LotEvent::Weighed(_) => {}
            LotEvent::Graded { advances, graded, .. } => {
                self.advances.clone_from(advances);
                self.graded.clone_from(graded);
                self.phase = LotPhase::Graded;
            }
        }
    }
}

/// Something that happened to a lot.
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
    },
}
