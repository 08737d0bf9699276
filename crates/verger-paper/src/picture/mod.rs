//! Pictures that somebody uploaded, made small, upright and free of metadata. Owns the limits on
//! what is taken in and the sizes that come out; must not store anything.
//!
//! Every picture is decoded and encoded again, so that nothing of the file itself survives: not
//! the place where a photo was taken, and no bytes that are made to attack another program.

mod fingerprint;
mod jpeg;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::error::{DecodingError, ImageError};
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgba};
use sha2::{Digest, Sha256};

pub use fingerprint::Fingerprint;

/// The most bytes of an uploaded file: 12 MiB, twice a large phone photo.
pub const UPLOAD_BYTES_MAX: usize = 12 * 1024 * 1024;

/// The most pixels of an uploaded picture: 40 megapixels.
pub const UPLOAD_PIXELS_MAX: u64 = 40_000_000;

/// The most memory that the pixels of one picture may take while it is decoded: 40 megapixels of
/// four bytes fit, the same with 16 bits a colour does not.
const DECODED_BYTES_MAX: u64 = 192 * 1024 * 1024;

/// The longest side of [`Picture::page`], in pixels.
pub const PAGE_SIDE_MAX_PX: u32 = 1280;

/// The longest side of [`Picture::thumb`], in pixels.
pub const THUMB_SIDE_MAX_PX: u32 = 320;

const PAGE_QUALITY: u8 = 80;
const THUMB_QUALITY: u8 = 72;

/// A picture that is fit to be shown, in two sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// SHA-256 of the bytes of [`Picture::page`]: the name of the picture.
    pub digest: [u8; 32],
    /// What the picture looks like, to notice that a photo is used twice.
    pub fingerprint: Fingerprint,
    /// For a page: the longest side has at most [`PAGE_SIDE_MAX_PX`].
    pub page: Rendition,
    /// For a list: the longest side has at most [`THUMB_SIDE_MAX_PX`], nothing is cut off.
    pub thumb: Rendition,
}

/// A picture in one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// Pixels from left to right.
    pub width_px: u32,
    /// Pixels from top to bottom.
    pub height_px: u32,
    /// A JPEG file without metadata.
    pub bytes: Vec<u8>,
}

/// Why a file does not become a picture. The checks are made in this order, and a file can turn out
/// to be broken while its pixels are read as well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file has more bytes than [`UPLOAD_BYTES_MAX`].
    #[error(
        "the picture file is larger than {} MiB; make the picture smaller or take it again at a \
         lower quality",
        UPLOAD_BYTES_MAX / (1024 * 1024)
    )]
    TooLarge {
        /// The size of the file.
        size_bytes: usize,
    },
    /// The file is neither JPEG nor PNG nor WebP.
    #[error(
        "the file is not a JPEG, PNG or WebP picture; save or share the picture as JPEG and send \
         it again"
    )]
    Format,
    /// The file begins like a picture but cannot be read to its end.
    #[error(
        "the picture is damaged or was not sent completely; open it to see whether it is whole, \
         and send it again"
    )]
    Broken(#[source] ImageError),
    /// The picture has more pixels than [`UPLOAD_PIXELS_MAX`], or takes too much memory.
    #[error(
        "the picture of {width_px} x {height_px} pixels is too large to be opened; take it again \
         at a lower resolution, at most {} megapixels",
        UPLOAD_PIXELS_MAX / 1_000_000
    )]
    TooManyPixels {
        /// Pixels from left to right, as the file says.
        width_px: u32,
        /// Pixels from top to bottom, as the file says.
        height_px: u32,
    },
}

impl PictureError {
    /// The stable name of the error, for texts and for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "picture_too_large",
            Self::Format => "picture_format",
            Self::Broken(_) => "picture_broken",
            Self::TooManyPixels { .. } => "picture_too_many_pixels",
        }
    }
}

impl Picture {
    /// The picture in an uploaded file. Of an animated file it is the first frame.
    ///
    /// The same bytes give the same picture. This takes about a second for a very large photo and
    /// up to half a gigabyte of memory: call it on a thread that may wait, one file at a time.
    ///
    /// # Errors
    /// When the file is too large, is no picture or cannot be read; see [`PictureError`].
    pub fn from_upload(upload: &[u8]) -> Result<Self, PictureError> {
        let (decoded, orientation) = decode(upload)?;
        let mut page = shrink(on_white(decoded), PAGE_SIDE_MAX_PX);
        // Turning the small picture costs less, and its shape does not depend on the order.
        page.apply_orientation(orientation);
        let page = DynamicImage::ImageRgb8(page.into_rgb8());
        let fingerprint = Fingerprint::of(&page);
        let thumb = encode(&shrink(page.clone(), THUMB_SIDE_MAX_PX), THUMB_QUALITY);
        let page = encode(&page, PAGE_QUALITY);
        let digest = Sha256::digest(&page.bytes).into();
        Ok(Self { digest, fingerprint, page, thumb })
    }
}

/// The pixels of a file, and how to turn them so that they stand upright.
fn decode(upload: &[u8]) -> Result<(DynamicImage, Orientation), PictureError> {
    if upload.len() > UPLOAD_BYTES_MAX {
        return Err(PictureError::TooLarge { size_bytes: upload.len() });
    }
    let format = image::guess_format(upload).map_err(|_| PictureError::Format)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(PictureError::Format);
    }
    if format == ImageFormat::Jpeg && !jpeg::is_whole(upload) {
        // The decoder itself fills what is missing with grey.
        let what = "the end marker is missing";
        let error = DecodingError::new(ImageFormat::Jpeg.into(), what);
        return Err(PictureError::Broken(ImageError::Decoding(error)));
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    reader.limits(limits);
    // Only the header is read here; pixels are allocated after its claim was checked.
    let mut decoder = reader.into_decoder().map_err(PictureError::Broken)?;
    let (width_px, height_px) = decoder.dimensions();
    let pixels = u64::from(width_px).saturating_mul(u64::from(height_px));
    if pixels > UPLOAD_PIXELS_MAX || decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(PictureError::TooManyPixels { width_px, height_px });
    }
    // A picture whose metadata cannot be read is still a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => PictureError::TooManyPixels { width_px, height_px },
        error => PictureError::Broken(error),
    })?;
    Ok((decoded, orientation))
}

/// The picture on white paper where it is transparent, since JPEG knows no transparency.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let mut pixels = picture.into_rgba8();
    for Rgba([red, green, blue, alpha]) in pixels.pixels_mut() {
        for colour in [red, green, blue] {
            *colour = over_white(*colour, *alpha);
        }
        *alpha = u8::MAX;
    }
    DynamicImage::ImageRgba8(pixels)
}

/// A colour with this much of it over white.
fn over_white(colour: u8, alpha: u8) -> u8 {
    let absent = u16::from(u8::MAX.saturating_sub(colour)).saturating_mul(u16::from(alpha));
    // Rounded to the nearest; a product of two bytes over 255 is a byte again.
    let absent = u8::try_from(absent.saturating_add(127) / 255).unwrap_or(u8::MAX);
    u8::MAX.saturating_sub(absent)
}

/// The picture with its longest side at most `side_max_px`; a small one stays as it is.
fn shrink(picture: DynamicImage, side_max_px: u32) -> DynamicImage {
    let side_px = picture.width().max(picture.height());
    if side_px <= side_max_px {
        return picture;
    }
    let fitted = [picture.width(), picture.height()]
        .map(|length_px| in_proportion(length_px, side_max_px, side_px));
    // Averaging down to twice the size first is quick, and the fine filter then works on a picture
    // of bounded size, whatever came in.
    let [rough_width, rough_height] = fitted.map(|length_px| length_px.saturating_mul(2));
    let rough = if picture.width() > rough_width && picture.height() > rough_height {
        picture.thumbnail_exact(rough_width, rough_height)
    } else {
        picture
    };
    let [width, height] = fitted;
    rough.resize_exact(width, height, FilterType::CatmullRom)
}

/// A length when `whole` becomes `part`, rounded to the nearest and at least one.
fn in_proportion(length: u32, part: u32, whole: u32) -> u32 {
    let [length, part, whole] = [length, part, whole].map(u64::from);
    let scaled = length.saturating_mul(part).saturating_add(whole / 2).checked_div(whole);
    scaled.and_then(|scaled| u32::try_from(scaled).ok()).unwrap_or(1).max(1)
}

fn encode(picture: &DynamicImage, quality: u8) -> Rendition {
    let mut bytes = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .expect("three bytes a pixel and sides below 65,536 are what the encoder takes");
    Rendition { width_px: picture.width(), height_px: picture.height(), bytes }
}
