//! The signed code as a picture and as letters.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::web::Trouble;

/// Letters of the code that are read aloud in one breath.
const GROUP: usize = 5;

/// The code as a picture: capitals and digits only, so the squares stay large enough for an old camera.
pub(super) fn drawn(code: &str) -> Result<String, Trouble> {
    let picture = QrCode::with_error_correction_level(code, EcLevel::L).map_err(|err| {
        tracing::error!("the closing code cannot be drawn: {err}");
        Trouble::Broken
    })?;
    let svg = picture.render::<svg::Color<'_>>().min_dimensions(320, 320).build();
    // the page is a document of its own, so the picture's prologue has no place in it
    let svg = svg.split_once("?>").map_or(svg.as_str(), |(_, svg)| svg);
    Ok(svg.replacen("<svg ", "<svg role=\"img\" aria-label=\"Kode QR\" ", 1))
}

pub(super) fn groups(code: &str) -> Vec<String> {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(GROUP).map(|group| group.iter().collect()).collect()
}
