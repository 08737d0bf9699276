//! The shop window: a guest orders without an account and without a token, and gets a link.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use verger_app::{OrderLink, Receipt};
use verger_domain::codec::{self, Hash};
use verger_domain::id::{OrderId, PartyId, VillageId};
use verger_domain::market::TEXT_CHARS_MAX;
use verger_domain::market::command::{Guest, OrderCommand};
use verger_domain::party::{Duty, Party, PartyKind, Profile};
use verger_domain::refusal::MarketRefusal;
use verger_domain::{Actor, Body, Command, Refusal};

use super::answer::{Acted, Of};
use super::orders::{NewLine, PayWord, lines_in};
use crate::Web;
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Input, Key, village_of};

/// The longest telephone number, in characters.
const PHONE_CHARS_MAX: usize = 40;

/// What a guest orders.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "陈静", "name_latin": "Chen Jing", "phone": "+86 138 0000 0000",
    "address": "上海市徐汇区示例路 1 号", "pay_by": "online",
    "lines": [{"listing": "box-hujing", "quantity": 1}]
}))]
pub(crate) struct GuestOrder {
    /// The buyer's name.
    name: String,
    /// The buyer's name in Latin letters; as `name` when absent.
    name_latin: Option<String>,
    /// Where the boxes go.
    address: String,
    /// The buyer's telephone number, for the carrier.
    phone: String,
    /// What, and how many.
    lines: Vec<NewLine>,
    /// How it is paid.
    pay_by: PayWord,
}

impl std::fmt::Debug for GuestOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GuestOrder")
    }
}

fn check_text(field: &str, text: &str, max: usize) -> Result<(), Fault> {
    if !text.trim().is_empty() && text.chars().count() <= max {
        return Ok(());
    }
    let field = field.to_owned();
    Err(Refusal::from(MarketRefusal::TextLength { field, max }).into())
}

impl GuestOrder {
    /// What the form of the shop's own page says.
    pub(crate) fn new(
        [name, address, phone]: [&str; 3],
        lines: Vec<(String, u32)>,
        pay_by: PayWord,
    ) -> Self {
        Self {
            name: name.to_owned(),
            name_latin: None,
            address: address.to_owned(),
            phone: phone.to_owned(),
            lines: lines.into_iter().map(|(code, pieces)| NewLine::new(code, pieces)).collect(),
            pay_by,
        }
    }

    /// The guest as a new buyer of a village, by the key of his request.
    pub(super) fn guest_of(&self, web: &Web, village: VillageId, key: Key) -> Result<Guest, Fault> {
        let number = village.number().to_be_bytes();
        let seed = web.app().secret().digest("guest", &[&number, &key.0.to_bytes()]);
        self.guest(village, &seed)
    }

    /// The guest as a new buyer. Id, code and salt follow from the request's key, so that a repeat
    /// is the same command.
    fn guest(&self, village: VillageId, seed: &Hash) -> Result<Guest, Fault> {
        check_text("address", &self.address, TEXT_CHARS_MAX)?;
        check_text("phone", &self.phone, PHONE_CHARS_MAX)?;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(seed.split_at(16).0);
        let text = codec::to_hex(seed);
        // Forty-eight bits: some millions of guests of one village do not meet.
        let code = format!("B-{}", text.get(52..).unwrap_or_default());
        let code = code.parse().map_err(|_| Fault::field("name", "short_code"))?;
        let party = Party {
            certified: BTreeSet::new(),
            code,
            duty: Duty::default(),
            household: None,
            id: PartyId::from_bytes(bytes),
            kind: PartyKind::Buyer,
            village,
        };
        let facts = [("address", &self.address), ("phone", &self.phone)];
        let facts = facts.map(|(name, text)| (name.to_owned(), text.clone()));
        let profile = Profile {
            facts: BTreeMap::from(facts),
            name: self.name.clone(),
            name_latin: self.name_latin.as_ref().unwrap_or(&self.name).clone(),
            salt: codec::sha256(seed),
        };
        Ok(Guest { party, profile })
    }
}

/// Orders as a guest: no account and no token, but the link in the answer is the buyer's own.
#[utoipa::path(post, path = "/api/v1/villages/{village}/shop/orders/{order}", tag = "Market",
    security(()),
    params(("village" = u32, Path, description = "The village's number"),
        ("order" = String, Path, description = "The order's id, made by the client")),
    request_body = GuestOrder, responses(
    (status = 201, description = "Placed; `placed.link` acts as the buyer of this order",
        body = Acted),
    (status = 404, description = "`village_unknown`, or no such listing", body = Problem,
        content_type = "application/problem+json"),
    (status = 409, description = "`sold_out`, before any money moves; `subject_exists`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn place(
    State(web): State<Web>,
    Path((village, order)): Path<(String, String)>,
    key: Key,
    Input(wish): Input<GuestOrder>,
) -> Result<Done<Acted>, Fault> {
    let village = village_of(&village)?;
    web.app().cell_of(village)?;
    let order: OrderId = order.parse().map_err(|_| Fault::not_found("order"))?;
    let (receipt, link) = place_guest(&web, village, (order, key), &wish).await?;
    let done = Acted::done(&receipt, village, (Of::Order(order), None));
    Ok(done.with_link(&link, web.first_lang()))
}

/// Places a guest's order: the same for the API and for the shop's own pages.
pub(crate) async fn place_guest(
    web: &Web,
    village: VillageId,
    (order, key): (OrderId, Key),
    wish: &GuestOrder,
) -> Result<(Receipt, OrderLink), Fault> {
    let number = village.number().to_be_bytes();
    let seed = web.app().secret().digest("guest", &[&number, &key.0.to_bytes()]);
    let guest = wish.guest(village, &seed)?;
    let link = web.app().order_link(village, order, key.0);
    let command = OrderCommand::Place {
        agent: None,
        buyer: guest.party.id,
        guest: Some(Box::new(guest)),
        lines: lines_in(web.app(), village, ("lines", &wish.lines)).await?,
        pay_by: wish.pay_by.into(),
        secret_hash: link.secret_hash(),
    };
    // The domain lets nobody else speak for a guest.
    let (actor, body) = (Actor::System, Body::Order { command, order, version: None });
    let receipt = web.app().submit(Command { id: key.0, village, actor, body }).await?;
    receipt.accepted()?;
    Ok((receipt, link))
}
