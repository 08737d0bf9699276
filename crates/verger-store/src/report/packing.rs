//! What the shop does with its hands: packing, handing out, loading. Owns those lists; must not say
//! what is late.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use verger_domain::id::{ListingId, OrderId, ParcelId, PartyId, TripId};
use verger_domain::market::parcel::{Content, Hop};
use verger_domain::market::{OrderPhase, ParcelPhase, Trip};
use verger_domain::party::ShortCode;
use verger_domain::time::Instant;

use super::{
    GoodName, Place, Result, Window, code_or_id, moment, name_or_id, order_id, part_of, party_id,
};
use crate::engine::Select;
use crate::reader::Reader;
use crate::table::{self, Fields, Row, Value};

/// One good to be packed for one buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackingLine {
    /// The order.
    pub order: OrderId,
    /// The buyer's short code.
    pub buyer: String,
    /// Whether the boxes are closed already.
    pub is_packed: bool,
    /// When it was placed.
    pub placed_at: Instant,
    /// What.
    pub good: GoodName,
    /// How many.
    pub pieces: u32,
    /// What they weigh, in grams.
    pub grams: i64,
}

/// What one household put into boxes out of one lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPacking {
    /// The household's short code.
    pub member: String,
    /// The lot.
    pub lot: ShortCode,
    /// How much, in grams.
    pub grams: i64,
    /// Into how many boxes.
    pub boxes: u32,
}

/// A parcel that waits at the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The short code of the household it is for.
    pub household: String,
    /// The order.
    pub order: OrderId,
    /// What is written on it.
    pub label: ShortCode,
    /// What it weighs, in grams.
    pub weight_g: i64,
    /// Since when it waits; the shop's scan, or the giver's while that is missing.
    pub since: Option<Instant>,
}

/// A change of hands that only one side has scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneSided {
    /// What is written on the parcel.
    pub label: ShortCode,
    /// Where the parcel is.
    pub phase: ParcelPhase,
    /// The short code of who gave it.
    pub giver: String,
    /// The short code of who took it.
    pub taker: String,
    /// The one scan there is.
    pub scanned_at: Instant,
    /// Whether it is the giver's.
    pub is_giver: bool,
}

/// A trip with its parcels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The trip.
    pub trip: Trip,
    /// The carrier's short code.
    pub carrier: String,
    /// Its parcels in order of their labels.
    pub lines: Vec<ManifestLine>,
}

/// A parcel of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestLine {
    /// The parcel.
    pub parcel: ParcelId,
    /// What is written on it.
    pub label: String,
    /// The order.
    pub order: Option<OrderId>,
    /// The short code of the buyer or the household.
    pub receiver: String,
    /// What it weighs, in grams.
    pub weight_g: i64,
    /// Its part of the trip's cost, in minor units.
    pub cost_minor: i64,
    /// Whether it was counted at the end.
    pub is_arrived: bool,
}

/// What of an order says what is to be packed.
#[derive(Deserialize)]
struct Wanted {
    lines: Vec<WantedLine>,
}

/// What of a line says that.
#[derive(Deserialize)]
struct WantedLine {
    listing: ListingId,
    quantity: u32,
    weight_g: i64,
}

/// What of a parcel says what is in it.
#[derive(Deserialize)]
struct Contents {
    contents: Vec<Content>,
}

/// What of a parcel says where it has been.
#[derive(Deserialize)]
struct Custody {
    hops: Vec<Hop>,
    label: ShortCode,
    weight_g: i64,
}

/// The orders of a phase that were placed in a window, with what they are for.
const TO_PACK: &str = "select o.order_id, o.buyer, p.code, o.placed_at, o.document
    from market_order o left join party p on p.cell_id = o.cell_id and p.party_id = o.buyer
    where o.cell_id = ?1 and o.village_id = ?2 and o.phase = ?3
    and o.placed_at >= ?4 and o.placed_at < ?5";

impl Reader {
    /// What is to be packed, or packed and not gone yet, of the orders placed in a window: by order
    /// of placing, line by line.
    ///
    /// # Errors
    /// When the database fails.
    pub fn packing_by_buyer(&mut self, place: Place, window: Window) -> Result<Vec<PackingLine>> {
        let names = self.names_of_goods(place)?;
        let mut lines = Vec::new();
        for phase in [OrderPhase::Accepted, OrderPhase::Packed] {
            for row in self.rows_of(place, TO_PACK, in_phase(phase.name(), window))? {
                let mut f = Fields::new("market_order", row);
                let (order, buyer, code) = (order_id(&mut f)?, party_id(&mut f)?, f.opt_text()?);
                let buyer = code.unwrap_or_else(|| buyer.to_string());
                let placed_at = moment(&mut f)?;
                for line in part_of::<Wanted>("market_order", &f.text()?)?.lines {
                    lines.push(PackingLine {
                        order,
                        buyer: buyer.clone(),
                        is_packed: phase == OrderPhase::Packed,
                        placed_at,
                        good: name_or_id(&names, line.listing),
                        pieces: line.quantity,
                        grams: line.weight_g,
                    });
                }
            }
        }
        // The sort is stable: the lines of an order stay in their order.
        lines.sort_by_key(|line| (line.placed_at, line.order));
        Ok(lines)
    }

    /// Who made what is in the boxes that are packed and not gone yet, of the orders placed in a
    /// window: by household and lot.
    ///
    /// # Errors
    /// When the database fails.
    pub fn packing_by_member(
        &mut self,
        place: Place,
        window: Window,
    ) -> Result<Vec<MemberPacking>> {
        const SQL: &str = "select p.document from market_order o
            join parcel p on p.cell_id = o.cell_id and p.order_id = o.order_id
            where o.cell_id = ?1 and o.village_id = ?2 and o.phase = ?3
            and o.placed_at >= ?4 and o.placed_at < ?5";
        let codes = self.codes_of_people(place)?;
        let mut sums: BTreeMap<(PartyId, ShortCode), (i64, u32)> = BTreeMap::new();
        for row in self.rows_of(place, SQL, in_phase(OrderPhase::Packed.name(), window))? {
            let mut f = Fields::new("parcel", row);
            let mut seen = BTreeSet::new();
            for content in part_of::<Contents>("parcel", &f.text()?)?.contents {
                let key = (content.maker, content.lot);
                let (grams, boxes) = sums.entry(key.clone()).or_default();
                *grams = grams.saturating_add(content.grams);
                *boxes = boxes.saturating_add(u32::from(seen.insert(key)));
            }
        }
        let packed = sums.into_iter().map(|((maker, lot), (grams, boxes))| {
            let member = code_or_id(&codes, maker);
            MemberPacking { member, lot, grams, boxes }
        });
        let mut packed: Vec<MemberPacking> = packed.collect();
        packed.sort_by(|a, b| (&a.member, &a.lot).cmp(&(&b.member, &b.lot)));
        Ok(packed)
    }

    /// The parcels that wait at the shop for a household: those that wait longest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn pickup_list(&mut self, place: Place) -> Result<Vec<Waiting>> {
        const SQL: &str = "select o.order_id, o.buyer, h.code, p.document from parcel p
            join market_order o on o.cell_id = p.cell_id and o.order_id = p.order_id
            left join party h on h.cell_id = o.cell_id and h.party_id = o.buyer
            where p.cell_id = ?1 and p.village_id = ?2 and p.phase = ?3 and o.flow = 'purchase'";
        let mut waiting = Vec::new();
        for row in self.rows_of(place, SQL, vec![ParcelPhase::AtShop.name().into()])? {
            let mut f = Fields::new("parcel", row);
            let (order, buyer, code) = (order_id(&mut f)?, party_id(&mut f)?, f.opt_text()?);
            let Custody { hops, label, weight_g } = part_of("parcel", &f.text()?)?;
            let since = hops.last().and_then(|hop| hop.took_at.or(hop.gave_at));
            let household = code.unwrap_or_else(|| buyer.to_string());
            waiting.push(Waiting { household, order, label, weight_g, since });
        }
        waiting.sort_by(|a, b| (a.since, &a.label).cmp(&(b.since, &b.label)));
        Ok(waiting)
    }

    /// The changes of hands whose one scan is older than a moment: the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn one_sided_hops(&mut self, place: Place, before: Instant) -> Result<Vec<OneSided>> {
        const SQL: &str = "select document from parcel
            where cell_id = ?1 and village_id = ?2 and phase = ?3";
        let codes = self.codes_of_people(place)?;
        let mut found = Vec::new();
        for phase in ParcelPhase::ALL.into_iter().filter(|phase| !phase.is_end()) {
            for row in self.rows_of(place, SQL, vec![phase.name().into()])? {
                let mut f = Fields::new("parcel", row);
                let Custody { hops, label, .. } = part_of("parcel", &f.text()?)?;
                let open = hops.last().filter(|hop| hop.is_one_sided());
                let scan = open.and_then(|hop| Some((hop, hop.gave_at.or(hop.took_at)?)));
                let Some((hop, scanned_at)) = scan.filter(|(_, at)| *at < before) else { continue };
                found.push(OneSided {
                    label,
                    phase,
                    giver: code_or_id(&codes, hop.giver),
                    taker: code_or_id(&codes, hop.taker),
                    scanned_at,
                    is_giver: hop.gave_at.is_some(),
                });
            }
        }
        found.sort_by(|a, b| (a.scanned_at, &a.label).cmp(&(b.scanned_at, &b.label)));
        Ok(found)
    }

    /// A trip of a village with its parcels, each with its weight and its part of the cost.
    ///
    /// # Errors
    /// When the database fails.
    pub fn manifest(&mut self, place: Place, trip: TripId) -> Result<Option<Manifest>> {
        let found = self.document::<Trip>(place.cell, place.village, trip.bits())?;
        let Some(trip) = found else { return Ok(None) };
        let codes = self.codes_of_people(place)?;
        let parcels = self.labels_of(place, &trip)?;
        let mut lines = Vec::new();
        for (parcel, cost_minor) in trip.cost_shares() {
            let known = parcels.get(&parcel);
            lines.push(ManifestLine {
                parcel,
                label: known.map_or_else(|| parcel.to_string(), |known| known.0.to_string()),
                order: known.map(|known| known.1),
                receiver: known.map_or_else(String::new, |known| known.2.clone()),
                weight_g: trip.manifest.get(&parcel).copied().unwrap_or(0),
                cost_minor,
                is_arrived: trip.arrived.contains(&parcel),
            });
        }
        lines.sort_by(|a, b| (&a.label, a.parcel).cmp(&(&b.label, b.parcel)));
        Ok(Some(Manifest { carrier: code_or_id(&codes, trip.carrier), trip, lines }))
    }

    /// Label, order and receiver of the parcels of a trip.
    fn labels_of(
        &mut self,
        place: Place,
        trip: &Trip,
    ) -> Result<BTreeMap<ParcelId, (ShortCode, OrderId, String)>> {
        let by_bits = |bits: Vec<u128>| bits.into_iter().map(|bits| vec![bits.into()]).collect();
        let ids = trip.manifest.keys().map(|id| id.bits()).collect();
        let select = Select { table: &table::PARCEL, by: &["parcel_id"], keys: by_bits(ids) };
        let parcels = self.engine().select(place.cell, &[select])?.pop().unwrap_or_default();
        let parcels: Vec<verger_domain::market::Parcel> =
            parcels.into_iter().map(crate::document::from).collect::<Result<_>>()?;
        let orders: BTreeSet<OrderId> = parcels.iter().map(|parcel| parcel.order).collect();
        let ids = orders.into_iter().map(OrderId::bits).collect();
        let select = Select { table: &table::MARKET_ORDER, by: &["order_id"], keys: by_bits(ids) };
        let orders = self.engine().select(place.cell, &[select])?.pop().unwrap_or_default();
        let buyers: BTreeMap<OrderId, PartyId> =
            orders.into_iter().map(buyer_of).collect::<Result<_>>()?;
        let ids = buyers.values().collect::<BTreeSet<_>>();
        let ids = by_bits(ids.into_iter().map(|id| id.bits()).collect());
        let select = Select { table: &table::PARTY, by: &["party_id"], keys: ids };
        let parties = self.engine().select(place.cell, &[select])?.pop().unwrap_or_default();
        let parties: BTreeMap<PartyId, String> = parties
            .into_iter()
            .map(|row| crate::rows::party_from(row).map(|p| (p.id, p.code.to_string())))
            .collect::<Result<_>>()?;
        let labels = parcels.into_iter().map(|parcel| {
            let buyer = buyers.get(&parcel.order);
            let receiver = buyer.map_or_else(String::new, |buyer| code_or_id(&parties, *buyer));
            (parcel.id, (parcel.label, parcel.order, receiver))
        });
        Ok(labels.collect())
    }
}

/// The order and its buyer out of a whole row, of which the document is the last column.
fn buyer_of(row: Row) -> Result<(OrderId, PartyId)> {
    #[derive(Deserialize)]
    struct Bought {
        buyer: PartyId,
        id: OrderId,
    }
    let text = row.into_iter().next_back().unwrap_or(Value::Null);
    let mut f = Fields::new("market_order", vec![text]);
    let Bought { buyer, id } = part_of("market_order", &f.text()?)?;
    Ok((id, buyer))
}

fn in_phase(phase: &str, window: Window) -> Vec<Value> {
    vec![phase.into(), window.from.micros().into(), window.to.micros().into()]
}
