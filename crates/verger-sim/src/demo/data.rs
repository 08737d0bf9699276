//! The shapes of the demo file, as far as they are loaded. Owns nothing but fields.

use std::collections::BTreeMap;

use serde::Deserialize;
use verger_domain::market::ReturnClass;
use verger_domain::market::lot::Grade;

use super::DemoError;

const SHIPPED: &str = include_str!("../../assets/demo-village.json");

#[derive(Debug, Deserialize)]
pub(super) struct DemoVillage {
    pub(super) village: Place,
    pub(super) cooperative: Cooperative,
    pub(super) agents: Vec<Agent>,
    pub(super) households: Vec<Household>,
    pub(super) suppliers: Vec<Firm>,
    pub(super) carriers: Vec<Firm>,
    pub(super) buyers: Vec<Firm>,
    pub(super) village_products: Vec<Product>,
    pub(super) varieties: Vec<Variety>,
    #[serde(rename = "season_2026")]
    pub(super) season: Vec<Window>,
    pub(super) outside_goods: Vec<OutsideGood>,
    pub(super) golden_journals: Vec<GoldenJournal>,
    pub(super) sample_lots: Vec<SampleLot>,
    pub(super) sample_pool: SamplePool,
}

impl DemoVillage {
    /// The village that the program brings along.
    pub(super) fn shipped() -> Result<Self, DemoError> {
        serde_json::from_str(SHIPPED).map_err(|error| DemoError::Data(error.to_string()))
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Names {
    pub(super) hanzi: String,
    pub(super) pinyin: Option<String>,
    pub(super) english: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) hanzi: String,
    pub(super) pinyin: String,
    pub(super) county: Names,
    pub(super) altitude_m: i32,
    pub(super) shop: Shop,
}

#[derive(Debug, Deserialize)]
pub(super) struct Shop {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) names: Names,
    pub(super) hours: String,
    pub(super) link: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cooperative {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) names: Names,
    pub(super) founded: String,
    pub(super) members: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Agent {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) names: Names,
    pub(super) certified: Vec<String>,
    pub(super) role: String,
    pub(super) degree: String,
    pub(super) focus: String,
    pub(super) started: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Household {
    pub(super) id: String,
    pub(super) head: Head,
    pub(super) size: u32,
    pub(super) group: String,
    pub(super) phone: String,
    pub(super) reading: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Head {
    #[serde(flatten)]
    pub(super) names: Names,
}

#[derive(Debug, Deserialize)]
pub(super) struct Firm {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) names: Names,
    #[serde(default)]
    pub(super) town: String,
    #[serde(default)]
    pub(super) kind: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Product {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) names: Names,
    pub(super) price_fen: i64,
    pub(super) weight_g: i64,
    pub(super) perishable: bool,
    pub(super) category: String,
    #[serde(default)]
    pub(super) makers: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Variety {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) names: Names,
    pub(super) parcel_ok: bool,
    pub(super) box_price_fen: i64,
    pub(super) farmgate_fen_per_kg: BTreeMap<Grade, i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Window {
    pub(super) variety: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) expected_kg: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct OutsideGood {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) names: Names,
    pub(super) supplier: String,
    pub(super) price_fen: i64,
    pub(super) township_price_fen: i64,
    pub(super) weight_g: i64,
    pub(super) category: String,
    pub(super) return_class: ReturnClass,
}

#[derive(Debug, Deserialize)]
pub(super) struct SampleLot {
    pub(super) id: String,
    pub(super) day: String,
    pub(super) household: String,
    pub(super) variety: String,
    pub(super) crates: u32,
    pub(super) gross_g: i64,
    pub(super) tare_g: i64,
    pub(super) graded_g: BTreeMap<Grade, i64>,
    pub(super) weighed_by: String,
    pub(super) witness: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct SamplePool {
    pub(super) id: String,
    pub(super) variety: String,
    pub(super) grade: Grade,
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct GoldenJournal {
    pub(super) id: String,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) event: String,
    pub(super) postings: Vec<Posting>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Posting {
    pub(super) account: String,
    #[serde(default)]
    pub(super) debit_fen: i64,
    #[serde(default)]
    pub(super) credit_fen: i64,
}
