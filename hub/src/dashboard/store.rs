//! What the pages read beside figures and children: which posyandu a Puskesmas has, and how they stand.

use chrono::{DateTime, Utc};
use protocol::Month;
use sqlx::PgPool;
use uuid::Uuid;

use super::figures::Figures;
use crate::reports::{self, FiguresRow};

/// A posyandu a member of staff may see.
#[derive(Debug, Clone)]
pub(super) struct Posyandu {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) village: String,
}

/// A posyandu, its month, and when one of its nodes was last heard.
#[derive(Debug, Clone)]
pub(super) struct PosyanduMonth {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) village: String,
    /// `None` while nothing was counted in this month.
    pub(super) figures: Option<Figures>,
    /// The same month a year before.
    pub(super) year_before: Option<Figures>,
    pub(super) last_heard_at: Option<DateTime<Utc>>,
}

/// Why events were set aside, and how many.
#[derive(Debug, Clone)]
pub(super) struct SetAside {
    pub(super) reason: String,
    pub(super) count: i64,
}

/// The posyandu, if it belongs to the Puskesmas.
pub(super) async fn posyandu(db: &PgPool, puskesmas: Uuid, posyandu: Uuid) -> sqlx::Result<Option<Posyandu>> {
    sqlx::query_as!(
        Posyandu,
        "select id, name, village from posyandu where id = $1 and puskesmas_id = $2",
        posyandu,
        puskesmas,
    )
    .fetch_optional(db)
    .await
}

/// Every posyandu of a Puskesmas with its figures of a month and of the same month a year before, in one question.
pub(super) async fn month(db: &PgPool, puskesmas: Uuid, month: Month) -> sqlx::Result<Vec<PosyanduMonth>> {
    let rows = sqlx::query_file!("src/dashboard/month.sql", puskesmas, month.0).fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| PosyanduMonth {
            id: row.id,
            name: row.name,
            village: row.village,
            figures: row.present.as_deref().and_then(Figures::of_counts),
            year_before: row.past.as_deref().and_then(Figures::of_counts),
            last_heard_at: row.last_heard_at,
        })
        .collect())
}

/// The figures of one posyandu's month and of the same month a year before.
pub(super) async fn figures(
    db: &PgPool,
    posyandu: Uuid,
    month: Month,
) -> sqlx::Result<(Option<Figures>, Option<Figures>)> {
    let only = [posyandu];
    let counted = |rows: Vec<FiguresRow>| rows.first().and_then(Figures::counted);
    let present = counted(reports::of_month(db, month.0, Some(&only)).await?);
    Ok((present, counted(reports::of_month(db, month.0 - 12, Some(&only)).await?)))
}

/// What nodes of a posyandu sent that could not be taken, by reason.
pub(super) async fn set_aside(db: &PgPool, posyandu: Uuid) -> sqlx::Result<Vec<SetAside>> {
    sqlx::query_as!(
        SetAside,
        r#"
        select reason, count(*) as "count!"
        from quarantined_events
        join node_posyandu using (node_id)
        where posyandu_id = $1 and taken_at is null and not is_fork
        group by reason
        order by reason
        "#,
        posyandu,
    )
    .fetch_all(db)
    .await
}
