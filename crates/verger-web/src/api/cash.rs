//! The counter: cash in, cash out, money to another village.

use serde::Deserialize;
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::id::VillageId;

use super::Done;
use crate::fault::{Fault, Problem};
use crate::input::{CashWrite, Desk, Input, Key, party_in};
use verger_shapes::Moved;

/// Cash taken at the counter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "shop": "SHOP", "wallet": "H018", "amount_minor": 12500, "currency": "CNY"
}))]
pub(crate) struct CashIn {
    /// The shop whose drawer it goes into, by id or code.
    shop: String,
    /// Whose wallet grows, by id or code.
    wallet: String,
    /// How much, in minor units.
    amount_minor: i64,
    /// The currency of the village's books.
    currency: String,
}

/// Cash paid out at the counter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "shop": "SHOP", "wallet": "H018", "amount_minor": 5000, "currency": "CNY",
    "member": "M018", "pin": "482915"
}))]
pub(crate) struct CashOut {
    /// The shop whose drawer it comes from, by id or code.
    shop: String,
    /// Whose wallet shrinks, by id or code.
    wallet: String,
    /// How much, in minor units.
    amount_minor: i64,
    /// The currency of the village's books.
    currency: String,
    /// The member who agrees, by id or code.
    member: String,
    /// The member's PIN, typed by him.
    pin: String,
}

/// Money for another village.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "from": "H018", "to": "H003", "to_village": 2, "amount_minor": 5000, "currency": "CNY",
    "member": "M018", "pin": "482915"
}))]
pub(crate) struct Send {
    /// Whose wallet shrinks, by id or code.
    from: String,
    /// Whose wallet grows, by id or by its code in the other village.
    to: String,
    /// The number of the other village.
    to_village: u32,
    /// How much, in minor units.
    amount_minor: i64,
    /// The currency of the village's books.
    currency: String,
    /// The member who agrees, by id or code.
    member: String,
    /// The member's PIN, typed by him.
    pin: String,
}

/// Takes cash into a wallet.
#[utoipa::path(post, path = "/api/v1/villages/{village}/cash-in", tag = "Counter",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = CashIn, responses(
    (status = 200, description = "The money is in the wallet", body = Moved),
    (status = 403, description = "`needs_module` or `own_household`", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn cash_in(
    desk: Desk<CashWrite>,
    key: Key,
    Input(wish): Input<CashIn>,
) -> Result<Done<Moved>, Fault> {
    desk.check_currency(&wish.currency).await?;
    let shop = desk.party("shop", &wish.shop).await?;
    let wallet = desk.party("wallet", &wish.wallet).await?;
    let body = Body::CashIn { amount_minor: wish.amount_minor, shop, wallet };
    let receipt = desk.submit(key, body).await?;
    Ok(Done::new(&receipt, Moved::from(&receipt)))
}

/// Pays cash out of a wallet, with the member's own PIN.
#[utoipa::path(post, path = "/api/v1/villages/{village}/cash-out", tag = "Counter",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = CashOut, responses(
    (status = 200, description = "The cash may be handed over", body = Moved),
    (status = 403, description = "`needs_module` or `own_household`", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "A field or a rule, such as `wrong_pin`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn cash_out(
    desk: Desk<CashWrite>,
    key: Key,
    Input(wish): Input<CashOut>,
) -> Result<Done<Moved>, Fault> {
    desk.check_currency(&wish.currency).await?;
    let shop = desk.party("shop", &wish.shop).await?;
    let wallet = desk.party("wallet", &wish.wallet).await?;
    let member = desk.party("member", &wish.member).await?;
    let amount_minor = wish.amount_minor;
    let body = |proof| Body::CashOut { amount_minor, proof, shop, wallet };
    let receipt = desk.submit_with_pin(key, (member, &wish.pin), body).await?;
    Ok(Done::new(&receipt, Moved::from(&receipt)))
}

/// Sends wallet money to a party of another village.
#[utoipa::path(post, path = "/api/v1/villages/{village}/send", tag = "Counter",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = Send, responses(
    (status = 200, description = "The money is on its way", body = Moved),
    (status = 404, description = "`village_unknown`, `party_unknown`", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn send(
    desk: Desk<CashWrite>,
    key: Key,
    Input(wish): Input<Send>,
) -> Result<Done<Moved>, Fault> {
    desk.check_currency(&wish.currency).await?;
    let to_village = VillageId::new(wish.to_village);
    desk.app().cell_of(to_village).map_err(|error| Fault::from(error).about("to_village"))?;
    let from = desk.party("from", &wish.from).await?;
    let to = party_in(desk.app(), to_village, &wish.to).await.map_err(|f| f.about("to"))?;
    let member = desk.party("member", &wish.member).await?;
    let amount_minor = wish.amount_minor;
    let body = |proof| Body::SendMoney { amount_minor, from, proof, to, to_village };
    let receipt = desk.submit_with_pin(key, (member, &wish.pin), body).await?;
    Ok(Done::new(&receipt, Moved::from(&receipt)))
}
