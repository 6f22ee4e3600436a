//! The cards of a visit: what is due for this child today, what is done, and what can be done besides.

use care::child::{Age, albendazole_mg, capsule, head_is_due};
use growth::Nutrition;
use growth::kms::Gain;
use protocol::measured::{Measure, Measured};
use protocol::service::TbSign;
use protocol::{Body, EventId};

use super::service::Service;
use super::settings::Settings;
use crate::records;
use crate::visits::Case;
use crate::visits::found::{self, Findings};

/// One card.
pub(super) struct Card {
    pub(super) service: Service,
    /// A line beneath the title.
    pub(super) hint: Option<String>,
    pub(super) form: Form,
    /// The id the answer will have; nothing where none could be kept for it.
    pub(super) event: Option<EventId>,
    /// What was answered.
    pub(super) done: Option<Done>,
    /// Whether it is for today.
    pub(super) is_due: bool,
    /// What is wrong with what was typed.
    pub(super) unclear: Option<&'static str>,
}

/// An answer that stands.
pub(super) struct Done {
    pub(super) said: String,
    pub(super) event: EventId,
}

/// How a card is answered.
pub(super) enum Form {
    /// Centimetres on a tape.
    Tape { typed: String, example: &'static str },
    /// Yes or no: what the buttons say.
    Either { yes: &'static str, no: &'static str },
    /// Given with one tap, or not.
    Give { button: String },
    /// Ticks, and one tap for none of them.
    Ticks { items: Vec<Tick>, all_well: &'static str, save: &'static str },
}

/// Something to tick.
pub(super) struct Tick {
    pub(super) code: String,
    pub(super) text: String,
    pub(super) ticked: bool,
}

/// The signs of tuberculosis that are asked for, by the words of forms.
pub(super) const SIGNS: [(TbSign, &str, &str); 5] = [
    (TbSign::Cough, "cough", "Batuk 2 minggu atau lebih"),
    (TbSign::Fever, "fever", "Demam 2 minggu atau lebih"),
    (TbSign::Weight, "weight", "Berat turun atau tidak naik 2 bulan"),
    (TbSign::Contact, "contact", "Serumah atau dekat dengan pasien TB"),
    (TbSign::Glands, "glands", "Benjolan di leher"),
];

/// All cards that make sense at this age, in the page's order.
pub(super) fn cards(case: &Case, settings: &Settings, findings: Option<&Findings>) -> Vec<Card> {
    let Some(born) = case.born() else { return Vec::new() };
    let age = Age::on(born, case.now.today);
    Service::ALL
        .into_iter()
        .filter_map(|service| {
            let (form, hint) = form(service, case, settings, age)?;
            let done =
                case.facts_here().rev().find(|fact| Service::answered_by(fact.body()) == Some(service));
            Some(Card {
                service,
                hint,
                form,
                event: case.ticket.draft.care.events.get(service.word()).copied(),
                done: done.map(|fact| Done { said: records::said(fact.body()), event: fact.id() }),
                is_due: is_due(service, case, settings, findings, age),
                unclear: None,
            })
        })
        .collect()
}

/// How a service is answered at this age and what is said beside; `None` where it means nothing.
fn form(service: Service, case: &Case, settings: &Settings, age: Age) -> Option<(Form, Option<String>)> {
    let draft = &case.ticket.draft.care.fields;
    let typed = || draft.get(service.word()).cloned().unwrap_or_default();
    let ticked = |code: &str| draft.contains_key(&format!("{}-{code}", service.word()));
    let tick = |code: &str, text: &str| Tick { code: code.into(), text: text.into(), ticked: ticked(code) };
    match service {
        Service::Arm => age.has_tape().then(|| (Form::Tape { typed: typed(), example: "13,2" }, None)),
        Service::Head => age.has_head().then(|| (Form::Tape { typed: typed(), example: "44,5" }, None)),
        Service::Oedema => age.is_under_five().then(|| {
            let hint = "Tekan punggung kedua kaki 3 detik. Bengkak bila lekuknya tertinggal di keduanya.";
            (Form::Either { yes: "Ya, bengkak", no: "Tidak" }, Some(hint.into()))
        }),
        Service::Milk => age.is_asked_for_milk().then(|| {
            let hint = "Tanpa susu formula, air, madu, pisang. Obat dan vitamin boleh.";
            (Form::Either { yes: "Ya, ASI saja", no: "Sudah diberi lain" }, Some(hint.into()))
        }),
        Service::Tuberculosis => age.is_under_five().then(|| {
            let items = SIGNS.iter().map(|(_, code, text)| tick(code, text)).collect();
            (Form::Ticks { items, all_well: "Tidak ada tanda", save: "Simpan yang dicentang" }, None)
        }),
        Service::Development => {
            let items: Vec<Tick> =
                settings.list().at(age.months).map(|item| tick(item.code, item.text)).collect();
            let name = settings.list().name().unwrap_or_default();
            let example = if settings.is_example() { ", hanya contoh" } else { "" };
            let hint = format!("Centang yang sudah bisa. Daftar {name}{example}.");
            let form = Form::Ticks { items, all_well: "Semua bisa", save: "Simpan yang dicentang" };
            let is_empty = matches!(&form, Form::Ticks { items, .. } if items.is_empty());
            (!is_empty).then_some((form, Some(hint)))
        }
        Service::VitaminA => {
            let colour = found::capsule(capsule(age)?);
            Some((Form::Give { button: format!("Kapsul {colour} diberikan") }, last_given(case, service)))
        }
        Service::Deworming => {
            let dose = albendazole_mg(age)?;
            let button = format!("{} {dose} mg diberikan", settings.deworming);
            Some((Form::Give { button }, last_given(case, service)))
        }
        Service::Food => age.is_under_five().then(|| {
            let button = format!("{} untuk {} hari diberikan", settings.food, settings.food_days);
            (Form::Give { button }, last_given(case, service))
        }),
    }
}

/// When it was given before, at another visit.
fn last_given(case: &Case, service: Service) -> Option<String> {
    let here: Vec<EventId> = case.facts_here().map(crate::store::Fact::id).collect();
    let last = case.facts.iter().rev().find(|fact| {
        let is_declined = matches!(fact.body(), Body::Served(protocol::service::Served::Declined { .. }));
        Service::answered_by(fact.body()) == Some(service) && !is_declined && !here.contains(&fact.id())
    })?;
    let on = last.on?.to_naive()?;
    Some(format!("Terakhir {}: {}", crate::web::words::date(on), records::said(last.body())))
}

/// Whether a service is for today. What is done stays where it was asked.
fn is_due(service: Service, case: &Case, settings: &Settings, findings: Option<&Findings>, age: Age) -> bool {
    let answered = case.facts_here().any(|fact| Service::answered_by(fact.body()) == Some(service));
    answered
        || match service {
            Service::Arm | Service::Milk | Service::Tuberculosis => true,
            Service::Head => {
                let heads = case.facts.iter().filter(|fact| {
                    matches!(fact.body(), Body::Measured(Measured { measure: Measure::Head(_), .. }))
                });
                let last = heads.filter_map(|fact| fact.on?.to_naive()).max();
                case.born().is_some_and(|born| head_is_due(born, case.now.today, last))
            }
            Service::Oedema => findings.is_none_or(|found| found.now.measures.mass().is_none()),
            Service::Development => is_new_age(case, settings, age),
            Service::VitaminA => case.born().is_some_and(|born| {
                let given = found::days(&case.facts, |served| {
                    matches!(served, protocol::service::Served::VitaminA(_))
                });
                care::child::vitamin_a(born, case.now.today, given.into_iter()).is_some()
            }),
            Service::Deworming => case.born().is_some_and(|born| {
                let given = found::days(&case.facts, |served| {
                    matches!(served, protocol::service::Served::Deworming { .. })
                });
                care::child::deworming(born, case.now.today, given.into_iter()).is_some()
            }),
            Service::Food => findings.is_some_and(|found| {
                let is_thin = found.status(Nutrition::Wasted) || found.weight(growth::WeightForAge::Under);
                is_thin || found.gain(Gain::NotRisen)
            }),
        }
}

/// Whether nobody has gone through the items of this age with the child.
fn is_new_age(case: &Case, settings: &Settings, age: Age) -> bool {
    let mut asked = case.facts.iter().filter_map(|fact| match fact.body() {
        Body::Noted(protocol::service::Noted::Development { list, can, cannot }) => Some((list, can, cannot)),
        _ => None,
    });
    let name = settings.list().name().unwrap_or_default();
    let items: Vec<&str> = settings.list().at(age.months).map(|item| item.code).collect();
    !asked.any(|(list, can, cannot)| {
        list == name && can.iter().chain(cannot).any(|code| items.contains(&code.as_str()))
    })
}
