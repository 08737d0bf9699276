//! Reports over HTTP: every one as JSON, CSV and page, for those who may read it.

use serde_json::{Value, json};

use crate::rig::TestApp;
use crate::stage::{BOX_MINOR, Stage};

/// Every report there is.
const REPORTS: [&str; 15] = [
    "packing-by-buyer",
    "packing-by-member",
    "pickup",
    "one-sided",
    "manifest",
    "supplier-totals",
    "supplier-settlement",
    "carrier-settlement",
    "till",
    "agent",
    "agent-ledger",
    "payments",
    "season",
    "promises",
    "pools",
];

/// A village in which one box was sold and delivered, another is being packed, and a trip was
/// planned; the trip's id.
fn traded(rig: &TestApp) -> (Stage<'_>, String) {
    let stage = Stage::new(rig);
    let first = stage.buy();
    stage.deliver(&first.order);
    stage.order(&first.link, &first.order, &json!({"confirm": {}})).expect(200);
    let second = stage.buy();
    rig.tell(&Stage::payment(&second.order, "second", BOX_MINOR)).expect(200);
    stage.order(&stage.cooperative, &second.order, &json!({"accept": {}})).expect(200);
    let trip = rig.app.new_id::<verger_domain::id::TripKind>().to_string();
    rig.post(&stage.carrier, &format!("/trips/{trip}"), &json!({"plan": {"carrier": "C1"}}))
        .expect(201);
    (stage, trip)
}

fn path(report: &str, trip: &str, more: &str) -> String {
    let trip = if report == "manifest" { format!("trip={trip}&") } else { String::new() };
    format!("/reports/{report}?{trip}{more}")
}

/// Goal: every report answers in all three forms, and all forms say the same.
/// Method: its columns and rows as JSON, as CSV, and as a page in each language.
#[test]
fn every_report_has_three_forms() {
    let rig = TestApp::new();
    let (_, trip) = traded(&rig);
    let cookie = rig.sign_in(rig.cast.staff[0], "ST1", "peach orchard");
    for report in REPORTS {
        let json = rig.get(&rig.staff, &path(report, &trip, "")).expect(200).json();
        assert_eq!(json["name"], report);
        let columns: Vec<&str> =
            json["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        let rows = json["rows"].as_array().unwrap();
        for row in rows {
            assert_eq!(row.as_object().unwrap().len(), columns.len(), "{report}");
        }
        let csv = rig.get(&rig.staff, &path(report, &trip, "format=csv")).expect(200);
        assert!(csv.header("content-type").starts_with("text/csv"), "{report}");
        assert!(csv.header("content-disposition").contains(report), "{report}");
        let text = csv.text();
        let head = text.trim_start_matches('\u{feff}').lines().next().unwrap();
        assert_eq!(head.split(',').collect::<Vec<_>>(), columns, "{report}");
        assert!(text.lines().count() > rows.len(), "{report}: {text}");
        for lang in ["zh-CN", "fr", "en"] {
            let address = format!("/{lang}/console{}", path(report, &trip, ""));
            let shown = rig.page_as(&address, &cookie).expect(200).text();
            assert!(shown.contains(&format!("lang=\"{lang}\"")), "{report}");
            let cells = shown.matches("<td").count();
            // A page shows one of a good's two names, in the reader's language.
            let dropped = usize::from(columns.contains(&"name_latin"));
            let shown = columns.len() - dropped;
            assert!(cells >= rows.len() * shown, "{report} {lang}: {cells} cells");
        }
    }
}

/// Goal: the figures are those of the money. Method: one box sold, one waiting to be packed.
#[test]
fn reports_say_what_happened() {
    let rig = TestApp::new();
    let (_, trip) = traded(&rig);
    let rows = |report: &str| -> Vec<Value> {
        let json = rig.get(&rig.staff, &path(report, &trip, "")).expect(200).json();
        json["rows"].as_array().unwrap().clone()
    };
    let packing = rows("packing-by-buyer");
    let found = (packing.len(), &packing[0]["pieces"], &packing[0]["is_packed"]);
    assert_eq!(found, (1, &1.into(), &false.into()), "{packing:?}");
    let carrier = rows("carrier-settlement");
    assert_eq!(carrier.len(), 1, "{carrier:?}");
    let season = rig.get(&rig.staff, "/reports/season").expect(200).json();
    let totals = &season["totals"];
    assert_eq!((&totals["placed"], &totals["completed"]), (&2.into(), &1.into()), "{totals}");
    let parts = ["platform_minor", "cooperative_minor", "packaging_minor", "rest_minor"];
    let parts: i64 = parts.iter().map(|name| totals[name].as_i64().unwrap()).sum();
    assert_eq!((&totals["goods_minor"], parts), (&3_990.into(), 3_990), "{totals}");
}

/// Goal: reports show what is everybody's, so only those who work with them read them; a wrong
/// question is answered with its field. Method: other people, and each parameter wrongly.
#[test]
fn reports_have_their_readers() {
    let rig = TestApp::new();
    let (stage, trip) = traded(&rig);
    for token in [&stage.carrier, &stage.supplier, &stage.member] {
        let outcome = rig.get(token, "/reports/season").outcome();
        assert_eq!(outcome, (403, "not_allowed".to_owned()));
    }
    for token in [&rig.staff, &rig.agent, &stage.cooperative] {
        rig.get(token, "/reports/season").expect(200);
    }
    let wrong = [
        ("from=yesterday", "from"),
        ("from=2026-08-01&to=2026-07-01", "from"),
        ("from=2020-01-01&to=2026-07-01", "from"),
        ("to=2026-02-30", "to"),
        ("format=pdf", "format"),
        ("by=month", "by"),
    ];
    for (query, field) in wrong {
        let answer = rig.get(&rig.staff, &format!("/reports/season?{query}"));
        assert_eq!(answer.outcome(), (422, "invalid_field".to_owned()), "{query}");
        assert_eq!(answer.json()["field"], field, "{query}");
    }
    let unknown = rig.get(&rig.staff, "/reports/everything").outcome();
    assert_eq!(unknown, (404, "not_found".to_owned()));
    let no_trip = rig.get(&rig.staff, &path("manifest", &trip.replace('1', "2"), ""));
    assert_eq!(no_trip.status, 404);
    let strange = rig.get(&rig.staff, "/reports/season?colour=red");
    assert_eq!(strange.status, 422, "{}", strange.text());
}
