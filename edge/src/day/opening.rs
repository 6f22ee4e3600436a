//! *Buka posyandu*: who is here, whether the instruments are checked, which day it is, and for which month it counts.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use protocol::event::{Entry, Place};
use protocol::session::SessionOpened;
use protocol::{Body, EventId, LocalDate, Month, SessionId, UserId};
use uuid::Uuid;

use super::session;
use crate::app::Edge;
use crate::clock::Now;
use crate::instruments::Due;
use crate::staff::{self, Act, Staff};
use crate::store::NewEvent;
use crate::web::{Shell, Trouble, page, words};

/// Letters of a title and of a description.
const LONGEST: [usize; 2] = [100, 500];

/// A planned day lies at most so far from the day it was moved to.
const MOVED_DAYS: i32 = 15;

#[derive(Template)]
#[template(path = "day/opening.html")]
struct OpeningPage {
    shell: Shell,
    asked: Asked,
    people: Vec<Present>,
    due: Due,
    months: Vec<(i32, String)>,
    /// The planned day that was moved over a month's end.
    moved_from: Option<String>,
    /// An earlier day that nobody closed.
    unclosed: Option<String>,
    wrong: Option<&'static str>,
}

struct Present {
    id: UserId,
    name: String,
    role: &'static str,
    is_here: bool,
}

/// What stands in the form.
struct Asked {
    event: Uuid,
    session: Uuid,
    title: String,
    description: String,
    month: i32,
    present: Vec<UserId>,
}

/// The page.
pub(super) async fn ask(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    if session::today(&edge, staff.posyandu.id, now.today)?.is_some_and(|held| held.closed.is_none()) {
        return Ok(Redirect::to("/board").into_response());
    }
    let asked = Asked {
        event: Uuid::now_v7(),
        session: Uuid::now_v7(),
        title: String::new(),
        description: String::new(),
        month: proposed(&edge, &staff, now.today)?.0,
        present: vec![staff.user.id],
    };
    draw(&edge, &staff, &now, asked, None)
}

/// The month of the day, or that of the planned day that was moved.
fn proposed(edge: &Edge, staff: &Staff, today: NaiveDate) -> Result<Month, Trouble> {
    let moved = moved_from(edge, staff, today)?.and_then(LocalDate::month);
    Ok(moved.unwrap_or_else(|| Month::of(today)))
}

/// The planned day of the month before that this meeting stands for: near, and nothing was held for it.
fn moved_from(edge: &Edge, staff: &Staff, today: NaiveDate) -> Result<Option<LocalDate>, Trouble> {
    let day = LocalDate::from(today);
    let planned = edge.store.sessions(staff.posyandu.id)?;
    if planned.iter().any(|planned| planned.day == day && !planned.cancelled) {
        return Ok(None);
    }
    let before = Month(Month::of(today).0 - 1);
    let held = edge.store.meetings(staff.posyandu.id)?;
    let is_held = held.iter().any(|meeting| meeting.month == before);
    let last = planned.iter().rfind(|planned| planned.day.month() == Some(before)).map(|planned| planned.day);
    Ok(last.filter(|planned| !is_held && day.0 - planned.0 <= MOVED_DAYS))
}

fn draw(
    edge: &Edge,
    staff: &Staff,
    now: &Now,
    asked: Asked,
    wrong: Option<&'static str>,
) -> Result<Response, Trouble> {
    let posyandu = staff.posyandu.id;
    let own = Month::of(now.today);
    let said = |day: LocalDate| day.to_naive().map(words::weekday_date);
    let people = staff::users(edge)?.into_iter().map(|user| Present {
        is_here: asked.present.contains(&user.id),
        id: user.id,
        role: words::role(user.role),
        name: user.name,
    });
    page(&OpeningPage {
        shell: Shell::of(edge, staff),
        people: people.collect(),
        due: edge.workshop.due(now.believable.then_some(now.today)),
        months: [own, Month(own.0 - 1)].map(|month| (month.0, words::month_year(month))).into(),
        moved_from: moved_from(edge, staff, now.today)?.and_then(said),
        unclosed: session::unclosed(edge, posyandu, now.today)?.and_then(|meeting| said(meeting.on?)),
        asked,
        wrong,
    })
}

/// Opens the meeting, unless another phone was quicker: then that one is it.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    staff.may(Act::OpenDay)?;
    let now = edge.clock.now();
    let asked = Asked::read(form).ok_or(Trouble::Unreadable)?;
    let own = Month::of(now.today).0;
    let wrong = match () {
        () if !now.believable => Some("Tanggal alat belum dicocokkan. Cocokkan dulu, lalu buka posyandu."),
        () if asked.present.is_empty() => Some("Pilih siapa yang bertugas hari ini."),
        () if ![own, own - 1].contains(&asked.month) => Some("Pilih bulan laporannya."),
        () if asked.title.chars().count() > LONGEST[0] || asked.description.chars().count() > LONGEST[1] => {
            Some("Judul atau keterangannya terlalu panjang. Persingkat sedikit.")
        }
        () => None,
    };
    if wrong.is_some() {
        let drawn = draw(&edge, &staff, &now, asked, wrong)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, drawn).into_response());
    }
    edge.store.open_meeting(asked.event(&staff, &now)).await?;
    Ok(Redirect::to("/board").into_response())
}

impl Asked {
    fn read(form: Vec<(String, String)>) -> Option<Self> {
        let mut asked = Self {
            event: Uuid::nil(),
            session: Uuid::nil(),
            title: String::new(),
            description: String::new(),
            month: 0,
            present: Vec::new(),
        };
        for (name, value) in form {
            match name.as_str() {
                "event" => asked.event = value.parse().ok()?,
                "session" => asked.session = value.parse().ok()?,
                "title" => value.trim().clone_into(&mut asked.title),
                "description" => value.trim().clone_into(&mut asked.description),
                "month" => asked.month = value.parse().ok()?,
                "present" => asked.present.push(value.parse().ok()?),
                _ => {}
            }
        }
        (!asked.event.is_nil() && !asked.session.is_nil()).then_some(asked)
    }

    fn event(self, staff: &Staff, now: &Now) -> NewEvent {
        let opened = SessionOpened {
            session: SessionId(self.session),
            title: self.title,
            description: self.description,
            present: self.present,
        };
        of_meeting(staff, now, EventId(self.event), Month(self.month), Body::SessionOpened(opened))
    }
}

/// Something said of a meeting and of nobody.
pub(crate) fn of_meeting(staff: &Staff, now: &Now, id: EventId, month: Month, body: Body) -> NewEvent {
    NewEvent {
        id,
        author: staff.author(),
        posyandu: staff.posyandu.id,
        citizen: None,
        visit: None,
        observed_on: now.today.into(),
        recorded_at: now.stamp,
        report_month: month,
        place: Place::Posyandu,
        entry: Entry::Typed,
        instrument: None,
        replaces: None,
        body,
    }
}
