//! Who looked at whom: what other pages call to have it noted, and the page that shows it to the midwife.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, FixedOffset};
use protocol::bundle::User;
use protocol::time::ClockSource;
use protocol::{CitizenId, PosyanduId, Stamp, UserId};
use serde::Deserialize;

use super::{Act, Staff, people};
use crate::app::Edge;
use crate::store::{Deed, Noted};
use crate::web::{Pages, Shell, Trouble, page, words};

/// Rows on a page.
const ROWS: usize = 100;

/// The page of the audit.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/audit", get(show))
}

impl Staff {
    /// Notes that she looked at a page about somebody. `page` is a word people know it by.
    pub fn saw(&self, edge: &Edge, citizen: CitizenId, page: &str) {
        self.note(edge, Deed::Read, Some(citizen), page);
    }

    /// Notes that she printed something about somebody.
    pub fn printed(&self, edge: &Edge, citizen: CitizenId, page: &str) {
        self.note(edge, Deed::Printed, Some(citizen), page);
    }

    /// Notes that she took data away as a file.
    pub fn exported(&self, edge: &Edge, page: &str) {
        self.note(edge, Deed::Exported, None, page);
    }

    /// Notes that every phone was locked, because the posyandu closed.
    pub fn locked(&self, edge: &Edge) {
        self.note(edge, Deed::Locked, None, "");
    }

    fn note(&self, edge: &Edge, deed: Deed, citizen: Option<CitizenId>, page: &str) {
        put(edge, &self.user, Some(self.posyandu.id), deed, citizen, page);
    }
}

/// Notes what happened at the door.
pub(super) fn at_the_door(edge: &Edge, user: &User, posyandu: Option<PosyanduId>, deed: Deed) {
    put(edge, user, posyandu, deed, None, "");
}

fn put(
    edge: &Edge,
    user: &User,
    posyandu: Option<PosyanduId>,
    deed: Deed,
    citizen: Option<CitizenId>,
    page: &str,
) {
    let at = edge.clock.now().stamp;
    edge.store.note(Noted { at, user: user.id, role: user.role, posyandu, deed, citizen, page: page.into() });
}

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct AuditPage {
    shell: Shell,
    rows: Vec<Row>,
    /// Where the rows before these begin.
    older: Option<u64>,
}

struct Row {
    when: String,
    who: String,
    what: &'static str,
    about: String,
}

#[derive(Deserialize)]
struct Asked {
    before: Option<u64>,
}

async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Asked { before }): Query<Asked>,
) -> Result<Response, Trouble> {
    staff.may(Act::ReadAudit)?;
    edge.store.keep_notes().await?;
    let notes = edge.store.notes(before, ROWS)?;
    let users = people::users(&edge)?;
    let of_here = notes.iter().filter(|(_, noted)| noted.posyandu.is_none_or(|at| at == staff.posyandu.id));
    let rows = of_here.map(|(_, noted)| row(&edge, &users, noted)).collect::<Result<_, _>>()?;
    let older = (notes.len() == ROWS).then(|| notes.last().map(|(number, _)| *number)).flatten();
    page(&AuditPage { shell: Shell::of(&edge, &staff), rows, older })
}

fn row(edge: &Edge, users: &[User], noted: &Noted) -> Result<Row, Trouble> {
    let person = noted.citizen.map(|citizen| edge.store.child(citizen)).transpose()?.flatten();
    let about =
        [person.map(|person| person.registered.name), (!noted.page.is_empty()).then(|| noted.page.clone())];
    Ok(Row {
        when: when(&noted.at),
        who: format!("{} ({})", name(users, noted.user), words::role(noted.role)),
        what: said(noted.deed),
        about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    })
}

fn name(users: &[User], id: UserId) -> &str {
    users.iter().find(|user| user.id == id).map_or("yang tidak bertugas lagi", |user| &user.name)
}

/// Date and time, and whether they can be believed.
fn when(at: &Stamp) -> String {
    let offset = FixedOffset::east_opt(i32::from(at.offset_min) * 60);
    let time =
        offset.zip(DateTime::from_timestamp_millis(at.wall_ms)).map(|(offset, at)| at.with_timezone(&offset));
    match (time, at.source) {
        (Some(time), ClockSource::Unset) => {
            format!("{} (jam alat belum dicocokkan)", time.format("%d-%m-%Y %H.%M"))
        }
        (Some(time), _) => time.format("%d-%m-%Y %H.%M").to_string(),
        (None, _) => "tidak terbaca".into(),
    }
}

/// What was done, as said aloud.
const fn said(deed: Deed) -> &'static str {
    match deed {
        Deed::SignedIn => "masuk",
        Deed::SignInFailed => "PIN tidak cocok",
        Deed::SignedOut => "mengunci HP",
        Deed::Changed => "ganti orang",
        Deed::Locked => "menutup hari, semua HP dikunci",
        Deed::ResetAsked => "minta kode PIN baru",
        Deed::ResetFailed => "kode PIN baru tidak cocok",
        Deed::Reset => "membuat PIN baru",
        Deed::Read => "melihat",
        Deed::Printed => "mencetak",
        Deed::Exported => "mengambil berkas",
    }
}
