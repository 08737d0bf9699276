//! Lots: weigh, grade, doubt, weigh again; the way from a lot to its boxes; and its label.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::report::Place;
use verger_domain::Body;
use verger_domain::id::{LotId, PoolId};
use verger_domain::market::command::LotCommand;
use verger_domain::market::lot::{Contest, Grade, Weighing};
use verger_domain::market::{Lot, LotPhase};

use super::super::answer::{Acted, Of};
use super::super::proof::ProofShape;
use super::super::{PhaseQuery, Reason, asks, day, id, subject};
use super::grade;
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use crate::text::rfc3339;
use verger_shapes::Page;

/// What the scale says, and before whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeighingShape {
    /// What the scale is called.
    #[schema(example = "SCALE-1")]
    scale: String,
    /// The day on which it was last calibrated.
    calibrated_on: String,
    /// How many crates.
    crates: u32,
    /// Fruit and crates, in grams.
    gross_g: i64,
    /// The crates alone, in grams.
    tare_g: i64,
    /// A member of the household, or another member who is there, by id or code.
    witness: String,
}

impl WeighingShape {
    async fn weighing(&self, desk: &Desk<MarketWrite>, at: &str) -> Result<Weighing, Fault> {
        let field = |name: &str| format!("{at}.{name}");
        let scale = self.scale.parse();
        Ok(Weighing {
            calibrated_on: day(&field("calibrated_on"), &self.calibrated_on)?,
            crates: self.crates,
            gross_g: self.gross_g,
            scale: scale.map_err(|_| Fault::field(field("scale"), "short_code"))?,
            tare_g: self.tare_g,
            witness: desk.party(&field("witness"), &self.witness).await?,
        })
    }
}

/// A lot to be weighed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeighShape {
    /// What is written on it; unique in the village.
    code: String,
    /// Whose fruit it is, by id or code.
    household: String,
    /// The day it was picked.
    picked_on: String,
    /// The variety.
    variety: String,
    /// What the scale says.
    weighing: WeighingShape,
}

/// The grades of a lot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GradesShape {
    /// Grams by grade, `A`, `B`, `C` and `cull`, which sum to the net weight.
    graded: BTreeMap<String, i64>,
    /// The pool of each grade that has one.
    #[serde(default)]
    pools: BTreeMap<String, String>,
}

/// Grades that go into pools.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoolsShape {
    /// The pool of each grade.
    pools: BTreeMap<String, String>,
}

/// A second weighing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReweighShape {
    /// Grams by grade, which sum to the net weight.
    graded: BTreeMap<String, i64>,
    /// What the scale says.
    weighing: WeighingShape,
}

/// A doubt about a weight or a grading.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DoubtShape {
    /// Why, in at most 500 characters.
    reason: String,
    /// The household's own agreement, where an agent writes it down.
    proof: Option<ProofShape>,
}

/// A doubt taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoubtShape {
    /// The household's own agreement, where an agent writes it down.
    proof: Option<ProofShape>,
}

asks! {
    /// One command about a lot.
    #[schema(example = json!({"grade": {"graded": {"A": 61638, "B": 34496, "C": 8456,
        "cull": 12110}, "pools": {"A": "pool_0199f0c2a8b47c0e8000000000000001"}}}))]
    LotAsk => Wish {
        /// Weighs it, under an id that the client makes.
        weigh Weigh(WeighShape),
        /// Grades it, and pays the advances.
        grade Grade(GradesShape),
        /// Puts more of its grades into pools.
        pool Pool(PoolsShape),
        /// Does not take it.
        reject Reject(Reason),
        /// Doubts its weight or its grades.
        contest Contest(DoubtShape),
        /// Takes the doubt back.
        withdraw Withdraw(UndoubtShape),
        /// Weighs and grades it again, by another person.
        reweigh Reweigh(ReweighShape),
    }
}

/// A lot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LotShape {
    /// Its id.
    #[schema(example = "lot_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// What is written on it.
    code: String,
    /// `weighed`, `graded` or `rejected`.
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// Whose fruit it is.
    household: String,
    /// The variety.
    variety: String,
    /// The day it was picked.
    picked_on: String,
    /// Fruit and crates, in grams.
    gross_g: i64,
    /// The crates alone, in grams.
    tare_g: i64,
    /// The fruit, in grams.
    net_g: i64,
    /// What the scale is called, and when it was calibrated.
    scale: String,
    /// The day of its calibration.
    calibrated_on: String,
    /// Who weighed it.
    weigher: String,
    /// Who was there.
    witness: String,
    /// Grams by grade; empty until it is graded.
    graded: BTreeMap<&'static str, i64>,
    /// The pool of each grade.
    pools: BTreeMap<&'static str, String>,
    /// What was paid at once, by pool, in minor units.
    advances: BTreeMap<String, i64>,
    /// What of it is in boxes, in grams.
    packed_g: i64,
    /// Why it is in doubt, if it is.
    contest: Option<String>,
    /// Until when its household may doubt it (RFC 3339, UTC).
    contest_until: Option<String>,
}

impl LotShape {
    fn new(row: &Lot, contest_hours: u32) -> Self {
        let until = row.graded_at.map(|at| at.plus_seconds(contest_hours.saturating_mul(3_600)));
        let graded = row.graded.iter().map(|(grade, grams)| (grade.name(), *grams));
        let pools = row.pools.iter().map(|(grade, pool)| (grade.name(), pool.to_string()));
        let advances = row.advances.iter().map(|(pool, minor)| (pool.to_string(), *minor));
        let reason = |contest: &Contest| contest.reason.clone();
        Self {
            id: row.id.to_string(),
            code: row.code.to_string(),
            phase: row.phase.name(),
            version: row.version,
            household: row.household.to_string(),
            variety: row.variety.clone(),
            picked_on: row.picked_on.to_string(),
            gross_g: row.weighing.gross_g,
            tare_g: row.weighing.tare_g,
            net_g: row.weighing.net_g(),
            scale: row.weighing.scale.to_string(),
            calibrated_on: row.weighing.calibrated_on.to_string(),
            weigher: row.weigher.to_string(),
            witness: row.weighing.witness.to_string(),
            graded: graded.collect(),
            pools: pools.collect(),
            advances: advances.collect(),
            packed_g: verger_domain::market::split::total(row.packed.values().copied()),
            contest: row.contest.as_ref().map(reason),
            contest_until: until.map(rfc3339),
        }
    }
}

/// Lists lots, oldest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/lots", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The lots", body = Page<LotShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<LotShape>>, Fault> {
    let is_end = |phase| phase == LotPhase::Rejected;
    let wanted = query.wanted(LotPhase::ALL.map(|phase| (phase.name(), is_end(phase))))?;
    let found = desk.app().subjects::<Lot>(desk.village, desk.viewer(), wanted).await?;
    let hours = desk.policy().await?.cooperative.contest_hours;
    let items = found.0.iter().map(|row| LotShape::new(row, hours)).collect();
    Ok(Json(Page { items, next: None }))
}

/// The lot of the address: by its id, or by what is written on it.
async fn lot_of<S>(desk: &Desk<S>) -> Result<LotId, Fault> {
    super::lot(desk, "lot", desk.param("lot")).await
}

/// Shows a lot.
#[utoipa::path(get, path = "/api/v1/villages/{village}/lots/{lot}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("lot" = String, Path, description = "The lot's id, or what is written on it")), responses(
    (status = 200, description = "The lot", body = LotShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<LotShape>, Fault> {
    let lot = lot_of(&desk).await?;
    let found = desk.app().subject::<Lot>(desk.village, desk.viewer(), lot.bits()).await?;
    let (row, _) = found.ok_or_else(|| Fault::not_found("lot"))?;
    Ok(Json(LotShape::new(&row, desk.policy().await?.cooperative.contest_hours)))
}

fn grades(field: &str, given: &BTreeMap<String, i64>) -> Result<BTreeMap<Grade, i64>, Fault> {
    given.iter().map(|(name, grams)| Ok((grade(field, name)?, *grams))).collect()
}

fn pools(field: &str, given: &BTreeMap<String, String>) -> Result<BTreeMap<Grade, PoolId>, Fault> {
    given.iter().map(|(name, pool)| Ok((grade(field, name)?, id(field, pool)?))).collect()
}

/// Does something about a lot: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/lots/{lot}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("lot" = String, Path, description = "The lot's id, made by the client")),
    request_body = LotAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Weighed; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition`, `stale`, `lot_contested`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<LotAsk>,
) -> Result<Done<Acted>, Fault> {
    let lot: LotId = subject(&desk, "lot")?;
    let (version, wish) = ask.chosen()?;
    let body = |command| Body::Lot { command, lot, version };
    let of = (Of::Lot(lot), version);
    let command = match wish {
        Wish::Weigh(wish) => weigh(&desk, wish).await?,
        Wish::Grade(wish) => LotCommand::Grade {
            graded: grades("grade.graded", &wish.graded)?,
            pools: pools("grade.pools", &wish.pools)?,
        },
        Wish::Pool(wish) => LotCommand::Pool { pools: pools("pool.pools", &wish.pools)? },
        Wish::Reject(Reason { reason }) => LotCommand::Reject { reason },
        Wish::Contest(DoubtShape { reason, proof: Some(proof) }) => {
            let given = proof.given(&desk, "contest.proof").await?;
            let doubted =
                |proof| body(LotCommand::Contest { proof: Some(proof), reason: reason.clone() });
            let receipt = desk.submit_proved(key, given, doubted).await?;
            return Ok(Acted::done(&receipt, desk.village, of));
        }
        Wish::Contest(DoubtShape { reason, proof: None }) => {
            LotCommand::Contest { proof: None, reason }
        }
        Wish::Withdraw(UndoubtShape { proof: Some(proof) }) => {
            let given = proof.given(&desk, "withdraw.proof").await?;
            let withdrawn = |proof| body(LotCommand::Withdraw { proof: Some(proof) });
            let receipt = desk.submit_proved(key, given, withdrawn).await?;
            return Ok(Acted::done(&receipt, desk.village, of));
        }
        Wish::Withdraw(UndoubtShape { proof: None }) => LotCommand::Withdraw { proof: None },
        Wish::Reweigh(wish) => LotCommand::Reweigh {
            graded: grades("reweigh.graded", &wish.graded)?,
            weighing: wish.weighing.weighing(&desk, "reweigh.weighing").await?,
        },
    };
    let receipt = desk.submit(key, body(command)).await?;
    Ok(Acted::done(&receipt, desk.village, of))
}

async fn weigh(desk: &Desk<MarketWrite>, wish: WeighShape) -> Result<LotCommand, Fault> {
    let code = wish.code.parse().map_err(|_| Fault::field("weigh.code", "short_code"))?;
    Ok(LotCommand::Weigh {
        code,
        household: desk.party("weigh.household", &wish.household).await?,
        picked_on: day("weigh.picked_on", &wish.picked_on)?,
        variety: wish.variety,
        weighing: wish.weighing.weighing(desk, "weigh.weighing").await?,
    })
}

/// A box that fruit of a lot is in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InBox {
    /// What is written on the box.
    label: String,
    /// How much of the lot is in it, in grams.
    grams: i64,
    /// The order that it belongs to.
    order: String,
}

/// The way of a lot: from the household to the boxes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceShape {
    /// What is written on the lot.
    lot: String,
    /// The household's short code.
    household: String,
    /// The variety.
    variety: String,
    /// The day it was picked.
    picked_on: String,
    /// The boxes that its fruit is in, by label.
    boxes: Vec<InBox>,
}

/// Follows a lot to its boxes, for those who may see the lot.
#[utoipa::path(get, path = "/api/v1/villages/{village}/lots/{lot}/boxes", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("lot" = String, Path, description = "The lot's id, or what is written on it")), responses(
    (status = 200, description = "Its boxes", body = TraceShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn trace(desk: Desk<Read>) -> Result<Json<TraceShape>, Fault> {
    let (lot, village) = (lot_of(&desk).await?, desk.village);
    let found = desk.app().subject::<Lot>(village, desk.viewer(), lot.bits()).await?;
    let (row, _) = found.ok_or_else(|| Fault::not_found("lot"))?;
    let (code, owner) = (row.code.clone(), row.household);
    let asked = desk.app().ask(village, move |reader, cell| {
        let household = reader.party(cell, owner)?.map(|view| view.party.code.to_string());
        Ok((household, reader.boxes_of_lot(Place { cell, village }, (lot, &code))?))
    });
    let (household, boxes) = asked.await?;
    let boxes = boxes.into_iter().map(|line| InBox {
        label: line.label.to_string(),
        grams: line.grams,
        order: line.order.to_string(),
    });
    Ok(Json(TraceShape {
        lot: row.code.to_string(),
        household: household.unwrap_or_default(),
        variety: row.variety,
        picked_on: row.picked_on.to_string(),
        boxes: boxes.collect(),
    }))
}

/// Draws the label of a lot: its code, variety, day and weight, and a QR code that leads to `/l/`
/// and its code.
#[utoipa::path(get, path = "/api/v1/villages/{village}/lots/{lot}/label", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("lot" = String, Path, description = "The lot's id, or what is written on it")), responses(
    (status = 200, description = "The label, an SVG picture of 60 by 40 mm",
        content_type = "image/svg+xml"),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn label(desk: Desk<Read>) -> Result<Response, Fault> {
    let (lot, village) = (lot_of(&desk).await?, desk.village);
    let found = desk.app().subject::<Lot>(village, desk.viewer(), lot.bits()).await?;
    let (row, _) = found.ok_or_else(|| Fault::not_found("lot"))?;
    let asked = desk.app().ask(village, move |reader, cell| reader.party(cell, row.household));
    let household = asked.await?.map_or_else(String::new, |view| view.party.code.to_string());
    let label = verger_app::lot_label(&verger_app::LotLabel {
        address: format!("/l/{village}/{}", row.code),
        code: row.code.to_string(),
        household,
        net_g: row.weighing.net_g(),
        picked_on: row.picked_on.to_string(),
        variety: row.variety,
    });
    let svg = label.ok_or_else(|| Fault::not_found("label"))?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}
