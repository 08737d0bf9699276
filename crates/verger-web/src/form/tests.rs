//! What people type into forms.

use super::*;

/// Goal: amounts are read as people type them, and never guessed. Method: table.
#[test]
fn amounts_are_read_and_never_guessed() {
    let table = [
        ("12", Some(1_200)),
        ("12.5", Some(1_250)),
        ("12,50", Some(1_250)),
        (" 1 234.50 ", Some(123_450)),
        ("1\u{202f}234,50", Some(123_450)),
        ("1,234.50", Some(123_450)),
        ("1.234,50", Some(123_450)),
        ("0.01", Some(1)),
        ("1,234", None),
        ("1.2.3", None),
        ("12.345", None),
        ("12.", None),
        (".5", None),
        ("-5", None),
        ("", None),
        ("x", None),
        ("1e3", None),
        ("99999999999999999999", None),
    ];
    for (text, minor) in table {
        assert_eq!(minor_of(text, Currency::CNY), minor, "{text}");
    }
    assert_eq!(minor_of("1200", Currency::JPY), Some(1_200));
    assert_eq!(minor_of("12.5", Currency::JPY), None);
}

/// Goal: forms are read as browsers send them. Method: escapes, repeats, an empty field.
#[test]
fn forms_are_read_as_browsers_send_them() {
    let fields = Fields::parse("a=%E6%A1%83+1%2C5&b=&n-1=2&n-2=&n-1=9&c=100%".as_bytes());
    assert_eq!((fields.text("a"), fields.text("b"), fields.text("c")), ("桃 1,5", "", "100%"));
    assert_eq!(fields.each("n-").collect::<Vec<_>>(), [("1", "2")]);
    assert_eq!(fields.all("n-1").len(), 2);
    assert!(fields.needed("b").is_err() && fields.whole("a").is_err());
    assert!(fields.key().is_err());
}
