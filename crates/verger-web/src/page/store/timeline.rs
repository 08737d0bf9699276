//! The stations of an order as a buyer reads them: where it was, where it is, what comes next. Owns
//! words alone.

use verger_app::clock::Calendar;
use verger_domain::market::{Order, OrderPhase};

use crate::text::Lang;

/// One station.
pub(in crate::page) struct Station {
    pub(in crate::page) name: String,
    /// When it was reached; nothing for what is still to come.
    pub(in crate::page) at: Option<String>,
    pub(in crate::page) is_now: bool,
}

/// The way of a sale that goes well.
const WAY: [OrderPhase; 7] = [
    OrderPhase::Placed,
    OrderPhase::Paid,
    OrderPhase::Accepted,
    OrderPhase::Packed,
    OrderPhase::Shipped,
    OrderPhase::Delivered,
    OrderPhase::Completed,
];

/// The stations of a sale.
pub(super) fn stations(lang: Lang, order: &Order, calendar: &Calendar) -> Vec<Station> {
    along(lang, order, calendar, &WAY)
}

/// The stations along a way: those that were passed with their moments, and those that are left
/// unless the order is over.
fn along(lang: Lang, order: &Order, calendar: &Calendar, way: &[OrderPhase]) -> Vec<Station> {
    let station = |phase: OrderPhase| Station {
        name: lang.phase(phase.name()),
        at: order.at(phase).map(|at| lang.moment(at, calendar)),
        is_now: order.phase == phase,
    };
    let is_called_off = order.phase.is_end() && order.phase != OrderPhase::Completed;
    let seen = |phase: &&OrderPhase| order.at(**phase).is_some() || **phase == order.phase;
    let way = way.iter().filter(|phase| !is_called_off || seen(phase)).copied();
    let end = is_called_off.then_some(order.phase);
    way.chain(end).map(station).collect()
}

/// The way of a purchase that goes well.
const PURCHASE: [OrderPhase; 10] = [
    OrderPhase::Requested,
    OrderPhase::Quoted,
    OrderPhase::Consented,
    OrderPhase::Funded,
    OrderPhase::Ordered,
    OrderPhase::Confirmed,
    OrderPhase::InTransit,
    OrderPhase::AtShop,
    OrderPhase::PickedUp,
    OrderPhase::Completed,
];

/// The stations of a purchase for a household.
pub(in crate::page) fn purchase_stations(
    lang: Lang,
    order: &Order,
    calendar: &Calendar,
) -> Vec<Station> {
    along(lang, order, calendar, &PURCHASE)
}

/// The message that says what happens next, and who has to do it.
pub(super) const fn next_key(phase: OrderPhase) -> &'static str {
    match phase {
        OrderPhase::Placed => "follow-next-placed",
        OrderPhase::Paid => "follow-next-paid",
        OrderPhase::Accepted => "follow-next-accepted",
        OrderPhase::Packed => "follow-next-packed",
        OrderPhase::Shipped => "follow-next-shipped",
        OrderPhase::Delivered => "follow-next-delivered",
        OrderPhase::Completed => "follow-next-completed",
        OrderPhase::Expired => "follow-next-expired",
        OrderPhase::Refunded => "follow-next-refunded",
        _ => "follow-next-cancelled",
    }
}
