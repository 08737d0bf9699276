//! Files as people and attackers send them, made by hand. Owns their bytes; checks nothing.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A text that stands where a phone writes the place of a photo.
pub(crate) const GPS: &[u8] = b"GPS-29.5N-109.3E";

/// The sides of what a photo is made of, in pixels.
const SKETCH_SIDE: u32 = 160;

/// Something like a photo: soft blobs of light and colour whose places depend on the seed.
pub(crate) fn photo(width: u32, height: u32, seed: u32) -> DynamicImage {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    // Each blob in thousandths of the sides, so that a photo looks the same in every size.
    let blobs: Vec<[i64; 6]> = (0..24)
        .map(|_| {
            [random(1000), random(1000), 60 + random(240), random(256), random(256), random(256)]
        })
        .map(|blob| blob.map(i64::from))
        .collect();
    let side = i64::from(SKETCH_SIDE);
    let shade = |x: u32, y: u32| {
        let (x, y) = (i64::from(x) * 1000 / side, i64::from(y) * 1000 / side);
        let mut colour = [90_i64, 110, 100];
        for [at_x, at_y, radius, red, green, blue] in &blobs {
            let square = (x - at_x).pow(2) + (y - at_y).pow(2);
            let weight = (1000 - square * 1000 / radius.pow(2)).max(0);
            for (colour, blob) in colour.iter_mut().zip([red, green, blue]) {
                *colour += (blob - *colour) * weight / 1000;
            }
        }
        Rgb(colour.map(|colour| u8::try_from(colour.clamp(0, 255)).unwrap()))
    };
    // A small one is drawn and then blown up, which is much quicker and looks the same.
    let small = DynamicImage::ImageRgb8(RgbImage::from_fn(SKETCH_SIDE, SKETCH_SIDE, shade));
    small.resize_exact(width, height, FilterType::Triangle)
}

pub(crate) fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).unwrap();
    bytes
}

pub(crate) fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The file with a segment as a phone writes it: an orientation and where the photo was taken.
pub(crate) fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    // Big-endian TIFF: a header and one directory of two fields at byte 8.
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    // The pointer to the GPS directory at byte 38, which holds one text at byte 56.
    exif.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0]);
    let length = u8::try_from(GPS.len()).unwrap();
    exif.extend([0, 1, 0, 0x1b, 0, 2, 0, 0, 0, length, 0, 0, 0, 56, 0, 0, 0, 0]);
    exif.extend(GPS);
    let (start, rest) = jpeg.split_at(2);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [start, &[0xFF, 0xE1], &length, &exif, rest].concat()
}

/// A PNG file that says it has this size and holds a few bytes of pixels.
pub(crate) fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = chunk(*b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat());
    let pixels = chunk(*b"IDAT", &[0x78, 0x9c, 3, 0, 0, 0, 0, 1]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), header, pixels, chunk(*b"IEND", &[])].concat()
}

/// An animated PNG of two frames, from two still ones of the same size.
pub(crate) fn animated_png(first: &DynamicImage, second: &DynamicImage) -> Vec<u8> {
    let still = [first, second].map(|frame| file(frame, ImageFormat::Png));
    let control = |number: u8| {
        let size = [first.width().to_be_bytes(), first.height().to_be_bytes()].concat();
        let delay = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0];
        chunk(*b"fcTL", &[&[0, 0, 0, number], &size[..], &delay].concat())
    };
    let mut out = still[0][..33].to_vec();
    out.extend(chunk(*b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]));
    out.extend(control(0));
    out.extend(chunks(&still[0], *b"IDAT").into_iter().flat_map(|data| chunk(*b"IDAT", &data)));
    out.extend(control(1));
    for (number, data) in (2_u32..).zip(chunks(&still[1], *b"IDAT")) {
        out.extend(chunk(*b"fdAT", &[&number.to_be_bytes()[..], &data].concat()));
    }
    out.extend(chunk(*b"IEND", &[]));
    out
}

/// An animated WebP of two frames, from two still ones of the same size.
pub(crate) fn animated_webp(first: &DynamicImage, second: &DynamicImage) -> Vec<u8> {
    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    let size = [three(first.width() - 1), three(first.height() - 1)].concat();
    let riff = |name: [u8; 4], content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let padding = vec![0; content.len() % 2];
        [&name[..], &length, content, &padding].concat()
    };
    let mut content = b"WEBP".to_vec();
    content.extend(riff(*b"VP8X", &[&[0b10, 0, 0, 0], &size[..]].concat()));
    content.extend(riff(*b"ANIM", &[0; 6]));
    for frame in [first, second] {
        // Behind the twelve bytes of the file's head stands one chunk of pixels.
        let pixels = file(frame, ImageFormat::WebP)[12..].to_vec();
        let head = [vec![0; 6], size.clone(), three(100), vec![0]].concat();
        content.extend(riff(*b"ANMF", &[head, pixels].concat()));
    }
    riff(*b"RIFF", &content)
}

/// The contents of the chunks of one kind.
fn chunks(png: &[u8], kind: [u8; 4]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = &png[8..];
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        if behind[..4] == kind {
            found.push(behind[4..4 + length].to_vec());
        }
        rest = &behind[8 + length..];
    }
    found
}

fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let checked = [&kind, content].concat();
    let sum = crc32(&checked).to_be_bytes();
    [&length[..], &checked, &sum].concat()
}

/// The checksum of a PNG chunk.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}
