//! How goods, families and weights are written.

use super::*;

/// Goal: of a family only its family name is shown. Method: table of names.
#[test]
fn only_the_family_name_is_shown() {
    for (name, family) in [("李桂花", "李"), ("欧阳修", "欧阳"), ("某", "某"), ("", "")]
    {
        assert_eq!(han_family_name(name), family);
    }
}

/// Goal: weights read as people write them. Method: table.
#[test]
fn weights_read_as_people_write_them() {
    let table = [
        (0, "0 g"),
        (850, "850 g"),
        (1_000, "1 kg"),
        (2_500, "2.5 kg"),
        (2_549, "2.5 kg"),
        (46_000, "46 kg"),
        (1_234_567, "1,234 kg"),
    ];
    for (grams, text) in table {
        assert_eq!(weight(Lang::En, grams).replace('\u{a0}', " "), text);
    }
    assert_eq!(weight(Lang::Fr, 2_500).replace('\u{a0}', " "), "2,5 kg");
}

/// Goal: the origin is what the request says, and never more than a host. Method: table.
#[test]
fn the_origin_is_a_host() {
    let table = [
        ("127.0.0.1:8080", "", "http://127.0.0.1:8080"),
        ("verger.example", "https", "https://verger.example"),
        ("evil\"><b>", "", "http://localhost"),
        ("a/b", "ftp", "http://localhost"),
    ];
    for (host, proto, wanted) in table {
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        headers.insert("x-forwarded-proto", proto.parse().unwrap());
        assert_eq!(origin(&headers), wanted);
    }
}
