//! The children behind a number: who they are, what was found, and a door to each one's card.

use std::fmt::Display;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::{NaiveDate, Utc};
use protocol::Month;
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::standing::{Chip, Found, Meaning, chips};
use super::store::{self, PosyanduMonth};
use crate::app::Hub;
use crate::reports::{self, ChildLine, Figure};
use crate::staff::Staff;
use crate::web::{PageError, Shell, page, words};

/// Children on one page of the whole Puskesmas' list, and posyandu they come from.
const CHILDREN: i64 = 300;
const POSYANDU: usize = 30;

/// A list of children with what this month found.
#[derive(Template)]
#[template(path = "dashboard/children_table.html")]
pub(super) struct ChildrenTable {
    title: String,
    children: Vec<ChildLine>,
    count: i64,
    today: NaiveDate,
}

impl ChildrenTable {
    /// A list with those to be referred on top and those not yet weighed at the end.
    pub(super) fn most_urgent_first(title: String, mut children: Vec<ChildLine>, today: NaiveDate) -> Self {
        children.sort_by_cached_key(|child| (child.meaning(), child.name.to_lowercase()));
        Self { title, count: children.len() as i64, children, today }
    }
}

impl ChildLine {
    fn chips(&self) -> Vec<Chip> {
        chips(Found {
            weighed: self.weight_g.is_some(),
            gain: self.gain.as_deref(),
            two_t: self.two_t,
            below_red_line: self.below_red_line,
            oedema: self.oedema,
            nutrition_status: self.nutrition_status.as_deref(),
            weight_for_age: self.weight_for_age.as_deref(),
            length_for_age: self.length_for_age.as_deref(),
            flags: self.flags,
        })
    }

    fn meaning(&self) -> Option<Meaning> {
        self.chips().first().map(|chip| chip.meaning)
    }

    /// The age on the day the child was weighed this month, or today.
    fn age(&self, today: &NaiveDate) -> impl Display + use<> {
        words::age(&self.birth_date, self.observed_on.as_ref().unwrap_or(today))
    }
}

/// A mark beside a value that did not come from an instrument; it stays visible for ever.
pub(super) fn typed(entry: &Option<String>) -> &'static str {
    match entry.as_deref() {
        Some("typed") => r#"<small class="typed">ketik</small> "#,
        Some("from_book") => r#"<small class="typed">dari buku</small> "#,
        Some("late") => r#"<small class="typed">susulan</small> "#,
        _ => "",
    }
}

/// The part of an address that names a number.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Behind {
    bulan: Option<String>,
    angka: Option<String>,
    halaman: Option<usize>,
}

impl Behind {
    /// Figure and month; what cannot be meant is no page of ours.
    fn asked(&self, today: NaiveDate) -> Result<(Figure, Month), PageError> {
        let figure = self.angka.as_deref().and_then(Figure::from_code).ok_or(PageError::NotFound)?;
        let month = match &self.bulan {
            None => Month::of(today),
            Some(text) => words::parse_month(text).ok_or(PageError::NotFound)?,
        };
        Ok((figure, month))
    }
}

#[derive(Template)]
#[template(path = "dashboard/children.html")]
struct ChildrenPage {
    shell: Shell,
    figure: Figure,
    month: Month,
    place: String,
    /// The way back, and its words.
    back: (String, String),
    tables: Vec<ChildrenTable>,
    /// The pages before and after, where there are such.
    before: Option<usize>,
    after: Option<usize>,
}

pub(super) async fn of_posyandu(
    State(hub): State<Hub>,
    staff: Staff,
    Path(posyandu): Path<Uuid>,
    Query(behind): Query<Behind>,
) -> Result<Response, PageError> {
    let today = words::today(Utc::now());
    let (figure, month) = behind.asked(today)?;
    let posyandu = store::posyandu(&hub.db, staff.puskesmas, posyandu).await?.ok_or(PageError::NotFound)?;
    let children = reports::children_behind(&hub.db, posyandu.id, month.0, figure).await?;
    page(&ChildrenPage {
        shell: Shell::of(&staff, format!("{} {} · {}", figure.code(), words::month(&month), posyandu.name)),
        figure,
        month,
        back: (
            format!("/posyandu/{}?bulan={}", posyandu.id, words::month_key(&month)),
            posyandu.name.clone(),
        ),
        tables: vec![ChildrenTable::most_urgent_first("Anak".into(), children, today)],
        place: posyandu.name,
        before: None,
        after: None,
    })
}

pub(super) async fn of_puskesmas(
    State(hub): State<Hub>,
    staff: Staff,
    Query(behind): Query<Behind>,
) -> Result<Response, PageError> {
    let today = words::today(Utc::now());
    let (figure, month) = behind.asked(today)?;
    let all = store::month(&hub.db, staff.puskesmas, month).await?;
    let leaves = leaves(&all, figure);
    let leaf = behind.halaman.unwrap_or(1).clamp(1, leaves.len().max(1));
    let shown = leaves.get(leaf - 1).map_or(&[][..], Vec::as_slice);
    page(&ChildrenPage {
        shell: Shell::of(&staff, format!("{} {}", figure.code(), words::month(&month))),
        figure,
        month,
        place: staff.puskesmas_name.clone(),
        back: (format!("/?bulan={}", words::month_key(&month)), "Semua posyandu".into()),
        tables: tables(&hub.db, shown, month, figure, today).await?,
        before: (leaf > 1).then(|| leaf - 1),
        after: (leaf < leaves.len()).then_some(leaf + 1),
    })
}

/// Posyandu that have children behind the figure, parted into pages between posyandu, never within one.
fn leaves(all: &[PosyanduMonth], figure: Figure) -> Vec<Vec<&PosyanduMonth>> {
    let mut leaves: Vec<Vec<&PosyanduMonth>> = Vec::new();
    let mut children = 0;
    for row in all {
        let count = row.figures.map_or(0, |figures| *figures.of(&figure));
        match leaves.last_mut() {
            _ if count == 0 => {}
            Some(leaf) if children + count <= CHILDREN && leaf.len() < POSYANDU => {
                leaf.push(row);
                children += count;
            }
            _ => {
                leaves.push(vec![row]);
                children = count;
            }
        }
    }
    leaves
}

async fn tables(
    db: &PgPool,
    posyandu: &[&PosyanduMonth],
    month: Month,
    figure: Figure,
    today: NaiveDate,
) -> sqlx::Result<Vec<ChildrenTable>> {
    let mut tables = Vec::with_capacity(posyandu.len());
    for row in posyandu {
        let children = reports::children_behind(db, row.id, month.0, figure).await?;
        if !children.is_empty() {
            let title = format!("{}, {}", row.name, row.village);
            tables.push(ChildrenTable::most_urgent_first(title, children, today));
        }
    }
    Ok(tables)
}
