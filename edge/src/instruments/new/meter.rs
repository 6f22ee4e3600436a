//! Taking in a meter of blood pressure or glucose: one measurement, which a person compares with the display, and a name.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::LocalDate;
use serde::Deserialize;
use uuid::Uuid;

use super::name::wrong_name;
use super::trial::{Shown, Told, Way};
use super::{At, to_list, to_page};
use crate::app::Edge;
use crate::config::BleSettings;
use crate::instruments::profile::{Place, Profile};
use crate::instruments::{Technician, meter, said};
use crate::scales::{Caution, Value, Vital};
use crate::web::{Trouble, page};

#[derive(Template)]
#[template(path = "instruments/new/meter.html")]
struct MeterPage {
    port: String,
    kind: &'static str,
    is_cuff: bool,
    heard: HeardPart,
}

/// The part of the page that changes when the meter tells something.
#[derive(Template)]
#[template(path = "instruments/new/measured.html")]
struct HeardPart {
    port: String,
    open: bool,
    told: Option<Read>,
    /// Why what was told last is no measurement.
    wrong: Option<&'static str>,
}

/// A measurement to compare with the display.
struct Read {
    id: Uuid,
    text: String,
    own_time: Option<String>,
    cautions: Vec<&'static str>,
}

impl HeardPart {
    fn of(port: String, shown: &Shown) -> Self {
        let last = shown.told.last();
        Self {
            port,
            open: shown.open,
            told: last.and_then(Read::of),
            wrong: last.and_then(|told| told.value.as_ref().err()).map(|&why| said::no_value(why)),
        }
    }
}

impl Read {
    fn of(told: &Told) -> Option<Self> {
        let value = told.value.as_ref().ok()?;
        let own_time = told.own_time.map(meter::moment);
        let cautions = value.cautions().iter().map(|&caution: &Caution| said::noticed(caution)).collect();
        Some(Self { id: told.id, text: said::measured(value), own_time, cautions })
    }
}

/// The meter that is listened to at an address.
fn listened(edge: &Edge, port: &str) -> Option<(Shown, BleSettings, Vital)> {
    let shown = edge.workshop.trials.look(port)?;
    match shown.way.clone() {
        Way::Meter(ble, vital) => Some((shown, ble, vital)),
        Way::Line { .. } | Way::Air(_) => None,
    }
}

pub(in crate::instruments) async fn show(
    State(edge): State<Edge>,
    _: Technician,
    Query(At { port }): Query<At>,
) -> Result<Response, Trouble> {
    let Some((shown, _, vital)) = listened(&edge, &port) else { return Ok(to_list()) };
    let heard = HeardPart::of(port.clone(), &shown);
    let (kind, is_cuff) = (said::kind(vital.kind()), vital == Vital::BloodPressure);
    page(&MeterPage { port, kind, is_cuff, heard })
}

/// The changing part alone.
pub(in crate::instruments) async fn heard(
    State(edge): State<Edge>,
    _: Technician,
    Query(At { port }): Query<At>,
) -> Result<Response, Trouble> {
    let (shown, ..) = listened(&edge, &port).ok_or(Trouble::Nowhere)?;
    page(&HeardPart::of(port, &shown))
}

#[derive(Template)]
#[template(path = "instruments/new/meter_name.html")]
struct NamePage {
    port: String,
    reading: Uuid,
    text: String,
    name: String,
    label: String,
    calibrated: String,
    wrong: Option<&'static str>,
}

#[derive(Deserialize)]
pub(in crate::instruments) struct Which {
    port: String,
    reading: Uuid,
}

/// What was measured on this very meter; `None` if the page is of an earlier trial.
fn told(shown: &Shown, reading: Uuid) -> Option<&Value> {
    shown.told.iter().find(|told| told.id == reading)?.value.as_ref().ok()
}

/// The number has been found right: a name for the meter.
pub(in crate::instruments) async fn name(
    State(edge): State<Edge>,
    _: Technician,
    Query(Which { port, reading }): Query<Which>,
) -> Result<Response, Trouble> {
    let Some((shown, _, vital)) = listened(&edge, &port) else { return Ok(to_list()) };
    let Some(value) = told(&shown, reading) else { return Ok(to_page("/instruments/meter", &port)) };
    let name = said::kind(vital.kind()).into();
    let (label, calibrated) = (String::new(), String::new());
    page(&NamePage { port, reading, text: said::measured(value), name, label, calibrated, wrong: None })
}

#[derive(Deserialize)]
pub(in crate::instruments) struct MeterForm {
    port: String,
    reading: Uuid,
    name: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    calibrated: String,
}

/// Takes the meter in: only one whose measurement somebody has compared with its display.
pub(in crate::instruments) async fn take_in(
    State(edge): State<Edge>,
    _: Technician,
    Form(form): Form<MeterForm>,
) -> Result<Response, Trouble> {
    let Some((shown, ble, vital)) = listened(&edge, &form.port) else { return Ok(to_list()) };
    let Some(value) = told(&shown, form.reading) else {
        return Ok(to_page("/instruments/meter", &form.port));
    };
    let (name, label) = (form.name.trim().to_owned(), form.label.trim().to_owned());
    let now = edge.clock.now();
    let today = now.believable.then(|| LocalDate::from(now.today));
    let day = match form.calibrated.trim() {
        "" => Ok(None),
        text => meter::day(text, today).map(Some),
    };
    let wrong = wrong_name(&edge, None, &name, &label);
    let calibrated_on = match (wrong, day) {
        (None, Ok(day)) => day,
        (Some(wrong), _) | (None, Err(wrong)) => {
            let MeterForm { port, reading, calibrated, .. } = form;
            let (text, wrong) = (said::measured(value), Some(wrong));
            let again = NamePage { port, reading, text, name, label, calibrated, wrong };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)?).into_response());
        }
    };
    let profile = Profile {
        instrument: Uuid::new_v4(),
        checked_as: Vec::new(),
        id: edge.workshop.free_id(&name),
        name,
        former_names: Vec::new(),
        label,
        place: Place::Air { ble },
        dialect: vital.dialect().name().into(),
        unit: None,
        kind: vital.kind(),
        division: 1,
        calibrated_on,
    };
    edge.workshop.take_in(&form.port, profile).await?;
    Ok(to_list())
}
