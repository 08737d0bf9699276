//! Rows of trust and the domain's values. Owns the change from one to the other.

use verger_domain::id::{CellId, OrderId, PartyId, VillageId};
use verger_domain::time::Date;
use verger_domain::trust::{
    BatchRow, Line, LineRow, NodeWeight, PairTrust, Pool, TrustRow, Weight,
};

use super::{Read, fields, id, json, json_text, village_of, village_value};
use crate::error::StoreError;
use crate::table::{Fields, Row};

fn day_of(f: &mut Fields) -> Read<Date> {
    let days = f.num()?;
    Date::from_days(days).ok_or_else(|| f.wrong(format_args!("the day {days}")))
}

fn day(on: Date) -> i64 {
    i64::from(on.days())
}

pub(crate) fn trust_row(cell: CellId, party: PartyId, row: &(VillageId, TrustRow)) -> Row {
    let (village, row) = row;
    let batch = row.batch.into();
    vec![id(cell), party.bits().into(), village_value(*village), batch, json_text(row)]
}

pub(crate) fn trust_from(row: Row) -> Read<(PartyId, (VillageId, TrustRow))> {
    let mut f = fields("trust", row)?;
    let (party, village) = (PartyId::from_bits(f.bits()?), village_of(&mut f)?);
    f.int()?;
    Ok((party, (village, json(&mut f)?)))
}

/// The document of a row of trust alone.
pub(crate) fn trust_document(text: &str) -> Read<TrustRow> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Decode { table: "trust", what: error.to_string() })
}

pub(crate) fn pair_row(
    cell: CellId,
    (household, with): (PartyId, PartyId),
    (village, pair): (VillageId, PairTrust),
) -> Row {
    vec![
        id(cell),
        household.bits().into(),
        with.bits().into(),
        village_value(village),
        i64::from(pair.period).into(),
        pair.sum_minor.into(),
        json_text(&pair.counts),
    ]
}

pub(crate) fn pair_from(row: Row) -> Read<((PartyId, PartyId), (VillageId, PairTrust))> {
    let mut f = fields("trust_pair", row)?;
    let key = (PartyId::from_bits(f.bits()?), PartyId::from_bits(f.bits()?));
    let (village, period, sum_minor) = (village_of(&mut f)?, f.num()?, f.int()?);
    Ok((key, (village, PairTrust { counts: json(&mut f)?, period, sum_minor })))
}

pub(crate) fn line_row(cell: CellId, row: &LineRow) -> Row {
    let line = &row.line;
    vec![
        id(cell),
        row.household.bits().into(),
        row.seq.into(),
        row.number.into(),
        village_value(row.village),
        day(line.on).into(),
        row.kind.into(),
        line.pool.map(|pool| pool.name().to_owned()).into(),
        line.grains.into(),
        line.value_minor.into(),
        i64::from(line.weight.share).into(),
        i64::from(line.weight.is_seed).into(),
        line.before_minor.into(),
        row.batch.into(),
        row.policy_version.into(),
        row.counterparty.map(PartyId::bits).into(),
        row.order.map(OrderId::bits).into(),
    ]
}

pub(crate) fn line_from(row: Row) -> Read<LineRow> {
    let mut f = fields("trust_line", row)?;
    let household = PartyId::from_bits(f.bits()?);
    let (seq, number, village) = (f.num()?, f.num()?, village_of(&mut f)?);
    let (on, kind, pool) = (day_of(&mut f)?, f.text()?, f.opt_text()?);
    let kind = LineRow::kind_by_name(&kind).ok_or_else(|| f.wrong(format_args!("{kind:?}")))?;
    let pool = match pool {
        Some(name) => {
            let pool = Pool::ALL.into_iter().find(|pool| pool.name() == name);
            Some(pool.ok_or_else(|| f.wrong(format_args!("pool {name:?}")))?)
        }
        None => None,
    };
    let (grains, value_minor) = (f.int()?, f.int()?);
    let weight = Weight { share: f.num()?, is_seed: f.int()? != 0 };
    let line = Line { before_minor: f.int()?, grains, on, pool, value_minor, weight };
    let (batch, policy_version) = (f.num()?, f.num()?);
    let counterparty = f.opt_bits()?.map(PartyId::from_bits);
    let order = f.opt_bits()?.map(OrderId::from_bits);
    Ok(LineRow {
        household,
        seq,
        number,
        village,
        batch,
        counterparty,
        kind,
        line,
        order,
        policy_version,
    })
}

pub(crate) fn batch_row(cell: CellId, village: VillageId, row: BatchRow) -> Row {
    let (number, rounds) = (row.number.into(), i64::from(row.rounds).into());
    vec![id(cell), village_value(village), number, day(row.on).into(), rounds]
}

pub(crate) fn batch_from(row: Row) -> Read<(VillageId, BatchRow)> {
    let mut f = fields("trust_batch", row)?;
    let (village, number, on) = (village_of(&mut f)?, f.num()?, day_of(&mut f)?);
    Ok((village, BatchRow { number, on, rounds: f.num()? }))
}

pub(crate) fn weight_row(
    cell: CellId,
    (village, batch, party, node): &(VillageId, u32, PartyId, NodeWeight),
) -> Row {
    vec![
        id(cell),
        village_value(*village),
        (*batch).into(),
        party.bits().into(),
        i64::from(node.weight).into(),
        i64::from(node.backed_share).into(),
        node.backed_minor.into(),
    ]
}

pub(crate) fn weight_from(row: Row) -> Read<(VillageId, u32, PartyId, NodeWeight)> {
    let mut f = fields("trust_weight", row)?;
    let (village, batch, party) = (village_of(&mut f)?, f.num()?, PartyId::from_bits(f.bits()?));
    let (weight, backed_share, backed_minor) = (f.num()?, f.num()?, f.int()?);
    Ok((village, batch, party, NodeWeight { backed_minor, backed_share, weight }))
}
