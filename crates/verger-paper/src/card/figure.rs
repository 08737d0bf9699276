//! Figures as strokes, so that a price can be drawn without a font. Owns their forms: places in
//! tenths of a unit, on a field of ten by sixteen units.

/// How high a figure is, in units.
pub(super) const STROKES_HEIGHT: i64 = 16;

/// How thick a stroke is, in tenths of a unit.
pub(super) const STROKES_WIDTH: i64 = 22;

/// A line through places, in tenths of a unit.
pub(super) type Line = Vec<(i64, i64)>;

/// Each figure with its width in units and its lines: places from left to right and top to bottom,
/// lines set apart by a stroke.
const FIGURES: [(char, i64, &str); 13] = [
    ('0', 10, "50,10 28,18 14,42 10,80 14,118 28,142 50,150 72,142 86,118 90,80 86,42 72,18 50,10"),
    ('1', 10, "20,38 56,10 56,150"),
    ('2', 10, "10,46 16,26 32,13 50,10 70,14 85,28 88,50 80,72 10,150 92,150"),
    ('3', 10, "10,10 86,10 44,66 68,70 85,86 90,108 84,130 66,146 46,150 26,146 10,130"),
    ('4', 10, "66,150 66,10 8,108 94,108"),
    (
        '5',
        10,
        "86,10 22,10 16,72 32,62 52,60 72,68 87,86 90,108 82,130 64,146 44,150 24,145 10,132",
    ),
    ('6', 10, SIX),
    ('7', 10, "10,10 90,10 42,150"),
    (
        '8',
        10,
        "50,73 30,68 18,54 18,34 30,16 50,10 70,16 82,34 82,54 70,68 50,73 26,80 11,98 10,120 \
         24,143 50,150 76,143 90,120 89,98 74,80 50,73",
    ),
    ('.', 3, "14,148 15,148"),
    (',', 3, "16,146 8,166"),
    ('¥', 12, "12,10 52,78 92,10 | 52,78 52,150 | 18,88 86,88 | 18,116 86,116"),
    (
        '€',
        12,
        "94,28 78,14 60,10 38,20 24,46 20,80 24,114 38,140 60,150 78,146 94,132 | 6,66 72,66 | \
         6,94 72,94",
    ),
];

const SIX: &str = "76,12 44,40 20,78 10,110 16,132 32,147 50,150 70,146 86,130 90,108 83,86 68,72 \
                   50,69 32,73 15,90";

/// The width of a figure in units, and its lines; nothing for what cannot be drawn.
pub(super) fn strokes(figure: char) -> Option<(i64, Vec<Line>)> {
    if figure == '9' {
        // A six upside down.
        let turn = |(x, y): (i64, i64)| (100_i64.saturating_sub(x), 160_i64.saturating_sub(y));
        let turned = lines(SIX).into_iter().map(|line| line.into_iter().map(turn).collect());
        return Some((10, turned.collect()));
    }
    let found = FIGURES.iter().find(|(known, ..)| *known == figure);
    found.map(|(_, width, text)| (*width, lines(text)))
}

fn lines(text: &str) -> Vec<Line> {
    let place = |text: &str| {
        let (x, y) = text.split_once(',')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    };
    text.split('|').map(|line| line.split_whitespace().filter_map(place).collect()).collect()
}
