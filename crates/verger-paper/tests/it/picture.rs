//! Goal: whatever is uploaded becomes a small upright picture without metadata, or is refused with
//! a clear reason. Method: files made by hand go in, and what comes out is decoded again.

use image::{DynamicImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use sha2::{Digest, Sha256};
use verger_paper::picture::{Fingerprint, Picture, PictureError, Rendition, UPLOAD_BYTES_MAX};

use crate::upload::{self, GPS, photo};

const RED: [u8; 3] = [220, 30, 30];
const BLUE: [u8; 3] = [30, 30, 220];

fn take(upload: &[u8]) -> Picture {
    Picture::from_upload(upload).unwrap()
}

fn refusal(upload: &[u8]) -> &'static str {
    Picture::from_upload(upload).unwrap_err().code()
}

fn decoded(rendition: &Rendition) -> RgbImage {
    let picture = image::load_from_memory_with_format(&rendition.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((picture.width(), picture.height()), (rendition.width_px, rendition.height_px));
    picture.into_rgb8()
}

/// Compares one pixel, at a place in percent of the sides, with what it should be.
fn check_pixel(rendition: &Rendition, at_percent: (u32, u32), expected: [u8; 3]) {
    let picture = decoded(rendition);
    let (x, y) = (picture.width() * at_percent.0 / 100, picture.height() * at_percent.1 / 100);
    let Rgb(found) = *picture.get_pixel(x, y);
    let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) < 12);
    assert!(is_near, "{found:?} instead of {expected:?} at {at_percent:?}");
}

/// The left half red, the right half blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    let colour = |x, _| if x < width / 2 { Rgb(RED) } else { Rgb(BLUE) };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Goal: both sizes fit their limits, keep the proportions, and a small picture is not blown up.
#[test]
fn sizes_fit_their_limits() {
    let sizes = |width, height| {
        let picture = take(&upload::jpeg(&halves(width, height), 90));
        [picture.page, picture.thumb].map(|size| (size.width_px, size.height_px))
    };
    assert_eq!(sizes(4000, 3000), [(1280, 960), (320, 240)]);
    assert_eq!(sizes(1500, 2000), [(960, 1280), (240, 320)]);
    assert_eq!(sizes(1280, 640), [(1280, 640), (320, 160)]);
    assert_eq!(sizes(200, 100), [(200, 100), (200, 100)]);
    assert_eq!(sizes(4000, 2), [(1280, 1), (320, 1)]);
    assert_eq!(sizes(1, 1), [(1, 1), (1, 1)]);
}

/// Goal: a phone photo that lies on its side is stood up before its orientation is forgotten.
#[test]
fn orientation_is_applied() {
    let lying = upload::jpeg(&halves(640, 320), 90);
    let picture = take(&upload::with_exif(&lying, 6));
    assert_eq!((picture.page.width_px, picture.page.height_px), (320, 640));
    assert_eq!((picture.thumb.width_px, picture.thumb.height_px), (160, 320));
    for rendition in [&picture.page, &picture.thumb] {
        check_pixel(rendition, (50, 20), RED);
        check_pixel(rendition, (50, 80), BLUE);
    }
    let turned = take(&upload::with_exif(&lying, 3));
    check_pixel(&turned.page, (20, 50), BLUE);
    // Also when the picture is made smaller first.
    let large = take(&upload::with_exif(&upload::jpeg(&halves(3000, 2000), 90), 8));
    assert_eq!((large.page.width_px, large.page.height_px), (853, 1280));
    check_pixel(&large.page, (50, 20), BLUE);
}

/// Goal: nothing of the metadata comes out, so the same pixels have the same name with and without.
#[test]
fn metadata_is_dropped() {
    let plain = upload::jpeg(&photo(640, 480, 1), 90);
    let tagged = upload::with_exif(&plain, 1);
    assert!(holds(&tagged, b"Exif") && holds(&tagged, GPS), "the fixture holds what is looked for");
    let picture = take(&tagged);
    for rendition in [&picture.page, &picture.thumb] {
        for wanted in [&b"Exif"[..], GPS, b"GPS", &[0xFF, 0xE1]] {
            assert!(!holds(&rendition.bytes, wanted), "{wanted:?} came through");
        }
    }
    assert_eq!(picture, take(&plain));
}

/// Goal: what is transparent becomes white, and what is half transparent half white.
#[test]
fn transparency_becomes_white() {
    let alpha = |x, _| {
        Rgba([
            220,
            30,
            30,
            if x < 100 {
                0
            } else if x < 200 {
                128
            } else {
                255
            },
        ])
    };
    let picture = DynamicImage::ImageRgba8(RgbaImage::from_fn(300, 300, alpha));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let picture = take(&upload::file(&picture, format));
        check_pixel(&picture.page, (15, 50), [255, 255, 255]);
        check_pixel(&picture.page, (50, 50), [237, 142, 142]);
        check_pixel(&picture.page, (85, 50), RED);
    }
}

/// Goal: grey pictures and those with 16 bits a colour are read like all others.
#[test]
fn other_colours_are_read() {
    let grey = image::ImageBuffer::from_pixel(40, 40, Luma([128_u8]));
    let deep = image::ImageBuffer::from_pixel(40, 40, Rgba([u16::MAX, 0, 0, u16::MAX]));
    let grey = take(&upload::file(&DynamicImage::ImageLuma8(grey), ImageFormat::Png));
    let deep = take(&upload::file(&DynamicImage::ImageRgba16(deep), ImageFormat::Png));
    check_pixel(&grey.page, (50, 50), [128; 3]);
    check_pixel(&deep.page, (50, 50), [254, 0, 0]);
}

/// Goal: of an animated file the first frame is taken.
#[test]
fn animations_give_their_first_frame() {
    let frame = |colour| DynamicImage::ImageRgb8(RgbImage::from_pixel(60, 40, Rgb(colour)));
    let (first, second) = (frame(RED), frame(BLUE));
    for animated in [upload::animated_png(&first, &second), upload::animated_webp(&first, &second)]
    {
        let picture = take(&animated);
        assert_eq!((picture.page.width_px, picture.page.height_px), (60, 40));
        check_pixel(&picture.page, (50, 50), RED);
    }
}

/// Goal: a file that stops early is broken, wherever it stops and whatever its format.
#[test]
fn truncated_files_are_broken() {
    let picture = photo(300, 200, 2);
    let jpeg = upload::with_exif(&upload::jpeg(&picture, 85), 1);
    let files =
        [jpeg, upload::file(&picture, ImageFormat::Png), upload::file(&picture, ImageFormat::WebP)];
    for file in files {
        for percent in [5, 30, 60, 90, 99] {
            assert_eq!(refusal(&file[..file.len() * percent / 100]), "picture_broken", "{percent}");
        }
        take(&file);
    }
}

/// Goal: what some phones put behind a photo does no harm.
#[test]
fn bytes_behind_a_photo_are_ignored() {
    let jpeg = upload::jpeg(&photo(300, 200, 2), 85);
    assert_eq!(take(&[&jpeg[..], b"ftypmp42 and a film"].concat()), take(&jpeg));
}

/// Goal: a file that claims to be huge is refused before its pixels are given any memory.
#[test]
fn huge_claims_are_refused() {
    assert_eq!(refusal(&upload::png_claiming(60_000, 60_000)), "picture_too_many_pixels");
    assert_eq!(refusal(&upload::png_claiming(40_000_001, 1)), "picture_too_many_pixels");
    // A single row that does not fit is already too much for the reader of the header.
    assert_eq!(refusal(&upload::png_claiming(u32::MAX >> 1, 1)), "picture_broken");
    // Within the limit the claim is believed, and then there are no pixels.
    assert_eq!(refusal(&upload::png_claiming(600, 600)), "picture_broken");
    // A JPEG file says its size behind the marker of its frame.
    let mut jpeg = upload::jpeg(&halves(64, 64), 80);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xEA);
    assert_eq!(refusal(&jpeg), "picture_too_many_pixels");
}

/// Goal: what is no picture, or one of another kind, is refused by its first bytes.
#[test]
fn other_files_are_refused() {
    let files: [&[u8]; 6] = [
        b"",
        b"Dear shop, here is my peach.",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
    ];
    for file in files {
        assert_eq!(refusal(file), "picture_format", "{file:?}");
    }
    assert_eq!(refusal(b"\xFF\xD8\xFF\xE0"), "picture_broken");
}

/// Goal: the limit on bytes holds exactly.
#[test]
fn upload_limit_is_exact() {
    let mut upload = upload::jpeg(&halves(64, 64), 80);
    upload.resize(UPLOAD_BYTES_MAX, 0);
    take(&upload);
    upload.push(0);
    assert_eq!(refusal(&upload), "picture_too_large");
}

/// Goal: the digest names the bytes of the page, and the same upload gives the same everything.
#[test]
fn digest_names_the_page() {
    for seed in 0..2 {
        let upload = upload::jpeg(&photo(1600, 1200, seed), 88);
        let picture = take(&upload);
        assert_eq!(picture.digest[..], Sha256::digest(&picture.page.bytes)[..]);
        assert_eq!(picture, take(&upload));
    }
    let [one, other] = [3, 4].map(|seed| take(&upload::jpeg(&photo(400, 300, seed), 88)).digest);
    assert_ne!(one, other);
}

/// Goal: a photo is recognised after it was compressed again, made smaller or sent in another
/// format, and what comes out of here is recognised as well.
#[test]
fn same_photo_is_recognised() {
    for seed in 0..6 {
        let original = photo(1200, 900, seed);
        let picture = take(&upload::jpeg(&original, 92));
        let small = original.thumbnail(500, 500);
        let others = [
            upload::jpeg(&original, 35),
            upload::jpeg(&small, 70),
            upload::file(&small, ImageFormat::WebP),
            picture.page.bytes,
            picture.thumb.bytes,
        ];
        for (number, other) in others.iter().enumerate() {
            let distance = picture.fingerprint.distance(take(other).fingerprint);
            assert!(distance <= Fingerprint::SAME_PHOTO_MAX, "{seed} {number}: {distance}");
        }
    }
}

/// Goal: two different photos are told apart.
#[test]
fn different_photos_are_told_apart() {
    let prints: Vec<Fingerprint> =
        (0..16).map(|seed| take(&upload::jpeg(&photo(400, 300, seed), 85)).fingerprint).collect();
    for (number, one) in prints.iter().enumerate() {
        for (other_number, other) in prints.iter().enumerate().skip(number + 1) {
            let distance = one.distance(*other);
            assert!(distance > 12, "{number} and {other_number}: {distance}");
        }
        assert_eq!(Fingerprint::from_bits(one.bits()), *one);
    }
}

/// Goal: every refusal says in plain words what happened and what to do.
#[test]
fn refusals_say_what_to_do() {
    let broken = Picture::from_upload(b"\xFF\xD8\xFF\xE0").unwrap_err();
    assert!(std::error::Error::source(&broken).is_some(), "the cause is kept for the log");
    let cases: [(PictureError, &str); 4] = [
        (PictureError::TooLarge { size_bytes: 13 << 20 }, "larger than 12 MiB"),
        (PictureError::Format, "save or share the picture as JPEG"),
        (broken, "send it again"),
        (
            PictureError::TooManyPixels { width_px: 60_000, height_px: 60_000 },
            "60000 x 60000 pixels",
        ),
    ];
    for (error, wanted) in cases {
        let text = error.to_string();
        assert!(text.contains(wanted) && text.contains("; "), "{text}");
    }
}
