//! Trust as a person asks for it: whose it is, what it is made of, what would raise it. Owns the way
//! from stored rows to an explanation; the formula and the reasons are the domain's.

use std::collections::BTreeMap;
use std::sync::Arc;

use verger_domain::credit::LoanBook;
use verger_domain::id::{CellId, PartyId, VillageId};
use verger_domain::money::Currency;
use verger_domain::party::{Party, PartyKind};
use verger_domain::policy::Policy;
use verger_domain::time::Date;
use verger_domain::trust::{
    BatchRow, Brakes, Counterparty, Explanation, FactKind, Facts, LineRow, NodeWeight, Rules,
    TrustRow, Whom, explain, locked_weight,
};
use verger_store::{EntryCursor, Reader, StoreError, TrustView};

use crate::App;
use crate::error::AppError;

/// A household's trust with everything that its pages, slips and answers show.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The household.
    pub household: Party,
    /// Points, limit, reasons, and what would raise them.
    pub explanation: Explanation,
    /// When each fact was confirmed last.
    pub facts: BTreeMap<FactKind, Date>,
    /// The parties that the explanation names.
    pub named: BTreeMap<PartyId, Party>,
    /// The currency of its money.
    pub currency: Currency,
    /// The day it is explained for.
    pub on: Date,
}

impl App {
    /// The trust of a household, or of the household a member belongs to, as of today.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a party that is no household of the village.
    pub async fn trust(&self, village: VillageId, party: PartyId) -> Result<Arc<Trust>, AppError> {
        let found = self.ask(village, self.trust_question(village, party)).await?;
        found.ok_or(AppError::NotFound { what: "household" })
    }

    /// The same on a thread that is not part of an async runtime.
    ///
    /// # Errors
    /// As [`App::trust`].
    pub fn trust_blocking(
        &self,
        village: VillageId,
        party: PartyId,
    ) -> Result<Arc<Trust>, AppError> {
        let found = self.ask_blocking(village, self.trust_question(village, party))?;
        found.ok_or(AppError::NotFound { what: "household" })
    }

    fn trust_question(
        &self,
        village: VillageId,
        party: PartyId,
    ) -> impl FnOnce(&mut Reader, CellId) -> Result<Option<Arc<Trust>>, StoreError> + Send + 'static
    {
        let (today, kept) = (self.now().today, Arc::clone(&self.inner.kept));
        move |reader, cell| {
            let Some(household) = household_of(reader, cell, (village, party))? else {
                return Ok(None);
            };
            let trust = kept.trust.get((reader, cell), (household.id, today), |reader, _| {
                let view = reader.trust_view(cell, village, household.id)?;
                Ok(view.map(|view| Arc::new(explained(household, &view, today))))
            })?;
            Ok(Option::clone(&trust))
        }
    }
}

/// The trust of a whole village.
#[derive(Clone, Debug, Default)]
pub struct TrustBoard {
    /// The last batch of weights, if there was one.
    pub batch: Option<BatchRow>,
    /// How many it gave a weight.
    pub weighed: u64,
    /// From how many points each level begins, level 1 first.
    pub levels: Vec<i64>,
    /// Each household with its limit, the most points first.
    pub households: Vec<(Party, verger_domain::trust::Limit)>,
}

/// The last batch of weights, if there was one, and the weights of it, the heaviest first.
pub type Weights = (Option<BatchRow>, Vec<(Party, NodeWeight)>);

impl App {
    /// The trust of everybody in a village, as of today.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn trust_board(&self, village: VillageId) -> Result<Arc<TrustBoard>, AppError> {
        let (today, kept) = (self.now().today, Arc::clone(&self.inner.kept));
        let question = move |reader: &mut Reader, cell| {
            kept.boards.get((reader, cell), (village, today), |reader, _| {
                board(reader, (cell, village), today)
            })
        };
        self.ask(village, question).await
    }

    /// The weights of a village's last batch.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn trust_weights(&self, village: VillageId) -> Result<Weights, AppError> {
        let question = move |reader: &mut Reader, cell| {
            let Some(batch) = reader.trust_batch(cell, village)? else {
                return Ok(Weights::default());
            };
            let weights = reader.trust_weights(cell, village, batch.number)?;
            let weights: BTreeMap<PartyId, NodeWeight> = weights.into_iter().collect();
            let parties = reader.parties_of_village(cell, village)?.into_iter();
            let weighed = parties.filter_map(|party| Some((*weights.get(&party.id)?, party)));
            let mut weighed: Vec<_> = weighed.map(|(node, party)| (party, node)).collect();
            weighed.sort_by_key(|(party, node)| {
                (std::cmp::Reverse((node.weight, node.backed_minor)), party.code.clone())
            });
            Ok((Some(batch), weighed))
        };
        self.ask(village, question).await
    }

    /// The latest lines of a household's journal of points, the newest first.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn trust_lines(
        &self,
        village: VillageId,
        household: PartyId,
        before: Option<EntryCursor>,
        limit: u32,
    ) -> Result<Vec<LineRow>, AppError> {
        let question =
            move |reader: &mut Reader, cell| reader.trust_lines(cell, household, before, limit);
        self.ask(village, question).await
    }
}

fn board(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
    today: Date,
) -> Result<TrustBoard, StoreError> {
    let Some(policy) = reader.policy_in_force(cell, village)? else {
        return Ok(TrustBoard::default());
    };
    let rules = Rules::of(&policy);
    let brakes = brakes(&policy, &reader.loan_book(cell, village)?, today);
    let batch = reader.trust_batch(cell, village)?;
    let weighed = match &batch {
        Some(batch) => reader.trust_weighed(cell, village, batch.number)?,
        None => 0,
    };
    let limited = |(party, row): (Party, TrustRow)| {
        let limit = verger_domain::trust::limit(&rules, &row.member, today, brakes);
        (party, limit)
    };
    let rows = reader.trust_of_households(cell, village)?;
    let mut households: Vec<_> = rows.into_iter().map(limited).collect();
    // They come by code, and a stable sort leaves equals so.
    households.sort_by_key(|(_, limit)| std::cmp::Reverse(limit.points));
    let levels = policy.trust.levels.iter().map(|level| level.points).collect();
    Ok(TrustBoard { batch, weighed, levels, households })
}

fn household_of(
    reader: &mut Reader,
    cell: CellId,
    (village, party): (VillageId, PartyId),
) -> Result<Option<Party>, StoreError> {
    let here = |view: verger_store::PartyView| Some(view.party).filter(|p| p.village == village);
    let Some(party) = reader.party(cell, party)?.and_then(here) else { return Ok(None) };
    match (party.kind, party.household) {
        (PartyKind::Household, _) => Ok(Some(party)),
        (PartyKind::Member, Some(home)) => Ok(reader.party(cell, home)?.and_then(here)),
        _ => Ok(None),
    }
}

/// The brakes that hold for a whole village. What an agent's bond still covers depends on which agent
/// is asked, so that a decision names it and an explanation does not.
fn brakes(policy: &Policy, book: &LoanBook, today: Date) -> Brakes {
    let is_village_paused = policy.credit.is_paused_at(book.par30_bps(today));
    Brakes { cohort_room_minor: None, is_village_paused }
}

/// An explanation of stored rows; the brakes outside the index are those of lending.
fn explained(household: Party, view: &TrustView, today: Date) -> Trust {
    let rules = Rules::of(&view.policy);
    let prior = u16::try_from(view.policy.trust.weight_prior).unwrap_or(0);
    let counterparties: Vec<Counterparty> = view
        .counterparties
        .iter()
        .filter_map(|(party, pair, row)| {
            let whom = whom(party.kind)?;
            let weight = locked_weight(row, whom, prior);
            Some(Counterparty { party: party.id, pair: *pair, weight, whom })
        })
        .collect();
    let facts = Facts {
        brakes: brakes(&view.policy, &view.book, today),
        facts: &view.row.facts,
        member: &view.row.member,
        counterparties: &counterparties,
    };
    let explanation = explain(&rules, facts, today);
    let named = view.counterparties.iter().map(|(party, ..)| (party.id, party.clone())).collect();
    let currency = view.policy.currency().unwrap_or(Currency::CNY);
    Trust { household, explanation, facts: view.row.facts.clone(), named, currency, on: today }
}

const fn whom(kind: PartyKind) -> Option<Whom> {
    match kind {
        PartyKind::Household => Some(Whom::Household),
        PartyKind::Buyer => Some(Whom::Buyer),
        PartyKind::Cooperative => Some(Whom::Cooperative),
        PartyKind::Supplier => Some(Whom::Supplier),
        _ => None,
    }
}
