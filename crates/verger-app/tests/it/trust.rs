//! Trust on both engines: the same trade gives the same points, lines and explanations, and the
//! journal says the same once more.

use std::collections::BTreeMap;

use verger_app::weigher::Weigher;
use verger_app::{EntryCursor, Reader, check};
use verger_domain::codec;
use verger_domain::id::{PartyId, VillageId};
use verger_domain::trust::TrustRow;
use verger_sim::market_load::{STEPS, Stand};
use verger_sim::village::open_app;

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);

/// Everything that trust keeps of a village, and the lines that say why.
type Kept = (BTreeMap<PartyId, TrustRow>, BTreeMap<PartyId, Vec<String>>);

fn kept(app: &verger_app::App) -> Kept {
    app.ask_blocking(VILLAGE, |reader: &mut Reader, cell| {
        let rows: BTreeMap<_, _> = reader.trust_of_village(cell, VILLAGE)?.into_iter().collect();
        let mut lines = BTreeMap::new();
        for party in rows.keys() {
            let of_party = reader.trust_lines(cell, *party, None, 1_000)?;
            // A list that goes on leaves nothing out and says nothing twice.
            let (mut paged, mut before) = (Vec::new(), None);
            loop {
                let page = reader.trust_lines(cell, *party, before, 7)?;
                let Some(last) = page.last() else { break };
                before = Some(EntryCursor { seq: last.seq, leg: last.number });
                paged.extend(page);
            }
            assert_eq!(paged, of_party);
            lines.insert(*party, of_party.iter().map(|line| format!("{line:?}")).collect());
        }
        Ok((rows, lines))
    })
    .unwrap()
}

/// Goal: a replay of the same commands gives the same points on SQLite and on PostgreSQL, to the
/// grain, and the check recomputes them from the journal.
/// Method: thirty whole orders on each; rows, lines, payments and explanations compared.
#[test]
fn both_engines_give_the_same_points() {
    let mut engines = Engines::start();
    let mut found = Vec::new();
    for (name, store) in engines.stores() {
        let (app, _clock) = open_app(store.clone()).unwrap();
        let stand = Stand::build(&app, VILLAGE, (7, 100)).unwrap();
        for number in 1..=30 {
            for step in 0..STEPS {
                let command = stand.command(stand.whole(number), step);
                app.submit_blocking(command).unwrap().accepted().unwrap();
            }
        }
        let kept = kept(&app);
        let counted = kept.1.values().flatten().count();
        assert!(counted >= 30, "{name}: {counted} lines");
        let payments = app
            .ask_blocking(VILLAGE, |reader: &mut Reader, cell| {
                reader.trust_payments(cell, VILLAGE, 0)
            })
            .unwrap();
        assert!(payments.len() >= 30, "{name}: {} payments", payments.len());
        let households: Vec<PartyId> = kept.0.keys().copied().collect();
        let explained: Vec<_> = households
            .iter()
            .filter_map(|party| app.trust_blocking(VILLAGE, *party).ok())
            .map(|trust| format!("{:?}", trust.explanation))
            .collect();
        assert!(!explained.is_empty(), "{name}: nobody was explained");
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
        let all = format!("{kept:?} {payments:?} {explained:?}");
        found.push((name, codec::to_hex(&codec::sha256(all.as_bytes()))));
    }
    let first = &found[0].1;
    assert!(found.iter().all(|(_, digest)| digest == first), "{found:?}");
}

/// Goal: the night's batch runs once a day on both engines, is in force at once, forgets nothing it
/// has seen, and finds the same with and without its memory.
/// Method: orders on three days; one weigher that lives through them, a fresh one each day.
#[test]
fn the_nights_batch_runs_once() {
    let mut engines = Engines::start();
    let mut found = Vec::new();
    for (name, store) in engines.stores() {
        let (app, clock) = open_app(store.clone()).unwrap();
        let stand = Stand::build(&app, VILLAGE, (7, 100)).unwrap();
        let mut living = Weigher::default();
        let mut number = 0;
        for day in 1..=3 {
            for _ in 0..4 {
                number += 1;
                for step in 0..STEPS {
                    let command = stand.command(stand.whole(number), step);
                    app.submit_blocking(command).unwrap().accepted().unwrap();
                }
            }
            clock.advance_seconds(86_400);
            let (row, is_new) = living.run(&app, VILLAGE).unwrap().unwrap();
            assert_eq!((row.number, is_new), (day, true), "{name}");
            let again = living.run(&app, VILLAGE).unwrap();
            assert_eq!(again, Some((row, false)), "{name}: a day has one batch");
        }
        let kept_of = |weigher: &mut Weigher| {
            clock.advance_seconds(86_400);
            let (row, is_new) = weigher.run(&app, VILLAGE).unwrap().unwrap();
            assert!(is_new, "{name}");
            app.ask_blocking(VILLAGE, move |reader: &mut Reader, cell| {
                reader.trust_weights(cell, VILLAGE, row.number)
            })
            .unwrap()
        };
        let weights = kept_of(&mut living);
        assert!(!weights.is_empty(), "{name}: nobody was weighed");
        assert_eq!(weights, kept_of(&mut Weigher::default()), "{name}: a fresh one finds the same");
        found.push(weights);
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
    }
    found.dedup();
    assert_eq!(found.len(), 1, "the engines differ: {found:?}");
}
