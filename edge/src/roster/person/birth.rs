//! A birth made from the mother's own record: her children, what they take over from her, and the end of the pregnancy,
//! in one transaction.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Datelike, NaiveDate};
use protocol::event::{Body, Entry, Place, Visit};
use protocol::growth::{LengthTaken, Posture, Taken};
use protocol::pregnancy::{Outcome, PregnancyEnded};
use protocol::registry::{ChildRegistered, Edit};
use protocol::{CitizenId, EventId, LocalDate, VisitId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::Edge;
use crate::import::derived;
use crate::roster::fields::{self, Read};
use crate::roster::register::written;
use crate::roster::{about_child, day, of_child, routes};
use crate::staff::{Act, Staff};
use crate::store::{Child, NewEvent, Pregnancy};
use crate::visits::Who;
use crate::web::{Trouble, page, words};

/// Days from the first day of the last period to the birth that is expected.
const TERM_DAYS: i64 = 280;

/// What the page asks: one day, and up to three children.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BirthForm {
    day: String,
    month: String,
    year: String,
    name1: String,
    sex1: String,
    kg1: String,
    cm1: String,
    name2: String,
    sex2: String,
    kg2: String,
    cm2: String,
    name3: String,
    sex3: String,
    kg3: String,
    cm3: String,
    /// Minted with the page: the children and all their events follow from it.
    event: String,
}

/// One child as typed.
struct Typed<'a> {
    number: usize,
    name: &'a str,
    sex: &'a str,
    kg: &'a str,
    cm: &'a str,
}

#[derive(Template)]
#[template(path = "roster/person/birth.html")]
struct BirthPage {
    who: Who,
    id: CitizenId,
    mother: String,
    form: BirthForm,
    this_year: i32,
    wrong: Vec<&'static str>,
}

impl BirthPage {
    fn years(&self) -> [i32; 2] {
        [self.this_year, self.this_year - 1]
    }

    fn is_month(&self, month: u32) -> bool {
        self.form.month == month.to_string()
    }

    fn is_year(&self, year: i32) -> bool {
        self.form.year == year.to_string()
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let mother = of_child(&edge, &staff, id)?;
    let form = BirthForm { event: Uuid::now_v7().to_string(), ..BirthForm::default() };
    show(&edge, &staff, &mother, form, Vec::new())
}

fn show(
    edge: &Edge,
    staff: &Staff,
    mother: &Child,
    form: BirthForm,
    wrong: Vec<&'static str>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    page(&BirthPage {
        who: Who::now(edge, mother),
        id: mother.id,
        mother: mother.registered.name.clone(),
        form,
        this_year: day(edge).year(),
        wrong,
    })
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(form): Form<BirthForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let mother = of_child(&edge, &staff, id)?;
    let event: Uuid = form.event.parse().map_err(|_| Trouble::Unreadable)?;
    let now = edge.clock.now();
    let (born, children) = match form.read(now.believable.then_some(now.today), &mother) {
        Ok(read) => read,
        Err(wrong) => {
            let page = show(&edge, &staff, &mother, form, wrong)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let ids: Vec<CitizenId> = (1..=children.len()).map(|nth| citizen(event, nth)).collect();
    let is_saved = edge.store.child(ids[0])?.is_some();
    if !is_saved {
        let mut events = Vec::new();
        for (&child, newborn) in ids.iter().zip(children) {
            events.extend(events_of(&edge, &staff, child, newborn, &mother));
        }
        events.extend(ended(&edge, &staff, &mother, born, &ids, derived(event, "ended")));
        edge.store.record(events).await?;
    }
    Ok(Redirect::to(&format!("/people/{}?new=child", ids[0])).into_response())
}

/// The id of the nth child: the same page saved twice is the same children.
fn citizen(event: Uuid, nth: usize) -> CitizenId {
    CitizenId(derived(event, &format!("child {nth}")).0)
}

/// A newborn as read.
struct Newborn {
    registered: ChildRegistered,
    length_tenth_mm: Option<u32>,
}

/// The registration of a child, what it takes over from its mother, and its length at birth.
fn events_of(
    edge: &Edge,
    staff: &Staff,
    child: CitizenId,
    newborn: Newborn,
    mother: &Child,
) -> Vec<NewEvent> {
    let own = &mother.registered;
    let born = newborn.registered.birth_date;
    let edits = [
        Some(Edit::MotherId(Some(mother.id))),
        own.family_card.clone().map(|card| Edit::FamilyCard(Some(card))),
        own.address.clone().map(|address| Edit::Address(Some(address))),
        own.phone.clone().map(|phone| Edit::Phone(Some(phone))),
        own.home.clone().map(|home| Edit::Home(Some(home))),
    ];
    let registration = derived(child.0, "registered");
    let body = Body::ChildRegistered(newborn.registered);
    let mut events = written(edge, staff, (child, registration), body, edits.into_iter().flatten().collect());
    events.extend(newborn.length_tenth_mm.map(|length| length_at_birth(edge, staff, child, born, length)));
    events
}

/// It was measured where the child was born, so it is copied, and the child has not come.
fn length_at_birth(edge: &Edge, staff: &Staff, child: CitizenId, born: LocalDate, length: u32) -> NewEvent {
    let body = Body::LengthTaken(LengthTaken {
        length_tenth_mm: Taken::Value(length),
        posture: Posture::Lying,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
    });
    let event = about_child(edge, staff, child, derived(child.0, "length"), body);
    let visit = Visit { id: VisitId(derived(child.0, "birth").0), ticket: 0, bpjs: None };
    NewEvent {
        visit: Some(visit),
        observed_on: born,
        report_month: born.month().unwrap_or(event.report_month),
        place: Place::Elsewhere,
        entry: Entry::FromBook,
        ..event
    }
}

fn ended(
    edge: &Edge,
    staff: &Staff,
    mother: &Child,
    on: LocalDate,
    children: &[CitizenId],
    id: EventId,
) -> Option<NewEvent> {
    let pregnancy = mother.pregnancy?.id;
    let outcome = Outcome::Born(children.to_vec());
    let body = Body::PregnancyEnded(PregnancyEnded { pregnancy, on, outcome });
    Some(about_child(edge, staff, mother.id, id, body))
}

impl BirthForm {
    fn typed(&self) -> [Typed<'_>; 3] {
        [
            Typed { number: 1, name: &self.name1, sex: &self.sex1, kg: &self.kg1, cm: &self.cm1 },
            Typed { number: 2, name: &self.name2, sex: &self.sex2, kg: &self.kg2, cm: &self.cm2 },
            Typed { number: 3, name: &self.name3, sex: &self.sex3, kg: &self.kg3, cm: &self.cm3 },
        ]
    }

    /// The day and the children; what cannot be read is said all at once.
    fn read(
        &self,
        today: Option<NaiveDate>,
        mother: &Child,
    ) -> Result<(LocalDate, Vec<Newborn>), Vec<&'static str>> {
        let mut wrong = Vec::new();
        let born = fields::birth_date(&self.day, &self.month, &self.year, today);
        let born = born.map_err(|say| wrong.push(say)).ok();
        let typed = self.typed();
        let came: Vec<&Typed<'_>> =
            typed.iter().filter(|child| child.number == 1 || child.is_there()).collect();
        let mut children = Vec::new();
        for child in &came {
            let order = (came.len() > 1).then_some(child.number as u8);
            match child.read(order, mother, born.unwrap_or(LocalDate(0))) {
                Ok(newborn) => children.push(newborn),
                Err(say) if wrong.contains(&say) => {}
                Err(say) => wrong.push(say),
            }
        }
        match born {
            Some(born) if wrong.is_empty() => Ok((born, children)),
            _ => Err(wrong),
        }
    }
}

impl Typed<'_> {
    fn is_there(&self) -> bool {
        [self.name, self.sex, self.kg, self.cm].iter().any(|typed| !typed.trim().is_empty())
    }

    fn read(&self, order: Option<u8>, mother: &Child, born: LocalDate) -> Read<Newborn> {
        let own = &mother.registered.name;
        let called = || match order {
            Some(order) => format!("Bayi {order} Ny. {own}"),
            None => format!("Bayi Ny. {own}"),
        };
        let name = if self.name.trim().is_empty() { called() } else { self.name.to_owned() };
        let registered = ChildRegistered {
            name: fields::name(&name.chars().take(100).collect::<String>())?,
            nik: None,
            birth_date: born,
            sex: fields::sex(self.sex)?,
            mother: own.clone(),
            gestation_weeks: mother.pregnancy.and_then(|pregnancy| weeks(&pregnancy, born)),
            birth_mass_g: fields::birth_mass(self.kg)?,
            birth_order: order,
            kia_book: true,
        };
        Ok(Newborn { registered, length_tenth_mm: birth_length(self.cm)? })
    }
}

/// Completed weeks between the last period, or what the expected day says of it, and a birth.
fn weeks(pregnancy: &Pregnancy, born: LocalDate) -> Option<u8> {
    let born = born.to_naive()?;
    let by_due =
        pregnancy.due.and_then(LocalDate::to_naive).map(|due| due - chrono::Duration::days(TERM_DAYS));
    let began = by_due.or_else(|| pregnancy.last_period.and_then(LocalDate::to_naive))?;
    u8::try_from((born - began).num_weeks()).ok().filter(|weeks| (20..=44).contains(weeks))
}

/// Length at birth in centimetres, as tenths of a millimetre.
fn birth_length(typed: &str) -> Read<Option<u32>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    // thousandths of a centimetre
    let length =
        words::typed_milli(typed).map(|milli| milli / 10).filter(|length| (2_500..=6_500).contains(length));
    length.map(Some).ok_or("Panjang lahir ditulis dalam cm, misalnya 49. Boleh dikosongkan.")
}

#[cfg(test)]
mod tests {
    use protocol::PregnancyId;

    use super::*;

    #[test]
    fn weeks_are_counted_from_the_last_period_or_back_from_the_day_the_midwife_gave() {
        let day = |text: &str| Some(LocalDate::from(text.parse::<NaiveDate>().unwrap()));
        let weeks = |last_period, due| {
            let id = PregnancyId(Uuid::nil());
            weeks(&Pregnancy { id, last_period, due, known_since: LocalDate(0) }, day("2026-11-30").unwrap())
        };
        assert_eq!(weeks(day("2026-02-23"), None), Some(40));
        assert_eq!(weeks(day("2026-02-24"), None), Some(39));
        assert_eq!(weeks(day("2026-02-23"), day("2026-12-28")), Some(36), "the midwife's day counts before");
        assert_eq!(weeks(day("2026-11-01"), None), None, "no birth after four weeks");
        assert_eq!(weeks(None, None), None);
    }

    #[test]
    fn a_length_at_birth_is_read_in_centimetres() {
        assert_eq!(birth_length("49"), Ok(Some(4_900)));
        assert_eq!(birth_length("48,5"), Ok(Some(4_850)));
        assert_eq!(birth_length(" "), Ok(None));
        assert!(birth_length("490").is_err() && birth_length("besar").is_err());
    }
}
