//! A child in somebody's arms (*gendong*): two readings of the standing scale, and what lies between them.
//!
//! # Why
//! The heavier of the two is the carer with the child: the steps may come in either order and nobody has to say which
//! was which. Both readings are kept, for the difference is a conclusion, and no finer than the standing scale.

use axum::response::{IntoResponse, Redirect, Response};
use protocol::VisitId;
use protocol::event::Instrument;
use protocol::growth::{Carried, Load};
use serde::Deserialize;
use uuid::Uuid;

use super::save::{SaveForm, Unclear, settled};
use crate::app::Edge;
use crate::config::InstrumentKind;
use crate::scales::{About, Quantity};
use crate::store::{StoreError, Ticket, whole};
use crate::visits::case::Case;
use crate::visits::draft::{Carrying, Locked};
use crate::web::words;

/// Nobody lighter carries a child onto a scale.
const LIGHTEST_CARER_G: u32 = 30_000;
/// Less than this between the steps is no child.
const LIGHTEST_CHILD_G: u32 = 500;

/// What the kader does with the two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::visits) enum Turn {
    /// *Gendong*: from now on there are two steps.
    Begin,
    /// The first step is taken again.
    First,
    /// The second step is taken again.
    Second,
    /// The child goes on the scale by itself after all.
    Stop,
}

/// Why the two steps give no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::visits) enum Doubt {
    /// One of them is missing.
    Unfinished,
    /// They were taken on different scales.
    TwoScales,
    /// Nobody was carried, or the child was on the scale both times.
    NoChild,
    /// Whoever stood there alone was no carer.
    LightCarer,
}

impl Doubt {
    /// What happened and what to do.
    pub(in crate::visits) const fn say(self) -> &'static str {
        match self {
            Doubt::Unfinished => "Selesaikan dulu kedua langkahnya.",
            Doubt::TwoScales => "Kedua langkah harus di timbangan yang sama. Ulangi salah satunya.",
            Doubt::NoChild => {
                "Kedua langkah hampir sama beratnya. Anak hanya ikut di satu langkah. Ulangi salah satunya."
            }
            Doubt::LightCarer => "Yang naik sendiri harus pengasuhnya, bukan anaknya. Ulangi langkah itu.",
        }
    }
}

/// A step as the page shows it.
pub(in crate::visits) struct Step {
    pub(in crate::visits) number: u8,
    pub(in crate::visits) redo: &'static str,
    /// `61,40 kg`, once it is taken.
    pub(in crate::visits) value: Option<String>,
    pub(in crate::visits) who: &'static str,
}

/// The two steps as the page shows them.
pub(in crate::visits) fn steps(carrying: &Carrying) -> Vec<Step> {
    let mass = |step: &Option<Locked>| step.as_ref().map(|locked| locked.value);
    let masses = carrying.steps.each_ref().map(mass);
    let who = |own: Option<u32>, other: Option<u32>| match own.zip(other) {
        Some((own, other)) if own > other => "pengasuh dan anak",
        Some((own, other)) if own < other => "pengasuh sendiri",
        Some(_) => "",
        None if own.is_some() => "tersimpan",
        None => "belum",
    };
    let step = |number, redo, own: Option<u32>, other| {
        let value = own.map(|mass_g| words::kg(mass_g).to_string());
        Step { number, redo, value, who: who(own, other) }
    };
    vec![step(1, "first", masses[0], masses[1]), step(2, "second", masses[1], masses[0])]
}

/// The step that comes next, from 1; `None` once both are there.
pub(in crate::visits) fn next(carrying: &Carrying) -> Option<u8> {
    (1..).zip(&carrying.steps).find(|(_, step)| step.is_none()).map(|(number, _)| number)
}

/// The readings of the two steps by their ids, with a comma: a page names with it what it showed.
pub(in crate::visits) fn shown(carrying: &Carrying) -> String {
    let steps = carrying.steps.iter().flatten();
    steps.map(|locked| locked.reading.to_string()).collect::<Vec<_>>().join(",")
}

/// What lies between the two steps.
pub(in crate::visits) fn between(carrying: &Carrying) -> Result<(Carried, Instrument), Doubt> {
    let [Some(one), Some(other)] = &carrying.steps else { return Err(Doubt::Unfinished) };
    let (together, alone) = if one.value >= other.value { (one, other) } else { (other, one) };
    if together.instrument != alone.instrument {
        return Err(Doubt::TwoScales);
    }
    if together.value - alone.value < LIGHTEST_CHILD_G {
        return Err(Doubt::NoChild);
    }
    if alone.value <= LIGHTEST_CARER_G {
        return Err(Doubt::LightCarer);
    }
    let load = |locked: &Locked| Load { mass_g: locked.value, window: locked.window };
    let carried = Carried { together: load(together), alone: load(alone), division_g: carrying.division_g };
    Ok((carried, together.instrument.clone()))
}

/// The scales somebody can stand on with a child.
pub(in crate::visits) fn scales(edge: &Edge) -> impl Iterator<Item = About> + use<> {
    let all = edge.instruments.list(Quantity::Weight).into_iter();
    all.filter(|about| about.kind == InstrumentKind::StandingScale)
}

/// Whether an instrument may be used: somebody who carries a child stands on it.
pub(in crate::visits) fn allows(carrying: Option<&Carrying>, about: &About) -> bool {
    carrying.is_none() || about.kind == InstrumentKind::StandingScale
}

/// Keeps a settled reading as the next step. The pan has to be empty before the other one.
pub(in crate::visits) async fn take(
    edge: &Edge,
    case: &Case,
    form: &SaveForm,
    reading: Uuid,
) -> Result<Result<(), Unclear>, StoreError> {
    if case.ticket.draft.carrying.as_ref().is_some_and(|carrying| holds(carrying, reading)) {
        return Ok(Ok(()));
    }
    if form.from.is_some() {
        return Ok(Err(Unclear("Anak ini sedang ditimbang sambil digendong. Ketuk Tanpa gendong dulu.")));
    }
    let locked = match settled(edge, case, Quantity::Weight, form, reading) {
        Ok(locked) => locked,
        Err(unclear) => return Ok(Err(unclear)),
    };
    let Some(scale) = scales(edge).find(|about| about.name == locked.instrument.name) else {
        return Ok(Err(Unclear("Gendong hanya di timbangan injak.")));
    };
    let (edge, visit) = (edge.clone(), case.ticket.visit);
    let kept = whole(async move {
        let ticket =
            edge.store.change_ticket(visit, move |ticket| put(ticket, locked, scale.division)).await?;
        let carrying = ticket.and_then(|ticket| ticket.draft.carrying);
        match carrying.is_some_and(|carrying| next(&carrying).is_none()) {
            true => edge.instruments.release(visit, Quantity::Weight), // the scale is free for the next
            false => edge.instruments.discard(visit, Quantity::Weight),
        }
        Ok(())
    });
    kept.await.map(Ok)
}

/// Begins, goes back or stops; what was settled and not taken is put aside.
pub(in crate::visits) async fn turn(edge: &Edge, visit: VisitId, turn: Turn) -> Result<Response, StoreError> {
    let edge = edge.clone();
    let turned = whole(async move {
        edge.store.change_ticket(visit, move |ticket| apply(ticket, turn)).await?;
        match turn {
            // another scale is looked at from now on
            Turn::Begin | Turn::Stop => edge.instruments.release(visit, Quantity::Weight),
            Turn::First | Turn::Second => edge.instruments.discard(visit, Quantity::Weight),
        }
        Ok(())
    });
    turned.await?;
    Ok(Redirect::to(&super::address(visit, Quantity::Weight)).into_response())
}

fn holds(carrying: &Carrying, reading: Uuid) -> bool {
    carrying.steps.iter().flatten().any(|locked| locked.reading == reading)
}

fn put(ticket: &mut Ticket, locked: Locked, division_g: u32) {
    ticket.draft.weight.locked = None;
    if let Some(carrying) = &mut ticket.draft.carrying
        && !holds(carrying, locked.reading) // two taps at once are one step
        && let Some(step) = carrying.steps.iter_mut().find(|step| step.is_none())
    {
        *step = Some(locked);
        carrying.division_g = division_g;
    }
}

fn apply(ticket: &mut Ticket, turn: Turn) {
    let draft = &mut ticket.draft;
    (draft.weight.locked, draft.weight.typed) = (None, String::new());
    match turn {
        Turn::Begin => draft.carrying = Some(Carrying::default()),
        Turn::Stop => draft.carrying = None,
        Turn::First | Turn::Second => {
            if let Some(carrying) = &mut draft.carrying {
                carrying.steps[usize::from(turn == Turn::Second)] = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::growth::Window;
    use protocol::{CitizenId, EventId, LocalDate, PosyanduId};

    use super::*;
    use crate::visits::draft::TicketDraft;

    fn step(mass_g: u32, scale: &str) -> Option<Locked> {
        let window =
            Window { count: 10, spread: 0, duration_ms: 1_000, min: mass_g as i32, max: mass_g as i32 };
        let instrument = Instrument { name: scale.into(), dialect: "mt_sics".into(), checked_on: None };
        Some(Locked { reading: Uuid::from_u128(mass_g.into()), value: mass_g, window, instrument })
    }

    fn carrying(one: Option<Locked>, other: Option<Locked>) -> Carrying {
        Carrying { steps: [one, other], division_g: 50 }
    }

    #[test]
    fn the_weight_is_what_lies_between_in_either_order() {
        let (together, alone) = (step(61_400, "B"), step(52_950, "B"));
        for both in [carrying(together.clone(), alone.clone()), carrying(alone, together)] {
            let (carried, instrument) = between(&both).unwrap();
            assert_eq!((carried.together.mass_g, carried.alone.mass_g), (61_400, 52_950));
            assert_eq!(carried.mass_g(), 8_450);
            assert_eq!((carried.division_g, instrument.name.as_str()), (50, "B"));
            assert_eq!(carried.alone.window.max, 52_950, "each reading keeps its own window");
        }
    }

    #[test]
    fn two_steps_that_cannot_be_a_carer_with_a_child_give_no_weight() {
        for (one, other, doubt) in [
            (None, None, Doubt::Unfinished),
            (step(61_400, "B"), None, Doubt::Unfinished),
            (step(61_400, "B"), step(52_950, "C"), Doubt::TwoScales),
            (step(61_400, "B"), step(61_400, "B"), Doubt::NoChild),
            (step(61_400, "B"), step(60_950, "B"), Doubt::NoChild),
            (step(61_400, "B"), step(8_450, "B"), Doubt::LightCarer),
            (step(30_000, "B"), step(38_450, "B"), Doubt::LightCarer),
        ] {
            assert_eq!(between(&carrying(one, other)).unwrap_err(), doubt);
        }
        assert_eq!(between(&carrying(step(30_050, "B"), step(30_550, "B"))).unwrap().0.mass_g(), 500);
    }

    fn ticket(carrying: Carrying) -> Ticket {
        Ticket {
            visit: VisitId(Uuid::from_u128(1)),
            number: 1,
            posyandu: PosyanduId(Uuid::from_u128(2)),
            citizen: CitizenId(Uuid::from_u128(3)),
            day: LocalDate(20_000),
            boot: [0; 16],
            weight_event: EventId(Uuid::from_u128(4)),
            length_event: EventId(Uuid::from_u128(5)),
            weighed: false,
            measured: false,
            closed: false,
            draft: TicketDraft { carrying: Some(carrying), ..TicketDraft::default() },
            board: crate::day::Progress::default(),
        }
    }

    #[test]
    fn two_taps_at_once_are_one_step() {
        let (together, alone) = (step(61_400, "B"), step(52_950, "B"));
        let mut ticket = ticket(Carrying::default());
        for locked in [&together, &together, &alone, &together] {
            put(&mut ticket, locked.clone().unwrap(), 50);
        }
        assert_eq!(ticket.draft.carrying, Some(carrying(together, alone)));
    }

    #[test]
    fn each_step_says_whose_it_was_once_both_are_there() {
        let who = |carrying: &Carrying| steps(carrying).iter().map(|step| step.who).collect::<Vec<_>>();
        assert_eq!(who(&carrying(None, None)), ["belum", "belum"]);
        assert_eq!(who(&carrying(step(52_950, "B"), None)), ["tersimpan", "belum"]);
        let both = carrying(step(52_950, "B"), step(61_400, "B"));
        assert_eq!(who(&both), ["pengasuh sendiri", "pengasuh dan anak"]);
        assert_eq!((next(&carrying(None, step(1, "B"))), next(&both)), (Some(1), None));
    }
}
