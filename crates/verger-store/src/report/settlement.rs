//! Who is owed what: suppliers, carriers, agents. Owns the sums, each out of the ledger's entries or
//! out of the orders; must not move money.

use std::collections::BTreeMap;

use serde::Deserialize;
use verger_domain::id::{GroupId, ListingId, PartyId, TripId};
use verger_domain::ledger::Code;
use verger_domain::market::split::Released;
use verger_domain::market::{Flow, Group, OrderPhase};
use verger_domain::party::PartyKind;
use verger_domain::time::Instant;

use super::{
    GoodName, PURCHASE_PAID, Place, Result, Window, code_or_id, moment, name_or_id, number,
    part_of, party_id,
};
use crate::reader::Reader;
use crate::table::{Fields, Row};

/// What one supplier is asked for of one good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplierLine {
    /// The supplier's short code.
    pub supplier: String,
    /// What.
    pub good: GoodName,
    /// Of how many orders.
    pub orders: u32,
    /// How many.
    pub pieces: i64,
    /// What they weigh, in grams.
    pub grams: i64,
    /// What they cost before refunds, in minor units.
    pub goods_minor: i64,
    /// What was refunded of it.
    pub refunded_minor: i64,
}

/// What an account did in a window, on its own side: of what is owed to somebody a credit is more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// The balance before the window.
    pub before_minor: i64,
    /// What came to it.
    pub more_minor: i64,
    /// What went off it.
    pub less_minor: i64,
}

impl Side {
    /// The balance after the window.
    pub const fn after_minor(self) -> i64 {
        self.before_minor.saturating_add(self.more_minor).saturating_sub(self.less_minor)
    }
}

/// What a supplier earned, owes and was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplierSettlement {
    /// The supplier's short code.
    pub supplier: String,
    /// What is owed to him: more by released orders, less by what was paid out.
    pub payable: Side,
    /// What he owes back: more by claims, less by what he settled.
    pub claims: Side,
}

/// What a carrier earned, owes and was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierSettlement {
    /// The carrier's short code.
    pub carrier: String,
    /// How many trips were closed.
    pub trips: u32,
    /// What these trips cost.
    pub trips_minor: i64,
    /// What is owed to him: more by freight and trips, less by what was paid out.
    pub payable: Side,
    /// What he owes for lost and damaged parcels.
    pub claims: Side,
}

impl CarrierSettlement {
    /// What he earned by parcels alone.
    pub const fn freight_minor(&self) -> i64 {
        self.payable.more_minor.saturating_sub(self.trips_minor)
    }
}

/// Where a commission comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommissionSource {
    /// A sale to the outside.
    Sale,
    /// An assisted purchase.
    Purchase,
    /// A group purchase.
    Group,
}

impl CommissionSource {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Purchase => "purchase",
            Self::Group => "group",
        }
    }
}

/// The commission of one order or group purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentLine {
    /// The agent's short code.
    pub agent: String,
    /// Where it comes from.
    pub source: CommissionSource,
    /// The id of the order or the group purchase.
    pub subject: String,
    /// When the order was placed; of a group purchase what its id says.
    pub at: Option<Instant>,
    /// The goods that it was earned with, in minor units.
    pub goods_minor: i64,
    /// What was earned.
    pub earned_minor: i64,
    /// What refunds took back of it.
    pub reversed_minor: i64,
    /// Whether the rest is the agent's for good.
    pub is_vested: bool,
}

impl AgentLine {
    /// What is left of it after reversals.
    pub const fn left_minor(&self) -> i64 {
        self.earned_minor.saturating_sub(self.reversed_minor)
    }

    /// What is earned and not yet the agent's own.
    pub const fn pending_minor(&self) -> i64 {
        if self.is_vested { 0 } else { self.left_minor() }
    }

    /// What is the agent's own.
    pub const fn vested_minor(&self) -> i64 {
        if self.is_vested { self.left_minor() } else { 0 }
    }
}

/// What the ledger says of an agent's commission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentLedger {
    /// The agent's short code.
    pub agent: String,
    /// What is pending: more by what was earned, less by what vested or was taken back.
    pub pending: Side,
    /// What went from there into the wallet, in the window.
    pub vested_minor: i64,
}

/// What of an order says what its commission is.
#[derive(Deserialize)]
struct Earned {
    commission_reversed_minor: i64,
    is_vested: bool,
    released: Released,
}

/// What of an order says what its supplier is asked for.
#[derive(Deserialize)]
struct Asked {
    lines: Vec<AskedLine>,
    trip: Option<TripId>,
}

/// What of a line says that.
#[derive(Deserialize)]
struct AskedLine {
    listing: ListingId,
    price_minor: i64,
    quantity: u32,
    refunded_minor: i64,
    seller: PartyId,
    weight_g: i64,
}

// The entries of a party's account, summed before, in and after a window; the balance of today less
// what came later is the balance then. Parties of a kind are few, and each has one account.
const SIDES: &str = "select p.party_id, p.code, a.debits_posted - a.credits_posted,
    cast(sum(case when e.at < ?6 and e.amount_minor > 0 then e.amount_minor end) as bigint),
    cast(sum(case when e.at < ?6 and e.amount_minor < 0 then e.amount_minor end) as bigint),
    cast(sum(case when e.at >= ?6 then e.amount_minor end) as bigint)
    from party p
    join account a on a.cell_id = p.cell_id and a.village_id = p.village_id
    and a.code = ?4 and a.owner = p.party_id
    left join entry e on e.cell_id = a.cell_id and e.village_id = a.village_id
    and e.code = a.code and e.owner = a.owner and e.at >= ?5
    where p.cell_id = ?1 and p.village_id = ?2 and p.kind = ?3
    group by p.party_id, p.code, a.debits_posted, a.credits_posted";

// What the accounts of the parties of a kind received in records that also moved another one.
const TOGETHER: &str = "select owner, count(*), cast(sum(amount_minor) as bigint) from entry
    where cell_id = ?1 and village_id = ?2 and code = ?3
    and owner in (select party_id from party
    where cell_id = ?1 and village_id = ?2 and kind = ?8)
    and seq in (select seq from entry where cell_id = ?1 and village_id = ?2 and code = ?4
    and owner = ?5 and at >= ?6 and at < ?7) group by owner";

// What went from one account of a party to another of the same party. The wallets of a kind have
// fewer entries than what is pending: they come first.
const VESTED: &str = "select w.owner, cast(sum(e.amount_minor) as bigint)
    from entry w join entry e on e.cell_id = w.cell_id and e.village_id = w.village_id
    and e.code = ?3 and e.owner = w.owner and e.seq = w.seq and e.amount_minor = -w.amount_minor
    where w.cell_id = ?1 and w.village_id = ?2 and w.code = ?4
    and w.owner in (select party_id from party
    where cell_id = ?1 and village_id = ?2 and kind = ?7)
    and w.at >= ?5 and w.at < ?6 group by w.owner";

impl Reader {
    /// What suppliers are asked for by the paid purchases that were placed in a window, or only by
    /// those of them that go with a trip: by supplier and good.
    ///
    /// # Errors
    /// When the database fails.
    pub fn supplier_totals(
        &mut self,
        place: Place,
        window: Window,
        trip: Option<TripId>,
    ) -> Result<Vec<SupplierLine>> {
        const SQL: &str = "select phase, document from market_order
            where cell_id = ?1 and village_id = ?2 and flow = 'purchase'
            and placed_at >= ?3 and placed_at < ?4";
        let names = self.names_of_goods(place)?;
        let codes = self.codes_of_people(place)?;
        let own = vec![window.from.micros().into(), window.to.micros().into()];
        let mut sums: BTreeMap<(PartyId, ListingId), SupplierLine> = BTreeMap::new();
        for row in self.rows_of(place, SQL, own)? {
            let mut f = Fields::new("market_order", row);
            let phase = OrderPhase::by_name(&f.text()?);
            if !phase.is_some_and(|phase| PURCHASE_PAID.contains(&phase)) {
                continue;
            }
            let asked: Asked = part_of("market_order", &f.text()?)?;
            if trip.is_some() && asked.trip != trip {
                continue;
            }
            for line in asked.lines {
                let new = || SupplierLine {
                    supplier: code_or_id(&codes, line.seller),
                    good: name_or_id(&names, line.listing),
                    orders: 0,
                    pieces: 0,
                    grams: 0,
                    goods_minor: 0,
                    refunded_minor: 0,
                };
                add(sums.entry((line.seller, line.listing)).or_insert_with(new), &line);
            }
        }
        let mut lines: Vec<SupplierLine> = sums.into_values().collect();
        lines.sort_by(|a, b| (&a.supplier, &a.good.code).cmp(&(&b.supplier, &b.good.code)));
        Ok(lines)
    }

    /// What suppliers earned, owe and were paid in a window: by supplier.
    ///
    /// # Errors
    /// When the database fails.
    pub fn supplier_settlement(
        &mut self,
        place: Place,
        window: Window,
    ) -> Result<Vec<SupplierSettlement>> {
        let kind = PartyKind::Supplier;
        let mut claims = self.sides(place, (kind, Code::CLAIM_SUPPLIER), window)?;
        let payable = self.sides(place, (kind, Code::PAYABLE_SUPPLIER), window)?;
        let settled = payable.into_iter().map(|(party, (supplier, payable))| {
            let claims = claims.remove(&party).map_or_else(Side::default, |(_, side)| side);
            SupplierSettlement { supplier, payable, claims }
        });
        let mut settled: Vec<SupplierSettlement> = settled.collect();
        settled.sort_by(|a, b| a.supplier.cmp(&b.supplier));
        Ok(settled)
    }

    /// What carriers earned, owe and were paid in a window: by carrier.
    ///
    /// # Errors
    /// When the database fails.
    pub fn carrier_settlement(
        &mut self,
        place: Place,
        window: Window,
    ) -> Result<Vec<CarrierSettlement>> {
        let kind = PartyKind::Carrier;
        let mut claims = self.sides(place, (kind, Code::CLAIM_CARRIER), window)?;
        let payable = self.sides(place, (kind, Code::PAYABLE_CARRIER), window)?;
        let mut trips = BTreeMap::new();
        let own = vec![
            number(Code::PAYABLE_CARRIER),
            number(Code::TRIP),
            0_u128.into(),
            window.from.micros().into(),
            window.to.micros().into(),
            kind.name().into(),
        ];
        for row in self.rows_of(place, TOGETHER, own)? {
            let mut f = Fields::new("entry", row);
            let (carrier, count, minor) = (party_id(&mut f)?, f.num::<u32>()?, f.int()?);
            trips.insert(carrier, (count, minor.saturating_neg()));
        }
        let settled = payable.into_iter().map(|(party, (carrier, payable))| {
            let claims = claims.remove(&party).map_or_else(Side::default, |(_, side)| side);
            let (trips, trips_minor) = trips.remove(&party).unwrap_or_default();
            CarrierSettlement { carrier, trips, trips_minor, payable, claims }
        });
        let mut settled: Vec<CarrierSettlement> = settled.collect();
        settled.sort_by(|a, b| a.carrier.cmp(&b.carrier));
        Ok(settled)
    }

    /// The commission of the orders that were placed in a window, and of the group purchases whose
    /// id says that they were opened in it or does not say: by agent, source and time.
    ///
    /// # Errors
    /// When the database fails.
    pub fn agent_statement(
        &mut self,
        place: Place,
        window: Window,
        agent: Option<PartyId>,
    ) -> Result<Vec<AgentLine>> {
        const SQL: &str = "select agent, order_id, placed_at, document from market_order
            where cell_id = ?1 and village_id = ?2 and flow = ?3
            and placed_at >= ?4 and placed_at < ?5 and agent is not null";
        let codes = self.codes_of_people(place)?;
        let is_wanted = |earner: PartyId| agent.is_none_or(|agent| agent == earner);
        let mut lines = Vec::new();
        for (flow, source) in
            [(Flow::Sale, CommissionSource::Sale), (Flow::Purchase, CommissionSource::Purchase)]
        {
            let span = [flow.name().into(), window.from.micros().into(), window.to.micros().into()];
            for row in self.rows_of(place, SQL, Vec::from(span))? {
                let mut f = Fields::new("market_order", row);
                let (earner, order) = (party_id(&mut f)?, super::order_id(&mut f)?);
                let at = Some(moment(&mut f)?);
                let earned: Earned = part_of("market_order", &f.text()?)?;
                if is_wanted(earner) && earned.released.commission_minor != 0 {
                    let agent = code_or_id(&codes, earner);
                    let subject = order.to_string();
                    lines.push(agent_line(&earned, (agent, source), subject, at));
                }
            }
        }
        for group in self.documents::<Group>(place.cell, place.village, &["settled"], u32::MAX)? {
            let at = made_at(group.id);
            let is_inside = at.is_none_or(|at| window.contains(at));
            if is_inside && is_wanted(group.agent) && group.released.commission_minor != 0 {
                let (is_vested, released) = (group.is_vested, group.released);
                let earned = Earned { commission_reversed_minor: 0, is_vested, released };
                let agent = code_or_id(&codes, group.agent);
                let subject = group.id.to_string();
                lines.push(agent_line(&earned, (agent, CommissionSource::Group), subject, at));
            }
        }
        lines.sort_by(|a, b| {
            (&a.agent, a.source, a.at, &a.subject).cmp(&(&b.agent, b.source, b.at, &b.subject))
        });
        Ok(lines)
    }

    /// What the ledger says of the agents' commissions in a window: by agent.
    ///
    /// # Errors
    /// When the database fails.
    pub fn agent_ledger(&mut self, place: Place, window: Window) -> Result<Vec<AgentLedger>> {
        let sides = self.sides(place, (PartyKind::Agent, Code::COMMISSION_PENDING), window)?;
        let own = vec![
            number(Code::COMMISSION_PENDING),
            number(Code::WALLET),
            window.from.micros().into(),
            window.to.micros().into(),
            PartyKind::Agent.name().into(),
        ];
        let mut vested = BTreeMap::new();
        // A vesting moves one amount from the one account to the other.
        for row in self.rows_of(place, VESTED, own)? {
            let mut f = Fields::new("entry", row);
            vested.insert(party_id(&mut f)?, f.int()?);
        }
        let ledgers = sides.into_iter().map(|(party, (agent, pending))| {
            let vested_minor = vested.remove(&party).unwrap_or(0);
            AgentLedger { agent, pending, vested_minor }
        });
        let mut ledgers: Vec<AgentLedger> = ledgers.collect();
        ledgers.sort_by(|a, b| a.agent.cmp(&b.agent));
        Ok(ledgers)
    }

    /// What the accounts of one code of all parties of a kind did in a window.
    fn sides(
        &mut self,
        place: Place,
        (kind, code): (PartyKind, Code),
        window: Window,
    ) -> Result<BTreeMap<PartyId, (String, Side)>> {
        let own = vec![
            kind.name().into(),
            number(code),
            window.from.micros().into(),
            window.to.micros().into(),
        ];
        let is_credit = code.row().class.is_credit_normal();
        let rows = self.rows_of(place, SIDES, own)?;
        rows.into_iter().map(|row| side_from(row, is_credit)).collect()
    }
}

/// Debit positive as stored; on its own side for whoever reads it.
fn side_from(row: Row, is_credit: bool) -> Result<(PartyId, (String, Side))> {
    let mut f = Fields::new("account", row);
    let (party, code, today) = (party_id(&mut f)?, f.text()?, f.int()?);
    let mut next = || f.opt_int().map(Option::unwrap_or_default);
    let (debits, credits, later) = (next()?, next()?.saturating_neg(), next()?);
    let after = today.saturating_sub(later);
    let before = after.saturating_sub(debits).saturating_add(credits);
    let side = if is_credit {
        Side { before_minor: before.saturating_neg(), more_minor: credits, less_minor: debits }
    } else {
        Side { before_minor: before, more_minor: debits, less_minor: credits }
    };
    Ok((party, (code, side)))
}

fn add(sum: &mut SupplierLine, line: &AskedLine) {
    let pieces = i64::from(line.quantity);
    let goods_minor = line.price_minor.saturating_mul(pieces);
    sum.orders = sum.orders.saturating_add(1);
    sum.pieces = sum.pieces.saturating_add(pieces);
    sum.grams = sum.grams.saturating_add(line.weight_g);
    sum.goods_minor = sum.goods_minor.saturating_add(goods_minor);
    sum.refunded_minor = sum.refunded_minor.saturating_add(line.refunded_minor);
}

fn agent_line(
    earned: &Earned,
    (agent, source): (String, CommissionSource),
    subject: String,
    at: Option<Instant>,
) -> AgentLine {
    AgentLine {
        agent,
        source,
        subject,
        at,
        goods_minor: earned.released.goods_minor,
        earned_minor: earned.released.commission_minor,
        reversed_minor: earned.commission_reversed_minor,
        is_vested: earned.is_vested,
    }
}

/// The moment in a time-ordered id (UUID version 7); other ids carry none.
fn made_at(group: GroupId) -> Option<Instant> {
    let bits = group.bits();
    let is_time_ordered = (bits >> 76) & 0xf == 7;
    let millis = i64::try_from(bits >> 80).ok().filter(|_| is_time_ordered)?;
    Some(Instant::from_micros(millis.saturating_mul(1000)))
}
