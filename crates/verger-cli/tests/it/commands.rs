//! The commands of the program, run as a person runs them.

use std::path::{Path, PathBuf};

use verger_domain::ledger::period::Safeguarding;
use verger_sim::temp::TempFolder;
use verger_store::{Location, Store};

use crate::process::{Server, errors, run, text};

fn data(folder: &TempFolder) -> String {
    folder.path().join("data").display().to_string()
}

/// Goal: the demo plays, its books are green, a second time changes nothing, and the same plan
/// gives the same chain everywhere.
/// Method: two folders, one of them twice; compare the JSON.
#[test]
fn the_demo_plays_the_same_season_everywhere() {
    let folder = TempFolder::new().unwrap();
    let chain = |data: &str| {
        let loaded =
            run(&["demo", "--orders", "60", "--no-serve", "--format", "json", "--data", data]);
        assert!(loaded.status.success(), "{}", errors(&loaded));
        let json: serde_json::Value = serde_json::from_str(&text(&loaded)).unwrap();
        assert_eq!(json["green"], true);
        // The forged orders come on top of the plan.
        let forged = json["forged"].as_u64().unwrap();
        assert_eq!(
            (json["orders"].as_u64(), &json["forged_points"]),
            (Some(60 + forged), &0.into())
        );
        assert_eq!(json["pools"], 4);
        json["chain"].as_str().unwrap().to_owned()
    };
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name).display().to_string());
    assert_eq!(chain(&one), chain(&two));
    let again = run(&["demo", "--orders", "60", "--no-serve", "--data", &one]);
    assert!(again.status.success() && text(&again).is_empty(), "{}", text(&again));
    let checked = run(&["check", "--data", &one, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text(&checked)).unwrap();
    assert_eq!((json["green"].as_bool(), json["villages"].as_u64()), (Some(true), Some(1)));
    // What is owed to people is there (I-3).
    let store = Store::new(Location::Folder(Path::new(&one).to_owned()));
    let mut reader = store.reader().unwrap();
    let (village, cell) = reader.routes().unwrap().pop_first().unwrap();
    let money = Safeguarding::of(&reader.trial_balance(cell, village).unwrap());
    assert!(money.is_covered() && money.owed_minor > 0, "{money:?}");
}

/// Goal: archives and moves work from the command line, and each refusal is told clearly.
/// Method: back up the demo, restore it elsewhere, move the village, check; then the wrong ways.
#[test]
fn archives_and_moves_from_the_command_line() {
    let folder = TempFolder::new().unwrap();
    let (here, there) = (data(&folder), folder.path().join("there").display().to_string());
    assert!(run(&["demo", "--orders", "60", "--no-serve", "--data", &here]).status.success());
    let archive = folder.path().join("archive").display().to_string();
    let backup = run(&["backup", &archive, "--data", &here]);
    assert!(backup.status.success(), "{}", errors(&backup));
    let twice = run(&["backup", &archive, "--data", &here]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(errors(&twice).contains("exists already"), "{}", errors(&twice));
    let restored = run(&["restore", &archive, "--data", &there]);
    assert!(restored.status.success(), "{}", errors(&restored));
    let refused = run(&["restore", &archive, "--data", &there]);
    assert!(errors(&refused).contains("--force"), "{}", errors(&refused));
    assert!(run(&["restore", &archive, "--force", "--data", &there]).status.success());
    let moved = run(&["village", "move", "1", "--to", "5", "--data", &there]);
    assert!(moved.status.success(), "{}", errors(&moved));
    assert!(text(&run(&["village", "list", "--data", &there])).contains("TJZ"));
    assert_eq!(run(&["check", "--data", &there]).status.code(), Some(0));
    let no_cell = run(&["village", "move", "1", "--to", "99", "--data", &there]);
    assert!(errors(&no_cell).contains("0 to 31"), "{}", errors(&no_cell));
    let token = ["token", "issue", "--village", "1", "--party", "A2", "--data", &there];
    let issued = run(&[&token[..], &["--scope", "read"]].concat());
    assert!(text(&issued).starts_with("vgr_1_"), "{}", errors(&issued));
    let wrong = run(&[&token[..], &["--scope", "everything"]].concat());
    assert!(errors(&wrong).contains("cash.write"), "{}", errors(&wrong));
}

/// Goal: households and goods come in from spreadsheets, with a dry run first and each wrong row told.
/// Method: two households, dry and for real; a list with a wrong row; goods of the demo's shop.
#[test]
fn spreadsheets_are_imported() {
    let folder = TempFolder::new().unwrap();
    let here = data(&folder);
    assert!(run(&["demo", "--orders", "20", "--no-serve", "--data", &here]).status.success());
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let import = |args: &[&str]| {
        let output = run(&[&["import"], args, &["--format", "json", "--data", &here]].concat());
        let json: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
        (output.status.code(), json)
    };
    let list = file("list.csv", "hh,village\n1001,7\n1002,7\n");
    let households =
        ["households", &list, "--column", "code=hh", "--county", "Tumkur", "--dry-run"];
    let (code, dry) = import(&households);
    assert_eq!((code, &dry["new"], &dry["villages_new"]), (Some(0), &2.into(), &1.into()));
    let (code, done) = import(&households[..6]);
    assert_eq!((code, &done["new"]), (Some(0), &2.into()));
    let (_, again) = import(&households[..6]);
    assert_eq!((&again["new"], &again["unchanged"]), (&0.into(), &2.into()));
    let wrong = file("wrong.csv", "code\n1 1\n1003\n");
    let (code, told) = import(&["households", &wrong, "--village", "7"]);
    assert_eq!((code, &told["problems"][0]["row"]), (Some(1), &2.into()));
    let goods = "code,name,name_latin,category,unit,price_minor,weight_g,class,seller\n\
                 TEA-1,茶,Tea,food,1,4500,250,food,COOP\n";
    let goods = file("goods.csv", goods);
    let (code, done) = import(&["goods", &goods, "--village", "1", "--party", "A1"]);
    assert_eq!((code, &done["new"]), (Some(0), &1.into()), "{done}");
}

/// Goal: a changed byte of a file gives exit code 3 and names the record.
/// Method: change one letter of a payload in the closed file.
#[test]
fn check_finds_a_changed_file() {
    let folder = TempFolder::new().unwrap();
    let here = data(&folder);
    assert!(run(&["demo", "--orders", "60", "--no-serve", "--data", &here]).status.success());
    let file = Path::new(&here).join("verger.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    let word = b"opening.fund";
    let place = bytes.windows(word.len()).position(|window| window == word).unwrap();
    bytes[place] = b'O';
    std::fs::write(&file, bytes).unwrap();
    let checked = run(&["check", "--data", &here]);
    assert_eq!(checked.status.code(), Some(3), "{}", errors(&checked));
    assert!(text(&checked).contains("does not match its hash"), "{}", text(&checked));
}

/// Goal: settings come from flag, environment, file and default, in this order, and say so.
/// Method: `config show` with each; an unknown key and a wrong policy are told with their names.
#[test]
fn settings_say_where_they_come_from() {
    let folder = TempFolder::new().unwrap();
    let file = folder.path().join("verger.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:9001\"\ndata = \"from-file\"\n").unwrap();
    let config = file.display().to_string();
    let shown = |args: &[&str]| {
        let output = run(&[&["config", "show", "--format", "json"], args].concat());
        assert!(output.status.success(), "{}", errors(&output));
        let json: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
        json["settings"].as_array().unwrap().clone()
    };
    let find = |rows: &[serde_json::Value], name: &str| {
        let row = rows.iter().find(|row| row["setting"] == name).unwrap().clone();
        (row["value"].as_str().unwrap().to_owned(), row["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(find(&shown(&[]), "listen").1, "default");
    let rows = shown(&["--config", &config]);
    assert_eq!(find(&rows, "listen"), ("127.0.0.1:9001".to_owned(), format!("file {config}")));
    let rows = shown(&["--config", &config, "--listen", "127.0.0.1:9002"]);
    assert_eq!(find(&rows, "listen"), ("127.0.0.1:9002".to_owned(), "command line".to_owned()));
    std::fs::write(&file, "listten = \"x\"\n").unwrap();
    let wrong = run(&["config", "show", "--config", &config]);
    assert!(errors(&wrong).contains("listten"), "{}", errors(&wrong));
    let policy = folder.path().join("policy.toml");
    let shipped = verger_domain::policy::SHIPPED_TOML;
    std::fs::write(&policy, shipped.replace("pin_tries_max = 5", "pin_tries_max = 0")).unwrap();
    let policy = policy.display().to_string();
    let wrong = run(&["config", "show", "--policy", &policy]);
    assert!(errors(&wrong).contains("till.pin_tries_max"), "{}", errors(&wrong));
    assert_eq!(run(&["no-such-command"]).status.code(), Some(2));
}

/// Goal: what the program prints about itself is complete: help, manual, completions, OpenAPI.
/// Method: each once; look for what must be in it.
#[test]
fn the_program_describes_itself() {
    assert!(text(&run(&["--help"])).contains("Examples:"));
    assert!(text(&run(&["man"])).contains(".TH verger"));
    assert!(text(&run(&["completions", "bash"])).contains("_verger"));
    let openapi: serde_json::Value = serde_json::from_str(&text(&run(&["openapi"]))).unwrap();
    assert!(openapi["paths"].as_object().unwrap().len() > 10);
}

/// Goal: every golden vector of credit passes through the command line.
/// Method: the project's copy of the file, on SQLite.
#[test]
fn the_golden_vectors_pass() {
    let output = run(&["vectors", "credit", &golden().display().to_string()]);
    assert_eq!(text(&output), "29 passed, 0 failed\n");
    assert!(output.status.success());
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/credit.json")
}

/// Goal: the same vectors come to the same on PostgreSQL.
/// Method: a database of a throw-away server for each vector.
#[test]
fn the_golden_vectors_pass_on_postgres() {
    let Some(server) = super::crash::server() else { return };
    let engine = verger_sim::vectors::Engine::Postgres(&server);
    let outcome = verger_sim::vectors::run(engine, &golden(), &mut |_, _| ()).unwrap();
    assert_eq!((outcome.passed, outcome.failures), (29, Vec::new()));
}

/// Goal: the golden vectors of the trust index pass through the command line, to the grain.
#[test]
fn the_golden_vectors_of_trust_pass() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/trust.json");
    let output = run(&["vectors", "trust", &file.display().to_string()]);
    assert_eq!(text(&output).lines().last(), Some("37 passed, 0 failed"), "{}", text(&output));
    assert!(output.status.success());
}

/// Goal: the server stops well when asked, and the next start finds its books at once.
/// Method: SIGTERM with an idle connection open.
#[test]
fn the_server_stops_when_asked() {
    let folder = TempFolder::new().unwrap();
    let here = data(&folder);
    assert!(run(&["demo", "--orders", "60", "--no-serve", "--data", &here]).status.success());
    let server = Server::start(Path::new(&here), None);
    let idle = std::net::TcpStream::connect(server.address).unwrap();
    let locked = run(&[
        "token",
        "issue",
        "--village",
        "1",
        "--party",
        "A2",
        "--scope",
        "read",
        "--data",
        &here,
    ]);
    assert!(errors(&locked).contains("stop it first"), "{}", errors(&locked));
    assert!(server.stop());
    drop(idle);
    assert_eq!(run(&["check", "--data", &here]).status.code(), Some(0));
}

/// Goal: a file of operations is replayed through the command line, and a wrong line is named.
#[test]
fn a_file_of_operations_is_replayed() {
    let folder = TempFolder::new().unwrap();
    let file = folder.path().join("ops.jsonl");
    let header = concat!(
        r#"{"unit_minor":10000,"seeds":["coop0"],"members":["m0"],"#,
        r#""batch_every_days":7,"horizon_day":30}"#
    );
    let sale = r#"{"day":8,"op":"coop","member":"m0","counterparty":"coop0","value":20000}"#;
    std::fs::write(&file, format!("{header}\n{sale}\n")).unwrap();
    let output = run(&["trust", "replay", &file.display().to_string()]);
    let found: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
    // 56 points and a half, less a thirty-second part.
    assert_eq!(found["m0"]["points"], 54, "{found}");
    assert_eq!(found["m0"]["reason"], "level");
    std::fs::write(&file, format!("{header}\nnonsense\n")).unwrap();
    let output = run(&["trust", "replay", &file.display().to_string()]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2"), "{output:?}");
}

/// Goal: three households of the demo read why they stand where they stand, each in its language,
/// and the night's batch runs from the command line.
#[test]
fn demo_households_read_their_trust() {
    let folder = TempFolder::new().unwrap();
    let here = data(&folder);
    let demo = ["demo", "--no-serve", "--orders", "60", "--data", &here];
    assert!(run(&demo).status.success());
    let batch = text(&run(&["trust", "batch", "--data", &here]));
    assert!(batch.contains("new"), "{batch}");
    for (member, language, word) in
        [("H001", "zh-CN", "信任"), ("H002", "fr", "Confiance"), ("H003", "en", "Trust")]
    {
        let slip = run(&["trust", "explain", member, "--language", language, "--data", &here]);
        let slip = text(&slip);
        println!("{slip}");
        assert!(slip.starts_with(&format!("{word} {member}")), "{slip}");
        assert!(!slip.contains('['), "a text is missing: {slip}");
    }
}
