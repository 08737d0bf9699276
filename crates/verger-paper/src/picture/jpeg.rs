//! Whether a JPEG file is whole. Owns the walk over its markers; must not look at the pixels.

/// What stands before the name of a marker.
const MARK: u8 = 0xFF;
const START: u8 = 0xD8;
const END: u8 = 0xD9;

/// Whether the file goes on to the end marker of its picture. What comes behind, as in the moving
/// photos of some phones, is not looked at, and end markers inside the metadata do not count.
pub(super) fn is_whole(file: &[u8]) -> bool {
    walk(file).is_some()
}

fn walk(file: &[u8]) -> Option<()> {
    let mut rest = file.strip_prefix(&[MARK, START])?;
    loop {
        let (marker, behind) = next_marker(rest)?;
        rest = match marker {
            END => return Some(()),
            // Restart markers and two others stand alone; all the rest say how long they are.
            0x01 | 0xD0..=START => behind,
            _ => skip_segment(behind)?,
        };
    }
}

/// The next marker and what is behind it. Pixels may come first: in them the byte of a mark is
/// followed by a zero.
fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let at = rest.iter().position(|byte| *byte == MARK)?;
        let (_, from_mark) = rest.split_at_checked(at)?;
        let (_, behind) = from_mark.split_first()?;
        match behind.split_first()? {
            (0, pixels) => rest = pixels,
            // A mark may be repeated to fill space.
            (&MARK, _) => rest = behind,
            (marker, segment) => return Some((*marker, segment)),
        }
    }
}

/// What is behind a segment, whose first two bytes are its length with themselves.
fn skip_segment(segment: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes(*segment.first_chunk()?);
    segment.get(usize::from(length.max(2))..)
}
