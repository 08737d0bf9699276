//! The label of a lot.

use verger_paper::label::{LotLabel, lot_label};

fn label(address: &str) -> LotLabel {
    LotLabel {
        address: address.to_owned(),
        code: "L0001".to_owned(),
        household: "H002".to_owned(),
        net_g: 116_700,
        picked_on: "2026-07-21".to_owned(),
        variety: "湖景 <蜜露>".to_owned(),
    }
}

/// Goal: a label says which lot it is to the gram, and no name breaks the picture.
/// Method: what stands in the SVG; a name with signs of markup; an address no code can hold.
#[test]
fn a_label_says_which_lot_it_is() {
    let svg = lot_label(&label("/l/1/L0001")).unwrap();
    for text in ["L0001", "H002", "2026-07-21", "116.700 kg", "湖景 &lt;蜜露&gt;"] {
        assert!(svg.contains(text), "{text} in {svg}");
    }
    assert!(svg.contains("<path d=\"M"), "the code is drawn");
    assert_ne!(svg, lot_label(&label("/l/1/L0002")).unwrap(), "and is the lot's own");
    assert_eq!(lot_label(&label(&"x".repeat(8_000))), None);
}
