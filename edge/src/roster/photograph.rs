//! A photograph as a phone sends it. It comes from outside, so it is bounded before it is unfolded: the size of the file,
//! then the size it says it has.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// No phone of a kader takes larger photographs, in bytes.
pub(super) const LONGEST: usize = 12 << 20;
/// Nor with more pixels along a side.
const WIDEST: usize = 8_192;
/// Nor with more of them altogether.
const MOST_PIXELS: usize = 26_000_000;

/// Why a photograph is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is damaged, or none.
    Unreadable,
    /// It has more pixels than any phone's.
    TooLarge,
}

impl Refused {
    /// What to do; `unreadable` where it cannot be opened.
    pub(super) const fn say(self, unreadable: &'static str) -> &'static str {
        match self {
            Self::Unreadable => unreadable,
            Self::TooLarge => "Fotonya terlalu besar. Kecilkan ukuran foto di HP, lalu potret lagi.",
        }
    }
}

/// A photograph, pixel by pixel, row by row.
#[derive(Debug)]
pub(super) struct Unfolded {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
    /// What the phone wrote beside them.
    pub(super) exif: Option<Vec<u8>>,
}

/// Whether a picture of that size is unfolded at all.
pub(super) fn check(width: usize, height: usize) -> Result<(), Refused> {
    let is_too_large = width.max(height) > WIDEST || width.saturating_mul(height) > MOST_PIXELS;
    if is_too_large { Err(Refused::TooLarge) } else { Ok(()) }
}

/// Unfolds a JPEG.
pub(super) fn jpeg(photo: &[u8], colours: ColorSpace) -> Result<Unfolded, Refused> {
    let options = DecoderOptions::default()
        .set_max_width(WIDEST)
        .set_max_height(WIDEST)
        .jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(photo), options);
    decoder.decode_headers().map_err(|_| Refused::Unreadable)?;
    let (width, height) = decoder.dimensions().ok_or(Refused::Unreadable)?;
    check(width, height)?;
    let pixels = decoder.decode().map_err(|_| Refused::Unreadable)?;
    let exif = decoder.exif().map(|raw| raw.to_vec());
    let is_whole = width > 0 && height > 0 && pixels.len() == width * height * colours.num_components();
    if is_whole { Ok(Unfolded { width, height, pixels, exif }) } else { Err(Refused::Unreadable) }
}
