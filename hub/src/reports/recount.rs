//! The proof that the figures are right: everything is counted again and compared.

use std::collections::BTreeMap;

use sqlx::PgPool;
use uuid::Uuid;

use super::job;
use super::store::{self, Counted};

/// A month whose kept figures are not those of a full recount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miscount {
    /// The posyandu.
    pub posyandu: Uuid,
    /// The month: year × 12 + month − 1.
    pub report_month: i32,
    /// What differs, for a person who reads tables.
    pub what: String,
}

/// Months counted at a time.
const PORTION: usize = 1_000;

/// Counts every month that has figures or records again; gives how many months and what differs. Months that are still
/// marked for counting are left out: of them nobody claims anything.
pub async fn recount(db: &PgPool) -> sqlx::Result<(usize, Vec<Miscount>)> {
    let mut tx = db.begin().await?;
    sqlx::query("set transaction isolation level repeatable read read only").execute(&mut *tx).await?;
    let months = sqlx::query!(
        r#"
        select posyandu_id as "posyandu_id!", report_month as "report_month!"
        from (
            select posyandu_id, report_month from monthly_figures
            union
            select posyandu_id, report_month from child_growth_records
            except
            select posyandu_id, report_month from dirty_months
        ) every
        order by posyandu_id, report_month
        "#
    )
    .fetch_all(&mut *tx)
    .await?;
    let kept = sqlx::query_as!(
        Counted,
        "select posyandu_id, report_month, s, k, d, n, t, o, b, bgm, two_t from monthly_figures"
    )
    .fetch_all(&mut *tx)
    .await?;
    let kept: BTreeMap<_, _> =
        kept.into_iter().map(|kept| ((kept.posyandu_id, kept.report_month), kept)).collect();
    let mut miscounts = Vec::new();
    for portion in months.chunks(PORTION) {
        let (posyandu, report_months): (Vec<_>, Vec<_>) =
            portion.iter().map(|month| (month.posyandu_id, month.report_month)).unzip();
        for counted in store::count(&mut tx, &posyandu, &report_months).await? {
            let key = (counted.posyandu_id, counted.report_month);
            if kept.get(&key) != Some(&counted) {
                let what = format!("kept {:?}, counted {counted:?}", kept.get(&key));
                miscounts.push(Miscount { posyandu: key.0, report_month: key.1, what });
            }
        }
    }
    Ok((months.len(), miscounts))
}

/// Counts every month that has figures or records again and keeps what was counted.
pub async fn rebuild(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into dirty_months (posyandu_id, report_month)
        select posyandu_id, report_month from monthly_figures
        union
        select posyandu_id, report_month from child_growth_records
        "#
    )
    .execute(db)
    .await?;
    while job::count_dirty(db).await? > 0 {}
    Ok(())
}
