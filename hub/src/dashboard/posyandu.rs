//! One posyandu: its figures and its children, as they stand this minute.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, Utc};
use protocol::Month;
use uuid::Uuid;

use super::children::ChildrenTable;
use super::live::{self, Live, News};
use super::month::{Asked, TotalsPart, choices};
use super::store::{self, Posyandu, SetAside};
use crate::app::{Changed, Hub};
use crate::reports::{self, Figure};
use crate::sessions::{self, Difference, Meeting};
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page, words};

#[derive(Template)]
#[template(path = "dashboard/posyandu.html")]
struct PosyanduPage {
    shell: Shell,
    posyandu: Posyandu,
    month: Month,
    months: Vec<Month>,
    live: PosyanduPart,
}

/// Everything on the page that changes while the posyandu is open.
#[derive(Template)]
#[template(path = "dashboard/posyandu_live.html")]
struct PosyanduPart {
    totals: TotalsPart,
    table: ChildrenTable,
    set_aside: Vec<SetAside>,
    meetings: Vec<Held>,
}

/// A meeting with what is counted otherwise now.
struct Held {
    meeting: Meeting,
    /// `S 40, K 38 …`, as reported; `None` while it is open.
    said: Option<String>,
    differences: Vec<Difference>,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    staff: Staff,
    Path(posyandu): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let now = Utc::now();
    let month = asked.month(now)?;
    let posyandu = store::posyandu(&hub.db, staff.puskesmas, posyandu).await?.ok_or(PageError::NotFound)?;
    page(&PosyanduPage {
        shell: Shell::of(&staff, format!("{} · {}", posyandu.name, words::month(&month))),
        month,
        months: choices(month, now),
        live: part(&hub, &posyandu, month, words::today(now)).await?,
        posyandu,
    })
}

pub(super) async fn watch(
    State(web): State<Web>,
    staff: Staff,
    Path(posyandu): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse, PageError> {
    let month = asked.month(Utc::now())?;
    let posyandu =
        store::posyandu(&web.hub.db, staff.puskesmas, posyandu).await?.ok_or(PageError::NotFound)?;
    Ok(live::watch(web, staff, Watched { posyandu, month }))
}

struct Watched {
    posyandu: Posyandu,
    month: Month,
}

impl Live for Watched {
    const PACE: Duration = Duration::from_millis(300);

    fn wants(&self, change: Changed) -> bool {
        change.posyandu == self.posyandu.id && change.report_month == self.month.0
    }

    async fn parts(&self, hub: &Hub, _: &News) -> Result<Vec<String>, PageError> {
        Ok(vec![part(hub, &self.posyandu, self.month, words::today(Utc::now())).await?.render()?])
    }
}

async fn part(
    hub: &Hub,
    posyandu: &Posyandu,
    month: Month,
    today: NaiveDate,
) -> Result<PosyanduPart, PageError> {
    let (now, year_before) = store::figures(&hub.db, posyandu.id, month).await?;
    let children = reports::children_behind(&hub.db, posyandu.id, month.0, Figure::S).await?;
    Ok(PosyanduPart {
        totals: TotalsPart {
            month,
            now: now.unwrap_or_default(),
            year_before,
            only: None,
            door: format!("/posyandu/{}/anak?bulan={}", posyandu.id, words::month_key(&month)),
        },
        table: ChildrenTable::most_urgent_first("Anak posyandu ini".into(), children, today),
        set_aside: store::set_aside(&hub.db, posyandu.id).await?,
        meetings: held(hub, posyandu, month).await?,
    })
}

/// `S 40, K 38, D 31 …`
fn said(total: [u32; 9]) -> String {
    let counts =
        care::f1::Figure::FORM.iter().zip(total).map(|(figure, count)| format!("{} {count}", figure.code()));
    counts.collect::<Vec<_>>().join(", ")
}

async fn held(hub: &Hub, posyandu: &Posyandu, month: Month) -> sqlx::Result<Vec<Held>> {
    let meetings = sessions::of_month(&hub.db, posyandu.id, month).await?;
    if meetings.is_empty() {
        return Ok(Vec::new());
    }
    let counted = sessions::counted(&hub.db, posyandu.id, month).await?;
    // an earlier meeting of the month was closed before the later ones were held
    let last = meetings.iter().rposition(|meeting| meeting.reported.is_some());
    let held = |(place, meeting): (usize, Meeting)| {
        let differences = if Some(place) == last { meeting.differences(&counted) } else { Vec::new() };
        Held { said: meeting.total().map(said), meeting, differences }
    };
    Ok(meetings.into_iter().enumerate().map(held).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_month_of_its_own_posyandu_wakes_the_page() {
        let posyandu = Posyandu { id: Uuid::from_u128(1), name: "Mawar".into(), village: "Cibadak".into() };
        let page = Watched { posyandu, month: Month(24_322) };
        let woken = |posyandu, report_month| {
            page.wants(Changed { posyandu: Uuid::from_u128(posyandu), report_month })
        };
        assert!(woken(1, 24_322));
        assert!(!woken(2, 24_322));
        assert!(!woken(1, 24_321));
    }
}
