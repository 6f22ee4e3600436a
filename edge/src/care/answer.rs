//! From a tap on a card to what is recorded.

use care::child::{Age, albendazole_mg, capsule};
use protocol::Body;
use protocol::growth::Taken;
use protocol::measured::{Measure, Measured};
use protocol::service::{Capsule, Noted, Served};

use super::cards::SIGNS;
use super::service::Service;
use super::settings::Settings;
use crate::visits::Case;
use crate::web::words;

/// A form as it was sent: its fields in order, a ticked box for each tick.
pub(super) struct Sent(pub(super) Vec<(String, String)>);

/// Why a form is no answer yet.
pub(super) enum NoAnswer {
    /// Something is to be typed otherwise.
    Unclear(&'static str),
    /// No page of ours sends this.
    Unreadable,
}

/// No child's arm or head is thinner or thicker, in tenths of a millimetre.
const ARM: std::ops::RangeInclusive<u32> = 600..=3_000;
const HEAD: std::ops::RangeInclusive<u32> = 2_000..=6_500;

impl Sent {
    /// The first value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn ticks(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(field, _)| field == "tick").map(|(_, value)| value.as_str())
    }
}

/// What a form records.
pub(super) fn answer(
    service: Service,
    sent: &Sent,
    case: &Case,
    settings: &Settings,
) -> Result<Body, NoAnswer> {
    let born = case.born().ok_or(NoAnswer::Unreadable)?;
    let age = Age::on(born, case.now.today);
    if let Some(reason) = sent.get("declined") {
        let given = matches!(service, Service::VitaminA | Service::Deworming | Service::Food);
        let reason = declined(reason).filter(|_| given).ok_or(NoAnswer::Unreadable)?;
        return Ok(Body::Served(Served::Declined { what: service.word().into(), reason: reason.into() }));
    }
    let either = || match sent.get("answer") {
        Some("yes") => Ok(true),
        Some("no") => Ok(false),
        _ => Err(NoAnswer::Unreadable),
    };
    Ok(match service {
        Service::Arm => tape(Measure::Arm, typed(sent, ARM, "Tulis LiLA dalam cm, misalnya 13,2.")?),
        Service::Head => {
            tape(Measure::Head, typed(sent, HEAD, "Tulis lingkar kepala dalam cm, misalnya 44,5.")?)
        }
        Service::Oedema => Body::Noted(Noted::Oedema(either()?)),
        Service::Milk => Body::Noted(Noted::ExclusiveBreastfeeding(either()?)),
        Service::Tuberculosis => tuberculosis(sent)?,
        Service::Development => development(sent, settings, age)?,
        Service::VitaminA => {
            let capsule = match capsule(age).ok_or(NoAnswer::Unreadable)? {
                care::child::Capsule::Blue => Capsule::Blue,
                care::child::Capsule::Red => Capsule::Red,
            };
            Body::Served(Served::VitaminA(capsule))
        }
        Service::Deworming => {
            let dose_mg = albendazole_mg(age).ok_or(NoAnswer::Unreadable)?;
            Body::Served(Served::Deworming { product: settings.deworming.clone(), dose_mg })
        }
        Service::Food => {
            Body::Served(Served::Food { product: settings.food.clone(), days: settings.food_days })
        }
    })
}

/// Why something was not taken.
fn declined(word: &str) -> Option<&'static str> {
    match word {
        "refused" => Some("tidak mau"),
        "ill" => Some("sedang sakit"),
        "out" => Some("persediaan habis"),
        "elsewhere" => Some("sudah dapat di tempat lain"),
        _ => None,
    }
}

fn tape(measure: fn(Taken<u32>) -> Measure, tenth_mm: u32) -> Body {
    let measure = measure(Taken::Value(tenth_mm));
    Body::Measured(Measured { measure, repeat: 1, window: None, insisted: Vec::new() })
}

/// A typed length in tenths of a millimetre.
fn typed(sent: &Sent, possible: std::ops::RangeInclusive<u32>, how: &'static str) -> Result<u32, NoAnswer> {
    let milli = words::typed_milli(sent.get("typed").unwrap_or_default()).ok_or(NoAnswer::Unclear(how))?;
    let tenth_mm = milli / 10;
    if milli % 10 != 0 {
        return Err(NoAnswer::Unclear(how));
    }
    if !possible.contains(&tenth_mm) {
        return Err(NoAnswer::Unclear(
            "Angka ini tidak mungkin untuk anak. Lihat lagi pitanya, lalu tulis dalam cm.",
        ));
    }
    Ok(tenth_mm)
}

fn tuberculosis(sent: &Sent) -> Result<Body, NoAnswer> {
    if sent.get("answer") == Some("well") {
        return Ok(Body::Noted(Noted::Tuberculosis(Vec::new())));
    }
    let signs = SIGNS.iter().filter(|(_, code, _)| sent.ticks().any(|tick| tick == *code));
    let signs: Vec<_> = signs.map(|(sign, _, _)| *sign).collect();
    if signs.is_empty() {
        return Err(NoAnswer::Unclear("Centang tandanya, atau ketuk Tidak ada tanda."));
    }
    Ok(Body::Noted(Noted::Tuberculosis(signs)))
}

fn development(sent: &Sent, settings: &Settings, age: Age) -> Result<Body, NoAnswer> {
    let list = settings.list();
    let name = list.name().ok_or(NoAnswer::Unreadable)?;
    let (mut can, mut cannot) = (Vec::new(), Vec::new());
    for item in list.at(age.months) {
        let is_able = sent.get("answer") == Some("well") || sent.ticks().any(|tick| tick == item.code);
        if is_able { can.push(item.code.to_owned()) } else { cannot.push(item.code.to_owned()) }
    }
    if can.is_empty() && cannot.is_empty() {
        return Err(NoAnswer::Unreadable);
    }
    Ok(Body::Noted(Noted::Development { list: name.into(), can, cannot }))
}
