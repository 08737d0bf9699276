//! Orders of both flows: ask, agree, pay, accept, pack, confirm; and where the money went.

use std::collections::BTreeSet;

use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;
use verger_app::OrderLink;
use verger_domain::Body;
use verger_domain::credit::command::DrawWish;
use verger_domain::id::{ListingId, OrderId, TrancheId};
use verger_domain::market::command::{Boxed, OrderCommand, OrdersCommand};
use verger_domain::market::order::PayBy;
use verger_domain::market::parcel::Content;
use verger_domain::market::{Order, OrderPhase, Review, ReviewWord};

use super::answer::{Acted, Of};
use super::proof::ProofShape;
use super::{Nothing, PhaseQuery, Reason, asks, day, id, subject, words};
use crate::api::Done;
use crate::api::credit::WishShape;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, OrderRead, OrderWrite, Read};
use verger_shapes::Page;
use verger_shapes::order::{OrderShape, SplitShape};

words! {
    /// How the buyer of a sale pays, which says how long the goods are kept for him.
    PayWord => PayBy {
        /// At once, by the payment provider.
        Online,
        /// By bank transfer.
        Transfer,
        /// In cash at the counter.
        Cash,
    }
}

/// One line of a new order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"listing": "box-hujing", "quantity": 1}))]
pub(crate) struct NewLine {
    /// What, by id or code.
    listing: String,
    /// How many pieces.
    quantity: u32,
}

impl NewLine {
    pub(super) const fn new(listing: String, quantity: u32) -> Self {
        Self { listing, quantity }
    }
}

impl PayWord {
    /// The way to pay with this name.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        match name {
            "online" => Some(Self::Online),
            "transfer" => Some(Self::Transfer),
            "cash" => Some(Self::Cash),
            _ => None,
        }
    }
}

/// The lines of a new order.
pub(super) async fn lines_in(
    app: &verger_app::App,
    village: verger_domain::id::VillageId,
    (path, lines): (&str, &[NewLine]),
) -> Result<Vec<(ListingId, u32)>, Fault> {
    let mut found = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let listing = crate::input::listing_in(app, village, &line.listing).await;
        let listing = listing.map_err(|fault| fault.about(format!("{path}[{index}].listing")))?;
        found.push((listing, line.quantity));
    }
    Ok(found)
}

/// A sale to be placed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceShape {
    /// Who buys, by id or code.
    buyer: String,
    /// The agent who sold it, by id or code; the caller when he is one.
    agent: Option<String>,
    /// What, and how many.
    lines: Vec<NewLine>,
    /// How it is paid.
    pay_by: PayWord,
}

/// Cash for a sale, paid at the counter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayCashShape {
    /// The shop whose drawer it goes into, by id or code.
    shop: String,
    /// How much, in minor units: exactly what is due.
    amount_minor: i64,
}

/// The end of an order before its time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelShape {
    /// Why.
    reason: String,
    /// Whether something beyond the seller's power made it necessary.
    #[serde(default)]
    is_force_majeure: bool,
}

/// What is in a box.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentShape {
    /// The household that made it, by id or code.
    maker: String,
    /// The lot it comes from.
    lot: String,
    /// The grams of it in this box.
    grams: i64,
}

/// One box as it is packed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoxShape {
    /// Its id, made by the client.
    parcel: String,
    /// What is written on it; unique in the village.
    label: String,
    /// Its weight in grams, box and all.
    weight_g: i64,
    /// What is in it; needed for sales.
    #[serde(default)]
    contents: Vec<ContentShape>,
}

/// The boxes of an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackShape {
    /// The boxes.
    boxes: Vec<BoxShape>,
    /// Whether they go by surface post.
    #[serde(default)]
    by_surface: bool,
}

/// Outside goods that a household asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestShape {
    /// Which household, by id or code.
    household: String,
    /// The agent who serves, by id or code; the caller when he is one.
    agent: Option<String>,
    /// What, and how many.
    lines: Vec<NewLine>,
}

/// The all-in price of a purchase.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuoteShape {
    /// The day on which it shall be at the shop.
    due_on: String,
    /// The carrier's part of the price, in minor units.
    freight_minor: i64,
}

/// Money given back after the release.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoodwillShape {
    /// How much, in minor units.
    amount_minor: i64,
    /// Why.
    reason: String,
}

words! {
    /// What a buyer can say beside the stars.
    SaidWord => ReviewWord {
        /// It tasted, worked or looked as it should.
        Good,
        /// It came fresh.
        Fresh,
        /// It came in one piece.
        WellPacked,
        /// It came when it was promised.
        OnTime,
        /// It was what the page said.
        AsDescribed,
        /// Some of it was bruised or broken.
        Bruised,
        /// Some of it was not ripe, or past its time.
        NotRipe,
        /// It was smaller or less than expected.
        Small,
        /// It came later than promised.
        Late,
    }
}

/// What the buyer says of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stars": 5, "words": ["fresh", "well_packed"]}))]
pub(crate) struct ReviewShape {
    /// From 1 to 5.
    stars: u8,
    /// What was good, and what was not.
    #[serde(default)]
    words: Vec<SaidWord>,
}

asks! {
    /// One command about an order. The link of an order gives `cancel`, `confirm`, `extend` and
    /// `review`.
    #[schema(example = json!({"place": {"buyer": "B07",
        "lines": [{"listing": "box-hujing", "quantity": 1}], "pay_by": "online"}}))]
    OrderAsk => Wish {
        /// Sale: orders goods and keeps their stock, under an id that the client makes.
        place Place(PlaceShape),
        /// Sale: pays in cash at the counter.
        pay_cash PayCash(PayCashShape),
        /// Sale: the seller will deliver.
        accept Accept(Nothing),
        /// Calls it off.
        cancel Cancel(CancelShape),
        /// Closes the boxes: by the packer of a sale, by the supplier of a purchase.
        pack Pack(PackShape),
        /// Sale: the buyer has it and is content.
        confirm Confirm(Nothing),
        /// Sale: the buyer needs more time, once.
        extend Extend(Nothing),
        /// Purchase: asks for outside goods, under an id that the client makes.
        request Request(RequestShape),
        /// Purchase: tells the all-in price.
        quote Quote(QuoteShape),
        /// Purchase: the household does not want it.
        decline Decline(Nothing),
        /// Purchase: the supplier will deliver.
        supplier_accept SupplierAccept(Nothing),
        /// Purchase: the supplier cannot.
        supplier_reject SupplierReject(Reason),
        /// Gives money back after the release, out of the seller's and the agent's parts.
        goodwill Goodwill(GoodwillShape),
        /// Sale: says how it was, once, after the money has gone where it belongs.
        review Review(ReviewShape),
    }
}

/// The price of a basket goes into escrow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FundShape {
    /// What is paid in cash, in minor units; the rest comes out of the household's wallet.
    #[serde(default)]
    cash_minor: i64,
    /// The shop whose drawer the cash goes into, by id or code.
    shop: Option<String>,
}

/// The price of a basket goes into escrow, out of a loan that is drawn in the same moment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BorrowShape {
    /// What is drawn.
    loan: WishShape,
    /// The member's own agreement to the loan.
    proof: ProofShape,
    /// What is paid in cash, in minor units; the rest comes out of the household's wallet.
    #[serde(default)]
    cash_minor: i64,
    /// The shop whose drawer the cash goes into, by id or code.
    shop: Option<String>,
}

/// A basket goes to its supplier.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendShape {
    /// The trip it is wanted for.
    trip: Option<String>,
}

/// One command about several purchases, all or none of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"orders": ["order_0199f0c2a8b47c0e8000000000000001"],
    "consent": {"member": "M018", "pin": "482915"}}))]
pub(crate) struct BasketAsk {
    /// The orders.
    orders: Vec<String>,
    /// The household agrees to the quotes; only its own proof counts.
    consent: Option<ProofShape>,
    /// The price goes into escrow, from wallet and cash together.
    fund: Option<FundShape>,
    /// The price goes into escrow, out of a loan drawn in the same moment.
    borrow: Option<BorrowShape>,
    /// Goes to the supplier.
    send: Option<SendShape>,
}

/// Lists orders, oldest first: to people of the village platform all, to others their own.
#[utoipa::path(get, path = "/api/v1/villages/{village}/orders", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The orders", body = Page<OrderShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<OrderShape>>, Fault> {
    let wanted = query.wanted(OrderPhase::ALL.map(|phase| (phase.name(), phase.is_end())))?;
    let found = desk.app().subjects::<Order>(desk.village, desk.viewer(), wanted);
    let items = found.await?.0.into_iter().map(OrderShape::from).collect();
    Ok(Json(Page { items, next: None }))
}

async fn seen(desk: &Desk<OrderRead>) -> Result<Order, Fault> {
    let order: OrderId = subject(desk, "order")?;
    let found = desk.app().subject::<Order>(desk.village, desk.viewer(), order.bits()).await?;
    Ok(found.ok_or_else(|| Fault::not_found("order"))?.0)
}

/// Shows an order.
#[utoipa::path(get, path = "/api/v1/villages/{village}/orders/{order}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("order" = String, Path, description = "The order's id")), responses(
    (status = 200, description = "The order", body = OrderShape),
    (status = 404, description = "`not_found`, also for another's order", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<OrderRead>) -> Result<Json<OrderShape>, Fault> {
    Ok(Json(seen(&desk).await?.into()))
}

/// Shows where the price of an order goes.
#[utoipa::path(get, path = "/api/v1/villages/{village}/orders/{order}/split", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("order" = String, Path, description = "The order's id")), responses(
    (status = 200, description = "The parts, which sum to the price", body = SplitShape),
    (status = 404, description = "`not_found`, also for another's order", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn split(desk: Desk<OrderRead>) -> Result<Json<SplitShape>, Fault> {
    Ok(Json(SplitShape::from(&seen(&desk).await?)))
}

/// Does something about an order: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/orders/{order}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("order" = String, Path, description = "The order's id, made by the client")),
    request_body = OrderAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Placed or requested; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`, `stale` with \
        `version`, `sold_out`", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<OrderWrite>,
    key: Key,
    Input(ask): Input<OrderAsk>,
) -> Result<Done<Acted>, Fault> {
    let order: OrderId = subject(&desk, "order")?;
    let (version, wish) = ask.chosen()?;
    let is_buyers =
        matches!(wish, Wish::Cancel(_) | Wish::Confirm(_) | Wish::Extend(_) | Wish::Review(_));
    if desk.link.is_some_and(|link| link != order || !is_buyers) {
        return Err(Fault::not_found("order"));
    }
    let link = desk.app().order_link(desk.village, order, key.0);
    let command = command(&desk, &link, wish).await?;
    // Whoever has the link can confirm the receipt: it is for the buyer's eyes, not the agent's.
    let is_own = matches!(&command, OrderCommand::Place { buyer, .. } if *buyer == desk.party);
    let receipt = desk.submit(key, Body::Order { command, order, version }).await?;
    let done = Acted::done(&receipt, desk.village, (Of::Order(order), version));
    Ok(if is_own { done.with_link(&link, desk.web.first_lang()) } else { done })
}

async fn command<S>(desk: &Desk<S>, link: &OrderLink, wish: Wish) -> Result<OrderCommand, Fault> {
    use OrderCommand as C;
    Ok(match wish {
        Wish::Place(place) => {
            let buyer = desk.party("place.buyer", &place.buyer).await?;
            let agent = optional(desk, "place.agent", place.agent.as_deref()).await?;
            let lines = lines_in(desk.app(), desk.village, ("place.lines", &place.lines)).await?;
            let (pay_by, secret_hash) = (place.pay_by.into(), link.secret_hash());
            C::Place { agent, buyer, guest: None, lines, pay_by, secret_hash }
        }
        Wish::Request(request) => {
            let household = desk.party("request.household", &request.household).await?;
            let agent = optional(desk, "request.agent", request.agent.as_deref()).await?;
            let lines = ("request.lines", request.lines.as_slice());
            let lines = lines_in(desk.app(), desk.village, lines).await?;
            C::Request { agent, household, lines }
        }
        Wish::PayCash(pay) => {
            let shop = desk.party("pay_cash.shop", &pay.shop).await?;
            C::PayCash { amount_minor: pay.amount_minor, shop }
        }
        Wish::Pack(pack) => {
            C::Pack { boxes: boxes(desk, pack.boxes).await?, by_surface: pack.by_surface }
        }
        Wish::Quote(quote) => {
            let due_on = day("quote.due_on", &quote.due_on)?;
            C::Quote { due_on, freight_minor: quote.freight_minor }
        }
        Wish::Cancel(cancel) => {
            C::Cancel { is_force_majeure: cancel.is_force_majeure, reason: cancel.reason }
        }
        Wish::Goodwill(gift) => {
            C::Goodwill { amount_minor: gift.amount_minor, reason: gift.reason }
        }
        Wish::Review(said) => {
            let words = said.words.into_iter().map(ReviewWord::from).collect();
            C::Review { review: Review { stars: said.stars, words } }
        }
        Wish::Accept(_) => C::Accept,
        Wish::Confirm(_) => C::Confirm,
        Wish::Extend(_) => C::Extend,
        Wish::Decline(_) => C::Decline,
        Wish::SupplierAccept(_) => C::SupplierAccept,
        Wish::SupplierReject(Reason { reason }) => C::SupplierReject { reason },
    })
}

async fn optional<S>(
    desk: &Desk<S>,
    field: &str,
    text: Option<&str>,
) -> Result<Option<verger_domain::id::PartyId>, Fault> {
    match text {
        Some(text) => Ok(Some(desk.party(field, text).await?)),
        None => Ok(None),
    }
}

async fn boxes<S>(desk: &Desk<S>, given: Vec<BoxShape>) -> Result<Vec<Boxed>, Fault> {
    let mut boxes = Vec::with_capacity(given.len());
    for (index, packed) in given.into_iter().enumerate() {
        let at = |name: &str| format!("pack.boxes[{index}].{name}");
        let code =
            |field: String, text: &str| text.parse().map_err(|_| Fault::field(field, "short_code"));
        let mut contents = Vec::with_capacity(packed.contents.len());
        for (number, content) in packed.contents.iter().enumerate() {
            let maker = at(&format!("contents[{number}].maker"));
            let lot = at(&format!("contents[{number}].lot"));
            contents.push(Content {
                grams: content.grams,
                lot: code(lot, &content.lot)?,
                maker: desk.party(&maker, &content.maker).await?,
            });
        }
        boxes.push(Boxed {
            contents,
            label: code(at("label"), &packed.label)?,
            parcel: id(&at("parcel"), &packed.parcel)?,
            weight_g: packed.weight_g,
        });
    }
    Ok(boxes)
}

/// Does something about several purchases, all or none: agrees, pays, or sends them.
#[utoipa::path(post, path = "/api/v1/villages/{village}/orders", tag = "Market",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = BasketAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`",
        body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field or a rule, such as `wrong_pin`, `proof_not_theirs`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act_on_all(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<BasketAsk>,
) -> Result<Done<Acted>, Fault> {
    let numbered = ask.orders.iter().enumerate();
    let orders = numbered.map(|(index, text)| id(&format!("orders[{index}]"), text));
    let orders: BTreeSet<OrderId> = orders.collect::<Result<_, _>>()?;
    let body = |command| Body::Orders { command, orders: orders.clone() };
    let receipt = match (ask.consent, ask.fund, ask.borrow, ask.send) {
        (Some(proof), None, None, None) => {
            let given = proof.given(&desk, "consent").await?;
            let consent = |proof| body(OrdersCommand::Consent { proof });
            desk.submit_proved(key, given, consent).await?
        }
        (None, Some(fund), None, None) => {
            let shop = optional(&desk, "fund.shop", fund.shop.as_deref()).await?;
            let fund = OrdersCommand::Fund { cash_minor: fund.cash_minor, shop };
            desk.submit(key, body(fund)).await?
        }
        (None, None, Some(borrow), None) => {
            let shop = optional(&desk, "borrow.shop", borrow.shop.as_deref()).await?;
            let (wish, cash_minor) = (borrow.loan.wish("borrow.loan.")?, borrow.cash_minor);
            let tranche = TrancheId::from_bytes(desk.derived("tranche", key));
            let given = borrow.proof.given(&desk, "borrow.proof").await?;
            let fund = |proof| {
                let draw = Box::new(DrawWish { proof, tranche, wish: wish.clone() });
                body(OrdersCommand::Borrow { cash_minor, draw, shop })
            };
            desk.submit_proved(key, given, fund).await?
        }
        (None, None, None, Some(send)) => {
            let trip = send.trip.map(|trip| id("send.trip", &trip)).transpose()?;
            desk.submit(key, body(OrdersCommand::Send { trip })).await?
        }
        _ => return Err(Fault::field("body", "one_command")),
    };
    Ok(Acted::basket(&receipt, orders.into_iter()))
}
