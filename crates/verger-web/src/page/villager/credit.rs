//! My credit: what I may borrow and what a day costs, what I owe, borrowing with my own PIN, paying
//! back now. Owns the page and its steps; what they have in common with the counter is `page::credit`.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use verger_domain::Body;
use verger_domain::credit::CreditCommand;
use verger_domain::credit::command::RepayFrom;

use super::Home;
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Asked;
use crate::page::credit::{
    Card, Choice, Drawn, LoanRow, Offer, Pick, Repay, Standing, Venture, ask, check_sum,
};
use crate::page::{Alert, Frame, html};
use crate::session::{Seat, see};

/// What stands behind the question mark: how far borrowing has come, or what was done.
#[derive(Default, Deserialize)]
pub(super) struct CreditQuery {
    /// The sum that was touched or typed.
    sum: Option<String>,
    /// The small enterprise that it is for.
    venture: Option<String>,
    /// The record of a question and its answer.
    asked: Option<u64>,
    /// The share of sales that was chosen beside it.
    share: Option<u32>,
    /// The record of what was done.
    done: Option<u64>,
}

#[derive(Template)]
#[template(path = "villager/credit.html")]
struct CreditPage {
    f: Frame,
    css: &'static str,
    village: u32,
    /// One key for each form: each is a wish of its own.
    keys: [String; 2],
    alert: Option<Alert>,
    /// What was just done, with its record.
    done: Option<(String, u64)>,
    c: Card,
    notices: Vec<String>,
    chips: Vec<(String, String)>,
    ventures: Vec<Venture>,
    loans: Vec<LoanRow>,
    repay: Option<Repay>,
    shares: Vec<Pick>,
    choice: Option<Choice>,
    offer: Option<Offer>,
}

/// `GET /{lang}/me/credit`
pub(super) async fn show(seat: Seat, Asked(query): Asked<CreditQuery>) -> Result<Response, Fault> {
    let home = Home::of(&seat).await?;
    let standing = Standing::of(&seat, home.household).await?;
    let mut page = page(&seat, &standing);
    if let Some(seq) = query.done {
        page.done = done(&seat, seq).await?;
    }
    if let Some(asked) = query.asked {
        page.offer = standing.offer(&seat, asked, query.share).await?;
    } else if let Some(sum) = query.sum {
        let venture = query.venture.unwrap_or_default();
        return chosen(&seat, &standing, page, (&sum, &venture));
    }
    answer(axum::http::StatusCode::OK, &page)
}

/// The second step: what for, how long, and which share of the sales.
fn chosen(
    seat: &Seat,
    standing: &Standing,
    mut page: CreditPage,
    (sum, venture): (&str, &str),
) -> Result<Response, Fault> {
    page.choice = Some(standing.choice(seat, &Fields::of("enterprise", venture), sum));
    let checked = check_sum(seat, sum);
    let status =
        checked.as_ref().map_or_else(|fault| fault.status, |()| axum::http::StatusCode::OK);
    page.alert = checked.err().map(|fault| Alert::new(&seat.web, seat.lang, &fault));
    answer(status, &page)
}

fn answer(status: axum::http::StatusCode, page: &CreditPage) -> Result<Response, Fault> {
    let page: Html<String> = html(page)?;
    Ok((status, [(header::CACHE_CONTROL, "private, no-store")], page).into_response())
}

fn page(seat: &Seat, standing: &Standing) -> CreditPage {
    CreditPage {
        f: Frame::seated(seat, "me-credit", "me/credit"),
        css: super::super::store::STYLE,
        village: seat.village.number(),
        keys: [seat.new_key(), seat.new_key()],
        alert: None,
        done: None,
        c: standing.card(seat),
        notices: standing.notices(seat),
        chips: standing.chips(seat),
        ventures: standing.ventures(seat, "me/credit?"),
        loans: standing.loans(seat),
        repay: standing.repay(seat, standing.wallet_minor),
        shares: standing.shares(seat, None),
        choice: None,
        offer: None,
    }
}

/// What a record of this village did, in words.
async fn done(seat: &Seat, seq: u64) -> Result<Option<(String, u64)>, Fault> {
    let village = seat.village;
    let row = seat.app().ask(village, move |reader, cell| reader.record(cell, seq)).await?;
    let row = row.filter(|row| row.village == village && row.kind.starts_with("credit."));
    Ok(row.map(|row| (seat.lang.t(&format!("kind-{}", row.kind.replace(['.', '_'], "-"))), seq)))
}

/// `POST /{lang}/me/credit`: by the button `do`.
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let home = Home::of(&seat).await?;
    let standing = Standing::of(&seat, home.household).await?;
    match acted(&seat, &standing, &fields).await {
        Ok(tail) => Ok(see(&seat.to(&format!("me/credit?{tail}")))),
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &standing);
            match fields.text("do") {
                "ask" => page.choice = Some(standing.choice(&seat, &fields, fields.text("sum"))),
                "draw" => {
                    let (asked, share) = (fields.text("asked"), fields.text("share").parse().ok());
                    let asked = asked.parse().unwrap_or(0);
                    page.offer = standing.offer(&seat, asked, share).await?;
                }
                "repay" => {
                    let typed = fields.text("amount").to_owned();
                    page.repay = page.repay.map(|repay| Repay { amount: typed, ..repay });
                }
                _ => {}
            }
            page.alert = Some(Alert::new(&seat.web, seat.lang, &fault));
            answer(fault.status, &page)
        }
        Err(fault) => Err(fault),
    }
}

/// Does what the button says, and gives the part of the address that shows what came of it.
async fn acted(seat: &Seat, standing: &Standing, fields: &Fields) -> Result<String, Fault> {
    let receipt = match fields.text("do") {
        "ask" => return ask(seat, standing.household, fields).await,
        "draw" => match standing.draw(seat, fields, seat.party).await? {
            Drawn::Made(receipt) => *receipt,
            Drawn::Declined(asked) => return Ok(format!("asked={asked}")),
        },
        "share" => standing.choose_share(seat, fields.key()?, fields, seat.party).await?,
        "repay" => {
            let amount_minor = fields.money("amount", seat.place.currency)?;
            let pin = fields.needed("pin")?;
            let body = |proof| {
                let from = RepayFrom::Wallet(proof);
                let command =
                    CreditCommand::Repay { amount_minor, effective_on: None, from, tranche: None };
                Body::Credit { borrower: standing.household, command }
            };
            seat.submit_with_pin(fields.key()?, (seat.party, pin), body).await?
        }
        _ => return Err(Fault::field("do", "word")),
    };
    Ok(format!("done={}", receipt.record.seq))
}
