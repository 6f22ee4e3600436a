//! What the Puskesmas sees: the block on a child's card, and who has missed something.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{NaiveDate, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::store::{self, Dose, Missed, Remark};
use crate::app::Hub;
use crate::dashboard;
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/posyandu/{posyandu}/imunisasi", get(missed))
}

/// A child's vaccines on its card.
#[derive(Template)]
#[template(path = "immunization/block.html")]
pub(crate) struct Block {
    doses: Vec<Dose>,
    remarks: Vec<Remark>,
    today: NaiveDate,
}

/// The block of one child.
pub(crate) async fn block(db: &PgPool, citizen: Uuid, today: NaiveDate) -> sqlx::Result<Block> {
    let (doses, remarks) = (store::schedule_of(db, citizen).await?, store::remarks_of(db, citizen).await?);
    Ok(Block { doses, remarks, today })
}

impl Dose {
    /// How it stands on a day, with the class of its chip.
    fn status(&self, today: &NaiveDate) -> (&'static str, &'static str) {
        let is_past = |day: Option<NaiveDate>| day.is_some_and(|day| day <= *today);
        match self {
            Self { is_early: true, .. } => ("terlalu dini, menunggu bidan", "perhatian"),
            Self { is_done: true, .. } => ("selesai", "baik"),
            Self { closed_from, .. } if is_past(*closed_from) => ("tidak lagi", "belum"),
            Self { missed_from, .. } if is_past(*missed_from) => ("terlewat", "perhatian"),
            Self { .. } => ("terjadwal", "belum"),
        }
    }
}

impl Remark {
    /// In half a line.
    fn said(&self) -> String {
        let dose = self.dose.map(|dose| format!(" {dose}")).unwrap_or_default();
        let named = format!("{}{dose}", self.vaccine_type);
        match self.outcome.as_str() {
            "not_given" => format!("{named} tidak diberikan: {}", why(self.reason.as_deref())),
            "reaction" => {
                let weight = if self.is_serious { "KIPI berat" } else { "KIPI" };
                format!("{weight} sesudah {named}: {}", self.notes.as_deref().unwrap_or_default())
            }
            _ => format!("{named} diberikan, di luar jadwal atau diulang"),
        }
    }
}

fn why(reason: Option<&str>) -> &'static str {
    match reason {
        Some("sick") => "anak sakit",
        Some("refused") => "keluarga tidak mau",
        Some("out_of_stock") => "vaksin habis",
        Some("contraindicated") => "tidak boleh diberi",
        _ => "ditunda",
    }
}

#[derive(Template)]
#[template(path = "immunization/missed.html")]
struct MissedPage {
    shell: Shell,
    posyandu: Uuid,
    name: String,
    rows: Vec<Missed>,
    today: NaiveDate,
}

async fn missed(
    State(hub): State<Hub>,
    staff: Staff,
    Path(posyandu): Path<Uuid>,
) -> Result<Response, PageError> {
    // One of another Puskesmas is not told apart from none.
    let name = dashboard::name_of(&hub.db, staff.puskesmas, posyandu).await?.ok_or(PageError::NotFound)?;
    let today = words::today(Utc::now());
    let rows = store::missed(&hub.db, posyandu, today).await?;
    page(&MissedPage { shell: Shell::of(&staff, format!("Imunisasi {name}")), posyandu, name, rows, today })
}
