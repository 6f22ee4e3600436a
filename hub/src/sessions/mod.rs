//! The meetings of each posyandu: what they were called, and the figures they were closed with beside what is counted now.
//!
//! # Why
//! What a posyandu reported on the day keeps its version; what was corrected since shows as a difference, and nobody has to
//! remember. The rows follow from the events alone: whatever comes, and in whatever order, the first opening and the last
//! closing of a meeting stand.

mod store;

use std::collections::BTreeSet;

use care::f1::{Figure, Figures, Form, Group, Line, Sex, Verdict, Weighed, age_months};
use chrono::NaiveDate;
use protocol::session::Row;
use protocol::{Body, Month};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::growth::Entered;
use crate::reports::{self, ChildLine};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its id.
    pub id: Uuid,
    /// What it was called; empty for the usual.
    pub title: String,
    /// Its day.
    pub event_date: NaiveDate,
    /// In words.
    pub description: String,
    /// How many worked there.
    pub present_count: i32,
    /// The form as it was closed; `None` while it is open.
    pub reported: Option<Vec<Reported>>,
}

/// One row of the form as reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// Sex.
    pub sex: Sex,
    /// The ages.
    pub group: Group,
    /// The figures.
    pub figures: Figures,
}

/// A figure that was reported otherwise than it is counted now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which row and figure: `T P 12–23 bln`.
    pub what: String,
    /// As reported.
    pub reported: u32,
    /// As counted now.
    pub counted: u32,
}

/// Takes events into the tables; they must stand in `event_log` already.
pub(crate) async fn enter(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<()> {
    let of_meetings = entered
        .iter()
        .filter(|entered| matches!(entered.event.body, Body::SessionOpened(_) | Body::SessionClosed(_)));
    let posyandu: BTreeSet<Uuid> = of_meetings.map(Entered::posyandu).collect();
    for posyandu in posyandu {
        make_again(db, posyandu).await?;
    }
    Ok(())
}

/// Makes the rows of every posyandu again from the events.
pub async fn rebuild(db: &PgPool) -> sqlx::Result<()> {
    for posyandu in store::with_meetings(db).await? {
        let mut tx = db.begin().await?;
        make_again(&mut tx, posyandu).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn make_again(db: &mut PgConnection, posyandu: Uuid) -> sqlx::Result<()> {
    let events = store::events_of(db, posyandu).await?;
    let mut seen = BTreeSet::new();
    for event in &events {
        let Body::SessionOpened(opened) = &event.body else { continue };
        if !seen.insert(opened.session) {
            continue;
        }
        let last = events.iter().rev().find_map(|other| match &other.body {
            Body::SessionClosed(closed) if closed.session == opened.session => {
                Some((other.header.author.user.0, closed.rows.as_slice()))
            }
            _ => None,
        });
        store::keep(db, event, opened, last).await?;
    }
    Ok(())
}

/// The meetings reported in a month, by day.
pub async fn of_month(db: &PgPool, posyandu: Uuid, month: Month) -> sqlx::Result<Vec<Meeting>> {
    store::of_month(db, posyandu, month).await
}

/// The form of a month as it is counted now.
pub async fn counted(db: &PgPool, posyandu: Uuid, month: Month) -> sqlx::Result<Form> {
    let Some(first_day) = month.first_day() else { return Ok(Form::default()) };
    let children = reports::children_behind(db, posyandu, month.0, reports::Figure::S).await?;
    Ok(Form::count(children.iter().map(|child| line(child, first_day))))
}

fn line(child: &ChildLine, first_day: NaiveDate) -> Line {
    let verdict = child.gain.as_deref().and_then(|gain| Verdict::from_code(gain.chars().next()?));
    Line {
        sex: if child.gender == "L" { Sex::Male } else { Sex::Female },
        age_months: age_months(child.birth_date, first_day),
        is_guest: false,
        has_book: child.has_kia_book,
        weighed: verdict.map(|verdict| Weighed {
            verdict,
            two_t: child.two_t,
            below_red_line: child.below_red_line,
        }),
    }
}

impl Meeting {
    /// What it was closed with and is counted otherwise now.
    pub fn differences(&self, counted: &Form) -> Vec<Difference> {
        let mut differences = Vec::new();
        for row in self.reported.iter().flatten() {
            let now = counted.cell(row.sex, row.group);
            for figure in Figure::FORM.into_iter().filter(|&figure| row.figures.of(figure) != now.of(figure))
            {
                let (sex, Group { from, to }) = (row.sex.code(), row.group);
                differences.push(Difference {
                    what: format!("{} {sex} {from}–{to} bln", figure.code()),
                    reported: row.figures.of(figure),
                    counted: now.of(figure),
                });
            }
        }
        differences
    }

    /// All it reported together, in the order of the form.
    pub fn total(&self) -> Option<[u32; 9]> {
        let rows = self.reported.as_ref()?;
        let mut total = [0; 9];
        for row in rows {
            total.iter_mut().zip(row.figures.counts()).for_each(|(sum, count)| *sum += count);
        }
        Some(total)
    }
}

/// A reported row in the form's own order.
fn counts(row: &Row) -> [i32; 9] {
    let f = row.figures;
    [f.s, f.k, f.d, f.n, f.t, f.o, f.b, f.two_t, f.bgm].map(|count| i32::try_from(count).unwrap_or(i32::MAX))
}
