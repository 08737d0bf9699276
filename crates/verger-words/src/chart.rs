//! Pictures of numbers, drawn by the server as SVG. Owns the geometry; colours are the style's, and
//! every chart brings its numbers as a table for those who cannot see it.

use askama::Template;

/// One point of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What stands below it, such as a day.
    pub label: String,
    /// How high it is.
    pub value: i64,
    /// The value as people read it.
    pub text: String,
}

/// A series of points as a line or as bars.
#[derive(Template)]
#[template(path = "chart.html")]
pub struct Chart {
    title: String,
    heads: (String, String),
    points: Vec<Point>,
    path: String,
    area: String,
    bars: Vec<(i64, i64, i64, i64)>,
    ticks: Vec<(i64, String)>,
    labels: Vec<(i64, String)>,
    last: Option<(i64, i64)>,
}

/// How the points are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Line,
    Bars,
}

/// The plane: 600 by 220 units, with room for the numbers left and below.
const LEFT: i64 = 110;
const RIGHT: i64 = 590;
const TOP: i64 = 24;
const BOTTOM: i64 = 180;

impl Chart {
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Draws the points; `read` puts the values of the scale into words.
    pub fn new(
        form: Form,
        title: String,
        heads: (String, String),
        points: Vec<Point>,
        read: impl Fn(i64) -> String,
    ) -> Self {
        let top = nice(points.iter().map(|point| point.value).max().unwrap_or(0));
        let count = i64::try_from(points.len()).unwrap_or(i64::MAX).max(1);
        let slot = |index: i64| match form {
            Form::Line if count == 1 => i64::midpoint(LEFT, RIGHT),
            Form::Line => LEFT + (RIGHT - LEFT) * index / (count - 1),
            Form::Bars => LEFT + (RIGHT - LEFT) * (2 * index + 1) / (2 * count),
        };
        let height = |value: i64| {
            let rise = i128::from(value.max(0)) * i128::from(BOTTOM - TOP) / i128::from(top);
            BOTTOM - i64::try_from(rise).unwrap_or(0)
        };
        let places: Vec<(i64, i64)> =
            (0..).zip(&points).map(|(index, point)| (slot(index), height(point.value))).collect();
        let line: Vec<String> = places.iter().map(|(x, y)| format!("{x} {y}")).collect();
        let path = format!("M{}", line.join("L"));
        let (first, last) = (places.first().copied(), places.last().copied());
        let area = match (first, last) {
            (Some((from, _)), Some((to, _))) if form == Form::Line => {
                format!("{path}L{to} {BOTTOM}L{from} {BOTTOM}z")
            }
            _ => String::new(),
        };
        let wide = ((RIGHT - LEFT) * 7 / (10 * count)).clamp(1, 60);
        let bar = |(x, y): &(i64, i64)| (x - wide / 2, *y, wide, BOTTOM - y);
        let is_line = form == Form::Line;
        let step = (count + 5) / 6;
        let marks = (0..).zip(&points).filter(|(index, _)| index % step == 0);
        Self {
            title,
            heads,
            path: if is_line && !places.is_empty() { path } else { String::new() },
            area,
            bars: if is_line { Vec::new() } else { places.iter().map(bar).collect() },
            ticks: (0..=4).map(|part| (height(top * part / 4), read(top * part / 4))).collect(),
            labels: marks.map(|(index, point)| (slot(index), point.label.clone())).collect(),
            last: last.filter(|_| is_line),
            points,
        }
    }
}

/// The next round number: 4, 8, 20, 40, 80, 200 and so on, which four lines divide evenly.
fn nice(most: i64) -> i64 {
    let mut unit = 4_i64;
    loop {
        for factor in [1, 2, 5] {
            let top = unit.saturating_mul(factor);
            if top >= most || top > i64::MAX / 20 {
                return top;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: i64) -> Point {
        Point { label: format!("d{value}"), value, text: value.to_string() }
    }

    /// Goal: a chart stands in its frame for every count of points and names every number.
    /// Method: none, one, two and fifty points, as line and as bars, with zero and very large ones.
    #[test]
    fn charts_stand_in_their_frame() {
        for values in [vec![], vec![5], vec![0, 0], vec![3, i64::MAX / 40], (0..50).collect()] {
            for form in [Form::Line, Form::Bars] {
                let points: Vec<Point> = values.iter().copied().map(point).collect();
                let heads = ("day".to_owned(), "orders".to_owned());
                let chart = Chart::new(form, "t".to_owned(), heads, points, |v| v.to_string());
                assert!(chart.bars.iter().all(|(x, y, w, h)| *x >= LEFT - 1
                    && x + w <= RIGHT + 1
                    && *y >= TOP
                    && *h >= 0));
                assert!(chart.ticks.iter().all(|(y, _)| (TOP..=BOTTOM).contains(y)));
                assert!(chart.labels.len() <= 7, "{}", chart.labels.len());
                let html = chart.render().unwrap();
                assert!(!html.contains("style="));
                assert_eq!(html.matches("<tr>").count(), values.len() + 1);
            }
        }
    }

    /// Goal: the scale ends at a round number that four lines divide. Method: table.
    #[test]
    fn scales_are_round() {
        for (most, top) in [(0, 4), (4, 4), (5, 8), (9, 20), (21, 40), (61, 80), (81, 200)] {
            assert_eq!(nice(most), top, "{most}");
        }
    }
}
