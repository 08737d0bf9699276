//! What is bought: outside goods for the households, by the agent at the counter, with trips from
//! the county, parcels and cash. Owns the ordinary course of an assisted purchase.
#![expect(
    clippy::indexing_slicing,
    reason = "a crop or a good is its place in the season's own lists"
)]

use std::collections::{BTreeMap, BTreeSet};

use verger_domain::codec;
use verger_domain::command::{Proof, ProofBy};
use verger_domain::id::{OrderId, ParcelId, PartyId, TillId, TripId};
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::market::command::{
    Boxed, CodeDigest, OrderCommand, OrdersCommand, ParcelCommand, TillCommand, TripCommand,
};
use verger_domain::time::Date;
use verger_domain::{Actor, Body};

use super::calendar::later;
use super::{Season, calendar, code, day, photo};
use crate::demo::{DemoError, VILLAGE, listing_id, member_code, party_id};

/// Who serves at the counter.
const AGENT: &str = "A2";
pub(super) const SHOP: &str = "SHOP-TJZ";
/// Who drives between the county and the village, and what a trip costs, in minor units.
const CARRIER: &str = "C1";
const TRIP_MINOR: i64 = 18_000;
/// What stays in the drawer over night, in minor units.
const FLOAT_MINOR: i64 = 20_000;

/// A purchase on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bought {
    order: OrderId,
    parcel: ParcelId,
    supplier: PartyId,
    weight_g: i64,
}

/// What is to be done about a purchase on a later day.
#[derive(Clone, Copy, Debug)]
pub(super) enum Delivery {
    Send(Bought),
    Collect(Bought),
}

impl Season<'_> {
    fn purchase(&mut self, id: OrderId, command: OrderCommand) -> Result<(), DemoError> {
        self.drive.send_by(AGENT, Body::Order { command, order: id, version: None })
    }

    fn basket(&mut self, id: OrderId, command: OrdersCommand) -> Result<(), DemoError> {
        let orders = BTreeSet::from([id]);
        self.drive.send_by(AGENT, Body::Orders { command, orders })
    }

    fn scan(&mut self, who: Actor, id: ParcelId, command: ParcelCommand) -> Result<(), DemoError> {
        self.drive.send(who, Body::Parcel { command, parcel: id, version: None })
    }

    fn till(&mut self, command: TillCommand) -> Result<(), DemoError> {
        let till = self.session;
        self.drive.send_by(AGENT, Body::Till { command, till, version: None })
    }

    /// The morning count of the drawer.
    pub(super) fn open_day(&mut self) -> Result<(), DemoError> {
        self.session = self.drive.id::<verger_domain::id::TillKind>();
        let counted_minor = self.drawer_minor;
        self.till(TillCommand::Open { counted_minor, shop: party_id(SHOP) })
    }

    /// The evening count: what is above the float goes to the bank, a small gap is owed.
    pub(super) fn close_day(&mut self) -> Result<(), DemoError> {
        let banked = self.drawer_minor.saturating_sub(FLOAT_MINOR).max(0);
        if banked > 0 {
            self.till(TillCommand::Bank { amount_minor: banked })?;
            self.drawer_minor = self.drawer_minor.saturating_sub(banked);
        }
        // Now and then a coin is missing at the count.
        if self.drive.dice.permille(40) {
            let gap = self.drive.dice.between(50, 300).min(self.drawer_minor);
            self.drawer_minor = self.drawer_minor.saturating_sub(gap);
        }
        let counted_minor = self.drawer_minor;
        self.till(TillCommand::Close { counted_minor })?;
        let till: TillId = self.session;
        let reconcile = Body::Till { command: TillCommand::Reconcile, till, version: None };
        self.drive.send_by("ST2", reconcile)
    }

    /// The day's purchases, each for a household that comes to the counter.
    pub(super) fn buy(&mut self, count: u64) -> Result<(), DemoError> {
        for _ in 0..count {
            let households = &self.households;
            let household = self.drive.dice.pick(households).cloned().unwrap_or_default();
            self.buy_for(&household)?;
        }
        Ok(())
    }

    fn buy_for(&mut self, household: &str) -> Result<(), DemoError> {
        let lines = self.lines();
        self.buy_lines(household, lines)
    }

    /// These goods of one supplier, each by its place in the list, with how many.
    pub(super) fn buy_lines(
        &mut self,
        household: &str,
        lines: Vec<(usize, u32)>,
    ) -> Result<(), DemoError> {
        let Some((first, _)) = lines.first() else { return Ok(()) };
        let supplier = party_id(&self.goods[*first].supplier);
        let mut goods_minor = 0_i64;
        let mut weight_g = 300_i64;
        let mut asked = Vec::new();
        for (good, quantity) in lines {
            let good = &self.goods[good];
            let pieces = i64::from(quantity);
            goods_minor = goods_minor.saturating_add(good.price_fen.saturating_mul(pieces));
            weight_g = weight_g.saturating_add(good.weight_g.saturating_mul(pieces));
            asked.push((listing_id(&good.id), quantity));
        }
        let order: OrderId = self.drive.id();
        let buyer = party_id(household);
        self.purchase(
            order,
            OrderCommand::Request { agent: None, household: buyer, lines: asked },
        )?;
        let due_on = later(self.drive.today(), 3);
        self.purchase(order, OrderCommand::Quote { due_on, freight_minor: 60 })?;
        let recording = photo(&format!("yes {order}"));
        let member = party_id(&member_code(household));
        let proof = Proof { by: ProofBy::Voice(recording), member };
        self.basket(order, OrdersCommand::Consent { proof })?;
        let total = goods_minor.saturating_add(60);
        let known = self.wallets.get(&buyer).copied().unwrap_or(0);
        let from_wallet = known.min(total);
        self.wallets.insert(buyer, known.saturating_sub(from_wallet));
        let cash_minor = total.saturating_sub(from_wallet);
        let shop = (cash_minor > 0).then(|| party_id(SHOP));
        self.drawer_minor = self.drawer_minor.saturating_add(cash_minor);
        self.basket(order, OrdersCommand::Fund { cash_minor, shop })?;
        self.basket(order, OrdersCommand::Send { trip: None })?;
        self.told.purchases = self.told.purchases.saturating_add(1);
        // The last evening's orders wait for their suppliers, whose pages would be empty else.
        if self.drive.today() == day(calendar::LAST_DAY)? {
            return Ok(());
        }
        let accept = OrderCommand::SupplierAccept;
        let body = Body::Order { command: accept, order, version: None };
        self.drive.send(Actor::Party(supplier), body)?;
        let parcel = self.drive.id();
        let bought = Bought { order, parcel, supplier, weight_g };
        self.deliver_later(1, Delivery::Send(bought));
        Ok(())
    }

    /// What a household asks for: one good, or two of the same supplier.
    fn lines(&mut self) -> Vec<(usize, u32)> {
        let count = u64::try_from(self.goods.len()).unwrap_or(0);
        let first = usize::try_from(self.drive.dice.below(count)).unwrap_or(0);
        let quantity = |season: &mut Self, good: usize| {
            let category = season.goods[good].category.as_str();
            let most = match category {
                "livestock" if season.goods[good].price_fen < 2_000 => 40,
                "feed" | "farm input" => 4,
                _ => 1,
            };
            u32::try_from(season.drive.dice.between(1, most)).unwrap_or(1)
        };
        let mut lines = vec![(first, quantity(self, first))];
        if self.drive.dice.permille(300) {
            let supplier = self.goods[first].supplier.clone();
            let others: Vec<usize> = (0..self.goods.len())
                .filter(|good| *good != first && self.goods[*good].supplier == supplier)
                .collect();
            if let Some(second) = self.drive.dice.pick(&others).copied() {
                lines.push((second, quantity(self, second)));
            }
        }
        lines
    }

    fn deliver_later(&mut self, days: i32, delivery: Delivery) {
        let day: Date = later(self.drive.today(), days);
        self.deliveries.entry(day).or_default().push(delivery);
    }

    /// The van from the county: everything that suppliers gave it since yesterday, one manifest,
    /// one count, one cost.
    pub(super) fn trip(&mut self, sent: &[Bought]) -> Result<(), DemoError> {
        let carrier = party_id(CARRIER);
        let driver = Actor::Party(carrier);
        for bought in sent {
            self.labels = self.labels.saturating_add(1);
            let packed = Boxed {
                contents: Vec::new(),
                label: code(&format!("P{}", self.labels)),
                parcel: bought.parcel,
                weight_g: bought.weight_g.clamp(1, 99_000),
            };
            let pack = OrderCommand::Pack { boxes: vec![packed], by_surface: false };
            let supplier = Actor::Party(bought.supplier);
            let body = Body::Order { command: pack, order: bought.order, version: None };
            self.drive.send(supplier, body)?;
            self.scan(supplier, bought.parcel, ParcelCommand::Give { taker: carrier })?;
            let (giver, taker) = (bought.supplier, carrier);
            let take = ParcelCommand::Take { code_digest: None, giver, taker };
            self.scan(driver, bought.parcel, take)?;
        }
        if sent.is_empty() {
            return Ok(());
        }
        let trip: TripId = self.drive.id();
        let parcels: Vec<ParcelId> = sent.iter().map(|bought| bought.parcel).collect();
        let counted = u32::try_from(parcels.len()).unwrap_or(u32::MAX);
        let there = parcels.iter().copied().collect();
        let steps = [
            (driver, TripCommand::Plan { carrier }),
            (driver, TripCommand::Load { parcels }),
            (driver, TripCommand::Depart { counted }),
            (driver, TripCommand::Arrive { counted: there }),
            (Actor::Party(party_id("ST1")), TripCommand::Close { cost_minor: TRIP_MINOR }),
        ];
        for (who, command) in steps {
            self.drive.send(who, Body::Trip { command, trip, version: None })?;
        }
        self.told.trips = self.told.trips.saturating_add(1);
        for bought in sent {
            let (giver, taker) = (carrier, party_id(SHOP));
            self.scan(driver, bought.parcel, ParcelCommand::Give { taker })?;
            let code_digest = Some(digest(bought.parcel));
            let take = ParcelCommand::Take { code_digest, giver, taker };
            self.scan(Actor::Party(party_id(AGENT)), bought.parcel, take)?;
            let days = i32::try_from(self.drive.dice.between(0, 3)).unwrap_or(1);
            self.deliver_later(days.saturating_add(1), Delivery::Collect(*bought));
        }
        Ok(())
    }

    /// Households collect with their code.
    pub(super) fn collect(&mut self, waiting: &[Bought]) -> Result<(), DemoError> {
        for bought in waiting {
            let code_digest = digest(bought.parcel);
            let pick_up = ParcelCommand::PickUp { code_digest, proxy: None };
            self.scan(Actor::Party(party_id(AGENT)), bought.parcel, pick_up)?;
        }
        Ok(())
    }

    /// Pays suppliers and carriers what they are owed, and looks into the wallets.
    pub(super) fn pay_out(&mut self) -> Result<(), DemoError> {
        self.drive.settle()?;
        let wanted: Vec<AccountKey> = self
            .suppliers
            .iter()
            .map(|code| AccountKey::party(Code::PAYABLE_SUPPLIER, party_id(code)))
            .chain(["C1", "C2"].map(|c| AccountKey::party(Code::PAYABLE_CARRIER, party_id(c))))
            .collect();
        let owed = self.balances(wanted)?;
        let payees: Vec<_> = owed.into_iter().filter(|(_, minor)| *minor > 0).collect();
        if !payees.is_empty() {
            self.drive.send_by("ST1", Body::PayOut { payees })?;
        }
        let wallets: Vec<AccountKey> = self
            .households
            .iter()
            .map(|code| AccountKey::party(Code::WALLET, party_id(code)))
            .collect();
        let wallets = self.balances(wallets)?;
        let owner = |(key, minor): (AccountKey, i64)| key.owner_party().map(|id| (id, minor));
        self.wallets = wallets.into_iter().filter_map(owner).collect::<BTreeMap<_, _>>();
        Ok(())
    }

    /// What these accounts hold, on their normal side.
    pub(super) fn balances(
        &self,
        keys: Vec<AccountKey>,
    ) -> Result<Vec<(AccountKey, i64)>, DemoError> {
        let asked = self.drive.app.ask_blocking(VILLAGE, move |reader, cell| {
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                let account = reader.account(cell, AccountId { village: VILLAGE, key })?;
                found.push((key, account.map_or(0, |account| account.owned_minor())));
            }
            Ok(found)
        });
        let name = "balances".to_owned();
        asked.map_err(|source| DemoError::Command { name, source })
    }
}

/// The pickup code of a parcel, as its digest.
fn digest(parcel: ParcelId) -> CodeDigest {
    CodeDigest(codec::sha256(&parcel.to_bytes()))
}
