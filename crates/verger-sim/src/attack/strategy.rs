//! What cheats do. Owns the strategies of 40-trust section 5 and their costs; must not bend a rule:
//! a cheat has the commands that everybody has.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use verger_domain::trust::weights::Role;

use super::economy::{Village, pick};
use super::world::Node;

/// A cheat knows the formula, climbs the ladder of step-ups, and defaults at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "strategy")]
pub(super) enum Strategy {
    /// Two real households sell each other the same goods.
    WashPair { days: i32 },
    /// So many real households sell round in a circle.
    Ring { households: u32, days: i32 },
    /// A forged household sells to fake buyers, who buy from honest ones too as a camouflage.
    Brushing { buyers: u32, camouflage: u32, days: i32, deliveries: u32, sales: Sales },
    /// An agent registers forged households, which sell to common fake buyers.
    CorruptAgent { buyers: u32, camouflage: u32, days: i32, deliveries: u32, households: u32 },
    /// Tiny sales to many fake buyers, one a day.
    Tiny { buyers: u32, days: i32 },
    /// A cooperative that is only a name: fake buyers pay in, forged households are paid out.
    ShamCooperative { units: i64, days: i32 },
    /// The clerk of a real cooperative pays forged households with what fake buyers pay in.
    Clerk { units: i64, days: i32 },
    /// A real seller cheats in the last 20 of each 80 days.
    Oscillating { days: i32 },
    /// A real seller defaults after so many days.
    ExitScam { days: i32, ability_percent: u32 },
    /// A real seller defaults on the first loan.
    HitAndRun { days: i32, ability_percent: u32 },
    /// A real seller whose whole year is one harvest defaults on the first loan after it.
    HarvestAndRun { days: i32, ability_percent: u32 },
    /// Real goods are booked on the name of a forged household, which defaults on its first loan.
    /// They are the own harvest of somebody real, or bought to be sold on.
    FalseName { deliveries: u32, purchases: u32, is_bought: bool },
}

/// What each fake buyer buys in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Sales {
    /// How often.
    pub(super) each: u32,
    /// For how many tenths of a unit each time.
    pub(super) tenths: i64,
}

/// What a gang paid and took, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Purse {
    pub(super) stolen: i64,
    pub(super) fees: i64,
    /// Everything else but what is forfeited: parcels, accounts, goods sold on, interest.
    pub(super) expenses: i64,
    /// A year of the shop's better prices, for real households that default.
    pub(super) forfeited: i64,
}

/// Never refunded, of 10,000. The rest of the costs is assumed in 40-trust section 5.
const FEE_BPS: i64 = 360;
/// Of a unit: one parcel, and one account outside.
const PARCEL_PERCENT: i64 = 6;
const ACCOUNT_PERCENT: i64 = 30;
/// Of the price: what is lost when goods are bought to be sold on.
const RESALE_LOSS_PERCENT: i64 = 20;
/// Of a year's sales: what selling through the shop is worth.
const ADVANTAGE_PERCENT: i64 = 20;
/// Loans on the ladder are held this long, which is what counts in full.
const LADDER_DAYS: i32 = 28;

/// The outcome of one strategy in one village.
#[derive(Clone, Copy, Debug)]
pub(super) struct Played {
    pub(super) purse: Purse,
    pub(super) points_max: i64,
    pub(super) level_max: u8,
}

/// Cheats at work.
struct Gang<'v> {
    village: &'v mut Village,
    households: Vec<Node>,
    buyers: Vec<Node>,
    /// The cooperative that pays out: the village's own, or one that is only a name.
    cooperative: Node,
    purse: Purse,
    points_max: i64,
    level_max: u8,
}

impl Strategy {
    /// Plays the strategy to its end in a copy of the village.
    pub(super) fn play(self, village: &Village, rng: &mut ChaCha8Rng) -> Played {
        let mut village = village.clone();
        let cooperative = village.cooperative;
        let mut gang = Gang {
            cooperative,
            village: &mut village,
            households: Vec::new(),
            buyers: Vec::new(),
            purse: Purse::default(),
            points_max: i64::MIN,
            level_max: 0,
        };
        gang.gather(self, rng);
        let days = self.days();
        for day in 0..days {
            gang.act(self, day, rng);
            gang.climb(days - day);
            let cheats = gang.households.clone();
            gang.village.live(rng, &|node| !cheats.contains(&node));
            gang.watch();
        }
        gang.leave(self.forfeits_for());
        Played { purse: gang.purse, points_max: gang.points_max, level_max: gang.level_max }
    }

    pub(super) const fn days(self) -> i32 {
        match self {
            Self::WashPair { days }
            | Self::Ring { days, .. }
            | Self::Brushing { days, .. }
            | Self::CorruptAgent { days, .. }
            | Self::Tiny { days, .. }
            | Self::ShamCooperative { days, .. }
            | Self::Clerk { days, .. }
            | Self::Oscillating { days }
            | Self::ExitScam { days, .. }
            | Self::HitAndRun { days, .. }
            | Self::HarvestAndRun { days, .. } => days,
            Self::FalseName { .. } => 30,
        }
    }

    /// Real households lose a year's advantage when they default: the days within which the sales
    /// of a year would be sold, or none when the households are forged and have nothing to lose.
    fn forfeits_for(self) -> Option<i32> {
        match self {
            Self::HarvestAndRun { .. } => Some(364),
            Self::WashPair { days }
            | Self::Ring { days, .. }
            | Self::Oscillating { days }
            | Self::ExitScam { days, .. }
            | Self::HitAndRun { days, .. } => Some(days.clamp(1, 364)),
            _ => None,
        }
    }
}

impl Gang<'_> {
    fn gather(&mut self, strategy: Strategy, rng: &mut ChaCha8Rng) {
        let (households, buyers) = match strategy {
            Strategy::WashPair { .. } => (2, 0),
            Strategy::Ring { households, .. } => (households, 0),
            Strategy::Brushing { buyers, .. } | Strategy::Tiny { buyers, .. } => (1, buyers),
            Strategy::CorruptAgent { buyers, households, .. } => (households, buyers),
            Strategy::ShamCooperative { .. } | Strategy::Clerk { .. } => (4, 4),
            Strategy::FalseName { .. } => (1, 0),
            Strategy::Oscillating { .. } => {
                let seller = self.seller(100, rng);
                self.households.push(seller);
                return;
            }
            Strategy::ExitScam { ability_percent, .. }
            | Strategy::HitAndRun { ability_percent, .. }
            | Strategy::HarvestAndRun { ability_percent, .. } => {
                let seller = self.seller(ability_percent, rng);
                self.households.push(seller);
                return;
            }
        };
        let world = &mut self.village.world;
        self.households = (0..households).map(|_| world.join(Role::Member)).collect();
        self.buyers = (0..buyers).map(|_| world.join(Role::Outside)).collect();
        self.purse.expenses += self.percent(ACCOUNT_PERCENT, i64::from(buyers));
        if matches!(strategy, Strategy::ShamCooperative { .. }) {
            self.cooperative = self.village.world.join(Role::Cooperative);
        }
    }

    /// A real household that trades like its neighbours, and plans to leave.
    fn seller(&mut self, ability_percent: u32, rng: &mut ChaCha8Rng) -> Node {
        let place = self.village.settle_in(f64::from(ability_percent) / 100.0, 0.0, rng);
        self.village.honest.get(place).map(|honest| honest.node).expect("it has just moved in")
    }

    fn act(&mut self, strategy: Strategy, day: i32, rng: &mut ChaCha8Rng) {
        let unit = self.village.world.unit_minor;
        match strategy {
            Strategy::WashPair { .. } | Strategy::Ring { .. } => {
                if day % 3 == 0 {
                    self.sell_round(2 * unit);
                }
            }
            Strategy::Brushing { buyers, camouflage, days, deliveries, sales } => {
                self.deliver_first(day, deliveries);
                for _ in 0..spread(buyers * sales.each, day, days) {
                    self.brush(unit * sales.tenths / 10, camouflage, rng);
                }
            }
            Strategy::CorruptAgent { buyers, camouflage, days, deliveries, .. } => {
                self.deliver_first(day, deliveries);
                for _ in 0..spread(buyers * 8, day, days) {
                    self.brush(2 * unit, camouflage, rng);
                }
            }
            Strategy::Tiny { .. } => self.brush(unit / 20, 0, rng),
            Strategy::ShamCooperative { units, days } | Strategy::Clerk { units, days } => {
                if day % 7 == 0 {
                    let weeks = i64::from(days.max(7) / 7);
                    self.pay_through(units * unit / weeks);
                }
            }
            Strategy::Oscillating { .. } => {
                if day % 80 >= 60 && rng.random_ratio(1, 6) {
                    self.cheat_a_buyer();
                }
            }
            Strategy::FalseName { deliveries, purchases, is_bought } => {
                if day == 0 {
                    self.trade_falsely((deliveries, purchases), is_bought);
                }
            }
            // They live as honest households do until the last day.
            Strategy::ExitScam { .. }
            | Strategy::HitAndRun { .. }
            | Strategy::HarvestAndRun { .. } => {}
        }
    }

    /// Each sells to the next; the money comes round and only the fee is gone.
    fn sell_round(&mut self, value_minor: i64) {
        let next = self.households.iter().cycle().skip(1);
        for (seller, payer) in self.households.iter().zip(next) {
            self.village.world.trade(*seller, *payer, value_minor);
            self.purse.fees += fee(value_minor);
        }
    }

    /// Real goods, bought elsewhere, delivered to the cooperative in the first days.
    fn deliver_first(&mut self, day: i32, deliveries: u32) {
        if day % 5 != 0 || day / 5 >= i32::try_from(deliveries).unwrap_or(0) {
            return;
        }
        let unit = self.village.world.unit_minor;
        for member in self.households.clone() {
            self.village.deliver(member, unit);
            self.purse.fees += fee(unit);
            self.purse.expenses += unit * RESALE_LOSS_PERCENT / 100;
        }
    }

    /// A fake buyer buys: as often as the camouflage says from an honest household, else an empty
    /// parcel from one of the gang.
    fn brush(&mut self, value_minor: i64, camouflage: u32, rng: &mut ChaCha8Rng) {
        let buyer = pick(&self.buyers, rng);
        if rng.random_range(0..100) < camouflage {
            let honest: Vec<Node> = self.village.honest.iter().map(|h| h.node).collect();
            self.village.world.sell(pick(&honest, rng), buyer, value_minor);
            self.purse.expenses += value_minor * RESALE_LOSS_PERCENT / 100;
            return;
        }
        let seller = pick(&self.households, rng);
        self.village.world.sell(seller, buyer, value_minor);
        self.purse.fees += fee(value_minor);
        self.purse.expenses += self.percent(PARCEL_PERCENT, 1);
    }

    /// Fake buyers pay the cooperative, the cooperative pays the forged households.
    fn pay_through(&mut self, value_minor: i64) {
        let each = value_minor / i64::try_from(self.households.len().max(1)).unwrap_or(1);
        let cooperative = self.cooperative;
        for (member, buyer) in self.households.clone().into_iter().zip(self.buyers.clone()) {
            self.village.world.pay(buyer, cooperative, each);
            self.village.world.deliver(member, cooperative, each);
            self.purse.fees += fee(each);
            self.purse.expenses += self.percent(PARCEL_PERCENT, 1);
        }
    }

    /// Paid and not sent: the money stays in escrow and goes back, the blame stays.
    fn cheat_a_buyer(&mut self) {
        for member in self.households.clone() {
            self.village.world.lose_dispute(member);
        }
    }

    fn trade_falsely(&mut self, (deliveries, purchases): (u32, u32), is_bought: bool) {
        let unit = self.village.world.unit_minor;
        let loss = if is_bought { unit * RESALE_LOSS_PERCENT / 100 } else { 0 };
        for member in self.households.clone() {
            for _ in 0..deliveries {
                self.village.deliver(member, unit);
                self.purse.fees += fee(unit);
                self.purse.expenses += loss;
            }
            for vendor in self.village.vendors.clone().into_iter().cycle().take(count(purchases)) {
                self.village.world.buy(member, vendor, unit);
                self.purse.expenses += loss;
            }
        }
    }

    /// Draws what there is, holds it for four weeks, repays: the next loan may be larger. In the
    /// last four weeks it waits, to draw the most on the last day.
    fn climb(&mut self, days_left: i32) {
        for member in self.households.clone() {
            let world = &mut self.village.world;
            match world.held_days(member) {
                Some(days) if days >= LADDER_DAYS => {
                    self.purse.expenses += world.repay(member);
                }
                None if days_left > LADDER_DAYS => {
                    world.draw(member);
                }
                _ => {}
            }
        }
    }

    fn watch(&mut self) {
        for member in &self.households {
            let limit = self.village.world.limit(*member);
            self.points_max = self.points_max.max(limit.points);
            self.level_max = self.level_max.max(limit.level);
        }
    }

    /// The last day: everything is drawn, nothing is repaid.
    fn leave(&mut self, forfeits_for: Option<i32>) {
        for member in self.households.clone() {
            let world = &mut self.village.world;
            self.purse.expenses += world.repay(member);
            let stolen = world.draw(member);
            self.purse.stolen += stolen;
            if let Some(days) = forfeits_for.filter(|_| stolen > 0) {
                // What a year of its sales would be at the pace so far.
                let year = self.village.world.sold_in_a_year(member) * 364 / i64::from(days);
                self.purse.forfeited += year * ADVANTAGE_PERCENT / 100;
            }
        }
    }

    /// So many times this part of a unit.
    fn percent(&self, percent: i64, times: i64) -> i64 {
        self.village.world.unit_minor * percent * times / 100
    }
}

/// How many of `all` fall on a day, so that they are spread evenly over the days.
fn spread(all: u32, day: i32, days: i32) -> i64 {
    let until = |day: i32| i64::from(all) * i64::from(day) / i64::from(days.max(1));
    until(day + 1) - until(day)
}

fn count(times: u32) -> usize {
    usize::try_from(times).unwrap_or(0)
}

fn fee(value_minor: i64) -> i64 {
    value_minor * FEE_BPS / 10_000
}

impl Purse {
    /// What is left under all costs.
    pub(super) const fn profit(&self) -> i64 {
        self.fee_only() - self.expenses - self.forfeited
    }

    /// What would be left if accounts, parcels and goods were free.
    pub(super) const fn fee_only(&self) -> i64 {
        self.stolen - self.fees
    }
}
