//! The market's own things as plain values: listings, orders, parcels, trips, disputes, group
//! purchases, till sessions, processor receipts, and the cooperative's lots, pools and members. Owns what each is and how an event changes it;
//! must not decide whether the event may happen: that is in `decide/market`.

pub mod command;
pub mod cooperative;
pub mod dispute;
pub mod fair;
pub mod group;
pub mod listing;
pub mod lot;
pub mod order;
pub mod parcel;
pub mod pool;
pub mod preorder;
pub mod review;
pub mod season;
pub mod share;
pub mod shelf;
pub mod split;
pub mod till;

pub use cooperative::{Cooperative, CooperativeEvent, Vote, VoteEvent, VotePhase};
pub use dispute::{Dispute, DisputeEvent, DisputePhase};
pub use group::{Group, GroupEvent, GroupPhase};
pub use listing::{Listing, ListingEvent, ListingPhase, ReturnClass};
pub use lot::{Lot, LotEvent, LotPhase};
pub use order::{Flow, Order, OrderEvent, OrderLine, OrderPhase};
pub use parcel::{Parcel, ParcelEvent, ParcelPhase, Trip, TripEvent, TripPhase};
pub use pool::{Pool, PoolEvent, PoolPhase};
pub use preorder::{Preorder, PreorderEvent, PreorderPhase};
pub use review::{Review, ReviewWord};
pub use season::{SeasonEvent, SeasonPhase, SeasonWindow};
pub use shelf::{Shelf, ShelfEvent};
pub use till::{Receipt, Till, TillEvent, TillPhase};

/// The largest number of pieces in one line of an order.
pub const QUANTITY_MAX: u32 = 10_000;

/// The most lines of an order, boxes of a packing and orders of a batch.
pub const LINES_MAX: usize = 64;

/// The longest text a person may add to a command, in characters.
pub const TEXT_CHARS_MAX: usize = 500;
