//! What the hub's rows say of one story of a journal.

use std::collections::BTreeMap;

use protocol::frame::FrameError;
use protocol::{Frame, LocalDate, sum::Sum};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::stories::{Journal, Stories, Story};

/// One story and where its rows may stand: its own first; what it shares with others under theirs.
pub(crate) struct Account<'s> {
    node: Uuid,
    pub(crate) story: &'s Story,
    /// What its rows are kept under, each up to a sequence.
    numbers: Vec<i32>,
    lasts: Vec<i64>,
}

/// An event of one day, as a row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) sequence: u64,
    /// What it is kept under.
    pub(super) number: u32,
    pub(super) fingerprint: u64,
}

impl<'s> Account<'s> {
    /// The account of a story.
    pub(crate) fn of((node, _): Journal, story: &'s Story) -> Self {
        let left = story.left.iter().map(|&(number, common)| (number as i32, common as i64));
        let (numbers, lasts) = std::iter::once((story.number as i32, i64::MAX)).chain(left).unzip();
        Self { node: node.0, story, numbers, lasts }
    }

    /// The sum of everything up to a sequence.
    pub(crate) async fn sum(&self, db: &mut PgConnection, through: u64) -> sqlx::Result<Sum> {
        let (firsts, lasts) = self.runs(through);
        let row = sqlx::query!(
            r#"
            select count(*) as "count!", coalesce(bit_xor(fingerprint), 0) as "hash!"
            from (
                select distinct on (sequence) fingerprint
                from unnest($2::integer[], $3::bigint[]) as part (incarnation, last)
                cross join unnest($5::bigint[], $6::bigint[]) as run (first, last)
                join kept_events kept
                    on kept.incarnation = part.incarnation
                    and kept.sequence between run.first and least(run.last, part.last)
                where node_id = $1
                order by sequence, kept.incarnation = $4 desc
            ) story
            "#,
            self.node,
            &self.numbers,
            &self.lasts,
            self.story.number as i32,
            &firsts,
            &lasts
        )
        .fetch_one(db)
        .await?;
        Ok(Sum { count: row.count as u64, hash: row.hash as u64 })
    }

    /// The sums of its days up to a sequence. What nobody can date belongs to no day.
    pub(super) async fn days(
        &self,
        db: &mut PgConnection,
        through: u64,
    ) -> sqlx::Result<BTreeMap<LocalDate, Sum>> {
        let (firsts, lasts) = self.runs(through);
        let rows = sqlx::query!(
            r#"
            select observed_on, count(*) as "count!", bit_xor(fingerprint) as "hash!",
                array_agg(frame) filter (where observed_on is null) as undated
            from (
                select distinct on (sequence) observed_on, fingerprint, case when observed_on is null then frame end as frame
                from unnest($2::integer[], $3::bigint[]) as part (incarnation, last)
                cross join unnest($5::bigint[], $6::bigint[]) as run (first, last)
                join kept_events kept
                    on kept.incarnation = part.incarnation
                    and kept.sequence between run.first and least(run.last, part.last)
                where node_id = $1
                order by sequence, kept.incarnation = $4 desc
            ) story
            group by observed_on
            "#,
            self.node,
            &self.numbers,
            &self.lasts,
            self.story.number as i32,
            &firsts,
            &lasts
        )
        .fetch_all(db)
        .await?;
        let mut days: BTreeMap<LocalDate, Sum> = BTreeMap::new();
        for row in rows {
            if let Some(day) = row.observed_on {
                let day = days.entry(LocalDate::from(day)).or_default();
                *day = day.plus(Sum { count: row.count as u64, hash: row.hash as u64 });
            }
            // Kept before days were noted.
            for frame in row.undated.into_iter().flatten().filter_map(|frame| Frame::from_bytes(&frame).ok())
            {
                if let Some(day) = day_of(&frame) {
                    days.entry(day).or_default().add(&frame);
                }
            }
        }
        Ok(days)
    }

    /// The sequences of one day up to `through` that it has.
    pub(super) async fn of_day(
        &self,
        db: &mut PgConnection,
        through: u64,
        day: LocalDate,
    ) -> sqlx::Result<Vec<u64>> {
        let (firsts, lasts) = self.runs(through);
        let sequences = sqlx::query_scalar!(
            r#"
            select sequence as "sequence!"
            from (
                select distinct on (sequence) kept.sequence, observed_on
                from unnest($2::integer[], $3::bigint[]) as part (incarnation, last)
                cross join unnest($5::bigint[], $6::bigint[]) as run (first, last)
                join kept_events kept
                    on kept.incarnation = part.incarnation
                    and kept.sequence between run.first and least(run.last, part.last)
                where node_id = $1
                order by sequence, kept.incarnation = $4 desc
            ) story
            where observed_on = $7
            order by sequence
            "#,
            self.node,
            &self.numbers,
            &self.lasts,
            self.story.number as i32,
            &firsts,
            &lasts,
            day.to_naive()
        )
        .fetch_all(db)
        .await?;
        Ok(sequences.into_iter().map(|sequence| sequence as u64).collect())
    }

    /// Its runs up to a sequence, as columns.
    fn runs(&self, through: u64) -> (Vec<i64>, Vec<i64>) {
        let runs = self.story.runs.iter().filter(|run| run.first <= through);
        runs.map(|run| (run.first as i64, run.last.min(through) as i64)).unzip()
    }
}

/// Every row under some sequences of a journal, in whatever story.
pub(super) async fn kept(
    db: &mut PgConnection,
    (node, _): Journal,
    stories: &Stories,
    sequences: impl Iterator<Item = u64>,
) -> sqlx::Result<Vec<Kept>> {
    let sequences: Vec<i64> = sequences.filter_map(|sequence| i64::try_from(sequence).ok()).collect();
    let numbers: Vec<i32> = stories.numbers.iter().map(|&number| number as i32).collect();
    let rows = sqlx::query!(
        r#"
        select incarnation as "number!", sequence as "sequence!", fingerprint as "fingerprint!"
        from kept_events
        where node_id = $1 and incarnation = any ($2) and sequence = any ($3)
        "#,
        node.0,
        &numbers,
        &sequences
    )
    .fetch_all(db)
    .await?;
    let kept = |number: i32, sequence: i64, fingerprint: i64| Kept {
        sequence: sequence as u64,
        number: number as u32,
        fingerprint: fingerprint as u64,
    };
    Ok(rows.into_iter().map(|row| kept(row.number, row.sequence, row.fingerprint)).collect())
}

/// The day an event itself says it happened on.
fn day_of(frame: &Frame) -> Option<LocalDate> {
    match frame.decode() {
        Ok(event) => Some(event.header.observed_on),
        Err(FrameError::UnknownKind { header, .. }) => Some(header.observed_on),
        Err(_) => None,
    }
}
