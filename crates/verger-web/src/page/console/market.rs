//! Orders, parcels, trips and pools as the people of the platform see them.

use std::collections::BTreeMap;

use axum::response::Html;
use verger_domain::id::{OrderId, PartyId, PoolId};
use verger_domain::market::{
    Dispute, Listing, Order, OrderPhase, Parcel, ParcelPhase, Pool, PoolPhase, Trip, TripPhase,
};

use super::grid::{Grid, ListQuery, Page, Td, older};
use super::{ROWS_MAX, counter};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::store::{good_name, weight};
use crate::session::Seat;

/// The number of an order as people say it.
pub(super) fn number(id: OrderId) -> String {
    format!("O-{:08X}", id.bits() & 0xffff_ffff)
}

/// `GET /{lang}/console/orders`: what is open, or one phase, the newest first.
pub(super) async fn orders(
    seat: Seat,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, Fault> {
    let lang = seat.lang;
    let wanted = query.phase.as_deref().and_then(OrderPhase::by_name);
    let phases: Vec<&'static str> = match wanted {
        Some(phase) => vec![phase.name()],
        None => OrderPhase::ALL.iter().filter(|p| !p.is_end()).map(|p| p.name()).collect(),
    };
    let (village, before) = (seat.village, query.before()?);
    let found = seat.app().ask(village, move |reader, cell| {
        reader.latest::<Order>((cell, village), &phases, before, ROWS_MAX)
    });
    let orders = found.await?;
    let known = counter::names(&seat, orders.iter().map(|order| order.buyer).collect()).await?;
    let row = |order: &Order| {
        vec![
            Td::text(number(order.id)).to(seat.to(&format!("console/orders/{}", order.id))),
            known.get(&order.buyer).map(|who| who.cell(&seat)).unwrap_or_default(),
            Td::number(seat.money(order.total_minor())),
            Td::text(lang.phase(order.phase.name())),
        ]
    };
    let tail = wanted.map_or_else(|| "orders".to_owned(), |p| format!("orders?phase={}", p.name()));
    let mut page = Page::new(&seat, "orders", &tail);
    page.lead = lang.t(if wanted.is_some() { "orders-phase" } else { "orders-open" });
    let all = (lang.t("orders-all-open"), seat.to("console/orders"));
    page.tools.extend(wanted.map(|_| all));
    let counts = seat.app().orders_by_phase(village).await?;
    let others = counts.iter().filter(|(phase, _)| Some(**phase) != wanted);
    page.tools.extend(others.map(|(phase, count)| {
        let link = seat.to(&format!("console/orders?phase={}", phase.name()));
        (format!("{} {}", lang.phase(phase.name()), lang.number(*count)), link)
    }));
    let heads = ["order-number", "order-buyer", "order-total", "needs-state"];
    let sign = if wanted.is_some() { '&' } else { '?' };
    let more = older(&orders, &format!("{tail}{sign}"));
    let grid = Grid::new(&seat, "", &heads, orders.iter().map(row).collect());
    page.grids.push(grid.more(&seat, more));
    page.show()
}

/// `GET /{lang}/console/orders/{order}`: one order, its way and its money.
pub(super) async fn order(seat: Seat) -> Result<Html<String>, Fault> {
    let id: OrderId = seat.param("order").parse().map_err(|_| Fault::not_found("order"))?;
    let (lang, village) = (seat.lang, seat.village);
    let found = seat.app().ask(village, move |reader, cell| {
        let Some(order) = reader.document::<Order>(cell, village, id.bits())? else {
            return Ok(None);
        };
        let mut goods = BTreeMap::new();
        for line in &order.lines {
            let bits = line.listing.bits();
            goods.insert(bits, reader.document::<Listing>(cell, village, bits)?);
        }
        let mut parcels = Vec::new();
        for parcel in order.parcels.keys() {
            parcels.extend(reader.document::<Parcel>(cell, village, parcel.bits())?);
        }
        let disputes = reader.of_order::<Dispute>((cell, village), order.id)?;
        Ok(Some((order, goods, parcels, disputes)))
    });
    let (order, goods, parcels, disputes) =
        found.await?.ok_or_else(|| Fault::not_found("order"))?;
    let mut people: Vec<PartyId> = vec![order.buyer];
    people.extend(order.agent);
    people.extend(order.lines.iter().map(|line| line.seller));
    people.extend(parcels.iter().map(|parcel| parcel.holder));
    let known = counter::names(&seat, people).await?;
    let who = |id: PartyId| known.get(&id).map(|who| who.cell(&seat)).unwrap_or_default();
    let mut page = Page::new(&seat, "orders", &format!("orders/{id}"));
    page.title(number(id));
    let fact = |key: &str, value: String| vec![Td::text(lang.t(key)), Td::text(value)];
    let mut facts = vec![
        fact("needs-state", lang.phase(order.phase.name())),
        vec![Td::text(lang.t("order-buyer")), who(order.buyer)],
        fact("order-total", seat.money(order.total_minor())),
    ];
    facts.extend(order.agent.map(|agent| vec![Td::text(lang.t("shop-agent")), who(agent)]));
    facts.extend(order.due_at.map(|at| fact("fact-due", seat.moment(at))));
    let in_escrow = seat.money(order.in_escrow_minor());
    let account = seat.to(&format!("console/accounts/{}", order.escrow()));
    let mut escrow = Td::text(in_escrow);
    if order.paid_minor > 0 && super::BOOKS.contains(&seat.role) {
        escrow = escrow.to(account);
    }
    facts.push(vec![Td::text(lang.t("figure-escrow")), escrow]);
    page.grids.push(Grid::new(&seat, "", &["fact-name", "fact-value"], facts));
    let lines = order.lines.iter().map(|line| {
        let good = goods.get(&line.listing.bits()).and_then(Option::as_ref);
        vec![
            Td::text(good.map(|good| good_name(lang, &good.text)).unwrap_or_default()),
            Td::number(line.quantity.to_string()),
            Td::number(seat.money(line.goods_minor())),
            who(line.seller),
        ]
    });
    let heads = ["goods-name", "fact-pieces", "field-amount", "fact-seller"];
    page.grids.push(Grid::new(&seat, "order-lines", &heads, lines.collect()));
    page.grids.push(way(&seat, &order));
    page.grids.extend(complaints(&seat, &disputes));
    if !parcels.is_empty() {
        let row = |parcel: &Parcel| parcel_row(&seat, parcel, who(parcel.holder));
        let rows = parcels.iter().map(row).collect();
        page.grids.push(Grid::new(&seat, "console-parcels", &PARCEL_HEADS, rows));
    }
    page.show()
}

/// What was complained of, if anything was.
fn complaints(seat: &Seat, disputes: &[Dispute]) -> Option<Grid> {
    let row = |row: &Dispute| {
        let link = seat.to(&format!("console/disputes/{}", row.id));
        vec![
            Td::text(seat.lang.phase(row.phase.name())).to(link),
            Td::number(seat.money(row.claim.total_minor())),
        ]
    };
    let heads = ["needs-state", "dispute-asked"];
    let rows: Vec<_> = disputes.iter().map(row).collect();
    (!rows.is_empty()).then(|| Grid::new(seat, "dispute-all", &heads, rows))
}

/// Which states an order went through, and when.
fn way(seat: &Seat, order: &Order) -> Grid {
    let lang = seat.lang;
    let mut way: Vec<_> = OrderPhase::ALL
        .iter()
        .filter_map(|phase| order.at(*phase).map(|at| (at, *phase)))
        .collect();
    way.sort();
    let rows = way
        .into_iter()
        .map(|(at, phase)| vec![Td::text(lang.phase(phase.name())), Td::text(seat.moment(at))]);
    Grid::new(seat, "order-way", &["needs-state", "journal-when"], rows.collect())
}

const PARCEL_HEADS: [&str; 4] = ["parcel-label", "needs-state", "parcel-holder", "fact-weight"];

/// A parcel, with the way to its order.
fn parcel_row(seat: &Seat, parcel: &Parcel, holder: Td) -> Vec<Td> {
    let order = seat.to(&format!("console/orders/{}", parcel.order));
    vec![
        Td::text(parcel.label.to_string()).to(order),
        Td::text(seat.lang.phase(parcel.phase.name())),
        holder,
        Td::number(weight(seat.lang, parcel.weight_g)),
    ]
}

/// `GET /{lang}/console/parcels`: parcels that are on their way, and the latest trips.
pub(super) async fn parcels(
    seat: Seat,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, Fault> {
    const TRIPS: [TripPhase; 5] = [
        TripPhase::Planned,
        TripPhase::Loading,
        TripPhase::Departed,
        TripPhase::Arrived,
        TripPhase::Closed,
    ];
    let (lang, village, before) = (seat.lang, seat.village, query.before()?);
    let open = ParcelPhase::ALL.iter().filter(|phase| !phase.is_end()).map(|phase| phase.name());
    let open: Vec<&str> = open.collect();
    let found = seat.app().ask(village, move |reader, cell| {
        let trips = TRIPS.map(TripPhase::name);
        Ok((
            reader.latest::<Parcel>((cell, village), &open, before, ROWS_MAX)?,
            reader.latest::<Trip>((cell, village), &trips, None, ROWS_MAX)?,
        ))
    });
    let (parcels, trips) = found.await?;
    let mut people: Vec<PartyId> = parcels.iter().map(|parcel| parcel.holder).collect();
    people.extend(trips.iter().map(|trip| trip.carrier));
    let known = counter::names(&seat, people).await?;
    let who = |id: PartyId| known.get(&id).map(|who| who.cell(&seat)).unwrap_or_default();
    let row = |parcel: &Parcel| parcel_row(&seat, parcel, who(parcel.holder));
    let mut page = Page::new(&seat, "parcels", "parcels");
    let rows = parcels.iter().map(row).collect();
    let grid = Grid::new(&seat, "parcels-open", &PARCEL_HEADS, rows);
    page.grids.push(grid.more(&seat, older(&parcels, "parcels?")));
    let trip = |trip: &Trip| {
        let report = seat.to(&format!("console/reports/manifest?trip={}", trip.id));
        vec![
            Td::text(who(trip.carrier).text).to(report),
            Td::text(lang.phase(trip.phase.name())),
            Td::number(trip.manifest.len().to_string()),
            Td::number(seat.money(trip.cost_minor)),
        ]
    };
    let heads = ["trip-carrier", "needs-state", "trip-parcels", "trip-cost"];
    let rows = trips.iter().map(trip).collect();
    page.grids.push(Grid::new(&seat, "trips-title", &heads, rows));
    page.show()
}

/// `GET /{lang}/console/pools`: the latest pools.
pub(super) async fn pools(
    seat: Seat,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, Fault> {
    let (lang, village) = (seat.lang, seat.village);
    let phases = PoolPhase::ALL.map(PoolPhase::name);
    let before = query.before()?;
    let found = seat.app().ask(village, move |reader, cell| {
        reader.latest::<Pool>((cell, village), &phases, before, ROWS_MAX)
    });
    let mut pools = found.await?;
    let row = |pool: &Pool| {
        let name = format!("{} {}", pool.variety, pool.grade.name());
        let grams = pool.shares.values().fold(0_i64, |sum, share| sum.saturating_add(share.grams));
        vec![
            Td::text(name).to(seat.to(&format!("console/pools/{}", pool.id))),
            Td::text(format!("{} – {}", lang.date(pool.from), lang.date(pool.to))),
            Td::text(lang.phase(pool.phase.name())),
            Td::number(weight(lang, grams)),
            Td::number(seat.money(pool.net_minor)),
        ]
    };
    let mut page = Page::new(&seat, "pools", "pools");
    let heads = ["pool-name", "pool-window", "needs-state", "fact-weight", "pool-net"];
    let more = older(&pools, "pools?");
    // An id of a pool says nothing of its days.
    pools.sort_by_key(|pool| std::cmp::Reverse(pool.from));
    let grid = Grid::new(&seat, "", &heads, pools.iter().map(row).collect());
    page.grids.push(grid.more(&seat, more));
    page.show()
}

/// `GET /{lang}/console/pools/{pool}`: who gets what of a pool, and why.
pub(super) async fn pool(seat: Seat) -> Result<Html<String>, Fault> {
    let id: PoolId = seat.param("pool").parse().map_err(|_| Fault::not_found("pool"))?;
    let (lang, village) = (seat.lang, seat.village);
    let found = seat
        .app()
        .ask(village, move |reader, cell| reader.document::<Pool>(cell, village, id.bits()));
    let pool = found.await?.ok_or_else(|| Fault::not_found("pool"))?;
    let known = counter::names(&seat, pool.shares.keys().copied().collect()).await?;
    let mut page = Page::new(&seat, "pools", &format!("pools/{id}"));
    page.title(format!("{} {}", pool.variety, pool.grade.name()));
    page.lead = format!(
        "{} – {} · {} · {}: {}",
        lang.date(pool.from),
        lang.date(pool.to),
        lang.phase(pool.phase.name()),
        lang.t("pool-floor"),
        seat.money(pool.floor_minor_per_kg)
    );
    let account = verger_domain::ledger::AccountKey {
        code: verger_domain::ledger::Code::POOL,
        owner: id.bits(),
    };
    if super::BOOKS.contains(&seat.role) {
        page.tools.push((lang.t("pool-entries"), seat.to(&format!("console/accounts/{account}"))));
    }
    for report in ["pool-shares", "pool-lots", "pool-export"] {
        let address = format!("console/reports/{report}?pool={id}");
        page.tools.push((lang.t(&format!("report-{report}")), seat.to(&address)));
    }
    let rows = pool.shares.iter().map(|(party, share)| {
        vec![
            known.get(party).map(|who| who.cell(&seat)).unwrap_or_default(),
            Td::number(weight(lang, share.grams)),
            Td::number(seat.money(share.advance_minor)),
            Td::number(seat.money(share.paid_minor)),
        ]
    });
    let heads = ["pool-family", "fact-weight", "pool-advance", "pool-paid"];
    page.grids.push(Grid::new(&seat, "pool-shares", &heads, rows.collect()));
    page.show()
}
