//! Load for the market: whole orders from the basket to the confirmation, and a crowd that wants the
//! last boxes. Owns the workload of the market's bench; the measuring is the bench's.

use std::collections::BTreeMap;

use verger_app::{App, AppError};
use verger_domain::codec;
use verger_domain::id::{ListingId, OrderId, ParcelId, PartyId, PoolId, ReceiptId, VillageId};
use verger_domain::market::ReturnClass;
use verger_domain::market::command::{Boxed, ListingCommand, OrderCommand, ParcelCommand};
use verger_domain::market::listing::{ListingText, Photo};
use verger_domain::market::order::PayBy;
use verger_domain::market::parcel::Content;
use verger_domain::party::PartyKind;
use verger_domain::{Actor, Body, Command};

use crate::village::{Cast, accept, command, named, register_party, settle};

/// A village that sells boxes of peaches to many buyers.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The village and its people.
    pub cast: Cast,
    /// The buyers.
    pub buyers: Vec<PartyId>,
    /// What is sold.
    pub listing: ListingId,
}

/// What one box costs, and its way to the buyer, in minor units.
pub const GOODS_MINOR: i64 = 3_990;
/// The freight of one box, in minor units.
pub const FREIGHT_MINOR: i64 = 1_000;

/// The steps of a whole order, in their order.
pub const STEPS: usize = 8;

/// Who takes a step of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The buyer outside.
    Buyer,
    /// The payment processor.
    Processor,
    /// The agent, who accepts, packs and gives.
    Agent,
    /// The carrier.
    Carrier,
}

/// The ids of the order with this number.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    /// The order.
    pub order: OrderId,
    /// Its one box.
    pub parcel: ParcelId,
    /// Its payment.
    pub receipt: ReceiptId,
    /// Who buys.
    pub buyer: PartyId,
    /// The number, time-ordered with the others of its run.
    pub number: u64,
}

impl Stand {
    /// Registers a village with its buyers and puts the boxes on sale.
    ///
    /// # Errors
    /// When a command is not answered or is refused.
    pub fn build(
        app: &App,
        village: VillageId,
        (buyers, stock): (usize, i64),
    ) -> Result<Self, AppError> {
        let cast = settle(app, village, "county-1", 20)?;
        let stand = Self::known(village, buyers);
        let mut waiting = Vec::new();
        for number in 0..buyers {
            let code = buyer_code(number);
            waiting.push(app.send(register_party(village, PartyKind::Buyer, &code, None))?);
            if waiting.len() > 1_000 {
                for pending in waiting.drain(..) {
                    pending.wait()?.accepted()?;
                }
            }
        }
        for pending in waiting {
            pending.wait()?.accepted()?;
        }
        let text = ListingText {
            category: "fruit".to_owned(),
            claims: BTreeMap::new(),
            class: ReturnClass::Perishable,
            freight_minor: FREIGHT_MINOR,
            grade: Some("A".to_owned()),
            name: "湖景蜜露 2.5kg".to_owned(),
            name_latin: "Hujing peaches, 2.5 kg box".to_owned(),
            names: BTreeMap::new(),
            packaging_minor: 450,
            photos: vec![Photo(codec::sha256(b"a picture"))],
            pool: Some(PoolId::from_bits(7)),
            season: None,
            seller: cast.cooperative,
            township_price_minor: None,
            unit: "2.5 kg".to_owned(),
            variety: Some("hujing".to_owned()),
            weight_g: 2_500,
        };
        let draft = ListingCommand::Draft {
            code: "box-hujing".parse().expect("a short code"),
            price_minor: GOODS_MINOR,
            stock: Some(stock),
            text: Box::new(text),
        };
        let body = |command| Body::Listing { command, listing: stand.listing, version: None };
        accept(app, cast.by_agent("draft", body(draft)))?;
        accept(app, cast.by_agent("submit", body(ListingCommand::Submit)))?;
        accept(app, cast.by_staff("approve", body(ListingCommand::Approve)))?;
        Ok(stand)
    }

    /// The stand of a store that [`Stand::build`] made before.
    pub fn known(village: VillageId, buyers: usize) -> Self {
        let buyer = |number| crate::village::party_id(village, &buyer_code(number));
        Self {
            cast: Cast::known(village, 20),
            buyers: (0..buyers).map(buyer).collect(),
            listing: named(&format!("{village} stand listing")),
        }
    }

    /// The ids of the order with this number.
    pub fn whole(&self, number: u64) -> Whole {
        let count = u64::try_from(self.buyers.len()).unwrap_or(1).max(1);
        let index = usize::try_from(number % count).unwrap_or(0);
        let bits = (u128::from(number) << 64) | 0x7e57;
        Whole {
            order: OrderId::from_bits(bits),
            parcel: ParcelId::from_bits(bits),
            receipt: ReceiptId::from_bits(bits),
            buyer: *self.buyers.get(index).expect("a stand has buyers"),
            number,
        }
    }

    /// The step of an order, from 0, with who takes it.
    pub fn step(&self, whole: Whole, step: usize) -> (Role, Body) {
        let order = |command| Body::Order { command, order: whole.order, version: None };
        let parcel = |command| Body::Parcel { command, parcel: whole.parcel, version: None };
        let (agent, carrier) = (self.cast.agent, self.cast.carrier);
        match step {
            0 => (Role::Buyer, order(self.place(whole.buyer))),
            1 => (Role::Processor, pay(whole)),
            2 => (Role::Agent, order(OrderCommand::Accept)),
            3 => (Role::Agent, order(self.pack(whole))),
            4 => (Role::Agent, parcel(ParcelCommand::Give { taker: carrier })),
            5 => {
                let take = ParcelCommand::Take { code_digest: None, giver: agent, taker: carrier };
                (Role::Carrier, parcel(take))
            }
            6 => (Role::Carrier, parcel(ParcelCommand::Deliver)),
            _ => (Role::Buyer, order(OrderCommand::Confirm)),
        }
    }

    /// The command of a step.
    pub fn command(&self, whole: Whole, step: usize) -> Command {
        let (role, body) = self.step(whole, step);
        let actor = match role {
            Role::Buyer => Actor::Party(whole.buyer),
            Role::Processor => Actor::System,
            Role::Agent => Actor::Party(self.cast.agent),
            Role::Carrier => Actor::Party(self.cast.carrier),
        };
        let step = u128::try_from(step).unwrap_or(0);
        let id = verger_domain::id::CommandId::from_bits((u128::from(whole.number) << 64) | step);
        Command { id, village: self.cast.village, actor, body }
    }

    fn place(&self, buyer: PartyId) -> OrderCommand {
        OrderCommand::Place {
            agent: Some(self.cast.agent),
            buyer,
            guest: None,
            lines: vec![(self.listing, 1)],
            pay_by: PayBy::Online,
            secret_hash: [9; 32],
        }
    }

    fn pack(&self, whole: Whole) -> OrderCommand {
        let maker = *self.cast.households.first().expect("a village has households");
        let lot = "L0001".parse().expect("a short code");
        let packed = Boxed {
            contents: vec![Content { grams: 2_510, lot, maker }],
            label: format!("P{:x}", whole.number).parse().expect("a short code"),
            parcel: whole.parcel,
            weight_g: 2_900,
        };
        OrderCommand::Pack { boxes: vec![packed], by_surface: false }
    }

    /// A buyer of the crowd wants one box, under a key of his own.
    pub fn grab(&self, number: usize) -> Command {
        let buyer = *self.buyers.get(number).expect("the crowd has this buyer");
        let order = named::<verger_domain::id::OrderKind>(&format!("grab {number}"));
        let body = Body::Order { command: self.place(buyer), order, version: None };
        command(self.cast.village, Actor::Party(buyer), &format!("grab {number}"), body)
    }
}

fn buyer_code(number: usize) -> String {
    format!("B{number:06}")
}

fn pay(whole: Whole) -> Body {
    Body::ReceivePayment {
        amount_minor: GOODS_MINOR + FREIGHT_MINOR,
        currency: "CNY".to_owned(),
        order: whole.order,
        payer: None,
        receipt: whole.receipt,
    }
}
