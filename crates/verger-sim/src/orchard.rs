//! Load for the cooperative: many households' lots in many pools, with one doubted lot and one late
//! claim. Owns the workload of the cooperative's bench and of the tests on both engines; the
//! measuring is theirs.

use std::collections::{BTreeMap, BTreeSet};

use verger_app::{App, AppError};
use verger_domain::codec;
use verger_domain::command::{Proof, ProofBy};
use verger_domain::id::{ListingId, LotId, OrderId, ParcelId, PartyId, PoolId, VillageId};
use verger_domain::market::ReturnClass;
use verger_domain::market::command::{
    Boxed, CooperativeCommand, ListingCommand, LotCommand, OrderCommand, ParcelCommand, PoolCommand,
};
use verger_domain::market::listing::{ListingText, Photo};
use verger_domain::market::lot::{Grade, Weighing};
use verger_domain::market::order::PayBy;
use verger_domain::market::parcel::Content;
use verger_domain::party::PartyKind;
use verger_domain::time::Date;
use verger_domain::{Actor, Body, Command};

use crate::village::{Cast, accept, command, named, register_party, settle};

/// How much of everything there is.
#[derive(Clone, Copy, Debug)]
pub struct Harvest {
    /// Households, all members.
    pub households: usize,
    /// Lots, dealt to households and pools in turn.
    pub lots: usize,
    /// Pools, each of a variety of its own.
    pub pools: usize,
}

/// A village with a cooperative and its open pools.
#[derive(Clone, Debug)]
pub struct Orchard {
    /// The village and its people.
    pub cast: Cast,
    /// How much there is.
    pub harvest: Harvest,
    /// The day on which everything is picked.
    pub day: Date,
    /// Boxes of the first pool's fruit.
    pub listing: ListingId,
}

/// What one box costs, and its way to the buyer, in minor units.
pub const BOX_MINOR: i64 = 3_990;
/// The freight of one box, in minor units.
pub const FREIGHT_MINOR: i64 = 1_000;

impl Orchard {
    /// Registers the village, founds the cooperative and opens the pools.
    ///
    /// # Errors
    /// When a command is not answered or is refused.
    pub fn build(app: &App, village: VillageId, harvest: Harvest) -> Result<Self, AppError> {
        let cast = settle(app, village, "county-1", harvest.households)?;
        let listing = named(&format!("{village} orchard boxes"));
        let orchard = Self { cast, harvest, day: app.now().today, listing };
        let second = register_party(village, PartyKind::Agent, "A2", None);
        accept(app, second)?;
        orchard.certify(app)?;
        let board: BTreeSet<PartyId> = orchard.cast.members.iter().take(2).copied().collect();
        accept(app, orchard.staff("found", orchard.coop(CooperativeCommand::Found { board })))?;
        for household in 0..2 {
            orchard.subscribe(app, household)?;
        }
        for number in 0..harvest.pools {
            let open = PoolCommand::Open {
                floor_minor_per_kg: 800,
                from: orchard.day,
                grade: Grade::A,
                to: orchard.day,
                variety: variety(number),
            };
            accept(app, orchard.by_coop(&format!("open {number}"), orchard.of_pool(number, open)))?;
        }
        orchard.put_on_sale(app)?;
        Ok(orchard)
    }

    fn staff(&self, name: &str, body: Body) -> Command {
        self.cast.by_staff(name, body)
    }

    fn by(&self, party: PartyId, name: &str, body: Body) -> Command {
        command(self.cast.village, Actor::Party(party), name, body)
    }

    /// A command of the cooperative.
    pub fn by_coop(&self, name: &str, body: Body) -> Command {
        self.by(self.cast.cooperative, name, body)
    }

    /// The agent who weighs again what is doubted.
    pub fn second_agent(&self) -> PartyId {
        crate::village::party_id(self.cast.village, "A2")
    }

    fn certify(&self, app: &App) -> Result<(), AppError> {
        use verger_domain::party::{Duty, Module};
        let certified = BTreeSet::from([Module::M1, Module::M4]);
        let (agent, duty) = (self.second_agent(), Duty::default());
        accept(app, self.staff("certify", Body::Certify { agent, certified, duty })).map(drop)
    }

    fn coop(&self, command: CooperativeCommand) -> Body {
        Body::Cooperative { command, cooperative: self.cast.cooperative, version: None }
    }

    /// A member's recorded yes: each serves once.
    pub fn proof(&self, household: usize, what: &str) -> Proof {
        let name = format!("{} {household} {what}", self.cast.village);
        let member = self.cast.members.get(household).copied();
        let member = member.expect("the cast has this member");
        Proof { by: ProofBy::Voice(Photo(codec::sha256(name.as_bytes()))), member }
    }

    fn household(&self, number: usize) -> PartyId {
        let households = &self.cast.households;
        let place = number.checked_rem(households.len()).unwrap_or(0);
        *households.get(place).expect("the village has households")
    }

    fn subscribe(&self, app: &App, number: usize) -> Result<(), AppError> {
        use verger_domain::ledger::{AccountKey, Code, Line};
        const SHARE_MINOR: i64 = 20_000;
        let lines = vec![
            Line::debit(AccountKey::village(Code::BANK_ESCROW), SHARE_MINOR),
            Line::credit(self.cast.wallet(number), SHARE_MINOR),
        ];
        let purpose = "opening".to_owned();
        let body = Body::Post { effective_on: None, evidence: Vec::new(), lines, purpose };
        accept(app, self.staff(&format!("fund {number}"), body))?;
        let (household, proof) = (self.household(number), self.proof(number, "subscribe"));
        let buy = CooperativeCommand::Subscribe { household, proof, shares: 1 };
        accept(app, self.cast.by_agent(&format!("subscribe {number}"), self.coop(buy))).map(drop)
    }

    fn put_on_sale(&self, app: &App) -> Result<(), AppError> {
        let text = ListingText {
            category: "fruit".to_owned(),
            claims: BTreeMap::new(),
            class: ReturnClass::Perishable,
            freight_minor: FREIGHT_MINOR,
            grade: Some("A".to_owned()),
            name: "桃 2.5kg".to_owned(),
            name_latin: "Peaches, 2.5 kg box".to_owned(),
            names: BTreeMap::new(),
            packaging_minor: 450,
            photos: vec![Photo(codec::sha256(b"a picture"))],
            pool: Some(self.pool(0)),
            season: None,
            seller: self.cast.cooperative,
            township_price_minor: None,
            unit: "2.5 kg".to_owned(),
            variety: Some(variety(0)),
            weight_g: 2_500,
        };
        let draft = ListingCommand::Draft {
            code: "box-peach".parse().expect("a short code"),
            price_minor: BOX_MINOR,
            stock: Some(1_000),
            text: Box::new(text),
        };
        let body = |command| Body::Listing { command, listing: self.listing, version: None };
        accept(app, self.cast.by_agent("draft", body(draft)))?;
        accept(app, self.cast.by_agent("submit", body(ListingCommand::Submit)))?;
        accept(app, self.staff("approve", body(ListingCommand::Approve))).map(drop)
    }

    /// The id of a pool, by its place.
    pub fn pool(&self, number: usize) -> PoolId {
        named(&format!("{} orchard pool {number}", self.cast.village))
    }

    /// The id of a lot, by its place.
    pub fn lot(&self, number: usize) -> LotId {
        named(&format!("{} orchard lot {number}", self.cast.village))
    }

    /// A command about a pool.
    pub fn of_pool(&self, number: usize, command: PoolCommand) -> Body {
        Body::Pool { command, pool: self.pool(number), version: None }
    }

    fn of_lot(&self, number: usize, command: LotCommand) -> Body {
        Body::Lot { command, lot: self.lot(number), version: None }
    }

    fn pool_of(&self, lot: usize) -> usize {
        lot.checked_rem(self.harvest.pools).unwrap_or(0)
    }

    /// What a lot weighs net, in grams: between 40 and 140 kg, spread over the lots.
    pub fn net_g(number: usize) -> i64 {
        let spread = number.wrapping_mul(7_919).checked_rem(100_000).unwrap_or(0);
        i64::try_from(spread).unwrap_or(0).saturating_add(40_000)
    }

    fn weighing(&self, number: usize, net_g: i64) -> Weighing {
        // Another member is there: the neighbour's.
        let place = number.saturating_add(1).checked_rem(self.cast.members.len()).unwrap_or(0);
        let witness = *self.cast.members.get(place).expect("the village has members");
        Weighing {
            calibrated_on: self.day,
            crates: 4,
            gross_g: net_g.saturating_add(6_400),
            scale: "SCALE-1".parse().expect("a short code"),
            tare_g: 6_400,
            witness,
        }
    }

    /// Weighs a lot.
    pub fn weigh(&self, number: usize) -> Command {
        let weigh = LotCommand::Weigh {
            code: format!("L{number:05}").parse().expect("a short code"),
            household: self.household(number),
            picked_on: self.day,
            variety: variety(self.pool_of(number)),
            weighing: self.weighing(number, Self::net_g(number)),
        };
        self.cast.by_agent(&format!("weigh {number}"), self.of_lot(number, weigh))
    }

    /// Grades it: half of it is A and goes into its pool.
    pub fn grade(&self, number: usize) -> Command {
        let pools = BTreeMap::from([(Grade::A, self.pool(self.pool_of(number)))]);
        let grade = LotCommand::Grade { graded: graded(Self::net_g(number)), pools };
        self.by_coop(&format!("grade {number}"), self.of_lot(number, grade))
    }

    /// The household of a lot doubts its weight.
    pub fn contest(&self, number: usize) -> Command {
        let contest = LotCommand::Contest { proof: None, reason: "the scale jumped".to_owned() };
        let body = self.of_lot(number, contest);
        self.by(self.household(number), &format!("contest {number}"), body)
    }

    /// It is weighed again by the second agent, a kilogram heavier.
    pub fn reweigh(&self, number: usize) -> Command {
        let net_g = Self::net_g(number).saturating_add(1_000);
        let reweigh =
            LotCommand::Reweigh { graded: graded(net_g), weighing: self.weighing(number, net_g) };
        let body = self.of_lot(number, reweigh);
        self.by(self.second_agent(), &format!("reweigh {number}"), body)
    }

    /// One box of the first lot, sold to its end, and what it is charged with later.
    ///
    /// # Errors
    /// When a command is not answered or is refused.
    pub fn sell_and_claim(&self, app: &App) -> Result<ParcelId, AppError> {
        let village = self.cast.village;
        let order: OrderId = named(&format!("{village} orchard order"));
        let parcel: ParcelId = named(&format!("{village} orchard box"));
        let of = |command| Body::Order { command, order, version: None };
        let place = OrderCommand::Place {
            agent: Some(self.cast.agent),
            buyer: self.cast.buyer,
            guest: None,
            lines: vec![(self.listing, 1)],
            pay_by: PayBy::Online,
            secret_hash: [4; 32],
        };
        accept(app, self.by(self.cast.buyer, "place", of(place)))?;
        let pay = Body::ReceivePayment {
            amount_minor: BOX_MINOR + FREIGHT_MINOR,
            currency: "CNY".to_owned(),
            order,
            payer: None,
            receipt: named("orchard receipt"),
        };
        accept(app, command(village, Actor::System, "pay", pay))?;
        accept(app, self.by_coop("accept", of(OrderCommand::Accept)))?;
        let content = Content {
            grams: 2_510,
            lot: "L00000".parse().expect("a short code"),
            maker: self.household(0),
        };
        let label = "BOX-1".parse().expect("a short code");
        let packed = Boxed { contents: vec![content], label, parcel, weight_g: 2_900 };
        let pack = OrderCommand::Pack { boxes: vec![packed], by_surface: false };
        accept(app, self.by_coop("pack", of(pack)))?;
        let (giver, taker) = (self.cast.cooperative, self.cast.carrier);
        let carried = |command| Body::Parcel { command, parcel, version: None };
        accept(app, self.by_coop("give", carried(ParcelCommand::Give { taker })))?;
        let take = ParcelCommand::Take { code_digest: None, giver, taker };
        accept(app, self.by(taker, "take", carried(take)))?;
        accept(app, self.by(taker, "deliver", carried(ParcelCommand::Deliver)))?;
        accept(app, self.by(self.cast.buyer, "confirm", of(OrderCommand::Confirm)))?;
        let claim = PoolCommand::Claim {
            amount_minor: 997,
            lot: self.lot(0),
            order,
            photos: vec![Photo(codec::sha256(b"mould"))],
            reason: "mould under the leaves".to_owned(),
        };
        accept(app, self.by_coop("claim", self.of_pool(0, claim)))?;
        Ok(parcel)
    }

    /// The trader buys what is left of a pool's first hundred kilograms, by transfer.
    pub fn sell_locally(&self, number: usize, amount_minor: i64) -> Command {
        let sell = PoolCommand::SellLocally { amount_minor, grams: 10_000, shop: None };
        self.staff(&format!("sell {number}"), self.of_pool(number, sell))
    }

    /// A command that changes nothing of the cooperative: it only comes after the clock's work.
    pub fn look(&self) -> Body {
        let account = verger_domain::ledger::AccountKey {
            code: verger_domain::ledger::Code::ESCROW,
            owner: self.listing.bits(),
        };
        Body::OpenAccount { account, label: "after the clock".to_owned() }
    }

    /// One of the two of the board agrees to a pool's account.
    pub fn approve(&self, number: usize, member: usize) -> Command {
        let proof = self.proof(member, &format!("approve {number}"));
        let body = self.of_pool(number, PoolCommand::Approve { proof });
        self.by(self.second_agent(), &format!("approve {number} {member}"), body)
    }
}

fn graded(net_g: i64) -> BTreeMap<Grade, i64> {
    let a = net_g / 2;
    let b = net_g / 4;
    let c = net_g.saturating_sub(a).saturating_sub(b);
    BTreeMap::from([(Grade::A, a), (Grade::B, b), (Grade::C, c)])
}

fn variety(number: usize) -> String {
    format!("peach-{number}")
}
