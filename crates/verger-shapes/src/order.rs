//! An order as the API shows it, and where its money went. Owns the JSON forms alone.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use verger_app::Split;
use verger_domain::market::order::{LineState, PayBy};
use verger_domain::market::{Flow, Order, OrderLine};

use verger_words::text::rfc3339;

/// One line of an order, with the price it was ordered at.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLineShape {
    /// What was ordered.
    listing: String,
    /// How many pieces.
    quantity: u32,
    /// The price of one, in minor units.
    price_minor: i64,
    /// The price of all before refunds, in minor units.
    goods_minor: i64,
    /// What was refunded of it, in minor units.
    refunded_minor: i64,
    /// What the township shop asks for all of them, in minor units, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    township_minor: Option<i64>,
    /// The weight of all, in grams.
    weight_g: i64,
    /// Who sells it.
    seller: String,
    /// Where its money is: `open` in escrow, `frozen` while it is disputed, `released`.
    #[schema(example = "open")]
    state: &'static str,
}

impl From<&OrderLine> for OrderLineShape {
    fn from(line: &OrderLine) -> Self {
        Self {
            listing: line.listing.to_string(),
            quantity: line.quantity,
            price_minor: line.price_minor,
            goods_minor: line.goods_minor(),
            refunded_minor: line.refunded_minor,
            township_minor: line.township_minor,
            weight_g: line.weight_g,
            seller: line.seller.to_string(),
            state: match line.state {
                LineState::Open => "open",
                LineState::Frozen => "frozen",
                LineState::Released => "released",
            },
        }
    }
}

/// A sale to the outside, or an assisted purchase.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderShape {
    /// Its id.
    #[schema(example = "order_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `sale` or `purchase`.
    #[schema(example = "sale")]
    flow: &'static str,
    /// Where it is.
    #[schema(example = "paid")]
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// The outside buyer, or the household.
    buyer: String,
    /// The agent who sells or serves.
    agent: Option<String>,
    /// Who carries it.
    carrier: Option<String>,
    /// How the buyer of a sale pays: `online`, `transfer` or `cash`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_by: Option<&'static str>,
    /// What was ordered.
    lines: Vec<OrderLineShape>,
    /// The price of all goods before refunds, in minor units.
    goods_minor: i64,
    /// What the carrier is promised, in minor units.
    freight_minor: i64,
    /// All there is to pay, in minor units.
    #[schema(example = 4_990)]
    total_minor: i64,
    /// What the escrow received, in minor units.
    paid_minor: i64,
    /// What arrived but is too little; it is in the buyer's wallet, in minor units.
    short_minor: i64,
    /// What went back to the buyer, in minor units.
    refunded_minor: i64,
    /// What the escrow holds, in minor units.
    in_escrow_minor: i64,
    /// How many disputes about it are open.
    disputes_open: u32,
    /// When something happens by itself, such as its expiry (RFC 3339, UTC).
    due_at: Option<String>,
    /// Purchase: the day on which it shall be at the shop.
    due_on: Option<String>,
    /// Whether its buyer has used the one extension.
    is_extended: bool,
    /// The trip it is ordered for.
    trip: Option<String>,
    /// What its buyer said of it: from 1 to 5 stars.
    #[serde(skip_serializing_if = "Option::is_none")]
    stars: Option<u8>,
    /// Its boxes.
    parcels: Vec<String>,
    /// The stations it has passed, with the moment (RFC 3339, UTC).
    reached: BTreeMap<&'static str, String>,
}

impl From<Order> for OrderShape {
    fn from(order: Order) -> Self {
        let pay_by = match order.pay_by {
            PayBy::Online => "online",
            PayBy::Transfer => "transfer",
            PayBy::Cash => "cash",
        };
        Self {
            id: order.id.to_string(),
            flow: order.flow.name(),
            phase: order.phase.name(),
            version: order.version,
            buyer: order.buyer.to_string(),
            agent: order.agent.map(|agent| agent.to_string()),
            carrier: order.carrier.map(|carrier| carrier.to_string()),
            pay_by: (order.flow == Flow::Sale).then_some(pay_by),
            lines: order.lines.iter().map(OrderLineShape::from).collect(),
            goods_minor: order.goods_minor(),
            freight_minor: order.freight_minor,
            total_minor: order.total_minor(),
            paid_minor: order.paid_minor,
            short_minor: order.short_minor,
            refunded_minor: order.refunded_minor(),
            in_escrow_minor: order.in_escrow_minor(),
            disputes_open: order.disputes_open,
            due_at: order.due_at.map(rfc3339),
            due_on: order.due_on.map(|day| day.to_string()),
            is_extended: order.is_extended,
            trip: order.trip.map(|trip| trip.to_string()),
            stars: order.review.as_ref().map(|review| review.stars),
            parcels: order.parcels.keys().map(ToString::to_string).collect(),
            reached: order.reached.iter().map(|(p, at)| (p.name(), rfc3339(*at))).collect(),
        }
    }
}

/// Where the price of an order goes. The parts sum to `of_minor`, to the fen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "order": "order_0199f0c2a8b47c0e8000000000000001", "of_minor": 4990, "is_paid": true,
    "is_settled": true, "seller": "pool", "seller_minor": 3143, "cooperative_minor": 159,
    "agent_minor": 199, "box_minor": 450, "carrier_minor": 1000, "platform_minor": 39,
    "refunded_minor": 0, "disputed_minor": 0, "goodwill_minor": 0
}))]
pub struct SplitShape {
    /// The order.
    order: String,
    /// What is divided, in minor units: the price that was paid, or that is due.
    of_minor: i64,
    /// Whether it was paid; before that the parts are what they will be.
    is_paid: bool,
    /// Whether all of it is where it belongs; before that the parts are what they will be.
    is_settled: bool,
    /// Whom the seller's part goes to: `pool`, `household`, `cooperative`, `supplier`, or `several`
    /// where the lines have different sellers.
    seller: &'static str,
    /// The seller's part, in minor units.
    seller_minor: i64,
    /// The cooperative's fee, in minor units.
    cooperative_minor: i64,
    /// The agent's commission, in minor units.
    agent_minor: i64,
    /// Box and foam, in minor units.
    box_minor: i64,
    /// The carrier's freight, in minor units.
    carrier_minor: i64,
    /// The platform's fee, in minor units.
    platform_minor: i64,
    /// What went back to the buyer, in minor units.
    refunded_minor: i64,
    /// What waits in escrow for a dispute to end, in minor units.
    disputed_minor: i64,
    /// What the seller gave back later, out of the parts above, in minor units.
    goodwill_minor: i64,
}

impl From<&Order> for SplitShape {
    fn from(order: &Order) -> Self {
        let split = Split::of(order);
        Self {
            order: order.id.to_string(),
            of_minor: split.of_minor,
            is_paid: split.is_paid,
            is_settled: split.is_settled,
            seller: split.seller.name(),
            seller_minor: split.seller_minor,
            cooperative_minor: split.cooperative_minor,
            agent_minor: split.agent_minor,
            box_minor: split.box_minor,
            carrier_minor: split.carrier_minor,
            platform_minor: split.platform_minor,
            refunded_minor: split.refunded_minor,
            disputed_minor: split.disputed_minor,
            goodwill_minor: split.goodwill_minor,
        }
    }
}
