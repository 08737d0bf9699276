//! Questions of the shop window, the buyer's page and the villager's pages. Owns the queries, one text
//! for both engines; must not change anything.

use std::collections::{BTreeMap, BTreeSet};

use verger_domain::codec::Hash;
use verger_domain::id::{CellId, LotId, OrderId, PartyId, VillageId};
use verger_domain::market::review::ReviewRow;
use verger_domain::market::{Lot, Order, Parcel, ParcelPhase};
use verger_domain::party::{PartyKind, Profile};
use verger_domain::policy::Policy;
use verger_domain::time::Date;

use crate::document::{self, Document};
use crate::error::StoreError;
use crate::reader::{PartyView, Reader};
use crate::rows;
use crate::table::{self, Fields, Row, Table, Value};

type Result<T> = std::result::Result<T, StoreError>;

/// The most things that one question names; pages show fewer.
const NAMED_MAX: usize = 400;

/// How many reviews there are of something, and their stars together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stars {
    /// How many reviews.
    pub count: i64,
    /// The sum of their stars.
    pub sum: i64,
}

impl Stars {
    /// The mean in tenths of a star, rounded to the nearest; nothing without a review.
    pub fn mean_tenths(&self) -> Option<i64> {
        if self.count <= 0 {
            return None;
        }
        Some((self.sum.saturating_mul(20) / self.count).saturating_add(1) / 2)
    }
}

/// Somebody as lists name him; by his code who was forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The short code.
    pub code: String,
    /// The name in the local script.
    pub name: String,
    /// The name in Latin letters.
    pub name_latin: String,
}

fn cell_value(cell: CellId) -> Value {
    i64::from(cell.number()).into()
}

/// Values to be named in one question, the last of them as often as it takes to make the number a power
/// of two: a text for every number would leave no room for others among those a connection knows.
fn padded(values: impl ExactSizeIterator<Item = Value>) -> Vec<Value> {
    let count = values.len().next_power_of_two();
    let mut values: Vec<Value> = values.collect();
    if let Some(last) = values.last().cloned() {
        values.resize(count, last);
    }
    values
}

/// `?3, ?4, …` for so many values after the first two parameters.
fn marks(from: usize, count: usize) -> String {
    let marks: Vec<String> = (from..).take(count).map(|n| format!("?{n}")).collect();
    marks.join(", ")
}

#[expect(clippy::missing_errors_doc, reason = "every question fails only when the database does")]
impl Reader {
    /// A policy that was in force in a village.
    pub fn policy(
        &mut self,
        cell: CellId,
        village: VillageId,
        version: u32,
    ) -> Result<Option<Policy>> {
        let sql = select(&table::POLICY, "village_id = ?2 and version = ?3");
        let params = [cell_value(cell), village.number().into(), version.into()];
        let found = self.engine().query(&sql, &params)?.into_iter().next();
        Ok(found.map(rows::policy_from).transpose()?.map(|(_, policy)| policy))
    }

    /// The documents of a kind that belong to one order: its parcels, its disputes.
    pub fn of_order<D: Document>(
        &mut self,
        (cell, village): (CellId, VillageId),
        order: OrderId,
    ) -> Result<Vec<D>> {
        let sql = select(D::place().0, "village_id = ?2 and order_id = ?3");
        let params = [cell_value(cell), village.number().into(), order.bits().into()];
        self.engine().query(&sql, &params)?.into_iter().map(document::from).collect()
    }

    /// The orders of a buyer: an outside one or a household, newest first, at most `limit`; where a
    /// list goes on, only those that are older than `before`.
    pub fn orders_of(
        &mut self,
        place: (CellId, VillageId),
        buyer: PartyId,
        before: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>> {
        self.orders_with(place, ("buyer", buyer), before, limit)
    }

    /// The orders whose first line a party sells, in the same way.
    pub fn orders_sold_by(
        &mut self,
        place: (CellId, VillageId),
        seller: PartyId,
        before: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>> {
        self.orders_with(place, ("seller", seller), before, limit)
    }

    fn orders_with(
        &mut self,
        (cell, village): (CellId, VillageId),
        (column, party): (&str, PartyId),
        before: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>> {
        let condition = format!("village_id = ?2 and {column} = ?3");
        let mut sql = select(&table::MARKET_ORDER, &condition);
        let mut params =
            vec![cell_value(cell), village.number().into(), party.bits().into(), limit.into()];
        if let Some(before) = before {
            sql.push_str(
                " and (placed_at, order_id) < (select placed_at, order_id from market_order
                  where cell_id = ?1 and order_id = ?5)",
            );
            params.push(before.bits().into());
        }
        sql.push_str(" order by placed_at desc, order_id desc limit ?4");
        self.engine().query(&sql, &params)?.into_iter().map(document::from).collect()
    }

    /// Who bought last from outside through the shop, the newest first, each once.
    pub fn last_served(&mut self, cell: CellId, village: VillageId) -> Result<Vec<PartyId>> {
        const SQL: &str = "select buyer from market_order where cell_id = ?1 and village_id = ?2
            and flow = 'purchase' order by placed_at desc limit 60";
        let mut buyers = Vec::new();
        for row in self.engine().query(SQL, &[cell_value(cell), village.number().into()])? {
            let buyer = PartyId::from_bits(Fields::new("market_order", row).bits()?);
            if !buyers.contains(&buyer) {
                buyers.push(buyer);
            }
        }
        Ok(buyers)
    }

    /// The lot that was brought last.
    pub fn last_lot(&mut self, cell: CellId, village: VillageId) -> Result<Option<Lot>> {
        let mut sql = select(&table::LOT, "village_id = ?2");
        sql.push_str(" order by picked_on desc, lot_id desc limit 1");
        let params = [cell_value(cell), village.number().into()];
        let found = self.engine().query(&sql, &params)?.into_iter().next();
        found.map(document::from).transpose()
    }

    /// The parcels that a shop has to do with, each with its order: everything from outside that is
    /// not fetched yet, and of what goes out what the carrier has not taken.
    pub fn parcels_at_counter(
        &mut self,
        (cell, village): (CellId, VillageId),
        limit: u32,
    ) -> Result<Vec<(Parcel, Order)>> {
        const SQL: &str = "select p.document, o.document from parcel p
            join market_order o on o.cell_id = p.cell_id and o.order_id = p.order_id
            where p.cell_id = ?1 and p.village_id = ?2 and p.phase = ?3
            and (o.flow = 'purchase' or p.phase in ('labelled', 'at_shop'))
            order by p.parcel_id limit ?4";
        let open = ParcelPhase::ALL.iter().filter(|phase| !phase.is_end());
        let mut found = Vec::new();
        for phase in open {
            let params =
                [cell_value(cell), village.number().into(), phase.name().into(), limit.into()];
            for row in self.engine().query(SQL, &params)? {
                let mut f = Fields::new("parcel", row);
                let (parcel, order) = (f.text()?, f.text()?);
                found.push((
                    document::from(vec![parcel.into()])?,
                    document::from(vec![order.into()])?,
                ));
            }
        }
        Ok(found)
    }

    /// The lots of a household, newest first, at most `limit`.
    pub fn lots_of(
        &mut self,
        cell: CellId,
        household: PartyId,
        before: Option<LotId>,
        limit: u32,
    ) -> Result<Vec<Lot>> {
        let mut sql = select(&table::LOT, "household = ?2");
        let mut params = vec![cell_value(cell), household.bits().into(), limit.into()];
        if let Some(before) = before {
            sql.push_str(
                " and (picked_on, lot_id) < (select picked_on, lot_id from lot
                  where cell_id = ?1 and lot_id = ?4)",
            );
            params.push(before.bits().into());
        }
        sql.push_str(" order by picked_on desc, lot_id desc limit ?3");
        self.engine().query(&sql, &params)?.into_iter().map(document::from).collect()
    }

    /// The day on which a village's newest lot was picked.
    pub fn last_picked(&mut self, cell: CellId, village: VillageId) -> Result<Option<Date>> {
        const SQL: &str = "select max(picked_on) from lot where cell_id = ?1 and village_id = ?2";
        let found = self.engine().query(SQL, &[cell_value(cell), village.number().into()])?;
        let Some(row) = found.into_iter().next() else { return Ok(None) };
        let days = Fields::new("lot", row).opt_int()?;
        Ok(days.and_then(|days| i32::try_from(days).ok()).and_then(Date::from_days))
    }

    /// The newest reviews of a listing or a household, newest first, at most `limit`.
    pub fn reviews(&mut self, cell: CellId, subject: u128, limit: u32) -> Result<Vec<ReviewRow>> {
        let mut sql = select(&table::REVIEW, "subject = ?2");
        sql.push_str(" order by seq desc limit ?3");
        let params = [cell_value(cell), subject.into(), limit.into()];
        self.engine().query(&sql, &params)?.into_iter().map(rows::review_from).collect()
    }

    /// How each of these listings or households is reviewed; those without a review are absent.
    pub fn stars(&mut self, cell: CellId, subjects: &[u128]) -> Result<BTreeMap<u128, Stars>> {
        let mut stars = BTreeMap::new();
        for part in subjects.chunks(NAMED_MAX) {
            let sql = format!(
                "select subject, count(*), cast(sum(stars) as bigint) from review
                 where cell_id = ?1 and subject in ({}) group by subject",
                marks(2, part.len().next_power_of_two())
            );
            let mut params = vec![cell_value(cell)];
            params.extend(padded(part.iter().map(|subject| Value::from(*subject))));
            for row in self.engine().query(&sql, &params)? {
                let mut f = Fields::new("review", row);
                stars.insert(f.bits()?, Stars { count: f.int()?, sum: f.int()? });
            }
        }
        Ok(stars)
    }

    /// How many households of a village there are of each size: of so many members so many
    /// households.
    pub fn household_sizes(
        &mut self,
        cell: CellId,
        village: VillageId,
    ) -> Result<BTreeMap<i64, i64>> {
        const SQL: &str = "select count(*) from party
            where cell_id = ?1 and village_id = ?2 and kind = 'member' group by household";
        let mut sizes: BTreeMap<i64, i64> = BTreeMap::new();
        let mut empty = self.party_count(cell, village, PartyKind::Household)?;
        for row in self.engine().query(SQL, &[cell_value(cell), village.number().into()])? {
            let households = sizes.entry(Fields::new("party", row).int()?).or_default();
            *households = households.saturating_add(1);
            empty = empty.saturating_sub(1);
        }
        if empty > 0 {
            sizes.insert(0, empty);
        }
        Ok(sizes)
    }

    /// The households of a village that brought lots, by code and after one, at most `limit`.
    pub fn families_with_lots(
        &mut self,
        (cell, village): (CellId, VillageId),
        after_code: &str,
        limit: u32,
    ) -> Result<Vec<PartyView>> {
        let columns = table::PARTY.column_list();
        let sql = format!(
            "select {columns} from party p where cell_id = ?1 and village_id = ?2
             and kind = 'household' and code > ?3 and exists (select 1 from lot l
                where l.cell_id = p.cell_id and l.household = p.party_id)
             order by code limit ?4"
        );
        let params = [cell_value(cell), village.number().into(), after_code.into(), limit.into()];
        let rows = self.engine().query(&sql, &params)?.into_iter();
        self.views(cell, rows.map(rows::party_from).collect::<Result<_>>()?)
    }

    /// Several parties with their profiles, in two questions.
    pub fn people(
        &mut self,
        cell: CellId,
        parties: &[PartyId],
    ) -> Result<BTreeMap<PartyId, PartyView>> {
        let mut profiles = self.profiles(cell, parties)?;
        let mut people = BTreeMap::new();
        for row in self.rows_named(&table::PARTY, cell, &bits(parties))? {
            let party = rows::party_from(row)?;
            people.insert(party.id, PartyView { profile: profiles.remove(&party.id), party });
        }
        Ok(people)
    }

    /// What these parties are called, in one question.
    pub fn names(&mut self, cell: CellId, parties: &[PartyId]) -> Result<BTreeMap<PartyId, Named>> {
        let mut names = BTreeMap::new();
        for part in parties.chunks(NAMED_MAX) {
            let ids = padded(part.iter().map(|party| Value::from(party.bits())));
            let sql = format!(
                "select p.party_id, p.code, f.name, f.name_latin from party p
                 left join profile f on f.cell_id = p.cell_id and f.party_id = p.party_id
                 where p.cell_id = ?1 and p.party_id in ({})",
                marks(2, ids.len())
            );
            let params: Vec<Value> = std::iter::once(cell_value(cell)).chain(ids).collect();
            for row in self.engine().query(&sql, &params)? {
                let mut f = Fields::new("party", row);
                let (id, code) = (PartyId::from_bits(f.bits()?), f.text()?);
                let mut name =
                    || Ok::<_, StoreError>(f.opt_text()?.unwrap_or_else(|| code.clone()));
                let (name, name_latin) = (name()?, name()?);
                names.insert(id, Named { code, name, name_latin });
            }
        }
        Ok(names)
    }

    /// The profiles of these parties, but for those that were forgotten.
    pub(crate) fn profiles(
        &mut self,
        cell: CellId,
        parties: &[PartyId],
    ) -> Result<BTreeMap<PartyId, Profile>> {
        let found = self.rows_named(&table::PROFILE, cell, &bits(parties))?;
        found.into_iter().map(rows::profile_from).collect()
    }

    /// The documents of a kind with the bits of these ids, by them, if they are of this village.
    pub fn documents_named<D: Document>(
        &mut self,
        (cell, village): (CellId, VillageId),
        ids: &[u128],
    ) -> Result<BTreeMap<u128, D>> {
        let found = self.rows_named(D::place().0, cell, ids)?;
        let documents = found.into_iter().map(document::from::<D>);
        let documents = documents.collect::<Result<Vec<_>>>()?.into_iter();
        let own = documents.filter(|document| document.village() == village);
        Ok(own.map(|document| (document.bits(), document)).collect())
    }

    /// The rows of a table with these ids, the id being what tells rows of a cell apart.
    fn rows_named(&mut self, table: &Table, cell: CellId, ids: &[u128]) -> Result<Vec<Row>> {
        let key = table.page_columns().join(", ");
        let mut found = Vec::new();
        for part in ids.chunks(NAMED_MAX) {
            let ids = padded(part.iter().map(|id| Value::from(*id)));
            let condition = format!("{key} in ({})", marks(2, ids.len()));
            let params: Vec<Value> = std::iter::once(cell_value(cell)).chain(ids).collect();
            found.extend(self.engine().query(&select(table, &condition), &params)?);
        }
        Ok(found)
    }

    /// Which of these pictures of a village are stored.
    pub fn stored_pictures(
        &mut self,
        (cell, village): (CellId, VillageId),
        digests: &[Hash],
    ) -> Result<BTreeSet<Hash>> {
        let mut stored = BTreeSet::new();
        for part in digests.chunks(NAMED_MAX) {
            let sql = format!(
                "select digest from picture where cell_id = ?1 and village_id = ?2
                 and size = 'thumb' and digest in ({})",
                marks(3, part.len().next_power_of_two())
            );
            let mut params = vec![cell_value(cell), village.number().into()];
            params.extend(padded(part.iter().map(|digest| Value::from(*digest))));
            for row in self.engine().query(&sql, &params)? {
                stored.insert(Fields::new("picture", row).array()?);
            }
        }
        Ok(stored)
    }
}

fn bits(parties: &[PartyId]) -> Vec<u128> {
    parties.iter().map(|party| party.bits()).collect()
}

/// All columns of a table's rows of one cell with a condition.
fn select(table: &Table, condition: &str) -> String {
    let (columns, name) = (table.column_list(), table.name);
    format!("select {columns} from {name} where cell_id = ?1 and {condition}")
}

#[cfg(test)]
mod tests {
    use super::Stars;

    /// Goal: a mean is rounded to the nearest tenth. Method: table.
    #[test]
    fn means_round_to_the_nearest_tenth() {
        let table = [
            (0, 0, None),
            (1, 5, Some(50)),
            (3, 14, Some(47)),
            (3, 13, Some(43)),
            (20, 91, Some(46)),
        ];
        for (count, sum, mean) in table {
            assert_eq!(Stars { count, sum }.mean_tenths(), mean, "{sum}/{count}");
        }
    }
}
