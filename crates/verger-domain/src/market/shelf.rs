//! What of a pool lies in the cooperative's store, and what its fruit has earned. Owns the sums that
//! every packed and every sold box changes, apart from the pool itself: a pool of two hundred
//! families is large, and the thousands of boxes of a season should not read and write all of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codec::is_default;
use crate::id::{PoolId, VillageId};
use crate::time::Date;

/// What the fruit of a pool has earned and cost so far. All amounts are minor units, none negative:
/// the name says which side it is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolSales {
    /// What the pool gave back after the money had come to it.
    #[serde(skip_serializing_if = "is_default")]
    pub claims_minor: i64,
    /// The agents' commission.
    #[serde(skip_serializing_if = "is_default")]
    pub commission_minor: i64,
    /// What a carrier, the agent or the programme paid for fruit that was lost or spoilt by them.
    #[serde(skip_serializing_if = "is_default")]
    pub compensated_minor: i64,
    /// The cooperative's fee.
    #[serde(skip_serializing_if = "is_default")]
    pub cooperative_minor: i64,
    /// What buyers were asked for the fruit, before anything went back.
    #[serde(skip_serializing_if = "is_default")]
    pub goods_minor: i64,
    /// What was sold otherwise than in boxes, in grams.
    #[serde(skip_serializing_if = "is_default")]
    pub local_g: i64,
    /// What that brought.
    #[serde(skip_serializing_if = "is_default")]
    pub local_minor: i64,
    /// Box and foam.
    #[serde(skip_serializing_if = "is_default")]
    pub packaging_minor: i64,
    /// The platform's fee.
    #[serde(skip_serializing_if = "is_default")]
    pub platform_minor: i64,
    /// What came to the pool by orders whose goods a third party carried to strangers: the outside
    /// money that a member's delivery can prove something by.
    #[serde(skip_serializing_if = "is_default")]
    pub proven_minor: i64,
    /// What went back to buyers before the money came to the pool.
    #[serde(skip_serializing_if = "is_default")]
    pub refunded_minor: i64,
}

impl PoolSales {
    /// These and those together.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        let sum = i64::saturating_add;
        Self {
            claims_minor: sum(self.claims_minor, more.claims_minor),
            commission_minor: sum(self.commission_minor, more.commission_minor),
            compensated_minor: sum(self.compensated_minor, more.compensated_minor),
            cooperative_minor: sum(self.cooperative_minor, more.cooperative_minor),
            goods_minor: sum(self.goods_minor, more.goods_minor),
            local_g: sum(self.local_g, more.local_g),
            local_minor: sum(self.local_minor, more.local_minor),
            packaging_minor: sum(self.packaging_minor, more.packaging_minor),
            platform_minor: sum(self.platform_minor, more.platform_minor),
            proven_minor: sum(self.proven_minor, more.proven_minor),
            refunded_minor: sum(self.refunded_minor, more.refunded_minor),
        }
    }

    /// What all of it brought the pool, in minor units.
    pub fn net_minor(&self) -> i64 {
        let more = [self.goods_minor, self.local_minor, self.compensated_minor];
        let less = [
            self.refunded_minor,
            self.claims_minor,
            self.platform_minor,
            self.commission_minor,
            self.cooperative_minor,
            self.packaging_minor,
        ];
        let sum = |parts: &[i64]| parts.iter().copied().fold(0, i64::saturating_add);
        sum(&more).saturating_sub(sum(&less))
    }
}

/// The store and the till of one pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// What is left of each day's picking, in grams; days that are sold out are not there.
    pub days: BTreeMap<Date, i64>,
    /// Its pool.
    pub id: PoolId,
    /// Whether fruit comes and goes: not after the pool has closed.
    pub is_open: bool,
    /// How many orders were packed out of it and are not over.
    pub pending: u32,
    /// What its fruit has earned and cost so far.
    pub sales: PoolSales,
    /// Its village.
    pub village: VillageId,
}

impl Shelf {
    /// The empty store of a new pool.
    pub fn new(id: PoolId, village: VillageId) -> Self {
        let (days, sales) = (BTreeMap::new(), PoolSales::default());
        Self { days, id, is_open: true, pending: 0, sales, village }
    }

    /// What lies there unsold, in grams.
    pub fn left_g(&self) -> i64 {
        super::split::total(self.days.values().copied())
    }

    /// Which days the next `grams` come from: what was picked first goes first. Less than was asked
    /// where less is there.
    pub fn first_in(&self, grams: i64) -> BTreeMap<Date, i64> {
        let mut wanted = grams;
        let mut taken = BTreeMap::new();
        for (day, left_g) in &self.days {
            let part = wanted.min(*left_g);
            if part <= 0 {
                break;
            }
            taken.insert(*day, part);
            wanted = wanted.saturating_sub(part);
        }
        taken
    }

    /// Changes the store as the event says.
    ///
    /// # Panics
    /// When more leaves a day than it has: the rules forbid it before.
    pub fn apply(&mut self, event: &ShelfEvent) {
        match event {
            ShelfEvent::Opened(_) => {}
            ShelfEvent::Brought { day, grams } => self.put(*day, *grams),
            ShelfEvent::Booked { packed, pending, sales } => {
                for (day, grams) in packed {
                    self.put(*day, grams.saturating_neg());
                }
                self.pending = self.pending.saturating_add_signed(*pending);
                self.sales = self.sales.and(*sales);
            }
            ShelfEvent::Closed => self.is_open = false,
        }
    }

    fn put(&mut self, day: Date, grams: i64) {
        let left_g = self.days.entry(day).or_default();
        *left_g = left_g.saturating_add(grams);
        assert!(*left_g >= 0, "no day gives more than was picked");
        if *left_g == 0 {
            self.days.remove(&day);
        }
    }
}

/// Something that happened to a pool's store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShelfEvent {
    /// Its pool was opened.
    Opened(Box<Shelf>),
    /// Fruit came in, or is less than was thought.
    Brought {
        /// The day it was picked.
        day: Date,
        /// How much, in grams; negative where a second weighing says less.
        grams: i64,
    },
    /// Fruit left it, or money came or went.
    Booked {
        /// What left it, by the day it was picked, in grams.
        #[serde(default, skip_serializing_if = "is_default")]
        packed: BTreeMap<Date, i64>,
        /// How many more orders are on their way; negative when they are over.
        #[serde(default, skip_serializing_if = "is_default")]
        pending: i32,
        /// What was earned and what it cost.
        #[serde(default, skip_serializing_if = "is_default")]
        sales: PoolSales,
    },
    /// Its pool was closed.
    Closed,
}
