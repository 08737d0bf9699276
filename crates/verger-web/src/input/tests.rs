//! What requests bring, read from outside.

use super::*;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    #[expect(dead_code, reason = "only its form is tested")]
    amount_minor: i64,
    #[expect(dead_code, reason = "only its form is tested")]
    #[serde(default)]
    lines: Vec<(String, i64)>,
    #[expect(dead_code, reason = "only its form is tested")]
    seconds: Option<u32>,
}

/// Goal: a wrong body names its field and says why. Method: one body per way to be wrong.
#[test]
fn wrong_bodies_name_their_field() {
    let table = [
        (r#"{"amount_minor":1.5}"#, "amount_minor", "minor"),
        (r#"{"amount_minor":"1"}"#, "amount_minor", "minor"),
        (r#"{"amount_minor":null}"#, "amount_minor", "minor"),
        (r#"{"amount_minor":9223372036854775808}"#, "amount_minor", "minor"),
        (r#"{"amount_minor":1e999}"#, "amount_minor", "minor"),
        (r#"{"amount_minor":100000000000000000000000}"#, "amount_minor", "minor"),
        ("{}", "amount_minor", "missing"),
        (r#"{"amount_minor":1,"amount_minor":2}"#, "amount_minor", "duplicate"),
        (r#"{"amount_minor":1,"more":2}"#, "more", "unknown"),
        (r#"{"amount_minor":1,"seconds":-1}"#, "seconds", "whole"),
        (r#"{"amount_minor":1,"lines":{}}"#, "lines", "list"),
        (r#"{"amount_minor":1,"lines":[["2010",0.5]]}"#, "lines[0][1]", "minor"),
        (r#"{"amount_minor":1,"lines":[[7,1]]}"#, "lines[0][0]", "text"),
        (r#"{"amount_minor":1,"lines":[["2010"]]}"#, "lines[0]", "list"),
        ("[5]", "body", "object"),
        ("7", "body", "object"),
    ];
    for (body, field, reason) in table {
        let fault = parse::<Sample>(body.as_bytes()).unwrap_err();
        let shown = format!("{fault:?}");
        let (field, reason) = (format!("Some({field:?})"), format!("String({reason:?})"));
        assert!(shown.contains(&field) && shown.contains(&reason), "{body} {shown}");
    }
    for body in ["", "{", r#"{"amount_minor":1}x"#, "nonsense"] {
        let fault = parse::<Sample>(body.as_bytes()).unwrap_err();
        assert_eq!((fault.status.as_u16(), fault.code.as_ref()), (400, "malformed_json"));
    }
}

/// Goal: a key is a command id or a UUID, nothing else. Method: table.
#[test]
fn keys_have_two_forms() {
    let wanted: CommandId = "cmd_0199f0c2a8b47c0e8000000000000001".parse().unwrap();
    assert_eq!(from_uuid("0199F0C2-a8b4-7c0e-8000-000000000001"), Some(wanted));
    for wrong in ["", "0199f0c2a8b47c0e8000000000000001", "0199f0c2-a8b4-7c0e-8000-00000000000x"] {
        assert_eq!(from_uuid(wrong), None, "{wrong}");
    }
    let at = Key(wanted).made_at().map(Instant::micros);
    assert_eq!(at, Some(0x0199_f0c2_a8b4 * 1000));
    assert_eq!(Key(CommandId::from_bits(1)).made_at(), None);
}
