//! The month's page of a whole kabupaten: 3,000 posyandu and 5 million measurements.

use std::time::{Duration, Instant};

use anyhow::Context;
use reqwest::{Client, StatusCode, redirect};
use sqlx::{AssertSqlSafe, PgConnection};

use super::Row;
use super::spread::Spread;
use super::village::Village;
use crate::harness::page::browser;
use crate::harness::until;

const POSYANDU: usize = 3_000;
/// Children of each posyandu and months of each child: 3,000 × 75 × 23 = 5.2 million.
const CHILDREN: usize = 75;
const MONTHS: usize = 23;
/// November 2026, as the tables count months.
const MONTH: i32 = 2026 * 12 + 10;
const PAGES: usize = 60;
const PASSWORD: &str = "melati putih di pagi hari";

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let village = Village::begin(POSYANDU).await?;
    let mut db = village.postgres.connect("simpul").await?;
    let measurements = fill(&mut db).await?;
    count(&mut db).await?;
    let client = signed_in(&village).await?;
    let address = format!("{}/?bulan=2026-11", village.hub.web);
    let (mut page, mut bare) = (Spread::default(), Spread::default());
    for _ in 0..PAGES {
        let asked = Instant::now();
        let text = client.get(&address).send().await?.error_for_status()?.text().await?;
        page.add(asked.elapsed());
        anyhow::ensure!(text.contains("225.000"), "the page's S is not that of every posyandu");
        bare.add(bare_query(&mut db).await?);
    }
    village.end().await?;
    Ok(vec![
        Row::at_most("skdn", "month's page, p99", page.p99(), "ms", 100.0)
            .beside(bare.p99(), "the bare query for its figures")
            .noting(format!("{POSYANDU} posyandu, {measurements} measurements; p50 {:.1} ms", page.p50())),
    ])
}

/// Children and records as intake would leave them, made by the database itself.
async fn fill(db: &mut PgConnection) -> anyhow::Result<i64> {
    let children = format!(
        "insert into citizens (id, posyandu_id, name, birth_date, gender, guardian_name, has_kia_book, event_id,
                               registered_on)
         select gen_random_uuid(), posyandu.id, 'Anak ' || nth, date '2026-11-01' - (nth * 21 + 30), 'P', 'Ibu ' || nth,
                nth % 20 > 0, gen_random_uuid(), date '2026-01-01'
         from posyandu, generate_series(1, {CHILDREN}) nth"
    );
    let records = format!(
        "insert into child_growth_records (id, posyandu_id, citizen_id, node_id, incarnation, sequence, observed_on,
                                           report_month, place, recorder_id, weight_event_id, weight_g, weight_entry,
                                           gain)
         select gen_random_uuid(), posyandu_id, id, posyandu_id, 1, nth, date '2026-11-10' - ago * 30, {MONTH} - ago,
                'posyandu', posyandu_id, gen_random_uuid(), 9000 - ago * 100, 'instrument',
                (array['N', 'N', 'N', 'T', 'O'])[1 + (ago + nth) % 5]
         from (select *, row_number() over () nth from citizens) c, generate_series(0, {MONTHS} - 1) ago"
    );
    for made in [children, records] {
        sqlx::query(AssertSqlSafe(made)).execute(&mut *db).await?;
    }
    sqlx::query("analyze").execute(&mut *db).await?;
    Ok(sqlx::query_scalar("select count(*) from child_growth_records").fetch_one(db).await?)
}

/// Lets the hub's own worker count this month and the same month of last year.
async fn count(db: &mut PgConnection) -> anyhow::Result<()> {
    let began = Instant::now();
    sqlx::query(
        "insert into dirty_months (posyandu_id, report_month)
         select id, month from posyandu, unnest(array[$1, $1 - 12]) month",
    )
    .bind(MONTH)
    .execute(&mut *db)
    .await?;
    until(Duration::from_secs(300), async || {
        let left: i64 = sqlx::query_scalar("select count(*) from dirty_months").fetch_one(&mut *db).await?;
        Ok((left == 0).then_some(()))
    })
    .await?
    .context("the worker does not finish")?;
    tracing::info!("counted {} months in {:.1} s", 2 * POSYANDU, began.elapsed().as_secs_f64());
    Ok(())
}

async fn signed_in(village: &Village) -> anyhow::Result<Client> {
    let said = village.place.tell(&[
        "staff",
        "invite",
        "--email",
        "dewi@cibadak.example",
        "--name",
        "Dewi Kartika",
        "--role",
        "petugas",
        "--puskesmas",
        "Cibadak",
    ])?;
    let link = said.split_whitespace().find(|word| word.contains("/undangan/")).context("no link")?;
    let client = browser().cookie_store(true).redirect(redirect::Policy::none()).build()?;
    let form = [("kata_sandi", PASSWORD), ("kata_sandi_lagi", PASSWORD)];
    let answer = client.post(link).form(&form).send().await?;
    anyhow::ensure!(answer.status() == StatusCode::SEE_OTHER, "not signed in: {}", answer.status());
    Ok(client)
}

async fn bare_query(db: &mut PgConnection) -> anyhow::Result<Duration> {
    let asked = Instant::now();
    sqlx::query(
        "select posyandu.name, posyandu.village, monthly_figures.*
         from posyandu left join monthly_figures
           on monthly_figures.posyandu_id = posyandu.id and report_month = $1",
    )
    .bind(MONTH)
    .fetch_all(db)
    .await?;
    Ok(asked.elapsed())
}
