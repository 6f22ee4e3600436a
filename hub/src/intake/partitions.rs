//! A part of the event log for this month and the next, made before it is needed.

use chrono::{DateTime, Datelike, Utc};
use protocol::Month;
use sqlx::{AssertSqlSafe, PgPool};

/// Makes the parts of the month of `now` and of the next one. Should one not be possible, its events go to the default
/// part, and nothing is lost.
pub(crate) async fn keep_partitions(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    let Month(month) = Month::of(now.date_naive());
    for month in [month, month + 1] {
        if let Some(statement) = statement(month) {
            sqlx::query(AssertSqlSafe(statement)).execute(db).await?;
        }
    }
    Ok(())
}

fn statement(month: i32) -> Option<String> {
    let (from, to) = (Month(month).first_day()?, Month(month + 1).first_day()?);
    Some(format!(
        "create table if not exists event_log_y{}m{:02} partition of event_log \
         for values from ('{from} 00:00:00+00') to ('{to} 00:00:00+00')",
        from.year(),
        from.month()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_covers_its_month_and_no_instant_more() {
        let december = 2026 * 12 + 11;
        assert_eq!(
            statement(december).unwrap(),
            "create table if not exists event_log_y2026m12 partition of event_log \
             for values from ('2026-12-01 00:00:00+00') to ('2027-01-01 00:00:00+00')"
        );
    }
}
