//! Lists of a village's orders, parcels, tills and the like. Owns which come first and where a list
//! goes on; one text for both engines.

use std::collections::BTreeMap;

use verger_domain::effect::TimerKind;
use verger_domain::id::{CellId, PartyId, VillageId};
use verger_domain::market::{Order, OrderPhase};
use verger_domain::time::Instant;

use super::{Reader, Result, cell_value};
use crate::document::{self, Document};
use crate::table::{Fields, Row, Value};

#[expect(clippy::missing_errors_doc, reason = "every question fails only when the database does")]
impl Reader {
    /// The documents of a village in these phases, phase by phase, each in the order in which they
    /// came, at most `limit`.
    pub fn documents<D: Document>(
        &mut self,
        cell: CellId,
        village: VillageId,
        phases: &[&str],
        limit: u32,
    ) -> Result<Vec<D>> {
        let table = D::place().0;
        let columns = table.column_list();
        let sql = format!(
            "select {columns} from {} where cell_id = ?1 and village_id = ?2 and phase = ?3
             order by {} limit ?4",
            table.name,
            table.sequence()
        );
        let mut documents = Vec::new();
        for phase in phases {
            let params = [cell_value(cell), village.number().into(), (*phase).into(), limit.into()];
            for row in self.engine.query(&sql, &params)? {
                documents.push(document::from(row)?);
            }
        }
        documents.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(documents)
    }

    /// The newest documents of a village in these phases, the newest first, at most `limit`; where a
    /// list goes on, only those that are older than the one with the bits of `before`.
    pub fn latest<D: Document>(
        &mut self,
        (cell, village): (CellId, VillageId),
        phases: &[&str],
        before: Option<u128>,
        limit: u32,
    ) -> Result<Vec<D>> {
        let table = D::place().0;
        let (name, order) = (table.name, table.sequence());
        let key = table.page_columns().join(", ");
        let older = format!(
            "and ({order}) < (select {order} from {name} where cell_id = ?1 and {key} = ?5)"
        );
        let newest_first: Vec<String> =
            order.split(", ").map(|column| format!("{column} desc")).collect();
        let sql = format!(
            "select {order} from {name}
             where cell_id = ?1 and village_id = ?2 and phase = ?3 {}
             order by {} limit ?4",
            if before.is_some() { older.as_str() } else { "" },
            newest_first.join(", ")
        );
        let mut found: Vec<Row> = Vec::new();
        for phase in phases {
            let mut params =
                vec![cell_value(cell), village.number().into(), (*phase).into(), limit.into()];
            params.extend(before.map(Value::from));
            found.extend(self.engine.query(&sql, &params)?);
        }
        // A row is what it is ordered by, the id last. Documents are read of those that are shown.
        found.sort_by(|a, b| b.cmp(a));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let ids =
            found.into_iter().map(|row| Fields::new(name, row.into_iter().rev().collect()).bits());
        let ids = ids.collect::<Result<Vec<_>>>()?;
        let mut documents = self.documents_named::<D>((cell, village), &ids)?;
        Ok(ids.iter().filter_map(|id| documents.remove(id)).collect())
    }

    /// The sales of a village that are in a phase, the oldest first, at most `limit`, and how many
    /// there are in all.
    pub fn sales_in_phase(
        &mut self,
        place: (CellId, VillageId),
        phase: OrderPhase,
        limit: u32,
    ) -> Result<(Vec<Order>, i64)> {
        self.in_phase(place, phase, ("flow", "sale".into()), limit)
    }

    /// The same of the orders whose first line a party sells.
    pub fn sold_in_phase(
        &mut self,
        place: (CellId, VillageId),
        phase: OrderPhase,
        seller: PartyId,
        limit: u32,
    ) -> Result<(Vec<Order>, i64)> {
        self.in_phase(place, phase, ("seller", seller.bits().into()), limit)
    }

    fn in_phase(
        &mut self,
        (cell, village): (CellId, VillageId),
        phase: OrderPhase,
        (column, value): (&str, Value),
        limit: u32,
    ) -> Result<(Vec<Order>, i64)> {
        let of = format!(
            "from market_order where cell_id = ?1 and village_id = ?2 and phase = ?3
             and {column} = ?4"
        );
        let mut params: Row =
            vec![cell_value(cell), village.number().into(), phase.name().into(), value];
        let count = self.count(&format!("select count(*) {of}"), &params)?;
        params.push(limit.into());
        let sql = format!("select document {of} order by placed_at, order_id limit ?5");
        let orders = self.engine.query(&sql, &params)?.into_iter().map(document::from);
        Ok((orders.collect::<Result<_>>()?, count))
    }

    /// How many documents of a kind of a village are in a phase.
    pub fn count_in_phase<D: Document>(
        &mut self,
        (cell, village): (CellId, VillageId),
        phase: &str,
    ) -> Result<i64> {
        let table = D::place().0.name;
        let sql = format!(
            "select count(*) from {table} where cell_id = ?1 and village_id = ?2 and phase = ?3"
        );
        self.count(&sql, &[cell_value(cell), village.number().into(), phase.into()])
    }

    /// How many orders of a village there are in each phase that has any.
    pub fn orders_by_phase(
        &mut self,
        cell: CellId,
        village: VillageId,
    ) -> Result<BTreeMap<OrderPhase, i64>> {
        const SQL: &str = "select phase, count(*) from market_order
            where cell_id = ?1 and village_id = ?2 group by phase";
        let mut counts = BTreeMap::new();
        for row in self.engine.query(SQL, &[cell_value(cell), village.number().into()])? {
            let mut f = Fields::new("market_order", row);
            let name = f.text()?;
            let phase = OrderPhase::by_name(&name);
            let phase = phase.ok_or_else(|| f.wrong(format_args!("phase {name:?}")))?;
            counts.insert(phase, f.int()?);
        }
        Ok(counts)
    }

    /// The orders of a village of which something was due before a moment and has not happened, the
    /// oldest first, at most `limit`.
    pub fn overdue(
        &mut self,
        (cell, village): (CellId, VillageId),
        before: Instant,
        limit: u32,
    ) -> Result<Vec<Order>> {
        const SQL: &str = "select o.document from timer t
            join market_order o on o.cell_id = t.cell_id and o.order_id = t.subject
            where t.cell_id = ?1 and t.due_at < ?2 and t.kind = ?3 and t.village_id = ?4
            order by t.due_at, t.subject limit ?5";
        let params = [
            cell_value(cell),
            before.micros().into(),
            TimerKind::Order.name().into(),
            village.number().into(),
            limit.into(),
        ];
        self.engine.query(SQL, &params)?.into_iter().map(document::from).collect()
    }

    /// What all completed purchases of a household cost less than in the township, the way included.
    pub fn saved_by(
        &mut self,
        (cell, village): (CellId, VillageId),
        household: PartyId,
    ) -> Result<i64> {
        const SQL: &str = "select cast(sum(saved_minor) as bigint) from market_order
            where cell_id = ?1 and village_id = ?2 and buyer = ?3 and phase = 'completed'";
        let params = [cell_value(cell), village.number().into(), household.bits().into()];
        let row = self.engine.query(SQL, &params)?.into_iter().next().unwrap_or_default();
        Ok(Fields::new("market_order", row).opt_int()?.unwrap_or_default())
    }
}
