//! From the store's reports to tables: which columns each has. Owns their names, which are a part of
//! the API, and what counts as late by the policy.

use verger_app::clock::Calendar;
use verger_app::report::{
    AgentLedger, AgentLine, CarrierSettlement, GoodName, Matching, Place, SeasonRow, SeasonSums,
    Side, SupplierSettlement, TillSheet, Waiting, Window,
};
use verger_app::{Reader, StoreError};
use verger_domain::id::{PartyId, PoolId, TripId};
use verger_domain::market::Flow;
use verger_domain::policy::Policy;
use verger_domain::time::{Date, Instant};

use crate::table::{Cell, Table};
use crate::{Report, cooperative};

/// What a report is asked with.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Only this agent's commissions.
    pub agent: Option<PartyId>,
    /// Where days begin.
    pub calendar: Calendar,
    /// The first day and the last.
    pub days: (Date, Date),
    /// The moments at which the spans of a season begin and end.
    pub edges: Vec<Instant>,
    /// What is late is late now.
    pub now: Instant,
    /// When something is late.
    pub patience: Patience,
    /// The pool that a report of a pool is about.
    pub pool: Option<PoolId>,
    /// Which part of a lot's value in claims all bear together, for accounts that are not drawn up.
    pub shared_bps: u32,
    /// The trip that a manifest is about.
    pub trip: Option<TripId>,
    /// The span of a report that has one.
    pub window: Window,
}

/// What is late, by the policy.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    idle_days: u32,
    reminder_days: u32,
    return_days: u32,
    scan_hours: u32,
    unmatched_days: u32,
}

impl Patience {
    /// What the policy says.
    pub fn of(policy: &Policy) -> Self {
        Self {
            idle_days: policy.escrow.idle_days,
            reminder_days: policy.purchase.unclaimed_reminder_days,
            return_days: policy.purchase.unclaimed_return_days,
            scan_hours: policy.parcel.second_scan_hours,
            unmatched_days: policy.escrow.psp_unmatched_days,
        }
    }
}

const HOUR_MICROS: i64 = 3_600_000_000;

fn hours_before(at: Instant, hours: u32) -> Instant {
    Instant::from_micros(at.micros().saturating_sub(i64::from(hours).saturating_mul(HOUR_MICROS)))
}

fn days_before(at: Instant, days: u32) -> Instant {
    hours_before(at, days.saturating_mul(24))
}

fn days_after(at: Instant, days: u32) -> Instant {
    at.plus_seconds(days.saturating_mul(86_400))
}

/// The table of a report; nothing when the trip or pool it is about is not there.
///
/// # Errors
/// When the database fails.
pub fn table(
    reader: &mut Reader,
    place: Place,
    report: Report,
    ask: &Ask,
) -> Result<Option<Table>, StoreError> {
    let (window, late) = (ask.window, ask.patience);
    Ok(Some(match report {
        Report::PackingByBuyer => packing(reader, place, window)?,
        Report::PackingByMember => members(reader, place, window)?,
        Report::Pickup => pickup(&reader.pickup_list(place)?, ask),
        Report::OneSided => one_sided(reader, place, hours_before(ask.now, late.scan_hours))?,
        Report::Manifest => return manifest(reader, place, ask.trip),
        Report::SupplierTotals => supplier_totals(reader, place, ask)?,
        Report::SupplierSettlement => suppliers(&reader.supplier_settlement(place, window)?),
        Report::CarrierSettlement => carriers(&reader.carrier_settlement(place, window)?),
        Report::Till => till(&reader.till_sheets(place, window)?),
        Report::Agent => agent(&reader.agent_statement(place, window, ask.agent)?),
        Report::AgentLedger => ledger(&reader.agent_ledger(place, window)?),
        Report::Payments => {
            let old = days_before(ask.now, late.unmatched_days);
            let idle = days_before(ask.now, late.idle_days);
            payments(&reader.matching(place, old, idle)?)
        }
        Report::Season => season(&reader.season(place, &ask.edges)?, &ask.calendar),
        Report::Promises => cooperative::promises(reader, place)?,
        Report::Pools => cooperative::pools(reader, place)?,
        Report::PoolShares | Report::PoolLots | Report::PoolExport => {
            return of_pool(reader, place, report, ask);
        }
    }))
}

fn of_pool(
    reader: &mut Reader,
    place: Place,
    report: Report,
    ask: &Ask,
) -> Result<Option<Table>, StoreError> {
    let Some(pool) = ask.pool else { return Ok(None) };
    match report {
        Report::PoolShares => cooperative::shares(reader, place, (pool, ask.shared_bps)),
        Report::PoolLots => cooperative::lots(reader, place, pool),
        _ => cooperative::export(reader, place, (pool, ask.shared_bps)),
    }
}

fn plain(columns: &'static [&'static str], rows: Vec<Vec<Cell>>) -> Table {
    Table { columns, rows, totals: None }
}

fn text(text: &impl ToString) -> Cell {
    Cell::Text(text.to_string())
}

fn named(good: GoodName) -> [Cell; 3] {
    [Cell::Text(good.code), Cell::Text(good.name), Cell::Text(good.name_latin)]
}

fn packing(reader: &mut Reader, place: Place, window: Window) -> Result<Table, StoreError> {
    let lines = reader.packing_by_buyer(place, window)?.into_iter().map(|line| {
        let [good, name, name_latin] = named(line.good);
        vec![
            Cell::At(line.placed_at),
            Cell::Text(line.buyer),
            good,
            name,
            name_latin,
            Cell::Number(line.pieces.into()),
            Cell::Number(line.grams),
            Cell::Flag(line.is_packed),
            text(&line.order),
        ]
    });
    let columns = &[
        "placed_at",
        "buyer",
        "good",
        "name",
        "name_latin",
        "pieces",
        "grams",
        "is_packed",
        "order",
    ];
    Ok(plain(columns, lines.collect()))
}

fn members(reader: &mut Reader, place: Place, window: Window) -> Result<Table, StoreError> {
    let rows = reader.packing_by_member(place, window)?.into_iter().map(|line| {
        let (grams, boxes) = (Cell::Number(line.grams), Cell::Number(line.boxes.into()));
        vec![Cell::Text(line.member), text(&line.lot), boxes, grams]
    });
    Ok(plain(&["member", "lot", "boxes", "grams"], rows.collect()))
}

fn pickup(waiting: &[Waiting], ask: &Ask) -> Table {
    let rows = waiting.iter().map(|parcel| {
        let due = |days| parcel.since.map(|since| days_after(since, days));
        let remind_at = due(ask.patience.reminder_days);
        vec![
            text(&parcel.household),
            text(&parcel.label),
            Cell::Number(parcel.weight_g),
            Cell::at(parcel.since),
            Cell::at(remind_at),
            Cell::Flag(remind_at.is_some_and(|at| at <= ask.now)),
            Cell::at(due(ask.patience.return_days)),
            text(&parcel.order),
        ]
    });
    let columns = &[
        "household",
        "label",
        "grams",
        "since",
        "remind_at",
        "is_reminder_due",
        "return_at",
        "order",
    ];
    plain(columns, rows.collect())
}

fn one_sided(reader: &mut Reader, place: Place, before: Instant) -> Result<Table, StoreError> {
    let rows = reader.one_sided_hops(place, before)?.into_iter().map(|hop| {
        let missing = if hop.is_giver { "taker" } else { "giver" };
        vec![
            text(&hop.label),
            Cell::Word(hop.phase.name()),
            Cell::Text(hop.giver),
            Cell::Text(hop.taker),
            Cell::At(hop.scanned_at),
            Cell::Word(missing),
        ]
    });
    let columns = &["label", "phase", "giver", "taker", "scanned_at", "missing"];
    Ok(plain(columns, rows.collect()))
}

fn manifest(
    reader: &mut Reader,
    place: Place,
    trip: Option<TripId>,
) -> Result<Option<Table>, StoreError> {
    let Some(trip) = trip else { return Ok(None) };
    let Some(manifest) = reader.manifest(place, trip)? else { return Ok(None) };
    let sum = |part: fn(&verger_app::report::ManifestLine) -> i64| {
        manifest.lines.iter().map(part).fold(0, i64::saturating_add)
    };
    let totals = vec![
        Cell::Nothing,
        Cell::Nothing,
        Cell::Number(sum(|line| line.weight_g)),
        Cell::Minor(sum(|line| line.cost_minor)),
        Cell::Nothing,
        Cell::Nothing,
    ];
    let rows = manifest.lines.into_iter().map(|line| {
        vec![
            Cell::Text(line.label),
            Cell::Text(line.receiver),
            Cell::Number(line.weight_g),
            Cell::Minor(line.cost_minor),
            Cell::Flag(line.is_arrived),
            line.order.as_ref().map_or(Cell::Nothing, text),
        ]
    });
    let columns = &["label", "receiver", "grams", "cost_minor", "is_arrived", "order"];
    Ok(Some(Table { columns, rows: rows.collect(), totals: Some(totals) }))
}

fn supplier_totals(reader: &mut Reader, place: Place, ask: &Ask) -> Result<Table, StoreError> {
    let rows = reader.supplier_totals(place, ask.window, ask.trip)?.into_iter().map(|line| {
        let [good, name, name_latin] = named(line.good);
        vec![
            Cell::Text(line.supplier),
            good,
            name,
            name_latin,
            Cell::Number(line.orders.into()),
            Cell::Number(line.pieces),
            Cell::Number(line.grams),
            Cell::Minor(line.goods_minor),
            Cell::Minor(line.refunded_minor),
        ]
    });
    let columns = &[
        "supplier",
        "good",
        "name",
        "name_latin",
        "orders",
        "pieces",
        "grams",
        "goods_minor",
        "refunded_minor",
    ];
    Ok(plain(columns, rows.collect()))
}

/// Before, more, less, after.
fn side(side: Side) -> [Cell; 4] {
    [side.before_minor, side.more_minor, side.less_minor, side.after_minor()].map(Cell::Minor)
}

fn suppliers(settled: &[SupplierSettlement]) -> Table {
    let rows = settled.iter().map(|settled| {
        let mut row = vec![text(&settled.supplier)];
        row.extend(side(settled.payable));
        row.extend(side(settled.claims));
        row
    });
    let columns = &[
        "supplier",
        "owed_before_minor",
        "earned_minor",
        "paid_out_minor",
        "owed_after_minor",
        "claims_before_minor",
        "claims_minor",
        "claims_paid_minor",
        "claims_after_minor",
    ];
    plain(columns, rows.collect())
}

fn carriers(settled: &[CarrierSettlement]) -> Table {
    let rows = settled.iter().map(|settled| {
        let [before, _, paid_out, after] = side(settled.payable);
        let mut row = vec![
            text(&settled.carrier),
            before,
            Cell::Minor(settled.freight_minor()),
            Cell::Number(settled.trips.into()),
            Cell::Minor(settled.trips_minor),
            paid_out,
            after,
        ];
        row.extend(side(settled.claims));
        row
    });
    let columns = &[
        "carrier",
        "owed_before_minor",
        "freight_minor",
        "trips",
        "trips_minor",
        "paid_out_minor",
        "owed_after_minor",
        "claims_before_minor",
        "claims_minor",
        "claims_paid_minor",
        "claims_after_minor",
    ];
    plain(columns, rows.collect())
}

fn till(sheets: &[TillSheet]) -> Table {
    let rows = sheets.iter().map(|sheet| {
        let till = &sheet.till;
        vec![
            text(&sheet.shop),
            text(&sheet.agent),
            Cell::At(till.opened_at),
            Cell::Minor(till.opened_minor),
            Cell::Minor(sheet.in_minor),
            Cell::Minor(sheet.out_minor),
            Cell::Minor(sheet.banked_minor),
            Cell::Minor(sheet.expected_minor()),
            Cell::at(till.closed_at),
            Cell::minor(till.closed_minor),
            Cell::minor(till.closed_minor.map(|_| till.gap_minor)),
            Cell::Word(till.phase.name()),
        ]
    });
    let columns = &[
        "shop",
        "agent",
        "opened_at",
        "opened_minor",
        "in_minor",
        "out_minor",
        "banked_minor",
        "expected_minor",
        "closed_at",
        "closed_minor",
        "gap_minor",
        "phase",
    ];
    plain(columns, rows.collect())
}

fn agent(lines: &[AgentLine]) -> Table {
    let parts: [fn(&AgentLine) -> i64; 5] = [
        |line| line.goods_minor,
        |line| line.earned_minor,
        |line| line.reversed_minor,
        AgentLine::pending_minor,
        AgentLine::vested_minor,
    ];
    let rows = lines.iter().map(|line| {
        let mut row = vec![text(&line.agent), Cell::Word(line.source.name()), Cell::at(line.at)];
        row.extend(parts.iter().map(|part| Cell::Minor(part(line))));
        row.push(text(&line.subject));
        row
    });
    let sum = |part: &fn(&AgentLine) -> i64| lines.iter().map(part).fold(0, i64::saturating_add);
    let mut totals = vec![Cell::Nothing; 3];
    totals.extend(parts.iter().map(|part| Cell::Minor(sum(part))));
    totals.push(Cell::Nothing);
    let columns = &[
        "agent",
        "source",
        "placed_at",
        "goods_minor",
        "earned_minor",
        "reversed_minor",
        "pending_minor",
        "vested_minor",
        "subject",
    ];
    Table { columns, rows: rows.collect(), totals: Some(totals) }
}

fn ledger(ledgers: &[AgentLedger]) -> Table {
    let rows = ledgers.iter().map(|ledger| {
        let [before, earned, _, after] = side(ledger.pending);
        let reversed = ledger.pending.less_minor.saturating_sub(ledger.vested_minor);
        let (vested, reversed) = (Cell::Minor(ledger.vested_minor), Cell::Minor(reversed));
        vec![text(&ledger.agent), before, earned, vested, reversed, after]
    });
    let columns = &[
        "agent",
        "pending_before_minor",
        "earned_minor",
        "vested_minor",
        "reversed_minor",
        "pending_after_minor",
    ];
    plain(columns, rows.collect())
}

fn payments(found: &Matching) -> Table {
    let mut rows = Vec::new();
    for (kind, account) in [("psp_clearing", found.clearing), ("unapplied", found.unapplied)] {
        let (young, old) =
            (account.balance_minor.saturating_sub(account.old_minor), account.old_minor);
        for (minor, is_old) in [(old, true), (young, false)].into_iter().filter(|(m, _)| *m != 0) {
            let (amount, is_old) = (Cell::Minor(minor), Cell::Flag(is_old));
            rows.push(vec![Cell::Word(kind), Cell::Nothing, amount, is_old, Cell::Nothing]);
        }
    }
    rows.extend(found.receipts.iter().map(|waiting| {
        let receipt = waiting.receipt;
        let (since, amount) = (Cell::At(receipt.at), Cell::Minor(receipt.amount_minor));
        let kind = Cell::Word("waiting_receipt");
        vec![kind, since, amount, Cell::Flag(waiting.is_old), text(&receipt.order)]
    }));
    rows.extend(found.idle.iter().map(|idle| {
        let (since, amount) = (Cell::At(idle.moved_at), Cell::Minor(idle.in_escrow_minor));
        vec![Cell::Word("idle_escrow"), since, amount, Cell::Flag(true), text(&idle.order)]
    }));
    plain(&["kind", "since", "amount_minor", "is_old", "order"], rows)
}

fn season(rows: &[SeasonRow], calendar: &Calendar) -> Table {
    let all = rows.iter().fold(SeasonSums::default(), |sum, row| sum.and(row.sums));
    let rows = rows.iter().map(|row| {
        let flow = match row.flow {
            Flow::Sale => "sale",
            Flow::Purchase => "purchase",
        };
        let mut cells = vec![Cell::Day(calendar.at(row.from).today), Cell::Word(flow)];
        cells.extend(sums(row.sums));
        cells
    });
    let mut totals = vec![Cell::Nothing; 2];
    totals.extend(sums(all));
    let columns = &[
        "from",
        "flow",
        "placed",
        "completed",
        "refunded",
        "called_off",
        "goods_minor",
        "freight_minor",
        "refunded_minor",
        "platform_minor",
        "commission_minor",
        "cooperative_minor",
        "packaging_minor",
        "rest_minor",
        "saved_minor",
        "mean_goods_minor",
    ];
    Table { columns, rows: rows.collect(), totals: Some(totals) }
}

fn sums(sums: SeasonSums) -> Vec<Cell> {
    let counts = [sums.placed, sums.completed, sums.refunded, sums.called_off];
    let amounts = [
        sums.goods_minor,
        sums.freight_minor,
        sums.refunded_minor,
        sums.platform_minor,
        sums.commission_minor,
        sums.cooperative_minor,
        sums.packaging_minor,
        sums.rest_minor,
        sums.saved_minor,
    ];
    let mut cells: Vec<Cell> = counts.map(Cell::Number).into();
    cells.extend(amounts.map(Cell::Minor));
    cells.push(Cell::minor(sums.mean_goods_minor()));
    cells
}
