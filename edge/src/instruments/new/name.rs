//! The third page: what has been proved gets a name, and is used from then on.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::check::InstrumentKind;
use serde::Deserialize;
use uuid::Uuid;

use super::fit::Steps;
use super::trial::{Known, Way};
use super::{to_list, to_port};
use crate::app::Edge;
use crate::config::BleSettings;
use crate::instruments::languages::described;
use crate::instruments::ports::Plugged;
use crate::instruments::profile::{Cable, Place, Profile};
use crate::instruments::{Technician, said};
use crate::scales::{Quantity, Wire};
use crate::web::{Trouble, page};

/// Letters of a name that fit on a phone.
const LONGEST_NAME: usize = 40;

#[derive(Template)]
#[template(path = "instruments/new/name.html")]
pub(super) struct NamePage {
    port: String,
    kind: &'static str,
    kind_said: &'static str,
    /// What remains: its word, its description, what it read.
    choices: Vec<(String, &'static str, String)>,
    /// Divisions to choose from, the usual one marked.
    divisions: Vec<(u32, String, bool)>,
    name: String,
    wrong: Option<&'static str>,
}

impl NamePage {
    pub(super) fn of(
        port: String,
        (kind, quantity): (InstrumentKind, Quantity),
        proved: &[Known],
        name: String,
    ) -> Self {
        let choices = proved.iter().map(|known| {
            let read = said::value(quantity, known.proved.value);
            (known.word(), described(known.proved.profile.dialect), read)
        });
        let divisions = divisions(kind);
        // rounding away what the instrument tells apart would falsify every weight
        let steps = proved.iter().map(|known| known.proved.steps);
        let usual = steps.min_by_key(|steps| steps.finest).and_then(|steps| finest(kind, steps));
        let usual = usual.or(divisions.first().copied()).unwrap_or_default();
        let division = |&size| (size, said::division(quantity, size), size == usual);
        Self {
            port,
            kind: said::kind_word(kind),
            kind_said: said::kind(kind),
            choices: choices.collect(),
            divisions: divisions.iter().map(division).collect(),
            name: if name.is_empty() { said::kind(kind).into() } else { name },
            wrong: None,
        }
    }
}

/// The scale divisions instruments of a kind have.
const fn divisions(kind: InstrumentKind) -> &'static [u32] {
    match kind {
        InstrumentKind::InfantScale => &[5, 10, 20],
        InstrumentKind::StandingScale => &[10, 20, 50, 100, 200],
        InstrumentKind::LengthBoard => &[1, 5, 10],
        InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter => &[1],
    }
}

/// The finest of them that agrees with what was heard.
fn finest(kind: InstrumentKind, steps: Steps) -> Option<u32> {
    divisions(kind).iter().copied().find(|&division| steps.allow(division))
}

/// Why a scale division cannot be right, if what was heard says so.
fn wrong_division(kind: InstrumentKind, steps: Steps, division: u32) -> Option<&'static str> {
    (finest(kind, steps).is_some() && !steps.allow(division)).then_some(
        "Langkah itu tidak cocok dengan angka yang tadi terbaca. Lihat layarnya: angkanya naik berapa setiap kali? Lalu \
         pilih lagi.",
    )
}

#[derive(Deserialize)]
pub(in crate::instruments) struct NewForm {
    port: String,
    kind: String,
    choice: String,
    division: u32,
    name: String,
    #[serde(default)]
    label: String,
}

/// Takes the instrument in: only what a known mass or length has proved on this very port or at this very address.
pub(in crate::instruments) async fn take_in(
    State(edge): State<Edge>,
    _: Technician,
    Form(form): Form<NewForm>,
) -> Result<Response, Trouble> {
    let (kind, quantity) = said::kind_of(&form.kind).ok_or(Trouble::Unreadable)?;
    let mut proved = edge.workshop.trials.proved(&form.port);
    proved.retain(|known| known.measures == quantity.measures());
    let Some(&chosen) = proved.iter().find(|known| known.word() == form.choice) else {
        return Ok(to_port(&form.port));
    };
    let (name, label) = (form.name.trim().to_owned(), form.label.trim().to_owned());
    let wrong = wrong_name(&edge, None, &name, &label);
    if let Some(wrong) = wrong.or_else(|| wrong_division(kind, chosen.proved.steps, form.division)) {
        let again =
            NamePage { wrong: Some(wrong), ..NamePage::of(form.port, (kind, quantity), &proved, name) };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)?).into_response());
    }
    let shown = edge.workshop.trials.look(&form.port).ok_or(Trouble::Nowhere)?;
    let place = match shown.way {
        Way::Line { wire, .. } => Place::Line(cable(&edge, &form.port, wire).await?),
        Way::Air(ble) => {
            let heard_at = chosen.proved.place;
            let characteristic = heard_at.and_then(|place| place.to_name(chosen.proved.profile.dialect));
            Place::Air { ble: BleSettings { characteristic, ..ble } }
        }
        // it is taken in on a page of its own
        Way::Meter(..) => return Ok(to_port(&form.port)),
    };
    let profile = Profile {
        id: edge.workshop.free_id(&name),
        instrument: Uuid::new_v4(),
        checked_as: Vec::new(),
        name,
        former_names: Vec::new(),
        label,
        place,
        dialect: chosen.proved.profile.dialect.name().into(),
        unit: chosen.unit().map(|unit| unit.name().into()),
        kind,
        division: form.division.clamp(1, 1_000),
        calibrated_on: None,
    };
    edge.workshop.take_in(&form.port, profile).await?;
    Ok(to_list())
}

/// The line of the device with a name.
async fn cable(edge: &Edge, port: &str, wire: Wire) -> Result<Cable, Trouble> {
    let workshop = edge.workshop.clone();
    let sockets =
        tokio::task::spawn_blocking(move || workshop.sockets()).await.map_err(|_| Trouble::Broken)?;
    let Plugged { by_id, by_path, .. } = sockets.find(port).ok_or(Trouble::Nowhere)?.clone();
    Ok(Cable { by_id, by_path, known_by: sockets.known_by(), wire })
}

/// Why a name cannot be given, if it cannot.
pub(in crate::instruments) fn wrong_name(
    edge: &Edge,
    own: Option<&str>,
    name: &str,
    label: &str,
) -> Option<&'static str> {
    let is_plain = |text: &str| text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control);
    if name.is_empty() || !is_plain(name) || !is_plain(label) {
        return Some("Tulis namanya, paling panjang 40 huruf.");
    }
    let others = edge.instruments.all().into_iter().filter(|(about, _)| Some(about.id.as_str()) != own);
    // a value names its instrument: two that ever bore one name could not be told apart
    let mut taken = others.flat_map(|(about, _)| edge.workshop.names(&about.id, &about.name));
    let same = taken.any(|other| other.eq_ignore_ascii_case(name));
    same.then_some("Nama itu sudah dipakai alat lain. Tambahkan huruf, misalnya A atau B.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_that_rounds_away_what_was_heard_is_refused_and_the_finest_is_proposed() {
        let standing = InstrumentKind::StandingScale;
        let table = [
            (Steps { finest: 10, common: 0 }, Some(10), [None, None]),
            (Steps { finest: 10, common: 4_980 }, Some(10), [None, Some("tidak cocok")]),
            (Steps { finest: 100, common: 5_000 }, Some(100), [Some("tidak cocok"), None]),
            // nothing that is offered agrees: whoever reads the display knows better
            (Steps { finest: 1, common: 1 }, None, [None, None]),
        ];
        for (steps, proposed, wrong) in table {
            assert_eq!(finest(standing, steps), proposed, "{steps:?}");
            for (division, wrong) in [10, 100].into_iter().zip(wrong) {
                let said = wrong_division(standing, steps, division);
                assert_eq!(said.is_some(), wrong.is_some(), "{steps:?} {division}");
                assert!(said.is_none_or(|said| wrong.is_some_and(|part| said.contains(part))));
            }
        }
    }
}
