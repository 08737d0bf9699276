//! The label of a lot: what is written on the crates, with a QR code that leads to its page. Owns the
//! drawing, an SVG picture of 60 by 40 millimetres; must not know what a lot is.

use crate::qr::Qr;

/// What is written on the label of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotLabel {
    /// Where the QR code leads.
    pub address: String,
    /// The lot's code.
    pub code: String,
    /// The household's code.
    pub household: String,
    /// The fruit, in grams.
    pub net_g: i64,
    /// The day it was picked.
    pub picked_on: String,
    /// The variety.
    pub variety: String,
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Grams as kilograms with their three digits: a weight is never rounded.
fn kilograms(grams: i64) -> String {
    format!("{}.{:03} kg", grams.div_euclid(1_000), grams.rem_euclid(1_000))
}

/// Draws the label; nothing when the address is too long for a QR code.
pub fn lot_label(label: &LotLabel) -> Option<String> {
    let qr = Qr::new(&label.address).ok()?;
    let (side, path) = (qr.side(), qr.path());
    let (code, household) = (escaped(&label.code), escaped(&label.household));
    let (variety, day) = (escaped(&label.variety), escaped(&label.picked_on));
    let weight = kilograms(label.net_g);
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60mm\" height=\"40mm\" \
         viewBox=\"0 0 600 400\" font-family=\"Noto Sans SC, Noto Sans, sans-serif\">\
         <rect width=\"600\" height=\"400\" fill=\"#fff\"/>\
         <svg x=\"330\" y=\"70\" width=\"260\" height=\"260\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path d=\"{path}\"/></svg>\
         <text x=\"24\" y=\"96\" font-size=\"64\" font-weight=\"700\">{code}</text>\
         <text x=\"24\" y=\"170\" font-size=\"40\">{variety}</text>\
         <text x=\"24\" y=\"226\" font-size=\"36\">{household}</text>\
         <text x=\"24\" y=\"282\" font-size=\"36\">{day}</text>\
         <text x=\"24\" y=\"350\" font-size=\"46\" font-weight=\"700\">{weight}</text></svg>"
    ))
}
