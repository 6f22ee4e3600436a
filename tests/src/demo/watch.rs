//! Someone who looks at the hub all day and notes when each measurement is there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use sqlx::PgConnection;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::harness::Station;

/// Often enough to tell milliseconds, seldom enough not to be the load.
const LOOK_EVERY: Duration = Duration::from_millis(5);

type Seen = HashMap<(Uuid, bool), Instant>;

/// Looks at the hub's tables until dropped.
#[derive(Debug)]
pub struct Watch {
    seen: Arc<Mutex<Seen>>,
    looking: JoinHandle<()>,
}

impl Watch {
    /// Begins to look, through a connection of its own.
    pub fn begin(mut db: PgConnection, posyandu: Uuid, day: NaiveDate) -> Self {
        let seen = Arc::new(Mutex::new(Seen::new()));
        let notes = Arc::clone(&seen);
        let looking = tokio::spawn(async move {
            loop {
                match look(&mut db, posyandu, day).await {
                    Ok(rows) => note(&notes, rows),
                    Err(err) => tracing::warn!("cannot look at the hub: {err:#}"),
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        Self { seen, looking }
    }

    /// When a measurement was first seen at the hub.
    pub fn seen(&self, visit: Uuid, station: Station) -> Option<Instant> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&(visit, station == Station::Weight)).copied()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

async fn look(
    db: &mut PgConnection,
    posyandu: Uuid,
    day: NaiveDate,
) -> sqlx::Result<Vec<(Uuid, bool, bool)>> {
    sqlx::query_as(
        r#"
        select id, weight_event_id is not null, length_event_id is not null
        from child_growth_records
        where posyandu_id = $1 and observed_on = $2
        "#,
    )
    .bind(posyandu)
    .bind(day)
    .fetch_all(db)
    .await
}

fn note(notes: &Mutex<Seen>, rows: Vec<(Uuid, bool, bool)>) {
    let now = Instant::now();
    let mut seen = notes.lock().unwrap_or_else(PoisonError::into_inner);
    for (visit, weighed, measured) in rows {
        for (there, is_weight) in [(weighed, true), (measured, false)] {
            if there {
                seen.entry((visit, is_weight)).or_insert(now);
            }
        }
    }
}
