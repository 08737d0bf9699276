//! Moving a village to another cell: one transaction that seals the departure in one chain and the
//! arrival in the other. Owns the change of keys; the lane must not be running.
//!
//! The village's old records stay in the chain they are sealed in. Its idempotency keys come along,
//! so that a client's repeat after the move still finds its answer.

use std::fmt::Write as _;

use verger_domain::codec::{self, Hash};
use verger_domain::command::Actor;
use verger_domain::effect::{Effect, Record};
use verger_domain::id::{CellId, CommandId, VillageId};
use verger_domain::time::Instant;

use crate::engine::{Engine, Head, Mode, Write, head_from, head_params};
use crate::engine::{HEAD_SELECT, HEAD_UPDATE};
use crate::error::StoreError;
use crate::table::{self, Table, Value};
use crate::writer::{Sealed, Writer, journal_row};

/// A move: which village, from where to where, and under which keys it is recorded.
#[derive(Clone, Copy, Debug)]
pub struct CellMove {
    /// The village.
    pub village: VillageId,
    /// The cell it is in.
    pub from: CellId,
    /// The cell it goes to.
    pub to: CellId,
    /// The keys of the two records.
    pub keys: [CommandId; 2],
    /// When.
    pub at: Instant,
}

/// Tables whose rows stay where they were written: they are the history of the cell, not of the village.
const STAYING: [&str; 3] = ["journal", "outbox", "village_route"];

/// Tables whose rows belong to a village through their party; moved before the parties are.
static WITH_PARTY: &[&str] = &["profile", "pin", "pin_secret"];

/// Tables whose rows carry their village and go with it: all that do, so that none can be forgotten.
fn moving() -> impl Iterator<Item = &'static Table> {
    let carries_village = |table: &Table| table.columns.iter().any(|c| c.name == "village_id");
    let goes = move |table: &&Table| carries_village(table) && !STAYING.contains(&table.name);
    table::ALL.iter().copied().filter(goes)
}

/// Tables that say where the village stands; their rows make the snapshot's digest.
static SNAPSHOT: &[&Table] = &[
    &table::VILLAGE,
    &table::PARTY,
    &table::ACCOUNT,
    &table::HOLD,
    &table::STANDING,
    &table::trust::TRUST,
];

impl Writer {
    /// Moves a village to another cell. The writer must have claimed both cells.
    ///
    /// # Errors
    /// When the village is not there, or has messages waiting for delivery.
    pub fn move_village(&mut self, wanted: CellMove) -> Result<(), StoreError> {
        let moved = self.move_in_transaction(wanted);
        if moved.is_err() {
            self.rollback()?;
        }
        moved
    }

    fn move_in_transaction(&mut self, wanted: CellMove) -> Result<(), StoreError> {
        let CellMove { village, from, to, keys, at } = wanted;
        let engine = self.engine();
        let (mut left, _) = engine.begin(from, &[])?;
        // Locks the second row on both engines; two moves at once would meet here.
        let number = |cell: CellId| Value::from(i64::from(cell.number()));
        engine.execute("update cell set owner = owner where cell_id = ?1", &[number(to)])?;
        let mut entered = head_from(to, engine.query(HEAD_SELECT, &[number(to)])?)?;
        check_movable(engine, from, village)?;
        let snapshot = snapshot(engine, from, village)?;
        let seal = |head: &mut Head, (kind, key, effect): (&str, CommandId, Effect)| {
            head.seq = head.seq.saturating_add(1);
            head.at = head.at.max(at);
            let record = Record {
                actor: Actor::System,
                at: head.at,
                body_hash: codec::sha256(&codec::to_bytes(&effect)),
                cell: head.cell,
                effects: vec![effect],
                key,
                kind: kind.to_owned(),
                refusal: None,
                seq: head.seq,
                village,
            };
            let sealed = Sealed::new(record, &head.chain);
            head.chain = sealed.chain;
            journal_row(head.cell, &sealed)
        };
        let [leave_key, enter_key] = keys;
        let departure =
            seal(&mut left, ("leave_cell", leave_key, Effect::CellLeft { snapshot, to }));
        // Entries keep their numbers and must stay older than what follows them in the new cell.
        entered.seq = entered.seq.max(left.seq);
        let left_at_seq = left.seq;
        let effect = Effect::CellEntered { from, left_at_seq, snapshot };
        let arrival = seal(&mut entered, ("enter_cell", enter_key, effect));
        move_rows(engine, village, (from, to))?;
        let rows = vec![departure, arrival];
        engine.write(&Write { table: &table::JOURNAL, rows, mode: Mode::Insert })?;
        let route = "update village_route set cell_id = ?2 where village_id = ?1";
        engine.execute(route, &[village.number().into(), number(to)])?;
        engine.execute(HEAD_UPDATE, &head_params(&entered))?;
        engine.commit(&left, &[])
    }
}

fn check_movable(
    engine: &mut dyn Engine,
    from: CellId,
    village: VillageId,
) -> Result<(), StoreError> {
    let params = [i64::from(from.number()).into(), village.number().into()];
    let count = |engine: &mut dyn Engine, sql: &str| -> Result<i64, StoreError> {
        match engine.query(sql, &params)?.into_iter().flatten().next() {
            Some(Value::Int(count)) => Ok(count),
            _ => Ok(0),
        }
    };
    let there = "select count(*) from village where cell_id = ?1 and village_id = ?2";
    let waiting = "select count(*) from outbox
        where cell_id = ?1 and village_id = ?2 and done_at is null";
    if count(engine, there)? != 1 {
        let what = format!("village {village} is not in cell {from}");
        return Err(StoreError::Decode { table: "village", what });
    }
    if count(engine, waiting)? > 0 {
        let what = "messages to other villages wait for delivery; start the server once".to_owned();
        return Err(StoreError::Decode { table: "outbox", what });
    }
    Ok(())
}

/// The digest of where the village stands: the rows without their cell, in order.
fn snapshot(engine: &mut dyn Engine, cell: CellId, village: VillageId) -> Result<Hash, StoreError> {
    let mut text = String::new();
    for table in SNAPSHOT {
        let columns: Vec<&str> = table.columns.iter().skip(1).map(|c| c.name).collect();
        let columns = columns.join(", ");
        let keys: Vec<&str> = table.key_columns().map(|c| c.name).collect();
        let sql = format!(
            "select {columns} from {} where cell_id = ?1 and village_id = ?2 order by {}",
            table.name,
            keys.join(", ")
        );
        let params = [i64::from(cell.number()).into(), village.number().into()];
        for row in engine.query(&sql, &params)? {
            let _ = writeln!(text, "{}{row:?}", table.name);
        }
    }
    Ok(codec::sha256(text.as_bytes()))
}

fn move_rows(
    engine: &mut dyn Engine,
    village: VillageId,
    (from, to): (CellId, CellId),
) -> Result<(), StoreError> {
    let params: [Value; 3] =
        [i64::from(from.number()).into(), i64::from(to.number()).into(), village.number().into()];
    // A table with a change of one kind only takes three parameters in the same order.
    let keys = "insert into moved_key (cell_id, key, village_id, payload)
        select cell_id, key, village_id, payload from journal
        where cell_id = ?1 and village_id = ?2";
    let [from_cell, _, number] = params.clone();
    engine.execute(keys, &[from_cell, number])?;
    for table in WITH_PARTY {
        let sql = format!(
            "update {table} set cell_id = ?2 where cell_id = ?1 and party_id in
             (select party_id from party where cell_id = ?1 and village_id = ?3)"
        );
        engine.execute(&sql, &params)?;
    }
    for table in moving() {
        let sql = format!(
            "update {} set cell_id = ?2 where cell_id = ?1 and village_id = ?3",
            table.name
        );
        engine.execute(&sql, &params)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a move forgets no table. Method: each one goes with its village, goes with its parties, or
    /// is known to stay.
    #[test]
    fn every_table_is_moved_or_stays() {
        for table in table::ALL {
            let goes = moving().any(|moved| moved.name == table.name);
            let with_party = WITH_PARTY.contains(&table.name);
            let stays = table.name == "cell" || STAYING.contains(&table.name);
            let ways = [goes, with_party, stays].into_iter().filter(|way| *way).count();
            assert_eq!(ways, 1, "{}", table.name);
        }
    }
}
