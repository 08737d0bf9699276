//! The demo's catalogue as listings: written by the agent, approved by the staff. Owns the mapping
//! from the demo file; the rules are the market's.

use std::collections::BTreeMap;

use verger_domain::codec;
use verger_domain::command::Command;
use verger_domain::id::ListingId;
use verger_domain::market::ReturnClass;
use verger_domain::market::command::ListingCommand;
use verger_domain::market::listing::{ListingText, Photo, Season};
use verger_domain::{Actor, Body};

use super::data::{DemoVillage, Names, Variety, Window};
use super::{DemoError, Story, VILLAGE, party_id, pool_id, short_code};
use crate::village::{command, named};

/// What a parcel of one box costs the buyer, and what its box and foam cost.
pub(crate) const BOX_FREIGHT_FEN: i64 = 1_000;
const BOX_PACKAGING_FEN: i64 = 450;

/// The grade of the boxes, and the week of the pool that the journals sell for.
const GRADE: &str = "A";
const POOL: &str = "POOL-2026-hujing-A-w30";

/// The id of a listing of the demo village.
pub(crate) fn listing_id(code: &str) -> ListingId {
    named(&format!("{VILLAGE} demo listing {code}"))
}

/// Writing, submitting and approving, listing by listing.
pub(super) fn commands(demo: &DemoVillage, story: Story) -> Result<Vec<Vec<Command>>, DemoError> {
    let mut all = Vec::new();
    for product in &demo.village_products {
        let seller = product.makers.first().unwrap_or(&demo.cooperative.id);
        let class = if product.perishable { ReturnClass::Perishable } else { ReturnClass::Days7 };
        let text = text(&product.id, seller, (&product.names, &product.category), class);
        let text = ListingText { weight_g: product.weight_g, ..text };
        all.push(put_on_sale(&product.id, product.price_fen, text));
    }
    for variety in demo.varieties.iter().filter(|variety| variety.parcel_ok) {
        let window = demo.season.iter().find(|window| window.variety == variety.id);
        let text = fruit(demo, variety, window, story)?;
        all.push(put_on_sale(&format!("box-{}", variety.id), variety.box_price_fen, text));
    }
    for good in &demo.outside_goods {
        let parts = (&good.names, good.category.as_str());
        let text = text(&good.id, &good.supplier, parts, good.return_class);
        let township_price_minor = Some(good.township_price_fen);
        let text = ListingText { weight_g: good.weight_g, township_price_minor, ..text };
        all.push(put_on_sale(&good.id, good.price_fen, text));
    }
    Ok(all)
}

fn put_on_sale(code: &str, price_minor: i64, text: ListingText) -> Vec<Command> {
    let listing = listing_id(code);
    let draft = ListingCommand::Draft {
        code: short_code(code),
        price_minor,
        stock: None,
        text: Box::new(text),
    };
    let steps = [("A1", draft), ("A1", ListingCommand::Submit), ("ST1", ListingCommand::Approve)];
    let as_command = |(who, step): (&str, ListingCommand)| {
        let name = format!("{} {code}", step.kind());
        let body = Body::Listing { command: step, listing, version: None };
        command(VILLAGE, Actor::Party(party_id(who)), &name, body)
    };
    steps.into_iter().map(as_command).collect()
}

fn text(
    code: &str,
    seller: &str,
    (names, category): (&Names, &str),
    class: ReturnClass,
) -> ListingText {
    let latin = names.english.clone().or_else(|| names.pinyin.clone());
    ListingText {
        category: category.to_owned(),
        claims: BTreeMap::new(),
        class,
        freight_minor: 0,
        grade: None,
        name: names.hanzi.clone(),
        name_latin: latin.unwrap_or_else(|| names.hanzi.clone()),
        names: french(super::french::name_of(code).map(str::to_owned)),
        packaging_minor: 0,
        photos: vec![Photo(codec::sha256(format!("demo picture {code}").as_bytes()))],
        pool: None,
        season: None,
        seller: party_id(seller),
        township_price_minor: None,
        unit: "1".to_owned(),
        variety: None,
        weight_g: 0,
    }
}

/// The further names of a good: the French one, where there is one.
fn french(name: Option<String>) -> BTreeMap<String, String> {
    name.map(|name| ("fr".to_owned(), name)).into_iter().collect()
}

/// The box of 2.5 kg of a variety, in its season, sold for the cooperative's pool.
fn fruit(
    demo: &DemoVillage,
    variety: &Variety,
    window: Option<&Window>,
    story: Story,
) -> Result<ListingText, DemoError> {
    let code = format!("box-{}", variety.id);
    let parts = (&variety.names, "fruit");
    let base = text(&code, &demo.cooperative.id, parts, ReturnClass::Perishable);
    let day = |text: &str| text.parse().map_err(|_| DemoError::Data(format!("the day {text}")));
    let season = window
        .map(|window| {
            let (from, to) = (day(&window.from)?, day(&window.to)?);
            Ok(Season { expected_g: window.expected_kg * 1_000, from, to })
        })
        .transpose()?;
    let is_golden = story == Story::Journals && variety.id == "hujing";
    let pool = if is_golden { POOL.to_owned() } else { format!("POOL-2026-{}-A", variety.id) };
    Ok(ListingText {
        freight_minor: BOX_FREIGHT_FEN,
        grade: Some(GRADE.to_owned()),
        name: format!("{} 2.5kg", base.name),
        name_latin: format!("{} peaches, 2.5 kg box", base.name_latin),
        names: french(Some(format!("Pêches {}, colis de 2,5 kg", base.name_latin))),
        packaging_minor: BOX_PACKAGING_FEN,
        pool: Some(pool_id(&pool)),
        season,
        unit: "2.5 kg".to_owned(),
        variety: Some(variety.id.clone()),
        weight_g: 2_500,
        ..base
    })
}
