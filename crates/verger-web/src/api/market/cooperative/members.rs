//! The cooperative's register: board, shares, the year's surplus; and the members' votes.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::Eyes;
use verger_domain::Body;
use verger_domain::id::{PartyId, VoteId};
use verger_domain::market::command::{CooperativeCommand, VoteCommand};
use verger_domain::market::cooperative::{Ballot, Motion, Tally};
use verger_domain::market::{Cooperative, Vote, VotePhase};

use super::super::answer::{Acted, Of};
use super::super::proof::ProofShape;
use super::super::{PhaseQuery, asks, id, subject, words};
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use crate::text::rfc3339;
use verger_shapes::Page;

/// A first board.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FoundShape {
    /// The members of the board, by id or code.
    board: Vec<String>,
}

/// A vote that is carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByVote {
    /// The vote.
    vote: String,
}

/// Shares bought or given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SharesShape {
    /// Which household, by id or code.
    household: String,
    /// How many.
    shares: u32,
    /// Its own agreement.
    proof: ProofShape,
}

asks! {
    /// One command about a cooperative.
    #[schema(example = json!({"subscribe": {"household": "H018", "shares": 1,
        "proof": {"member": "M018", "pin": "482915"}}}))]
    CooperativeAsk => Wish {
        /// Opens its register, by the staff.
        found Found(FoundShape),
        /// Gives it the board that a vote chose.
        elect Elect(ByVote),
        /// A household buys shares.
        subscribe Subscribe(SharesShape),
        /// A household gives shares back.
        redeem Redeem(SharesShape),
        /// Divides a year's surplus as a vote agreed.
        close_year CloseYear(ByVote),
    }
}

/// A cooperative.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CooperativeShape {
    /// Its party.
    id: String,
    /// The version, for the next command.
    version: u32,
    /// The members of the board.
    board: Vec<String>,
    /// How many members it has.
    member_count: usize,
    /// All shares.
    share_count: u64,
    /// The last year that was closed.
    closed_through: Option<i16>,
    /// The shares of each household; to others than the shop's people only their own.
    shares: BTreeMap<String, u32>,
    /// What pools made due to each household since then, in minor units; likewise.
    delivered: BTreeMap<String, i64>,
}

impl CooperativeShape {
    fn new(row: &Cooperative, eyes: &Eyes) -> Self {
        let is_seen = |who: PartyId| eyes.is_inner() || eyes.is_of(who);
        let register = &row.register;
        let shares = register.shares.iter().filter(|(who, _)| is_seen(**who));
        let delivered = register.delivered.iter().filter(|(who, _)| is_seen(**who));
        Self {
            id: row.id.to_string(),
            version: row.version,
            board: register.board.iter().map(ToString::to_string).collect(),
            member_count: row.member_count(),
            share_count: register.shares.values().map(|count| u64::from(*count)).sum(),
            closed_through: register.closed_through,
            shares: shares.map(|(who, count)| (who.to_string(), *count)).collect(),
            delivered: delivered.map(|(who, minor)| (who.to_string(), *minor)).collect(),
        }
    }
}

/// Shows a cooperative's register.
#[utoipa::path(get, path = "/api/v1/villages/{village}/cooperatives/{party}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The cooperative, by id or code")), responses(
    (status = 200, description = "The register", body = CooperativeShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<CooperativeShape>, Fault> {
    let party = desk.party("party", desk.param("party")).await?;
    let found = desk.app().subject::<Cooperative>(desk.village, desk.viewer(), party.bits());
    let (row, eyes) = found.await?.ok_or_else(|| Fault::not_found("cooperative"))?;
    Ok(Json(CooperativeShape::new(&row, &eyes)))
}

/// Does something about a cooperative: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/cooperatives/{party}",
    tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The cooperative, by id or code")),
    request_body = CooperativeAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Founded; `Location` is its address", body = Acted),
    (status = 409, description = "`stale`, `subject_exists`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<CooperativeAsk>,
) -> Result<Done<Acted>, Fault> {
    let cooperative = desk.party("party", desk.param("party")).await?;
    let (version, wish) = ask.chosen()?;
    let body = |command| Body::Cooperative { command, cooperative, version };
    let of = (Of::Cooperative(cooperative), version);
    let command = match wish {
        Wish::Found(shape) => {
            CooperativeCommand::Found { board: members(&desk, "found.board", &shape.board).await? }
        }
        Wish::Elect(ByVote { vote }) => {
            CooperativeCommand::Elect { vote: id("elect.vote", &vote)? }
        }
        Wish::CloseYear(ByVote { vote }) => {
            CooperativeCommand::CloseYear { vote: id("close_year.vote", &vote)? }
        }
        Wish::Subscribe(shape) => {
            let household = desk.party("subscribe.household", &shape.household).await?;
            let given = shape.proof.given(&desk, "subscribe.proof").await?;
            let shares = shape.shares;
            let bought = |proof| body(CooperativeCommand::Subscribe { household, proof, shares });
            let receipt = desk.submit_proved(key, given, bought).await?;
            return Ok(Acted::done(&receipt, desk.village, of));
        }
        Wish::Redeem(shape) => {
            let household = desk.party("redeem.household", &shape.household).await?;
            let given = shape.proof.given(&desk, "redeem.proof").await?;
            let shares = shape.shares;
            let back = |proof| body(CooperativeCommand::Redeem { household, proof, shares });
            let receipt = desk.submit_proved(key, given, back).await?;
            return Ok(Acted::done(&receipt, desk.village, of));
        }
    };
    let receipt = desk.submit(key, body(command)).await?;
    Ok(Acted::done(&receipt, desk.village, of))
}

async fn members(
    desk: &Desk<MarketWrite>,
    field: &str,
    given: &[String],
) -> Result<BTreeSet<PartyId>, Fault> {
    let mut found = BTreeSet::new();
    for (index, text) in given.iter().enumerate() {
        found.insert(desk.party(&format!("{field}[{index}]"), text).await?);
    }
    Ok(found)
}

words! {
    /// What a member says.
    BallotWord => Ballot {
        /// For it.
        Yes,
        /// Against it.
        No,
        /// Neither; counts as having been there.
        Abstain,
    }
}

/// What a vote is about: at most one of these; none for a rule of the members' own.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MotionShape {
    /// A board, by id or code of its members.
    board: Option<Vec<String>>,
    /// The account of a pool.
    pool: Option<String>,
    /// A year's surplus.
    year: Option<YearShape>,
}

/// A year's surplus.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct YearShape {
    /// How much, in minor units.
    surplus_minor: i64,
    /// Which year.
    year: i16,
}

/// A vote to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallShape {
    /// Whose members vote, by id or code.
    cooperative: String,
    /// What it is about.
    #[serde(default)]
    motion: MotionShape,
    /// What members read, in at most 500 characters.
    text: String,
}

/// A member's vote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CastShape {
    /// What he says.
    ballot: BallotWord,
    /// His own agreement.
    proof: ProofShape,
}

asks! {
    /// One command about a vote.
    #[schema(example = json!({"cast": {"ballot": "yes",
        "proof": {"member": "M018", "pin": "482915"}}}))]
    VoteAsk => VoteWish {
        /// Calls it, under an id that the client makes.
        call Call(CallShape),
        /// A household votes; its last word counts.
        cast Cast(CastShape),
    }
}

/// The count of a vote.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TallyShape {
    /// For it.
    yes: u32,
    /// Against it.
    no: u32,
    /// Neither.
    abstain: u32,
    /// How many members there were.
    members: u32,
}

impl From<Tally> for TallyShape {
    fn from(tally: Tally) -> Self {
        let Tally { abstain, members, no, yes } = tally;
        Self { yes, no, abstain, members }
    }
}

/// A vote.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoteShape {
    /// Its id.
    #[schema(example = "vote_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `open`, `passed` or `failed`.
    phase: &'static str,
    /// The version.
    version: u32,
    /// What it is about: `board`, `pool`, `year` or `rule`.
    about: &'static str,
    /// What members read.
    text: String,
    /// How many have voted so far.
    cast_count: usize,
    /// The count, once it is over.
    tally: Option<TallyShape>,
    /// When it is counted (RFC 3339, UTC).
    due_at: Option<String>,
}

impl VoteShape {
    fn new(row: &Vote) -> Self {
        let about = match row.motion {
            Motion::Board { .. } => "board",
            Motion::Pool { .. } => "pool",
            Motion::Rule => "rule",
            Motion::Year { .. } => "year",
        };
        Self {
            id: row.id.to_string(),
            phase: row.phase.name(),
            version: row.version,
            about,
            text: row.text.clone(),
            cast_count: row.ballots.len(),
            tally: row.tally.map(TallyShape::from),
            due_at: row.due_at.map(rfc3339),
        }
    }
}

/// Lists votes, oldest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/votes", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The votes", body = Page<VoteShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list_votes(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<VoteShape>>, Fault> {
    let is_end = |phase| phase != VotePhase::Open;
    let wanted = query.wanted(VotePhase::ALL.map(|phase| (phase.name(), is_end(phase))))?;
    let found = desk.app().subjects::<Vote>(desk.village, desk.viewer(), wanted).await?;
    let items = found.0.iter().map(VoteShape::new).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a vote with its count.
#[utoipa::path(get, path = "/api/v1/villages/{village}/votes/{vote}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("vote" = String, Path, description = "The vote's id")), responses(
    (status = 200, description = "The vote", body = VoteShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one_vote(desk: Desk<Read>) -> Result<Json<VoteShape>, Fault> {
    let vote: VoteId = subject(&desk, "vote")?;
    let found = desk.app().subject::<Vote>(desk.village, desk.viewer(), vote.bits()).await?;
    let (row, _) = found.ok_or_else(|| Fault::not_found("vote"))?;
    Ok(Json(VoteShape::new(&row)))
}

/// Calls a vote or votes: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/votes/{vote}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("vote" = String, Path, description = "The vote's id, made by the client")),
    request_body = VoteAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Called; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition`, `stale`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn act_on_vote(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<VoteAsk>,
) -> Result<Done<Acted>, Fault> {
    let vote: VoteId = subject(&desk, "vote")?;
    let (version, wish) = ask.chosen()?;
    let body = |command| Body::Vote { command, version, vote };
    let of = (Of::Vote(vote), version);
    let receipt = match wish {
        VoteWish::Call(call) => {
            let cooperative = desk.party("call.cooperative", &call.cooperative).await?;
            let motion = motion(&desk, call.motion).await?;
            desk.submit(key, body(VoteCommand::Call { cooperative, motion, text: call.text }))
                .await?
        }
        VoteWish::Cast(cast) => {
            let ballot = Ballot::from(cast.ballot);
            let given = cast.proof.given(&desk, "cast.proof").await?;
            let voted = |proof| body(VoteCommand::Cast { ballot, proof });
            desk.submit_proved(key, given, voted).await?
        }
    };
    Ok(Acted::done(&receipt, desk.village, of))
}

async fn motion(desk: &Desk<MarketWrite>, shape: MotionShape) -> Result<Motion, Fault> {
    match (shape.board, shape.pool, shape.year) {
        (None, None, None) => Ok(Motion::Rule),
        (Some(board), None, None) => {
            Ok(Motion::Board { board: members(desk, "call.motion.board", &board).await? })
        }
        (None, Some(pool), None) => Ok(Motion::Pool { pool: id("call.motion.pool", &pool)? }),
        (None, None, Some(YearShape { surplus_minor, year })) => {
            Ok(Motion::Year { surplus_minor, year })
        }
        _ => Err(Fault::field("call.motion", "one_command")),
    }
}
