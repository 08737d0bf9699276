//! The sections of the programme policy. Owns their shapes and meanings; the values are in
//! `policy.toml`, the checks in the parent module. Fields stand in alphabetical order: see `effect`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Whose money the agent pays cash out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TillMode {
    /// The platform's: the drawer is account 1110 of the shop.
    Custodial,
    /// The agent's own, paid in beforehand: account 2020 of the agent.
    PrepaidFloat,
}

/// How days become parts of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCount {
    /// Real days over 360.
    Act360,
    /// Real days over 365, also in leap years.
    #[serde(rename = "act_365f")]
    Act365F,
    /// Real days over the real year.
    ActAct,
}

/// The programme itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// ISO 4217 code of the books' currency.
    pub currency: String,
    /// Languages of pages and messages, the first is the default.
    pub languages: Vec<String>,
    /// What the programme calls itself.
    pub name: String,
    /// IANA time zone of business days.
    pub time_zone: String,
    /// The programme unit U, about two days of rural wage, in minor units.
    pub unit_minor: i64,
}

/// Limits of every movement of money. Source: 30-market 2.0, 50-credit 4.10, 4.11.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerPolicy {
    /// The largest amount of one line, in minor units.
    pub amount_minor_max: i64,
    /// The longest life of a hold, in seconds.
    pub hold_seconds_max: u32,
    /// How many days back a posting may take effect.
    pub late_days_max: u32,
}

/// The counter. Source: 30-market 2.9, 2.10, 50-credit 4.9.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TillPolicy {
    /// Cash an agent on probation may have in the drawer.
    pub drawer_probation_minor_max: i64,
    /// A till gap above this suspends the agent.
    pub gap_suspends_minor: i64,
    /// Whose money the agent pays cash out of.
    pub mode: TillMode,
    /// Largest order an agent on probation may take.
    pub order_probation_minor_max: i64,
    /// How long a PIN is locked after too many wrong tries.
    pub pin_lock_minutes: u32,
    /// Wrong tries after which a PIN locks.
    pub pin_tries_max: u32,
}

/// Shares of a sale, frozen into the order at payment. Source: demo village, 30-market 2.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeePolicy {
    /// The cooperative's share of the goods' price.
    pub cooperative_bps: u32,
    /// Box and foam for one parcel.
    pub packaging_minor: i64,
    /// The platform's share of the goods' price; never refunded.
    pub platform_bps: u32,
}

/// The agent's pay. Source: demo village, 30-market 2.8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommissionPolicy {
    /// For a bill paid at the counter.
    pub bill_payment_minor: i64,
    /// How long a review may hold commission back.
    pub hold_days: u32,
    /// For a parcel handed to a household.
    pub parcel_in_minor: i64,
    /// For a parcel sent out.
    pub parcel_out_minor: i64,
    /// By category of an assisted purchase, out of the supplier's price.
    pub purchase_bps: BTreeMap<String, u32>,
    /// Of the goods' price of a sale.
    pub sale_bps: u32,
    /// The county's stipend for a month of certified service.
    pub stipend_minor: i64,
}

/// Certification. Source: 30-market 2.9.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPolicy {
    /// Days of probation.
    pub probation_days: u32,
    /// Days after which certification is renewed.
    pub renewal_days: u32,
}

/// Village to outside. Source: 30-market 2.1, 2.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalePolicy {
    /// To accept a paid order; then it is cancelled and refunded.
    pub accept_hours: u32,
    /// To appeal against a listing taken down.
    pub appeal_days: u32,
    /// Until a craft order confirms itself.
    pub confirm_craft_days: u32,
    /// Added to the former.
    pub confirm_craft_grace_days: u32,
    /// Without a delivery scan, by express.
    pub confirm_express_days: u32,
    /// Until a fresh order confirms itself.
    pub confirm_fresh_hours: u32,
    /// Without a delivery scan, by surface post.
    pub confirm_surface_days: u32,
    /// What a buyer may add once; not for fresh goods.
    pub extend_days: u32,
    /// By how much packed weight may exceed sold weight.
    pub pack_tolerance_bps: u32,
    /// Until a listing under review is reminded.
    pub review_reminder_hours: u32,
    /// To ship after acceptance.
    pub ship_hours: u32,
    /// Stock is kept for an online payment.
    pub unpaid_online_minutes: u32,
    /// Stock is kept for a transfer or cash.
    pub unpaid_transfer_hours: u32,
}

/// Outside to village. Source: 30-market 2.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchasePolicy {
    /// From the day after pick-up, where the class allows it.
    pub change_of_mind_days: u32,
    /// Late by this much: right to cancel.
    pub late_cancel_days: u32,
    /// Late by this much: notice.
    pub late_notice_days: u32,
    /// Claim window for live goods.
    pub live_hours: u32,
    /// To order after funding.
    pub order_hours: u32,
    /// Claim window for perishable goods.
    pub perishable_hours: u32,
    /// A quote is good for this long.
    pub quote_hours: u32,
    /// For the supplier to accept.
    pub supplier_accept_hours: u32,
    /// Unclaimed parcels: reminder.
    pub unclaimed_reminder_days: u32,
    /// Unclaimed parcels: return.
    pub unclaimed_return_days: u32,
    /// A recorded yes is kept this long.
    pub voice_keep_days: u32,
}

/// Money in between. Source: 30-market 2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscrowPolicy {
    /// Without movement: a person looks.
    pub idle_days: u32,
    /// An unmatched processor line turns red.
    pub psp_unmatched_days: u32,
    /// Refunds are retried this long.
    pub refund_retry_hours: u32,
    /// And this often.
    pub refund_tries_max: u32,
}

/// Custody. Source: 30-market 2.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelPolicy {
    /// To report damage.
    pub damage_hours: u32,
    /// Without a scan: lost.
    pub lost_days: u32,
    /// Without a scan: lost, for live goods.
    pub lost_live_hours: u32,
    /// Wrong codes before it locks.
    pub pickup_code_tries_max: u32,
    /// How long it locks.
    pub pickup_lock_minutes: u32,
    /// For the second scan of a hand-over.
    pub second_scan_hours: u32,
}

/// Complaints. Source: 30-market 2.6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisputePolicy {
    /// For the other side to answer.
    pub answer_hours: u32,
    /// To appeal.
    pub appeal_days: u32,
    /// For a hidden defect.
    pub hidden_defect_days: u32,
    /// An offer is good for this long.
    pub offer_hours: u32,
    /// To open one about fresh goods.
    pub open_fresh_hours: u32,
    /// To open one about live goods.
    pub open_live_hours: u32,
    /// For the panel to rule.
    pub rule_days: u32,
    /// Up to this, silence accepts a claim about fresh goods.
    pub silence_accepts_minor_max: i64,
}

/// Lots and pools. Source: 30-market 2.7, demo village.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CooperativePolicy {
    /// Of the floor price, paid at weigh-in.
    pub advance_bps: u32,
    /// For a buyer to choose when there is too little; then the deposit goes back.
    #[serde(default = "choice_hours")]
    pub choice_hours: u32,
    /// Of a lot's value in claims, borne by the pool.
    pub claim_shared_bps: u32,
    /// After the window, a pool closes at the latest.
    pub claims_close_days: u32,
    /// To contest a weight.
    pub contest_hours: u32,
    /// To object to a pool's account.
    pub objection_hours: u32,
    /// Of the surplus, by fen delivered.
    pub patronage_bps: u32,
    /// Of a pre-order's price.
    pub preorder_deposit_bps: u32,
    /// A promise kept may fall short by this.
    pub promise_tolerance_bps: u32,
    /// Of the surplus, to the reserve.
    pub reserve_bps: u32,
    /// A second weighing may differ from the first by this before that counts as wrong.
    #[serde(default = "reweigh_tolerance_bps")]
    pub reweigh_tolerance_bps: u32,
    /// To grade a lot by sample.
    pub sample_fruits: u32,
    /// Of the surplus, by shares.
    pub share_bps: u32,
    /// The price of a share.
    pub share_minor: i64,
    /// How long members vote.
    #[serde(default = "vote_hours")]
    pub vote_hours: u32,
    /// Which part of the members must be there for a vote to be carried.
    #[serde(default = "vote_quorum_bps")]
    pub vote_quorum_bps: u32,
}

// What policies that were adopted before these fields were there mean by them.
const fn choice_hours() -> u32 {
    72
}
const fn reweigh_tolerance_bps() -> u32 {
    100
}
const fn vote_hours() -> u32 {
    168
}
const fn vote_quorum_bps() -> u32 {
    5_000
}

/// How much is set aside for loans that are so late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionStep {
    /// Of principal and accrued interest.
    pub rate_ppm: u32,
    /// Up to so many days past due; the last step also holds beyond.
    pub up_to_days: u32,
}

/// A small enterprise that a loan can start: what it takes, what it brings, how long it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enterprise {
    /// From the outlay to the money of the sale.
    pub days: u32,
    /// Its short name, by which people and pages call it.
    pub name: String,
    /// What it takes, in minor units.
    pub outlay_minor: i64,
    /// What it is lent for.
    pub purpose: String,
    /// What the sale brings or saves, carefully reckoned, in minor units.
    pub sale_minor: i64,
}

/// Loans without collateral. Source: 50-credit section 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditPolicy {
    /// What an agent's cohort may owe beyond his bond and retained commission.
    pub cohort_minor: i64,
    /// After a write-off, no new draw for this long.
    pub cool_down_days: u32,
    /// To return the principal and pay nothing.
    pub cooling_off_hours: u32,
    /// How days become years.
    pub day_count: DayCount,
    /// Draws are whole multiples of this.
    pub draw_step_minor: i64,
    /// Of what an enterprise brings, what its loan may take at most.
    pub enterprise_share_bps: u32,
    /// Small enterprises with careful figures.
    pub enterprises: Vec<Enterprise>,
    /// Charged once with a draw.
    pub fee_ppm: u32,
    /// After the due date, normal interest only.
    pub grace_days: u32,
    /// A loan for a season is due so long after its harvest.
    pub harvest_days: u32,
    /// So long a borrower is known before the first draw.
    pub history_days: u32,
    /// Days past due from which interest is not income.
    pub non_accrual_days: u32,
    /// Village portfolio at risk above which new limits are halved.
    pub par_halve_bps: u32,
    /// Village portfolio at risk above which new draws stop.
    pub par_stop_bps: u32,
    /// Of the contract rate, on overdue principal.
    pub penalty_uplift_bps: u32,
    /// The most one borrower may owe.
    pub product_minor_max: i64,
    /// What is set aside, by days past due.
    pub provision: Vec<ProvisionStep>,
    /// Set aside at least for a loan that was agreed anew.
    pub provision_restructured_ppm: u32,
    /// What may be borrowed for.
    pub purposes: Vec<String>,
    /// The highest lawful all-in annual rate.
    pub rate_cap_ppm: u32,
    /// The annual rate of a new draw.
    pub rate_ppm: u32,
    /// So many days before it is due, the borrower is reminded.
    pub reminder_days: Vec<u32>,
    /// What a sale leaves the seller at least, whatever is overdue.
    pub sweep_floor_minor: i64,
    /// Share of a sale that repays what is overdue.
    pub sweep_overdue_bps: u32,
    /// Default share of a sale that repays.
    pub sweep_share_bps: u32,
    /// The most a member may choose.
    pub sweep_share_bps_max: u32,
    /// The longest term of a draw.
    pub term_days_max: u32,
    /// The shortest term of a draw.
    pub term_days_min: u32,
    /// All cost of a loan, of its principal, for ever.
    pub total_cost_bps_max: u32,
    /// Days past due from which a loan is written off.
    pub write_off_days: u32,
}

impl CreditPolicy {
    /// Whether a village with this portfolio at risk lends nothing new: what is late must come back
    /// first.
    pub const fn is_paused_at(&self, par30_bps: u32) -> bool {
        par30_bps > self.par_stop_bps
    }

    /// Whether it lends half: a village that is late with much keeps the terms it has, and only new
    /// limits are halved.
    pub const fn is_braked_at(&self, par30_bps: u32) -> bool {
        par30_bps > self.par_halve_bps && !self.is_paused_at(par30_bps)
    }
}
