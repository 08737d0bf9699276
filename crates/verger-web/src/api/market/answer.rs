//! The answer to a command of the market: where its subject is now and what money moved. It follows
//! from the record alone, so that a repeat is answered word for word and no read is needed.

use serde::Serialize;
use utoipa::ToSchema;
use verger_app::Receipt;
use verger_domain::Effect;
use verger_domain::id::{
    DisputeId, GroupId, ListingId, LotId, OrderId, ParcelId, PartyId, PoolId, SeasonId, TillId,
    TripId, VoteId,
};
use verger_domain::market::{
    CooperativeEvent, DisputeEvent, DisputePhase, GroupEvent, GroupPhase, ListingEvent,
    ListingPhase, LotEvent, LotPhase, OrderEvent, ParcelEvent, PoolEvent, PoolPhase, PreorderEvent,
    PreorderPhase, SeasonEvent, SeasonPhase, TillEvent, TillPhase, TripEvent, TripPhase, VoteEvent,
    VotePhase,
};

use crate::api::Done;
use crate::text::rfc3339;
use verger_shapes::{EntryShape, entries};

/// What a command of the market did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Acted {
    /// The id of the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "order_0199f0c2a8b47c0e8000000000000001")]
    id: Option<String>,
    /// The number of the record in the journal of the village's cell.
    #[schema(example = 42)]
    seq: u64,
    /// When it was decided (RFC 3339, UTC).
    #[schema(example = "2026-07-20T06:30:00.000000Z")]
    at: String,
    /// Where the subject is now, if the command moved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "paid")]
    phase: Option<&'static str>,
    /// The version of the subject after it, for the next command; absent when the request named
    /// none, so that nobody acts on a change he has not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 4)]
    version: Option<u32>,
    /// The orders of a basket, each with its phase.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    orders: Vec<OrderNow>,
    /// What each account received.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entries: Vec<EntryShape>,
    /// What a new order asks of its buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    placed: Option<PlacedShape>,
}

/// One order of a basket after a command.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderNow {
    /// Its id.
    id: String,
    /// Where it is now, if the command moved it.
    #[schema(example = "consented")]
    phase: Option<&'static str>,
}

/// A new order, to be paid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacedShape {
    /// All there is to pay, in minor units; of boxes ordered ahead the deposit.
    #[schema(example = 4_990)]
    total_minor: i64,
    /// Until when the goods are kept for the buyer without money (RFC 3339, UTC).
    pay_until: Option<String>,
    /// The buyer's link, shown to the buyer alone and never stored: `Authorization: Bearer <link>`
    /// acts as the buyer of this one order.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// The address of the buyer's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

/// The subject of a command.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    Listing(ListingId),
    Order(OrderId),
    Parcel(ParcelId),
    Trip(TripId),
    Dispute(DisputeId),
    Group(GroupId),
    Till(TillId),
    Lot(LotId),
    Pool(PoolId),
    Season(SeasonId),
    Preorder(OrderId),
    Cooperative(PartyId),
    Vote(VoteId),
}

impl Of {
    /// The id, and the noun of its addresses.
    fn named(self) -> (String, &'static str) {
        match self {
            Self::Listing(id) => (id.to_string(), "listings"),
            Self::Order(id) => (id.to_string(), "orders"),
            Self::Parcel(id) => (id.to_string(), "parcels"),
            Self::Trip(id) => (id.to_string(), "trips"),
            Self::Dispute(id) => (id.to_string(), "disputes"),
            Self::Group(id) => (id.to_string(), "groups"),
            Self::Till(id) => (id.to_string(), "tills"),
            Self::Lot(id) => (id.to_string(), "lots"),
            Self::Pool(id) => (id.to_string(), "pools"),
            Self::Season(id) => (id.to_string(), "seasons"),
            Self::Preorder(id) => (id.to_string(), "preorders"),
            Self::Cooperative(id) => (id.to_string(), "cooperatives"),
            Self::Vote(id) => (id.to_string(), "votes"),
        }
    }
}

/// What the events of a record make of a subject.
#[derive(Clone, Copy, Debug, Default)]
struct Change {
    is_new: bool,
    phase: Option<&'static str>,
    steps: u32,
}

impl Change {
    fn of(receipt: &Receipt, of: Of) -> Self {
        let mut change = Self::default();
        for effect in &receipt.record.effects {
            let Some((is_new, phase, steps)) = told(effect, of) else { continue };
            change.is_new |= is_new;
            change.phase = phase.or(change.phase);
            change.steps = change.steps.saturating_add(steps);
        }
        change
    }
}

/// Whether an effect makes the subject new, where it moves it, and by how many versions.
fn told(effect: &Effect, of: Of) -> Option<(bool, Option<&'static str>, u32)> {
    let (is_new, phase) = match (effect, of) {
        (Effect::Listing { event, listing }, Of::Listing(id)) if *listing == id => {
            if matches!(event, ListingEvent::Stocked { .. }) {
                return Some((false, None, 0));
            }
            (matches!(event, ListingEvent::Drafted(_)), of_listing(event))
        }
        (Effect::Order { event, order }, Of::Order(id)) if *order == id => match event {
            OrderEvent::Placed(row) => (true, Some(row.phase.name())),
            OrderEvent::Reached { phase, .. } => (false, Some(phase.name())),
            _ => (false, None),
        },
        (Effect::Parcel { event, parcel }, Of::Parcel(id)) if *parcel == id => match event {
            ParcelEvent::Labelled(row) => (true, Some(row.phase.name())),
            ParcelEvent::Moved { phase, .. } => (false, Some(phase.name())),
            _ => (false, None),
        },
        (Effect::Trip { event, trip }, Of::Trip(id)) if *trip == id => {
            (matches!(event, TripEvent::Planned(_)), Some(of_trip(event)))
        }
        (Effect::Dispute { dispute, event }, Of::Dispute(id)) if *dispute == id => {
            (matches!(event, DisputeEvent::Opened(_)), of_dispute(event))
        }
        (Effect::Group { event, group }, Of::Group(id)) if *group == id => {
            (matches!(event, GroupEvent::Opened(_)), of_group(event))
        }
        (Effect::Till { event, till }, Of::Till(id)) if *till == id => {
            (matches!(event, TillEvent::Opened(_)), of_till(event))
        }
        _ => return told_of_cooperative(effect, of),
    };
    Some((is_new, phase, u32::from(!is_new)))
}

/// The same for the cooperative's subjects. What happens beside whoever looks at a subject does not
/// change its version.
fn told_of_cooperative(effect: &Effect, of: Of) -> Option<(bool, Option<&'static str>, u32)> {
    let (is_new, phase, is_beside) = match (effect, of) {
        (Effect::Lot { event, lot }, Of::Lot(id)) if *lot == id => {
            let is_beside = matches!(event, LotEvent::Packed { .. });
            (matches!(event, LotEvent::Weighed(_)), of_lot(event), is_beside)
        }
        (Effect::Pool { event, pool }, Of::Pool(id)) if *pool == id => {
            (matches!(event, PoolEvent::Opened(_)), of_pool(event), false)
        }
        (Effect::Season { event, season }, Of::Season(id)) if *season == id => {
            let is_beside =
                matches!(event, SeasonEvent::Ordered { .. } | SeasonEvent::Delivered { .. });
            (matches!(event, SeasonEvent::Opened(_)), of_season(event), is_beside)
        }
        (Effect::Preorder { event, preorder }, Of::Preorder(id)) if *preorder == id => {
            (matches!(event, PreorderEvent::Placed(_)), Some(of_preorder(event)), false)
        }
        (Effect::Cooperative { cooperative, event }, Of::Cooperative(id)) if *cooperative == id => {
            let is_beside = matches!(event, CooperativeEvent::Delivered { .. });
            (matches!(event, CooperativeEvent::Founded(_)), None, is_beside)
        }
        (Effect::Vote { event, vote }, Of::Vote(id)) if *vote == id => {
            let phase = matches!(event, VoteEvent::Called(_)).then_some(VotePhase::Open.name());
            let is_beside = matches!(event, VoteEvent::Cast { .. });
            (matches!(event, VoteEvent::Called(_)), phase, is_beside)
        }
        _ => return None,
    };
    Some((is_new, phase, u32::from(!is_new && !is_beside)))
}

fn of_lot(event: &LotEvent) -> Option<&'static str> {
    let phase = match event {
        LotEvent::Weighed(_) => LotPhase::Weighed,
        LotEvent::Graded { .. } | LotEvent::Reweighed { .. } => LotPhase::Graded,
        LotEvent::Rejected { .. } => LotPhase::Rejected,
        _ => return None,
    };
    Some(phase.name())
}

fn of_pool(event: &PoolEvent) -> Option<&'static str> {
    let phase = match event {
        PoolEvent::Opened(_) => PoolPhase::Open,
        PoolEvent::Closed | PoolEvent::Objected { .. } => PoolPhase::Closed,
        PoolEvent::Accounted { .. } => PoolPhase::Accounted,
        PoolEvent::Approved { due_at: Some(_), .. } => PoolPhase::Approved,
        PoolEvent::Paid { .. } => PoolPhase::Paid,
        _ => return None,
    };
    Some(phase.name())
}

fn of_season(event: &SeasonEvent) -> Option<&'static str> {
    let phase = match event {
        SeasonEvent::Opened(row) => row.phase,
        SeasonEvent::Fixed { .. } => SeasonPhase::Fixed,
        SeasonEvent::Ended => SeasonPhase::Over,
        SeasonEvent::Cancelled { .. } => SeasonPhase::Cancelled,
        _ => return None,
    };
    Some(phase.name())
}

fn of_preorder(event: &PreorderEvent) -> &'static str {
    use PreorderPhase as P;
    match event {
        PreorderEvent::Placed(row) => row.phase,
        PreorderEvent::Deposited { .. } => P::Reserved,
        PreorderEvent::Fixed { .. } => P::Fixed,
        PreorderEvent::Asked { .. } => P::Short,
        PreorderEvent::Waiting { phase, .. } | PreorderEvent::Switched { phase, .. } => *phase,
        PreorderEvent::Called => P::Called,
        PreorderEvent::Refunded => P::Refunded,
        PreorderEvent::Expired => P::Expired,
    }
    .name()
}

fn of_listing(event: &ListingEvent) -> Option<&'static str> {
    use ListingPhase as P;
    let phase = match event {
        ListingEvent::Drafted(_) | ListingEvent::Edited(_) | ListingEvent::Rejected { .. } => {
            P::Draft
        }
        ListingEvent::Submitted { .. } => P::Review,
        ListingEvent::Approved { .. }
        | ListingEvent::Resumed
        | ListingEvent::AppealJudged { is_won: true } => P::Live,
        ListingEvent::Paused => P::Paused,
        ListingEvent::Ended => P::Ended,
        ListingEvent::TakenDown { .. } => P::TakenDown,
        ListingEvent::Reminded
        | ListingEvent::Priced { .. }
        | ListingEvent::Stocked { .. }
        | ListingEvent::Appealed
        | ListingEvent::AppealJudged { is_won: false } => return None,
    };
    Some(phase.name())
}

fn of_trip(event: &TripEvent) -> &'static str {
    match event {
        TripEvent::Planned(_) => TripPhase::Planned,
        TripEvent::Loaded { .. } => TripPhase::Loading,
        TripEvent::Departed => TripPhase::Departed,
        TripEvent::Arrived { .. } => TripPhase::Arrived,
        TripEvent::Closed { .. } => TripPhase::Closed,
    }
    .name()
}

fn of_dispute(event: &DisputeEvent) -> Option<&'static str> {
    use DisputePhase as P;
    let phase = match event {
        DisputeEvent::Opened(_) => P::Opened,
        DisputeEvent::Offered { .. } => P::Offered,
        DisputeEvent::ReturnApproved { .. } => P::Returning,
        DisputeEvent::Escalated { .. } | DisputeEvent::Appealed { .. } => P::Escalated,
        DisputeEvent::Ruled { .. } => P::Ruled,
        DisputeEvent::Executed => P::Executed,
        DisputeEvent::Withdrawn => P::Withdrawn,
        DisputeEvent::Agreed { .. } | DisputeEvent::Refused { .. } | DisputeEvent::Reminded => {
            return None;
        }
    };
    Some(phase.name())
}

fn of_group(event: &GroupEvent) -> Option<&'static str> {
    let phase = match event {
        GroupEvent::Opened(_) => GroupPhase::Open,
        GroupEvent::Closed { .. } => GroupPhase::Closed,
        GroupEvent::Ordered => GroupPhase::Ordered,
        GroupEvent::HandedOut { .. } => GroupPhase::HandedOut,
        GroupEvent::Settled { .. } => GroupPhase::Settled,
        GroupEvent::Failed { .. } => GroupPhase::Failed,
        GroupEvent::Joined { .. } | GroupEvent::Vested => return None,
    };
    Some(phase.name())
}

fn of_till(event: &TillEvent) -> Option<&'static str> {
    let phase = match event {
        TillEvent::Opened(_) => TillPhase::Open,
        TillEvent::Closed { .. } => TillPhase::Closed,
        TillEvent::Reconciled => TillPhase::Reconciled,
        TillEvent::Banked { .. } => return None,
    };
    Some(phase.name())
}

impl Acted {
    /// What a command did that has no one subject.
    pub(super) fn plain(receipt: &Receipt) -> Self {
        Self {
            id: None,
            seq: receipt.record.seq,
            at: rfc3339(receipt.record.at),
            phase: None,
            version: None,
            orders: Vec::new(),
            entries: entries(receipt),
            placed: None,
        }
    }

    /// The answer about one subject, which was asked about in this version.
    pub(super) fn done(
        receipt: &Receipt,
        village: verger_domain::id::VillageId,
        (of, version): (Of, Option<u32>),
    ) -> Done<Self> {
        let change = Change::of(receipt, of);
        let seen = if change.is_new { Some(0) } else { version };
        let (id, noun) = of.named();
        let location = format!("/api/v1/villages/{village}/{noun}/{id}");
        let body = Self {
            id: Some(id),
            phase: change.phase,
            version: seen.map(|seen| seen.saturating_add(change.steps)),
            placed: placed(receipt),
            ..Self::plain(receipt)
        };
        if change.is_new {
            Done::created(receipt, location, body)
        } else {
            Done::new(receipt, body)
        }
    }

    /// The answer about the orders of a basket.
    pub(super) fn basket(receipt: &Receipt, orders: impl Iterator<Item = OrderId>) -> Done<Self> {
        let now = |id: OrderId| {
            let phase = Change::of(receipt, Of::Order(id)).phase;
            OrderNow { id: id.to_string(), phase }
        };
        Done::new(receipt, Self { orders: orders.map(now).collect(), ..Self::plain(receipt) })
    }
}

/// What a new order asks of its buyer, without the link.
fn placed(receipt: &Receipt) -> Option<PlacedShape> {
    receipt.record.effects.iter().find_map(|effect| match effect {
        Effect::Order { event: OrderEvent::Placed(row), .. } => Some(PlacedShape {
            total_minor: row.total_minor(),
            pay_until: row.due_at.map(rfc3339),
            link: None,
            page: None,
        }),
        Effect::Preorder { event: PreorderEvent::Placed(row), .. } => Some(PlacedShape {
            total_minor: row.deposit_minor,
            pay_until: row.due_at.map(rfc3339),
            link: None,
            page: None,
        }),
        _ => None,
    })
}

impl Done<Acted> {
    /// Shows the buyer his link, once and at every repeat of the same command.
    pub(super) fn with_link(mut self, link: &verger_app::OrderLink, lang: &str) -> Self {
        if let Some(placed) = self.body.placed.as_mut() {
            let (village, order, key) = (link.village, link.order, link.key());
            placed.page = Some(format!("/{lang}/villages/{village}/orders/{order}?key={key}"));
            placed.link = Some(link.text());
        }
        self
    }
}
