//! The second page: what comes is held against a mass or a length that somebody knows.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::check::InstrumentKind;
use scales::Measures;
use serde::Deserialize;

use super::fit::tolerance;
use super::name::NamePage;
use super::trial::{Shown, Way};
use super::{At, to_list};
use crate::app::Edge;
use crate::instruments::{Technician, said};
use crate::scales::Quantity;
use crate::web::{Trouble, page, words};

/// Lighter than this proves little: a bag left on the pan, a zero that is off.
const LEAST_G: u32 = 900;
/// Shorter than this proves little on a board.
const LEAST_TENTH_MM: u32 = 2_000;

#[derive(Template)]
#[template(path = "instruments/new/known.html")]
struct KnownPage {
    port: String,
    kind: &'static str,
    known: String,
    /// Why what was put there proves nothing, and what was read instead.
    refused: Option<String>,
}

pub(in crate::instruments) async fn ask(
    State(edge): State<Edge>,
    _: Technician,
    Query(At { port }): Query<At>,
) -> Result<Response, Trouble> {
    let Some(shown) = edge.workshop.trials.look(&port) else {
        return Ok(to_list());
    };
    let is_board = shown.fits.first().is_some_and(|fit| fit.dialect.measures() == Measures::Length);
    let kind = if is_board { InstrumentKind::LengthBoard } else { InstrumentKind::InfantScale };
    page(&KnownPage { port, kind: said::kind_word(kind), known: String::new(), refused: None })
}

#[derive(Deserialize)]
pub(in crate::instruments) struct KnownForm {
    port: String,
    kind: String,
    known: String,
}

/// Holds what comes against what is said to lie there.
pub(in crate::instruments) async fn take(
    State(edge): State<Edge>,
    _: Technician,
    Form(form): Form<KnownForm>,
) -> Result<Response, Trouble> {
    let (kind, quantity) = said::kind_of(&form.kind).ok_or(Trouble::Unreadable)?;
    let refuse = |why: String| {
        let KnownForm { port, known, .. } = &form;
        let again = KnownPage {
            port: port.clone(),
            kind: said::kind_word(kind),
            known: known.clone(),
            refused: Some(why),
        };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)?).into_response())
    };
    let known = match known(quantity, &form.known) {
        Ok(known) => known,
        Err(why) => return refuse(why.into()),
    };
    let measures = quantity.measures();
    let Some(proved) = edge.workshop.trials.prove(&form.port, measures, known) else {
        return Ok(to_list());
    };
    if proved.is_empty() {
        let shown = edge.workshop.trials.look(&form.port).ok_or(Trouble::Nowhere)?;
        return refuse(unproved(quantity, known, &shown));
    }
    page(&NamePage::of(form.port, (kind, quantity), &proved, String::new()))
}

/// A typed mass or length in grams or tenths of a millimetre, if it is enough to prove anything.
pub(in crate::instruments) fn known(quantity: Quantity, text: &str) -> Result<u32, &'static str> {
    let milli = words::typed_milli(text);
    match quantity {
        Quantity::Weight => match milli {
            Some(mass_g) if mass_g >= LEAST_G => Ok(mass_g),
            Some(_) => Err("Pakai beban yang lebih berat: 1 kg ke atas, paling baik 5 kg."),
            None => Err("Tulis berat bebannya dalam kg, misalnya 5 atau 5,00."),
        },
        Quantity::Length => match milli.map(|milli| milli / 10) {
            Some(tenth_mm) if tenth_mm >= LEAST_TENTH_MM => Ok(tenth_mm),
            Some(_) => Err("Pakai tongkat yang lebih panjang: 20 cm ke atas, paling baik 60 cm."),
            None => Err("Tulis panjang tongkatnya dalam cm, misalnya 60."),
        },
    }
}

/// Why nothing was proved, with what was read instead.
fn unproved(quantity: Quantity, known: u32, shown: &Shown) -> String {
    if shown.heard.is_silent() {
        return "Alatnya belum mengirim apa-apa. Nyalakan, tunggu angkanya tenang, lalu cocokkan lagi."
            .into();
    }
    let fits = shown.fits.iter().filter(|fit| fit.dialect.measures() == quantity.measures());
    if fits.clone().any(|fit| fit.comes_near(quantity.measures(), known)) {
        return "Angkanya belum tenang. Tunggu sebentar tanpa menyentuh alatnya, lalu cocokkan lagi.".into();
    }
    let mut read: Vec<String> =
        fits.filter_map(|fit| quantity.of_read(fit.last)).map(|value| said::value(quantity, value)).collect();
    read.dedup();
    if read.is_empty() {
        let also =
            if matches!(shown.way, Way::Line { .. }) { ", atau kembali dan coba kecepatan lain" } else { "" };
        return format!(
            "Kirimannya belum terbaca sebagai alat jenis ini. Alat ini belum dipasang. Periksa jenisnya{also}."
        );
    }
    let wanted = said::value(quantity, known.into());
    let allowed = said::difference(quantity, tolerance(quantity.measures(), known).into());
    format!(
        "Alatnya menyebut {}, padahal seharusnya {wanted} (beda paling jauh {allowed}). Alat ini belum dipasang. Periksa \
         bebannya, kosongkan dan nolkan alatnya, tunggu angkanya tenang, lalu cocokkan lagi.",
        read.join(" atau ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::new::fit::Fits;
    use crate::instruments::new::trial::WIRES;
    use crate::scales::Heard;

    #[test]
    fn what_is_too_light_to_prove_anything_is_refused() {
        assert_eq!(known(Quantity::Weight, "5"), Ok(5_000));
        assert_eq!(known(Quantity::Length, "60,0"), Ok(6_000));
        for (quantity, text) in
            [(Quantity::Weight, "0,5"), (Quantity::Length, "5"), (Quantity::Weight, "lima")]
        {
            assert!(known(quantity, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_that_is_right_and_not_calm_yet_is_not_called_wrong() {
        let said = |frames: &[u8], kg: u32| {
            let (mut heard, mut fits) = (Heard::default(), Fits::on_a_line());
            heard.take(frames);
            fits.hear(frames);
            let way = Way::Line { wire: WIRES[0], searching: false };
            let shown = Shown { way, open: true, heard, fits: fits.ranked(), told: vec![] };
            unproved(Quantity::Weight, kg * 1_000, &shown)
        };
        let rising = [b"ST,+0000.000 kg\r\n".repeat(4), b"ST,+0005.000 kg\r\n".to_vec()].concat();
        assert!(said(&rising, 5).starts_with("Angkanya belum tenang"), "{}", said(&rising, 5));
        assert!(said(&rising, 3).contains("padahal seharusnya 3,00 kg"), "{}", said(&rising, 3));
    }
}
