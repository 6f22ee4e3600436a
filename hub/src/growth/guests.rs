//! A child that is weighed where it is a guest, and the same child in the book of its own posyandu.
//!
//! # Why
//! A guest is written down anew where it comes. Its visits are the child's all the same: they are on the chart at home,
//! next month is judged from them, and D at home counts them, once. Which guest is which child follows from the people's
//! rows (and from what somebody said, where a NIK is missing) each time it is asked, so a corrected NIK undoes it by itself.
//! Two at home with one NIK are a double; until somebody says which stays, each has the visits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::CitizenId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::fold::standing;
use super::{Entered, store};

/// A guest that is known to be a child at home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Guest {
    /// The person as it was written down as a guest.
    pub(crate) guest: Uuid,
    /// Where that was.
    pub(crate) away: Uuid,
    /// The person at home.
    pub(crate) home: Uuid,
    /// The posyandu whose book it stands in.
    pub(crate) posyandu: Uuid,
}

/// Which of those people are guests that are known at home, or have been guests elsewhere.
pub(crate) async fn guests(db: &mut PgConnection, people: &[Uuid]) -> sqlx::Result<BTreeSet<Guest>> {
    if people.is_empty() {
        return Ok(BTreeSet::new());
    }
    let guests = sqlx::query_file_as!(Guest, "src/growth/guests.sql", people).fetch_all(db).await?;
    Ok(guests.into_iter().collect())
}

/// The same of everybody in the book of a posyandu.
pub(crate) async fn guests_of(db: &mut PgConnection, posyandu: Uuid) -> sqlx::Result<BTreeSet<Guest>> {
    let people = sqlx::query_scalar!(
        "select id from citizens where posyandu_id = $1 and home_posyandu is null and category = 'balita'",
        posyandu
    )
    .fetch_all(&mut *db)
    .await?;
    guests(db, &people).await
}

/// What stands of the visits that were made as a guest, by child at home and as if written down of that child.
pub(super) async fn visits(
    db: &mut PgConnection,
    guests: &BTreeSet<Guest>,
) -> sqlx::Result<HashMap<Uuid, Vec<Entered>>> {
    let ids: BTreeSet<Uuid> = guests.iter().map(|guest| guest.guest).collect();
    let events = store::events_of(db, &ids.into_iter().collect::<Vec<_>>()).await?;
    let stands: BTreeMap<Uuid, Vec<Entered>> =
        events.into_iter().map(|(guest, events)| (guest, standing(events))).collect();
    let mut visits: HashMap<Uuid, Vec<Entered>> = HashMap::new();
    for guest in guests {
        let made = stands.get(&guest.guest).into_iter().flatten();
        let made = made.filter(|entered| entered.is_measurement()).cloned().map(|mut entered| {
            entered.event.header.citizen = Some(CitizenId(guest.home));
            entered
        });
        visits.entry(guest.home).or_default().extend(made);
    }
    Ok(visits)
}

/// Those at home whose rows may differ: `people` have new events, and who is whose guest was one thing and is another.
pub(super) fn concerned(
    people: &BTreeSet<Uuid>,
    before: &BTreeSet<Guest>,
    after: &BTreeSet<Guest>,
) -> BTreeSet<Uuid> {
    let were_served = before.union(after).filter(|guest| people.contains(&guest.guest));
    were_served.chain(before.symmetric_difference(after)).map(|guest| guest.home).collect()
}
