//! Today's list: who waits for what, who has not come, and whoever is being looked for.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use protocol::{CitizenId, Month};
use serde::Deserialize;

use super::meeting::Meeting;
use super::{Listed, edit, from_book, leave, person, register, scan, tasks};
use crate::app::Edge;
use crate::day;
use crate::instruments::Due;
use crate::staff::Staff;
use crate::store::Ticket;
use crate::visits;
use crate::web::{Pages, Shell, Trouble, page, words};

/// More than a screen of people helps nobody find one.
const AT_MOST: usize = 12;

/// A list to read down, not a register.
const MISSING_AT_MOST: usize = 200;

/// Weeks after which a child is no longer expected every month.
const EXPECTED_WEEKS: i64 = 26;

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/", get(today))
        .route("/search", get(found))
        .route("/waiting", get(waiting))
        .merge(register::routes())
        .merge(person::routes())
        .merge(from_book::routes())
        .merge(scan::routes())
        .route("/children/{child}/edit", get(edit::list))
        .route("/children/{child}/edit/{field}", get(edit::ask).post(edit::take))
        .route("/children/{child}/leave", get(leave::ask).post(leave::take))
        .route("/people/{child}/edit", get(edit::list))
        .route("/people/{child}/edit/{field}", get(edit::ask).post(edit::take))
        .route("/people/{child}/status", get(leave::ask).post(leave::take))
        .route("/tasks", get(tasks::show))
}

#[derive(Template)]
#[template(path = "roster/page.html")]
struct TodayPage {
    shell: Shell,
    meeting: Option<Meeting>,
    typed: String,
    found: Option<Vec<Row>>,
    queue: Queue,
    missing: Vec<Row>,
    missing_count: usize,
    /// Instruments that have to be checked.
    due: Due,
}

/// Everyone who came today.
struct Queue {
    waiting: Vec<Row>,
    done: Vec<Row>,
}

/// A child as a list shows it.
struct Row {
    /// One of twins that has not come yet: asked about which one.
    is_twin: bool,
    id: CitizenId,
    name: String,
    about: String,
    initial: String,
    /// The number and the next step, for a child that has come.
    ticket: Option<Step>,
}

struct Step {
    number: u16,
    word: &'static str,
    address: String,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn today(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Search { q }): Query<Search>,
) -> Result<Response, Trouble> {
    let list = List::load(&edge, &staff)?;
    let typed = q.trim().to_owned();
    let (missing, missing_count) = list.missing(&edge, &staff);
    page(&TodayPage {
        shell: Shell::of(&edge, &staff),
        meeting: list.on.map_or(Ok(None), |today| meeting(&edge, &staff, today))?,
        found: (!typed.is_empty()).then(|| list.found(&edge, &staff, &typed)),
        typed,
        queue: list.queue(&edge),
        missing,
        missing_count,
        due: edge.workshop.due(list.on),
    })
}

fn meeting(edge: &Edge, staff: &Staff, today: NaiveDate) -> Result<Option<Meeting>, Trouble> {
    Ok(Meeting::next(&edge.store.sessions(staff.posyandu.id)?, today))
}

#[derive(Template)]
#[template(path = "roster/found.html")]
struct FoundFragment {
    typed: String,
    found: Option<Vec<Row>>,
}

async fn found(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Search { q }): Query<Search>,
) -> Result<Response, Trouble> {
    let typed = q.trim().to_owned();
    let list = List::load(&edge, &staff)?;
    let found = (!typed.is_empty()).then(|| list.found(&edge, &staff, &typed));
    page(&FoundFragment { typed, found })
}

#[derive(Template)]
#[template(path = "roster/queue.html")]
struct QueueFragment {
    queue: Queue,
}

async fn waiting(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    page(&QueueFragment { queue: List::load(&edge, &staff)?.queue(&edge) })
}

/// Today's tickets, and the day people are as old as.
struct List {
    tickets: Vec<Ticket>,
    on: Option<NaiveDate>,
}

impl List {
    fn load(edge: &Edge, staff: &Staff) -> Result<Self, Trouble> {
        let now = edge.clock.now();
        let tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
        Ok(Self { tickets, on: now.believable.then_some(now.today) })
    }

    fn queue(&self, edge: &Edge) -> Queue {
        let people = |closed: bool| {
            let wanted = self.tickets.iter().filter(move |ticket| ticket.closed == closed);
            wanted.filter_map(|ticket| edge.roster.one(ticket.posyandu, ticket.citizen)).collect()
        };
        Queue { waiting: self.rows(people(false)), done: self.rows(people(true)) }
    }

    /// Children who are expected and have not come: the first of them, and how many there are.
    fn missing(&self, edge: &Edge, staff: &Staff) -> (Vec<Row>, usize) {
        let people = edge.roster.all(staff.posyandu.id);
        let month = day::report_month(edge, staff.posyandu.id, edge.clock.now().today);
        let came: HashSet<CitizenId> = self.tickets.iter().map(|ticket| ticket.citizen).collect();
        let expected = |listed: &Listed| !came.contains(&listed.id) && self.is_expected(listed);
        let mut missing: Vec<Listed> = people.into_iter().filter(expected).collect();
        let count = missing.len();
        missing.truncate(MISSING_AT_MOST);
        let mut rows = self.rows(missing);
        rows.iter_mut().for_each(|row| row.about += &weighed_away(edge, staff, month, row.id));
        (rows, count)
    }

    /// Under five, and not lost from sight for half a year.
    fn is_expected(&self, listed: &Listed) -> bool {
        let Some(on) = self.on else { return true };
        let recent = listed.last_seen.is_none_or(|seen| (on - seen).num_weeks() < EXPECTED_WEEKS);
        let is_here = !listed.is_away && listed.home.is_none() && !listed.is_adult;
        is_here && recent && growth::completed_months(listed.birth_date, on) < 60
    }

    /// Whoever fits what is typed; a number on a ticket first, and beside one of twins the other.
    fn found(&self, edge: &Edge, staff: &Staff, typed: &str) -> Vec<Row> {
        let posyandu = staff.posyandu.id;
        let mut people: Vec<Listed> = self.with_ticket(edge, typed).into_iter().collect();
        for listed in edge.roster.search(posyandu, typed, AT_MOST) {
            if people.iter().all(|known| known.id != listed.id) {
                people.push(listed);
            }
        }
        let mut found: Vec<Listed> = Vec::with_capacity(people.len());
        for listed in people {
            let twins = edge.roster.twins(posyandu, listed.id);
            for person in std::iter::once(listed).chain(twins) {
                if found.iter().all(|known| known.id != person.id) {
                    found.push(person);
                }
            }
        }
        self.rows(found)
    }

    /// Whoever holds today's ticket of that number.
    fn with_ticket(&self, edge: &Edge, typed: &str) -> Option<Listed> {
        let number: u16 = typed.parse().ok().filter(|_| typed.len() <= 3)?;
        let ticket = self.tickets.iter().find(|ticket| ticket.number == number)?;
        edge.roster.one(ticket.posyandu, ticket.citizen)
    }

    /// Two of one name get their mothers' names beside them.
    fn rows(&self, people: Vec<Listed>) -> Vec<Row> {
        let mut names: HashMap<String, usize> = HashMap::new();
        people.iter().for_each(|listed| *names.entry(listed.name.to_lowercase()).or_default() += 1);
        let is_double =
            |listed: &Listed| names.get(&listed.name.to_lowercase()).is_some_and(|&count| count > 1);
        people.iter().map(|listed| self.row(listed, is_double(listed))).collect()
    }

    fn row(&self, listed: &Listed, is_double: bool) -> Row {
        let ticket = self.tickets.iter().rev().find(|ticket| ticket.citizen == listed.id);
        Row {
            is_twin: listed.birth_order.is_some() && ticket.is_none(),
            id: listed.id,
            name: if is_double && !listed.mother.is_empty() {
                format!("{} ({})", listed.name, listed.mother)
            } else {
                listed.name.clone()
            },
            about: about(listed, self.on),
            initial: words::initial(&listed.name),
            ticket: ticket.map(|ticket| step(ticket, listed)),
        }
    }
}

/// Where somebody was weighed this month who has not come here.
fn weighed_away(edge: &Edge, staff: &Staff, month: Month, id: CitizenId) -> String {
    let card = edge.store.card(id);
    let away = card.as_ref().and_then(|card| Some((card, card.weighed_away(staff.posyandu.id, month)?)));
    away.map(|(card, weighed)| format!(" · sudah ditimbang di {}", super::place_of(edge, card, weighed)))
        .unwrap_or_default()
}

/// What tells two children of one name apart: `♀ 1 th 3 bln · Ibu Rahma · NIK …0417`.
fn about(listed: &Listed, on: Option<NaiveDate>) -> String {
    let mut parts = vec![match on {
        Some(on) => format!("{} {}", words::sex_sign(listed.sex), words::age(listed.birth_date, on)),
        None => words::sex_sign(listed.sex).to_owned(),
    }];
    if !listed.mother.is_empty() {
        parts.push(format!("Ibu {}", listed.mother));
    }
    if let Some(on) = on.filter(|_| listed.is_adult) {
        parts.push(listed.category(on).word().to_owned());
    }
    parts.extend(listed.home.as_ref().map(|home| format!("tamu dari {home}")));
    parts.extend(listed.is_away.then(|| "sedang pergi".to_owned()));
    parts.extend(listed.birth_order.map(|order| format!("kembar ke-{order}")));
    parts.extend(listed.nik_tail.as_deref().map(words::nik_tail));
    parts.join(" · ")
}

fn step(ticket: &Ticket, listed: &Listed) -> Step {
    if listed.is_adult && !ticket.closed {
        return Step { number: ticket.number, word: "Layani", address: format!("/people/{}", listed.id) };
    }
    let word = match (ticket.weighed, ticket.measured, ticket.closed) {
        (_, _, true) => "Selesai",
        (false, _, _) => "Timbang",
        (true, false, _) => "Ukur",
        (true, true, _) => "Hasil",
    };
    Step { number: ticket.number, word, address: visits::next_step(ticket) }
}

/// A month by its full name, for the list on the registration page.
pub(super) const fn month(month: u32) -> &'static str {
    match month {
        1 => "Januari",
        2 => "Februari",
        3 => "Maret",
        4 => "April",
        5 => "Mei",
        6 => "Juni",
        7 => "Juli",
        8 => "Agustus",
        9 => "September",
        10 => "Oktober",
        11 => "November",
        _ => "Desember",
    }
}
