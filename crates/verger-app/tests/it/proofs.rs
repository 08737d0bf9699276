//! Proof by PIN: right, wrong, locked, and never by an agent (I-11).

use verger_app::clock::Clock;
use verger_app::{App, AppError};
use verger_domain::id::{PartyId, VillageId};
use verger_domain::refusal::TillRefusal;
use verger_domain::{Body, Refusal};
use verger_sim::village::{Cast, accept, open_app, settle};

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);

fn prove(app: &App, member: PartyId, pin: &str) -> Result<verger_domain::Proof, AppError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(app.prove_by_pin(VILLAGE, member, pin))
}

fn with_pin(app: &App, cast: &Cast) -> PartyId {
    let member = cast.members[0];
    let pin = app.new_pin(member, "135790").unwrap();
    accept(app, cast.by_staff("pin", Body::SetPin { member, pin, proof: None })).unwrap();
    member
}

/// Goal: five wrong PINs lock for a quarter of an hour, durably; the right one works before and
/// after, and not in between.
/// Method: wrong tries on a real hash, a restart, and a clock that is moved.
#[test]
fn wrong_pins_lock_across_a_restart() {
    let mut engines = Engines::start();
    let store = engines.sqlite();
    let (app, clock) = open_app(store.clone()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 2).unwrap();
    let member = with_pin(&app, &cast);
    assert!(prove(&app, member, "135790").is_ok());
    for tries_left in [4, 3, 2, 1] {
        let wrong = prove(&app, member, "000000");
        let wanted = Refusal::Till(TillRefusal::WrongPin { tries_left });
        assert!(
            matches!(&wrong, Err(AppError::Refused(refusal)) if *refusal == wanted),
            "{wrong:?}"
        );
    }
    let is_locked = |answer: &Result<_, AppError>| {
        matches!(answer, Err(AppError::Refused(Refusal::Till(TillRefusal::PinLocked { .. }))))
    };
    assert!(is_locked(&prove(&app, member, "000000")));
    assert!(is_locked(&prove(&app, member, "135790")), "locked for the right PIN too");
    app.close();
    let (app, _) = open_app(store).unwrap();
    assert!(is_locked(&prove(&app, member, "135790")), "locked after a restart");
    app.close();
    clock.advance_seconds(15 * 60);
    let store = app.store().clone();
    drop(app);
    let app = verger_sim::village::open_app_at(store, &clock, |config| config).unwrap();
    assert!(clock.now() > verger_domain::time::Instant::from_micros(0));
    assert!(prove(&app, member, "135790").is_ok());
    app.close();
}

/// Goal: no agent can consent for a household (I-11): without the member's PIN no cash leaves a
/// wallet, and no agent can set a first PIN.
/// Method: an agent with another household's proof, and an agent who sets a PIN.
#[test]
fn no_agent_consents_for_a_household() {
    let mut engines = Engines::start();
    let (app, _) = open_app(engines.sqlite()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 2).unwrap();
    let member = with_pin(&app, &cast);
    accept(&app, cast.cash_in("in", 1, 1000)).unwrap();
    let proof = prove(&app, member, "135790").unwrap();
    let (shop, wallet) = (cast.shop, cast.households[1]);
    let out = Body::CashOut { amount_minor: 100, proof, shop, wallet };
    let refused = app.submit_blocking(cast.by_agent("another's", out)).unwrap();
    assert_eq!(refused.record.refusal, Some(Refusal::Till(TillRefusal::ProofNotTheirs)));
    let other = cast.members[1];
    let pin = app.new_pin(other, "111111").unwrap();
    let set = Body::SetPin { member: other, pin, proof: None };
    let refused = app.submit_blocking(cast.by_agent("set", set)).unwrap();
    assert_eq!(refused.record.refusal.as_ref().map(Refusal::code).as_deref(), Some("not_allowed"));
    assert!(matches!(prove(&app, other, "111111"), Err(AppError::NotFound { .. })));
    app.close();
}

/// Goal: neither a PIN nor its hash nor a name ever reaches the journal.
/// Method: look for them in every payload of a village where they were used.
#[test]
fn the_journal_holds_no_pin_and_no_name() {
    let mut engines = Engines::start();
    let (app, _) = open_app(engines.sqlite()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 2).unwrap();
    with_pin(&app, &cast);
    let rows = app.ask_blocking(VILLAGE, |reader, cell| reader.journal(cell, 0, 1000)).unwrap();
    assert!(rows.len() > 10);
    for row in rows {
        let payload = String::from_utf8(row.payload).unwrap();
        for secret in ["135790", "argon2", "某"] {
            assert!(!payload.contains(secret), "{payload}");
        }
    }
    app.close();
}
