//! A season window: when a variety is picked, what members promise to bring, what buyers order ahead
//! and at which price, and what the trader asks meanwhile. Owns the sums that tie orders to promises
//! and how an event changes the window; must not move money.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::group::Tier;
use super::lot::Grade;
use super::split::{floor_bps, total};
use crate::codec::is_default;
use crate::id::{ListingId, PartyId, SeasonId, VillageId};
use crate::time::{Date, Instant};

/// Where a season window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeasonPhase {
    /// Members promise, buyers order ahead.
    Open,
    /// Ordering ahead is over and the price is known; members still promise and bring.
    Fixed,
    /// Its last day is over, and every promise was looked at.
    Over,
    /// It will not be: hail, frost, or too little to pick.
    Cancelled,
}

impl SeasonPhase {
    /// All phases.
    pub const ALL: [Self; 4] = [Self::Open, Self::Fixed, Self::Over, Self::Cancelled];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fixed => "fixed",
            Self::Over => "over",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What buyers can order ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presale {
    /// Which part of what is promised may be ordered ahead: the rest is no box fruit.
    pub cap_bps: u32,
    /// The last day on which boxes can be ordered ahead.
    pub closes_on: Date,
    /// What a box is.
    pub listing: ListingId,
    /// The price of one before any tier, in minor units.
    pub price_minor: i64,
    /// Prices by the boxes of all buyers together, by rising quantity and falling price.
    pub tiers: Vec<Tier>,
    /// The fruit in one box, in grams.
    pub weight_g: i64,
}

impl Presale {
    /// The price of a box when so many are ordered.
    pub fn price_at(&self, pieces: u32) -> i64 {
        let tier = self.tiers.iter().rev().find(|tier| pieces >= tier.from_quantity);
        tier.map_or(self.price_minor, |tier| tier.price_minor)
    }
}

/// A delay by the weather, announced once to all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// When it was announced.
    pub at: Instant,
    /// By how many days picking begins later.
    pub days: u32,
    /// Why.
    pub reason: String,
}

/// What a member promised and what he brought, in grams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// What he promised to bring, by day.
    pub days: BTreeMap<Date, i64>,
    /// What he brought that can be sold.
    #[serde(default, skip_serializing_if = "is_default")]
    pub delivered_g: i64,
}

impl Promise {
    /// All that was promised.
    pub fn promised_g(&self) -> i64 {
        total(self.days.values().copied())
    }

    /// Whether what he brought is what he promised, less what the policy forgives.
    pub fn is_kept(&self, tolerance_bps: u32) -> bool {
        let promised = self.promised_g();
        self.delivered_g >= promised.saturating_sub(floor_bps(promised, tolerance_bps))
    }
}

/// A season window of one variety.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeasonWindow {
    /// Whose members bring the fruit.
    pub cooperative: PartyId,
    /// Delays by the weather, oldest first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub delays: Vec<Delay>,
    /// When its timer is due: ordering ahead ends, or the window.
    pub due_at: Option<Instant>,
    /// The first day of picking.
    pub from: Date,
    /// Its id.
    pub id: SeasonId,
    /// Whether what is missing is nobody's fault: then a short promise is no mark.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_forgiven: bool,
    /// Where it is.
    pub phase: SeasonPhase,
    /// Boxes ordered ahead and not given back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub preordered: u32,
    /// What can be ordered ahead, if anything.
    pub presale: Option<Presale>,
    /// What every box ordered ahead costs in the end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub price_minor: Option<i64>,
    /// What each household promised and brought.
    #[serde(default, skip_serializing_if = "is_default")]
    pub promises: BTreeMap<PartyId, Promise>,
    /// The last day of picking.
    pub to: Date,
    /// What the trader paid at the orchard for a kilogram, by day and grade, in minor units.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trader: BTreeMap<Date, BTreeMap<Grade, i64>>,
    /// The variety.
    pub variety: String,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

impl SeasonWindow {
    /// Whether fruit picked on this day belongs to it.
    pub fn contains(&self, day: Date) -> bool {
        let is_live = matches!(self.phase, SeasonPhase::Open | SeasonPhase::Fixed);
        is_live && (self.from..=self.to).contains(&day)
    }

    /// All that members promised, in grams.
    pub fn promised_g(&self) -> i64 {
        total(self.promises.values().map(Promise::promised_g))
    }

    /// How many more boxes can be ordered ahead: each is backed by a member's promise.
    pub fn boxes_left(&self) -> i64 {
        let Some(presale) = &self.presale else { return 0 };
        let backed_g = floor_bps(self.promised_g(), presale.cap_bps);
        let boxes = backed_g.checked_div(presale.weight_g).unwrap_or(0);
        boxes.saturating_sub(i64::from(self.preordered))
    }

    /// The trader's price of a kilogram on a day, or on the last day before it that is known.
    pub fn trader_price(&self, grade: Grade, day: Date) -> Option<(Date, i64)> {
        let known = self.trader.range(..=day).rev();
        known.into_iter().find_map(|(day, prices)| Some((*day, *prices.get(&grade)?)))
    }

    /// Changes the window as the event says.
    pub fn apply(&mut self, event: &SeasonEvent, at: Instant) {
        // Boxes are ordered and fruit is brought beside whoever plans the window.
        let is_beside =
            matches!(event, SeasonEvent::Ordered { .. } | SeasonEvent::Delivered { .. });
        self.version = self.version.saturating_add(u32::from(!is_beside));
        match event {
            SeasonEvent::Opened(_) => {}
            SeasonEvent::Promised { days, household } => {
                let promise = self.promises.entry(*household).or_default();
                for (day, grams) in days {
                    promise.days.insert(*day, *grams);
                }
                promise.days.retain(|_, grams| *grams > 0);
            }
            SeasonEvent::Ordered { boxes } => {
                self.preordered = self.preordered.saturating_add_signed(*boxes);
            }
            SeasonEvent::Delivered { grams, household } => {
                let promise = self.promises.entry(*household).or_default();
                promise.delivered_g = promise.delivered_g.saturating_add(*grams).max(0);
            }
            SeasonEvent::TraderPriced { day, grade, minor_per_kg } => {
                self.trader.entry(*day).or_default().insert(*grade, *minor_per_kg);
            }
            SeasonEvent::Delayed { days, due_at, reason } => {
                self.delay(*days);
                self.due_at = *due_at;
                self.delays.push(Delay { at, days: *days, reason: reason.clone() });
            }
            SeasonEvent::Forgiven { .. } => self.is_forgiven = true,
            SeasonEvent::Fixed { due_at, price_minor } => {
                self.phase = SeasonPhase::Fixed;
                self.price_minor = *price_minor;
                self.due_at = Some(*due_at);
            }
            SeasonEvent::Ended => {
                self.phase = SeasonPhase::Over;
                self.due_at = None;
            }
            SeasonEvent::Cancelled { .. } => {
                self.phase = SeasonPhase::Cancelled;
                self.due_at = None;
            }
        }
    }

    // Picking and what is promised for it move together: nobody breaks his word by the rain.
    fn delay(&mut self, days: u32) {
        let later = |day: Date| day.plus_days(days).unwrap_or(day);
        self.from = later(self.from);
        self.to = later(self.to);
        for promise in self.promises.values_mut() {
            let moved = promise.days.iter().map(|(day, grams)| (later(*day), *grams));
            promise.days = moved.collect();
        }
    }
}

/// Something that happened to a season window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeasonEvent {
    /// It was opened.
    Opened(Box<SeasonWindow>),
    /// A household promised, or promised otherwise; zero takes a day back.
    Promised {
        /// What it will bring, by day, in grams.
        days: BTreeMap<Date, i64>,
        /// Which.
        household: PartyId,
    },
    /// Boxes were ordered ahead, or given back.
    Ordered {
        /// How many; negative when they were given back.
        boxes: i32,
    },
    /// A household brought fruit that can be sold.
    Delivered {
        /// How much, in grams; negative where a second weighing says less.
        grams: i64,
        /// Which.
        household: PartyId,
    },
    /// Somebody heard what the trader pays.
    TraderPriced {
        /// On which day.
        day: Date,
        /// For which grade.
        grade: Grade,
        /// For a kilogram, in minor units.
        minor_per_kg: i64,
    },
    /// Picking begins later; the promises move with it.
    Delayed {
        /// By how many days.
        days: u32,
        /// When its timer is due now.
        due_at: Option<Instant>,
        /// Why.
        reason: String,
    },
    /// What is missing is nobody's fault.
    Forgiven {
        /// Why.
        reason: String,
    },
    /// Ordering ahead is over.
    Fixed {
        /// When the window ends.
        due_at: Instant,
        /// What every box costs in the end.
        price_minor: Option<i64>,
    },
    /// Its last day is over.
    Ended,
    /// It will not be.
    Cancelled {
        /// Why.
        reason: String,
    },
}
