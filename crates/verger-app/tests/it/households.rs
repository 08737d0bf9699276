//! Households from a spreadsheet on both engines.

use verger_app::PartyFilter;
use verger_app::households::{Import, Reading, Wrong};
use verger_domain::id::VillageId;
use verger_domain::party::PartyKind;
use verger_sim::village::open_app;

use super::engines::Engines;

/// Goal: a list is seen before it is done, done once, and not at all with a wrong row.
/// Method: two villages in one list: without a county, dry, for real, again, and with a code that
/// somebody else has.
#[test]
fn a_list_of_households_is_imported_once() {
    let list = b"village,code,name,phone\n7,1001,Asha,feature\n7,1002,Ravi,\n8,1003,,smart\n";
    let county = Reading { county: Some("Tumkur".to_owned()), ..Reading::default() };
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let mut done = Vec::new();
        let mut import = |list: &[u8], reading: &Reading, is_dry_run| {
            let mut note = |count, total| done.push((count, total));
            app.import_households(list, reading, is_dry_run, &mut note).unwrap()
        };
        let refused = import(list, &Reading::default(), false);
        let wrongs: Vec<_> =
            refused.problems.iter().map(|problem| (problem.row, problem.wrong.clone())).collect();
        assert_eq!(wrongs, [(2, Wrong::NoSuchVillage), (4, Wrong::NoSuchVillage)], "{name}");
        let villages = [7, 8].map(VillageId::new).into();
        let wanted = Import { villages, new: 3, ..Import::default() };
        assert_eq!(import(list, &county, true), wanted);
        assert!(app.villages().is_empty());
        assert_eq!(import(list, &county, false), wanted);
        let again = Import { unchanged: 3, ..Import::default() };
        assert_eq!(import(list, &county, false), again);
        let taken = import(b"village,code\n7,1001-1\n7,1004\n", &county, false);
        let wrong = Wrong::CodeTaken(PartyKind::Member.name());
        assert_eq!(taken.problems.first().map(|problem| problem.wrong.clone()), Some(wrong));
        let village = VillageId::new(7);
        let counts = app.ask_blocking(village, move |reader, cell| {
            let mut count = |kind| reader.party_count(cell, village, kind);
            let counts = (count(PartyKind::Household)?, count(PartyKind::Member)?);
            Ok((counts, reader.household_sizes(cell, village)?))
        });
        // Everybody is called what his profile says.
        let called = app.ask_blocking(village, move |reader, cell| {
            let views = reader.parties(cell, village, &PartyFilter::default(), 100)?;
            let ids: Vec<_> = views.iter().map(|view| view.party.id).collect();
            Ok((views, reader.names(cell, &ids)?))
        });
        let (views, mut called) = called.unwrap();
        for view in views {
            let (named, profile) = (called.remove(&view.party.id).unwrap(), view.profile);
            let names = profile.map(|profile| (profile.name, profile.name_latin));
            let code = view.party.code.to_string();
            let wanted = names.unwrap_or_else(|| (code.clone(), code.clone()));
            assert_eq!((named.code, (named.name, named.name_latin)), (code, wanted));
        }
        assert!(called.is_empty(), "nobody else is named");
        let (counts, sizes) = counts.unwrap();
        assert_eq!(counts, (2, 2));
        let people: i64 = sizes.iter().map(|(size, households)| size * households).sum();
        assert_eq!((sizes.values().sum::<i64>(), people), counts, "sizes sum to what there is");
        assert_eq!(done, [(5, 5)], "three households and two villages, told as they come");
        app.close();
        let report = verger_app::check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{:?}", report.differences);
    }
}
