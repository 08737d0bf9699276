//! People on the console: somebody new, his first secret, what he may do.

use verger_domain::id::PartyId;
use verger_domain::party::{CodeOf, Office, Party};

use crate::rig::{TestApp, V1};
use crate::sessions::office;

const PASSWORD: &str = "a long password";
const PAGE: &str = "/en/console/users";

/// The text of the first `pre` after a title.
fn shown(page: &str, title: &str) -> String {
    let (_, rest) = page.split_once(title).unwrap();
    let (_, rest) = rest.split_once("<pre>").unwrap();
    rest.split_once("</pre>").unwrap().0.to_owned()
}

fn party(rig: &TestApp, code: &'static str) -> Party {
    let found = rig.app.ask_blocking(V1, move |reader, cell| {
        let bits = reader.subject_of(cell, V1, CodeOf::Party, code)?.unwrap();
        reader.party(cell, PartyId::from_bits(bits))
    });
    found.unwrap().unwrap().party
}

/// Goal: an operator lets somebody in, who signs in with what was shown once, may do what the staff
/// says, is suspended and comes back. Method: an auditor and an agent, from the form to the
/// sign-in; what is typed wrong; an auditor who tries to decide.
#[test]
fn an_operator_lets_people_in() {
    let rig = TestApp::new();
    let cookie = rig.sign_in(rig.cast.staff[0], "ST1", PASSWORD);
    let add = |role: &str, code: &str, name: &str| {
        let key = rig.key();
        let fields = [
            ("key", key.as_str()),
            ("role", role),
            ("new_code", code),
            ("person_name", name),
            ("person_latin", "Tian Wenjing"),
        ];
        rig.form(PAGE, &cookie, &fields)
    };
    let decide = |code: &str, fields: &[(&str, &str)]| {
        let key = rig.key();
        let fields = [&[("key", key.as_str())], fields].concat();
        rig.form(&format!("{PAGE}/{code}"), &cookie, &fields)
    };
    let enter = |code: &str, secret: &str, one_time: &str| {
        let fields = [("village", "1"), ("code", code), ("secret", secret), ("one_time", one_time)];
        rig.form("/en/sign-in", "", &fields)
    };
    for (role, code, name) in [
        ("member", "X1", "田"),
        ("auditor", "not a code", "田"),
        ("auditor", "ST1", "田"),
        ("auditor", "X1", ""),
    ] {
        add(role, code, name).expect(422);
    }
    let added = add("auditor", "x1", "田").expect(303);
    assert_eq!(added.header("location"), format!("{PAGE}/X1"));

    let text = decide("X1", &[("do", "secret")]).expect(200).text();
    let password = shown(&text, "Hand this over now");
    let auditor = party(&rig, "X1").id;
    let found = rig.app.ask_blocking(V1, move |reader, cell| reader.pin(cell, auditor)).unwrap();
    let key = rig.app.one_time_key(auditor, &found.unwrap().0);
    assert!(text.contains(&key) && text.contains("Can sign in"), "{text}");
    // A second one would lock out who has the first.
    decide("X1", &[("do", "secret")]).expect(422);
    let entered = enter("X1", &password, &rig.one_time(auditor)).expect(303);
    assert_eq!(entered.header("location"), "/en/console");
    let his = entered.header("set-cookie").split(';').next().unwrap().to_owned();
    let text = rig.page_as(&format!("{PAGE}/X1"), &his).expect(200).text();
    assert!(!text.contains("name=\"do\""), "an auditor only looks: {text}");
    rig.form(PAGE, &his, &[("role", "operator")]).expect(403);
    rig.form(&format!("{PAGE}/ST1"), &his, &[("do", "suspend")]).expect(403);

    add("agent", "A7", "田").expect(303);
    let text = decide("A7", &[("do", "secret")]).expect(200).text();
    let pin = shown(&text, "Hand this over now");
    assert_eq!(pin.len(), 6, "{pin}");
    enter("A7", &pin, "").expect(303);
    decide("A7", &[("do", "modules"), ("M1", "yes"), ("M4", "yes")]).expect(303);
    decide("A7", &[("do", "suspend")]).expect(303);
    let agent = party(&rig, "A7");
    let names: Vec<String> = agent.certified.iter().map(|m| format!("{m:?}")).collect();
    assert!(names == ["M1", "M4"] && agent.duty.is_suspended, "{agent:?}");
    let text = rig.page_as(&format!("{PAGE}/A7"), &cookie).expect(200).text();
    assert!(text.contains("Suspended") && text.contains("End the suspension"), "{text}");
    decide("A7", &[("do", "resume")]).expect(303);
    assert!(!party(&rig, "A7").duty.is_suspended);

    // A post of the staff stays what it is while somebody is suspended and comes back.
    office(&rig, "PR", Office::Programme);
    decide("PR", &[("do", "suspend")]).expect(303);
    decide("PR", &[("do", "resume")]).expect(303);
    assert_eq!(party(&rig, "PR").duty.office, Some(Office::Programme));
    decide("PR", &[("do", "promote")]).expect(422);
}
