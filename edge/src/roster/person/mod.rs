//! A person's page: who, of which household, what the posyandu does for her, and what was recorded.

mod birth;
pub(super) mod photo;
mod portrait;
mod records;
mod which;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use protocol::registry::{Leaving, Person, Sex};
use protocol::{CitizenId, card};
use serde::Deserialize;
use uuid::Uuid;

use super::category::Category;
use super::list::card_of;
use super::search::tail;
use super::{Listed, leave, of_child, photograph};
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::{Child, StoreError};
use crate::visits::{self, Who};
use crate::web::{Pages, Trouble, page, words};

/// The pages of this slice.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/people/{person}", get(show))
        .route("/people/{person}/which", get(which::ask))
        .route(
            "/people/{person}/photo",
            get(photo::show).post(photo::take).layer(DefaultBodyLimit::max(photograph::LONGEST)),
        )
        .route("/people/{person}/photo/new", get(photo::ask))
        .route("/people/{person}/records", get(records::list))
        .route("/people/{person}/void/{event}", get(records::ask).post(records::take))
        .route("/people/{person}/birth", get(birth::ask).post(birth::take))
}

#[derive(Template)]
#[template(path = "roster/person/page.html")]
struct PersonPage {
    who: Who,
    id: CitizenId,
    name: String,
    /// *balita*, *ibu hamil* …; nothing while the date means nothing.
    category: Option<Category>,
    is_child: bool,
    may_be_pregnant: bool,
    is_pregnant: bool,
    facts: Vec<(&'static str, String)>,
    status: Option<Status>,
    relatives: Vec<Relative>,
    has_photo: bool,
    /// Today's visit, if she has come.
    today: Option<String>,
    /// She was written down just now, as this.
    new: Option<String>,
}

/// Why somebody is in no list, or is not expected.
struct Status {
    said: String,
    is_away: bool,
    /// The person she stands for a second time.
    double_of: Option<(CitizenId, String)>,
    /// The id her coming back will have; `None` if another posyandu keeps her now.
    back: Option<Uuid>,
}

/// Somebody she belongs to.
struct Relative {
    id: CitizenId,
    name: String,
    what: String,
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    new: Option<String>,
}

async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Query(after): Query<After>,
) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let child = of_child(&edge, &staff, id)?;
    staff.saw(&edge, id, "halaman orang");
    let now = edge.clock.now();
    let on = now.believable.then_some(now.today);
    let person = &child.registered;
    let category = on
        .zip(person.birth_date.to_naive())
        .map(|(on, born)| Category::on(born, child.pregnancy.is_some(), on));
    let tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
    let ticket = tickets.iter().rev().find(|ticket| ticket.citizen == id && !ticket.closed);
    page(&PersonPage {
        who: Who::now(&edge, &child),
        id,
        name: person.name.clone(),
        category,
        is_child: !child.is_adult,
        may_be_pregnant: person.sex == Sex::Female && child.is_adult,
        is_pregnant: child.pregnancy.is_some(),
        facts: facts(&edge, &child)?,
        status: Status::of(&edge, &child)?,
        relatives: relatives(&edge, &staff, &child, on),
        has_photo: photo::has(&edge, &child).await?,
        today: ticket.map(visits::next_step),
        new: after.new,
    })
}

impl Status {
    fn of(edge: &Edge, child: &Child) -> Result<Option<Self>, StoreError> {
        let Some(leaving) = child.left else { return Ok(None) };
        let since = child.moves.last().and_then(|last| last.on.to_naive()).map(words::date);
        let said = match since {
            Some(since) => format!("{} sejak {since}", leave::said(leaving)),
            None => leave::said(leaving).to_owned(),
        };
        let other = child.double_of.map(|other| edge.store.child(other)).transpose()?.flatten();
        Ok(Some(Self {
            said,
            is_away: leaving == Leaving::Away,
            double_of: other.map(|other| (other.id, other.registered.name)),
            back: (!child.is_elsewhere).then(Uuid::now_v7),
        }))
    }
}

/// What is known of a person, as half a line each. Of long numbers the end is enough.
fn facts(edge: &Edge, child: &Child) -> Result<Vec<(&'static str, String)>, StoreError> {
    let person = &child.registered;
    let ends = |number: &str| format!("…{}", tail(number));
    let born = person.birth_date.to_naive().map(|born| {
        let about = if person.is_birth_estimated { " (perkiraan)" } else { "" };
        format!("{}{about}", words::date(born))
    });
    let rows = [
        ("Lahir", born),
        ("NIK", nik(edge, person)?),
        ("Nomor KK", person.family_card.as_deref().map(ends)),
        ("Alamat", person.address.clone()),
        ("HP", person.phone.clone()),
        ("Pengasuh", person.guardian.clone()),
        ("BPJS", person.bpjs.map(|status| words::bpjs(status).to_owned())),
        ("Tamu dari", person.home.clone()),
        ("Kartu", Some(card::shown(&card_of(child)))),
        ("Persetujuan", Some(agreed(person))),
    ];
    Ok(rows.into_iter().filter_map(|(label, value)| Some((label, value?))).collect())
}

/// The end of the NIK; of a newborn that has none, its mother's and its place among those born with it.
fn nik(edge: &Edge, person: &Person) -> Result<Option<String>, StoreError> {
    if let Some(nik) = person.nik.as_deref() {
        return Ok(Some(format!("…{}", tail(nik))));
    }
    let mother = person.mother_id.map(|mother| edge.store.child(mother)).transpose()?.flatten();
    let mothers = mother.and_then(|mother| mother.registered.nik);
    let order = person.birth_order.map(|order| format!(", anak ke-{order}")).unwrap_or_default();
    Ok(mothers.map(|nik| format!("belum ada; di bawah NIK ibu …{}{order}", tail(&nik))))
}

fn agreed(person: &Person) -> String {
    let Some(consent) = &person.consent else { return "belum ditanyakan; pengingat tidak dikirim".into() };
    let on = consent.on.to_naive().map(|on| format!(" {}", words::date(on))).unwrap_or_default();
    let what = if consent.reminders { "boleh dikirimi pengingat" } else { "tanpa pengingat" };
    format!("{what}, kata {}{on}", consent.by)
}

/// Her mother, those born with her, and who shares her family card.
fn relatives(edge: &Edge, staff: &Staff, child: &Child, on: Option<NaiveDate>) -> Vec<Relative> {
    let posyandu = staff.posyandu.id;
    let relative = |what: String, listed: Listed| Relative { id: listed.id, name: listed.name, what };
    let mother = child.registered.mother_id.and_then(|mother| edge.roster.one(posyandu, mother));
    let mut relatives: Vec<Relative> =
        mother.map(|mother| relative("ibu".into(), mother)).into_iter().collect();
    relatives.extend(
        edge.roster.twins(posyandu, child.id).into_iter().map(|twin| relative("kembarannya".into(), twin)),
    );
    for listed in edge.roster.household(posyandu, child.id) {
        if relatives.iter().all(|known| known.id != listed.id) {
            let what = match on {
                Some(on) => format!("{}, {}", listed.category(on).word(), words::age(listed.birth_date, on)),
                None => "serumah".into(),
            };
            relatives.push(relative(what, listed));
        }
    }
    relatives
}
