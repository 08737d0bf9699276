//! The catalogue's import on both engines: what it says, what it does, and that doing it again does
//! nothing; and the search.

use verger_app::App;
use verger_app::catalogue::{Change, Import, What};
use verger_domain::Body;
use verger_domain::id::VillageId;
use verger_domain::market::command::ListingCommand;
use verger_domain::market::{Listing, ListingPhase};
use verger_sim::village::{Cast, accept, open_app, settle};

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);

const HEAD: &str = "code,name,name_latin,category,unit,price_minor,weight_g,class,seller,stock,\
                    name_fr,packaging_minor,photos";
const PEACH: &str = "box-1,湖景蜜桃礼盒,Hujing peach box,fruit,2.5 kg,3990,2500,perishable,COOP,40,\
                     caisse de pêches,450,\
                     0707070707070707070707070707070707070707070707070707070707070707";
const FEED: &str = "feed-40,小鸡开口料,chick starter feed,feed,bag,9800,40000,7d,S1,,aliment,,";

fn sheet(rows: &[&str]) -> String {
    let mut text = HEAD.to_owned();
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text
}

fn import(app: &App, cast: &Cast, text: &str, is_dry_run: bool) -> Import {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let who = (VILLAGE, cast.agent);
    runtime.block_on(app.import_catalogue(who, text.as_bytes(), is_dry_run)).unwrap()
}

fn changes(import: &Import) -> Vec<Change> {
    assert!(import.rows.iter().all(|row| row.refusal.is_none()), "{import:?}");
    import.rows.iter().map(|row| row.change).collect()
}

fn last_seq(app: &App) -> u64 {
    app.ask_blocking(VILLAGE, |reader, cell| Ok(reader.head(cell)?.seq)).unwrap()
}

fn listings(app: &App) -> Vec<Listing> {
    let all = app.ask_blocking(VILLAGE, |reader, cell| {
        let phases = ListingPhase::ALL.map(ListingPhase::name);
        reader.documents::<Listing>(cell, VILLAGE, &phases, 100)
    });
    let mut all = all.unwrap();
    all.sort_by(|a, b| a.code.cmp(&b.code));
    all
}

/// Goal: a sheet becomes drafts, a changed one edits and prices, and the same one again does
/// nothing at all, also when its answer was lost.
/// Method: dry runs and real ones on both engines; the journal's length tells what was done.
#[test]
fn a_sheet_is_brought_in_once() {
    let mut engines = Engines::start();
    for (engine, store) in engines.stores() {
        let (app, _) = open_app(store).unwrap();
        let cast = settle(&app, VILLAGE, "county", 1).unwrap();
        let (first, start) = (sheet(&[PEACH, FEED]), last_seq(&app));
        let told = import(&app, &cast, &first, true);
        assert_eq!(changes(&told), [Change::New, Change::New], "{engine}");
        assert_eq!(last_seq(&app), start, "a dry run does nothing");
        assert_eq!(import(&app, &cast, &first, false), told, "{engine}");
        assert_eq!(last_seq(&app), start + 2);
        let [peach, feed] = listings(&app).try_into().unwrap();
        assert_eq!((peach.price_minor, peach.stock.unwrap().on_hand), (3_990, 40));
        assert_eq!(peach.text.names["fr"], "caisse de pêches");
        assert_eq!((peach.text.packaging_minor, peach.text.photos.len()), (450, 1));
        assert_eq!((feed.stock, feed.text.seller), (None, cast.supplier));
        let again = import(&app, &cast, &first, false);
        assert_eq!(changes(&again), [Change::Unchanged; 2], "{engine}");
        assert_eq!(last_seq(&app), start + 2, "the same sheet does nothing");

        let second = sheet(&[
            &PEACH.replace("3990", "4200").replace("礼盒", "大礼盒"),
            &FEED.replace("9800", "9900"),
            "oil-5,菜籽油,rapeseed oil,household,5 L,6500,5000,food,S1,,,,",
        ]);
        let done = import(&app, &cast, &second, false);
        assert_eq!(changes(&done), [Change::PriceAndText, Change::Price, Change::New]);
        assert_eq!(
            (done.rows[0].price_before_minor, done.rows[0].price_minor),
            (Some(3_990), 4_200)
        );
        assert_eq!(last_seq(&app), start + 6, "{engine}: two, one and one");
        // Back to the first sheet is a change again, although its commands were sent before.
        let back = import(&app, &cast, &first, false);
        assert_eq!(changes(&back), [Change::PriceAndText, Change::Price], "{engine}");
        assert_eq!(listings(&app)[0].price_minor, 3_990);
        app.close();
    }
}

/// Goal: one wrong cell and nothing is done; every problem is told with the nearest right value.
/// Method: rows that are right by themselves and do not fit the village.
#[test]
fn a_wrong_sheet_does_nothing() {
    let mut engines = Engines::start();
    let (app, _) = open_app(engines.sqlite()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 1).unwrap();
    import(&app, &cast, &sheet(&[PEACH]), false);
    let id = listings(&app)[0].id;
    let wish = |command| Body::Listing { command, listing: id, version: None };
    accept(&app, cast.by_agent("submit", wish(ListingCommand::Submit))).unwrap();
    accept(&app, cast.by_staff("approve", wish(ListingCommand::Approve))).unwrap();
    accept(&app, cast.by_agent("end", wish(ListingCommand::End))).unwrap();
    import(&app, &cast, &sheet(&[FEED]), false);
    let before = last_seq(&app);
    let text = sheet(&[
        "new-1,桃,peach,fruit,box,100,1,food,COOP,,,,",
        "new-2,桃,peach,fruit,box,100,1,food,CO-OP,,,,",
        "new-3,桃,peach,fruit,box,100,1,food,S1,,,5,",
        &FEED.replace("S1", "COOP"),
        PEACH,
        "new-4,桃,peach,fruit,box,1.5,1,food,COOP,,,,",
    ]);
    let told = import(&app, &cast, &text, false);
    let problems: Vec<_> =
        told.problems.iter().map(|p| (p.row, p.what, p.nearest.as_deref().unwrap())).collect();
    let wanted = [
        (3, What::NoSuchSeller, "COOP"),
        (4, What::PackagingNotPaid, "0"),
        (5, What::OtherSeller, "S1"),
        (6, What::Ended, "box-1-2"),
        (7, What::NotWhole, "150"),
    ];
    assert_eq!(problems, wanted);
    assert_eq!(changes(&told), [Change::New], "what is right is told, too");
    assert_eq!(last_seq(&app), before, "and nothing is done");
    app.close();
}

/// Goal: what a party may not do is refused row by row, under its own name.
#[test]
fn an_import_acts_for_its_party() {
    let mut engines = Engines::start();
    let (app, _) = open_app(engines.sqlite()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 1).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let text = sheet(&[PEACH, FEED]);
    let done = app.import_catalogue((VILLAGE, cast.supplier), text.as_bytes(), false);
    let done = runtime.block_on(done).unwrap();
    let refused: Vec<bool> = done.rows.iter().map(|row| row.refusal.is_some()).collect();
    assert_eq!(refused, [true, false], "a supplier writes down his own goods alone");
    app.close();
}

/// Goal: what is on sale is found in each language and by its code; what is not on sale is not.
#[test]
fn what_is_on_sale_is_found() {
    let mut engines = Engines::start();
    let (app, _) = open_app(engines.sqlite()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 1).unwrap();
    import(&app, &cast, &sheet(&[PEACH, FEED]), false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let find = |query: &str| -> Vec<String> {
        let found = app.search_catalogue(VILLAGE, query.to_owned(), 10);
        let found = runtime.block_on(found).unwrap();
        found.into_iter().map(|listing| listing.code.to_string()).collect()
    };
    assert_eq!(find("桃"), [""; 0], "drafts are not on sale");
    let id = listings(&app)[0].id;
    let wish = |command| Body::Listing { command, listing: id, version: None };
    accept(&app, cast.by_agent("submit", wish(ListingCommand::Submit))).unwrap();
    accept(&app, cast.by_staff("approve", wish(ListingCommand::Approve))).unwrap();
    for query in ["蜜桃", "peche", "PEACHES", "box-1", "fruit"] {
        assert_eq!(find(query), ["box-1"], "{query}");
    }
    assert_eq!(find("feed"), [""; 0]);
    app.close();
}

/// Goal: a large sheet and a search in it take little time. Method: `VERGER_BENCH_ROWS` rows (few
/// by default), printed.
#[test]
#[expect(clippy::disallowed_methods, reason = "this is the one test that measures")]
fn a_large_sheet_is_quick() {
    let count: usize =
        std::env::var("VERGER_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(50);
    let mut engines = Engines::start();
    let (app, _) = open_app(engines.sqlite()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 1).unwrap();
    let row = |n: usize| PEACH.replace("box-1", &format!("box-{n}"));
    let rows: Vec<String> = (0..count).map(row).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let text = sheet(&rows);
    for (what, is_dry_run) in [("dry run", true), ("import", false), ("again", false)] {
        let start = std::time::Instant::now();
        let done = import(&app, &cast, &text, is_dry_run);
        println!("{what} of {count} rows: {:?}", start.elapsed());
        assert!(done.problems.is_empty() && done.rows.len() == count);
    }
    for listing in listings_up_to(&app, count) {
        let wish = |command| Body::Listing { command, listing: listing.id, version: None };
        let (submit, approve) = (wish(ListingCommand::Submit), wish(ListingCommand::Approve));
        let sent = [
            app.send(cast.by_agent(&format!("submit {}", listing.code), submit)).unwrap(),
            app.send(cast.by_staff(&format!("approve {}", listing.code), approve)).unwrap(),
        ];
        for pending in sent {
            pending.wait().unwrap().accepted().unwrap();
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let best = (0..5).map(|_| {
        let start = std::time::Instant::now();
        let found = runtime.block_on(app.search_catalogue(VILLAGE, "蜜桃 box".to_owned(), 20));
        assert_eq!(found.unwrap().len(), 20);
        start.elapsed()
    });
    println!("search among {count}: {:?}", best.min().unwrap());
    app.close();
}

fn listings_up_to(app: &App, count: usize) -> Vec<Listing> {
    let limit = u32::try_from(count).unwrap();
    let all = app.ask_blocking(VILLAGE, move |reader, cell| {
        reader.documents::<Listing>(cell, VILLAGE, &[ListingPhase::Draft.name()], limit)
    });
    all.unwrap()
}
