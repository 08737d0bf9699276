//! Identifiers that know what they name. Owns their text and byte forms; must not draw randomness:
//! the bits come from the client or from the app's generator.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec::{self, Hash};
use crate::time::Instant;

/// A 128-bit, time-ordered identifier that knows what it names: `hold_1f..` never parses as a party.
///
/// Text form: the noun's prefix, an underscore and 32 lower-case hexadecimal digits. New ids follow
/// the layout of UUID version 7 (RFC 9562), so that any UUID library can make them.
pub struct Id<K> {
    bits: u128,
    kind: PhantomData<fn() -> K>,
}

/// The noun an [`Id`] names. `PREFIX` is public API: it appears in URLs, exports and the journal.
pub trait Kind {
    /// The text before the underscore.
    const PREFIX: &'static str;
}

/// Declares a noun and its id type in one line.
macro_rules! ids {
    ($($(#[$doc:meta])* $noun:ident $id:ident $prefix:literal;)*) => {$(
        #[doc = concat!("The noun behind [`", stringify!($id), "`].")]
        pub enum $noun {}
        impl Kind for $noun {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $id = Id<$noun>;
    )*};
}

ids! {
    /// Names a command: the client makes it once, and it is the idempotency key for ever.
    CommandKind CommandId "cmd";
    /// Names a person, family or firm that the ledger knows.
    PartyKind PartyId "party";
    /// Names something of the catalogue.
    ListingKind ListingId "listing";
    /// Names a sale or an assisted purchase; also its escrow account.
    OrderKind OrderId "order";
    /// Names a parcel.
    ParcelKind ParcelId "parcel";
    /// Names a trip between the county's hub and the village.
    TripKind TripId "trip";
    /// Names a dispute about an order.
    DisputeKind DisputeId "dispute";
    /// Names a group purchase; also its escrow account.
    GroupKind GroupId "group";
    /// Names a session of a shop's drawer.
    TillKind TillId "till";
    /// Names a payment that the processor told of.
    ReceiptKind ReceiptId "receipt";
    /// Names a lot that a household brought.
    LotKind LotId "lot";
    /// Names a pool of the cooperative; also its account.
    PoolKind PoolId "pool";
    /// Names a season window of a variety.
    SeasonKind SeasonId "season";
    /// Names a vote of the cooperative's members.
    VoteKind VoteId "vote";
    /// Names a two-phase hold on money.
    HoldKind HoldId "hold";
    /// Names a draw on a borrower's line; also its accounts.
    TrancheKind TrancheId "tranche";
    /// Names a bearer token; the token's secret is not in it.
    TokenKind TokenId "token";
}

impl<K> Id<K> {
    /// The id with exactly these bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self { bits, kind: PhantomData }
    }

    /// A time-ordered id (UUID version 7 layout) of a moment and 80 random bits, of which 74 stay.
    pub fn from_parts(at: Instant, random: [u8; 10]) -> Self {
        let millis = u128::from(at.millis_since_epoch()) & 0xffff_ffff_ffff;
        let mut low = [0_u8; 16];
        low[6..].copy_from_slice(&random);
        let mut bits = (millis << 80) | (u128::from_be_bytes(low) & ((1 << 80) - 1));
        bits = (bits & !(0xf << 76)) | (0x7 << 76);
        bits = (bits & !(0x3 << 62)) | (0x2 << 62);
        Self::from_bits(bits)
    }

    /// The raw bits.
    pub const fn bits(self) -> u128 {
        self.bits
    }

    /// The sixteen bytes, most significant first, as stored.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.bits.to_be_bytes()
    }

    /// The id of sixteen stored bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::from_bits(u128::from_be_bytes(bytes))
    }
}

// Written by hand because a derive would ask the same of `K`, which is only a name.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits.cmp(&other.bits)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::PREFIX)?;
        f.write_str("_")?;
        f.write_str(std::str::from_utf8(&hex_u128(self.bits)).map_err(|_| fmt::Error)?)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an id of the wanted noun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of this kind reads {prefix}_ and 32 hexadecimal digits")]
pub struct IdError {
    prefix: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { prefix: K::PREFIX };
        let hex = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        let bits = hex.and_then(parse_hex_u128).ok_or(error)?;
        Ok(Self::from_bits(bits))
    }
}

/// The value of exactly 32 lower-case hexadecimal digits: one text per value, so that texts can be
/// compared as bytes.
pub fn parse_hex_u128(hex: &str) -> Option<u128> {
    if hex.len() != 32 {
        return None;
    }
    let mut bits = 0_u128;
    for byte in hex.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'a'..=b'f' => byte.wrapping_sub(b'a').wrapping_add(10),
            _ => return None,
        };
        bits = bits << 4 | u128::from(digit);
    }
    Some(bits)
}

/// The 32 lower-case hexadecimal digits of some bits. Journals are mostly ids, so this is on the
/// path of every command; it is several times cheaper than `{:032x}`.
pub fn hex_u128(bits: u128) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'0'; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
        let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
    text
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The number of a village in its programme, given once by the operator: an official statistical
/// number serves. Positive; small numbers keep the rows small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VillageId(u32);

impl VillageId {
    /// The village with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for VillageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The cell that keeps a village's rows: one serial lane, one hash chain. See `15-storage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CellId(u16);

impl CellId {
    /// How many cells a programme has. Fixed for ever: it is a part of every key.
    pub const COUNT: u16 = 32;

    /// The cell with this number, if there is one.
    pub const fn new(number: u16) -> Option<Self> {
        if number < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// All cells.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The digest of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Photo(#[serde(with = "codec::hex_hash")] pub Hash);

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: an id's text goes there and back, and never reads as another noun.
    /// Method: one id, its text, and near misses.
    #[test]
    fn text_form_is_exact() {
        let id = HoldId::from_bits(0x1f);
        let text = "hold_0000000000000000000000000000001f";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id));
        assert!(text.parse::<PartyId>().is_err());
        for wrong in ["hold_1f", "hold_0000000000000000000000000000001F", "hold0", "", "hold_"] {
            assert!(wrong.parse::<HoldId>().is_err(), "{wrong}");
        }
    }

    /// Goal: ids made later sort later and carry the version and variant of RFC 9562.
    /// Method: two moments with the largest and smallest random bits.
    #[test]
    fn new_ids_are_time_ordered_uuid_v7() {
        let early = CommandId::from_parts(Instant::from_micros(1_000_000), [0xff; 10]);
        let late = CommandId::from_parts(Instant::from_micros(1_001_000), [0; 10]);
        assert!(early < late);
        for id in [early, late] {
            assert_eq!(id.bits() >> 76 & 0xf, 7);
            assert_eq!(id.bits() >> 62 & 0x3, 2);
        }
        assert_eq!(early.bits() >> 80, 1000);
    }
}
