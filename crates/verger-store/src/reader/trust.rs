//! Questions about trust. Owns their queries; must not change anything.

#![expect(clippy::missing_errors_doc, reason = "every question fails only when the database does")]

use std::collections::BTreeMap;

use verger_domain::credit::LoanBook;
use verger_domain::id::{CellId, OrderId, PartyId, VillageId};
use verger_domain::party::Party;
use verger_domain::policy::Policy;
use verger_domain::time::Date;
use verger_domain::trust::{BatchRow, CountedRow, LineRow, NodeWeight, PairTrust, TrustRow};

use super::{EntryCursor, Reader, Result, cell_value};
use crate::rows::trust as rows;
use crate::table::{Row, Value, trust as table};

/// Pairs by household and counterparty.
type Pairs = Vec<((PartyId, PartyId), (VillageId, PairTrust))>;

/// Everything that an explanation of a household's trust is made of.
#[derive(Clone, Debug)]
pub struct TrustView {
    /// The policy in force in its village.
    pub policy: Policy,
    /// What trust keeps of it; a newcomer's row where there is none.
    pub row: TrustRow,
    /// What the village has lent, which may pause lending for everybody.
    pub book: LoanBook,
    /// Whom it traded with: the party, the pair and what trust keeps of it.
    pub counterparties: Vec<(Party, PairTrust, TrustRow)>,
}

/// A settled payment as the graph sees it; below zero where it went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The record that wrote it.
    pub seq: u64,
    /// Who paid.
    pub payer: PartyId,
    /// Who was paid.
    pub payee: PartyId,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// The day it was settled.
    pub on: Date,
}

impl Reader {
    /// What an explanation of a household's trust is made of: five sets of rows. None without the
    /// village.
    pub fn trust_view(
        &mut self,
        cell: CellId,
        village: VillageId,
        household: PartyId,
    ) -> Result<Option<TrustView>> {
        let Some(policy) = self.policy_in_force(cell, village)? else { return Ok(None) };
        let row = self.trust(cell, household)?.unwrap_or_default();
        let pairs = self.trust_pairs(cell, household)?;
        let mut others: BTreeMap<PartyId, (Party, TrustRow)> = BTreeMap::new();
        for (party, row) in self.trust_counterparties(cell, household)? {
            others.insert(party.id, (party, row));
        }
        let known = pairs.into_iter().filter_map(|(with, pair)| {
            let (party, row) = others.remove(&with)?;
            Some((party, pair, row))
        });
        let book = self.loan_book(cell, village)?;
        Ok(Some(TrustView { policy, row, book, counterparties: known.collect() }))
    }

    /// The policy in force in a village; none without the village.
    pub fn policy_in_force(&mut self, cell: CellId, village: VillageId) -> Result<Option<Policy>> {
        let sql = format!(
            "select {} from policy where cell_id = ?1 and village_id = ?2 and version =
                (select policy_version from village where cell_id = ?1 and village_id = ?2)",
            crate::table::POLICY.column_list()
        );
        let params = [cell_value(cell), village.number().into()];
        let found = self.engine.query(&sql, &params)?.into_iter().next();
        let policy = found.map(crate::rows::policy_from).transpose()?;
        Ok(policy.map(|(_, policy)| policy))
    }

    /// Everybody in a village, without names.
    pub fn parties_of_village(&mut self, cell: CellId, village: VillageId) -> Result<Vec<Party>> {
        let by = [("village_id", village.number().into())];
        let found = self.by(&crate::table::PARTY, cell, &by)?;
        found.into_iter().map(crate::rows::party_from).collect()
    }

    fn trust_counterparties(
        &mut self,
        cell: CellId,
        household: PartyId,
    ) -> Result<Vec<(Party, TrustRow)>> {
        let of = "p.party_id in
            (select counterparty from trust_pair where cell_id = ?1 and household = ?2)";
        self.parties_with_trust(of, &[cell_value(cell), household.bits().into()])
    }

    /// What trust keeps of a party, if anything.
    pub fn trust(&mut self, cell: CellId, party: PartyId) -> Result<Option<TrustRow>> {
        let found = self.by(&table::TRUST, cell, &[("party_id", party.bits().into())])?;
        let row = found.into_iter().next().map(rows::trust_from).transpose()?;
        Ok(row.map(|(_, (_, row))| row))
    }

    /// The trade of a household with each counterparty.
    pub fn trust_pairs(
        &mut self,
        cell: CellId,
        household: PartyId,
    ) -> Result<Vec<(PartyId, PairTrust)>> {
        let found = self.by(&table::PAIR, cell, &[("household", household.bits().into())])?;
        let pairs = found.into_iter().map(rows::pair_from);
        pairs.map(|pair| pair.map(|((_, with), (_, pair))| (with, pair))).collect()
    }

    /// The latest lines of a household's journal of points before a place, newest first; a line's
    /// number is the place in its record.
    pub fn trust_lines(
        &mut self,
        cell: CellId,
        household: PartyId,
        before: Option<EntryCursor>,
        limit: u32,
    ) -> Result<Vec<LineRow>> {
        let sql = format!(
            "select {} from trust_line where cell_id = ?1 and household = ?2
                and (seq, number) < (?4, ?5) order by seq desc, number desc limit ?3",
            table::LINE.column_list()
        );
        let (seq, number) = before.map_or((Value::Int(i64::MAX), 0), |c| (c.seq.into(), c.leg));
        let params = [cell_value(cell), household.bits().into(), limit.into(), seq, number.into()];
        self.engine.query(&sql, &params)?.into_iter().map(rows::line_from).collect()
    }

    /// The payments of a village that were recorded after a record of its cell, in their order:
    /// what was settled, and below zero what went back, each on the day it was settled.
    pub fn trust_payments(
        &mut self,
        cell: CellId,
        village: VillageId,
        after_seq: u64,
    ) -> Result<Vec<Payment>> {
        const SQL: &str = "select l.cell_id, l.seq, l.counterparty, l.household, \
                case when l.kind = 'taken_back' then -l.value_minor else l.value_minor end, \
                coalesce(min(o.on_day), l.on_day) \
            from trust_line l left join trust_line o on l.kind = 'taken_back' \
                and o.cell_id = l.cell_id and o.household = l.household \
                and o.order_id = l.order_id and o.kind in ('sale', 'sale_proven', 'village_trade') \
            where l.cell_id = ?1 and l.village_id = ?2 and l.seq > ?3 \
                and l.counterparty is not null and (l.kind in \
                ('sale', 'sale_proven', 'village_trade', 'paid') or (l.kind = 'taken_back' \
                and l.pool in ('proven_sales', 'unproven_sales', 'village_trade'))) \
            group by l.cell_id, l.household, l.seq, l.number, l.counterparty, l.kind, \
                l.value_minor, l.on_day \
            order by l.seq, l.household, l.number";
        let params: Row = vec![cell_value(cell), village.number().into(), after_seq.into()];
        let mut payments = Vec::new();
        for row in self.engine.query(SQL, &params)? {
            let mut f = crate::rows::fields("trust_line", row)?;
            let seq = f.num()?;
            let (payer, payee) = (PartyId::from_bits(f.bits()?), PartyId::from_bits(f.bits()?));
            let (amount_minor, days) = (f.int()?, f.num()?);
            let on = Date::from_days(days).ok_or_else(|| f.wrong(format_args!("day {days}")))?;
            payments.push(Payment { seq, payer, payee, amount_minor, on });
        }
        Ok(payments)
    }

    /// What trust keeps of everybody in a village.
    pub fn trust_of_village(
        &mut self,
        cell: CellId,
        village: VillageId,
    ) -> Result<Vec<(PartyId, TrustRow)>> {
        let found = self.by(&table::TRUST, cell, &[("village_id", village.number().into())])?;
        let rows = found.into_iter().map(rows::trust_from);
        rows.map(|row| row.map(|(party, (_, row))| (party, row))).collect()
    }

    /// The households of a village, by code, each with what trust keeps of it.
    pub fn trust_of_households(
        &mut self,
        cell: CellId,
        village: VillageId,
    ) -> Result<Vec<(Party, TrustRow)>> {
        let of = "p.village_id = ?2 and p.kind = 'household' order by p.code";
        self.parties_with_trust(of, &[cell_value(cell), village.number().into()])
    }

    /// Parties of the cell in the first parameter, each with what trust keeps of it: the row's last
    /// column, and a newcomer's row where there is none.
    fn parties_with_trust(&mut self, of: &str, params: &[Value]) -> Result<Vec<(Party, TrustRow)>> {
        let columns = crate::table::PARTY.columns.iter();
        let list: Vec<String> = columns.map(|column| format!("p.{}", column.name)).collect();
        let sql = format!(
            "select {}, t.document from party p left join trust t
                on t.cell_id = p.cell_id and t.party_id = p.party_id
                where p.cell_id = ?1 and {of}",
            list.join(", ")
        );
        let mut found = Vec::new();
        for mut row in self.engine.query(&sql, params)? {
            let kept = match row.pop() {
                Some(Value::Text(document)) => rows::trust_document(&document)?,
                _ => TrustRow::default(),
            };
            found.push((crate::rows::party_from(row)?, kept));
        }
        Ok(found)
    }

    /// How many have a weight in a batch of a village.
    pub fn trust_weighed(&mut self, cell: CellId, village: VillageId, batch: u32) -> Result<u64> {
        const SQL: &str = "select count(*) from trust_weight
            where cell_id = ?1 and village_id = ?2 and batch = ?3";
        let params = [cell_value(cell), village.number().into(), batch.into()];
        Ok(u64::try_from(self.count(SQL, &params)?).unwrap_or(0))
    }

    /// The last batch of weights of a village.
    pub fn trust_batch(&mut self, cell: CellId, village: VillageId) -> Result<Option<BatchRow>> {
        let found = self.by(&table::BATCH, cell, &[("village_id", village.number().into())])?;
        let row = found.into_iter().next().map(rows::batch_from).transpose()?;
        Ok(row.map(|(_, row)| row))
    }

    /// The weights of one batch of a village, as they were then.
    pub fn trust_weights(
        &mut self,
        cell: CellId,
        village: VillageId,
        batch: u32,
    ) -> Result<Vec<(PartyId, NodeWeight)>> {
        let by: [(&str, Value); 2] =
            [("village_id", village.number().into()), ("batch", batch.into())];
        let found = self.by(&table::WEIGHT, cell, &by)?;
        let weights = found.into_iter().map(rows::weight_from);
        weights.map(|weight| weight.map(|(_, _, party, node)| (party, node))).collect()
    }

    /// What trust keeps of every party of a cell.
    pub fn all_trust(&mut self, cell: CellId) -> Result<Vec<(PartyId, (VillageId, TrustRow))>> {
        self.all(&table::TRUST, cell)?.into_iter().map(rows::trust_from).collect()
    }

    /// All pairs of a cell.
    pub fn all_trust_pairs(&mut self, cell: CellId) -> Result<Pairs> {
        self.all(&table::PAIR, cell)?.into_iter().map(rows::pair_from).collect()
    }

    /// Everything of a cell that counted.
    pub fn all_trust_counted(
        &mut self,
        cell: CellId,
    ) -> Result<BTreeMap<(OrderId, PartyId), CountedRow>> {
        let lines = self.all(&table::LINE, cell)?.into_iter().map(rows::line_from);
        Ok(LineRow::counted(lines.collect::<Result<_>>()?))
    }

    /// The last batch of each village of a cell.
    pub fn all_trust_batches(&mut self, cell: CellId) -> Result<Vec<(VillageId, BatchRow)>> {
        self.all(&table::BATCH, cell)?.into_iter().map(rows::batch_from).collect()
    }
}
