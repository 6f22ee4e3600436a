//! What a meter has just finished and a kader may tap instead of typing it.
//!
//! # Why
//! A meter does not know whose arm it was on, so its number is nobody's until somebody taps it on that person's page. This
//! is the one place where pages meet meters.

use protocol::VisitId;
use protocol::event::Instrument;
use protocol::growth::Taken;
use protocol::measured::{self, Measure, What};
use scales::Meal;
use uuid::Uuid;

use crate::app::Edge;
use crate::scales::{Offered, Value, Vital};
use crate::store::StoreError;

/// A finished measurement that is nobody's yet.
pub(crate) struct Offer {
    pub(crate) id: Uuid,
    /// `128/82 · Tensimeter A · 1 menit lalu`.
    pub(crate) label: String,
}

/// A measurement that now belongs to a visit.
pub(crate) struct Given {
    pub(crate) measure: Measure,
    pub(crate) instrument: Instrument,
}

/// What meters offer of a quantity, the latest first.
pub(crate) fn offers(edge: &Edge, what: What) -> Vec<Offer> {
    let Some(vital) = vital(what) else { return Vec::new() };
    edge.instruments.offered(vital).iter().map(offer).collect()
}

/// Gives an offered measurement to a visit; `fasting` is what was said of a glucose whose meter does not know. `None` if it
/// is not offered any more.
pub(crate) async fn take(
    edge: &Edge,
    id: Uuid,
    visit: VisitId,
    fasting: bool,
) -> Result<Option<Given>, StoreError> {
    let Some(taken) = edge.instruments.take(id, visit).await? else { return Ok(None) };
    Ok(Some(Given { measure: measure(&taken.value, fasting), instrument: taken.instrument }))
}

const fn vital(what: What) -> Option<Vital> {
    match what {
        What::Pressure => Some(Vital::BloodPressure),
        What::Glucose => Some(Vital::Glucose),
        _ => None,
    }
}

fn offer(offered: &Offered) -> Offer {
    let figure = match &offered.value {
        Value::BloodPressure(pressure) => format!("{}/{}", pressure.systolic_mmhg, pressure.diastolic_mmhg),
        Value::Glucose(glucose) => format!("{} mg/dL", glucose.mg_per_dl),
    };
    let ago = match offered.taken_ago.as_secs() / 60 {
        0 => "baru saja".to_owned(),
        minutes => format!("{minutes} menit lalu"),
    };
    Offer { id: offered.id, label: format!("{figure} · {} · {ago}", offered.instrument.name) }
}

fn measure(value: &Value, fasting: bool) -> Measure {
    match value {
        Value::BloodPressure(pressure) => Measure::Pressure(Taken::Value(measured::Pressure {
            systolic: pressure.systolic_mmhg,
            diastolic: pressure.diastolic_mmhg,
            pulse: pressure.pulse_bpm,
        })),
        Value::Glucose(glucose) => Measure::Glucose(Taken::Value(measured::Glucose {
            mg_dl: glucose.mg_per_dl,
            fasting: fasting || glucose.meal == Some(Meal::Fasting),
        })),
    }
}
