//! What the cooperative shows its members and whoever eats their fruit: a pool with its lots, the
//! boxes of a lot, the lots of a box. Owns those questions; decides nothing.

use std::collections::BTreeMap;

use verger_domain::id::{LotId, OrderId, PartyId, PoolId, SeasonId};
use verger_domain::market::{Lot, Order, Parcel, Pool, Preorder, SeasonWindow, Shelf};
use verger_domain::party::{CodeOf, ShortCode};
use verger_domain::time::Date;

use super::{Place, Result, code_or_id};
use crate::engine::Select;
use crate::reader::Reader;
use crate::table::{self, Fields, Row};

/// What one lot brought into a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLotLine {
    /// The lot's short code.
    pub lot: ShortCode,
    /// The short code of the household.
    pub household: String,
    /// The day it was picked.
    pub picked_on: Date,
    /// How much of the pool's grade it brought, in grams.
    pub grams: i64,
    /// What was paid for it at once, in minor units.
    pub advance_minor: i64,
    /// What went back to buyers for it, in minor units.
    pub claims_minor: i64,
    /// What of it is in boxes, in grams.
    pub packed_g: i64,
}

/// A pool with all that its account is made of.
#[derive(Clone, Debug)]
pub struct PoolSheet {
    /// The pool.
    pub pool: Pool,
    /// What lies in the store, and what it has earned so far.
    pub shelf: Option<Shelf>,
    /// Its lots, by day of picking and code.
    pub lots: Vec<PoolLotLine>,
    /// The short codes of its households.
    pub codes: BTreeMap<PartyId, String>,
}

/// One lot of a box as anybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxLot {
    /// The lot's short code.
    pub lot: ShortCode,
    /// The short code of the household.
    pub household: String,
    /// How much of it is in the box, in grams.
    pub grams: i64,
    /// The lot itself, where it is one of the cooperative's.
    pub row: Option<Lot>,
}

/// A box with what is in it and the order that paid for it.
#[derive(Clone, Debug)]
pub struct BoxSheet {
    /// The box.
    pub parcel: Parcel,
    /// The order.
    pub order: Option<Order>,
    /// Its lots.
    pub lots: Vec<BoxLot>,
    /// The season window of its fruit.
    pub window: Option<SeasonWindow>,
}

/// One box that fruit of a lot is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotBoxLine {
    /// What is written on the box.
    pub label: ShortCode,
    /// How much of the lot is in it, in grams.
    pub grams: i64,
    /// The order that it belongs to.
    pub order: OrderId,
}

fn by_bits(bits: impl Iterator<Item = u128>) -> Vec<Row> {
    bits.map(|bits| vec![bits.into()]).collect()
}

impl Reader {
    /// A pool of a village with its lots and what its account is made of.
    ///
    /// # Errors
    /// When the database fails.
    pub fn pool_sheet(&mut self, place: Place, pool: PoolId) -> Result<Option<PoolSheet>> {
        let found = self.document::<Pool>(place.cell, place.village, pool.bits())?;
        let Some(pool) = found else { return Ok(None) };
        let shelf = self.document::<Shelf>(place.cell, place.village, pool.id.bits())?;
        let people = self.codes_of_people(place)?;
        let mut lots = self.lots_by_id(place, pool.lots.iter().copied())?;
        lots.sort_by(|a, b| (a.picked_on, &a.code).cmp(&(b.picked_on, &b.code)));
        let line = |lot: Lot| PoolLotLine {
            household: code_or_id(&people, lot.household),
            picked_on: lot.picked_on,
            grams: lot.grams_in(pool.id).unwrap_or(0),
            advance_minor: lot.advances.get(&pool.id).copied().unwrap_or(0),
            claims_minor: pool.claims.get(&lot.id).map_or(0, |claim| claim.minor),
            packed_g: lot.packed_g(pool.id),
            lot: lot.code,
        };
        let lots = lots.into_iter().map(line).collect();
        let codes = pool.shares.keys().map(|who| (*who, code_or_id(&people, *who))).collect();
        Ok(Some(PoolSheet { pool, shelf, lots, codes }))
    }

    /// Lots by their ids, in no order.
    fn lots_by_id(&mut self, place: Place, ids: impl Iterator<Item = LotId>) -> Result<Vec<Lot>> {
        let keys = by_bits(ids.map(LotId::bits));
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let select = Select { table: &table::LOT, by: &["lot_id"], keys };
        let rows = self.engine().select(place.cell, &[select])?.pop().unwrap_or_default();
        rows.into_iter().map(crate::document::from).collect()
    }

    /// A box by its label: what is in it, of whom, and the order that paid for it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn box_sheet(&mut self, place: Place, label: &str) -> Result<Option<BoxSheet>> {
        let (cell, village) = (place.cell, place.village);
        let Some(bits) = self.subject_of(cell, village, CodeOf::Parcel, label)? else {
            return Ok(None);
        };
        let Some(parcel) = self.document::<Parcel>(cell, village, bits)? else { return Ok(None) };
        let order = self.document::<Order>(cell, village, parcel.order.bits())?;
        let people = self.codes_of_people(place)?;
        let mut lots = Vec::new();
        for content in &parcel.contents {
            let bits = self.subject_of(cell, village, CodeOf::Lot, content.lot.as_str())?;
            let row = match bits {
                Some(bits) => self.document::<Lot>(cell, village, bits)?,
                None => None,
            };
            let household = code_or_id(&people, content.maker);
            lots.push(BoxLot { lot: content.lot.clone(), household, grams: content.grams, row });
        }
        let season = lots.iter().find_map(|lot| lot.row.as_ref()?.season);
        let window = self.window(place, season)?;
        Ok(Some(BoxSheet { parcel, order, lots, window }))
    }

    fn window(&mut self, place: Place, season: Option<SeasonId>) -> Result<Option<SeasonWindow>> {
        let Some(season) = season else { return Ok(None) };
        self.document::<SeasonWindow>(place.cell, place.village, season.bits())
    }

    /// The newest season window of a variety.
    ///
    /// # Errors
    /// When the database fails.
    pub fn window_of(&mut self, place: Place, variety: &str) -> Result<Option<SeasonWindow>> {
        let found = self.subject_of(place.cell, place.village, CodeOf::Season, variety)?;
        self.window(place, found.map(SeasonId::from_bits))
    }

    /// A lot by its code, with its household's code and its window.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lot_sheet(
        &mut self,
        place: Place,
        lot: &str,
    ) -> Result<Option<(Lot, String, Option<SeasonWindow>)>> {
        let (cell, village) = (place.cell, place.village);
        let bits = match lot.parse::<LotId>() {
            Ok(id) => Some(id.bits()),
            Err(_) => self.subject_of(cell, village, CodeOf::Lot, lot)?,
        };
        let Some(bits) = bits else { return Ok(None) };
        let Some(lot) = self.document::<Lot>(cell, village, bits)? else { return Ok(None) };
        let household = self.party(cell, lot.household)?;
        let household = household.map_or_else(String::new, |view| view.party.code.to_string());
        let window = self.window(place, lot.season)?;
        Ok(Some((lot, household, window)))
    }

    /// The boxes that fruit of a lot is in, by label: from the household to whoever has it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn boxes_of_lot(
        &mut self,
        place: Place,
        (lot, code): (LotId, &ShortCode),
    ) -> Result<Vec<LotBoxLine>> {
        const SQL: &str = "select p.document from lot_order l
            join parcel p on p.cell_id = l.cell_id and p.order_id = l.order_id
            where l.cell_id = ?1 and l.village_id = ?2 and l.lot_id = ?3";
        let mut boxes = Vec::new();
        for row in self.rows_of(place, SQL, vec![lot.bits().into()])? {
            let mut f = Fields::new("parcel", row);
            let parcel: Parcel = super::part_of("parcel", &f.text()?)?;
            let grams = parcel.grams_of(code);
            if grams > 0 {
                boxes.push(LotBoxLine { label: parcel.label, grams, order: parcel.order });
            }
        }
        boxes.sort_by(|a, b| a.label.cmp(&b.label));
        Ok(boxes)
    }

    /// What of a pool is to be packed next, in grams: what was picked first goes first, lot by lot.
    ///
    /// # Errors
    /// When the database fails.
    pub fn packing_plan(
        &mut self,
        place: Place,
        pool: PoolId,
        grams: i64,
    ) -> Result<Option<Vec<PoolLotLine>>> {
        let Some(sheet) = self.pool_sheet(place, pool)? else { return Ok(None) };
        let mut days = sheet.shelf.map(|shelf| shelf.days).unwrap_or_default();
        let doubted = sheet.pool.contested;
        let lots = self.lots_by_id(place, doubted.into_iter())?;
        let doubted: Vec<ShortCode> = lots.into_iter().map(|lot| lot.code).collect();
        let mut wanted = grams;
        let mut plan = Vec::new();
        for mut line in sheet.lots.into_iter().filter(|line| !doubted.contains(&line.lot)) {
            let of_day = days.entry(line.picked_on).or_default();
            let left = line.grams.saturating_sub(line.packed_g).min(*of_day).min(wanted);
            if left > 0 {
                *of_day = of_day.saturating_sub(left);
                wanted = wanted.saturating_sub(left);
                line.grams = left;
                plan.push(line);
            }
        }
        Ok(Some(plan))
    }

    /// The orders ahead of a season window in these phases, by their ids.
    ///
    /// # Errors
    /// When the database fails.
    pub fn preorders_of(
        &mut self,
        place: Place,
        season: SeasonId,
        phases: &[&str],
    ) -> Result<Vec<Preorder>> {
        let sql = format!(
            "select {} from preorder where cell_id = ?1 and village_id = ?2 and season_id = ?3
             and phase = ?4 order by order_id",
            table::PREORDER.column_list()
        );
        let mut found = Vec::new();
        for phase in phases {
            let own = vec![season.bits().into(), (*phase).into()];
            for row in self.rows_of(place, &sql, own)? {
                found.push(crate::document::from(row)?);
            }
        }
        Ok(found)
    }

    /// News of a village for everybody, newest first, at most `limit`: when it was said, and what.
    ///
    /// # Errors
    /// When the database fails.
    pub fn notices(
        &mut self,
        place: Place,
        limit: u32,
    ) -> Result<Vec<(verger_domain::time::Instant, verger_domain::effect::Message)>> {
        const SQL: &str = "select o.message, j.at from outbox o
            join journal j on j.cell_id = o.cell_id and j.seq = o.seq
            where o.cell_id = ?1 and o.village_id = ?2 and o.message like '{\"season%'
            order by o.seq desc, o.number desc limit ?3";
        let mut notices = Vec::new();
        for row in self.rows_of(place, SQL, vec![limit.into()])? {
            let mut f = Fields::new("outbox", row);
            let message = super::part_of("outbox", &f.text()?)?;
            notices.push((super::moment(&mut f)?, message));
        }
        Ok(notices)
    }
}
