//! Asks before something unlikely is kept, and whose number it is where that can be mistaken.

use askama::Template;
use axum::response::Response;
use growth::plausibility::{Concern, Concerns};
use protocol::VisitId;
use protocol::growth::Taken;
use uuid::Uuid;

use super::repeat::keeps_first;
use super::save::{Entered, Said, SaveForm, pending_event};
use super::{Step, taken};
use crate::scales::Quantity;
use crate::visits::case::{Case, Twin, Who};
use crate::web::{Trouble, page};

#[derive(Template)]
#[template(path = "visits/station/question.html")]
struct QuestionPage<'a> {
    who: Who,
    step: Step,
    value: String,
    typed: bool,
    last: Option<(String, String)>,
    /// The most serious question: the answers below are to this one.
    first: String,
    /// The others, folded.
    others: Vec<String>,
    clock_unset: bool,
    insisted: String,
    /// It may be another child: the first answer names this one.
    doubted: bool,
    /// It may be one nobody thought of.
    stranger: bool,
    /// A second measurement is asked for, and the first is kept.
    repeats: bool,
    twins: Vec<TwinAnswer>,
    form: &'a SaveForm,
}

/// *Bukan, ini Alya*: the same number for the twin's visit.
struct TwinAnswer {
    visit: VisitId,
    event: Uuid,
    insisted: u8,
    name: String,
}

/// Asks. What was read stays on the node meanwhile.
pub(in crate::visits) fn question(
    case: &Case,
    quantity: Quantity,
    entered: &Entered,
    concerns: Concerns,
    form: &SaveForm,
) -> Result<Response, Trouble> {
    let codes: Vec<String> = concerns.iter().map(|concern| concern.as_code().to_string()).collect();
    let value = taken(quantity, entered.taken());
    let mut by_weight: Vec<Concern> = concerns.iter().collect();
    by_weight.sort_by_key(|&concern| seriousness(concern));
    let mut asks = by_weight.into_iter().map(|concern| ask(concern, case, quantity, entered, &value));
    let stranger = concerns.contains(Concern::OtherChild);
    page(&QuestionPage {
        who: case.who(),
        step: Step { posture: entered.posture, ..Step::of(case, quantity, None) },
        typed: matches!(entered.said, Said::Typed(_) | Said::Not(_)),
        last: case.last(quantity),
        first: asks.next().unwrap_or_default(),
        others: asks.collect(),
        clock_unset: concerns.contains(Concern::ClockUnset),
        insisted: codes.join(","),
        doubted: stranger || concerns.contains(Concern::Twin),
        stranger,
        repeats: keeps_first(concerns),
        twins: case.twins.iter().filter_map(|twin| answer(twin, quantity, form)).collect(),
        value,
        form,
    })
}

/// The twin as an answer, unless it has its number already, or one of the two is weighed in somebody's arms: a step is
/// no weight of a child.
fn answer(twin: &Twin, quantity: Quantity, form: &SaveForm) -> Option<TwinAnswer> {
    let done = match quantity {
        Quantity::Weight => twin.ticket.weighed || twin.ticket.draft.carrying.is_some(),
        Quantity::Length => twin.ticket.measured,
    };
    let movable = form.carried.is_none() && form.from.is_none() && form.not.is_none();
    (!done && movable).then(|| TwinAnswer {
        visit: twin.ticket.visit,
        event: pending_event(&twin.ticket, quantity).0,
        insisted: Concern::Twin.as_code(),
        name: twin_named(&twin.name, twin.birth_order),
    })
}

/// The place of a concern among others, the most serious first: whose number it is, then what cannot be, then when it
/// was, then what is unlikely, and last what is only asked to be sure.
const fn seriousness(concern: Concern) -> u8 {
    match concern {
        Concern::OtherChild => 0,
        Concern::Twin => 1,
        Concern::WeightCannotBe | Concern::LengthCannotBe | Concern::HeadCannotBe | Concern::ArmCannotBe => 2,
        Concern::BeforeBirth | Concern::InFuture | Concern::ClockUnset => 3,
        Concern::RepeatsDiffer => 4,
        Concern::WeightLoss | Concern::LengthLoss | Concern::HeadLoss => 5,
        Concern::WeightGain | Concern::LengthGain => 6,
        Concern::StandingTooYoung => 7,
        Concern::WazFlag
        | Concern::LhazFlag
        | Concern::WhzFlag
        | Concern::BazFlag
        | Concern::HczFlag
        | Concern::AczFlag => 8,
        Concern::FirstLength | Concern::AgeOutOfRange => 9,
    }
}

/// One question, with the names and figures it rests on.
pub(in crate::visits) fn ask(
    concern: Concern,
    case: &Case,
    quantity: Quantity,
    entered: &Entered,
    value: &str,
) -> String {
    let name = &case.child.registered.name;
    match concern {
        Concern::OtherChild => match case.last(Quantity::Weight).filter(|_| quantity == Quantity::Weight) {
            Some((last, day)) => {
                format!("Ini benar-benar {name}? Tanggal {day} beratnya {last}, sekarang {value}.")
            }
            None => concern.ask().into(),
        },
        Concern::Twin => {
            let done = if quantity == Quantity::Weight { "ditimbang" } else { "diukur" };
            let all = case.twins.iter().map(|twin| twin_named(&twin.name, twin.birth_order));
            let own = twin_named(name, case.child.registered.birth_order.unwrap_or_default());
            let all: Vec<String> = std::iter::once(own).chain(all).collect();
            format!("Anak kembar, yang mana yang {done}: {}?", all.join(" atau "))
        }
        Concern::RepeatsDiffer => {
            let first = entered.repeat(case, quantity).and_then(|repeat| repeat.first);
            let again = if quantity == Quantity::Weight { "Timbang" } else { "Ukur" };
            match first.map(|first| taken(quantity, Taken::Value(first))) {
                Some(first) => format!("Tadi {first}, sekarang {value}. {again} sekali lagi?"),
                None => concern.ask().into(),
            }
        }
        _ => concern.ask().into(),
    }
}

fn twin_named(name: &str, birth_order: u8) -> String {
    format!("{name} (kembar ke-{birth_order})")
}
