//! Events that were let in become rows, and every row that depends on them is worked out again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use protocol::{Body, Month};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Entered;
use super::clocks;
use super::fold::{Folded, fold, person, replacement};
use super::guests::{self, Guest, guests};
use super::locks::keep_away;
use super::meaning::{counts_at, work_out};
use super::record::{Key, RecordRow};
use super::services;
use super::store::{self, Touched};
use crate::citizens::{self, Citizen};

/// The months of the posyandu whose figures may differ now.
type Changes = BTreeSet<(Uuid, i32)>;

/// What came of events that were taken in.
pub(crate) struct Outcome {
    /// The months of the posyandu whose figures may differ now.
    pub(crate) months: Changes,
    /// Who of the people they speak of was whose guest before.
    pub(crate) before: BTreeSet<Guest>,
    /// And is now.
    pub(crate) guests: BTreeSet<Guest>,
}

/// The last month in which a child is a *balita*, counted from the month of birth.
const LAST_MONTH_OF_BALITA: i32 = 59;

/// Takes events into the tables. They must stand in `event_log` already, and the caller must keep everybody else away
/// from these children until its transaction ends. `today` is the hub's date.
pub(crate) async fn enter(
    db: &mut PgConnection,
    entered: &[Entered],
    today: NaiveDate,
) -> sqlx::Result<Outcome> {
    let redated = clocks::keep_found(db, entered).await?;
    services::enter(db, entered, &redated).await?;
    let mut entered: Vec<Entered> =
        entered.iter().filter(|entered| entered.is_of_growth()).cloned().collect();
    clocks::date(db, entered.iter_mut()).await?;
    clocks::note_undated(db, &entered).await?;
    for correction in entered.iter().filter(|entered| replacement(entered).is_some()) {
        store::keep_correction(db, correction).await?;
    }
    citizens::keep_changes(db, &entered).await?;
    let mut by_child: BTreeMap<Uuid, Vec<&Entered>> =
        redated.iter().map(|&child| (child, Vec::new())).collect();
    for entered in &entered {
        by_child.entry(entered.citizen()).or_default().push(entered);
    }
    let people: BTreeSet<Uuid> = by_child.keys().copied().collect();
    let before = guests(db, &people.iter().copied().collect::<Vec<_>>()).await?;
    let mut children = load(db, &by_child).await?;
    let was_guest = |child: &Child| before.iter().any(|guest| guest.home == child.id);
    let again: Vec<Uuid> = children
        .iter()
        .filter(|child| {
            redated.contains(&child.id) || was_guest(child) || child.must_be_folded(&by_child[&child.id])
        })
        .map(|child| child.id)
        .collect();
    // Read before the events, so that no row is taken for one that no event speaks of.
    let whole = whole_children(&children, &by_child, &again);
    let mut rows = by_citizen(store::of_children(db, &whole).await?);
    let mut events = store::events_of(db, &again).await?;
    let mut as_guest = guests::visits(db, &before).await?;
    for child in &mut children {
        if whole.binary_search(&child.id).is_ok() {
            child.see_everything(rows.remove(&child.id).unwrap_or_default());
        }
        match events.remove(&child.id) {
            Some(events) => {
                child.begin_again(fold(events, as_guest.remove(&child.id).unwrap_or_default()));
            }
            None => child.add(&by_child[&child.id]),
        }
        child.work_out();
    }
    let mut months = write(db, &children, today).await?;
    let guests = match children.iter().any(Child::is_citizen_changed) {
        true => guests(db, &people.iter().copied().collect::<Vec<_>>()).await?,
        false => before.clone(),
    };
    months.extend(follow_guests(db, &people, (&before, &guests), today).await?);
    Ok(Outcome { months, before, guests })
}

/// Makes those at home again of whom something was recorded as a guest, or whose guests are others than before: of all
/// that `people` have to do with. Gives the months changed by it.
pub(crate) async fn follow_guests(
    db: &mut PgConnection,
    people: &BTreeSet<Uuid>,
    (before, after): (&BTreeSet<Guest>, &BTreeSet<Guest>),
    today: NaiveDate,
) -> sqlx::Result<Changes> {
    let homes: Vec<Uuid> = guests::concerned(people, before, after).into_iter().collect();
    if homes.is_empty() {
        return Ok(Changes::new());
    }
    // What others are about to write of a guest must be there before it is read.
    let places = before.union(after).flat_map(|guest| [guest.away, guest.posyandu]).collect();
    keep_away(db, &places).await?;
    let of_homes = guests(db, &homes).await?;
    let mut as_guest = guests::visits(db, &of_homes).await?;
    let mut events = store::events_of(db, &homes).await?;
    let mut known = citizens::known(db, &homes).await?;
    let mut rows = by_citizen(store::of_children(db, &homes).await?);
    let mut children = Vec::with_capacity(homes.len());
    for id in homes {
        let mut child = Child::known(id, known.remove(&id));
        child.see_everything(rows.remove(&id).unwrap_or_default());
        let (own, as_guest) = (events.remove(&id), as_guest.remove(&id));
        child.begin_again(fold(own.unwrap_or_default(), as_guest.unwrap_or_default()));
        child.work_out();
        children.push(child);
    }
    write(db, &children, today).await
}

/// One child on its way from what the tables say to what they will say.
struct Child {
    id: Uuid,
    is_corrected: bool,
    known: Option<Citizen>,
    citizen: Option<Citizen>,
    /// What the tables say, as far as it was read.
    before: BTreeMap<Key, RecordRow>,
    now: BTreeMap<Key, RecordRow>,
    /// What is worked out again: all months, or those touched at a posyandu and the two after them.
    scope: Scope,
}

enum Scope {
    Everything,
    Around(BTreeMap<Uuid, (i32, i32)>),
}

impl Child {
    /// A child as the tables know it, before any of its rows was read.
    fn known(id: Uuid, known: Option<Citizen>) -> Self {
        Self {
            id,
            is_corrected: false,
            citizen: known.clone(),
            known,
            before: BTreeMap::new(),
            now: BTreeMap::new(),
            scope: Scope::Everything,
        }
    }

    /// Whether something must be decided that the rows alone cannot tell.
    fn must_be_folded(&self, events: &[&Entered]) -> bool {
        let mut places = BTreeSet::new();
        let mut numbers = BTreeSet::new();
        let mut months = HashMap::new();
        self.is_corrected
            || events.iter().any(|entered| {
                if entered.is_registration() {
                    return self.known.is_some()
                        || matches!(entered.event.body, Body::AdultRegistered(_))
                        || !places.insert((Uuid::nil(), entered.event.body.kind()));
                }
                // Whether a tape is a child's depends on whose it is.
                if entered.is_of_a_tape() && self.known.as_ref().is_none_or(Citizen::is_adult) {
                    return true;
                }
                // A visit elsewhere is judged among those at home.
                let is_away =
                    self.known.as_ref().is_some_and(|known| known.posyandu_id != entered.posyandu());
                if !entered.is_measurement() || is_away {
                    return true;
                }
                let key = (entered.posyandu(), entered.citizen(), entered.visit());
                let before = self.before.get(&key);
                let month = before.map_or(entered.report_month(), |record| record.report_month);
                before.is_some_and(|record| record.has(&entered.event.body))
                    || !places.insert((entered.visit(), entered.event.body.kind()))
                    // Two stories of a copied card may use the same number: which is the later only the fold can tell.
                    || before.is_some_and(|record| record.order() == entered.order())
                    || !numbers.insert((key, entered.order()))
                    // A visit that moves to another month leaves its mark on the months around both.
                    || *months.entry(key).or_insert(month) != entered.report_month()
            })
    }

    fn see_everything(&mut self, rows: BTreeMap<Key, RecordRow>) {
        self.now.clone_from(&rows);
        self.before = rows;
        self.scope = Scope::Everything;
    }

    fn begin_again(&mut self, folded: Folded) {
        self.citizen = folded.citizen;
        self.now = folded.records;
    }

    /// Adds events that only fill empty places.
    fn add(&mut self, events: &[&Entered]) {
        for entered in events {
            if let Some(person) = person(&entered.event.body) {
                self.citizen = Some(Citizen::registered(entered, &person));
                continue;
            }
            let key = (entered.posyandu(), entered.citizen(), entered.visit());
            self.now
                .entry(key)
                .and_modify(|record| record.put(entered))
                .or_insert_with(|| RecordRow::begun_by(entered));
        }
    }

    fn work_out(&mut self) {
        let months = self.months_due();
        let mut records: Vec<_> = std::mem::take(&mut self.now).into_values().collect();
        work_out(self.citizen.as_ref(), &mut records, &months);
        self.now = records.into_iter().map(|record| (record.key(), record)).collect();
    }

    fn months_due(&self) -> BTreeSet<(Uuid, i32)> {
        let months = self.now.values().chain(self.before.values());
        let months = months.map(|record| (counts_at(self.citizen.as_ref(), record), record.report_month));
        match &self.scope {
            Scope::Everything => months.collect(),
            // Months before the touched ones were only read to judge by; months after them hold the touched ones'
            // successors or the former first weighing.
            Scope::Around(touched) => months
                .filter(|(posyandu, month)| touched.get(posyandu).is_some_and(|(first, _)| month >= first))
                .collect(),
        }
    }

    fn changed(&self) -> impl Iterator<Item = &RecordRow> {
        self.now.iter().filter(|(key, record)| self.before.get(key) != Some(record)).map(|(_, record)| record)
    }

    fn gone(&self) -> impl Iterator<Item = &RecordRow> {
        self.before.iter().filter(|(key, _)| !self.now.contains_key(key)).map(|(_, record)| record)
    }

    fn is_citizen_changed(&self) -> bool {
        self.citizen != self.known
    }

    /// The months a visit may count in: where it was made, and at home.
    fn months_of(&self, record: &RecordRow) -> impl Iterator<Item = (Uuid, i32)> + use<> {
        let at_home = self.citizen.iter().chain(&self.known).map(|citizen| citizen.posyandu_id);
        let month = record.report_month;
        let places: Vec<Uuid> = at_home.chain([record.posyandu_id]).collect();
        places.into_iter().map(move |posyandu| (posyandu, month))
    }

    /// The months whose figures this child may have changed.
    fn months_changed(&self, today: NaiveDate) -> Changes {
        let before = self.changed().filter_map(|record| self.before.get(&record.key()));
        let records = self.changed().chain(before).chain(self.gone());
        let mut changes: Changes = records.flat_map(|record| self.months_of(record)).collect();
        if self.is_citizen_changed() {
            let records = self.now.values().chain(self.before.values());
            changes.extend(records.flat_map(|record| self.months_of(record)));
            for citizen in self.citizen.iter().chain(&self.known) {
                changes.extend(months_of_balita(citizen, today).map(|month| (citizen.posyandu_id, month)));
            }
        }
        changes
    }
}

/// The months in which a child counts in S, up to this one.
fn months_of_balita(citizen: &Citizen, today: NaiveDate) -> impl Iterator<Item = i32> + use<> {
    let Month(born) = Month::of(citizen.birth_date);
    let Month(registered) = Month::of(citizen.registered_on);
    let Month(now) = Month::of(today);
    born.max(registered)..=now.min(born + LAST_MONTH_OF_BALITA)
}

async fn load(db: &mut PgConnection, by_child: &BTreeMap<Uuid, Vec<&Entered>>) -> sqlx::Result<Vec<Child>> {
    let ids: Vec<Uuid> = by_child.keys().copied().collect();
    let mut known = citizens::known(db, &ids).await?;
    let corrected = store::corrected(db, &ids).await?;
    let touched = touched(by_child);
    let mut rows = store::near(db, &touched).await?;
    rows.extend(store::of_visits(db, &visits(by_child)).await?);
    let mut rows = by_citizen(rows);
    let mut scopes: HashMap<Uuid, BTreeMap<Uuid, (i32, i32)>> = HashMap::new();
    for Touched { posyandu, citizen, first_month, last_month } in touched {
        scopes.entry(citizen).or_default().insert(posyandu, (first_month, last_month));
    }
    let child = |id: Uuid| {
        let known = known.remove(&id);
        let before = rows.remove(&id).unwrap_or_default();
        Child {
            is_corrected: corrected.contains(&id),
            now: before.clone(),
            before,
            scope: Scope::Around(scopes.remove(&id).unwrap_or_default()),
            ..Child::known(id, known)
        }
    };
    Ok(ids.into_iter().map(child).collect())
}

/// Children of whom everything must be read: those made again, and those who were just registered, because every visit
/// made before the hub knew them waits for an age. Sorted.
fn whole_children(children: &[Child], by_child: &BTreeMap<Uuid, Vec<&Entered>>, again: &[Uuid]) -> Vec<Uuid> {
    let registered = |id: &Uuid| by_child[id].iter().any(|entered| entered.is_registration());
    children.iter().map(|child| child.id).filter(|id| again.contains(id) || registered(id)).collect()
}

fn touched(by_child: &BTreeMap<Uuid, Vec<&Entered>>) -> Vec<Touched> {
    let mut months: BTreeMap<(Uuid, Uuid), (i32, i32)> = BTreeMap::new();
    for entered in by_child.values().flatten().filter(|entered| entered.is_measurement()) {
        let month = entered.report_month();
        let span = months.entry((entered.citizen(), entered.posyandu())).or_insert((month, month));
        *span = (span.0.min(month), span.1.max(month));
    }
    months
        .into_iter()
        .map(|((citizen, posyandu), (first_month, last_month))| Touched {
            posyandu,
            citizen,
            first_month,
            last_month,
        })
        .collect()
}

fn visits(by_child: &BTreeMap<Uuid, Vec<&Entered>>) -> Vec<Key> {
    let measured = by_child.values().flatten().filter(|entered| entered.is_measurement());
    let keys: BTreeSet<Key> =
        measured.map(|entered| (entered.posyandu(), entered.citizen(), entered.visit())).collect();
    keys.into_iter().collect()
}

fn by_citizen(rows: BTreeMap<Key, RecordRow>) -> HashMap<Uuid, BTreeMap<Key, RecordRow>> {
    let mut by_citizen: HashMap<Uuid, BTreeMap<Key, RecordRow>> = HashMap::new();
    for (key, row) in rows {
        by_citizen.entry(row.citizen_id).or_default().insert(key, row);
    }
    by_citizen
}

async fn write(db: &mut PgConnection, children: &[Child], today: NaiveDate) -> sqlx::Result<Changes> {
    let citizens: Vec<&Citizen> = children
        .iter()
        .filter(|child| child.is_citizen_changed())
        .filter_map(|child| child.citizen.as_ref())
        .collect();
    citizens::keep(db, &citizens).await?;
    let mut rows: Vec<&RecordRow> = children.iter().flat_map(Child::changed).collect();
    rows.sort_by_key(|row| row.key());
    store::keep(db, &rows).await?;
    let gone: Vec<Key> = children.iter().flat_map(Child::gone).map(RecordRow::key).collect();
    store::drop_records(db, &gone).await?;
    Ok(children.iter().flat_map(|child| child.months_changed(today)).collect())
}
