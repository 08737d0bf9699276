//! Money from and to the outside: what the processor tells, what it pays out, what is paid on.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::App;
use verger_domain::id::{OrderId, VillageId};
use verger_domain::market::{Order, OrderEvent};
use verger_domain::{Actor, Body, Command, Effect, Record};

use super::id;
use crate::Web;
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Desk, Input, Key, LedgerWrite, Signed, account};
use crate::text::rfc3339;
use verger_shapes::Moved;

/// The longest id that a processor gives a payment, in characters.
const PAYMENT_CHARS_MAX: usize = 200;

/// A payment that the processor tells of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "payment": "pay_8842", "order": "order_0199f0c2a8b47c0e8000000000000001",
    "amount_minor": 4990, "currency": "CNY", "payer": "alipay:2088..."
}))]
pub(crate) struct ToldShape {
    /// The processor's own id of it; each counts once, however often it is told.
    payment: String,
    /// The order it is for.
    order: String,
    /// How much arrived, in minor units.
    amount_minor: i64,
    /// Its currency.
    currency: String,
    /// The source it was paid from; only a keyed digest of it is kept.
    payer: Option<String>,
}

/// What became of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentShape {
    /// `funded`: the order is paid. `short`: too little; it waits in the buyer's wallet. `late`: the
    /// order no longer waits for money; it is in the buyer's wallet. `waiting`: the order has not
    /// come yet; it is kept for it.
    #[schema(example = "funded")]
    outcome: &'static str,
    /// The order.
    order: String,
    /// The number of the record in the journal of the village's cell.
    seq: u64,
    /// When it was told first (RFC 3339, UTC).
    at: String,
    /// How much arrived, in minor units.
    amount_minor: i64,
    /// What the order still lacks, in minor units; where too little arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    missing_minor: Option<i64>,
}

fn outcome(record: &Record) -> &'static str {
    let told = record.effects.iter().map(|effect| match effect {
        Effect::Order { event: OrderEvent::Paid { .. }, .. } => "funded",
        Effect::Order { event: OrderEvent::PaidShort { .. }, .. } => "short",
        Effect::ReceiptWritten(receipt) if receipt.is_waiting => "waiting",
        _ => "late",
    });
    told.into_iter().find(|outcome| *outcome != "late").unwrap_or("late")
}

/// Takes note of what the payment processor received.
///
/// `Verger-Signature: t=<unix seconds>,v1=<hexadecimal HMAC-SHA-256 of "<t>.<body>">` under the
/// village's webhook key; older than five minutes is refused.
#[utoipa::path(post, path = "/api/v1/villages/{village}/payments", tag = "Market",
    security(("signature" = [])),
    params(("village" = u32, Path, description = "The village's number")),
    request_body = ToldShape, responses(
    (status = 200, description = "It counts, once", body = PaymentShape),
    (status = 401, description = "`unauthenticated`: the signature is wrong or too old",
        body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn receive(
    State(web): State<Web>,
    signed: Signed<ToldShape>,
) -> Result<Done<PaymentShape>, Fault> {
    let Signed { village, told } = signed;
    let length = told.payment.chars().count();
    if !(1..=PAYMENT_CHARS_MAX).contains(&length) {
        return Err(Fault::field("payment", "text"));
    }
    let order: OrderId = id("order", &told.order)?;
    let (key, receipt) = App::payment_ids(village, &told.payment);
    let body = Body::ReceivePayment {
        amount_minor: told.amount_minor,
        currency: told.currency,
        order,
        payer: told.payer.map(|payer| web.app().payer_digest(&payer)),
        receipt,
    };
    let command = Command { id: key, village, actor: Actor::System, body };
    let receipt = web.app().submit(command).await?;
    let record = receipt.accepted()?;
    let outcome = outcome(record);
    let shape = PaymentShape {
        outcome,
        order: order.to_string(),
        seq: record.seq,
        at: rfc3339(record.at),
        amount_minor: told.amount_minor,
        missing_minor: if outcome == "short" { missing(&web, village, order).await? } else { None },
    };
    Ok(Done::new(&receipt, shape))
}

/// What an order lacks now: the record alone does not tell, and the processor's people ask.
async fn missing(web: &Web, village: VillageId, order: OrderId) -> Result<Option<i64>, Fault> {
    let bits = order.bits();
    let found =
        web.app().ask(village, move |reader, cell| reader.document::<Order>(cell, village, bits));
    let unpaid = found.await?.filter(|order| order.paid_minor == 0);
    Ok(unpaid.map(|order| order.total_minor().saturating_sub(order.short_minor)))
}

/// The processor paid out to the bank.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"gross_minor": 4990, "fee_minor": 30, "currency": "CNY"}))]
pub(crate) struct Settlement {
    /// What it had received, in minor units.
    gross_minor: i64,
    /// What it kept, in minor units.
    fee_minor: i64,
    /// The currency of the village's books.
    currency: String,
}

/// Books that the processor paid out to the bank what it had received, less its fee.
#[utoipa::path(post, path = "/api/v1/villages/{village}/settlements", tag = "Market",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = Settlement, responses(
    (status = 200, description = "Booked", body = Moved),
    (status = 403, description = "`not_allowed`: only the staff may", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn settle(
    desk: Desk<LedgerWrite>,
    key: Key,
    Input(wish): Input<Settlement>,
) -> Result<Done<Moved>, Fault> {
    desk.check_currency(&wish.currency).await?;
    let (fee_minor, gross_minor) = (wish.fee_minor, wish.gross_minor);
    let receipt = desk.submit(key, Body::SettleProcessor { fee_minor, gross_minor }).await?;
    Ok(Done::new(&receipt, Moved::from(&receipt)))
}

/// One payee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payee {
    /// The account that is paid out.
    account: String,
    /// How much, in minor units.
    amount_minor: i64,
}

/// Suppliers, carriers or wallets to be paid out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"currency": "CNY", "payees": [
    {"account": "2150:0199f0c2a8b47c0e8000000000000002", "amount_minor": 95328}]}))]
pub(crate) struct PayOut {
    /// Whom, and how much.
    payees: Vec<Payee>,
    /// The currency of the village's books.
    currency: String,
}

/// Pays suppliers, carriers or wallets out of the bank.
#[utoipa::path(post, path = "/api/v1/villages/{village}/payouts", tag = "Market",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = PayOut, responses(
    (status = 200, description = "Booked", body = Moved),
    (status = 403, description = "`not_allowed`: only the staff may", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "`not_payable`, `insufficient_available`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn pay_out(
    desk: Desk<LedgerWrite>,
    key: Key,
    Input(wish): Input<PayOut>,
) -> Result<Done<Moved>, Fault> {
    desk.check_currency(&wish.currency).await?;
    let mut payees = Vec::with_capacity(wish.payees.len());
    for (index, payee) in wish.payees.iter().enumerate() {
        let field = format!("payees[{index}].account");
        payees.push((account(&field, &payee.account)?, payee.amount_minor));
    }
    let receipt = desk.submit(key, Body::PayOut { payees }).await?;
    Ok(Done::new(&receipt, Moved::from(&receipt)))
}
