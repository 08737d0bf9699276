//! The catalogue over HTTP: a sheet comes in whole or not at all, people find things in three
//! languages, pictures come back without where they were taken.

use std::fmt::Write as _;
use std::io::Cursor;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Answer, TestApp};
use crate::stage::Stage;

const HEAD: &str =
    "code,name,name_latin,category,unit,price_minor,weight_g,class,seller,name_fr,photos";

fn send(rig: &TestApp, token: &str, path: &str, (kind, body): (&str, Vec<u8>)) -> Answer {
    let request = Request::post(format!("/api/v1/villages/1{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("accept-language", "en")
        .header("content-type", kind);
    rig.send(request.body(Body::from(body)).unwrap())
}

fn import(rig: &TestApp, token: &str, rows: &[&str], query: &str) -> Answer {
    let sheet = format!("{HEAD}\n{}\n", rows.join("\n"));
    send(rig, token, &format!("/catalogue/import{query}"), ("text/csv", sheet.into_bytes()))
}

fn counts(answer: &Value) -> (u64, u64, u64) {
    let count = |name: &str| answer[name].as_u64().unwrap();
    (count("new"), count("changed"), count("unchanged"))
}

const CHICK: &str = "chick,雏鸡,day-old chick,livestock,one,450,45,live,S1,poussin,";
const MAIZE: &str = "maize-50,玉米,maize 50 kg,feed,sack,13800,50000,7d,S1,maïs,\
    3333333333333333333333333333333333333333333333333333333333333333";

/// Goal: a sheet is tried, then brought in, once; the same sheet again changes nothing, a new
/// price is a change. Method: a dry run, the sheet, the sheet again, the sheet with a new price.
#[test]
fn a_sheet_comes_in_once() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let sheet = [CHICK, MAIZE];
    let tried = import(&rig, &stage.supplier, &sheet, "?dry_run=true").expect(200).json();
    assert_eq!((counts(&tried), &tried["is_dry_run"]), ((2, 0, 0), &true.into()));
    let nothing = rig.get(&stage.supplier, "/listings/chick");
    assert_eq!(nothing.status, 404, "a dry run leaves nothing");
    let done = import(&rig, &stage.supplier, &sheet, "").expect(200).json();
    assert_eq!(counts(&done), (2, 0, 0));
    let listing = rig.get(&stage.supplier, "/listings/chick").expect(200).json();
    assert_eq!((&listing["phase"], &listing["price_minor"]), (&"draft".into(), &450.into()));
    let again = import(&rig, &stage.supplier, &sheet, "").expect(200).json();
    assert_eq!(counts(&again), (0, 0, 2));
    let dearer = [&CHICK.replace("450", "480"), MAIZE];
    let changed = import(&rig, &stage.supplier, &dearer, "").expect(200).json();
    assert_eq!(counts(&changed), (0, 1, 1));
    assert_eq!(changed["rows"][0]["price_before_minor"], 450);
    let listing = rig.get(&stage.supplier, "/listings/chick").expect(200).json();
    assert_eq!(listing["price_minor"], 480);
}

/// Goal: with one wrong cell nothing is done, and every wrong cell is named with its row, column,
/// value and the nearest that would be right. Method: a sheet with three faults in two rows.
#[test]
fn one_wrong_cell_stops_a_sheet() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let wrong =
        ["dear,桃,peach,feed,sack,39.90,50000,7dd,S1,,", "no-one,桃,peach,feed,sack,1,1,7d,S9,,"];
    let answer = import(&rig, &stage.supplier, &[CHICK, wrong[0], wrong[1]], "").expect(422);
    let answer = answer.json();
    assert_eq!((&answer["code"], &answer["count"]), (&"sheet_invalid".into(), &3.into()));
    let problems: Vec<_> = answer["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["row"].as_u64().unwrap(), p["column"].as_str().unwrap()))
        .collect();
    assert_eq!(problems, [(3, "price_minor"), (3, "class"), (4, "seller")]);
    assert_eq!(answer["problems"][0]["value"], "39.90");
    assert_eq!(answer["problems"][1]["nearest"], "7d");
    assert!(answer["problems"][0]["message"].as_str().unwrap().contains("whole number"));
    assert_eq!(rig.get(&stage.supplier, "/listings/chick").status, 404, "nothing half done");
    // Who may not write a listing is told so for each row, and nothing is done either.
    let outcome = import(&rig, &stage.carrier, &[CHICK], "").expect(200).json();
    assert_eq!((counts(&outcome), &outcome["refused"]), ((0, 0, 0), &1.into()));
    assert_eq!(outcome["rows"][0]["refused"], "not_allowed");
    assert_eq!(rig.get(&stage.supplier, "/listings/chick").status, 404);
}

/// Goal: what is on sale is found by a word in any of the three languages, without a token; what
/// is a draft is not. Method: parts of names, with and without accents.
#[test]
fn goods_are_found_in_three_languages() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    import(&rig, &stage.supplier, &[MAIZE], "").expect(200);
    let find = |words: &str| -> Vec<String> {
        let mut address = "/api/v1/villages/1/catalogue/search?q=".to_owned();
        for byte in words.bytes() {
            write!(address, "%{byte:02x}").unwrap();
        }
        let answer = rig.page(&address);
        let items = answer.expect(200).json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(find("蜜桃"), ["box-hujing"]);
    assert_eq!(find("peaches"), ["box-hujing"]);
    assert_eq!(find("饲料"), ["feed-40"]);
    assert_eq!(find("玉米"), Vec::<String>::new(), "a draft is not on sale");
    let maize = rig.get(&stage.supplier, "/listings/maize-50").expect(200).json();
    let path = format!("/listings/{}", maize["id"].as_str().unwrap());
    rig.post(&stage.supplier, &path, &json!({"submit": {}})).expect(200);
    rig.post(&rig.staff, &path, &json!({"approve": {}})).expect(200);
    for words in ["玉米", "maize", "maïs", "mais", "MAÏS", "50 maize"] {
        assert_eq!(find(words), ["maize-50"], "{words}");
    }
    assert_eq!(find("dragon"), Vec::<String>::new());
}

/// A small JPEG whose metadata says where it was taken.
fn photo_with_a_place() -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(64, 48, |x, y| {
        image::Rgb([u8::try_from(x * 3).unwrap(), u8::try_from(y * 4).unwrap(), 90])
    });
    let mut plain = Vec::new();
    pixels.write_to(&mut Cursor::new(&mut plain), image::ImageFormat::Jpeg).unwrap();
    let note = b"Exif\0\0GPS 29.5N 109.3E";
    let length = u16::try_from(note.len() + 2).unwrap().to_be_bytes();
    // An APP1 segment right behind the start of the image.
    [&plain[..2], &[0xff, 0xe1], &length, note, &plain[2..]].concat()
}

/// Goal: a picture comes back under its digest, in two sizes, without its place, kept for ever;
/// what is no picture is refused with a reason. Method: one upload, both sizes, three bad files.
#[test]
fn pictures_lose_their_place() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let upload = photo_with_a_place();
    assert!(upload.windows(3).any(|part| part == b"GPS"));
    let stored = send(&rig, &stage.supplier, "/pictures", ("image/jpeg", upload.clone()));
    let stored = stored.expect(200).json();
    let digest = stored["digest"].as_str().unwrap();
    let again = send(&rig, &stage.supplier, "/pictures", ("image/jpeg", upload.clone()));
    assert_eq!(again.expect(200).json(), stored);
    for size in ["page", "thumb"] {
        let shown = rig.page(&format!("/pictures/1/{digest}/{size}.jpg")).expect(200);
        assert_eq!(shown.header("content-type"), "image/jpeg");
        assert!(shown.header("cache-control").contains("immutable"));
        assert!(image::load_from_memory(&shown.body).is_ok());
        assert!(!shown.body.windows(3).any(|part| part == b"GPS"), "{size}");
    }
    let half = upload[..upload.len() / 2].to_vec();
    let rows = [(b"not a picture".to_vec(), 415), (half, 422), (Vec::new(), 415)];
    for (bytes, status) in rows {
        let answer = send(&rig, &stage.supplier, "/pictures", ("image/jpeg", bytes));
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(!answer.json()["hint"].as_str().unwrap().is_empty());
    }
    assert_eq!(rig.page(&format!("/pictures/1/{}/page.jpg", "0".repeat(64))).status, 404);
    assert_eq!(rig.page(&format!("/pictures/1/{digest}/../../secret.jpg")).status, 404);
}
