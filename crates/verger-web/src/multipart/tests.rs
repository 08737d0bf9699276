//! Bodies with files in them, whole and broken.

use super::*;

fn body(parts: &[(&str, &[u8])], boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, value) in parts {
        body.extend(format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n").bytes());
        body.extend(b"Content-Type: x/y\r\n\r\n");
        body.extend(*value);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    body
}

/// Goal: fields and files come out as they went in, whatever bytes a file has.
/// Method: a file that holds line ends, blank lines and almost the boundary; broken bodies.
#[test]
fn bodies_are_taken_apart() {
    let photo = b"\xff\xd8\r\n\r\n--almos\r\n--edg\x00\r\n";
    let all: [(&str, &[u8]); 4] = [
        ("name=\"reason\"", "桃 ".as_bytes()),
        ("name=\"photo\"; filename=\"a;name=\"", photo),
        ("name=\"empty\"; filename=\"\"", b""),
        ("name=\"reason\"", b"second"),
    ];
    let whole = body(&all, "edge");
    let mut parts = Parts::parse(&whole, "edge");
    assert_eq!(parts.text("reason"), "桃");
    assert_eq!(parts.take_file("photo").as_deref(), Some(photo.as_slice()));
    assert!(parts.take_file("photo").is_none() && parts.take_file("empty").is_none());
    assert_eq!((parts.text("photo"), parts.text("nothing")), ("", ""));
    for end in 0..whole.len() - 4 {
        let cut = Parts::parse(whole.get(..end).unwrap(), "edge");
        assert!(cut.0.len() <= 3, "a cut body has no more fields");
    }
    assert!(Parts::parse(&whole, "other").0.is_empty());
}

/// Goal: only a form with a boundary is taken. Method: table of content types.
#[test]
fn the_boundary_is_read() {
    let table = [
        ("multipart/form-data; boundary=edge", Some("edge")),
        ("Multipart/Form-Data; charset=x; boundary=\"ed ge\"", Some("ed ge")),
        ("multipart/form-data; boundary=", None),
        ("multipart/mixed; boundary=edge", None),
        ("application/json", None),
    ];
    for (kind, boundary) in table {
        assert_eq!(boundary_of(kind), boundary, "{kind}");
    }
}
