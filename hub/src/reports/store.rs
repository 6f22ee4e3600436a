//! Monthly figures in Postgres.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::changes;

/// One posyandu's line in the report of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiguresRow {
    /// The posyandu.
    pub posyandu_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its village.
    pub village: String,
    /// All balita.
    pub s: i32,
    /// Balita who own a KIA book.
    pub k: i32,
    /// Balita weighed this month; always N + T + O + B.
    pub d: i32,
    /// Gained enough.
    pub n: i32,
    /// Did not gain enough.
    pub t: i32,
    /// Not weighed last month.
    pub o: i32,
    /// Weighed for the first time.
    pub b: i32,
    /// Below the red line.
    pub bgm: i32,
    /// T twice in a row.
    pub two_t: i32,
    /// When the hub counted; `None` if it never had a reason to, and then all figures are 0.
    pub counted_at: Option<DateTime<Utc>>,
}

/// The report of a month, by village and name: of those posyandu, or of all. The month is year × 12 + month − 1.
pub async fn of_month(db: &PgPool, month: i32, posyandu: Option<&[Uuid]>) -> sqlx::Result<Vec<FiguresRow>> {
    sqlx::query_as!(
        FiguresRow,
        r#"
        select posyandu.id as posyandu_id, posyandu.name, posyandu.village,
            coalesce(s, 0) as "s!", coalesce(k, 0) as "k!", coalesce(d, 0) as "d!", coalesce(n, 0) as "n!",
            coalesce(t, 0) as "t!", coalesce(o, 0) as "o!", coalesce(b, 0) as "b!", coalesce(bgm, 0) as "bgm!",
            coalesce(two_t, 0) as "two_t!", counted_at as "counted_at?"
        from posyandu
        left join monthly_figures figures on figures.posyandu_id = posyandu.id and figures.report_month = $1
        where $2::uuid[] is null or posyandu.id = any ($2)
        order by posyandu.village, posyandu.name, posyandu.id
        "#,
        month,
        posyandu
    )
    .fetch_all(db)
    .await
}

/// What was counted of a posyandu and a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) posyandu_id: Uuid,
    pub(super) report_month: i32,
    pub(super) s: i32,
    pub(super) k: i32,
    pub(super) d: i32,
    pub(super) n: i32,
    pub(super) t: i32,
    pub(super) o: i32,
    pub(super) b: i32,
    pub(super) bgm: i32,
    pub(super) two_t: i32,
}

/// Counts those months from the children's own rows.
pub(super) async fn count(
    db: &mut PgConnection,
    posyandu: &[Uuid],
    months: &[i32],
) -> sqlx::Result<Vec<Counted>> {
    sqlx::query_file_as!(Counted, "src/reports/count.sql", posyandu, months).fetch_all(db).await
}

/// Writes what was counted.
pub(super) async fn keep(db: &mut PgConnection, counted: &[Counted]) -> sqlx::Result<()> {
    macro_rules! column {
        ($field:ident) => {
            &counted.iter().map(|counted| counted.$field).collect::<Vec<_>>()
        };
    }
    sqlx::query!(
        r#"
        insert into monthly_figures (posyandu_id, report_month, s, k, d, n, t, o, b, bgm, two_t)
        select *
        from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::integer[],
            $7::integer[], $8::integer[], $9::integer[], $10::integer[], $11::integer[])
        on conflict (posyandu_id, report_month) do update
        set (s, k, d, n, t, o, b, bgm, two_t, counted_at) = (
            excluded.s, excluded.k, excluded.d, excluded.n, excluded.t, excluded.o, excluded.b, excluded.bgm,
            excluded.two_t, now()
        )
        "#,
        column!(posyandu_id),
        column!(report_month),
        column!(s),
        column!(k),
        column!(d),
        column!(n),
        column!(t),
        column!(o),
        column!(b),
        column!(bgm),
        column!(two_t)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Marks months of posyandu to be counted again, and tells every page that looks at them that children changed.
pub(crate) async fn mark(db: &mut PgConnection, months: &BTreeSet<(Uuid, i32)>) -> sqlx::Result<()> {
    if months.is_empty() {
        return Ok(());
    }
    let (posyandu, report_months): (Vec<Uuid>, Vec<i32>) = months.iter().copied().unzip();
    sqlx::query!(
        r#"
        insert into dirty_months (posyandu_id, report_month)
        select *
        from unnest($1::uuid[], $2::integer[])
        "#,
        &posyandu,
        &report_months
    )
    .execute(&mut *db)
    .await?;
    changes::tell(db, months).await
}
