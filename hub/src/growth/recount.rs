//! The proof that the tables say what the events say: every child is made again from the log and compared.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::fold::{Folded, fold};
use super::locks::keep_everybody_away;
use super::meaning::{counts_at, work_out};
use super::record::{Key, RecordRow};
use super::{guests, services, store};
use crate::citizens::{self, Citizen};

/// A child whose rows are not what its events say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The child.
    pub citizen: Uuid,
    /// What differs, for a person who reads tables.
    pub what: String,
}

/// Children compared at a time.
const PORTION: i64 = 500;

/// Compares every child's rows with its events; gives the number of children and what differs.
pub async fn recount(db: &PgPool) -> sqlx::Result<(usize, Vec<Difference>)> {
    let (mut count, mut differences, mut after) = (0, Vec::new(), Uuid::nil());
    loop {
        let mut tx = db.begin().await?;
        // One moment in time, although intake goes on.
        sqlx::query("set transaction isolation level repeatable read read only").execute(&mut *tx).await?;
        let ids = next(&mut tx, after).await?;
        let Some(&last) = ids.last() else { return Ok((count, differences)) };
        for child in read(&mut tx, &ids).await? {
            differences.extend(child.differences());
        }
        let services = services::differing(&mut tx, &ids).await?.into_iter();
        differences.extend(services.map(|citizen| Difference { citizen, what: "the services".into() }));
        (count, after) = (count + ids.len(), last);
    }
}

/// Makes every child's rows again from its events and keeps them; intake waits meanwhile, a portion at a time.
pub async fn rebuild(db: &PgPool) -> sqlx::Result<()> {
    rebuild_once(db).await?;
    // Who is whose guest follows from both people's rows, and one of them may just have been put right.
    rebuild_once(db).await
}

async fn rebuild_once(db: &PgPool) -> sqlx::Result<()> {
    let mut after = Uuid::nil();
    loop {
        let mut tx = db.begin().await?;
        keep_everybody_away(&mut tx).await?;
        let ids = next(&mut tx, after).await?;
        let Some(&last) = ids.last() else { return Ok(()) };
        for child in read(&mut tx, &ids).await? {
            child.repair(&mut tx).await?;
        }
        services::make_again(&mut tx, &ids).await?;
        tx.commit().await?;
        after = last;
    }
}

/// A child twice: as its rows are, and as its events say.
struct Twice {
    id: Uuid,
    kept: (Option<Citizen>, BTreeMap<Key, RecordRow>),
    made: (Option<Citizen>, BTreeMap<Key, RecordRow>),
}

impl Twice {
    fn differences(&self) -> Vec<Difference> {
        let registration = (self.kept.0 != self.made.0).then(|| "the registration".to_owned());
        let visits = self.differing().map(|key @ (_, _, visit)| {
            format!("visit {visit}: kept {:?}, made again {:?}", self.kept.1.get(&key), self.made.1.get(&key))
        });
        registration.into_iter().chain(visits).map(|what| Difference { citizen: self.id, what }).collect()
    }

    fn differing(&self) -> impl Iterator<Item = Key> {
        let keys: BTreeSet<Key> = self.kept.1.keys().chain(self.made.1.keys()).copied().collect();
        keys.into_iter().filter(|key| self.kept.1.get(key) != self.made.1.get(key))
    }

    async fn repair(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        if let Some(citizen) = self.made.0.as_ref().filter(|_| self.kept.0 != self.made.0) {
            citizens::keep(db, &[citizen]).await?;
        }
        let differing: Vec<Key> = self.differing().collect();
        let rows: Vec<&RecordRow> = differing.iter().filter_map(|key| self.made.1.get(key)).collect();
        store::keep(db, &rows).await?;
        let gone: Vec<Key> = differing.into_iter().filter(|key| !self.made.1.contains_key(key)).collect();
        store::drop_records(db, &gone).await
    }
}

async fn next(db: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        select id as "id!"
        from (
            select citizen_id as id from event_log where citizen_id > $1
            union
            select citizen_id from child_growth_records where citizen_id > $1
            union
            select id from citizens where id > $1
        ) every
        order by id
        limit $2
        "#,
        after,
        PORTION
    )
    .fetch_all(db)
    .await
}

async fn read(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Twice>> {
    let mut events = store::events_of(db, ids).await?;
    let guests = guests::guests(db, ids).await?;
    let mut as_guest = guests::visits(db, &guests).await?;
    let mut citizens = citizens::known(db, ids).await?;
    let mut rows: BTreeMap<Uuid, BTreeMap<Key, RecordRow>> = BTreeMap::new();
    for (key, row) in store::of_children(db, ids).await? {
        rows.entry(row.citizen_id).or_default().insert(key, row);
    }
    let child = |&id: &Uuid| Twice {
        id,
        kept: (citizens.remove(&id), rows.remove(&id).unwrap_or_default()),
        made: made_again(fold(
            events.remove(&id).unwrap_or_default(),
            as_guest.remove(&id).unwrap_or_default(),
        )),
    };
    Ok(ids.iter().map(child).collect())
}

fn made_again(folded: Folded) -> (Option<Citizen>, BTreeMap<Key, RecordRow>) {
    let mut records: Vec<_> = folded.records.into_values().collect();
    let citizen = folded.citizen.as_ref();
    let months: BTreeSet<_> =
        records.iter().map(|record| (counts_at(citizen, record), record.report_month)).collect();
    work_out(citizen, &mut records, &months);
    (folded.citizen, records.into_iter().map(|record| (record.key(), record)).collect())
}
