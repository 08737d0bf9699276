//! The console: what needs a person first, then everything else of a village, from any figure to the
//! record behind it. Owns which page shows what; each table is made where its subject is.

mod borrower;
mod dispute;
mod grid;
mod ledger;
mod loans;
mod market;
mod people;
mod person;
mod policy;
mod reports;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use verger_app::Role;
use verger_domain::Body;
use verger_domain::ledger::Code;
use verger_domain::ledger::period::off_by_minor;
use verger_domain::market::command::{ListingCommand, TillCommand};
use verger_domain::market::{
    Dispute, DisputePhase, Listing, ListingPhase, Order, Parcel, ParcelPhase, Till, TillPhase,
};

use super::store::good_name;
use super::{Alert, counter, html};
use crate::Web;
use crate::chart::{Chart, Form, Point};
use crate::fault::Fault;
use crate::form::Fields;
use crate::session::{Seat, see};
use grid::{Act, Figure, Grid, Page, Td};

/// Who looks at the console at all.
pub(crate) const LOOKS: &[Role] =
    &[Role::Operator, Role::Auditor, Role::Programme, Role::Cooperative];
/// Who reads reports: an agent needs his lists, too.
pub(crate) const REPORTS: &[Role] =
    &[Role::Operator, Role::Auditor, Role::Programme, Role::Cooperative, Role::Agent];
/// Who looks at trade.
pub(crate) const TRADE: &[Role] = &[Role::Operator, Role::Auditor, Role::Cooperative];
/// Who looks at the books and at people.
pub(crate) const BOOKS: &[Role] = &[Role::Operator, Role::Auditor];
/// Who answers for the village's goods: what goes on sale, and what buyers complain of.
pub(crate) const ANSWERS: &[Role] = &[Role::Operator, Role::Cooperative];
/// Who decides.
pub(crate) const DECIDES: &[Role] = &[Role::Operator];

/// The days of its charts.
const DAYS_BACK: i32 = 29;
/// Rows of one table on one page, so that a page stays small.
const ROWS_MAX: u32 = 40;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/{lang}/console", get(show))
        .route("/{lang}/console/orders", get(market::orders))
        .route("/{lang}/console/orders/{order}", get(market::order))
        .route("/{lang}/console/parcels", get(market::parcels))
        .route("/{lang}/console/pools", get(market::pools))
        .route("/{lang}/console/pools/{pool}", get(market::pool))
        .route("/{lang}/console/counters", get(people::counters))
        .route("/{lang}/console/loans", get(loans::list))
        .route("/{lang}/console/loans/{household}", get(borrower::show))
        .route("/{lang}/console/trust", get(trust::list))
        .route("/{lang}/console/trust/{household}", get(trust::one))
        .route("/{lang}/console/ledger", get(ledger::balance))
        .route("/{lang}/console/ledger/{code}", get(ledger::accounts))
        .route("/{lang}/console/accounts/{account}", get(ledger::statement))
        .route("/{lang}/console/reports", get(reports::list))
        .route("/{lang}/console/reports/{name}", get(reports::one))
        .route("/{lang}/console/users", get(people::users).post(people::add))
        .route("/{lang}/console/users/{party}", get(person::show).post(person::decide))
        .route("/{lang}/console/policy", get(policy::show).post(policy::change))
        .route("/{lang}/console/listings/{listing}", get(listing).post(judge))
        .route("/{lang}/console/disputes/{dispute}", get(dispute::show).post(dispute::decide))
        .route("/{lang}/console/tills/{till}", get(till).post(reconcile))
}

/// What waits for a person.
struct Waiting {
    listings: Vec<Listing>,
    disputes: Vec<Dispute>,
    tills: Vec<Till>,
    overdue: Vec<Order>,
    missing: Vec<Parcel>,
    balance: Arc<BTreeMap<Code, i64>>,
}

async fn waiting(seat: &Seat) -> Result<Waiting, Fault> {
    let (village, now) = (seat.village, seat.app().now().at);
    let disputes = DisputePhase::ALL.iter().filter(|phase| !phase.is_end());
    let disputes: Vec<&str> = disputes.map(|phase| phase.name()).collect();
    let balance = seat.app().trial_balance(village).await?;
    let found = seat.app().ask(village, move |reader, cell| {
        let review = [ListingPhase::Review.name()];
        let mut overdue = reader.overdue((cell, village), now, ROWS_MAX)?;
        overdue.retain(|order| !order.phase.is_end());
        let missing = [ParcelPhase::Missing.name()];
        Ok(Waiting {
            listings: reader.documents(cell, village, &review, ROWS_MAX)?,
            disputes: reader.documents(cell, village, &disputes, ROWS_MAX)?,
            tills: reader.documents(cell, village, &[TillPhase::Closed.name()], ROWS_MAX)?,
            overdue,
            missing: reader.documents(cell, village, &missing, ROWS_MAX)?,
            balance,
        })
    });
    Ok(found.await?)
}

/// `GET /{lang}/console`
async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    let mut page = Page::new(&seat, "", "");
    if seat.role != Role::Programme {
        let mut waiting = waiting(&seat).await?;
        if BOOKS.contains(&seat.role) {
            page.figures = figures(&seat, &waiting);
        } else {
            // Tills wait for people of the books.
            waiting.tills = Vec::new();
        }
        let rows = needs(&seat, &waiting);
        let heads = ["needs-what", "needs-since", "needs-amount", "needs-state"];
        page.grids.push(Grid::new(&seat, "needs-title", &heads, rows));
    }
    page.charts = charts(&seat).await?;
    page.are_charts_first = false;
    page.show()
}

fn figures(seat: &Seat, waiting: &Waiting) -> Vec<Figure> {
    let of = |code: Code, key: &str| {
        let minor = waiting.balance.get(&code).copied().unwrap_or(0);
        let shown =
            if code.row().class.is_credit_normal() { minor.saturating_neg() } else { minor };
        Figure {
            name: seat.lang.t(key),
            value: seat.money(shown),
            link: seat.to(&format!("console/ledger/{}", code.number())),
        }
    };
    let off = i64::try_from(off_by_minor(waiting.balance.values().copied())).unwrap_or(i64::MAX);
    vec![
        Figure {
            name: seat.lang.t("state-off-by"),
            value: seat.money(off),
            link: seat.to("console/ledger"),
        },
        of(Code::WALLET, "figure-wallets"),
        of(Code::ESCROW, "figure-escrow"),
        of(Code::DRAWER, "figure-drawers"),
        Figure { link: seat.to("console/loans"), ..of(Code::LOAN_PRINCIPAL, "figure-loans") },
        of(Code::COMMISSION_PENDING, "figure-commission"),
    ]
}

fn needs(seat: &Seat, waiting: &Waiting) -> Vec<Vec<Td>> {
    let lang = seat.lang;
    let row = |what: String, link: String, since: String, minor: Option<i64>, state: &str, mark| {
        vec![
            Td::text(what).to(link),
            Td::text(since),
            Td::number(minor.map(|minor| seat.money(minor)).unwrap_or_default()),
            Td::mark(lang.t(state), mark),
        ]
    };
    let order = |id: verger_domain::id::OrderId| seat.to(&format!("console/orders/{id}"));
    let mut rows = Vec::new();
    for till in &waiting.tills {
        let what = lang.t(if till.gap_minor == 0 { "needs-till" } else { "needs-gap" });
        let since = till.closed_at.map(|at| seat.moment(at)).unwrap_or_default();
        let link = seat.to(&format!("console/tills/{}", till.id));
        let mark = if till.gap_minor == 0 { "wait" } else { "no" };
        rows.push(row(what, link, since, Some(till.gap_minor), "needs-look", mark));
    }
    for dispute in &waiting.disputes {
        let is_panel = dispute.phase == DisputePhase::Escalated;
        let what = format!("{} · {}", lang.t("needs-dispute"), lang.phase(dispute.phase.name()));
        let since = dispute.due_at.map(|at| seat.moment(at)).unwrap_or_default();
        let minor = Some(dispute.claim.total_minor());
        let (state, mark) = if is_panel { ("needs-panel", "no") } else { ("needs-answer", "wait") };
        let link = seat.to(&format!("console/disputes/{}", dispute.id));
        rows.push(row(what, link, since, minor, state, mark));
    }
    for parcel in &waiting.missing {
        let what = format!("{} {}", lang.t("needs-missing"), parcel.label);
        let since = parcel.due_at.map(|at| seat.moment(at)).unwrap_or_default();
        rows.push(row(what, order(parcel.order), since, None, "needs-search", "no"));
    }
    for listing in &waiting.listings {
        let what = format!("{} {}", lang.t("needs-listing"), good_name(lang, &listing.text));
        let link = seat.to(&format!("console/listings/{}", listing.id));
        let minor = Some(listing.price_minor);
        rows.push(row(what, link, String::new(), minor, "needs-approval", "wait"));
    }
    for late in &waiting.overdue {
        let what = format!("{} · {}", lang.t("needs-overdue"), lang.phase(late.phase.name()));
        let since = late.due_at.map(|at| seat.moment(at)).unwrap_or_default();
        rows.push(row(what, order(late.id), since, Some(late.total_minor()), "needs-look", "wait"));
    }
    rows
}

/// Orders placed and money to the sellers, day by day.
async fn charts(seat: &Seat) -> Result<Vec<Chart>, Fault> {
    let season = crate::api::reports::season(&seat.web, seat.village, ("day", DAYS_BACK)).await?;
    let calendar = seat.app().calendar();
    // The season has a row for each flow; a day here is both.
    let mut days: Vec<(verger_domain::time::Date, i64, i64)> = Vec::new();
    for row in season.rows.iter() {
        let (day, sums) = (calendar.at(row.from).today, row.sums);
        match days.last_mut().filter(|(last, _, _)| *last == day) {
            Some((_, orders, minor)) => {
                *orders = orders.saturating_add(sums.placed);
                *minor = minor.saturating_add(sums.rest_minor);
            }
            None => days.push((day, sums.placed, sums.rest_minor)),
        }
    }
    let lang = seat.lang;
    let label = |day: &verger_domain::time::Date| {
        let civil = day.civil();
        format!("{}-{:02}", civil.month(), civil.day())
    };
    let orders = days.iter().map(|(day, orders, _)| Point {
        label: label(day),
        value: *orders,
        text: lang.number(*orders),
    });
    let money = days.iter().map(|(day, _, minor)| Point {
        label: label(day),
        value: *minor,
        text: seat.money(*minor),
    });
    let heads = |key: &str| (lang.t("chart-day"), lang.t(key));
    let whole = |minor: i64| lang.number(minor / 100);
    Ok(vec![
        Chart::new(
            Form::Line,
            lang.t("chart-orders"),
            heads("chart-orders-head"),
            orders.collect(),
            |value| lang.number(value),
        ),
        Chart::new(
            Form::Bars,
            lang.t("chart-money"),
            heads("chart-money-head"),
            money.collect(),
            whole,
        ),
    ])
}

async fn listing_of(seat: &Seat) -> Result<Listing, Fault> {
    let id: verger_domain::id::ListingId =
        seat.param("listing").parse().map_err(|_| Fault::not_found("listing"))?;
    let found = seat.app().subject::<Listing>(seat.village, seat.viewer(), id.bits()).await?;
    Ok(found.ok_or_else(|| Fault::not_found("listing"))?.0)
}

async fn listing_page(seat: &Seat) -> Result<Page, Fault> {
    let (row, lang) = (listing_of(seat).await?, seat.lang);
    let mut page = Page::new(seat, "", &format!("listings/{}", row.id));
    page.title(good_name(lang, &row.text));
    let known = counter::names(seat, vec![row.text.seller, row.author]).await?;
    let who = |id| known.get(&id).map(|who| who.cell(seat)).unwrap_or_default();
    let fact = |key: &str, value: String| vec![Td::text(lang.t(key)), Td::text(value)];
    let rows = vec![
        fact("needs-state", lang.phase(row.phase.name())),
        fact("goods-price", seat.money(row.price_minor)),
        vec![Td::text(lang.t("fact-seller")), who(row.text.seller)],
        vec![Td::text(lang.t("fact-author")), who(row.author)],
        fact("fact-unit", row.text.unit.clone()),
        fact("fact-photos", lang.number(i64::try_from(row.text.photos.len()).unwrap_or(0))),
    ];
    page.grids.push(Grid::new(seat, "", &["fact-name", "fact-value"], rows));
    if row.phase == ListingPhase::Review && ANSWERS.contains(&seat.role) {
        let act = |what, button: &str, reason: Option<&str>| Act {
            title: lang.t(button),
            what,
            subject: row.id.to_string(),
            button: lang.t(button),
            reason: reason.map(|key| lang.t(key)),
            key: seat.new_key(),
            is_quiet: reason.is_some(),
        };
        page.acts = vec![
            act("approve", "act-approve", None),
            act("reject", "act-reject", Some("act-reason")),
        ];
    }
    Ok(page)
}

/// `GET /{lang}/console/listings/{listing}`: something that wants to go on sale.
async fn listing(seat: Seat) -> Result<Html<String>, Fault> {
    listing_page(&seat).await?.show()
}

/// `POST /{lang}/console/listings/{listing}`: a second person approves it or sends it back.
async fn judge(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let done = async {
        let listing = listing_of(&seat).await?.id;
        let command = match fields.text("do") {
            "approve" => ListingCommand::Approve,
            _ => ListingCommand::Reject { reason: fields.needed("reason")?.to_owned() },
        };
        let body = Body::Listing { command, listing, version: None };
        seat.submit(fields.key()?, body).await
    };
    match done.await {
        Ok(_) => Ok(see(&seat.to("console"))),
        Err(fault) => wrong(&seat, fault, listing_page(&seat).await?),
    }
}

fn wrong(seat: &Seat, fault: Fault, mut page: Page) -> Result<Response, Fault> {
    if !fault.status.is_client_error() {
        return Err(fault);
    }
    page.alert = Some(Alert::new(&seat.web, seat.lang, &fault));
    Ok((fault.status, html(&page)?).into_response())
}

async fn till_of(seat: &Seat) -> Result<Till, Fault> {
    let id: verger_domain::id::TillId =
        seat.param("till").parse().map_err(|_| Fault::not_found("till"))?;
    let found = seat.app().subject::<Till>(seat.village, seat.viewer(), id.bits()).await?;
    Ok(found.ok_or_else(|| Fault::not_found("till"))?.0)
}

async fn till_page(seat: &Seat) -> Result<Page, Fault> {
    let (row, lang) = (till_of(seat).await?, seat.lang);
    let mut page = Page::new(seat, "counters", &format!("tills/{}", row.id));
    page.f_back("counters");
    let known = counter::names(seat, vec![row.agent, row.shop]).await?;
    let who = |id| known.get(&id).map(|who| who.cell(seat)).unwrap_or_default();
    let fact = |key: &str, value: String| vec![Td::text(lang.t(key)), Td::text(value)];
    let at = |at: Option<verger_domain::time::Instant>| at.map(|at| seat.moment(at));
    let rows = vec![
        fact("needs-state", lang.phase(row.phase.name())),
        vec![Td::text(lang.t("shop-agent")), who(row.agent)],
        fact("day-opened-at", seat.moment(row.opened_at)),
        fact("day-opened", seat.money(row.opened_minor)),
        fact("day-banked", seat.money(row.banked_minor)),
        fact("till-closed-at", at(row.closed_at).unwrap_or_default()),
        fact("till-counted", row.closed_minor.map(|m| seat.money(m)).unwrap_or_default()),
        fact("till-gap", seat.money(row.gap_minor)),
    ];
    page.grids.push(Grid::new(seat, "", &["fact-name", "fact-value"], rows));
    let drawer = verger_domain::ledger::AccountKey::party(Code::DRAWER, row.shop);
    page.tools.push((lang.t("till-moves"), seat.to(&format!("console/accounts/{drawer}"))));
    if row.phase == TillPhase::Closed && DECIDES.contains(&seat.role) {
        page.acts.push(Act {
            title: lang.t("act-reconcile"),
            what: "reconcile",
            subject: row.id.to_string(),
            button: lang.t("act-reconcile"),
            reason: None,
            key: seat.new_key(),
            is_quiet: false,
        });
    }
    Ok(page)
}

/// `GET /{lang}/console/tills/{till}`: one session of a drawer.
async fn till(seat: Seat) -> Result<Html<String>, Fault> {
    till_page(&seat).await?.show()
}

/// `POST /{lang}/console/tills/{till}`: the staff has looked at it.
async fn reconcile(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let done = async {
        let till = till_of(&seat).await?.id;
        let body = Body::Till { command: TillCommand::Reconcile, till, version: None };
        seat.submit(fields.key()?, body).await
    };
    match done.await {
        Ok(_) => Ok(see(&seat.to("console"))),
        Err(fault) => wrong(&seat, fault, till_page(&seat).await?),
    }
}
