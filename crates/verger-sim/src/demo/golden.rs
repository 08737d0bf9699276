//! The nine golden journals, played: every step by the command of the state machine that owns it,
//! then compared with what is written, to the fen. Owns the play; the rules are the domain's.

use std::collections::BTreeMap;
use std::sync::Arc;

use verger_app::App;
use verger_app::clock::ManualClock;
use verger_domain::codec;
use verger_domain::command::{Command, Proof, ProofBy};
use verger_domain::credit::CreditCommand;
use verger_domain::credit::command::{DrawWish, Wish};
use verger_domain::credit::quote::Until;
use verger_domain::effect::Effect;
use verger_domain::id::{DisputeId, GroupId, LotId, OrderId, ParcelId, PoolId, TillId, TrancheId};
use verger_domain::ledger::{AccountKey, Code};
use verger_domain::market::command::{
    Boxed, CodeDigest, DisputeCommand, GroupCommand, LotCommand, OrderCommand, OrdersCommand,
    ParcelCommand, PoolCommand, TillCommand,
};
use verger_domain::market::dispute::{DisputeReason, Fault, Settlement};
use verger_domain::market::group::Tier;
use verger_domain::market::listing::Photo;
use verger_domain::market::lot::Weighing;
use verger_domain::market::order::{LineNo, PayBy};
use verger_domain::market::parcel::Content;
use verger_domain::policy::TrustLevel;
use verger_domain::time::Date;
use verger_domain::trust::{FactKind, FactProof, TrustCommand};
use verger_domain::{Actor, Body};

use super::catalogue::listing_id;
use super::data::DemoVillage;
use super::journals::{self, Planned, subject};
use super::{DemoError, VILLAGE, party_id, short_code};
use crate::village::{command, named};

/// The day on which the journals begin, in the season of their peaches.
const FIRST_DAY: &str = "2026-07-22";

const DAY_SECONDS: u32 = 86_400;

/// What the box of SC8 costs with its freight.
const OTHER_BOX_MINOR: i64 = 5_290;

/// The order that SC8 is about; its sale is no step of a journal, and goes to another pool.
const GENEROUS: &str = "O-1004";

/// Sends one command after the other and moves the clock.
struct Play<'a> {
    app: &'a App,
    clock: &'a Arc<ManualClock>,
    count: u32,
}

/// Plays all journals in an app whose village has its people and its catalogue.
pub(super) fn play(
    app: &App,
    clock: &Arc<ManualClock>,
    demo: &DemoVillage,
) -> Result<(), DemoError> {
    let first = FIRST_DAY.parse().map_err(|_| DemoError::Data(FIRST_DAY.to_owned()))?;
    clock.set(app.calendar().start_of(first).plus_seconds(9 * 3_600));
    let mut play = Play { app, clock, count: 0 };
    // What sells peaches comes first: their season ends.
    play.open_pool(demo)?;
    play.lots(demo)?;
    play.lost_parcel()?;
    play.sales()?;
    play.purchase_on_credit()?;
    play.returned_phone()?;
    play.group(demo)?;
    play.till()?;
    play.goodwill()?;
    play.pay_pool(demo)
}

fn order(name: &str) -> OrderId {
    OrderId::from_bits(subject(name))
}

fn parcel(name: &str) -> ParcelId {
    named(&format!("{VILLAGE} demo parcel {name}"))
}

fn photo(name: &str) -> Photo {
    Photo(codec::sha256(format!("demo claim {name}").as_bytes()))
}

fn digest(name: &str) -> CodeDigest {
    CodeDigest(codec::sha256(format!("demo pickup {name}").as_bytes()))
}

fn day(text: &str) -> Result<Date, DemoError> {
    text.parse().map_err(|_| DemoError::Data(format!("the day {text}")))
}

fn by(code: &str) -> Actor {
    Actor::Party(party_id(code))
}

fn refund(line: u8, minor: i64) -> Settlement {
    let lines = BTreeMap::from([(LineNo(line), minor)]);
    Settlement { fault: Fault::Seller, freight_minor: 0, lines }
}

impl Play<'_> {
    fn send(&mut self, command: Command) -> Result<(), DemoError> {
        let name = format!("{} {}", command.body.kind(), command.id);
        let done =
            self.app.submit_blocking(command).and_then(|receipt| receipt.accepted().map(drop));
        self.clock.advance_seconds(1);
        done.map_err(|source| DemoError::Command { name, source })
    }

    fn act(&mut self, actor: Actor, body: Body) -> Result<(), DemoError> {
        self.count += 1;
        let name = format!("golden {} {}", self.count, body.kind());
        self.send(command(VILLAGE, actor, &name, body))
    }

    fn order(&mut self, actor: Actor, id: OrderId, command: OrderCommand) -> Result<(), DemoError> {
        self.act(actor, Body::Order { command, order: id, version: None })
    }

    fn basket(&mut self, names: &[&str], command: OrdersCommand) -> Result<(), DemoError> {
        let orders = names.iter().map(|name| order(name)).collect();
        self.act(by("A2"), Body::Orders { command, orders })
    }

    fn parcel(&mut self, actor: &str, name: &str, command: ParcelCommand) -> Result<(), DemoError> {
        let body = Body::Parcel { command, parcel: parcel(name), version: None };
        self.act(by(actor), body)
    }

    fn dispute(
        &mut self,
        actor: &str,
        name: &str,
        command: DisputeCommand,
    ) -> Result<(), DemoError> {
        let dispute: DisputeId = named(&format!("{VILLAGE} demo dispute {name}"));
        self.act(by(actor), Body::Dispute { command, dispute, version: None })
    }

    fn wait_days(&mut self, days: u32) {
        self.clock.advance_seconds(days * DAY_SECONDS);
    }

    /// SC9: the pool of three days, its lots, and what each household is due.
    fn open_pool(&mut self, demo: &DemoVillage) -> Result<(), DemoError> {
        let sample = &demo.sample_pool;
        let variety = demo.varieties.iter().find(|variety| variety.id == sample.variety);
        let floor = variety.and_then(|variety| variety.farmgate_fen_per_kg.get(&sample.grade));
        let command = PoolCommand::Open {
            floor_minor_per_kg: floor.copied().unwrap_or(0),
            from: day(&sample.from)?,
            grade: sample.grade,
            to: day(&sample.to)?,
            variety: sample.variety.clone(),
        };
        self.pool(demo, "COOP", command)
    }

    fn pool(
        &mut self,
        demo: &DemoVillage,
        actor: &str,
        command: PoolCommand,
    ) -> Result<(), DemoError> {
        let pool = PoolId::from_bits(subject(&demo.sample_pool.id));
        self.act(by(actor), Body::Pool { command, pool, version: None })
    }

    fn lots(&mut self, demo: &DemoVillage) -> Result<(), DemoError> {
        let pool = PoolId::from_bits(subject(&demo.sample_pool.id));
        let pools = BTreeMap::from([(demo.sample_pool.grade, pool)]);
        for sample in &demo.sample_lots {
            let lot: LotId = named(&format!("{VILLAGE} demo lot {}", sample.id));
            let ask = |command| Body::Lot { command, lot, version: None };
            // Where nobody of the household was there, another member was.
            let is_present = sample.witness.starts_with("household");
            let witness =
                if is_present { super::member_code(&sample.household) } else { "M001".to_owned() };
            let weigh = LotCommand::Weigh {
                code: short_code(&sample.id),
                household: party_id(&sample.household),
                picked_on: day(&sample.day)?,
                variety: sample.variety.clone(),
                weighing: Weighing {
                    calibrated_on: day("2026-06-15")?,
                    crates: sample.crates,
                    gross_g: sample.gross_g,
                    scale: short_code("SCALE-1"),
                    tare_g: sample.tare_g,
                    witness: party_id(&witness),
                },
            };
            self.act(by(&sample.weighed_by), ask(weigh))?;
            let (graded, pools) = (sample.graded_g.clone(), pools.clone());
            self.act(by("COOP"), ask(LotCommand::Grade { graded, pools }))?;
        }
        Ok(())
    }

    fn pay_pool(&mut self, demo: &DemoVillage) -> Result<(), DemoError> {
        self.pool(demo, "COOP", PoolCommand::Account)?;
        for member in ["M018", "M112"] {
            let proof = Proof { by: ProofBy::Pin, member: party_id(member) };
            self.pool(demo, "A1", PoolCommand::Approve { proof })?;
        }
        self.wait_days(4);
        // Whatever comes next finds the clock's work done.
        let till: TillId = named(&format!("{VILLAGE} demo till"));
        let command = TillCommand::Reconcile;
        self.act(by("ST1"), Body::Till { command, till, version: None })
    }

    /// A box of peaches, bought, paid, packed, and given to the carrier.
    fn ship_box(&mut self, name: &str, buyer: &str) -> Result<(), DemoError> {
        self.ship("box-hujing", name, buyer)
    }

    fn ship(&mut self, listing: &str, name: &str, buyer: &str) -> Result<(), DemoError> {
        let place = OrderCommand::Place {
            agent: Some(party_id("A1")),
            buyer: party_id(buyer),
            guest: None,
            lines: vec![(listing_id(listing), 1)],
            pay_by: PayBy::Online,
            secret_hash: codec::sha256(name.as_bytes()),
        };
        self.order(Actor::System, order(name), place)?;
        let pay = Body::ReceivePayment {
            amount_minor: if listing == "box-hujing" { 4_990 } else { OTHER_BOX_MINOR },
            currency: "CNY".to_owned(),
            order: order(name),
            payer: None,
            receipt: named::<verger_domain::id::ReceiptKind>(&format!(
                "{VILLAGE} demo paid {name}"
            )),
        };
        self.act(Actor::System, pay)?;
        self.order(by("COOP"), order(name), OrderCommand::Accept)?;
        // What was picked first is packed first. The peaches of August have no lots here.
        // A complaint then stays within what all bear together of each of the two lots.
        let maker = party_id("H034");
        let part = |grams, lot| Content { grams, lot: short_code(lot), maker };
        let packed = Boxed {
            contents: vec![part(1_260, "L0002"), part(1_250, "L0003")],
            label: short_code(name),
            parcel: parcel(name),
            weight_g: 2_900,
        };
        let pack = OrderCommand::Pack { boxes: vec![packed], by_surface: false };
        self.order(by("COOP"), order(name), pack)?;
        self.hand_over(name, "COOP", "C2", None)
    }

    fn hand_over(
        &mut self,
        name: &str,
        from: &str,
        to: &str,
        code_digest: Option<CodeDigest>,
    ) -> Result<(), DemoError> {
        let (giver, taker) = (party_id(from), party_id(to));
        self.parcel(from, name, ParcelCommand::Give { taker })?;
        // What the shop takes, its agent scans.
        let scanner = if to == "SHOP-TJZ" { "A2" } else { to };
        self.parcel(scanner, name, ParcelCommand::Take { code_digest, giver, taker })
    }

    /// SC1 and SC2: one box that is well, one with three bruised fruits.
    fn sales(&mut self) -> Result<(), DemoError> {
        self.ship_box("O-1001", "B02")?;
        self.act(by("ST1"), Body::SettleProcessor { fee_minor: 30, gross_minor: 4_990 })?;
        self.parcel("C2", "O-1001", ParcelCommand::Deliver)?;
        self.ship_box("O-1002", "B07")?;
        self.parcel("C2", "O-1002", ParcelCommand::Deliver)?;
        let claim = DisputeCommand::Open {
            claim: refund(0, 997),
            order: order("O-1002"),
            photos: vec![photo("O-1002")],
            reason: DisputeReason::Damaged,
        };
        self.dispute("B07", "O-1002", claim)?;
        self.dispute("COOP", "O-1002", DisputeCommand::Accept)?;
        self.wait_days(3);
        Ok(())
    }

    fn request(
        &mut self,
        name: &str,
        household: &str,
        lines: &[(&str, u32)],
    ) -> Result<(), DemoError> {
        let lines = lines.iter().map(|(code, quantity)| (listing_id(code), *quantity)).collect();
        let household = party_id(household);
        let request = OrderCommand::Request { agent: None, household, lines };
        self.order(by("A2"), order(name), request)?;
        let quote = OrderCommand::Quote { due_on: self.app.now().today, freight_minor: 0 };
        self.order(by("A2"), order(name), quote)
    }

    fn agree_and_fund(&mut self, names: &[&str], member: &str) -> Result<(), DemoError> {
        let proof = Proof { by: ProofBy::Pin, member: party_id(member) };
        self.basket(names, OrdersCommand::Consent { proof })?;
        self.basket(names, OrdersCommand::Fund { cash_minor: 0, shop: None })
    }

    /// From the funded order to the household's hands.
    fn bring(&mut self, name: &str, supplier: &str, carrier: &str) -> Result<(), DemoError> {
        self.basket(&[name], OrdersCommand::Send { trip: None })?;
        self.order(by(supplier), order(name), OrderCommand::SupplierAccept)?;
        let packed = Boxed {
            contents: Vec::new(),
            label: short_code(name),
            parcel: parcel(name),
            weight_g: 40_000,
        };
        let pack = OrderCommand::Pack { boxes: vec![packed], by_surface: false };
        self.order(by(supplier), order(name), pack)?;
        self.hand_over(name, supplier, carrier, None)?;
        self.hand_over(name, carrier, "SHOP-TJZ", Some(digest(name)))?;
        let code_digest = digest(name);
        self.parcel("A2", name, ParcelCommand::PickUp { code_digest, proxy: None })
    }

    /// The loan of SC3. The journal takes for granted a household that earned its thirty units in
    /// seasons that are not played here, so this village lends under a policy of its own, in which one
    /// proven fact opens them; the loan itself is decided, agreed and drawn like any other.
    fn borrow(&mut self) -> Result<(), DemoError> {
        let mut policy = self.app.policy().clone();
        policy.version = policy.version.saturating_add(1);
        policy.credit.history_days = 0;
        let trust = &mut policy.trust;
        trust.pools.facts.backed = true;
        let pools = &mut trust.pools;
        for pool in [&mut pools.unproven_sales, &mut pools.purchases, &mut pools.village_trade] {
            (pool.cap, pool.period_cap) = (1, 1);
        }
        trust.levels = vec![TrustLevel { limit_units: 30, points: 4 }];
        (trust.step_base_units, trust.backing_floor_units) = (30, 30);
        let approved_by = party_id("ST2");
        self.act(by("ST1"), Body::AdoptPolicy { approved_by, policy: Box::new(policy) })?;
        let household = party_id("H018");
        let fact = TrustCommand::ConfirmFact {
            by: FactProof::Document(photo("identity H018")),
            fact: FactKind::Identity,
            household,
        };
        self.act(by("A2"), Body::Trust { command: fact })?;
        let proof = Proof { by: ProofBy::Pin, member: party_id("M018") };
        let wish = Wish {
            amount_minor: 300_000,
            enterprise: None,
            purpose: "livestock".to_owned(),
            until: Until::Days(120),
        };
        let draw = DrawWish { proof, tranche: TrancheId::from_bits(subject("H018")), wish };
        let command = CreditCommand::Draw(Box::new(draw));
        self.act(by("A1"), Body::Credit { borrower: household, command })
    }

    /// SC3: chicks, vaccine and feed of two suppliers in one basket; six chicks are dead.
    fn purchase_on_credit(&mut self) -> Result<(), DemoError> {
        let basket = ["P-2001-S1", "P-2001-S2"];
        self.borrow()?;
        self.request(basket[0], "H018", &[("chick-day-old", 200), ("vaccine-kit", 1)])?;
        // Sixteen bags: six of starter feed and ten of grower feed.
        self.request(basket[1], "H018", &[("feed-starter-40", 6), ("feed-grower-40", 10)])?;
        self.agree_and_fund(&basket, "M018")?;
        self.bring(basket[0], "S1", "C1")?;
        self.bring(basket[1], "S2", "C1")?;
        let claim = DisputeCommand::Open {
            claim: refund(0, 6 * 450),
            order: order(basket[0]),
            photos: vec![photo("P-2001")],
            reason: DisputeReason::Spoiled,
        };
        self.dispute("A2", "P-2001", claim)?;
        self.dispute("S1", "P-2001", DisputeCommand::Accept)?;
        self.wait_days(9);
        let payable = |code| AccountKey::party(Code::PAYABLE_SUPPLIER, party_id(code));
        let payees = vec![(payable("S1"), 95_328), (payable("S2"), 226_204)];
        self.act(by("ST1"), Body::PayOut { payees })
    }

    /// SC4: a telephone that the household brings back on the fifth day.
    fn returned_phone(&mut self) -> Result<(), DemoError> {
        let name = "P-2002";
        self.request(name, "H112", &[("phone-smart", 1)])?;
        self.agree_and_fund(&[name], "M112")?;
        self.bring(name, "S5", "C4")?;
        self.wait_days(5);
        let claim = DisputeCommand::Open {
            claim: refund(0, 89_900),
            order: order(name),
            photos: Vec::new(),
            reason: DisputeReason::ChangeOfMind,
        };
        self.dispute("A2", name, claim)?;
        let carrier = party_id("C4");
        let received = DisputeCommand::ReceiveReturn { carrier, freight_minor: 1_200 };
        self.dispute("S5", name, received)
    }

    /// SC5: fertiliser for twenty-four households at the price of a hundred bags.
    fn group(&mut self, demo: &DemoVillage) -> Result<(), DemoError> {
        let group = GroupId::from_bits(subject("GB-1"));
        let ask = |command| Body::Group { command, group, version: None };
        let tiers = vec![Tier { from_quantity: 100, price_minor: 13_900 }];
        let listing = listing_id("fert-compound-40");
        self.act(by("A2"), ask(GroupCommand::Open { hours: 240, listing, tiers }))?;
        let joined = journals::planned(demo)?;
        let joined = joined.into_iter().find(|step| step.journal == "SC5" && step.number == 1);
        for household in &demo.households {
            let wallet = AccountKey::party(Code::WALLET, party_id(&household.id));
            let line = joined.iter().flat_map(|step| &step.lines).find(|line| line.0 == wallet);
            let Some(quantity) = line.and_then(|line| u32::try_from(line.1 / 14_800).ok()) else {
                continue;
            };
            let recording = photo(&format!("yes {}", household.id));
            let member = party_id(&super::member_code(&household.id));
            let proof = Proof { by: ProofBy::Voice(recording), member };
            let household = party_id(&household.id);
            self.act(by("A2"), ask(GroupCommand::Join { household, proof, quantity }))?;
        }
        self.act(by("A2"), ask(GroupCommand::Close))?;
        self.act(by("A2"), ask(GroupCommand::Order))?;
        self.act(by("A2"), ask(GroupCommand::HandOut))?;
        self.wait_days(9);
        Ok(())
    }

    /// SC6: the carrier loses a box.
    fn lost_parcel(&mut self) -> Result<(), DemoError> {
        let name = "O-1003";
        self.ship_box(name, "B12")?;
        self.parcel("ST1", name, ParcelCommand::DeclareLost)?;
        self.parcel("ST1", name, ParcelCommand::AcceptClaim { amount_minor: 3_990 })?;
        self.parcel("ST1", name, ParcelCommand::PayClaim)
    }

    /// SC7: a day at the counter, five yuan short.
    fn till(&mut self) -> Result<(), DemoError> {
        let till: TillId = named(&format!("{VILLAGE} demo till"));
        let ask = |command| Body::Till { command, till, version: None };
        let shop = party_id("SHOP-TJZ");
        self.act(by("A2"), ask(TillCommand::Open { counted_minor: 0, shop }))?;
        let wallet = party_id("H003");
        self.act(by("A2"), Body::CashIn { amount_minor: 10_000, shop, wallet })?;
        self.act(by("A2"), ask(TillCommand::Close { counted_minor: 9_500 }))?;
        self.act(by("A2"), ask(TillCommand::Bank { amount_minor: 9_500 }))
    }

    /// SC8: a buyer writes after everything was paid, and the seller is generous.
    fn goodwill(&mut self) -> Result<(), DemoError> {
        // The peaches of August go to another pool than the journals'.
        self.ship("box-jinxiu", GENEROUS, "B09")?;
        self.parcel("C2", GENEROUS, ParcelCommand::Deliver)?;
        self.order(by("B09"), order(GENEROUS), OrderCommand::Confirm)?;
        self.wait_days(16);
        let reason = "mould under the leaves".to_owned();
        let goodwill = OrderCommand::Goodwill { amount_minor: 1_000, reason };
        self.order(by("ST1"), order(GENEROUS), goodwill)
    }
}

/// The purpose that a machine gives a step of the journals.
fn purpose_of(event: &str) -> &str {
    match event.split_whitespace().next().unwrap_or_default() {
        "supplier.paid" => "paid.out",
        "credit.drawn" => "credit.draw",
        event => event,
    }
}

/// Compares what the machines posted with what is written; returns journals and steps.
pub(super) fn compare(app: &App, demo: &DemoVillage) -> Result<(usize, usize), DemoError> {
    let failed = |source| DemoError::Command { name: "journal".to_owned(), source };
    let rows = app.ask_blocking(VILLAGE, |reader, cell| reader.journal(cell, 0, u32::MAX));
    let mut posted: BTreeMap<String, Vec<BTreeMap<AccountKey, i64>>> = BTreeMap::new();
    for row in rows.map_err(failed)? {
        let record = row.record().map_err(|error| DemoError::Data(error.to_string()))?;
        for effect in &record.effects {
            let Effect::Posted { legs, purpose, .. } = effect else { continue };
            let mut sums = BTreeMap::new();
            for leg in legs {
                *sums.entry(leg.account()).or_insert(0) += leg.amount_minor();
            }
            let purpose = purpose_of(purpose).to_owned();
            posted.entry(purpose).or_default().push(sums);
        }
    }
    let steps = journals::planned(demo)?;
    for step in &steps {
        check_step(step, posted.get(purpose_of(&step.event)).map_or(&[], Vec::as_slice))?;
    }
    Ok((demo.golden_journals.len(), steps.len()))
}

/// One posting has exactly the lines of the step; or, where many people each did their part, the
/// postings together have them.
fn check_step(step: &Planned, posted: &[BTreeMap<AccountKey, i64>]) -> Result<(), DemoError> {
    let mut wanted: BTreeMap<AccountKey, i64> = BTreeMap::new();
    for line in &step.lines {
        *wanted.entry(line.0).or_insert(0) += line.1;
    }
    let mut together: BTreeMap<AccountKey, i64> = BTreeMap::new();
    for (account, minor) in posted.iter().flatten() {
        *together.entry(*account).or_insert(0) += minor;
    }
    if posted.contains(&wanted) || together == wanted {
        return Ok(());
    }
    let Planned { journal, number, event, .. } = step;
    let what = format!("{journal} step {number} {event}: wanted {wanted:?}, posted {posted:?}");
    Err(DemoError::Data(what))
}
