//! Credit over HTTP, on a real store: a household asks, agrees, draws, buys on credit, pays back; what
//! it is told when it may not, in three languages; and what only the staff may do.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use verger_domain::{Actor, Command};

use crate::rig::{Answer, TestApp, easy_credit};
use crate::stage::Stage;

/// A village with money to lend, in which the household `H001` may owe 100 yuan.
pub(crate) fn lending() -> TestApp {
    let rig = TestApp::with_policy(easy_credit);
    let entries = json!({
        "purpose": "capital", "currency": "CNY",
        "lines": [["1010", 5_000_000], ["3010", -5_000_000]]
    });
    rig.post(&rig.staff, "/entries", &entries).expect(201);
    let fact = json!({"fact": "identity", "document": "77".repeat(32)});
    rig.post(&rig.agent, "/parties/H001/facts", &fact).expect(200);
    rig
}

fn loan(amount_minor: i64) -> Value {
    json!({"amount_minor": amount_minor, "purpose": "feed", "days": 90})
}

fn pin() -> Value {
    json!({"member": "M001", "pin": "482915"})
}

pub(crate) fn draw(rig: &TestApp, amount_minor: i64) -> Answer {
    let wish = json!({"loan": loan(amount_minor), "proof": pin()});
    rig.post(&rig.agent, "/credit/H001/draws", &wish)
}

fn in_language(rig: &TestApp, path: &str, body: &Value, language: &str) -> Answer {
    let request = Request::post(format!("/api/v1/villages/1{path}"))
        .header("authorization", format!("Bearer {}", rig.agent))
        .header("content-type", "application/json")
        .header("idempotency-key", rig.key())
        .header("accept-language", language);
    rig.send(request.body(Body::from(body.to_string())).unwrap())
}

/// Goal: from the question to the last fen: the statement is the bill, cash and wallet pay, the
/// household reads its line, and a stranger does not.
#[test]
fn a_loan_lives_over_http() {
    let rig = lending();
    let asked = rig.post(&rig.agent, "/credit/H001/questions", &loan(10_000)).expect(200).json();
    assert_eq!(asked["decision"]["is_granted"], true, "{asked}");
    // 90 days of 100 yuan at 12 %.
    assert_eq!(asked["decision"]["quote"]["payoff_minor"], 10_295);
    assert_eq!(asked["decision"]["statement"].as_array().unwrap().len(), 7);

    let key = rig.key();
    let wish = json!({"loan": loan(10_000), "proof": pin()});
    let drawn = rig.repeat(&rig.agent, "/credit/H001/draws", &wish, &key).expect(201).json();
    let again = rig.repeat(&rig.agent, "/credit/H001/draws", &wish, &key).expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json()["tranche"], drawn["tranche"]);
    let tranche = drawn["tranche"].as_str().unwrap().to_owned();

    rig.clock.advance_seconds(90 * 86_400);
    let rows = rig.get(&rig.agent, "/credit/H001").expect(200).json();
    assert_eq!(
        (&rows["payoff_minor"], &rows["loans"][0]["status"]),
        (&10_295.into(), &"current".into())
    );
    let cash = json!({"amount_minor": 4_000, "shop": "SHOP", "tranche": tranche});
    let paid = rig.post(&rig.agent, "/credit/H001/repayments", &cash).expect(200).json();
    assert_eq!(paid["taken_minor"], 4_000);
    let rest = json!({"amount_minor": 9_000, "proof": pin()});
    let paid = rig.post(&rig.agent, "/credit/H001/repayments", &rest).expect(200).json();
    assert_eq!(paid["taken_minor"], 6_295);
    let member = rig.token_of(rig.cast.members[0]);
    let own = rig.get(&member, "/credit/H001").expect(200).json();
    assert_eq!((&own["payoff_minor"], &own["loans"][0]["status"]), (&0.into(), &"closed".into()));
    let neighbour = rig.token_of(rig.cast.members[1]);
    assert_eq!(rig.get(&neighbour, "/credit/H001").outcome(), (404, "not_found".to_owned()));
    let portfolio = rig.get(&rig.staff, "/credit-portfolio").expect(200).json();
    assert_eq!(
        (&portfolio["all"]["olb_minor"], &portfolio["on_time_bps"]),
        (&0.into(), &10_000.into())
    );
}

/// Goal: a draw that is declined says each reason with its numbers and what to do, in the caller's
/// language; doing it leads to the money.
#[test]
fn a_declined_draw_is_explained() {
    let rig = lending();
    let wish = json!({"loan": loan(20_000), "proof": pin()});
    for (language, word) in
        [("en", "Ask for up to"), ("fr", "Demandez jusqu"), ("zh-CN", "最多可申请")]
    {
        let declined = in_language(&rig, "/credit/H001/draws", &wish, language).expect(422).json();
        assert_eq!(declined["code"], "declined");
        let reason = &declined["reasons"][0];
        assert_eq!(reason["code"], "A03", "{declined}");
        assert!(reason["hint"].as_str().unwrap().starts_with(word), "{reason}");
        assert_eq!(reason["next"]["ask_at_most"], 10_000);
        assert!(declined.get("facts").is_none(), "{declined}");
    }
    draw(&rig, 10_000).expect(201);
    // A household without a confirmed fact learns what would bring points.
    let newcomer = rig.post(&rig.agent, "/credit/H002/questions", &loan(1_000)).expect(200).json();
    assert_eq!(newcomer["decision"]["reasons"][0]["code"], "A01");
    assert!(newcomer["decision"]["reasons"][0]["next"]["earn_points"].is_array(), "{newcomer}");
}

/// Goal: feed is bought on credit in one request, all of it or nothing.
#[test]
fn a_purchase_on_credit_is_one_request() {
    let rig = lending();
    let stage = Stage::new(&rig);
    let order = stage.new_order();
    let lines = json!([{"listing": "feed-40", "quantity": 1}]);
    let request = json!({"request": {"household": "H001", "lines": lines}});
    stage.order(&rig.agent, &order, &request).expect(201);
    let today = rig.app.now().today.to_string();
    let quote = json!({"quote": {"due_on": today, "freight_minor": 0}});
    stage.order(&rig.agent, &order, &quote).expect(200);
    let consent = json!({"orders": [order], "consent": pin()});
    rig.post(&rig.agent, "/orders", &consent).expect(200);
    rig.fund(2_000);
    let borrow = |amount: i64| {
        let borrow = json!({"loan": loan(amount), "proof": pin()});
        rig.post(&rig.agent, "/orders", &json!({"orders": [order], "borrow": borrow}))
    };
    assert_eq!(borrow(9_000).outcome(), (422, "insufficient_available".to_owned()));
    assert_eq!(borrow(11_000).outcome(), (422, "declined".to_owned()));
    let bought = borrow(10_000).expect(200).json();
    assert_eq!(bought["orders"][0]["phase"], "funded");
    let lent = rig.get(&rig.agent, "/credit").expect(200).json();
    assert_eq!(lent["olb_minor"], 10_000);
}

/// Goal: bad input is refused with its field and code, and nothing is stored.
#[test]
fn bad_input_is_refused() {
    let rig = lending();
    let outcome = |path: &str, body: &Value| rig.post(&rig.agent, path, body).outcome();
    let draws = "/credit/H001/draws";
    let with = |loan: Value, proof: Value| json!({"loan": loan, "proof": proof});
    for (body, code) in [
        (with(loan(0), pin()), "amount_zero"),
        (with(loan(1_500), pin()), "not_whole_steps"),
        (with(json!({"amount_minor": 1_000, "purpose": "feed"}), pin()), "invalid_field"),
        (with(loan(1_000), json!({"member": "M001"})), "invalid_field"),
        (with(loan(1_000), json!({"member": "M001", "pin": "111111"})), "wrong_pin"),
        (json!({"loan": loan(1_000)}), "invalid_field"),
        (with(json!({"amount_minor": 1.5, "purpose": "feed", "days": 90}), pin()), "invalid_field"),
    ] {
        assert_eq!(outcome(draws, &body), (422, code.to_owned()), "{body}");
    }
    let repay = "/credit/H001/repayments";
    let cash = |amount: i64| json!({"amount_minor": amount, "shop": "SHOP"});
    assert_eq!(outcome(repay, &cash(5)), (422, "nothing_owed".to_owned()));
    assert_eq!(outcome(repay, &json!({"amount_minor": 5})), (422, "invalid_field".to_owned()));
    assert_eq!(rig.get(&rig.agent, "/credit/H001").status, 404, "nothing was stored");
    draw(&rig, 5_000).expect(201);
    let second = draw(&rig, 1_000).expect(422).json();
    assert_eq!(second["reasons"][0]["code"], "A15");
    let late = json!({"amount_minor": 5, "shop": "SHOP", "effective_on": "2026-01-01"});
    assert_eq!(outcome(repay, &late), (422, "effective_too_old".to_owned()));
    let unknown = json!({"amount_minor": 5, "shop": "SHOP",
        "tranche": "tranche_00000000000000000000000000000001"});
    assert_eq!(outcome(repay, &unknown), (404, "subject_unknown".to_owned()));
}

/// Goal: the staff lowers a rate, agrees a plan with the household, corrects a payment; an agent
/// cannot. The file stops new loans.
#[test]
fn the_staff_manages_loans() {
    let rig = lending();
    let tranche = draw(&rig, 5_000).expect(201).json()["tranche"].as_str().unwrap().to_owned();
    let rate = json!({"tranche": tranche, "rate_ppm": 60_000});
    let refused = rig.post(&rig.agent, "/credit/H001/rates", &rate);
    assert_eq!(refused.outcome(), (403, "not_allowed".to_owned()));
    rig.post(&rig.staff, "/credit/H001/rates", &rate).expect(200);
    rig.clock.advance_seconds(100 * 86_400);
    let plan = |days: u32| {
        let on = rig.app.now().today.days() + i32::try_from(days).unwrap();
        let due_on = verger_domain::time::Date::from_days(on).unwrap().to_string();
        json!({"tranche": tranche, "due_on": due_on, "rate_ppm": 30_000, "proof": pin()})
    };
    let wrong = rig.post(&rig.agent, "/credit/H001/plans", &plan(200));
    assert_eq!(wrong.outcome(), (422, "due_too_late".to_owned()));
    rig.post(&rig.agent, "/credit/H001/plans", &plan(90)).expect(200);
    let cash = json!({"amount_minor": 1_000, "shop": "SHOP"});
    rig.post(&rig.agent, "/credit/H001/repayments", &cash).expect(200);
    let number =
        rig.get(&rig.agent, "/credit/H001").expect(200).json()["events"].as_array().unwrap().len()
            - 1;
    let approved_by = rig.cast.staff[1].to_string();
    let reverse = json!({"number": number, "approved_by": approved_by, "reason": "keyed twice"});
    rig.post(&rig.staff, "/credit/H001/reversals", &reverse).expect(200);
    let rows = rig.get(&rig.agent, "/credit/H001").expect(200).json();
    assert_eq!(rows["events"][number]["is_reversed"], true);
    assert_eq!(rows["loans"][0]["status"], "restructured");
    let file = json!({"reason": "asked to", "marks": ["hold"], "other_debt_minor": 5});
    rig.post(&rig.staff, "/credit/H001/file", &file).expect(200);
    let asked = rig.post(&rig.agent, "/credit/H001/questions", &loan(1_000)).expect(200).json();
    assert_eq!(asked["decision"]["reasons"][0]["code"], "A21");
    let ideas = rig.get(&rig.agent, "/enterprises").expect(200).json();
    assert_eq!(ideas[0]["sensible_minor"], 80_000);
}

/// Goal: what a village adopts is what its loans are measured by, though the program started under
/// another policy.
#[test]
fn a_new_policy_measures_the_loans() {
    let rig = lending();
    draw(&rig, 10_000).expect(201);
    let provision = || {
        rig.get(&rig.staff, "/credit-portfolio").expect(200).json()["all"]["provision_minor"]
            .clone()
    };
    assert_eq!(provision(), 100);
    let mut policy = rig.app.policy().clone();
    policy.version += 1;
    for step in &mut policy.credit.provision {
        step.rate_ppm = step.rate_ppm.max(50_000);
    }
    policy.credit.enterprises.truncate(1);
    let [first, second] = rig.cast.staff;
    let command = Command {
        id: rig.app.new_id(),
        village: rig.cast.village,
        actor: Actor::Party(first),
        body: verger_domain::Body::AdoptPolicy { approved_by: second, policy: Box::new(policy) },
    };
    rig.app.submit_blocking(command).unwrap().accepted().unwrap();
    assert_eq!(provision(), 500);
    let known = rig.get(&rig.agent, "/enterprises").expect(200).json();
    assert_eq!(known.as_array().unwrap().len(), 1);
}

/// Goal: the household's own history and the console know of a draw that was declined, and of nobody
/// else's.
#[test]
fn a_declined_draw_is_remembered() {
    let rig = lending();
    draw(&rig, 20_000).expect(422);
    let decisions = |place: usize| {
        let history = rig.app.loan_history(rig.cast.village, rig.cast.households[place]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(history).unwrap().decisions
    };
    let told = decisions(0);
    assert_eq!((told.len(), told[0].asked_minor, told[0].is_question), (1, 20_000, false));
    assert!(!told[0].decision.is_granted);
    assert!(decisions(1).is_empty());
}

/// Goal: when too many loans of a village are late, each household reads that lending pauses, and
/// that it is not its fault. Method: the only loan is late beyond the brake.
#[test]
fn a_paused_village_is_explained() {
    let rig = lending();
    draw(&rig, 10_000).expect(201);
    let fact = json!({"fact": "identity", "document": "78".repeat(32)});
    rig.post(&rig.agent, "/parties/H002/facts", &fact).expect(200);
    let codes = || {
        let told = rig.get(&rig.agent, "/parties/H002/trust").expect(200).json();
        let codes: Vec<String> =
            told["reasons"].as_array().unwrap().iter().map(|r| r["code"].to_string()).collect();
        (told["limit"]["limit_minor"].as_i64().unwrap(), codes.concat())
    };
    let (before, why) = codes();
    assert!(before > 0 && !why.contains("VILLAGE_PAUSE"), "{before} {why}");
    rig.clock.advance_seconds(130 * 86_400);
    let (paused, why) = codes();
    assert!(paused == 0 && why.contains("VILLAGE_PAUSE"), "{paused} {why}");
}
