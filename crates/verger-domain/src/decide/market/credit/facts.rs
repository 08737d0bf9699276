//! The snapshot of facts that a decision looks at, taken from the rows of the village. Owns where
//! each fact comes from; must not decide. Rule CR-36.

use super::Desk;
use crate::credit::borrower::Borrower;
use crate::credit::command::Wish;
use crate::credit::enterprise::by_name;
use crate::credit::facts::{AgentFacts, Consent, Facts, LimitFacts, PlanFacts};
use crate::credit::tranche::CURE_STEPS;
use crate::credit::{End, Line, Tranche};
use crate::id::PartyId;
use crate::ledger::{Account, AccountKey, Code};
use crate::party::PartyKind;
use crate::trust;

pub(super) fn of(desk: &Desk<'_>, row: &Borrower, wish: &Wish, consent: Consent) -> Facts {
    let (today, at) = (desk.now.today, desk.now.at);
    let line = row.line_on(today);
    let book = desk.state.loan_book.get(&desk.command.village).cloned().unwrap_or_default();
    let late = |tranche: &&&Tranche| tranche.days_past_due(today) > tranche.terms.grace_days;
    let open = line.open();
    let overdue_days = open.iter().filter(late).map(|t| t.days_past_due(today)).max();
    let overdue = open.iter().filter(late).map(|tranche| tranche.payoff_minor());
    let consent = if row.file.is_consent_withdrawn { Consent::Withdrawn } else { consent };
    let policy = &desk.policy().credit;
    let enterprise = wish.enterprise.as_deref().and_then(|name| by_name(policy, name)).cloned();
    Facts {
        agent: agent_facts(desk, row.id, &book),
        amount_minor: wish.amount_minor,
        at,
        consent,
        cooling_off_until: row.cooling_off_latest(at),
        disputes_open: row.file.disputes_open,
        enterprise,
        fund_minor: fund_minor(desk).saturating_sub(book.olb_minor()),
        holds: row.file.holds,
        // Whoever is registered has shown an identity card at the shop.
        identity_until: Some(row.file.identity_until.unwrap_or(today)),
        limit: limit_facts(desk, row.id),
        other_debt_minor: row.file.other_debt_minor,
        outstanding_minor: line.principal_minor(),
        overdue_days: overdue_days.unwrap_or(0),
        overdue_minor: overdue.fold(0, i64::saturating_add),
        par30_bps: book.par30_bps(today),
        plan: plan_facts(&line),
        purpose: wish.purpose.clone(),
        registered_on: desk.state.village(desk.command.village).registered_on,
        today,
        until: wish.until,
        written_off_on: written_off_on(&line),
    }
}

// The agent answers with his float and the commission that has not vested for what the households
// he assisted owe (CR-43).
fn agent_facts(
    desk: &Desk<'_>,
    household: PartyId,
    book: &crate::credit::book::LoanBook,
) -> Option<AgentFacts> {
    let agent = desk.actor().ok().filter(|actor| actor.kind == PartyKind::Agent)?;
    let held = |code| desk.available_minor(AccountKey::party(code, agent.id));
    Some(AgentFacts {
        bond_minor: held(Code::FLOAT_AGENT).saturating_add(held(Code::COMMISSION_PENDING)),
        exposure_minor: book.of_agent_minor(agent.id),
        is_own_household: super::super::is_of(agent, household),
    })
}

// What the programme may lend at all: its own capital and what the county gave for lending only.
fn fund_minor(desk: &Desk<'_>) -> i64 {
    let own = |code| desk.account(AccountKey::village(code)).map_or(0, Account::owned_minor);
    own(Code::CAPITAL_FUND).saturating_add(own(Code::FUND_PROGRAMME))
}

fn plan_facts(line: &Line) -> Option<PlanFacts> {
    let plan = line.open().into_iter().find_map(|tranche| tranche.plan)?;
    let steps_left = u32::from(CURE_STEPS.saturating_sub(plan.steps));
    Some(PlanFacts { step_minor: plan.step_minor, steps_left })
}

fn written_off_on(line: &Line) -> Option<crate::time::Date> {
    let lost = line.tranches.values().filter(|row| row.end == Some(End::WrittenOff));
    lost.filter_map(|row| row.ended_on).max()
}

// The formula of the limit is the trust index's; here its numbers become facts, with what cost the
// household the most points.
fn limit_facts(desk: &Desk<'_>, household: PartyId) -> LimitFacts {
    let policy = desk.policy();
    let rules = trust::Rules::of(policy);
    let mut member = desk.state.trust_row(household).member;
    member.advance(&rules, desk.now.today);
    let limit = trust::limit(&rules, &member, desk.now.today, trust::Brakes::default());
    let is_closed = matches!(limit.reason, trust::LimitReason::Barred | trust::LimitReason::Frozen);
    let next = policy.trust.levels.get(usize::from(limit.level));
    LimitFacts {
        backing_minor: limit.backing_minor,
        is_frozen: is_closed || member.is_draw_held,
        level: u32::from(limit.level),
        level_minor: limit.level_limit_minor,
        limit_minor: limit.limit_minor,
        lost: lost_points(desk, &rules, &member),
        next_points: next.map(|level| level.points),
        points: limit.points,
        reason: limit.reason.name().to_owned(),
        step_up_minor: limit.step_up_minor,
    }
}

fn lost_points(
    desk: &Desk<'_>,
    rules: &trust::Rules,
    member: &trust::MemberTrust,
) -> Vec<(String, i64)> {
    let caps = desk.policy().trust.pools.named();
    let missing = trust::Pool::ALL.iter().filter_map(|pool| {
        let (_, rule) = caps.iter().find(|(name, _)| *name == pool.name())?;
        let held = member.pool_grains(rules, *pool).div_euclid(trust::GRAINS);
        Some((pool.name().to_owned(), rule.cap.saturating_sub(held)))
    });
    let blame = member.penalty_grains.div_euclid(trust::GRAINS);
    let mut lost: Vec<_> = missing.chain([("penalties".to_owned(), blame)]).collect();
    lost.retain(|(_, points)| *points > 0);
    lost.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    lost.truncate(3);
    lost
}
