//! A face made small: what a phone photographed, cut to a square and turned upright, as little as tells two people apart.
//!
//! # Why
//! What is kept is drawn anew from the pixels: nothing of the place and time a phone writes into a picture remains.

use exif::{In, Reader, Tag};
use jpeg_encoder::{ColorType, Encoder};
use zune_jpeg::zune_core::colorspace::ColorSpace;

use crate::roster::photograph;

/// Pixels of the kept picture along a side.
pub(super) const SIDE: usize = 192;
/// Its quality, of 100.
const QUALITY: u8 = 70;

pub(super) const UNREADABLE: &str = "Foto itu tidak bisa dibuka. Potret sekali lagi dengan kamera HP.";

/// How a phone was held, as it says itself: what has to be done to a row and a column.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    is_mirrored: bool,
    is_upside_down: bool,
    /// Rows are columns.
    is_turned: bool,
}

impl Held {
    /// By the Exif value of the orientation, 1 to 8.
    const fn of(orientation: u32) -> Self {
        let (is_mirrored, is_upside_down, is_turned) = match orientation {
            2 => (true, false, false),
            3 => (true, true, false),
            4 => (false, true, false),
            5 => (false, false, true),
            6 => (false, true, true),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self { is_mirrored, is_upside_down, is_turned }
    }
}

/// A square picture of [`SIDE`] pixels as a JPEG, from a JPEG of any size; the error says what to do.
pub(super) fn small(photo: &[u8]) -> Result<Vec<u8>, &'static str> {
    let photo = photograph::jpeg(photo, ColorSpace::RGB).map_err(|refused| refused.say(UNREADABLE))?;
    let (width, height) = (photo.width, photo.height);
    let side = width.min(height);
    let middle =
        Middle { pixels: &photo.pixels, width, left: (width - side) / 2, top: (height - side) / 2, side };
    let held = photo.exif.map(held).unwrap_or_default();
    let mut square = Vec::with_capacity(SIDE * SIDE * 3);
    for y in 0..SIDE {
        for x in 0..SIDE {
            square.extend(middle.mean(place(held, x, y)));
        }
    }
    let mut jpeg = Vec::new();
    let wide = SIDE as u16;
    Encoder::new(&mut jpeg, QUALITY).encode(&square, wide, wide, ColorType::Rgb).map_err(|_| UNREADABLE)?;
    Ok(jpeg)
}

/// Where in the picture as it was stored a pixel of the upright one lies.
const fn place(held: Held, x: usize, y: usize) -> (usize, usize) {
    let (column, row) = if held.is_turned { (y, x) } else { (x, y) };
    let back = SIDE - 1;
    (
        if held.is_mirrored { back - column } else { column },
        if held.is_upside_down { back - row } else { row },
    )
}

fn held(raw: Vec<u8>) -> Held {
    let exif = Reader::new().read_raw(raw).ok();
    let orientation = exif.and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
    orientation.map(Held::of).unwrap_or_default()
}

/// The square in the middle of a picture.
struct Middle<'a> {
    pixels: &'a [u8],
    width: usize,
    left: usize,
    top: usize,
    side: usize,
}

impl Middle<'_> {
    /// The mean colour of what becomes one pixel of the small picture.
    fn mean(&self, (x, y): (usize, usize)) -> [u8; 3] {
        let part = |at: usize| {
            let (from, to) = (at * self.side / SIDE, (at + 1) * self.side / SIDE);
            from..to.max(from + 1)
        };
        let (mut sum, mut count) = ([0_usize; 3], 0);
        for row in part(y) {
            for column in part(x) {
                let at = ((self.top + row) * self.width + self.left + column) * 3;
                for (sum, colour) in sum.iter_mut().zip(&self.pixels[at..at + 3]) {
                    *sum += usize::from(*colour);
                }
                count += 1;
            }
        }
        sum.map(|sum| (sum / count) as u8)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::options::DecoderOptions;

    use super::*;

    /// A picture whose corners are red (top left), green (top right), blue (bottom left) and white.
    fn picture(width: usize, height: usize) -> Vec<u8> {
        let colour = |x: usize, y: usize| match (x < width / 2, y < height / 2) {
            (true, true) => [220, 20, 20],
            (false, true) => [20, 220, 20],
            (true, false) => [20, 20, 220],
            (false, false) => [230, 230, 230],
        };
        let pixels: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect();
        let mut jpeg = Vec::new();
        let size = (width as u16, height as u16);
        Encoder::new(&mut jpeg, 95).encode(&pixels, size.0, size.1, ColorType::Rgb).unwrap();
        jpeg
    }

    /// The same with the orientation a phone would write.
    fn turned(orientation: u8) -> Vec<u8> {
        let tiff: Vec<u8> = [
            b"II*\0\x08\0\0\0".as_slice(),
            b"\x01\0",
            b"\x12\x01\x03\0\x01\0\0\0",
            &[orientation, 0, 0, 0],
            b"\0\0\0\0",
        ]
        .concat();
        let segment = [b"Exif\0\0".as_slice(), &tiff].concat();
        let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
        let plain = picture(400, 300);
        [&plain[..2], &[0xff, 0xe1], &length, &segment, &plain[2..]].concat()
    }

    /// The colours of the corners, clockwise from the top left: `r`, `g`, `b` or `w`.
    fn corners(jpeg: &[u8]) -> String {
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
        let pixels = decoder.decode().unwrap();
        assert_eq!(decoder.dimensions(), Some((SIDE, SIDE)));
        let at = |x: usize, y: usize| {
            let at = (y * SIDE + x) * 3;
            match pixels[at..at + 3] {
                [red, green, blue] if red.min(green).min(blue) > 150 => 'w',
                [red, green, blue] if red > green && red > blue => 'r',
                [_, green, blue] if green > blue => 'g',
                _ => 'b',
            }
        };
        let (near, far) = (SIDE / 8, SIDE - SIDE / 8);
        [(near, near), (far, near), (far, far), (near, far)].map(|(x, y)| at(x, y)).iter().collect()
    }

    #[test]
    fn a_face_is_upright_however_the_phone_was_held() {
        for (orientation, upright) in [
            (1, "rgwb"),
            (2, "grbw"),
            (3, "wbrg"),
            (4, "bwgr"),
            (5, "rbwg"),
            (6, "brgw"),
            (7, "wgrb"),
            (8, "gwbr"),
        ] {
            assert_eq!(corners(&small(&turned(orientation)).unwrap()), upright, "orientation {orientation}");
        }
        assert_eq!(
            corners(&small(&picture(90, 700)).unwrap()),
            "rgwb",
            "no orientation at all, and very small"
        );
    }

    #[test]
    fn what_is_kept_is_small_and_says_nothing_of_where_it_was_taken() {
        let kept = small(&turned(6)).unwrap();
        assert!(kept.len() < 16 * 1024, "{} bytes", kept.len());
        assert!(!kept.windows(4).any(|part| part == b"Exif"));
        assert_eq!(small(b"\x89PNG\r\n\x1a\n"), Err(UNREADABLE));
        assert_eq!(small(&[]), Err(UNREADABLE));
    }

    proptest! {
        // each draws a picture, and what is damaged differs little
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_damaged_photograph_is_refused_or_drawn_and_nothing_falls_over(
            hits in prop::collection::vec((0..4_000usize, any::<u8>()), 0..20), cut in 0..6_000usize,
        ) {
            let mut photo = turned(3);
            for (at, byte) in hits {
                let at = at % photo.len();
                photo[at] = byte;
            }
            photo.truncate(cut.max(2));
            if let Ok(kept) = small(&photo) {
                prop_assert!(kept.starts_with(&[0xff, 0xd8]));
            }
        }
    }
}
