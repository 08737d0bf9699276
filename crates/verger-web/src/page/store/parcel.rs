//! The story of a box, behind the code on its label: whose fruit is in it, when it was picked, and
//! what of its price reaches the orchard. Owns this page; it names no buyer and no place of his.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_app::{BoxStory, PartyView};
use verger_domain::id::PartyId;
use verger_domain::market::fair::FairPrice;
use verger_domain::market::listing::ListingText;
use verger_domain::market::{Listing, ListingPhase};
use verger_domain::party::Village;

use super::split::Bar;
use super::{family_name, place_name, varieties, variety_name, weight};
use crate::Web;
use crate::fault::Fault;
use crate::input::village_of;
use crate::page::{Frame, html, lang_of};
use crate::text::Lang;

/// The most listings that are looked through for the names of varieties.
const LISTINGS_MAX: u32 = 500;

#[derive(Template)]
#[template(path = "store/parcel.html")]
struct BoxPage {
    f: Frame,
    css: &'static str,
    village: u32,
    lead: String,
    lots: Vec<LotRow>,
    bars: Vec<Bar>,
    /// What a kilogram brings, line by line.
    kilogram: Vec<(String, String)>,
}

/// A lot in the box, with the page of its family.
struct LotRow {
    family: String,
    link: Option<String>,
    variety: String,
    day: String,
    grams: String,
    code: String,
}

struct Facts {
    people: BTreeMap<PartyId, PartyView>,
    names: BTreeMap<String, ListingText>,
}

/// `GET /{lang}/v/{village}/boxes/{label}`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number, label)): Path<(String, String, String)>,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let story = web.app().box_story(id, label).await?.ok_or_else(|| Fault::not_found("page"))?;
    let makers: Vec<PartyId> =
        story.sheet.parcel.contents.iter().map(|content| content.maker).collect();
    let facts = web.app().ask(id, move |reader, cell| {
        let phases = [ListingPhase::Live, ListingPhase::Paused, ListingPhase::Ended];
        let phases = phases.map(ListingPhase::name);
        let listings = reader.documents::<Listing>(cell, id, &phases, LISTINGS_MAX)?;
        Ok(Facts { people: reader.people(cell, &makers)?, names: varieties(&listings) })
    });
    html(&page(&web, lang, &village, (&story, &facts.await?)))
}

fn page(web: &Web, lang: Lang, village: &Village, (story, facts): (&BoxStory, &Facts)) -> BoxPage {
    let label = &story.sheet.parcel.label;
    let mut f = Frame::of(web, lang, village, ("store-box-title", &format!("boxes/{label}")));
    f.title = lang.with("store-box", &[("label", label.to_string().into())]);
    let contents = story.sheet.lots.iter().zip(&story.sheet.parcel.contents);
    let lots = contents.map(|(lot, content)| {
        let maker = facts.people.get(&content.maker);
        let family = format!("v/{}/families/{:032x}", village.id, content.maker.bits());
        // Only a lot that was weighed here has a family page to lead to.
        let row = lot.row.as_ref();
        LotRow {
            family: family_name(lang, maker),
            link: row.map(|_| format!("/{}/{family}#{}", lang.tag(), lot.lot)),
            variety: row
                .map_or_else(String::new, |row| variety_name(lang, &facts.names, &row.variety)),
            day: row.map_or_else(String::new, |row| lang.date(row.picked_on)),
            grams: weight(lang, lot.grams),
            code: lot.lot.to_string(),
        }
    });
    let fair = story.fair.as_ref().filter(|fair| fair.price_minor > 0);
    BoxPage {
        css: super::STYLE,
        village: village.id.number(),
        lead: lang.with("store-box-lead", &[("village", place_name(lang, village).into())]),
        lots: lots.collect(),
        bars: fair.map(|fair| bars(lang, village, fair)).unwrap_or_default(),
        kilogram: fair.map(|fair| kilogram(lang, village, fair)).unwrap_or_default(),
        f,
    }
}

/// What the buyer paid for the fruit: what reaches the orchard, and everything else.
fn bars(lang: Lang, village: &Village, fair: &FairPrice) -> Vec<Bar> {
    let bps = fair.farm_gate_bps().clamp(0, 10_000);
    let rest_minor = fair.price_minor.saturating_sub(fair.farm_gate_minor);
    let bar = |key: &str, minor: i64, bps: i64| Bar {
        name: lang.t(key),
        amount: lang.money(minor, village.currency),
        share: lang.percent(bps.saturating_mul(100)),
        width: bps / 10,
    };
    vec![
        bar("store-box-orchard", fair.farm_gate_minor, bps),
        bar("store-box-rest", rest_minor, 10_000_i64.saturating_sub(bps)),
    ]
}

fn kilogram(lang: Lang, village: &Village, fair: &FairPrice) -> Vec<(String, String)> {
    let money = |minor: i64| lang.money(minor, village.currency);
    let mut lines = vec![(lang.t("store-box-kilogram"), money(fair.farm_gate_minor_per_kg()))];
    if let Some((day, minor)) = fair.trader {
        let on = [("day", lang.date(day).into())];
        lines.push((lang.with("store-box-trader", &on), money(minor)));
    }
    if let Some(more) = fair.more_than_trader_minor() {
        lines.push((lang.t("store-box-more"), money(more)));
    }
    lines
}
