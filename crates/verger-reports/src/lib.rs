//! Reports as tables. Owns the names of reports and of their columns, which are a part of the API, and
//! the files for spreadsheets; what a report says is the store's, who may read it the caller's.
#![warn(missing_docs)]

mod cooperative;
mod make;
mod table;

pub use make::{Ask, Patience, table};
pub use table::{Cell, Table, sheet};

/// Declares the reports with their names.
macro_rules! reports {
    ($($(#[$doc:meta])* $report:ident $name:literal,)*) => {
        /// A report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Report {
            $($(#[$doc])* $report,)*
        }

        impl Report {
            /// All reports, in the order in which a day needs them.
            pub const ALL: &[Self] = &[$(Self::$report,)*];

            /// The name in addresses and texts.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$report => $name,)* }
            }
        }
    };
}

reports! {
    /// What is to be packed, buyer by buyer.
    PackingByBuyer "packing-by-buyer",
    /// Which member's lots were packed.
    PackingByMember "packing-by-member",
    /// Parcels that wait at the shop.
    Pickup "pickup",
    /// Parcels that one side scanned and the other did not.
    OneSided "one-sided",
    /// What is on a trip.
    Manifest "manifest",
    /// What suppliers are to deliver.
    SupplierTotals "supplier-totals",
    /// What suppliers are owed.
    SupplierSettlement "supplier-settlement",
    /// What carriers are owed.
    CarrierSettlement "carrier-settlement",
    /// Sessions of the drawers.
    Till "till",
    /// Commissions, order by order.
    Agent "agent",
    /// Commissions, agent by agent.
    AgentLedger "agent-ledger",
    /// Payments that match no order yet.
    Payments "payments",
    /// How the season goes.
    Season "season",
    /// Fruit that was promised.
    Promises "promises",
    /// All pools with their accounts.
    Pools "pools",
    /// A pool, member by member.
    PoolShares "pool-shares",
    /// A pool, lot by lot.
    PoolLots "pool-lots",
    /// A pool with all that an independent script needs to recompute it.
    PoolExport "pool-export",
}

impl Report {
    /// What a report is about, where it is about one thing that has to be named.
    pub const fn subject(self) -> Option<&'static str> {
        match self {
            Self::PoolShares | Self::PoolLots | Self::PoolExport => Some("pool"),
            Self::Manifest => Some("trip"),
            _ => None,
        }
    }

    /// The report with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|report| report.name() == name)
    }
}
