//! The picture that a messenger shows beside a link: the good, its price and a QR code, as a JPEG of
//! 1200 x 630 pixels. Owns the drawing; must not know what is for sale.
//!
//! There is no font in the program: figures are drawn as strokes, words are left to the link's own
//! title, which every messenger sets in its own letters, Chinese ones included.

mod figure;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{Rgb, RgbImage};

use crate::qr::Qr;
use figure::{STROKES_HEIGHT, STROKES_WIDTH, strokes};

/// Pixels from left to right.
pub const WIDTH_PX: u32 = 1200;
/// Pixels from top to bottom.
pub const HEIGHT_PX: u32 = 630;

const QUALITY: u8 = 82;

/// Points of a pixel from side to side: shapes are tested at the four odd ones.
const FINE: i64 = 4;

const PAPER: Rgb<u8> = Rgb([0xff, 0xfd, 0xfa]);
const INK: Rgb<u8> = Rgb([0x2a, 0x20, 0x1b]);
const BLOSSOM: Rgb<u8> = Rgb([0xfb, 0xe3, 0xd6]);
const LEAF: Rgb<u8> = Rgb([0x2c, 0x6a, 0x3b]);
const LEAF_LIGHT: Rgb<u8> = Rgb([0x4b, 0x8a, 0x55]);
const PEACH: Rgb<u8> = Rgb([0xee, 0x9a, 0x72]);
const PEACH_LIGHT: Rgb<u8> = Rgb([0xf4, 0xbf, 0xa2]);
const STONE: Rgb<u8> = Rgb([0xc9, 0x63, 0x3f]);
const WOOD: Rgb<u8> = Rgb([0x8a, 0x5a, 0x2b]);

/// What stands on a card.
#[derive(Clone, Copy, Debug)]
pub struct Card<'a> {
    /// A JPEG of the good, if there is one; a drawing otherwise.
    pub photo: Option<&'a [u8]>,
    /// Whether the drawing is a peach; a tree otherwise.
    pub is_fruit: bool,
    /// Figures, `.`, `,`, `¥` and `€`; what cannot be drawn is left out.
    pub price: &'a str,
    /// Where the code leads.
    pub address: &'a str,
}

/// Why there is no card.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The address fits no code.
    #[error(transparent)]
    Qr(#[from] crate::qr::QrTooLong),
    /// The photo cannot be read or the card not be written.
    #[error("the card cannot be drawn")]
    Image(#[from] image::ImageError),
}

impl Card<'_> {
    /// The card as a JPEG file.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn jpeg(&self) -> Result<Vec<u8>, CardError> {
        let qr = Qr::new(self.address)?;
        let mut canvas = Canvas { image: RgbImage::from_pixel(WIDTH_PX, HEIGHT_PX, PAPER) };
        canvas.rect((0, 0, 630, 630), BLOSSOM);
        match self.photo {
            Some(jpeg) => canvas.photo(jpeg)?,
            None if self.is_fruit => canvas.peach(),
            None => canvas.tree(),
        }
        canvas.rect((630, 0, 570, 16), LEAF);
        canvas.price(self.price);
        canvas.qr(&qr);
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&canvas.image)?;
        Ok(bytes)
    }
}

struct Canvas {
    image: RgbImage,
}

/// Left, top, width and height in pixels.
type Area = (i64, i64, i64, i64);

impl Canvas {
    /// Paints where the shape is, softened at its edge. The shape is asked in quarters of a pixel.
    fn shape(&mut self, area: Area, ink: Rgb<u8>, is_inside: impl Fn(i64, i64) -> bool) {
        let (left, top, width, height) = area;
        for y in top..top.saturating_add(height) {
            for x in left..left.saturating_add(width) {
                let (Ok(px), Ok(py)) = (u32::try_from(x), u32::try_from(y)) else { continue };
                let Some(pixel) = self.image.get_pixel_mut_checked(px, py) else { continue };
                let (fine_x, fine_y) = (x.saturating_mul(FINE), y.saturating_mul(FINE));
                let points = [(1, 1), (1, 3), (3, 1), (3, 3)];
                let hit = |(dx, dy): &&(i64, i64)| {
                    is_inside(fine_x.saturating_add(*dx), fine_y.saturating_add(*dy))
                };
                let hits = u16::try_from(points.iter().filter(hit).count()).unwrap_or(0);
                for (old, new) in pixel.0.iter_mut().zip(ink.0) {
                    let sum = u16::from(*old)
                        .saturating_mul(4_u16.saturating_sub(hits))
                        .saturating_add(u16::from(new).saturating_mul(hits));
                    *old = u8::try_from(sum / 4).unwrap_or(u8::MAX);
                }
            }
        }
    }

    fn rect(&mut self, area: Area, ink: Rgb<u8>) {
        self.shape(area, ink, |_, _| true);
    }

    fn ellipse(&mut self, (x, y): (i64, i64), (rx, ry): (i64, i64), ink: Rgb<u8>) {
        let area = (
            x.saturating_sub(rx),
            y.saturating_sub(ry),
            rx.saturating_mul(2),
            ry.saturating_mul(2),
        );
        let (rx, ry) = (rx.saturating_mul(FINE), ry.saturating_mul(FINE));
        self.shape(area, ink, |fx, fy| {
            let dx = fx.saturating_sub(x.saturating_mul(FINE)).saturating_mul(ry);
            let dy = fy.saturating_sub(y.saturating_mul(FINE)).saturating_mul(rx);
            let r = rx.saturating_mul(ry);
            square(dx).saturating_add(square(dy)) <= square(r)
        });
    }

    /// A line with round ends; places and its width in quarters of a pixel.
    fn stroke(&mut self, from: (i64, i64), to: (i64, i64), width: i64, ink: Rgb<u8>) {
        let half = width / 2;
        let low = |a: i64, b: i64| a.min(b).saturating_sub(half).div_euclid(FINE);
        let high =
            |a: i64, b: i64| a.max(b).saturating_add(half).div_euclid(FINE).saturating_add(1);
        let (left, top) = (low(from.0, to.0), low(from.1, to.1));
        let width = high(from.0, to.0).saturating_sub(left);
        let height = high(from.1, to.1).saturating_sub(top);
        let is_near = |x, y| is_within((x, y), from, to, half);
        self.shape((left, top, width, height), ink, is_near);
    }

    fn photo(&mut self, jpeg: &[u8]) -> Result<(), CardError> {
        let photo = image::load_from_memory(jpeg)?;
        let square = photo.resize_to_fill(HEIGHT_PX, HEIGHT_PX, FilterType::Triangle);
        image::imageops::overlay(&mut self.image, &square.to_rgb8(), 0, 0);
        Ok(())
    }

    fn peach(&mut self) {
        self.ellipse((315, 340), (205, 200), PEACH);
        self.ellipse((240, 270), (62, 60), PEACH_LIGHT);
        let ring = |x: i64, y: i64, centre: (i64, i64)| {
            let (dx, dy) = (x.saturating_sub(centre.0), y.saturating_sub(centre.1));
            square(dx).saturating_add(square(dy))
        };
        // The seam is where a wider circle passes through the peach.
        let wide = fine((78, 345));
        let seam = square(302 * FINE)..square(320 * FINE);
        self.shape((320, 145, 90, 390), STONE, |x, y| seam.contains(&ring(x, y, wide)));
        self.stroke(fine((325, 148)), fine((345, 100)), 14 * FINE, WOOD);
        // The leaf is where two circles meet.
        let (below, above) = (fine((435, 176)), fine((385, 10)));
        self.shape((330, 20, 170, 150), LEAF_LIGHT, |x, y| {
            ring(x, y, below) < square(106 * FINE) && ring(x, y, above) < square(106 * FINE)
        });
    }

    fn tree(&mut self) {
        self.rect((291, 400, 48, 150), WOOD);
        self.ellipse((315, 270), (190, 180), LEAF_LIGHT);
        for (x, y) in [(230, 210), (330, 170), (410, 250), (250, 330), (350, 310), (190, 280)] {
            self.ellipse((x, y), (28, 28), PEACH);
        }
    }

    /// The figures, as large as they fit in the upper right.
    fn price(&mut self, price: &str) {
        const ROOM: i64 = 480;
        let glyphs: Vec<_> = price.chars().filter_map(strokes).collect();
        let widths = glyphs.iter().map(|(width, _)| width.saturating_add(3));
        let units = widths.fold(0_i64, i64::saturating_add).max(1);
        // A unit in quarters of a pixel; the figures are at most 110 pixels high.
        let room = ROOM.saturating_mul(FINE).checked_div(units).unwrap_or(0);
        let unit = room.min(110 * FINE / STROKES_HEIGHT);
        let (mut left, top) = (675 * FINE, 80 * FINE);
        for (width, lines) in glyphs {
            for line in lines {
                let at = |(x, y): (i64, i64)| {
                    let x = left.saturating_add(x.saturating_mul(unit) / 10);
                    (x, top.saturating_add(y.saturating_mul(unit) / 10))
                };
                for pair in line.windows(2) {
                    if let [from, to] = pair {
                        let width = unit.saturating_mul(STROKES_WIDTH) / 10;
                        self.stroke(at(*from), at(*to), width, INK);
                    }
                }
            }
            left = left.saturating_add(width.saturating_add(3).saturating_mul(unit));
        }
    }

    fn qr(&mut self, qr: &Qr) {
        const ROOM: usize = 340;
        let module = ROOM.checked_div(qr.size).unwrap_or(0);
        for y in 0..qr.size {
            for x in 0..qr.size {
                if qr.is_dark(x, y) {
                    let at = |n: usize| i64::try_from(n.saturating_mul(module)).unwrap_or(0);
                    let side = at(1);
                    let (left, top) = (at(x).saturating_add(675), at(y).saturating_add(250));
                    self.rect((left, top, side, side), INK);
                }
            }
        }
    }
}

const fn square(n: i64) -> i64 {
    n.saturating_mul(n)
}

const fn fine((x, y): (i64, i64)) -> (i64, i64) {
    (x.saturating_mul(FINE), y.saturating_mul(FINE))
}

/// Whether a point is at most so far from a line between two others.
fn is_within(point: (i64, i64), from: (i64, i64), to: (i64, i64), far: i64) -> bool {
    let minus = |a: (i64, i64), b: (i64, i64)| (a.0.saturating_sub(b.0), a.1.saturating_sub(b.1));
    let dot = |a: (i64, i64), b: (i64, i64)| {
        a.0.saturating_mul(b.0).saturating_add(a.1.saturating_mul(b.1))
    };
    let (along, out) = (minus(to, from), minus(point, from));
    let (length, passed) = (dot(along, along), dot(out, along));
    if passed <= 0 {
        return dot(out, out) <= square(far);
    }
    if passed >= length {
        let out = minus(point, to);
        return dot(out, out) <= square(far);
    }
    // The distance to the line, times its length.
    let aside = along.0.saturating_mul(out.1).saturating_sub(along.1.saturating_mul(out.0));
    square(aside) <= square(far).saturating_mul(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(photo: Option<&[u8]>) -> Vec<u8> {
        let address = "https://example.org/en/v/1/shop/box-hujing";
        Card { photo, is_fruit: true, price: "¥39.90", address }.jpeg().unwrap()
    }

    /// Goal: a card has the size that messengers want, is small, and shows figures and code in ink.
    /// Method: draw with and without a photo, read it again, count dark pixels where they belong.
    #[test]
    fn a_card_is_small_and_shows_what_it_should() {
        let photo = RgbImage::from_fn(640, 480, |x, y| {
            let value = |n: u32| u8::try_from(n % 251).unwrap();
            Rgb([value(100 + x / 5), value(90 + y / 4), value(x / 4)])
        });
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 70).encode_image(&photo).unwrap();
        for photo in [None, Some(jpeg.as_slice())] {
            let bytes = card(photo);
            assert!(bytes.len() < 120 * 1024, "{}", bytes.len());
            let read = image::load_from_memory(&bytes).unwrap().to_rgb8();
            assert_eq!(read.dimensions(), (WIDTH_PX, HEIGHT_PX));
            let dark = |x: std::ops::Range<u32>, y: std::ops::Range<u32>| {
                let all = x.flat_map(|x| y.clone().map(move |y| (x, y)));
                all.filter(|(x, y)| read.get_pixel(*x, *y).0[1] < 80).count()
            };
            assert!(dark(670..1160, 70..200) > 3_000, "figures");
            assert!(dark(670..1020, 245..600) > 10_000, "code");
            assert_eq!(dark(1060..1190, 300..600), 0, "paper");
        }
        assert!(card(None).len() < 80 * 1024, "{}", card(None).len());
    }

    /// Goal: figures differ from each other and unknown letters are left out. Method: all of them.
    #[test]
    fn figures_are_their_own() {
        let mut seen = std::collections::BTreeSet::new();
        for figure in "0123456789.,¥€".chars() {
            let (_, lines) = strokes(figure).unwrap();
            assert!(!lines.is_empty() && seen.insert(format!("{lines:?}")), "{figure}");
        }
        assert!(strokes('x').is_none());
    }
}
