//! A card's QR code, photographed with the phone and read here: a live camera would need a page the browser calls secure.
//!
//! # Why
//! A photograph is looked at in shades of grey, made small, and forgotten; no picture is kept.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use protocol::card;
use rqrr::PreparedImage;
use zune_jpeg::zune_core::colorspace::ColorSpace;

use super::photograph;
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::web::{Pages, Trouble, page};

/// A code is still sharp when the photograph is no wider than this.
const WIDE_ENOUGH: usize = 1_400;

/// The pages of this slice.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/people/scan", get(ask).post(look).layer(DefaultBodyLimit::max(photograph::LONGEST)))
}

#[derive(Template)]
#[template(path = "roster/scan.html")]
struct ScanPage {
    wrong: Option<&'static str>,
}

async fn ask(staff: Staff) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    page(&ScanPage { wrong: None })
}

async fn look(State(edge): State<Edge>, staff: Staff, mut form: Multipart) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let mut photo = None;
    while let Some(field) = form.next_field().await.map_err(|_| Trouble::Unreadable)? {
        if field.name() == Some("photo") {
            photo = Some(field.bytes().await.map_err(|_| Trouble::Unreadable)?);
        }
    }
    let refused = |say| page(&ScanPage { wrong: Some(say) });
    let Some(photo) = photo.filter(|photo| !photo.is_empty()) else {
        return refused("Fotonya belum ada. Potret kartunya, lalu tekan Baca.");
    };
    // a decoder that stumbles over a picture takes nobody's page with it
    let read = tokio::task::spawn_blocking(move || read(&photo)).await;
    let text = match read.unwrap_or(Err(UNREADABLE)) {
        Ok(text) => text,
        Err(say) => return refused(say),
    };
    let number = card::read(&text).unwrap_or_else(|| text.trim().to_owned());
    match edge.roster.with_card(staff.posyandu.id, &number) {
        Some(person) => Ok(Redirect::to(&format!("/people/{}", person.id)).into_response()),
        None => refused("Kartu ini belum dikenal di posyandu ini. Cari namanya saja."),
    }
}

const UNREADABLE: &str = "Foto itu tidak bisa dibuka. Potret sekali lagi, atau cari namanya saja.";
const NO_CODE: &str =
    "Kodenya belum terlihat. Dekatkan, cari tempat terang, jangan miring, lalu potret lagi.";

/// What the code on a photograph says.
fn read(photo: &[u8]) -> Result<String, &'static str> {
    let grey = if photo.starts_with(b"\x89PNG") { png(photo)? } else { jpeg(photo)? };
    let by = grey.width.max(grey.height).div_ceil(WIDE_ENOUGH).max(1);
    // where the small picture is too coarse, the whole one is tried
    let found =
        code(&grey.smaller(by)).or_else(|| if by > 1 { code(&grey.smaller(by.div_ceil(2))) } else { None });
    found.ok_or(NO_CODE)
}

fn code(grey: &Grey) -> Option<String> {
    let at = |x, y| grey.pixels[y * grey.width + x];
    let mut picture = PreparedImage::prepare_from_greyscale(grey.width, grey.height, at);
    picture.detect_grids().into_iter().find_map(|grid| Some(grid.decode().ok()?.1))
}

/// A picture in shades of grey.
struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Grey {
    fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, &'static str> {
        let is_whole = width > 0 && height > 0 && width.checked_mul(height) == Some(pixels.len());
        if is_whole { Ok(Self { width, height, pixels }) } else { Err(UNREADABLE) }
    }

    /// Each pixel the mean of `by` times `by`.
    fn smaller(&self, by: usize) -> Self {
        let (width, height) = ((self.width / by).max(1), (self.height / by).max(1));
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let (columns, rows) =
                    (x * by..((x + 1) * by).min(self.width), y * by..((y + 1) * by).min(self.height));
                let count = columns.len() * rows.len();
                let sum: usize = rows
                    .map(|row| {
                        let line = &self.pixels[row * self.width..][columns.clone()];
                        line.iter().map(|&pixel| usize::from(pixel)).sum::<usize>()
                    })
                    .sum();
                pixels.push((sum / count.max(1)) as u8);
            }
        }
        Self { width, height, pixels }
    }
}

fn jpeg(photo: &[u8]) -> Result<Grey, &'static str> {
    let unfolded = photograph::jpeg(photo, ColorSpace::Luma).map_err(|refused| refused.say(UNREADABLE))?;
    Grey::new(unfolded.width, unfolded.height, unfolded.pixels)
}

fn png(photo: &[u8]) -> Result<Grey, &'static str> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(photo));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let (width, height) = decoder.read_header_info().map_err(|_| UNREADABLE)?.size();
    let (width, height) = (width as usize, height as usize);
    photograph::check(width, height).map_err(|refused| refused.say(UNREADABLE))?;
    let mut reader = decoder.read_info().map_err(|_| UNREADABLE)?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or(UNREADABLE)?];
    let info = reader.next_frame(&mut bytes).map_err(|_| UNREADABLE)?;
    bytes.truncate(info.buffer_size());
    let samples = info.color_type.samples();
    let luma = |pixel: &[u8]| match pixel {
        [grey] | [grey, _] => *grey,
        [red, green, blue, ..] => {
            ((u32::from(*red) * 299 + u32::from(*green) * 587 + u32::from(*blue) * 114) / 1_000) as u8
        }
        [] => 0,
    };
    Grey::new(width, height, bytes.chunks_exact(samples).map(luma).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use qrcode::{Color, QrCode};

    use super::*;

    /// A code in the middle of a grey page, as a PNG.
    fn photograph(text: &str, scale: usize) -> Vec<u8> {
        let code = QrCode::new(text).unwrap();
        let (modules, margin) = (code.width(), 8);
        let side = (modules + 2 * margin) * scale;
        let colors = code.to_colors();
        let mut pixels = vec![200u8; side * side];
        for (at, pixel) in pixels.iter_mut().enumerate() {
            let (x, y) = ((at % side) / scale, (at / side) / scale);
            let inside = |place: usize| place.checked_sub(margin).filter(|place| *place < modules);
            if let Some((x, y)) = inside(x).zip(inside(y)) {
                *pixel = if colors[y * modules + x] == Color::Dark { 30 } else { 230 };
            }
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side as u32, side as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        file
    }

    #[test]
    fn a_code_is_read_from_a_small_photograph_and_from_a_large_one() {
        assert_eq!(read(&photograph("K7MP23XQ", 6)), Ok("K7MP23XQ".into()));
        assert_eq!(read(&photograph("K7MP23XQ", 60)), Ok("K7MP23XQ".into()));
    }

    #[test]
    fn a_picture_without_a_code_and_one_that_is_none_are_said_kindly() {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 40, 40);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&[128; 1_600]).unwrap();
        assert_eq!(read(&file), Err(NO_CODE));
        assert_eq!(read(b"no picture at all"), Err(UNREADABLE));
        assert_eq!(read(&file[..file.len() / 2]), Err(UNREADABLE));
    }

    #[test]
    fn a_picture_that_says_it_is_vast_is_refused_before_it_is_unfolded() {
        let mut file = Vec::new();
        let encoder = png::Encoder::new(&mut file, 60_000, 60_000);
        drop(encoder.write_header().unwrap());
        assert_eq!(read(&file), Err(photograph::Refused::TooLarge.say(UNREADABLE)));
    }

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(file in prop::collection::vec(any::<u8>(), 0..400), kind in 0..3) {
            let begins: &[u8] = [b"".as_slice(), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"][kind as usize];
            let _ = read(&[begins, &file].concat());
        }
    }
}
