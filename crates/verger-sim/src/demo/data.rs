//! The shapes of the demo file, as far as they are loaded. Owns nothing but fields.

use std::collections::BTreeMap;

use serde::Deserialize;
use verger_domain::market::ReturnClass;
use verger_domain::market::lot::Grade;

use super::DemoError;

const SHIPPED: &str = include_str!("../../assets/demo-village.json");

#[derive(Debug, Deserialize)]
pub(crate) struct DemoVillage {
    pub(crate) village: Place,
    pub(crate) cooperative: Cooperative,
    pub(crate) agents: Vec<Agent>,
    pub(crate) households: Vec<Household>,
    pub(crate) suppliers: Vec<Firm>,
    pub(crate) carriers: Vec<Firm>,
    pub(crate) buyers: Vec<Firm>,
    pub(crate) village_products: Vec<Product>,
    pub(crate) varieties: Vec<Variety>,
    #[serde(rename = "season_2026")]
    pub(crate) season: Vec<Window>,
    pub(crate) outside_goods: Vec<OutsideGood>,
    pub(crate) golden_journals: Vec<GoldenJournal>,
    pub(crate) sample_lots: Vec<SampleLot>,
    pub(crate) sample_pool: SamplePool,
}

impl DemoVillage {
    /// The village that the program brings along.
    pub(crate) fn shipped() -> Result<Self, DemoError> {
        serde_json::from_str(SHIPPED).map_err(|error| DemoError::Data(error.to_string()))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Names {
    pub(crate) hanzi: String,
    pub(crate) pinyin: Option<String>,
    pub(crate) english: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    pub(crate) id: String,
    pub(crate) hanzi: String,
    pub(crate) pinyin: String,
    pub(crate) county: Names,
    pub(crate) altitude_m: i32,
    pub(crate) shop: Shop,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shop {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) names: Names,
    pub(crate) hours: String,
    pub(crate) link: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cooperative {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) names: Names,
    pub(crate) founded: String,
    pub(crate) members: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Agent {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) names: Names,
    pub(crate) certified: Vec<String>,
    pub(crate) role: String,
    pub(crate) degree: String,
    pub(crate) focus: String,
    pub(crate) started: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Household {
    pub(crate) id: String,
    pub(crate) head: Head,
    pub(crate) size: u32,
    pub(crate) group: String,
    pub(crate) phone: String,
    pub(crate) reading: String,
    #[serde(default)]
    pub(crate) trees: Vec<Trees>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Trees {
    pub(crate) variety: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    #[serde(flatten)]
    pub(crate) names: Names,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Firm {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) names: Names,
    #[serde(default)]
    pub(crate) town: String,
    #[serde(default)]
    pub(crate) kind: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Product {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) names: Names,
    pub(crate) price_fen: i64,
    pub(crate) weight_g: i64,
    pub(crate) perishable: bool,
    pub(crate) category: String,
    #[serde(default)]
    pub(crate) makers: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Variety {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) names: Names,
    pub(crate) parcel_ok: bool,
    pub(crate) box_price_fen: i64,
    pub(crate) farmgate_fen_per_kg: BTreeMap<Grade, i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Window {
    pub(crate) variety: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) expected_kg: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OutsideGood {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) names: Names,
    pub(crate) supplier: String,
    pub(crate) price_fen: i64,
    pub(crate) township_price_fen: i64,
    pub(crate) weight_g: i64,
    pub(crate) category: String,
    pub(crate) return_class: ReturnClass,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SampleLot {
    pub(crate) id: String,
    pub(crate) day: String,
    pub(crate) household: String,
    pub(crate) variety: String,
    pub(crate) crates: u32,
    pub(crate) gross_g: i64,
    pub(crate) tare_g: i64,
    pub(crate) graded_g: BTreeMap<Grade, i64>,
    pub(crate) weighed_by: String,
    pub(crate) witness: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SamplePool {
    pub(crate) id: String,
    pub(crate) variety: String,
    pub(crate) grade: Grade,
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct GoldenJournal {
    pub(crate) id: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) event: String,
    pub(crate) postings: Vec<Posting>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Posting {
    pub(crate) account: String,
    #[serde(default)]
    pub(crate) debit_fen: i64,
    #[serde(default)]
    pub(crate) credit_fen: i64,
}
