//! What else can be recorded of people and of a meeting: is it something a table can hold and a page can show?

use protocol::growth::Taken;
use protocol::immunization::Immunization;
use protocol::measured::{Measure, Measured};
use protocol::pregnancy::{AncExamined, NifasExamined, Outcome, PregnancyBegan, PregnancyEnded};
use protocol::service::{Noted, Served};
use protocol::session::{SessionClosed, SessionOpened};
use protocol::{Body, Header};

use super::{HEAVIEST_G, LONGEST_TENTH_MM, date, is_plain, require, within};

/// Characters of a remark.
const LONGEST_TEXT: usize = 2_000;
/// Items of one list: signs, screenings, lines of a form.
const LONGEST_LIST: usize = 200;
/// Higher than any blood pressure or pulse.
const HIGHEST_PRESSURE: u16 = 400;
/// More than any meter shows, in mg/dL, tenths of it, or beats a minute.
const HIGHEST_FIGURE: u16 = 5_000;

/// Judges an event of a kind that is neither a person's nor a child's growth.
pub(super) fn check_service(header: &Header, body: &Body) -> Result<(), String> {
    if body.is_of_a_visit() {
        require(header.visit.is_some(), "Catatan ini tidak menyebut kunjungan mana")?;
    }
    match body {
        Body::Measured(measured) => check_measured(measured),
        Body::Noted(noted) => check_noted(noted),
        Body::Served(served) => check_served(served),
        Body::PregnancyBegan(began) => check_began(began),
        Body::PregnancyEnded(ended) => check_ended(ended),
        Body::AncExamined(exam) => check_anc(exam),
        Body::NifasExamined(exam) => check_nifas(exam),
        Body::Immunization(immunization) => check_immunization(immunization),
        Body::SessionOpened(opened) => check_opened(opened),
        Body::SessionClosed(closed) => check_closed(closed),
        Body::Voided(_) => {
            require(header.replaces.is_some(), "Pembatalan ini tidak menyebut catatan yang mana")
        }
        Body::ChildRegistered(_)
        | Body::AdultRegistered(_)
        | Body::Weighed(_)
        | Body::LengthTaken(_)
        | Body::ClockFound(_)
        | Body::PersonEdited(_)
        | Body::PersonLeft(_)
        | Body::InstrumentChecked(_) => Ok(()),
    }
}

fn check_measured(measured: &Measured) -> Result<(), String> {
    let is_figure =
        |taken: Taken<u16>| taken.value().is_none_or(|value| (1..=HIGHEST_FIGURE).contains(&value));
    let is_possible = match measured.measure {
        Measure::Mass(taken) => within(taken, HEAVIEST_G),
        Measure::Height(taken)
        | Measure::Head(taken)
        | Measure::Arm(taken)
        | Measure::Waist(taken)
        | Measure::Fundus(taken) => within(taken, LONGEST_TENTH_MM),
        Measure::Pressure(taken) => taken.value().is_none_or(|pressure| {
            let pulse = pressure.pulse.unwrap_or(1);
            [pressure.systolic, pressure.diastolic, pulse]
                .iter()
                .all(|mmhg| (1..=HIGHEST_PRESSURE).contains(mmhg))
        }),
        Measure::Glucose(taken) => {
            taken.value().is_none_or(|glucose| (1..=HIGHEST_FIGURE).contains(&glucose.mg_dl))
        }
        Measure::Cholesterol(taken)
        | Measure::UricAcid(taken)
        | Measure::Haemoglobin(taken)
        | Measure::Temperature(taken)
        | Measure::FetalHeart(taken) => is_figure(taken),
    };
    require(is_possible, "Angka ini tidak mungkin dari alat mana pun")
}

fn check_noted(noted: &Noted) -> Result<(), String> {
    match noted {
        Noted::Oedema(_) | Noted::ExclusiveBreastfeeding(_) => Ok(()),
        Noted::Development { list, can, cannot } => {
            texts([list])?;
            list_of(can)?;
            list_of(cannot)
        }
        Noted::Tuberculosis(signs) => require(signs.len() <= LONGEST_LIST, "Daftarnya terlalu panjang"),
        Noted::Danger(signs) => list_of(signs),
        Noted::DailyLife { list, points, of } => {
            texts([list])?;
            require(points <= of, "Nilai kegiatan sehari-hari melebihi yang mungkin")
        }
        Noted::Remark(text) => texts([text]),
    }
}

fn check_served(served: &Served) -> Result<(), String> {
    match served {
        Served::Came | Served::VitaminA(_) | Served::Tablets { .. } => Ok(()),
        Served::Deworming { product, .. } | Served::Food { product, .. } => texts([product]),
        Served::Counselled { card } => texts([card]),
        Served::Referred { to, reasons, .. } => {
            texts([to])?;
            list_of(reasons)
        }
        Served::Declined { what, reason } => texts([what, reason]),
    }
}

fn check_began(began: &PregnancyBegan) -> Result<(), String> {
    let dates = [began.last_period, began.due].into_iter().flatten();
    require(dates.into_iter().all(|day| date(day).is_some()), "Tanggal kehamilan ini tidak ada di kalender")?;
    require(began.tetanus.is_none_or(|dose| dose <= 5), "Status tetanus paling tinggi T5")?;
    list_of(&began.risks)
}

fn check_ended(ended: &PregnancyEnded) -> Result<(), String> {
    require(date(ended.on).is_some(), "Tanggal berakhirnya kehamilan tidak ada di kalender")?;
    match &ended.outcome {
        Outcome::Born(children) => require(children.len() <= 9, "Anak yang lahir terlalu banyak"),
        Outcome::Stillborn | Outcome::Miscarried | Outcome::MotherDied | Outcome::Mistake => Ok(()),
    }
}

fn check_anc(exam: &AncExamined) -> Result<(), String> {
    require(exam.tetanus_given.is_none_or(|dose| (1..=5).contains(&dose)), "Dosis tetanus 1 sampai 5")?;
    require(exam.screened.len() <= LONGEST_LIST, "Daftarnya terlalu panjang")?;
    exam.screened.iter().try_for_each(|screened| texts([&screened.what, &screened.result]))?;
    list_of(&exam.risks)?;
    texts([&exam.notes])
}

fn check_nifas(exam: &NifasExamined) -> Result<(), String> {
    list_of(&exam.risks)?;
    texts([&exam.notes])
}

fn check_immunization(immunization: &Immunization) -> Result<(), String> {
    match immunization {
        Immunization::Given(dose) => {
            texts([&dose.antigen])?;
            require(
                !dose.antigen.is_empty() && dose.number > 0,
                "Dosis ini tidak menyebut vaksin yang mana",
            )?;
            texts(dose.batch.iter().chain(&dose.given_by))
        }
        Immunization::NotGiven { antigen, .. } => texts([antigen]),
        Immunization::Reaction { antigens, what, .. } => {
            list_of(antigens)?;
            texts([what])
        }
    }
}

fn check_opened(opened: &SessionOpened) -> Result<(), String> {
    require(opened.present.len() <= LONGEST_LIST, "Daftarnya terlalu panjang")?;
    texts([&opened.title, &opened.description])
}

fn check_closed(closed: &SessionClosed) -> Result<(), String> {
    require(closed.rows.len() <= LONGEST_LIST, "Daftarnya terlalu panjang")?;
    let is_figure = |figure: u32| i32::try_from(figure).is_ok();
    let all = closed.rows.iter().flat_map(|row| {
        let figures = row.figures;
        [
            figures.s,
            figures.k,
            figures.d,
            figures.n,
            figures.t,
            figures.o,
            figures.b,
            figures.two_t,
            figures.bgm,
        ]
    });
    require(all.into_iter().all(is_figure), "Angka penutupan ini tidak mungkin")
}

fn list_of(list: &[String]) -> Result<(), String> {
    require(list.len() <= LONGEST_LIST, "Daftarnya terlalu panjang")?;
    texts(list)
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
    let is_text = |text: &String| text.chars().count() <= LONGEST_TEXT && is_plain(text);
    require(texts.into_iter().all(is_text), "Keterangannya terlalu panjang atau tidak bisa dibaca")
}
