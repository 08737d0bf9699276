//! What is harvested: lots of the households, weighed before a witness and graded by another, the
//! fruit in the cooperative's store, and the pools that share the money out.
#![expect(
    clippy::indexing_slicing,
    reason = "a crop or a good is its place in the season's own lists"
)]

use std::collections::{BTreeMap, VecDeque};

use verger_domain::command::{Proof, ProofBy};
use verger_domain::id::{LotId, PartyId, PoolId};
use verger_domain::market::command::{LotCommand, PoolCommand, SeasonCommand};
use verger_domain::market::lot::{Grade, Weighing};
use verger_domain::market::parcel::Content;
use verger_domain::party::ShortCode;
use verger_domain::time::Date;
use verger_domain::{Actor, Body};

use super::calendar::{Crop, later};
use super::{Season, ahead, code};
use crate::demo::{DemoError, member_code, party_id, pool_id};

/// What a household promises for a day: no lot is lighter.
const PROMISED_G: i64 = 60_000;
/// Households that promise for one day.
const PROMISES_A_DAY: i32 = 6;
/// Who weighs, and writes down what is promised.
const WEIGHER: &str = "A2";

/// Grade A in the store, oldest lot first.
pub(super) type Store = VecDeque<Left>;

/// What is left of a lot.
#[derive(Clone, Debug)]
pub(super) struct Left {
    lot: ShortCode,
    maker: PartyId,
    grams: i64,
}

/// The pool of a crop's grade A.
fn pool(variety: &str) -> PoolId {
    pool_id(&format!("POOL-2026-{variety}-A"))
}

/// What is ordered on the last day of a crop is picked the morning after.
fn last_picking(crop: &Crop) -> Date {
    later(crop.to, 1)
}

impl Season<'_> {
    fn pool(&mut self, who: &str, id: PoolId, command: PoolCommand) -> Result<(), DemoError> {
        self.drive.send_by(who, Body::Pool { command, pool: id, version: None })
    }

    /// Weeks before its first picking the window of a crop opens, and the day before it the pool.
    pub(super) fn open_pools(&mut self, today: Date) -> Result<(), DemoError> {
        let first = super::calendar::day(super::calendar::FIRST_DAY)?;
        for index in 0..self.crops.len() {
            if ahead::opens_on(&self.crops[index], first) == today {
                self.open_window(index)?;
            }
            let crop = &self.crops[index];
            // The day before, so that the first lots find it.
            if later(crop.from, -1) != today {
                continue;
            }
            let open = PoolCommand::Open {
                floor_minor_per_kg: crop.floor_minor_per_kg,
                from: crop.from,
                grade: Grade::A,
                to: last_picking(crop),
                variety: crop.variety.clone(),
            };
            let id = pool(&crop.variety);
            self.pool("COOP", id, open)?;
        }
        Ok(())
    }

    fn season(&mut self, who: &str, of: usize, command: SeasonCommand) -> Result<(), DemoError> {
        let Some(season) = self.windows[of] else { return Ok(()) };
        self.drive.send_by(who, Body::Season { command, season, version: None })
    }

    /// The window of a crop, with what those who pick first promise to bring on its first days.
    fn open_window(&mut self, index: usize) -> Result<(), DemoError> {
        self.windows[index] = Some(self.drive.id());
        let crop = &self.crops[index];
        let (from, to, variety) = (crop.from, last_picking(crop), crop.variety.clone());
        let presale = Some(ahead::presale(crop));
        self.season("COOP", index, SeasonCommand::Open { from, presale, to, variety })?;
        // A promise needs its window.
        self.drive.settle()?;
        let turn = self.turns[index];
        let first: Vec<String> =
            self.growers[index].iter().skip(turn).take(self.promises_max).cloned().collect();
        for (number, household) in (0_i32..).zip(first) {
            let day = later(from, number / PROMISES_A_DAY).min(to);
            let proof = self.yes(&household, &format!("promise of {}", self.crops[index].variety));
            let promise = SeasonCommand::Promise {
                days: BTreeMap::from([(day, PROMISED_G)]),
                household: party_id(&household),
                proof: Some(proof),
            };
            self.season(WEIGHER, index, promise)?;
            self.told.promises = self.told.promises.saturating_add(1);
        }
        Ok(())
    }

    /// What the trader at the roadside pays today for grade A, for everybody to compare.
    pub(super) fn note_prices(&mut self, today: Date) -> Result<(), DemoError> {
        for index in 0..self.crops.len() {
            let crop = &self.crops[index];
            if !(crop.from..=crop.to).contains(&today) {
                continue;
            }
            let floor_minor = crop.floor_minor_per_kg;
            let minor_per_kg =
                floor_minor.saturating_mul(self.drive.dice.between(550, 750)) / 1_000;
            let note = SeasonCommand::NotePrice { day: today, grade: Grade::A, minor_per_kg };
            self.season("A1", index, note)?;
        }
        Ok(())
    }

    /// After the hail picking ends a day later, and nobody's promise of this window counts against him.
    pub(super) fn after_hail(&mut self, today: Date) -> Result<(), DemoError> {
        let reason = || "hail on the orchard in the night".to_owned();
        for index in 0..self.crops.len() {
            if !(self.crops[index].from..=self.crops[index].to).contains(&today) {
                continue;
            }
            self.season("COOP", index, SeasonCommand::Delay { days: 1, reason: reason() })?;
            self.season("COOP", index, SeasonCommand::Forgive { reason: reason() })?;
        }
        Ok(())
    }

    /// Households bring as much as the day's boxes need, and a little for tomorrow.
    pub(super) fn harvest(&mut self, today: Date, needed_g: &[i64]) -> Result<(), DemoError> {
        for (crop, needed_g) in needed_g.iter().enumerate() {
            let window = self.crops[crop].from..=last_picking(&self.crops[crop]);
            let is_picked = window.contains(&today);
            let stored = |store: &Store| store.iter().map(|left| left.grams).sum::<i64>();
            let wanted_g = needed_g.saturating_add(needed_g / 5);
            while is_picked && stored(&self.stores[crop]) < wanted_g {
                self.lot(crop, today)?;
            }
        }
        Ok(())
    }

    fn lot(&mut self, crop: usize, today: Date) -> Result<(), DemoError> {
        let growers = &self.growers[crop];
        let turn = self.turns[crop].checked_rem(growers.len()).unwrap_or(0);
        let Some(household) = growers.get(turn).cloned() else { return Ok(()) };
        self.turns[crop] = self.turns[crop].saturating_add(1);
        self.lots = self.lots.saturating_add(1);
        let lot_code = code(&format!("L{:05}", self.lots));
        let net_g = self.drive.dice.between(60_000, 160_000);
        let crates = u32::try_from(net_g / 20_000).unwrap_or(0).saturating_add(1);
        let tare_g = i64::from(crates).saturating_mul(1_600);
        let id: LotId = self.drive.id();
        let weigh = LotCommand::Weigh {
            code: lot_code.clone(),
            household: party_id(&household),
            picked_on: today,
            variety: self.crops[crop].variety.clone(),
            weighing: Weighing {
                calibrated_on: super::calendar::day("2026-05-20")?,
                crates,
                gross_g: net_g.saturating_add(tare_g),
                scale: code("SCALE-1"),
                tare_g,
                witness: party_id(&member_code(&household)),
            },
        };
        self.drive.send_by(WEIGHER, Body::Lot { command: weigh, lot: id, version: None })?;
        let graded = self.grades(net_g);
        let grams = graded.get(&Grade::A).copied().unwrap_or(0);
        let pools = BTreeMap::from([(Grade::A, pool(&self.crops[crop].variety))]);
        let grade = LotCommand::Grade { graded, pools };
        self.drive.send_by("COOP", Body::Lot { command: grade, lot: id, version: None })?;
        let maker = party_id(&household);
        self.stores[crop].push_back(Left { lot: lot_code, maker, grams });
        self.told.lots = self.told.lots.saturating_add(1);
        self.told.fruit_g = self.told.fruit_g.saturating_add(net_g);
        Ok(())
    }

    /// About 45 % A, 35 % B, 15 % C, the rest culled; together the net weight to the gram.
    fn grades(&mut self, net_g: i64) -> BTreeMap<Grade, i64> {
        let mut part = |min, max| net_g.saturating_mul(self.drive.dice.between(min, max)) / 1_000;
        let (a, b, c) = (part(420, 480), part(330, 370), part(120, 150));
        let cull = net_g.saturating_sub(a).saturating_sub(b).saturating_sub(c);
        BTreeMap::from([(Grade::A, a), (Grade::B, b), (Grade::C, c), (Grade::Cull, cull)])
    }

    /// Takes so much grade A out of the store, oldest first.
    pub(super) fn fruit(&mut self, crop: usize, grams: i64) -> Vec<Content> {
        let mut contents = Vec::new();
        let mut missing = grams;
        while missing > 0 {
            let Some(first) = self.stores[crop].front_mut() else { break };
            let taken = first.grams.min(missing);
            first.grams = first.grams.saturating_sub(taken);
            missing = missing.saturating_sub(taken);
            contents.push(Content { grams: taken, lot: first.lot.clone(), maker: first.maker });
            if first.grams == 0 {
                self.stores[crop].pop_front();
            }
        }
        contents
    }

    /// Accounts for the pools whose time for claims is over; two of the board agree. After three
    /// days without an objection the clock pays them.
    pub(super) fn share_out(&mut self, today: Date) -> Result<(), DemoError> {
        for index in 0..self.crops.len() {
            let crop = &self.crops[index];
            if later(last_picking(crop), 16) != today {
                continue;
            }
            let id = pool(&crop.variety);
            self.pool("COOP", id, PoolCommand::Account)?;
            let mut agreed = 0;
            for member in super::BOARD {
                let proof = Proof { by: ProofBy::Pin, member: party_id(member) };
                let approve = PoolCommand::Approve { proof };
                let body = Body::Pool { command: approve, pool: id, version: None };
                if agreed < 2 && self.drive.attempt(Actor::Party(party_id("A1")), body)? {
                    agreed += 1;
                }
            }
            self.told.pools = self.told.pools.saturating_add(1);
        }
        Ok(())
    }
}
