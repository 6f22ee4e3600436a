//! The figures a page asks for: how they are typed, read, doubted and said.

use care::adult::Odd;
use protocol::event::Instrument;
use protocol::growth::Taken;
use protocol::measured::{Glucose, Measure, Pressure, What};
use uuid::Uuid;

use super::form::Typed;
use super::offered::{self, Offer};
use super::visitor::Visitor;
use crate::app::Edge;
use crate::store::{StoreError, Ticket};
use crate::web::words;

/// A figure that was read, and what read it.
pub(crate) struct Said {
    pub(crate) measure: Measure,
    pub(crate) instrument: Option<Instrument>,
}

/// A field that cannot be read as it is, and what to say beside it.
pub(crate) type Wrong = (&'static str, &'static str);

/// Fields that belong together under one word.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) inputs: Vec<Input>,
    pub(crate) is_glucose: bool,
    /// `ya` or `tidak`, as chosen.
    pub(crate) fasting: String,
    pub(crate) offers: Vec<Offer>,
    /// What stands from the last time: `terakhir 120/80 · 10-01-2026`.
    pub(crate) last: Option<String>,
}

/// One field.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) example: &'static str,
    pub(crate) value: String,
    pub(crate) wrong: Option<&'static str>,
}

/// How a quantity is asked for: its word, and its fields with label and example.
const fn asked(what: What) -> (&'static str, &'static [(&'static str, &'static str, &'static str)]) {
    match what {
        What::Mass => ("Berat", &[("mass", "Berat (kg)", "58,4")]),
        What::Height => ("Tinggi", &[("height", "Tinggi (cm)", "156")]),
        What::Waist => ("Lingkar perut", &[("waist", "Lingkar perut (cm)", "82")]),
        What::Arm => ("LiLA", &[("arm", "Lingkar lengan atas (cm)", "25,5")]),
        What::Pressure => (
            "Tensi",
            &[("systolic", "Atas", "120"), ("diastolic", "Bawah", "80"), ("pulse", "Nadi", "boleh kosong")],
        ),
        What::Glucose => ("Gula darah", &[("glucose", "Gula darah (mg/dL)", "110")]),
        What::Cholesterol => ("Kolesterol", &[("cholesterol", "Kolesterol (mg/dL)", "180")]),
        What::UricAcid => ("Asam urat", &[("uric_acid", "Asam urat (mg/dL)", "5,4")]),
        What::Haemoglobin => ("Hb", &[("haemoglobin", "Hb (g/dL)", "11,8")]),
        What::Temperature => ("Suhu", &[("temperature", "Suhu (°C)", "36,6")]),
        What::Fundus => ("Tinggi rahim", &[("fundus", "Tinggi rahim (cm)", "24")]),
        What::FetalHeart => ("Denyut janin", &[("fetal_heart", "Denyut janin (per menit)", "140")]),
        What::Head => ("Lingkar kepala", &[("head", "Lingkar kepala (cm)", "45")]),
    }
}

/// The fields of these quantities, with what was typed and what is wrong with it.
pub(crate) fn groups(
    edge: &Edge,
    visitor: &Visitor,
    whats: &[What],
    typed: &Typed,
    wrong: &[Wrong],
) -> Vec<Group> {
    let input = |&(name, label, example): &(&'static str, &'static str, &'static str)| Input {
        name,
        label,
        example,
        value: typed.get(name).to_owned(),
        wrong: wrong.iter().find(|(field, _)| *field == name).map(|(_, say)| *say),
    };
    let group = |&what: &What| {
        let (title, inputs) = asked(what);
        let last = visitor.last(what);
        Group {
            title,
            inputs: inputs.iter().map(input).collect(),
            is_glucose: what == What::Glucose,
            fasting: typed.get("fasting").to_owned(),
            offers: offered::offers(edge, what),
            last: last.map(|seen| format!("terakhir {} · {}", say(&seen.measure), words::date(seen.on))),
        }
    };
    whats.iter().map(group).collect()
}

/// Reads the figures that were typed; empty fields are no figures. Everything unreadable is said at once.
fn read(typed: &Typed, whats: &[What]) -> (Vec<Said>, Vec<Wrong>) {
    let (mut said, mut wrong) = (Vec::new(), Vec::new());
    for &what in whats {
        match one(typed, what) {
            Ok(Some(measure)) => said.push(Said { measure, instrument: None }),
            Ok(None) => {}
            Err(field) => wrong.push(field),
        }
    }
    (said, wrong)
}

fn one(typed: &Typed, what: What) -> Result<Option<Measure>, Wrong> {
    let (_, fields) = asked(what);
    let name = fields[0].0;
    match what {
        What::Pressure => return pressure(typed),
        _ if !typed.has(name) => return Ok(None),
        _ => {}
    }
    let text = typed.get(name);
    let measure = match what {
        What::Mass => fine(text, 1, 500_000).map(|value| Measure::Mass(Taken::Value(value))),
        What::Height => length(text).map(|value| Measure::Height(Taken::Value(value))),
        What::Waist => length(text).map(|value| Measure::Waist(Taken::Value(value))),
        What::Arm => length(text).map(|value| Measure::Arm(Taken::Value(value))),
        What::Head => length(text).map(|value| Measure::Head(Taken::Value(value))),
        What::Fundus => length(text).map(|value| Measure::Fundus(Taken::Value(value))),
        What::Cholesterol => whole(text).map(|value| Measure::Cholesterol(Taken::Value(value))),
        What::FetalHeart => whole(text).map(|value| Measure::FetalHeart(Taken::Value(value))),
        What::UricAcid => tenths(text).map(|value| Measure::UricAcid(Taken::Value(value))),
        What::Haemoglobin => tenths(text).map(|value| Measure::Haemoglobin(Taken::Value(value))),
        What::Temperature => tenths(text).map(|value| Measure::Temperature(Taken::Value(value))),
        What::Glucose => return glucose(typed, text).map(Some),
        What::Pressure => None,
    };
    measure.map(Some).ok_or((name, unclear(what)))
}

fn pressure(typed: &Typed) -> Result<Option<Measure>, Wrong> {
    let names = ["systolic", "diastolic", "pulse"];
    if names.iter().all(|name| !typed.has(name)) {
        return Ok(None);
    }
    let figure = |name: &'static str, say: &'static str| {
        whole(typed.get(name)).filter(|&mmhg| mmhg <= 400).ok_or((name, say))
    };
    let systolic = figure("systolic", "Tulis angka atas dari tensimeter, misalnya 120.")?;
    let diastolic = figure("diastolic", "Tulis angka bawah dari tensimeter, misalnya 80.")?;
    let pulse = match typed.has("pulse") {
        true => Some(figure("pulse", "Tulis nadi per menit, misalnya 76. Boleh dikosongkan.")?),
        false => None,
    };
    Ok(Some(Measure::Pressure(Taken::Value(Pressure { systolic, diastolic, pulse }))))
}

fn glucose(typed: &Typed, text: &str) -> Result<Measure, Wrong> {
    let mg_dl = whole(text).ok_or(("glucose", unclear(What::Glucose)))?;
    let fasting = match typed.get("fasting") {
        "ya" => true,
        "tidak" => false,
        _ => return Err(("glucose", "Pilih juga: puasa atau sewaktu.")),
    };
    Ok(Measure::Glucose(Taken::Value(Glucose { mg_dl, fasting })))
}

const fn unclear(what: What) -> &'static str {
    match what {
        What::Mass => "Tulis beratnya dalam kg, misalnya 58,4.",
        What::Height => "Tulis tingginya dalam cm, misalnya 156.",
        What::Waist => "Tulis lingkar perut dalam cm, misalnya 82.",
        What::Arm => "Tulis lingkar lengan atas dalam cm, misalnya 25,5.",
        What::Head => "Tulis lingkar kepala dalam cm, misalnya 45.",
        What::Fundus => "Tulis tinggi rahim dalam cm, misalnya 24.",
        What::Glucose => "Tulis gula darah dalam mg/dL, misalnya 110.",
        What::Cholesterol => "Tulis kolesterol dalam mg/dL, misalnya 180.",
        What::UricAcid => "Tulis asam urat dalam mg/dL, misalnya 5,4.",
        What::Haemoglobin => "Tulis Hb dalam g/dL, misalnya 11,8.",
        What::Temperature => "Tulis suhu, misalnya 36,6.",
        What::FetalHeart => "Tulis denyut janin per menit, misalnya 140.",
        What::Pressure => "Tulis tensi, misalnya 120 dan 80.",
    }
}

/// A figure in thousandths that is a multiple of `step`, in units of it. Nothing is rounded.
fn fine(text: &str, step: u32, most: u32) -> Option<u32> {
    let milli = words::typed_milli(text).filter(|milli| *milli > 0 && milli % step == 0)?;
    Some(milli / step).filter(|&value| value <= most)
}

/// Centimetres in tenths of a millimetre.
fn length(text: &str) -> Option<u32> {
    fine(text, 10, 30_000)
}

fn tenths(text: &str) -> Option<u16> {
    fine(text, 100, 5_000).and_then(|value| u16::try_from(value).ok())
}

fn whole(text: &str) -> Option<u16> {
    fine(text, 1_000, 5_000).and_then(|value| u16::try_from(value).ok())
}

/// What should be asked about a figure before it is kept; `mass_before` is her last weight in grams.
pub(crate) fn odd(measure: &Measure, mass_before: Option<u32>) -> Vec<Odd> {
    let single = |odd: Odd| odd.of(measure.number()?);
    let found: [Option<Odd>; 4] = match measure {
        Measure::Mass(taken) => {
            let jump = taken.value().zip(mass_before).and_then(|(now, before)| Odd::jump(now, before));
            [single(Odd::MASS), jump, None, None]
        }
        Measure::Pressure(taken) => match taken.value() {
            Some(Pressure { systolic, diastolic, pulse }) => [
                Odd::SYSTOLIC.of(u32::from(systolic)),
                Odd::DIASTOLIC.of(u32::from(diastolic)),
                pulse.and_then(|pulse| Odd::PULSE.of(u32::from(pulse))),
                (diastolic >= systolic).then_some(Odd::CROSSED),
            ],
            None => [None; 4],
        },
        Measure::Height(_) => [single(Odd::HEIGHT), None, None, None],
        Measure::Waist(_) => [single(Odd::WAIST), None, None, None],
        Measure::Arm(_) => [single(Odd::ARM), None, None, None],
        Measure::Glucose(_) => [single(Odd::GLUCOSE), None, None, None],
        Measure::Cholesterol(_) => [single(Odd::CHOLESTEROL), None, None, None],
        Measure::UricAcid(_) => [single(Odd::URIC_ACID), None, None, None],
        Measure::Haemoglobin(_) => [single(Odd::HAEMOGLOBIN), None, None, None],
        Measure::Temperature(_) => [single(Odd::TEMPERATURE), None, None, None],
        Measure::Fundus(_) => [single(Odd::FUNDUS), None, None, None],
        Measure::FetalHeart(_) => [single(Odd::FETAL_HEART), None, None, None],
        Measure::Head(_) => [None; 4],
    };
    found.into_iter().flatten().collect()
}

/// A figure as one says it: `tensi 120/80`.
pub(crate) fn say(measure: &Measure) -> String {
    crate::records::said(&protocol::Body::Measured(protocol::measured::Measured {
        measure: *measure,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
    }))
}

/// What became of a page's figures.
pub(crate) enum Filled {
    /// All can be kept.
    Said(Vec<Said>),
    /// Some fields cannot be read, or nothing was typed.
    Wrong(Vec<Wrong>),
    /// Some are rare, and were not insisted on yet: what to ask, and what whoever insists sends back.
    Odd(Vec<String>, String),
}

/// Reads a page's figures, takes what was tapped from a meter, and asks once about what is rare.
pub(crate) async fn fill(
    edge: &Edge,
    visitor: &Visitor,
    ticket: &Ticket,
    typed: &Typed,
    whats: &[What],
) -> Result<Filled, StoreError> {
    let (mut said, mut wrong) = read(typed, whats);
    if let Ok(reading) = Uuid::parse_str(typed.get("take")) {
        match offered::take(edge, reading, ticket.visit, typed.get("fasting") == "ya").await? {
            Some(given) => {
                said.retain(|said| said.measure.what() != given.measure.what());
                said.push(Said { measure: given.measure, instrument: Some(given.instrument) });
            }
            None => wrong.push(("take", "Angka itu sudah dipakai orang lain. Ukur lagi, atau ketik.")),
        }
    }
    if said.is_empty() && wrong.is_empty() {
        let first = whats.first().map_or("take", |&what| asked(what).1[0].0);
        wrong.push((first, "Isi paling tidak satu angka."));
    }
    if !wrong.is_empty() {
        return Ok(Filled::Wrong(wrong));
    }
    let mass_before = visitor.before(ticket.visit, What::Mass);
    let (mut asks, mut codes) = (Vec::new(), Vec::new());
    for said in &said {
        let odd: Vec<String> =
            odd(&said.measure, mass_before).iter().map(|odd| odd.code().to_string()).collect();
        if !odd.is_empty() {
            asks.push(format!("{}?", say(&said.measure)));
            codes.extend(odd);
        }
    }
    let is_seen = |code: &String| typed.get("seen").split(',').any(|seen| seen == code);
    if codes.iter().all(is_seen) { Ok(Filled::Said(said)) } else { Ok(Filled::Odd(asks, codes.join(","))) }
}
