//! The policy on the console: its versions, and the change of a rule by two persons.

use verger_domain::party::Office;

use crate::rig::{TestApp, V1};
use crate::sessions::office;

const PASSWORD: &str = "a long password";
const PAGE: &str = "/en/console/policy";

/// Goal: a rule is changed by two operators who both showed who they are, and by nobody else; each
/// version shows what it changed. Method: wrong passwords, one person twice, an auditor, a code that
/// agreed to something before, a value that no policy may have; then the ledger's own answer.
#[test]
fn two_operators_change_a_rule() {
    let rig = TestApp::new();
    let [first, second] = rig.cast.staff;
    let auditor = office(&rig, "AU", Office::Auditor);
    let cookie = rig.sign_in(first, "ST1", PASSWORD);
    for person in [second, auditor] {
        rig.give_secret(person, PASSWORD);
    }
    let change = |rule: &str, value: &str, (code, secret, one_time): (&str, &str, &str)| {
        let fields = [
            ("rule", rule),
            ("value", value),
            ("code", code),
            ("secret", secret),
            ("one_time", one_time),
        ];
        rig.form(PAGE, &cookie, &fields)
    };
    let version = || {
        let village = rig.app.ask_blocking(V1, |reader, cell| reader.village(cell, V1));
        village.unwrap().unwrap().policy_version
    };
    let code = rig.one_time(second);
    let rule = "till.pin_tries_max";

    for (typed, person, wanted) in [
        ("7", ("ST2", "a wrong password", code.as_str()), "not right"),
        ("7", ("ST2", PASSWORD, "000000"), "not right"),
        ("many", ("ST2", PASSWORD, code.as_str()), "New value"),
        ("-1", ("ST2", PASSWORD, code.as_str()), "New value"),
        ("0", ("ST2", PASSWORD, code.as_str()), "at till.pin_tries_max"),
        ("7", ("ST1", PASSWORD, &rig.one_time(first)), "Two different persons"),
        ("7", ("AU", PASSWORD, &rig.one_time(auditor)), "Two different persons"),
    ] {
        let answer = change(rule, typed, person);
        assert!((400..500).contains(&answer.status), "{typed} {person:?}: {}", answer.status);
        let text = answer.text();
        let (_, alert) = text.split_once("role=\"alert\"").unwrap();
        let (alert, _) = alert.split_once("</div>").unwrap();
        assert!(alert.contains(wanted), "{typed} {person:?}: {alert}");
        assert_eq!(version(), 1, "{person:?}");
    }

    let right = ("ST2", PASSWORD, code.as_str());
    change(rule, "7", right).expect(303);
    // Sent twice, it is done once.
    assert_eq!(version(), 2);
    let text = rig.page_as(PAGE, &cookie).expect(200).text();
    assert!(text.contains("till.pin_tries_max: 7") && text.contains("What this version changed"));
    let first_version = rig.page_as(&format!("{PAGE}?version=1"), &cookie).expect(200).text();
    assert!(first_version.contains("&#34;pin_tries_max&#34;: 5"), "{first_version}");
    assert!(!first_version.contains("<select"), "only what is in force is changed");

    // With his code nobody agrees to a second thing.
    change(rule, "8", right).expect(401);
    assert_eq!(version(), 2);
    rig.clock.advance_seconds(60);
    change("no.rule", "8", ("ST2", PASSWORD, &rig.one_time(second))).expect(422);
    change(rule, "8", ("ST2", PASSWORD, &rig.one_time(second))).expect(303);
    assert_eq!(version(), 3);

    let looks = rig.sign_in(auditor, "AU", "another password");
    let text = rig.page_as(PAGE, &looks).expect(200).text();
    assert!(text.contains("till") && !text.contains("<select"), "an auditor only looks: {text}");
    rig.form(PAGE, &looks, &[("rule", rule), ("value", "9")]).expect(403);
    rig.page_as(&format!("{PAGE}?version=9"), &looks).expect(404);
}
