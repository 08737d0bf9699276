//! Boxes ordered ahead: by a guest through the shop window, by anybody with a token, and what becomes
//! of them. The link of the order that they become opens them.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_domain::id::{OrderId, SeasonId};
use verger_domain::market::command::PreorderCommand;
use verger_domain::market::preorder::Choice;
use verger_domain::market::{Preorder, PreorderPhase};
use verger_domain::{Actor, Body, Command};

use super::super::answer::{Acted, Of};
use super::super::orders::PayWord;
use super::super::shop::GuestOrder;
use super::super::{Nothing, PhaseQuery, Reason, asks, id, subject};
use crate::Web;
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, OrderRead, OrderWrite, Read, village_of};
use crate::text::rfc3339;
use verger_shapes::Page;

/// Boxes to be ordered ahead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceAhead {
    /// Of which season window.
    season: String,
    /// How many boxes.
    boxes: u32,
    /// Who buys, by id or code.
    buyer: String,
    /// The agent who sold them, by id or code; the caller when he is one.
    agent: Option<String>,
    /// How it is paid.
    pay_by: PayWord,
}

/// What the buyer chooses when there is too little: exactly one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceShape {
    /// `wait`, `refund` or `switch`.
    choice: String,
    /// The other season window, for `switch`.
    season: Option<String>,
}

asks! {
    /// One command about boxes ordered ahead.
    #[schema(example = json!({"choose": {"choice": "refund"}}))]
    PreorderAsk => Wish {
        /// Orders them ahead, under the id of the order that they become.
        place Place(PlaceAhead),
        /// Pays the deposit out of the buyer's wallet.
        deposit Deposit(Nothing),
        /// Makes an order of it: the fruit is picked.
        call Call(Nothing),
        /// There is too little: asks the buyer to choose.
        ask Ask(Reason),
        /// The buyer chooses.
        choose Choose(ChoiceShape),
        /// Takes it back; the deposit goes back whole.
        cancel Cancel(Nothing),
    }
}

/// Boxes ordered ahead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreorderShape {
    /// Its id, which is that of the order it becomes.
    #[schema(example = "order_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `placed`, `reserved`, `fixed`, `short`, `called`, `refunded` or `expired`.
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// The season window.
    season: String,
    /// Who buys.
    buyer: String,
    /// How many boxes.
    boxes: u32,
    /// The price of one, in minor units.
    price_minor: i64,
    /// The deposit that is asked, in minor units.
    deposit_minor: i64,
    /// What of it is in escrow.
    held_minor: i64,
    /// Until when something is awaited (RFC 3339, UTC).
    due_at: Option<String>,
}

impl PreorderShape {
    fn new(row: &Preorder) -> Self {
        Self {
            id: row.id.to_string(),
            phase: row.phase.name(),
            version: row.version,
            season: row.season.to_string(),
            buyer: row.buyer.to_string(),
            boxes: row.boxes,
            price_minor: row.price_minor,
            deposit_minor: row.deposit_minor,
            held_minor: row.held_minor,
            due_at: row.due_at.map(rfc3339),
        }
    }
}

/// Lists boxes ordered ahead, oldest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/preorders", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "What was ordered ahead", body = Page<PreorderShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<PreorderShape>>, Fault> {
    let wanted = query.wanted(PreorderPhase::ALL.map(|phase| (phase.name(), phase.is_end())))?;
    let found = desk.app().subjects::<Preorder>(desk.village, desk.viewer(), wanted);
    let items = found.await?.0.iter().map(PreorderShape::new).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows boxes ordered ahead.
#[utoipa::path(get, path = "/api/v1/villages/{village}/preorders/{preorder}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("preorder" = String, Path, description = "The id of the order that it becomes")),
    responses(
    (status = 200, description = "What was ordered ahead", body = PreorderShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<OrderRead>) -> Result<Json<PreorderShape>, Fault> {
    let ahead: OrderId = subject(&desk, "preorder")?;
    let found = desk.app().subject::<Preorder>(desk.village, desk.viewer(), ahead.bits()).await?;
    let (row, _) = found.ok_or_else(|| Fault::not_found("preorder"))?;
    Ok(Json(PreorderShape::new(&row)))
}

/// Does something about boxes ordered ahead: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/preorders/{preorder}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("preorder" = String, Path, description = "The id of the order that it becomes, made by \
            the client")),
    request_body = PreorderAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Placed; `Location` is its address", body = Acted),
    (status = 409, description = "`promises_too_few`, `illegal_transition`, `stale`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<OrderWrite>,
    key: Key,
    Input(ask): Input<PreorderAsk>,
) -> Result<Done<Acted>, Fault> {
    let preorder: OrderId = subject(&desk, "preorder")?;
    if desk.link.is_some_and(|link| link != preorder) {
        return Err(Fault::not_found("preorder"));
    }
    let (version, wish) = ask.chosen()?;
    let mut shown = None;
    let command = match wish {
        Wish::Place(place) => {
            let agent = match &place.agent {
                Some(agent) => Some(desk.party("place.agent", agent).await?),
                None => None,
            };
            let link = desk.app().order_link(desk.village, preorder, key.0);
            let secret_hash = link.secret_hash();
            let buyer = desk.party("place.buyer", &place.buyer).await?;
            // Whoever buys for himself sees his link; who orders for another never acts as him.
            shown = (buyer == desk.party).then_some(link);
            PreorderCommand::Place {
                agent,
                boxes: place.boxes,
                buyer,
                guest: None,
                pay_by: place.pay_by.into(),
                season: id("place.season", &place.season)?,
                secret_hash,
            }
        }
        Wish::Deposit(_) => PreorderCommand::Deposit,
        Wish::Call(_) => PreorderCommand::Call,
        Wish::Ask(Reason { reason }) => PreorderCommand::Ask { reason },
        Wish::Choose(choice) => PreorderCommand::Choose { choice: chosen(&choice)? },
        Wish::Cancel(_) => PreorderCommand::Cancel,
    };
    let receipt = desk.submit(key, Body::Preorder { command, preorder, version }).await?;
    let done = Acted::done(&receipt, desk.village, (Of::Preorder(preorder), version));
    Ok(match shown {
        Some(link) => done.with_link(&link, desk.web.first_lang()),
        None => done,
    })
}

fn chosen(shape: &ChoiceShape) -> Result<Choice, Fault> {
    match (shape.choice.as_str(), &shape.season) {
        ("wait", None) => Ok(Choice::Wait),
        ("refund", None) => Ok(Choice::Refund),
        ("switch", Some(season)) => Ok(Choice::Switch(id("choose.season", season)?)),
        _ => Err(Fault::field("choose.choice", "word")),
    }
}

/// What a guest orders ahead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "陈静", "phone": "+86 138 0000 0000",
    "address": "上海市徐汇区示例路 1 号", "pay_by": "online", "boxes": 2}))]
pub(crate) struct GuestAhead {
    /// The buyer's name.
    name: String,
    /// Where the boxes go.
    address: String,
    /// The buyer's telephone number, for the carrier.
    phone: String,
    /// How many boxes.
    boxes: u32,
    /// How it is paid.
    pay_by: PayWord,
}

/// Orders ahead as a guest: no account and no token, but the link in the answer is the buyer's own.
#[utoipa::path(post,
    path = "/api/v1/villages/{village}/shop/seasons/{season}/preorders/{preorder}",
    tag = "Cooperative", security(()),
    params(("village" = u32, Path, description = "The village's number"),
        ("season" = String, Path, description = "The season window's id"),
        ("preorder" = String, Path, description = "The id of the order that it becomes, made by \
            the client")),
    request_body = GuestAhead, responses(
    (status = 201, description = "Placed; `placed.link` acts as the buyer", body = Acted),
    (status = 409, description = "`promises_too_few`, before any money moves", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn place(
    State(web): State<Web>,
    Path((village, season, preorder)): Path<(String, String, String)>,
    key: Key,
    Input(wish): Input<GuestAhead>,
) -> Result<Done<Acted>, Fault> {
    let village = village_of(&village)?;
    web.app().cell_of(village)?;
    let season: SeasonId = season.parse().map_err(|_| Fault::not_found("season"))?;
    let preorder: OrderId = preorder.parse().map_err(|_| Fault::not_found("preorder"))?;
    let texts = [wish.name.as_str(), &wish.address, &wish.phone];
    let guest = GuestOrder::new(texts, Vec::new(), wish.pay_by).guest_of(&web, village, key)?;
    let link = web.app().order_link(village, preorder, key.0);
    let command = PreorderCommand::Place {
        agent: None,
        boxes: wish.boxes,
        buyer: guest.party.id,
        guest: Some(Box::new(guest)),
        pay_by: wish.pay_by.into(),
        season,
        secret_hash: link.secret_hash(),
    };
    let (actor, body) = (Actor::System, Body::Preorder { command, preorder, version: None });
    let receipt = web.app().submit(Command { id: key.0, village, actor, body }).await?;
    receipt.accepted()?;
    let done = Acted::done(&receipt, village, (Of::Preorder(preorder), None));
    Ok(done.with_link(&link, web.first_lang()))
}
