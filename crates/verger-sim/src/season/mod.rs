//! A season of the demo village, day by day, through the commands that everybody uses: harvest and
//! pools, orders and parcels, purchases and trips, claims, losses, a hail day, loans. Owns what happens
//! when; what is allowed is the domain's. The same seed gives the same journal to the byte.

mod ahead;
pub(crate) mod calendar;
pub(crate) mod dice;
pub(crate) mod driver;
mod harvest;
mod loans;
mod names;
mod sales;
mod shop;

use std::collections::BTreeMap;
use std::sync::Arc;

use verger_app::App;
use verger_app::clock::ManualClock;
use verger_domain::id::{PartyId, TillId};
use verger_domain::market::listing::Photo;
use verger_domain::party::ShortCode;
use verger_domain::time::Date;

use crate::demo::data::{DemoVillage, OutsideGood, Product};
use crate::demo::{self, DemoError, Progress, Story};
use calendar::{Crop, day, later};
use driver::Driver;
use harvest::Store;
use loans::Loans;
use sales::{Errand, Sold};
use shop::Delivery;

/// Members of the cooperative's board, who sit on panels and approve pools.
const BOARD: [&str; 4] = ["M005", "M038", "M062", "M091"];

/// How many things that are no fruit the households make and sell in a season.
const THINGS_MAX: u64 = 450;

/// What season is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where chance starts from.
    pub seed: u64,
    /// How many orders are sold to the outside.
    pub orders: u64,
}

impl Default for Plan {
    /// The season of the demo.
    fn default() -> Self {
        Self { seed: 2026, orders: 16_000 }
    }
}

/// What happened, as far as no report tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Days that were played.
    pub days: u32,
    /// Commands that were sent.
    pub commands: u64,
    /// Commands that a rule refused, as it should.
    pub refused: u64,
    /// Orders sold to the outside.
    pub sales: u64,
    /// Purchases for households.
    pub purchases: u64,
    /// Boxes ordered ahead, with a deposit.
    pub preorders: u64,
    /// Those whose buyers thought better of it, with the deposit back.
    pub preorders_ended: u64,
    /// Orders called off after the hail.
    pub called_off: u64,
    /// Complaints.
    pub claims: u64,
    /// Rulings of a panel.
    pub rulings: u64,
    /// Parcels that the carrier lost.
    pub lost: u64,
    /// Trips from the county.
    pub trips: u64,
    /// Lots weighed.
    pub lots: u64,
    /// Households that promised how much they would bring.
    pub promises: u64,
    /// Their fruit, in grams.
    pub fruit_g: i64,
    /// Pools shared out.
    pub pools: u64,
    /// What buyers paid, in minor units.
    pub received_minor: i64,
    /// Days whose morning has come.
    days_begun: u32,
    /// Facts about households that were confirmed.
    pub facts: u64,
    /// Buyers whose money was proven to be real.
    pub proven_buyers: u64,
    /// Loans drawn.
    pub loans: u64,
    /// What they lent, in minor units.
    pub lent_minor: i64,
    /// Loans that were paid back out of a wallet.
    pub repaid: u64,
    /// Loans that were late and got a plan.
    pub plans: u64,
    /// Orders by which a household bought from itself.
    pub forged: u64,
    /// What these orders brought it, in grains of the trust index.
    pub forged_grains: i64,
    /// Who borrowed for fifty chicks.
    pub chicks_for: Option<PartyId>,
}

/// A season in the middle of being played.
struct Season<'a> {
    drive: Driver<'a>,
    crops: Vec<Crop>,
    products: Vec<Product>,
    goods: Vec<OutsideGood>,
    suppliers: Vec<String>,
    households: Vec<String>,
    /// Who grows each crop.
    growers: Vec<Vec<String>>,
    /// Whose turn it is to bring a lot of each crop.
    turns: Vec<usize>,
    stores: Vec<Store>,
    /// The window of each crop, once it is open.
    windows: Vec<Option<verger_domain::id::SeasonId>>,
    /// Who ordered ahead of each crop and waits for it.
    ahead: Vec<Vec<ahead::Ahead>>,
    /// How many households promise for a crop.
    promises_max: usize,
    buyers: Vec<PartyId>,
    diary: BTreeMap<Date, Vec<Errand>>,
    deliveries: BTreeMap<Date, Vec<Delivery>>,
    /// What was in the wallets of the households when it was last looked.
    wallets: BTreeMap<PartyId, i64>,
    loans: Loans,
    /// Buyers who have a name, the made-up ones included.
    guests: u64,
    session: TillId,
    drawer_minor: i64,
    unsettled_minor: i64,
    /// Purchases of a day at the counter, at most.
    purchases_max: u64,
    labels: u64,
    lots: u64,
    told: Told,
}

/// Settles the village in an empty store and plays its season. The same plan gives the same journal
/// to the byte, on both engines.
///
/// # Errors
/// [`DemoError`]; what was answered before stays.
pub fn play(
    app: &App,
    clock: &Arc<ManualClock>,
    plan: Plan,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Told, DemoError> {
    let demo = DemoVillage::shipped()?;
    demo::settle(app, clock, &demo, Story::Season, progress)?;
    let (first, last) = (day(calendar::FIRST_DAY)?, day(calendar::LAST_DAY)?);
    let days: Vec<Date> = (0..=last.days_since(first)).map(|n| later(first, n)).collect();
    // News arrives when the story says so: the same plan must give the same journal to the byte.
    app.hold_messages(true);
    let mut season = Season::new(app, clock, plan, demo)?;
    // What is no fruit has its own part of the orders: no more than hands can make.
    let things = (plan.orders / 6).min(THINGS_MAX);
    let counts = calendar::plan(&season.crops, &days, plan.orders.saturating_sub(things));
    let things = calendar::spread(things, days.len());
    let plan = counts.iter().zip(things);
    for (number, (today, (counts, things))) in days.iter().zip(plan).enumerate() {
        season.day(*today, counts, things)?;
        let what = today.to_string();
        progress(Progress { done: number + 1, total: days.len(), what: &what });
    }
    season.drive.settle()?;
    app.deliver_messages();
    app.hold_messages(false);
    season.told.forged_grains = season.forged_grains()?;
    season.told.days = u32::try_from(days.len()).unwrap_or(u32::MAX);
    season.told.commands = season.drive.sent();
    season.told.refused = season.drive.refused();
    Ok(season.told)
}

impl<'a> Season<'a> {
    fn new(
        app: &'a App,
        clock: &'a Arc<ManualClock>,
        plan: Plan,
        demo: DemoVillage,
    ) -> Result<Self, DemoError> {
        let crops = calendar::crops(&demo)?;
        let grows = |crop: &Crop| -> Vec<String> {
            let growers = demo.households.iter().filter(|household| {
                household.trees.iter().any(|trees| trees.variety == crop.variety)
            });
            growers.map(|household| household.id.clone()).collect()
        };
        let growers: Vec<Vec<String>> = crops.iter().map(grows).collect();
        let goods = demo.outside_goods.into_iter();
        Ok(Self {
            drive: Driver::new(app, clock, (demo::VILLAGE, 1), plan.seed),
            turns: vec![0; crops.len()],
            stores: vec![Store::new(); crops.len()],
            windows: vec![None; crops.len()],
            ahead: vec![Vec::new(); crops.len()],
            // A few of those whose fruit a season of this size surely needs.
            promises_max: usize::try_from(plan.orders / 700).unwrap_or(0),
            growers,
            crops,
            products: demo.village_products.into_iter().filter(|p| !p.perishable).collect(),
            // Top-ups need no parcel, and what weighs more than a van's parcel needs another way.
            goods: goods.filter(|good| (1..=40_000).contains(&good.weight_g)).collect(),
            suppliers: demo.suppliers.into_iter().map(|firm| firm.id).collect(),
            households: demo.households.into_iter().map(|household| household.id).collect(),
            buyers: Vec::new(),
            diary: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            wallets: BTreeMap::new(),
            loans: Loans::default(),
            guests: 0,
            session: TillId::from_bits(0),
            drawer_minor: 0,
            unsettled_minor: 0,
            // Thirteen a day beside the sales of a whole season.
            purchases_max: plan.orders.div_ceil(1_200),
            labels: 0,
            lots: 0,
            told: Told::default(),
        })
    }

    /// One day, from the count of the drawer in the morning to the count in the evening.
    fn day(&mut self, today: Date, counts: &[u64], things: u64) -> Result<(), DemoError> {
        let mut due = Due::of(self.diary.remove(&today).unwrap_or_default());
        let (mut sent, mut waiting) = (Vec::new(), Vec::new());
        for delivery in self.deliveries.remove(&today).unwrap_or_default() {
            match delivery {
                Delivery::Send(bought) => sent.push(bought),
                Delivery::Collect(bought) => waiting.push(bought),
            }
        }
        self.drive.at(today, 7)?;
        self.open_pools(today)?;
        self.open_day()?;
        self.visit()?;
        if today.days().rem_euclid(7) == 1 {
            self.bank_day()?;
        }
        self.harvest(today, &self.needed_g(&due.pack))?;
        self.drive.at(today, 10)?;
        self.note_prices(today)?;
        self.deliver_all(&due.deliver)?;
        self.confirm_all(&due.confirm)?;
        self.collect(&waiting)?;
        self.drive.at(today, 12)?;
        let is_hail = today == day(calendar::HAIL_DAY)?;
        self.pack_all(std::mem::take(&mut due.pack), is_hail)?;
        if is_hail {
            self.after_hail(today)?;
        }
        self.trip(&sent)?;
        self.drive.at(today, 15)?;
        self.quarrels(today, &due)?;
        self.drive.at(today, 18)?;
        self.sell(counts, things)?;
        self.sell_ahead(today)?;
        self.call_ahead(today)?;
        let purchases = self.drive.dice.below(self.purchases_max.saturating_add(1));
        self.buy(purchases)?;
        self.share_out(today)?;
        self.drive.at(today, 20)?;
        self.close_day()?;
        if today.days().rem_euclid(7) == 0 {
            self.settle_processor()?;
            self.pay_out()?;
        }
        Ok(())
    }

    /// What is about one order alone and may make something due at once: one after the other.
    fn quarrels(&mut self, today: Date, due: &Due) -> Result<(), DemoError> {
        for sold in &due.lose {
            self.lose(*sold)?;
        }
        for (dispute, sold) in &due.rule {
            self.rule(*dispute, *sold)?;
        }
        // What was delivered today and is not well.
        for errand in self.diary.remove(&today).unwrap_or_default() {
            if let Errand::Claim(sold) = errand {
                self.claim(sold)?;
            }
        }
        Ok(())
    }

    /// The grams of each crop that these orders need.
    fn needed_g(&self, sold: &[Sold]) -> Vec<i64> {
        let mut needed = vec![0_i64; self.crops.len()];
        for sold in sold {
            if let sales::Wanted::Boxes(crop) = sold.wanted {
                let grams = i64::from(sold.quantity).saturating_mul(2_520);
                if let Some(sum) = needed.get_mut(crop) {
                    *sum = sum.saturating_add(grams);
                }
            }
        }
        needed
    }
}

/// The errands of a day, sorted.
#[derive(Default)]
struct Due {
    pack: Vec<Sold>,
    deliver: Vec<Sold>,
    confirm: Vec<Sold>,
    rule: Vec<(verger_domain::id::DisputeId, Sold)>,
    lose: Vec<Sold>,
}

impl Due {
    fn of(errands: Vec<Errand>) -> Self {
        let mut due = Self::default();
        for errand in errands {
            match errand {
                Errand::Pack(sold) => due.pack.push(sold),
                Errand::Deliver(sold) => due.deliver.push(sold),
                Errand::Confirm(sold) => due.confirm.push(sold),
                Errand::Rule(dispute, sold) => due.rule.push((dispute, sold)),
                Errand::Lose(sold) => due.lose.push(sold),
                // Claims are made on the day of the delivery.
                Errand::Claim(_) => {}
            }
        }
        due
    }
}

/// A short code of the season.
fn code(text: &str) -> ShortCode {
    text.parse().expect("the season's codes are short")
}

/// A picture of the season, by what it shows.
fn photo(name: &str) -> Photo {
    sales::picture(name)
}
