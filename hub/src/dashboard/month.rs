//! The first page: what the Puskesmas must report this month, and how each posyandu stands.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use protocol::Month;
use serde::Deserialize;
use uuid::Uuid;

use super::figures::{Figures, Share};
use super::live::{self, Live, News};
use super::order::{COLUMNS, Order, natural};
use super::store::{self, PosyanduMonth};
use crate::app::{Changed, Hub};
use crate::reports::Figure;
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page, words};

/// Rows on one page. A Puskesmas has about thirty posyandu; a kabupaten leafs.
const ROWS: usize = 150;

/// How far back the list of months goes.
const MONTHS: i32 = 36;

/// The part of an address that says what to show. It stays in the address, so a page can be sent to a colleague.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    pub(super) bulan: Option<String>,
    desa: Option<String>,
    urut: Option<String>,
    halaman: Option<usize>,
}

impl Asked {
    /// The month asked for, or the present one. A month nobody can mean is no page of ours.
    pub(super) fn month(&self, now: DateTime<Utc>) -> Result<Month, PageError> {
        match &self.bulan {
            None => Ok(Month::of(words::today(now))),
            Some(text) => words::parse_month(text).ok_or(PageError::NotFound),
        }
    }
}

/// The months to choose from: up to the present one, and the one shown.
pub(super) fn choices(shown: Month, now: DateTime<Utc>) -> Vec<Month> {
    let present = Month::of(words::today(now)).0;
    let mut months: Vec<Month> = (0..MONTHS).map(|back| Month(present - back)).collect();
    if !months.contains(&shown) {
        months.push(shown);
    }
    months
}

#[derive(Template)]
#[template(path = "dashboard/month.html")]
struct MonthPage<'a> {
    shell: Shell,
    month: Month,
    months: Vec<Month>,
    villages: Vec<&'a str>,
    village: Option<&'a str>,
    order: Order,
    query: String,
    live: MonthPart<'a>,
}

/// Everything on the page that changes during the month.
#[derive(Template)]
#[template(path = "dashboard/month_live.html")]
struct MonthPart<'a> {
    totals: TotalsPart,
    rows: Vec<RowPart<'a>>,
    order: Order,
    /// The address without order and page.
    base: String,
    /// The posyandu chosen from, and which of them stand on this page.
    count: i64,
    first: i64,
    last: i64,
    /// The pages before and after, where there are such.
    before: Option<usize>,
    after: Option<usize>,
}

/// The Puskesmas' own figures.
#[derive(Template)]
#[template(path = "dashboard/totals.html")]
pub(super) struct TotalsPart {
    pub(super) month: Month,
    pub(super) now: Figures,
    pub(super) year_before: Option<Figures>,
    /// Of how many posyandu there are figures a year before, where it is not all of them.
    pub(super) only: Option<(usize, usize)>,
    /// Where the doors lead: the list of children behind a number.
    pub(super) door: String,
}

/// One posyandu's line.
#[derive(Template)]
#[template(path = "dashboard/month_row.html")]
struct RowPart<'a> {
    row: &'a PosyanduMonth,
    month: Month,
    now: DateTime<Utc>,
}

impl TotalsPart {
    fn of(rows: &[&PosyanduMonth], month: Month) -> Self {
        let before: Vec<Figures> = rows.iter().filter_map(|row| row.year_before).collect();
        Self {
            month,
            only: (!before.is_empty() && before.len() < rows.len()).then_some((before.len(), rows.len())),
            now: rows.iter().filter_map(|row| row.figures).sum(),
            year_before: (!before.is_empty()).then(|| before.into_iter().sum()),
            door: format!("/anak?bulan={}", words::month_key(&month)),
        }
    }
}

pub(super) async fn show(
    State(hub): State<Hub>,
    staff: Staff,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let now = Utc::now();
    let month = asked.month(now)?;
    let all = store::month(&hub.db, staff.puskesmas, month).await?;
    let mut villages: Vec<&str> = all.iter().map(|row| row.village.as_str()).collect();
    villages.sort_unstable();
    villages.dedup();
    let order = Order::from_code(asked.urut.as_deref());
    page(&MonthPage {
        shell: Shell::of(&staff, words::month(&month).to_string()),
        month,
        months: choices(month, now),
        villages,
        village: asked.village(),
        order,
        query: asked.address(month, order, asked.halaman.unwrap_or(1)),
        live: asked.part(&all, month, now),
    })
}

pub(super) async fn watch(
    State(web): State<Web>,
    staff: Staff,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse, PageError> {
    let month = asked.month(Utc::now())?;
    let puskesmas = staff.puskesmas;
    Ok(live::watch(web, staff, Watched { puskesmas, month, asked }))
}

struct Watched {
    puskesmas: Uuid,
    month: Month,
    asked: Asked,
}

impl Live for Watched {
    /// Every change reads the whole Puskesmas, so a busy day is shown once a second.
    const PACE: Duration = Duration::from_secs(1);

    fn wants(&self, change: Changed) -> bool {
        change.report_month == self.month.0
    }

    async fn parts(&self, hub: &Hub, news: &News) -> Result<Vec<String>, PageError> {
        let now = Utc::now();
        let all = store::month(&hub.db, self.puskesmas, self.month).await?;
        let part = self.asked.part(&all, self.month, now);
        Ok(match news {
            News::Anything => vec![part.render()?],
            News::In(posyandu) => {
                let mut parts = vec![part.totals.render()?];
                for row in part.rows.iter().filter(|row| posyandu.contains(&row.row.id)) {
                    parts.push(row.render()?);
                }
                parts
            }
        })
    }
}

impl Asked {
    fn village(&self) -> Option<&str> {
        self.desa.as_deref().filter(|village| !village.is_empty())
    }

    fn part<'a>(&self, all: &'a [PosyanduMonth], month: Month, now: DateTime<Utc>) -> MonthPart<'a> {
        let village = self.village();
        let order = Order::from_code(self.urut.as_deref());
        let mut rows: Vec<&PosyanduMonth> =
            all.iter().filter(|row| village.is_none_or(|village| row.village == village)).collect();
        rows.sort_by(|a, b| order.compare(a, b).then_with(|| natural(&a.name).cmp(&natural(&b.name))));
        let leaves = rows.len().div_ceil(ROWS).max(1);
        let leaf = self.halaman.unwrap_or(1).clamp(1, leaves);
        let first = (leaf - 1) * ROWS;
        MonthPart {
            totals: TotalsPart::of(&rows, month),
            rows: rows.iter().skip(first).take(ROWS).map(|&row| RowPart { row, month, now }).collect(),
            order,
            base: self.base(month),
            count: rows.len() as i64,
            first: first as i64 + 1,
            last: (first + ROWS).min(rows.len()) as i64,
            before: (leaf > 1).then(|| leaf - 1),
            after: (leaf < leaves).then_some(leaf + 1),
        }
    }

    fn base(&self, month: Month) -> String {
        let month = words::month_key(&month);
        match self.village().map(askama::filters::urlencode_strict) {
            Some(Ok(village)) => format!("bulan={month}&desa={village}"),
            None => format!("bulan={month}"),
        }
    }

    fn address(&self, month: Month, order: Order, leaf: usize) -> String {
        format!("{}&urut={}&halaman={leaf}", self.base(month), order.code())
    }
}

/// A node that spoke a moment ago is green; silence is grey, for being offline is normal.
pub(super) fn heard(then: &DateTime<Utc>, now: &DateTime<Utc>) -> &'static str {
    if *now - *then < TimeDelta::minutes(30) { "baik" } else { "belum" }
}
