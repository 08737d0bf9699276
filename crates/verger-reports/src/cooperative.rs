//! The cooperative's reports as tables: the pools, one pool member by member and lot by lot, and the
//! export from which anybody recomputes every due. Owns their columns, which are a part of the API.

use verger_app::report::{Place, PoolSheet};
use verger_app::{Reader, StoreError};
use verger_domain::id::PoolId;
use verger_domain::market::share::Statement;
use verger_domain::market::{Pool, PoolPhase, SeasonPhase, SeasonWindow};

use crate::table::{Cell, Table};

/// The most pools and windows of one report.
const ROWS_MAX: u32 = 1_000;

fn text(text: &impl ToString) -> Cell {
    Cell::Text(text.to_string())
}

/// All pools with their accounts, line by line.
pub(crate) fn pools(reader: &mut Reader, place: Place) -> Result<Table, StoreError> {
    let phases = PoolPhase::ALL.map(PoolPhase::name);
    let mut found = reader.documents::<Pool>(place.cell, place.village, &phases, ROWS_MAX)?;
    found.sort_by(|a, b| (a.from, &a.variety, a.grade).cmp(&(b.from, &b.variety, b.grade)));
    let rows = found.iter().map(|pool| {
        let statement = pool.statement.unwrap_or_default();
        let sales = statement.sales;
        let mut row = vec![
            text(&pool.variety),
            Cell::Word(pool.grade.name()),
            Cell::Day(pool.from),
            Cell::Day(pool.to),
            Cell::Word(pool.phase.name()),
            Cell::Number(statement.grams),
        ];
        let amounts = [
            sales.goods_minor,
            sales.local_minor,
            sales.refunded_minor,
            sales.claims_minor,
            sales.platform_minor,
            sales.commission_minor,
            sales.cooperative_minor,
            sales.packaging_minor,
            pool.net_minor,
            pool.carried_minor,
        ];
        row.extend(amounts.map(Cell::Minor));
        row.push(text(&pool.id));
        row
    });
    let columns = &[
        "variety",
        "grade",
        "from",
        "to",
        "phase",
        "grams",
        "goods_minor",
        "local_minor",
        "refunded_minor",
        "claims_minor",
        "platform_minor",
        "commission_minor",
        "cooperative_minor",
        "packaging_minor",
        "net_minor",
        "carried_minor",
        "pool",
    ];
    Ok(Table { columns, rows: rows.collect(), totals: None })
}

/// A pool whose account stands, or as it would be today.
struct Account {
    sheet: PoolSheet,
    statement: Statement,
    net_minor: i64,
}

fn account(
    reader: &mut Reader,
    place: Place,
    (pool, shared_bps): (PoolId, u32),
) -> Result<Option<Account>, StoreError> {
    let Some(sheet) = reader.pool_sheet(place, pool)? else { return Ok(None) };
    let pool = &sheet.pool;
    let drawn_up = pool.statement.filter(|_| pool.phase >= PoolPhase::Accounted);
    let (statement, net_minor) = if let Some(statement) = drawn_up {
        (statement, pool.net_minor)
    } else {
        let sales = sheet.shelf.as_ref().map(|shelf| shelf.sales).unwrap_or_default();
        let net_minor = sales.net_minor().max(0);
        (Statement::of(pool, sales, net_minor, shared_bps), net_minor)
    };
    Ok(Some(Account { sheet, statement, net_minor }))
}

/// A pool, member by member.
pub(crate) fn shares(
    reader: &mut Reader,
    place: Place,
    asked: (PoolId, u32),
) -> Result<Option<Table>, StoreError> {
    let Some(account) = account(reader, place, asked)? else { return Ok(None) };
    let pool = &account.sheet.pool;
    let dues = pool.dues(account.net_minor, account.statement.shared_bps);
    let mut rows = Vec::new();
    for (household, share) in &pool.shares {
        let due = dues.get(household).copied().unwrap_or_default();
        let code = account.sheet.codes.get(household).cloned().unwrap_or_default();
        let amounts = [
            due.share_minor,
            due.claims_minor,
            due.due_minor,
            share.advance_minor,
            due.pay_minor,
            share.paid_minor,
        ];
        rows.push((code, share.grams, amounts));
    }
    rows.sort();
    let sum = |place: usize| {
        let parts = rows.iter().map(|row| row.2.get(place).copied().unwrap_or(0));
        parts.fold(0, i64::saturating_add)
    };
    let grams = rows.iter().map(|row| row.1).fold(0, i64::saturating_add);
    let mut totals = vec![Cell::Nothing, Cell::Number(grams)];
    totals.extend((0..6).map(|place| Cell::Minor(sum(place))));
    let rows = rows.into_iter().map(|(code, grams, amounts)| {
        let mut row = vec![Cell::Text(code), Cell::Number(grams)];
        row.extend(amounts.map(Cell::Minor));
        row
    });
    let columns = &[
        "household",
        "grams",
        "share_minor",
        "own_claims_minor",
        "due_minor",
        "advance_minor",
        "final_minor",
        "paid_minor",
    ];
    Ok(Some(Table { columns, rows: rows.collect(), totals: Some(totals) }))
}

/// A pool, lot by lot.
pub(crate) fn lots(
    reader: &mut Reader,
    place: Place,
    pool: PoolId,
) -> Result<Option<Table>, StoreError> {
    let Some(sheet) = reader.pool_sheet(place, pool)? else { return Ok(None) };
    let rows = sheet.lots.iter().map(|line| {
        vec![
            text(&line.lot),
            text(&line.household),
            Cell::Day(line.picked_on),
            Cell::Number(line.grams),
            Cell::Number(line.packed_g),
            Cell::Minor(line.advance_minor),
            Cell::Minor(line.claims_minor),
        ]
    });
    let columns = &[
        "lot",
        "household",
        "picked_on",
        "grams",
        "packed_grams",
        "advance_minor",
        "claims_minor",
    ];
    Ok(Some(Table { columns, rows: rows.collect(), totals: None }))
}

/// Everything that a pool's dues are made of, and the dues: what `docs/recompute_pool.py` reads.
pub(crate) fn export(
    reader: &mut Reader,
    place: Place,
    asked: (PoolId, u32),
) -> Result<Option<Table>, StoreError> {
    let Some(account) = account(reader, place, asked)? else { return Ok(None) };
    let (pool, statement) = (&account.sheet.pool, account.statement);
    let plain = |kind, item: &str, amount: Cell| {
        let item = Cell::Text(item.to_owned());
        vec![Cell::Word(kind), item, Cell::Nothing, Cell::Nothing, Cell::Nothing, amount]
    };
    let mut rows = vec![plain("rule", "shared_bps", Cell::Number(i64::from(statement.shared_bps)))];
    for (item, minor) in lines(&statement) {
        rows.push(plain("account", item, Cell::Minor(minor)));
    }
    rows.push(plain("net", "net", Cell::Minor(account.net_minor)));
    let ids: std::collections::BTreeMap<&String, _> =
        account.sheet.codes.iter().map(|(id, code)| (code, *id)).collect();
    for line in &account.sheet.lots {
        let id = ids.get(&line.household).map_or(Cell::Nothing, text);
        rows.push(vec![
            Cell::Word("lot"),
            text(&line.lot),
            text(&line.household),
            id,
            Cell::Number(line.grams),
            Cell::Minor(line.claims_minor),
        ]);
    }
    let dues = pool.dues(account.net_minor, statement.shared_bps);
    for (household, share) in &pool.shares {
        let due = dues.get(household).copied().unwrap_or_default();
        let code = account.sheet.codes.get(household).cloned().unwrap_or_default();
        let amounts =
            [("due", due.due_minor), ("advance", share.advance_minor), ("final", due.pay_minor)];
        for (item, minor) in amounts {
            let (item, code) = (Cell::Text(item.to_owned()), Cell::Text(code.clone()));
            let (id, grams) = (text(household), Cell::Number(share.grams));
            rows.push(vec![Cell::Word("member"), item, code, id, grams, Cell::Minor(minor)]);
        }
    }
    let columns = &["kind", "item", "household", "party", "grams", "amount_minor"];
    Ok(Some(Table { columns, rows, totals: None }))
}

/// The lines of an account with their signs: they sum to the net.
fn lines(statement: &Statement) -> [(&'static str, i64); 10] {
    let (sales, less) = (statement.sales, i64::saturating_neg);
    [
        ("goods", sales.goods_minor),
        ("local", sales.local_minor),
        ("compensated", sales.compensated_minor),
        ("refunded", less(sales.refunded_minor)),
        ("platform", less(sales.platform_minor)),
        ("commission", less(sales.commission_minor)),
        ("cooperative", less(sales.cooperative_minor)),
        ("packaging", less(sales.packaging_minor)),
        ("claims", less(sales.claims_minor)),
        ("other", statement.other_minor),
    ]
}

/// What every household promised and brought, window by window.
pub(crate) fn promises(reader: &mut Reader, place: Place) -> Result<Table, StoreError> {
    let phases = SeasonPhase::ALL.map(SeasonPhase::name);
    let (cell, village) = (place.cell, place.village);
    let mut windows = reader.documents::<SeasonWindow>(cell, village, &phases, ROWS_MAX)?;
    windows.sort_by(|a, b| (a.from, &a.variety).cmp(&(b.from, &b.variety)));
    let mut rows = Vec::new();
    for window in &windows {
        for (household, promise) in &window.promises {
            let code = reader.party(cell, *household)?;
            let code = code.map_or_else(String::new, |view| view.party.code.to_string());
            rows.push(vec![
                text(&window.variety),
                Cell::Day(window.from),
                Cell::Day(window.to),
                Cell::Text(code),
                Cell::Number(promise.promised_g()),
                Cell::Number(promise.delivered_g),
            ]);
        }
    }
    let columns = &["variety", "from", "to", "household", "promised_grams", "delivered_grams"];
    Ok(Table { columns, rows, totals: None })
}
