//! What a picture looks like, in 64 bits. Owns the fingerprint and its distance; must not decide
//! what follows from two pictures that look the same.

use image::DynamicImage;
use image::imageops::FilterType;

const COLUMNS: u32 = 9;
const ROWS: u32 = 8;

/// A difference hash: for each of eight rows, where it gets darker from one column to the next.
///
/// The same photo keeps it, but for a few bits, when it is made smaller or compressed again. A
/// photo that was cropped, turned or mirrored gets another one, and pictures of one plain colour
/// all have the same: it is a reason for a person to look, never a proof.
///
/// Source: Krawetz, "Kind of Like That", 2013 (dHash).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The greatest distance at which two pictures are taken for the same photo.
    pub const SAME_PHOTO_MAX: u32 = 6;

    /// The fingerprint of an upright picture.
    pub(super) fn of(picture: &DynamicImage) -> Self {
        let small = picture.resize_exact(COLUMNS, ROWS, FilterType::Triangle).into_luma8();
        let mut bits = 0_u64;
        for row in small.rows() {
            let shades: Vec<u8> = row.map(|pixel| pixel.0[0]).collect();
            for (left, right) in shades.iter().zip(shades.iter().skip(1)) {
                bits = (bits << 1) | u64::from(left > right);
            }
        }
        Self(bits)
    }

    /// A fingerprint that was stored as [`Fingerprint::bits`].
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The fingerprint as a number, row by row from the top left.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// In how many of the 64 bits two fingerprints differ.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}
