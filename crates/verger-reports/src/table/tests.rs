//! What becomes of a table in a file.

use super::*;

/// Goal: a CSV file is read as it was meant, by programs and by spreadsheets.
/// Method: a table with every kind of cell, and texts that want to be formulas or to break out.
#[test]
fn csv_is_quoted_and_disarmed() {
    let day = "2026-07-20".parse().unwrap();
    let texts = ["=1+1", "+8613", "-2", "@sum", "a,b", "say \"hi\"\nnow", "桃"];
    let mut rows: Vec<Vec<Cell>> =
        texts.map(|text| vec![Cell::Text(text.to_owned()), Cell::Minor(-5)]).into();
    rows.push(vec![Cell::Day(day), Cell::Nothing]);
    rows.push(vec![Cell::At(Instant::from_micros(1_500_000)), Cell::Flag(true)]);
    rows.push(vec![Cell::Word("sale"), Cell::Number(7)]);
    let table = Table { columns: &["what", "amount_minor"], rows, totals: None };
    let wanted = "what,amount_minor\r\n'=1+1,-5\r\n'+8613,-5\r\n'-2,-5\r\n'@sum,-5\r\n\
                  \"a,b\",-5\r\n\"say \"\"hi\"\"\nnow\",-5\r\n桃,-5\r\n2026-07-20,\r\n\
                  1970-01-01T00:00:01.500000Z,true\r\nsale,7\r\n";
    assert_eq!(String::from_utf8(table.csv()).unwrap(), wanted);
    let object = serde_json::to_string(&table.objects()[1]).unwrap();
    assert!(object.contains("\"what\":\"+8613\""), "JSON is for programs: {object}");
    let back: Vec<csv::StringRecord> =
        csv::Reader::from_reader(wanted.as_bytes()).records().map(Result::unwrap).collect();
    assert_eq!(back.len(), 10);
    assert_eq!(&back[5][0], "say \"hi\"\nnow");
}

/// Goal: a workbook holds the report's numbers. Method: amounts to the fen, and that the file is
/// a ZIP with a sheet in it.
#[test]
fn workbooks_hold_the_numbers() {
    for (minor, number) in [(0, 0.0), (-5, -0.05), (123_456, 1234.56), (100, 1.0)] {
        assert!((decimal(minor, 100) - number).abs() < 1e-9, "{minor}");
    }
    let rows = vec![vec![Cell::Text("=1+1".to_owned()), Cell::Minor(-5), Cell::Nothing]];
    let table = Table { columns: &["what", "amount_minor", "none"], rows, totals: None };
    let bytes =
        sheet(&table, "a-name-that-is-longer-than-a-sheet-may-have", Currency::CNY).unwrap();
    assert!(bytes.starts_with(b"PK") && bytes.len() > 2_000, "{}", bytes.len());
}
