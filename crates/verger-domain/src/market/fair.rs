//! The fair price: what of a box's price reaches the orchard, beside what the trader would have paid
//! there that day. Owns the arithmetic; who may see it is everybody.

use super::listing::Listing;
use super::lot::Grade;
use super::season::SeasonWindow;
use super::split::{Share, released};
use super::{Order, OrderLine};
use crate::policy::Policy;
use crate::time::Date;

/// What of a price reaches the orchard. All amounts are minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FairPrice {
    /// What the members' side gets: the price less all fees and the box.
    pub farm_gate_minor: i64,
    /// The fruit that was sold, in grams.
    pub grams: i64,
    /// What the buyer pays for the fruit, without freight and after what went back.
    pub price_minor: i64,
    /// What the trader paid for a kilogram at the orchard, and on which day that was heard.
    pub trader: Option<(Date, i64)>,
}

impl FairPrice {
    /// The part of an order's price that reaches the orchard: what it did, or what it will by the
    /// fees that are frozen into the order.
    pub fn of_order(order: &Order) -> Self {
        let next = order.released_next();
        let left = order.lines.iter().map(OrderLine::left_minor);
        Self {
            farm_gate_minor: next.rest_minor,
            grams: order.weight_g(),
            price_minor: super::split::total(left),
            trader: None,
        }
    }

    /// The part of a listing's price that would reach the orchard by the fees of the policy.
    pub fn of_listing(listing: &Listing, policy: &Policy, is_cooperative: bool) -> Self {
        let share = Share {
            commission_bps: policy.commission.sale_bps,
            cooperative_bps: if is_cooperative { policy.fees.cooperative_bps } else { 0 },
            goods_minor: listing.price_minor,
            packaging_minor: listing.text.packaging_minor,
            platform_bps: policy.fees.platform_bps,
        };
        Self {
            farm_gate_minor: released(&[share], 0).rest_minor,
            grams: listing.text.weight_g,
            price_minor: listing.price_minor,
            trader: None,
        }
    }

    /// The same beside the trader's price of a grade on a day.
    #[must_use]
    pub fn beside(self, window: Option<&SeasonWindow>, grade: Grade, day: Date) -> Self {
        let trader = window.and_then(|window| window.trader_price(grade, day));
        Self { trader, ..self }
    }

    /// The part that reaches the orchard, in hundredths of a percent, rounded down.
    pub fn farm_gate_bps(&self) -> i64 {
        let whole = i128::from(self.farm_gate_minor).saturating_mul(10_000);
        let bps = whole.checked_div(i128::from(self.price_minor)).unwrap_or(0);
        i64::try_from(bps).unwrap_or(0)
    }

    /// What reaches the orchard for a kilogram, rounded down.
    pub fn farm_gate_minor_per_kg(&self) -> i64 {
        let whole = i128::from(self.farm_gate_minor).saturating_mul(1_000);
        let minor = whole.checked_div(i128::from(self.grams)).unwrap_or(0);
        i64::try_from(minor).unwrap_or(0)
    }

    /// How much more a kilogram brings than the trader would have paid; negative when less.
    pub fn more_than_trader_minor(&self) -> Option<i64> {
        let (_, trader) = self.trader?;
        Some(self.farm_gate_minor_per_kg().saturating_sub(trader))
    }
}
