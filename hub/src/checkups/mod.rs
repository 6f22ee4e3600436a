//! Visits of people who are no children: whenever an event of somebody comes, all of that person's rows are made again.
//!
//! # Why
//! Events come late, twice and in any order, and what a visit is depends on others (a weight is a pregnant woman's or an
//! adult's). So there is one function from the set of a person's events to the rows, and a person has few of them.

mod said;

use std::collections::{BTreeSet, HashMap};

use protocol::Body;
use protocol::measured::What;
use protocol::service::Noted;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::citizens::{self, Citizen};
use crate::elderly::{self, ElderlyRow};
use crate::growth::{self, Entered};
use crate::pregnancy::{self, Pregnancies};

/// People made again at a time.
const PORTION: i64 = 200;

/// Everything these tables say of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkups {
    /// Pregnancies and their visits.
    pub pregnancies: Pregnancies,
    /// Visits of an adult.
    pub adult: Vec<ElderlyRow>,
}

/// A person whose rows are not what the events say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The person.
    pub citizen: Uuid,
    /// What differs, for a person who reads tables.
    pub what: String,
}

/// Takes events into the tables. They must stand in `event_log` already, the rows of `citizens` be made, and the caller
/// must keep everybody else away from these people until its transaction ends.
pub(crate) async fn enter(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<()> {
    // a child's weighing changes none of these rows, and most of what comes is one
    let of_somebody = entered.iter().filter(|entered| !entered.is_of_nobody() && !entered.is_of_a_scale());
    let (sure, others): (Vec<&Entered>, Vec<&Entered>) =
        of_somebody.partition(|entered| begins_rows(entered));
    growth::note_undated(db, sure.iter().copied()).await?;
    let mut people: BTreeSet<Uuid> = sure.iter().map(|entered| entered.citizen()).collect();
    let mut others: BTreeSet<Uuid> = others.iter().map(|entered| entered.citizen()).collect();
    others.extend(growth::dated_by(db, entered).await?);
    people.extend(with_rows(db, &others.into_iter().collect::<Vec<_>>()).await?);
    make_again(db, &people.into_iter().collect::<Vec<_>>()).await
}

/// A person's rows as they stand.
pub async fn of(db: &mut PgConnection, citizen: Uuid) -> sqlx::Result<Checkups> {
    Ok(Checkups { pregnancies: pregnancy::of(db, citizen).await?, adult: elderly::of(db, citizen).await? })
}

/// Makes everybody's rows again; intake waits meanwhile, a portion at a time.
pub async fn rebuild(db: &PgPool) -> sqlx::Result<()> {
    let mut after = Uuid::nil();
    loop {
        let mut tx = db.begin().await?;
        growth::keep_everybody_away(&mut tx).await?;
        let people = next(&mut tx, after).await?;
        let Some(&last) = people.last() else { return Ok(()) };
        make_again(&mut tx, &people).await?;
        tx.commit().await?;
        after = last;
    }
}

/// Compares everybody's rows with the events; gives the number of people and what differs.
pub async fn recount(db: &PgPool) -> sqlx::Result<(usize, Vec<Difference>)> {
    let (mut count, mut differences, mut after) = (0, Vec::new(), Uuid::nil());
    loop {
        let mut tx = db.begin().await?;
        sqlx::query("set transaction isolation level repeatable read read only").execute(&mut *tx).await?;
        let people = next(&mut tx, after).await?;
        let Some(&last) = people.last() else { return Ok((count, differences)) };
        let mut made = make(&mut tx, &people).await?;
        for &citizen in &people {
            let (kept, made) = (of(&mut tx, citizen).await?, made.remove(&citizen).unwrap_or_default());
            if kept != made {
                let what = format!("checkups: kept {kept:?}, made again {made:?}");
                differences.push(Difference { citizen, what });
            }
        }
        (count, after) = (count + people.len(), last);
    }
}

/// Whether an event can make a row where there was none; any other changes at most rows that are there.
const fn begins_rows(entered: &Entered) -> bool {
    match &entered.event.body {
        Body::PregnancyBegan(_)
        | Body::PregnancyEnded(_)
        | Body::AncExamined(_)
        | Body::NifasExamined(_)
        | Body::Noted(Noted::DailyLife { .. }) => true,
        Body::Measured(measured) => {
            let what = measured.measure.what();
            elderly::is_of_adults(what) || matches!(what, What::Fundus | What::FetalHeart | What::Haemoglobin)
        }
        _ => false,
    }
}

async fn make_again(db: &mut PgConnection, people: &[Uuid]) -> sqlx::Result<()> {
    for (citizen, made) in make(db, people).await? {
        pregnancy::keep(db, citizen, &made.pregnancies).await?;
        elderly::keep(db, citizen, &made.adult).await?;
    }
    Ok(())
}

async fn make(db: &mut PgConnection, people: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Checkups>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let mut events = growth::events_of(db, people).await?;
    let known = citizens::known(db, people).await?;
    let made = |&citizen: &Uuid| {
        let events = growth::standing(events.remove(&citizen).unwrap_or_default());
        let is_male = known.get(&citizen).map(|citizen: &Citizen| citizen.gender == "L");
        let pregnancies = pregnancy::fold(&events);
        let adult = elderly::fold(&events, is_male, &pregnancies);
        (citizen, Checkups { pregnancies, adult })
    };
    Ok(people.iter().map(made).collect())
}

async fn with_rows(db: &mut PgConnection, people: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar!(
        r#"
        select citizen_id as "citizen_id!" from pregnancies where citizen_id = any ($1)
        union
        select citizen_id from pregnancy_records where citizen_id = any ($1)
        union
        select citizen_id from elderly_health_records where citizen_id = any ($1)
        "#,
        people
    )
    .fetch_all(db)
    .await
}

async fn next(db: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        select id as "id!"
        from (
            select citizen_id as id from event_log where citizen_id > $1 and kind between 11 and 17
            union
            select citizen_id from pregnancies where citizen_id > $1
            union
            select citizen_id from pregnancy_records where citizen_id > $1
            union
            select citizen_id from elderly_health_records where citizen_id > $1
        ) everybody
        order by id
        limit $2
        "#,
        after,
        PORTION
    )
    .fetch_all(db)
    .await
}
