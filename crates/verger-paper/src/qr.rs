//! QR codes as one SVG path or as modules to be painted. Owns the error correction: what hangs on a
//! wall or sticks on a box gets dirty. Must not know what a text means.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

/// The empty border that readers need, in modules.
pub const QUIET: usize = 4;

/// A QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Modules from side to side, without the quiet border.
    pub size: usize,
    dark: Vec<bool>,
}

/// The text is too long for any code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct QrTooLong;

impl Qr {
    /// The code of a text, of which a sixth may be lost.
    ///
    /// # Errors
    /// [`QrTooLong`].
    pub fn new(text: &str) -> Result<Self, QrTooLong> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| QrTooLong)?;
        let rows = code.data.chunks(code.size).take(code.size);
        let dark = rows.flat_map(|row| row.iter().map(|module| module.value())).collect();
        Ok(Self { size: code.size, dark })
    }

    /// Whether a module is dark; outside of the code none is.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let place = y.checked_mul(self.size).and_then(|start| start.checked_add(x));
        x < self.size && place.and_then(|place| self.dark.get(place)).copied().unwrap_or(false)
    }

    /// The side of the picture in modules, quiet border included: `viewBox="0 0 side side"`.
    pub const fn side(&self) -> usize {
        self.size.saturating_add(QUIET.saturating_mul(2))
    }

    /// The dark modules as the `d` of one SVG path: a bar for each run of them in a row.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.size {
            let mut x = 0;
            while x < self.size {
                let run = (x..self.size).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let (left, top) = (x.saturating_add(QUIET), y.saturating_add(QUIET));
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{left} {top}h{run}v1h-{run}z");
                }
                x = x.saturating_add(run.max(1));
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::Qr;

    /// Goal: path and modules say the same. Method: paint the path again and compare.
    #[test]
    fn the_path_paints_the_modules() {
        let qr = Qr::new("https://example.org/en/v/1/shop/box-hujing").unwrap();
        let mut painted = 0;
        for bar in qr.path().split('z').filter(|bar| !bar.is_empty()) {
            let (place, rest) = bar.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let run: usize = rest.split('v').next().unwrap().parse().unwrap();
            for step in 0..run {
                assert!(qr.is_dark(x + step - super::QUIET, y - super::QUIET));
            }
            painted += run;
        }
        let all = (0..qr.size).flat_map(|y| (0..qr.size).map(move |x| (x, y)));
        assert_eq!(painted, all.filter(|(x, y)| qr.is_dark(*x, *y)).count());
        // The corner of every code: seven dark modules, and none outside.
        assert!((0..7).all(|x| qr.is_dark(x, 0)) && !qr.is_dark(7, 0));
        assert!(!qr.is_dark(qr.size, 0) && !qr.is_dark(0, qr.size));
    }

    /// Goal: a text that fits no code is an error. Method: three thousand letters.
    #[test]
    fn a_text_can_be_too_long() {
        assert!(Qr::new(&"x".repeat(3_000)).is_err());
    }
}
