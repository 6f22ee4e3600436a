//! One meter of blood pressure or glucose: what it told last, and when it was calibrated.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{NaiveDate, NaiveDateTime};
use protocol::LocalDate;
use serde::Deserialize;

use super::{Technician, one, said};
use crate::app::Edge;
use crate::scales::{About, Heard, Upset};
use crate::staff::Staff;
use crate::web::{Trouble, page, words};

#[derive(Template)]
#[template(path = "instruments/meter.html")]
struct MeterPage {
    about: About,
    kind: &'static str,
    label: String,
    mark: &'static str,
    class: &'static str,
    state: String,
    /// Nobody can say when it measured.
    is_undated: bool,
    calibration: (&'static str, &'static str, String),
    /// The day of the last calibration, as the field wants it.
    calibrated: String,
    /// What is offered now, and how many minutes old it is.
    offered: Vec<(String, u64)>,
    dialect: &'static str,
    heard: Heard,
    from_settings: bool,
    may_change: bool,
    wrong: Option<&'static str>,
}

pub(super) fn draw(
    edge: &Edge,
    staff: &Staff,
    about: About,
    wrong: Option<&'static str>,
) -> Result<Response, Trouble> {
    let live = edge.instruments.watch(&about.id).ok_or(Trouble::Nowhere)?.borrow().clone();
    let (mark, class, state) = said::state(&live, &about);
    let profile = edge.workshop.kept.one(&about.id);
    let now = edge.clock.now();
    let calibrated = profile.as_ref().and_then(|profile| profile.calibrated_on?.to_naive());
    let all = about.vital().map(|vital| edge.instruments.offered(vital)).unwrap_or_default();
    let own = all.into_iter().filter(|one| one.instrument.id == about.id);
    page(&MeterPage {
        kind: said::kind(about.kind),
        label: profile.as_ref().map(|profile| profile.label.clone()).unwrap_or_default(),
        mark,
        class,
        state,
        is_undated: live.upset == Some(Upset::Undated),
        calibration: edge.workshop.calibration(profile.as_ref(), now.believable.then(|| now.today.into())),
        calibrated: calibrated.map(|day| day.to_string()).unwrap_or_default(),
        offered: own.map(|one| (said::measured(&one.value), one.taken_ago.as_secs() / 60)).collect(),
        dialect: said::dialect(about.dialect),
        heard: edge.instruments.heard(&about.id).unwrap_or_default(),
        from_settings: profile.is_none(),
        may_change: profile.is_some() && Technician::is(staff),
        wrong,
        about,
    })
}

#[derive(Deserialize)]
pub(super) struct CalibrationForm {
    #[serde(default)]
    calibrated: String,
}

/// Keeps the day that stands on the sticker.
pub(super) async fn calibrate(
    State(edge): State<Edge>,
    Technician(staff): Technician,
    Path(id): Path<String>,
    Form(form): Form<CalibrationForm>,
) -> Result<Response, Trouble> {
    let about = one::about(&edge, &id)?;
    let is_meter = about.vital().is_some() && edge.workshop.kept.one(&id).is_some();
    if !is_meter {
        return Err(Trouble::Nowhere);
    }
    let now = edge.clock.now();
    match day(&form.calibrated, now.believable.then(|| now.today.into())) {
        Ok(day) => {
            edge.workshop.calibrate(&id, day).await?;
            Ok(Redirect::to(&format!("/instruments/{id}")).into_response())
        }
        Err(wrong) => {
            let again = draw(&edge, &staff, about, Some(wrong))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

/// The ways a day is typed: by a browser with a calendar, and by hand.
const WAYS: [&str; 3] = ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"];

/// A typed day of a calibration. It has been.
pub(super) fn day(text: &str, today: Option<LocalDate>) -> Result<LocalDate, &'static str> {
    let day = WAYS.iter().find_map(|way| NaiveDate::parse_from_str(text.trim(), way).ok());
    let day =
        LocalDate::from(day.ok_or("Tulis tanggal kalibrasinya seperti di stiker, misalnya 24-11-2026.")?);
    if today.is_some_and(|today| day.0 > today.0) {
        return Err("Tanggal kalibrasi itu belum tiba. Lihat lagi stikernya.");
    }
    Ok(day)
}

/// Date and time by a meter's own clock.
pub(super) fn moment(at: NaiveDateTime) -> String {
    format!("{} pukul {}", words::date(at.date()), at.format("%H.%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_calibration_is_read_however_it_is_typed_and_has_been() {
        let today = Some(LocalDate::from(NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()));
        for text in ["2026-03-01", "01-03-2026", " 1/3/2026 "] {
            let read = day(text, today).unwrap().to_naive().unwrap();
            assert_eq!(read.to_string(), "2026-03-01", "{text}");
        }
        for (text, why) in
            [("", "seperti di stiker"), ("Maret", "seperti di stiker"), ("2026-11-25", "belum tiba")]
        {
            assert!(day(text, today).unwrap_err().contains(why), "{text}");
        }
        assert!(day("2030-01-01", None).is_ok(), "nobody knows which day it is");
    }

    #[test]
    fn a_calibration_is_due_after_its_year() {
        let on = LocalDate(1_000);
        let class = |on: Option<LocalDate>, today: i32| said::calibration(on, Some(LocalDate(today)), 365).1;
        assert_eq!(
            [class(None, 1_000), class(Some(on), 1_365), class(Some(on), 1_366)],
            ["pending", "good", "attention"]
        );
        assert_eq!(said::calibration(Some(on), None, 365).1, "good");
    }
}
