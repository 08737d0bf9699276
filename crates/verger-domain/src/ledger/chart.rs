//! The chart of accounts: one table for the whole programme. Owns codes, names, sides and floors;
//! must not know balances. Source: `50-credit` 4.9; the names are those of `30-market` 2.0.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of the chart of accounts. Only numbers of [`CHART`] can be made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Code(u16);

/// Which financial statement an account belongs to, and with that its normal side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// What the village platform has: normally a debit balance.
    Asset,
    /// What it owes: normally a credit balance.
    Liability,
    /// What belongs to it: normally a credit balance.
    Equity,
    /// What it earned this year: normally a credit balance, closed to 3900.
    Income,
    /// What it spent this year: normally a debit balance, closed to 3900.
    Expense,
    /// Memorandum pairs outside the balance sheet: normally a debit balance.
    Memorandum,
}

impl Class {
    /// Whether a credit makes the account larger.
    pub const fn is_credit_normal(self) -> bool {
        matches!(self, Self::Liability | Self::Equity | Self::Income)
    }

    /// Whether the year's close moves the balance to retained earnings.
    pub const fn is_result(self) -> bool {
        matches!(self, Self::Income | Self::Expense)
    }
}

/// Whether an account may go beyond zero on the wrong side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    /// Never: people's money, escrow, cash in a drawer (invariant I-2).
    Zero,
    /// It may: mirrors of the outside world must record what happened there.
    None,
}

/// What stands after the colon of an account key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnedBy {
    /// One account for the village.
    Village,
    /// One account for each party.
    Party,
    /// One account for each order, pool, loan or other subject.
    Subject,
}

/// One line of the chart.
#[derive(Debug)]
pub struct ChartRow {
    /// The number.
    pub code: u16,
    /// The name as the market documents write it; a stable key for exports and translations.
    pub name: &'static str,
    /// Which statement it belongs to.
    pub class: Class,
    /// Whether it may pass zero.
    pub floor: Floor,
    /// Whose it is.
    pub owner: OwnedBy,
}

use Class::{Asset, Equity, Expense, Income, Liability, Memorandum};
use OwnedBy::{Party, Subject, Village};

const fn row(
    code: u16,
    name: &'static str,
    class: Class,
    floor: Floor,
    owner: OwnedBy,
) -> ChartRow {
    ChartRow { code, name, class, floor, owner }
}

/// Every account there can be, in order of its number.
pub const CHART: &[ChartRow] = &[
    row(1010, "bank.escrow", Asset, Floor::None, Village),
    row(1020, "bank.operating", Asset, Floor::None, Village),
    row(1030, "psp.clearing", Asset, Floor::None, Village),
    row(1110, "cash.drawer", Asset, Floor::Zero, Party),
    row(1210, "claim.carrier", Asset, Floor::None, Party),
    row(1220, "claim.supplier", Asset, Floor::None, Party),
    row(1230, "receivable.agent", Asset, Floor::None, Party),
    row(1260, "pool.advances", Asset, Floor::Zero, Subject),
    row(1310, "loan.principal", Asset, Floor::Zero, Subject),
    row(1320, "loan.interest", Asset, Floor::None, Subject),
    row(1330, "loan.penalty", Asset, Floor::None, Subject),
    row(1340, "loan.fee", Asset, Floor::None, Subject),
    row(1390, "loan.allowance", Asset, Floor::None, Village),
    row(2010, "wallet", Liability, Floor::Zero, Party),
    row(2020, "float.agent", Liability, Floor::Zero, Party),
    row(2030, "wallet.cooperative", Liability, Floor::Zero, Party),
    row(2031, "wallet.cooperative.fees", Liability, Floor::Zero, Party),
    row(2032, "wallet.cooperative.packaging", Liability, Floor::Zero, Party),
    row(2033, "wallet.cooperative.reserve", Liability, Floor::Zero, Party),
    row(2034, "wallet.cooperative.capital", Liability, Floor::Zero, Party),
    row(2040, "escrow", Liability, Floor::Zero, Subject),
    row(2050, "dispute", Liability, Floor::Zero, Subject),
    row(2060, "pool", Liability, Floor::Zero, Subject),
    row(2110, "commission.pending", Liability, Floor::Zero, Party),
    row(2120, "payable.carrier", Liability, Floor::None, Party),
    row(2130, "tax", Liability, Floor::None, Village),
    row(2140, "unapplied", Liability, Floor::None, Village),
    row(2150, "payable.supplier", Liability, Floor::None, Party),
    row(2210, "fund.programme", Liability, Floor::Zero, Village),
    row(2310, "lender", Liability, Floor::None, Party),
    row(2910, "clearing", Liability, Floor::None, Subject),
    row(3010, "capital.fund", Equity, Floor::None, Village),
    row(3020, "grant", Equity, Floor::None, Village),
    row(3900, "retained", Equity, Floor::None, Village),
    row(4110, "income.interest", Income, Floor::None, Village),
    row(4120, "income.penalty", Income, Floor::None, Village),
    row(4130, "income.fee", Income, Floor::None, Village),
    row(4210, "income.platform_fee", Income, Floor::None, Village),
    row(4910, "income.recovery", Income, Floor::None, Village),
    row(5110, "expense.impairment", Expense, Floor::None, Village),
    row(5120, "expense.commission", Expense, Floor::None, Village),
    row(5130, "expense.psp_fee", Expense, Floor::None, Village),
    row(5190, "expense.cash_over_short", Expense, Floor::None, Village),
    row(5210, "expense.goodwill", Expense, Floor::None, Village),
    row(5220, "expense.trip", Expense, Floor::None, Village),
    row(9010, "memo.undrawn", Memorandum, Floor::None, Village),
    row(9019, "memo.undrawn.contra", Memorandum, Floor::None, Village),
    row(9110, "memo.suspended_interest", Memorandum, Floor::None, Village),
    row(9119, "memo.suspended_interest.contra", Memorandum, Floor::None, Village),
    row(9210, "memo.written_off", Memorandum, Floor::None, Village),
    row(9219, "memo.written_off.contra", Memorandum, Floor::None, Village),
    row(9310, "memo.guarantee", Memorandum, Floor::None, Village),
    row(9319, "memo.guarantee.contra", Memorandum, Floor::None, Village),
];

impl Code {
    /// Money at the bank that is kept apart for the people it is owed to.
    pub const BANK_ESCROW: Self = Self(1010);
    /// What the payment processor holds for the village.
    pub const PSP_CLEARING: Self = Self(1030);
    /// Cash in a shop's drawer.
    pub const DRAWER: Self = Self(1110);
    /// What a carrier owes for lost or damaged parcels.
    pub const CLAIM_CARRIER: Self = Self(1210);
    /// What a supplier owes back.
    pub const CLAIM_SUPPLIER: Self = Self(1220);
    /// What an agent owes, such as a till gap.
    pub const RECEIVABLE_AGENT: Self = Self(1230);
    /// What a pool paid in advance for lots.
    pub const POOL_ADVANCES: Self = Self(1260);
    /// What is owed of a draw itself.
    pub const LOAN_PRINCIPAL: Self = Self(1310);
    /// Interest of a draw, earned and not yet paid.
    pub const LOAN_INTEREST: Self = Self(1320);
    /// Penalty of a draw, earned and not yet paid.
    pub const LOAN_PENALTY: Self = Self(1330);
    /// The fee of a draw, not yet paid.
    pub const LOAN_FEE: Self = Self(1340);
    /// What is set aside for loans that will not be paid.
    pub const LOAN_ALLOWANCE: Self = Self(1390);
    /// The free money of a party.
    pub const WALLET: Self = Self(2010);
    /// Money an agent paid in beforehand to serve cash with.
    pub const FLOAT_AGENT: Self = Self(2020);
    /// The cooperative's free money.
    pub const WALLET_COOPERATIVE: Self = Self(2030);
    /// The cooperative's fees.
    pub const COOPERATIVE_FEES: Self = Self(2031);
    /// The cooperative's packaging money.
    pub const COOPERATIVE_PACKAGING: Self = Self(2032);
    /// What the cooperative keeps back: it bears what a pool paid in advance and never earned.
    pub const COOPERATIVE_RESERVE: Self = Self(2033);
    /// What the members paid for their shares.
    pub const COOPERATIVE_CAPITAL: Self = Self(2034);
    /// A buyer's money, kept until the order is completed.
    pub const ESCROW: Self = Self(2040);
    /// What a pool of the cooperative has to share out.
    pub const POOL: Self = Self(2060);
    /// An agent's commission, earned but not yet vested.
    pub const COMMISSION_PENDING: Self = Self(2110);
    /// What is owed to a carrier.
    pub const PAYABLE_CARRIER: Self = Self(2120);
    /// Money whose owner a person must find.
    pub const UNAPPLIED: Self = Self(2140);
    /// What is owed to a supplier.
    pub const PAYABLE_SUPPLIER: Self = Self(2150);
    /// Money of the county that may only be lent.
    pub const FUND_PROGRAMME: Self = Self(2210);
    /// Money on its way to or from another village.
    pub const CLEARING: Self = Self(2910);
    /// The result of the years that are closed.
    pub const RETAINED: Self = Self(3900);
    /// The programme's own money that is lent.
    pub const CAPITAL_FUND: Self = Self(3010);
    /// Interest.
    pub const INCOME_INTEREST: Self = Self(4110);
    /// Penalty.
    pub const INCOME_PENALTY: Self = Self(4120);
    /// Fees of draws.
    pub const INCOME_FEE: Self = Self(4130);
    /// The platform's fee.
    pub const PLATFORM_FEE: Self = Self(4210);
    /// What came in for loans that were written off.
    pub const INCOME_RECOVERY: Self = Self(4910);
    /// What loans that will not be paid cost.
    pub const IMPAIRMENT: Self = Self(5110);
    /// What the payment processor keeps.
    pub const PSP_FEE: Self = Self(5130);
    /// Gaps of drawers that nobody answers for, and what was too much in them.
    pub const CASH_OVER_SHORT: Self = Self(5190);
    /// What the programme gives without owing it.
    pub const GOODWILL: Self = Self(5210);
    /// Trips between the county's hub and the village.
    pub const TRIP: Self = Self(5220);
    /// Charges of loans so late that they are not income.
    pub const MEMO_SUSPENDED: Self = Self(9110);
    /// The other side of the former.
    pub const MEMO_SUSPENDED_CONTRA: Self = Self(9119);
    /// Claims that were written off and still stand.
    pub const MEMO_WRITTEN_OFF: Self = Self(9210);
    /// The other side of the former.
    pub const MEMO_WRITTEN_OFF_CONTRA: Self = Self(9219);

    /// The code with this number, if the chart has it.
    pub fn new(number: u16) -> Option<Self> {
        CHART.binary_search_by_key(&number, |row| row.code).ok().map(|_| Self(number))
    }

    /// The code with this name, if the chart has it.
    pub fn by_name(name: &str) -> Option<Self> {
        CHART.iter().find(|row| row.name == name).map(|row| Self(row.code))
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The chart's line for this code.
    pub fn row(self) -> &'static ChartRow {
        let index = CHART.binary_search_by_key(&self.0, |row| row.code);
        index.ok().and_then(|i| CHART.get(i)).expect("a code is made from the chart alone")
    }

    /// All codes, in order of their number.
    pub fn all() -> impl Iterator<Item = Self> {
        CHART.iter().map(|row| Self(row.code))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number that the chart does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chart of accounts has no number {0}")]
pub struct UnknownCode(u16);

impl TryFrom<u16> for Code {
    type Error = UnknownCode;

    fn try_from(number: u16) -> Result<Self, UnknownCode> {
        Self::new(number).ok_or(UnknownCode(number))
    }
}
impl From<Code> for u16 {
    fn from(code: Code) -> Self {
        code.0
    }
}
