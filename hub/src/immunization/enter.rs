//! Events that were let in become rows: of every child of whom one speaks, all rows are made again.

use std::collections::{BTreeSet, HashMap};

use care::immunization::{Catalogue, Child, DEFAULT};
use protocol::Body;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::fold::{Record, planned, records};
use super::store::{Birth, Plan};
use super::{AREAS, CATALOGUE, PROVINCE, store};
use crate::growth::{self, Difference, Entered};

/// The kind of events about vaccines.
pub(super) const KIND: u16 = 18;
/// Children made again at a time.
const PORTION: i64 = 500;

/// Takes events into the tables. They must stand in `event_log` already and their citizens in `citizens`, and the caller
/// must keep everybody else away from these children until its transaction ends.
pub(crate) async fn enter(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<()> {
    let of_vaccines = |entered: &&Entered| matches!(entered.event.body, Body::Immunization(_));
    growth::note_undated(db, entered.iter().filter(of_vaccines)).await?;
    let mut touched: BTreeSet<Uuid> =
        entered.iter().filter(|entered| is_of_schedule(entered)).map(Entered::citizen).collect();
    touched.extend(growth::dated_by(db, entered).await?);
    if touched.is_empty() {
        return Ok(());
    }
    again(db, &touched.into_iter().collect::<Vec<_>>()).await
}

/// Makes every child's rows again: after a change of the catalogue, or to prove them.
pub async fn rebuild(db: &PgPool) -> sqlx::Result<()> {
    let mut after = Uuid::nil();
    loop {
        let mut tx = db.begin().await?;
        growth::keep_everybody_away(&mut tx).await?;
        let ids = store::next(&mut tx, after, PORTION).await?;
        let Some(&last) = ids.last() else { return Ok(()) };
        again(&mut tx, &ids).await?;
        tx.commit().await?;
        after = last;
    }
}

/// Whether it speaks of vaccines, or of what the schedule follows from: birth and home.
fn is_of_schedule(entered: &Entered) -> bool {
    match &entered.event.body {
        Body::Immunization(_) | Body::ChildRegistered(_) | Body::PersonEdited(_) => true,
        Body::Voided(voided) => voided.kind == KIND || voided.kind <= 6,
        _ => false,
    }
}

/// Compares every child's rows with its events; gives the number of children and what differs.
pub async fn recount(db: &PgPool) -> sqlx::Result<(usize, Vec<Difference>)> {
    let (mut count, mut differences, mut after) = (0, Vec::new(), Uuid::nil());
    loop {
        // Made again within a transaction that is taken back: what it would change is what differs.
        let mut tx = db.begin().await?;
        growth::keep_everybody_away(&mut tx).await?;
        let ids = store::next(&mut tx, after, PORTION).await?;
        let Some(&last) = ids.last() else { return Ok((count, differences)) };
        let before = store::digests(&mut tx, &ids).await?;
        again(&mut tx, &ids).await?;
        let made = store::digests(&mut tx, &ids).await?;
        tx.rollback().await?;
        let differs = |id: &&Uuid| before.get(id) != made.get(id);
        let difference = |&citizen: &Uuid| Difference { citizen, what: "the vaccines".into() };
        differences.extend(ids.iter().filter(differs).map(difference));
        (count, after) = (count + ids.len(), last);
    }
}

async fn again(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<()> {
    let settings = store::settings(db, &[CATALOGUE, PROVINCE, AREAS]).await?;
    let births = store::births(db, ids).await?;
    let mut events = growth::events_of(db, ids).await?;
    let records: Vec<(Uuid, Vec<Record>)> =
        ids.iter().map(|&id| (id, records(events.remove(&id).unwrap_or_default()))).collect();
    let plans = plans(&settings, &births, &records)?;
    store::keep_records(db, ids, &records).await?;
    store::keep_plans(db, ids, &plans).await
}

/// The planned doses of every child among them.
fn plans(
    settings: &HashMap<String, String>,
    births: &HashMap<Uuid, Birth>,
    records: &[(Uuid, Vec<Record>)],
) -> sqlx::Result<Vec<Plan>> {
    let value = |key: &str| settings.get(key).map_or("", String::as_str);
    // What cannot be read is refused when it is set; one of an older program may still stand there.
    let catalogue = Catalogue::parse(value(CATALOGUE)).or_else(|_| Catalogue::parse(DEFAULT));
    let catalogue = catalogue.map_err(|wrong| sqlx::Error::Configuration(Box::new(wrong)))?;
    let mut plans = Vec::new();
    for (citizen, records) in records {
        let Some(birth) = births.get(citizen).filter(|birth| birth.is_child) else { continue };
        let child = Child {
            born: birth.born,
            is_girl: birth.is_girl,
            province: value(PROVINCE),
            areas: value(AREAS),
        };
        let lines = planned(&catalogue, child, records).into_iter().enumerate();
        plans.extend(lines.map(|(position, line)| Plan {
            citizen: *citizen,
            posyandu: birth.posyandu,
            position: position as i16,
            line,
        }));
    }
    Ok(plans)
}
