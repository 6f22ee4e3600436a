//! Claims about what lies on the card: a value opens in its own place alone, and the audit is bounded.

use std::path::Path;

use protocol::event::Role;
use protocol::time::ClockSource;
use protocol::{CitizenId, Stamp, UserId};
use redb::{Database, ReadableTable, TableDefinition};
use uuid::Uuid;

use super::tests::{CHILD, KEY, NODE, POSYANDU, open, siti, stamp};
use super::*;

#[tokio::test]
async fn a_sealed_value_that_was_moved_is_refused_as_damaged() {
    let here = |table: &'static str| TableDefinition::<&[u8; 16], &[u8]>::new(table);
    let folder = tempfile::tempdir().unwrap();
    let other = CitizenId(Uuid::from_u128(4));
    let store = open(folder.path());
    store.record(vec![siti(), NewEvent { citizen: Some(other), ..siti() }]).await.unwrap();
    store.put_small(Small::Sessions, b"a".to_vec(), b"one".to_vec()).await.unwrap();
    store.put_small(Small::Sessions, b"b".to_vec(), b"two".to_vec()).await.unwrap();
    drop(store);

    // row under row: what one phone's sign-in holds does not open another's
    let small = TableDefinition::<&[u8], &[u8]>::new("small");
    let moved = |from: &[u8], to: &[u8]| {
        let database = Database::open(file_in(folder.path())).unwrap();
        let writing = database.begin_write().unwrap();
        {
            let mut rows = writing.open_table(small).unwrap();
            let bytes = rows.get([&[1], from].concat().as_slice()).unwrap().unwrap().value().to_vec();
            rows.insert([&[1], to].concat().as_slice(), bytes.as_slice()).unwrap();
        }
        writing.commit().unwrap();
    };
    moved(b"a", b"b");
    let store = open(folder.path());
    assert_eq!(store.small(Small::Sessions, b"a").unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(store.small(Small::Sessions, b"b"), Err(StoreError::Damaged));
    let others = || store.smalls(Small::Sessions).unwrap();
    assert_eq!(others(), [(b"a".to_vec(), b"one".to_vec())], "it keeps nobody else out");
    store.change_smalls(Small::Sessions, |_, value| Some(value)).await.unwrap();
    assert_eq!(store.small(Small::Sessions, b"b"), Ok(None), "and goes with the next change");
    assert_eq!(others(), [(b"a".to_vec(), b"one".to_vec())]);
    drop(store);

    // table under table: a ticket, a sign-in, an audit row never pass for a child
    let database = Database::open(file_in(folder.path())).unwrap();
    let writing = database.begin_write().unwrap();
    {
        let bytes = {
            let rows = writing.open_table(small).unwrap();
            rows.get([&[1], &b"a"[..]].concat().as_slice()).unwrap().unwrap().value().to_vec()
        };
        writing.open_table(here("children")).unwrap().insert(CHILD.bytes(), bytes.as_slice()).unwrap();
    }
    writing.commit().unwrap();
    drop(database);
    let identity = Identity { node: NODE, incarnation: 1 };
    let Err(refused) = Store::open(&file_in(folder.path()), &KEY, identity, Roster::default()) else {
        panic!("it opened")
    };
    assert_eq!(refused.downcast_ref(), Some(&StoreError::Damaged));
}

fn noted(at: Stamp) -> Noted {
    let page = "halaman anak".into();
    let (user, citizen) = (UserId(Uuid::from_u128(5)), Some(CHILD));
    Noted { at, user, role: Role::Kader, posyandu: Some(POSYANDU), deed: Deed::Printed, citizen, page }
}

#[tokio::test]
async fn the_audit_keeps_the_newest_rows_and_drops_the_oldest() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let days =
        |days: i64| Stamp { wall_ms: 1_800_000_000_000 + days * 24 * 3_600_000, ..stamp(ClockSource::Ntp) };
    store.note(noted(stamp(ClockSource::Unset)));
    store.note(noted(days(0)));
    store.note(noted(days(700)));
    store.keep_notes().await.unwrap();
    let numbers = |store: &Store| {
        store.notes(None, 3).unwrap().into_iter().map(|(number, _)| number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&store), [3, 2, 1], "the newest first");
    // a row whose date nobody knows is no older than anything, and holds what came after it
    store.note(noted(days(740)));
    store.keep_notes().await.unwrap();
    assert_eq!(store.notes(None, 9).unwrap().len(), 4);
    for _ in 0..5 {
        for _ in 0..4_096 {
            store.note(noted(days(741)));
        }
        store.keep_notes().await.unwrap();
    }
    let kept = store.notes(None, usize::MAX).unwrap();
    assert_eq!((kept.len(), kept[0].0), (20_000, 4 + 5 * 4_096));
    store.note(noted(days(741 + 733)));
    store.keep_notes().await.unwrap();
    assert!(store.notes(None, usize::MAX).unwrap().len() < 20_000, "what is older than two years goes");
    drop(store);
    assert_eq!(open(folder.path()).notes(None, 1).unwrap()[0].0, 5 + 5 * 4_096);
}

/// Writes over rows of the audit, as a card that rots would.
fn damage(folder: &Path, numbers: &[u64]) {
    let database = Database::open(file_in(folder)).unwrap();
    let writing = database.begin_write().unwrap();
    {
        let mut rows = writing.open_table(TableDefinition::<u64, &[u8]>::new("audit")).unwrap();
        for number in numbers {
            rows.insert(number, b"no row of ours".as_slice()).unwrap();
        }
    }
    writing.commit().unwrap();
}

#[tokio::test]
async fn damaged_rows_of_the_audit_end_neither_it_nor_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    (0..4).for_each(|_| store.note(noted(stamp(ClockSource::Ntp))));
    store.keep_notes().await.unwrap();
    drop(store);
    damage(folder.path(), &[1, 3]);
    let store = open(folder.path());
    let numbers = || store.notes(None, 2).unwrap().into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(numbers(), [4, 2], "as many as were asked for");
    // what cannot be read is old, whether the date is known or not
    store.note(noted(stamp(ClockSource::Unset)));
    store.keep_notes().await.unwrap();
    assert_eq!(numbers(), [5, 4]);
    let rows = store.read(|reading| {
        let table = reading.open_table(TableDefinition::<u64, &[u8]>::new("audit"))?;
        Ok(table.iter()?.filter_map(Result::ok).map(|(number, _)| number.value()).collect::<Vec<_>>())
    });
    assert_eq!(rows.unwrap(), [2, 3, 4, 5]);
}

#[tokio::test]
async fn what_the_last_pages_noted_while_the_node_stopped_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (last, told) = (store.clone(), tokio_util::sync::CancellationToken::new());
    let serving = told.clone();
    let serving = tokio::spawn(async move {
        serving.cancelled().await;
        tokio::task::yield_now().await;
        last.note(noted(stamp(ClockSource::Ntp)));
    });
    told.cancel();
    crate::app::served_out([serving], &store).await;
    assert_eq!(store.notes(None, 9).unwrap().len(), 1);
}

#[tokio::test]
async fn notes_that_cannot_be_written_wait_and_looking_twice_is_one_look() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let look =
        |monotonic_ns| Noted { deed: Deed::Read, ..noted(Stamp { monotonic_ns, ..stamp(ClockSource::Ntp) }) };
    for at in [1, 2, 599_000_000_000, 601_000_000_000, 601_000_000_001] {
        store.note(look(at));
    }
    store.keep_notes().await.unwrap();
    let seen: Vec<_> = store.notes(None, 9).unwrap().iter().map(|(_, noted)| noted.at.monotonic_ns).collect();
    assert_eq!(seen, [601_000_000_000, 1]);
}
