//! The market's use cases around its commands: who may look at what, the buyer's link, the pick-up
//! code, what the processor tells, and where an order's money goes. Owns what of this must not be
//! guessed; the rules of trade are the domain's.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use verger_domain::codec::{self, Hash};
use verger_domain::id::{CellId, CommandId, OrderId, ParcelId, PartyId, ReceiptId, VillageId};
use verger_domain::ledger::Code;
use verger_domain::market::command::{CodeDigest, ParcelCommand};
use verger_domain::market::order::LineState;
use verger_domain::market::split::{Share, released, total};
use verger_domain::market::{
    Dispute, Group, Listing, Order, OrderLine, Parcel, ParcelEvent, Preorder, Till, Trip,
};
use verger_domain::party::{Party, PartyKind};
use verger_domain::policy::Policy;
use verger_domain::refusal::MarketRefusal;
use verger_domain::{Actor, Body, Command, Effect, Refusal};
use verger_store::{Document, Reader, StoreError};

use crate::App;
use crate::error::AppError;
use crate::lane::Receipt;

/// Who looks at a subject of the market.
#[derive(Clone, Copy, Debug)]
pub enum Viewer {
    /// A person or firm with a token.
    Party(PartyId),
    /// Whoever has the link of one order.
    Link(OrderId),
}

/// Who may look at a subject, as it says itself.
#[derive(Clone, Debug)]
pub enum Sight {
    /// Everybody in the village.
    Everyone,
    /// Those who make the market work: agents, staff, the cooperative, shops, carriers.
    Inner,
    /// These, and the sides of this order: its buyer and its sellers.
    Sides(OrderId, Vec<PartyId>),
    /// Whoever may look at this order.
    Order(OrderId),
    /// These, and the people of this household.
    Household(PartyId),
}

/// A subject of the market that can be looked at.
pub trait Subject: Document {
    /// Who may.
    fn sight(&self) -> Sight;
}

impl Subject for Order {
    fn sight(&self) -> Sight {
        let sellers = self.lines.iter().map(|line| line.seller);
        Sight::Sides(self.id, std::iter::once(self.buyer).chain(sellers).collect())
    }
}
impl Subject for Parcel {
    fn sight(&self) -> Sight {
        Sight::Order(self.order)
    }
}
impl Subject for Dispute {
    fn sight(&self) -> Sight {
        Sight::Order(self.order)
    }
}
impl Subject for Listing {
    fn sight(&self) -> Sight {
        Sight::Everyone
    }
}
impl Subject for Group {
    fn sight(&self) -> Sight {
        Sight::Everyone
    }
}
impl Subject for Trip {
    fn sight(&self) -> Sight {
        Sight::Inner
    }
}
impl Subject for Till {
    fn sight(&self) -> Sight {
        Sight::Inner
    }
}

/// What a viewer is, once it was looked up.
#[derive(Clone, Debug)]
pub struct Eyes {
    party: Option<Party>,
    link: Option<OrderId>,
}

impl Eyes {
    /// Whether the viewer makes the market work and so sees everything of it.
    pub fn is_inner(&self) -> bool {
        let kind = self.party.as_ref().map(|party| party.kind);
        kind.is_some_and(|kind| match kind {
            PartyKind::Agent
            | PartyKind::Staff
            | PartyKind::Cooperative
            | PartyKind::Shop
            | PartyKind::Carrier => true,
            PartyKind::Buyer | PartyKind::Household | PartyKind::Member | PartyKind::Supplier => {
                false
            }
        })
    }

    /// Whether the viewer is this party, or a member of this household.
    pub fn is_of(&self, party: PartyId) -> bool {
        let own = self.party.as_ref();
        own.is_some_and(|own| own.id == party || own.household == Some(party))
    }

    /// Whether the viewer is of this kind.
    pub fn is(&self, kind: PartyKind) -> bool {
        self.party.as_ref().is_some_and(|party| party.kind == kind)
    }

    fn sees<S: Subject>(&self, row: &S, look: &mut Look<'_>) -> Result<bool, StoreError> {
        Ok(match row.sight() {
            Sight::Everyone => true,
            Sight::Inner => self.is_inner(),
            Sight::Household(household) => self.is_inner() || self.is_of(household),
            Sight::Sides(order, sides) => self.sees_order(order, &sides),
            Sight::Order(order) if self.link.is_some() || self.is_inner() => {
                self.sees_order(order, &[])
            }
            Sight::Order(order) => {
                let order = look.reader.document::<Order>(look.cell, look.village, order.bits())?;
                match order.map(|order| order.sight()) {
                    Some(Sight::Sides(order, sides)) => self.sees_order(order, &sides),
                    _ => false,
                }
            }
        })
    }

    fn sees_order(&self, order: OrderId, sides: &[PartyId]) -> bool {
        match self.link {
            Some(link) => link == order,
            None => self.is_inner() || sides.iter().any(|side| self.is_of(*side)),
        }
    }
}

/// Where a question looks.
struct Look<'a> {
    reader: &'a mut Reader,
    cell: CellId,
    village: VillageId,
}

impl Look<'_> {
    fn eyes(&mut self, viewer: Viewer) -> Result<Eyes, StoreError> {
        let id = match viewer {
            Viewer::Link(order) => return Ok(Eyes { party: None, link: Some(order) }),
            Viewer::Party(id) => id,
        };
        let party = self.reader.party(self.cell, id)?.map(|view| view.party);
        Ok(Eyes { party, link: None })
    }
}

/// The link of a buyer to one order: whoever has it acts as the buyer of that order.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderLink {
    /// The village that sells.
    pub village: VillageId,
    /// The order.
    pub order: OrderId,
    secret: Hash,
}

impl std::fmt::Debug for OrderLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OrderLink({})", self.order)
    }
}

const LINK_PREFIX: &str = "vgo";

impl OrderLink {
    /// The link of an order with the secret that its page was opened with.
    pub fn with_key(village: VillageId, order: OrderId, key: &str) -> Option<Self> {
        Some(Self { village, order, secret: codec::hash_from_hex(key)? })
    }

    /// The link that a bearer's text spells.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        if parts.next()? != LINK_PREFIX {
            return None;
        }
        let village = VillageId::new(parts.next()?.parse().ok()?);
        let order = format!("order_{}", parts.next()?).parse().ok()?;
        let link = Self::with_key(village, order, parts.next()?)?;
        parts.next().is_none().then_some(link)
    }

    /// Whether a bearer's text is meant to be a link, be it a good one or not.
    pub fn is_meant(text: &str) -> bool {
        text.split('_').next() == Some(LINK_PREFIX)
    }

    /// What the buyer sends: `Authorization: Bearer <text>`.
    pub fn text(&self) -> String {
        format!("{LINK_PREFIX}_{}_{:032x}_{}", self.village, self.order.bits(), self.key())
    }

    /// The secret alone, for the address of the order's page.
    pub fn key(&self) -> String {
        codec::to_hex(&self.secret)
    }

    /// What is stored of the secret.
    pub fn secret_hash(&self) -> Hash {
        codec::sha256(&self.secret)
    }

    /// Whether this is the link of the order: only its hash is compared, and in constant time.
    pub fn fits(&self, order: &Order) -> bool {
        self.fits_hash(order.secret_hash) && order.id == self.order
    }

    fn fits_hash(&self, hash: Option<Hash>) -> bool {
        let pairs = self.secret_hash().into_iter().zip(hash.unwrap_or_default());
        let differs = pairs.fold(0, |differs, (a, b)| differs | (a ^ b));
        hash.is_some() && differs == 0
    }
}

/// Who got what of an order's price. The parts sum to `of_minor`, to the fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The agent's commission.
    pub agent_minor: i64,
    /// Box and foam.
    pub box_minor: i64,
    /// The carrier's freight.
    pub carrier_minor: i64,
    /// The cooperative's fee.
    pub cooperative_minor: i64,
    /// What waits in escrow for a dispute to end.
    pub disputed_minor: i64,
    /// What the seller gave back later, out of the parts that he and the agent had got.
    pub goodwill_minor: i64,
    /// Whether the price was paid; before that the parts are what they will be.
    pub is_paid: bool,
    /// Whether everything has gone where it belongs; before that the parts are what they will be.
    pub is_settled: bool,
    /// What is divided: the price that was paid, or that is due.
    pub of_minor: i64,
    /// The platform's fee.
    pub platform_minor: i64,
    /// What went back to the buyer.
    pub refunded_minor: i64,
    /// What the seller's side gets: the pool, the household or the supplier.
    pub seller_minor: i64,
    /// Whom that is.
    pub seller: SellerSide,
}

/// Where the seller's part goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SellerSide {
    /// The pool that the members share out.
    Pool,
    /// The household that made it.
    Household,
    /// The cooperative itself.
    Cooperative,
    /// The outside supplier.
    Supplier,
    /// Several sides of one order, each its part.
    Several,
}

impl SellerSide {
    /// The name in the API and the language files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Household => "household",
            Self::Cooperative => "cooperative",
            Self::Supplier => "supplier",
            Self::Several => "several",
        }
    }

    fn of(order: &Order) -> Self {
        let mut proceeds = order.lines.iter().map(|line| line.proceeds);
        let first = proceeds.next();
        if proceeds.any(|other| Some(other) != first) {
            return Self::Several;
        }
        match first.map(|account| account.code) {
            Some(Code::POOL) => Self::Pool,
            Some(Code::PAYABLE_SUPPLIER) => Self::Supplier,
            Some(Code::WALLET_COOPERATIVE) => Self::Cooperative,
            _ => Self::Household,
        }
    }
}

impl Split {
    /// The split of an order as it is now. What the escrow still holds counts with whom it will go
    /// to, by the fees frozen into the order.
    pub fn of(order: &Order) -> Self {
        let is_paid = order.paid_minor > 0;
        // Called off before it was paid: there is nothing to divide.
        let is_void = !is_paid && order.phase.is_end();
        let next = order.released_next();
        let frozen = order.lines.iter().filter(|line| line.state == LineState::Frozen);
        let part = |minor: i64| if is_void { 0 } else { minor };
        Self {
            agent_minor: part(next.commission_minor),
            box_minor: part(next.packaging_minor),
            carrier_minor: part(next.freight_minor),
            cooperative_minor: part(next.cooperative_minor),
            disputed_minor: part(total(frozen.map(OrderLine::left_minor))),
            goodwill_minor: order.goodwill_minor,
            is_paid,
            is_settled: is_paid && order.in_escrow_minor() == 0,
            of_minor: part(order.total_minor()),
            platform_minor: part(next.platform_minor),
            refunded_minor: part(order.refunded_minor()),
            seller_minor: part(next.rest_minor),
            seller: SellerSide::of(order),
        }
    }

    /// What the price of one of a listing is divided into when a guest buys it in the shop window,
    /// where no agent sells: the same arithmetic and the same fees as those of the order.
    pub fn of_listing(listing: &Listing, seller: PartyKind, policy: &Policy) -> Self {
        let is_cooperative = seller == PartyKind::Cooperative;
        let share = Share {
            commission_bps: 0,
            cooperative_bps: if is_cooperative { policy.fees.cooperative_bps } else { 0 },
            goods_minor: listing.price_minor,
            packaging_minor: listing.text.packaging_minor,
            platform_bps: policy.fees.platform_bps,
        };
        let parts = released(&[share], listing.text.freight_minor);
        Self {
            agent_minor: 0,
            box_minor: parts.packaging_minor,
            carrier_minor: parts.freight_minor,
            cooperative_minor: parts.cooperative_minor,
            disputed_minor: 0,
            goodwill_minor: 0,
            is_paid: false,
            is_settled: false,
            of_minor: total([listing.price_minor, listing.text.freight_minor].into_iter()),
            platform_minor: parts.platform_minor,
            refunded_minor: 0,
            seller_minor: parts.rest_minor,
            seller: match (listing.text.pool, seller) {
                (Some(_), _) => SellerSide::Pool,
                (None, PartyKind::Cooperative) => SellerSide::Cooperative,
                (None, PartyKind::Supplier) => SellerSide::Supplier,
                (None, _) => SellerSide::Household,
            },
        }
    }

    /// The parts with their names, in the order in which people ask for them.
    pub fn parts(&self) -> [(&'static str, i64); 8] {
        [
            ("seller", self.seller_minor),
            ("cooperative", self.cooperative_minor),
            ("agent", self.agent_minor),
            ("box", self.box_minor),
            ("carrier", self.carrier_minor),
            ("platform", self.platform_minor),
            ("refunded", self.refunded_minor),
            ("disputed", self.disputed_minor),
        ]
    }
}

/// The most seconds between the processor's signature and its arrival.
const SIGNATURE_SECONDS: u64 = 300;

/// The first half of a digest, as the bits of an id.
fn half(digest: &Hash) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(digest.split_at(16).0);
    bytes
}

impl App {
    /// A subject of the market and what its viewer is, if there is one that he may know of.
    ///
    /// # Errors
    /// When the village is not known or the store fails.
    pub async fn subject<S: Subject>(
        &self,
        village: VillageId,
        viewer: Viewer,
        bits: u128,
    ) -> Result<Option<(S, Eyes)>, AppError> {
        let question = move |reader: &mut Reader, cell| {
            let mut look = Look { reader, cell, village };
            let Some(row) = look.reader.document::<S>(cell, village, bits)? else {
                return Ok(None);
            };
            let eyes = look.eyes(viewer)?;
            let is_seen = eyes.sees(&row, &mut look)?;
            Ok(is_seen.then_some((row, eyes)))
        };
        self.ask(village, question).await
    }

    /// The subjects of a village in these phases that a viewer may know of, and what he is.
    ///
    /// # Errors
    /// As [`App::subject`].
    pub async fn subjects<S: Subject>(
        &self,
        village: VillageId,
        viewer: Viewer,
        (phases, limit): (Vec<&'static str>, u32),
    ) -> Result<(Vec<S>, Eyes), AppError> {
        let question = move |reader: &mut Reader, cell| {
            let mut look = Look { reader, cell, village };
            let eyes = look.eyes(viewer)?;
            let mut seen = Vec::new();
            for row in look.reader.documents::<S>(cell, village, &phases, limit)? {
                if eyes.sees(&row, &mut look)? {
                    seen.push(row);
                }
            }
            Ok((seen, eyes))
        };
        self.ask(village, question).await
    }

    /// The link of a new order. It follows from the command that places the order, so that a repeat
    /// of the command shows the same link, and cannot be guessed without the deployment's secret.
    pub fn order_link(&self, village: VillageId, order: OrderId, key: CommandId) -> OrderLink {
        let number = village.number().to_be_bytes();
        let parts: [&[u8]; 3] = [&number, &order.to_bytes(), &key.to_bytes()];
        OrderLink { village, order, secret: self.secret().digest("order.link", &parts) }
    }

    /// The order that a link opens.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none, or the secret is another: nobody learns which.
    pub async fn open_link(&self, link: &OrderLink) -> Result<Order, AppError> {
        let (village, bits) = (link.village, link.order.bits());
        let known = self.ask(village, move |reader, cell| reader.document(cell, village, bits));
        let order: Option<Order> = match known.await {
            Err(AppError::VillageUnknown { .. }) => None,
            known => known?,
        };
        order.filter(|order| link.fits(order)).ok_or(AppError::NotFound { what: "order" })
    }

    /// The buyer behind a link: of an order, or of boxes ordered ahead that may become one.
    ///
    /// # Errors
    /// [`AppError::NotFound`] as [`App::open_link`].
    pub async fn buyer_of_link(&self, link: &OrderLink) -> Result<PartyId, AppError> {
        let missing = match self.open_link(link).await {
            Ok(order) => return Ok(order.buyer),
            Err(missing) => missing,
        };
        let (village, bits) = (link.village, link.order.bits());
        let known = self.ask(village, move |reader, cell| reader.document(cell, village, bits));
        let ahead: Option<Preorder> = known.await.unwrap_or_default();
        let ahead = ahead.filter(|row| link.fits_hash(row.secret_hash));
        ahead.map(|row| row.buyer).ok_or(missing)
    }

    /// The six digits with which a household collects a parcel: they follow from the deployment's
    /// secret, so that they need not be stored.
    pub fn pickup_code(&self, village: VillageId, parcel: ParcelId) -> String {
        let number = village.number().to_be_bytes();
        let digest = self.secret().digest("pickup.code", &[&number, &parcel.to_bytes()]);
        let bits = u128::from_be_bytes(half(&digest));
        format!("{:06}", bits.checked_rem(1_000_000).unwrap_or(0))
    }

    /// What is stored and compared of a pick-up code.
    pub fn pickup_digest(&self, parcel: ParcelId, digits: &str) -> CodeDigest {
        CodeDigest(self.secret().digest("pickup", &[&parcel.to_bytes(), digits.as_bytes()]))
    }

    /// Hands a parcel out by the command given. A wrong code is counted durably before it is
    /// answered; tries of one parcel never run beside each other.
    ///
    /// # Errors
    /// [`MarketRefusal::WrongCode`] with the tries that are left, [`MarketRefusal::CodeLocked`],
    /// [`AppError::Busy`] while another try of the same parcel runs, and as [`App::submit`].
    pub async fn pick_up(&self, command: Command) -> Result<Receipt, AppError> {
        let Body::Parcel { parcel, command: ParcelCommand::PickUp { .. }, .. } = command.body
        else {
            return Err(AppError::NotFound { what: "parcel" });
        };
        // Ids are unique beyond their nouns, so parcels and members can share the set.
        let guard = PartyId::from_bits(parcel.bits());
        if !self.lock_tries().insert(guard) {
            return Err(AppError::Busy);
        }
        let done = self.pick_up_alone(command, parcel).await;
        self.lock_tries().remove(&guard);
        done
    }

    async fn pick_up_alone(&self, command: Command, parcel: ParcelId) -> Result<Receipt, AppError> {
        let (village, key) = (command.village, command.id);
        let receipt = self.submit(command).await?;
        match receipt.record.refusal {
            Some(Refusal::Market(MarketRefusal::WrongCode { .. })) => {
                Err(self.count_wrong_code(village, parcel, key).await)
            }
            _ => Ok(receipt),
        }
    }

    // Under a key that follows from the try's own, so that a repeat of one try counts once.
    async fn count_wrong_code(
        &self,
        village: VillageId,
        parcel: ParcelId,
        key: CommandId,
    ) -> AppError {
        let digest = self.secret().digest("pickup.wrong", &[&key.to_bytes()]);
        let (id, actor) = (CommandId::from_bytes(half(&digest)), Actor::System);
        let body = Body::Parcel { command: ParcelCommand::ReportWrongCode, parcel, version: None };
        let receipt = match self.submit(Command { id, village, actor, body }).await {
            Ok(receipt) => receipt,
            Err(error) => return error,
        };
        let record = match receipt.accepted() {
            Ok(record) => record,
            Err(error) => return error,
        };
        let tries = record.effects.iter().find_map(|effect| match effect {
            Effect::Parcel { event: ParcelEvent::CodeTried { tries }, .. } => Some(*tries),
            _ => None,
        });
        let tries = tries.unwrap_or_default();
        let max = match self.policy_in_force(village).await {
            Ok(policy) => policy.parcel.pickup_code_tries_max,
            Err(error) => return error,
        };
        let wrong = MarketRefusal::WrongCode { tries_left: max.saturating_sub(tries.wrong) };
        let locked =
            tries.locked_until.map(|until| MarketRefusal::CodeLocked { locked_until: until });
        Refusal::Market(locked.unwrap_or(wrong)).into()
    }

    fn lock_tries(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeSet<PartyId>> {
        self.inner.pin_checks.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The key under which the payment processor signs what it tells of a village.
    pub fn webhook_key(&self, village: VillageId) -> Hash {
        self.secret().digest("psp.webhook", &[&village.number().to_be_bytes()])
    }

    /// Checks the processor's signature: `t=<unix seconds>,v1=<hexadecimal HMAC-SHA-256>` over
    /// `<t>.<body>`, not older than five minutes.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`].
    pub fn check_webhook(
        &self,
        village: VillageId,
        signature: &str,
        body: &[u8],
    ) -> Result<(), AppError> {
        let parts = signature.split(',').filter_map(|part| part.trim().split_once('='));
        let (mut at, mut digest) = ("", "");
        for (name, value) in parts {
            match name {
                "t" => at = value,
                "v1" => digest = value,
                _ => {}
            }
        }
        let told: u64 = at.parse().map_err(|_| AppError::Unauthenticated)?;
        let now = self.now().at.millis_since_epoch() / 1_000;
        let digest = codec::hash_from_hex(digest).ok_or(AppError::Unauthenticated)?;
        let key = self.webhook_key(village);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes any key length");
        mac.update(at.as_bytes());
        mac.update(b".");
        mac.update(body);
        // Compared in constant time by the library; the age is looked at afterwards.
        mac.verify_slice(&digest).map_err(|_| AppError::Unauthenticated)?;
        if now.abs_diff(told) > SIGNATURE_SECONDS {
            return Err(AppError::Unauthenticated);
        }
        Ok(())
    }

    /// The ids under which a payment is recorded: they follow from the processor's own id, so that
    /// it counts once however often it is told.
    pub fn payment_ids(village: VillageId, payment: &str) -> (CommandId, ReceiptId) {
        let bytes = half(&codec::sha256(format!("payment|{village}|{payment}").as_bytes()));
        (CommandId::from_bytes(bytes), ReceiptId::from_bytes(bytes))
    }

    /// What is kept of the source of a payment: enough to see that it is the same one again.
    pub fn payer_digest(&self, payer: &str) -> Hash {
        self.secret().digest("payer", &[payer.as_bytes()])
    }
}
