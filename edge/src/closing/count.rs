//! The month as it stands now: one line of form F1 for every child, and what its weighing says.
//!
//! # Why
//! The Puskesmas counts by the same rules from the same events, so a closing and its report agree: a child counts from
//! the month it was written down until the month before it left, and in any month in which it was weighed here; as long as
//! it lives here a weighing elsewhere is one as well; what was copied from a book is judged from and not counted; an
//! impossible weight says nothing of the red line.

use std::sync::Arc;

use care::f1::{self, Figure, Form, Group, Line, Sex, Verdict};
use growth::kms::{self, Rules, Weighing};
use growth::{Child as Grower, Index, Measures};
use protocol::registry::{self, Leaving};
use protocol::session::{Figures, Row};
use protocol::{LocalDate, Month, PosyanduId};

use crate::app::Edge;
use crate::store::{Card, Weighed};

/// A child in a month.
pub(crate) struct Counted {
    /// What is known of it.
    pub(crate) card: Arc<Card>,
    /// What the form asks.
    pub(crate) line: Line,
    /// The weighing that counts, with its verdict.
    pub(crate) weighed: Option<(Weighed, kms::Line)>,
}

/// Everybody on the form of a posyandu and month, guests among them, in no order.
pub(crate) fn month(edge: &Edge, posyandu: PosyanduId, month: Month) -> Vec<Counted> {
    let cards = edge.store.cards();
    cards.into_iter().filter_map(|card| counted(card, posyandu, month)).collect()
}

fn counted(card: Arc<Card>, posyandu: PosyanduId, month: Month) -> Option<Counted> {
    let person = &card.person;
    let born = person.birth_date.to_naive()?;
    let age_months = f1::age_months(born, month.first_day()?);
    if card.stay.posyandu != posyandu || !f1::is_balita(age_months) {
        return None;
    }
    let weighed = judge(&card, posyandu, month);
    let never_was = matches!(card.stay.left, Some(Leaving::Mistake | Leaving::Double));
    if weighed.is_none() && !lives_here(&card, month) || never_was {
        return None;
    }
    let line = Line {
        sex: sex(person.sex),
        age_months,
        is_guest: person.home.is_some(),
        has_book: person.kia_book,
        weighed: weighed.as_ref().and_then(|(weighed, line)| said(&card, weighed, line)),
    };
    (!line.is_guest || weighed.is_some()).then_some(Counted { card, line, weighed })
}

/// Whether it was in the roster during a month, weighed or not.
fn lives_here(card: &Card, month: Month) -> bool {
    let stay = card.stay;
    let by = |day: LocalDate| day.month().is_some_and(|day| day <= month);
    // whoever is away for a while still lives here
    let is_gone = stay.left.is_some_and(|left| left != Leaving::Away);
    by(stay.since) && (!is_gone || stay.until.is_some_and(|day| !by(day)))
}

const fn sex(sex: registry::Sex) -> Sex {
    match sex {
        registry::Sex::Male => Sex::Male,
        registry::Sex::Female => Sex::Female,
    }
}

/// The child as the standards know it.
pub(super) fn grower(card: &Card) -> Option<Grower> {
    let person = &card.person;
    let sex = match person.sex {
        registry::Sex::Male => growth::Sex::Male,
        registry::Sex::Female => growth::Sex::Female,
    };
    let mut grower = Grower::new(sex, person.birth_date.to_naive()?);
    grower.gestation_weeks = person.gestation_weeks;
    grower.birth_mass_g = person.birth_mass_g;
    Some(grower)
}

/// The verdict on the last weighing of the month; `None` if the child was not weighed.
fn judge(card: &Card, posyandu: PosyanduId, month: Month) -> Option<(Weighed, kms::Line)> {
    let is_guest = card.person.home.is_some();
    let is_ours =
        |weighed: &&Weighed| weighed.posyandu == posyandu || (!is_guest && lives_here(card, weighed.month));
    let here: Vec<Weighed> = card.weighings.iter().filter(is_ours).copied().collect();
    let counting = here.iter().rfind(|weighed| weighed.month == month && !weighed.from_book)?;
    let grower = grower(card)?;
    // what is judged reaches two months back; of what was before, it only matters that there was something
    let valid = |weighed: &&Weighed| weighed.on >= grower.birth_date && weighed.mass_g > 0;
    let is_near = |weighed: &&Weighed| (month.0 - 2..=month.0).contains(&weighed.month.0);
    let before = here.iter().find(|weighed| valid(weighed) && weighed.month.0 < month.0 - 2);
    let near = here.iter().filter(is_near).filter(|weighed| weighed.month != month || !weighed.from_book);
    let weighings: Vec<Weighing> = before.into_iter().chain(near).map(weighing).collect();
    let line = kms::month(&grower, weighings.iter().copied(), Rules::default(), growth::Month(month.0))?;
    Some((*counting, line))
}

const fn weighing(weighed: &Weighed) -> Weighing {
    let Weighed { on, mass_g, from_book, .. } = *weighed;
    Weighing { month: growth::Month(weighed.month.0), on, mass_g, from_book }
}

fn said(card: &Card, weighed: &Weighed, line: &kms::Line) -> Option<f1::Weighed> {
    Some(f1::Weighed {
        verdict: Verdict::from_code(line.gain.code())?,
        two_t: line.twice_not_risen,
        below_red_line: line.below_red_line && !is_impossible(card, weighed),
    })
}

fn is_impossible(card: &Card, weighed: &Weighed) -> bool {
    let measures = measures(weighed);
    grower(card)
        .is_some_and(|grower| growth::assess(&grower, weighed.on, &measures).flags.contains(Index::Waz))
}

/// What was measured, as the standards ask.
pub(super) fn measures(weighed: &Weighed) -> Measures {
    let posture = if weighed.lying { growth::Posture::Lying } else { growth::Posture::Standing };
    Measures {
        mass_g: Some(weighed.mass_g),
        length_tenth_mm: weighed.length_tenth_mm,
        posture: weighed.length_tenth_mm.map(|_| posture),
        oedema: weighed.oedema,
        ..Measures::default()
    }
}

/// The form.
pub(crate) fn form(counted: &[Counted]) -> Form {
    Form::count(counted.iter().map(|counted| counted.line))
}

/// The form's rows as they are reported.
pub(crate) fn rows(form: &Form) -> Vec<Row> {
    let cells = Sex::ALL.into_iter().flat_map(|sex| Group::ALL.map(|group| (sex, group)));
    cells.map(|(sex, group)| row(sex, group, &form.cell(sex, group))).collect()
}

fn row(sex: Sex, group: Group, figures: &f1::Figures) -> Row {
    let of = |figure| figures.of(figure);
    Row {
        sex: match sex {
            Sex::Male => registry::Sex::Male,
            Sex::Female => registry::Sex::Female,
        },
        from_month: group.from,
        to_month: group.to,
        figures: Figures {
            s: of(Figure::S),
            k: of(Figure::K),
            d: of(Figure::D),
            n: of(Figure::N),
            t: of(Figure::T),
            o: of(Figure::O),
            b: of(Figure::B),
            two_t: of(Figure::TwoT),
            bgm: of(Figure::Bgm),
        },
    }
}

/// Reported figures in the order of the form.
pub(crate) const fn counts(figures: &Figures) -> f1::Figures {
    let Figures { s, k, d, n, t, o, b, two_t, bgm } = *figures;
    f1::Figures::from_counts([s, k, d, n, t, o, b, two_t, bgm])
}
