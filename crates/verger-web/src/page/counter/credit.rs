//! Trust and credit at the counter: what a family may borrow and why, what it owes; the question, its
//! own yes on the turned screen, cash that comes back. Owns these steps; must not agree for anybody: a
//! draw takes the PIN of a member of the family, and the domain checks whose it is.

use askama::Template;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use verger_domain::Body;
use verger_domain::credit::CreditCommand;
use verger_domain::credit::command::RepayFrom;

use super::{Family, Who, again, alert, done, drawer, family, frame, names, recent};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Asked;
use crate::page::credit::{
    Card, Choice, Drawn, LoanRow, Offer, Repay, Standing, Venture, ask, check_sum,
};
use crate::page::{Alert, Frame, html};
use crate::session::{Seat, see};

/// What stands behind the question mark: which family, and how far it has come.
#[derive(Default, Deserialize)]
pub(super) struct LoansQuery {
    /// The family that was touched.
    pick: Option<String>,
    /// The code that was typed.
    who: Option<String>,
    sum: Option<String>,
    venture: Option<String>,
    asked: Option<u64>,
    share: Option<u32>,
}

#[derive(Template)]
#[template(path = "counter/loans.html")]
struct PickPage {
    f: Frame,
    css: &'static str,
    alert: Option<Alert>,
    recent: Vec<Who>,
    who: String,
}

#[derive(Template)]
#[template(path = "counter/loan.html")]
struct LoanPage {
    f: Frame,
    css: &'static str,
    village: u32,
    key: String,
    alert: Option<Alert>,
    is_his: bool,
    who: Who,
    /// Its members: who can agree.
    members: Vec<String>,
    c: Card,
    chips: Vec<(String, String)>,
    ventures: Vec<Venture>,
    loans: Vec<LoanRow>,
    repay: Option<Repay>,
    choice: Option<Choice>,
    offer: Option<Offer>,
}

/// `GET /{lang}/counter/credit`
pub(super) async fn show(seat: Seat, Asked(query): Asked<LoansQuery>) -> Result<Response, Fault> {
    let picked = query.pick.filter(|pick| !pick.trim().is_empty());
    let who = picked.or(query.who).unwrap_or_default().trim().to_owned();
    if who.is_empty() {
        return Ok(html(&pick_page(&seat, who, None).await?)?.into_response());
    }
    let family = match family(&seat, "who", &who).await {
        Ok(family) => family,
        Err(fault) if fault.status.is_client_error() => {
            return again(&fault, &pick_page(&seat, who, Some(&fault)).await?);
        }
        Err(fault) => return Err(fault),
    };
    let standing = Standing::of(&seat, family.household).await?;
    let mut page = page(&seat, &family, &standing).await?;
    if let Some(asked) = query.asked {
        page.offer = standing.offer(&seat, asked, query.share).await?;
    } else if let Some(sum) = query.sum {
        let fields = Fields::of("enterprise", &query.venture.unwrap_or_default());
        page.choice = Some(standing.choice(&seat, &fields, &sum));
        if let Err(fault) = check_sum(&seat, &sum) {
            page.alert = Some(alert(&seat, &fault));
            return again(&fault, &page);
        }
    }
    Ok(html(&page)?.into_response())
}

async fn pick_page(seat: &Seat, who: String, fault: Option<&Fault>) -> Result<PickPage, Fault> {
    Ok(PickPage {
        f: frame(seat, "loans-title", "credit"),
        css: crate::page::store::STYLE,
        alert: fault.map(|fault| alert(seat, fault)),
        recent: recent(seat).await?,
        who,
    })
}

async fn page(seat: &Seat, family: &Family, standing: &Standing) -> Result<LoanPage, Fault> {
    let known = names(seat, vec![family.household]).await?;
    let who = known.get(&family.household).cloned();
    let who = who.ok_or_else(|| Fault::not_found("party"))?;
    let members = family.members.iter().map(|view| view.party.code.to_string());
    Ok(LoanPage {
        f: frame(seat, "loans-title", &format!("credit?who={}", who.code)),
        css: crate::page::store::STYLE,
        village: seat.village.number(),
        key: seat.new_key(),
        alert: None,
        is_his: drawer(seat).await?.is_his(seat),
        members: members.collect(),
        c: standing.card(seat),
        chips: standing.chips(seat),
        ventures: standing.ventures(seat, &format!("counter/credit?who={}&", who.code)),
        loans: standing.loans(seat),
        repay: standing.repay(seat, i64::MAX),
        choice: None,
        offer: None,
        who,
    })
}

/// `POST /{lang}/counter/credit`: by the button `do`.
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let family = family(&seat, "who", fields.needed("who")?).await?;
    let standing = Standing::of(&seat, family.household).await?;
    match acted(&seat, &family, &standing, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &family, &standing).await?;
            match fields.text("do") {
                "ask" => page.choice = Some(standing.choice(&seat, &fields, fields.text("sum"))),
                "draw" => {
                    let asked = fields.text("asked").parse().unwrap_or(0);
                    let share = fields.text("share").parse().ok();
                    page.offer = standing.offer(&seat, asked, share).await?;
                }
                _ => {
                    let typed = fields.text("amount").to_owned();
                    page.repay = page.repay.map(|repay| Repay { amount: typed, ..repay });
                }
            }
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn acted(
    seat: &Seat,
    family: &Family,
    standing: &Standing,
    fields: &Fields,
) -> Result<Response, Fault> {
    let back = |tail: String| {
        let address = format!("counter/credit?who={}&{tail}", fields.text("who"));
        Ok(see(&seat.to(&address)))
    };
    match fields.text("do") {
        "ask" => back(ask(seat, standing.household, fields).await?),
        "draw" => {
            let member = match fields.text("member") {
                "" => family.members.first().map(|view| view.party.id),
                typed => Some(seat.party("member", &typed.to_uppercase()).await?),
            };
            let member = member.ok_or_else(|| Fault::not_found("pin").about("member"))?;
            match standing.draw(seat, fields, member).await? {
                Drawn::Made(receipt) => Ok(done(seat, &receipt)),
                Drawn::Declined(asked) => back(format!("asked={asked}")),
            }
        }
        "repay" => {
            let amount_minor = fields.money("amount", seat.place.currency)?;
            let from = RepayFrom::Cash(drawer(seat).await?.shop.party.id);
            let command =
                CreditCommand::Repay { amount_minor, effective_on: None, from, tranche: None };
            let body = Body::Credit { borrower: standing.household, command };
            let receipt = seat.submit(fields.key()?, body).await?;
            Ok(done(seat, &receipt))
        }
        _ => Err(Fault::field("do", "word")),
    }
}
