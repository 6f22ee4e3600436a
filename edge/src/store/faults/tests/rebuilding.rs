//! Views made again are the views that grew.

use protocol::feed::{FeedHash, FeedId, FeedMark, Guest, Item, Page, WebCertificate};
use protocol::time::{ClockFound, ClockSource};
use protocol::{Body, CitizenId, EventId, Frame, LocalDate, NodeId};
use redb::{ReadableDatabase, ReadableTableMetadata, TableHandle};
use uuid::Uuid;

use super::super::Dice;
use super::super::disk::{Fault, FaultyDisk};
use super::super::story::{IDENTITY, KEY, POSYANDU, Story, open};
use crate::store::contents::{KEPT, Row, VIEWS, rows};
use crate::store::rebuild::rebuild_on;
use crate::store::views::CHILDREN;

const SEED: u64 = 23;

/// A day of `steps` and a page of the hub's, closed; its disk and all its rows.
fn day(steps: usize) -> (FaultyDisk, Vec<Row>) {
    let mut story = Story::on(FaultyDisk::default(), SEED).unwrap();
    (0..steps).for_each(|_| story.step().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for page in told_by_the_hub(&story) {
        runtime.block_on(story.store().take_page(page)).unwrap();
    }
    let shelf = &story.store().0.shelf;
    let grown = rows(&shelf.database().unwrap(), &shelf.seal).unwrap();
    drop(story.store.take());
    (story.disk.after_power_cut(), grown)
}

/// What another node recorded, on another day, before and after it knew the date; and a word of the hub's own.
fn told_by_the_hub(story: &Story) -> Vec<Page> {
    let journal = story.store().outbox(0, 20, usize::MAX).unwrap().unwrap();
    let elsewhere = |(number, frame): (usize, &Frame)| {
        let mut event = frame.decode().unwrap();
        event.header.id = EventId(Uuid::from_u128(7_000 + number as u128));
        (event.header.node, event.header.observed_on) = (NodeId(Uuid::from_u128(77)), LocalDate(19_990));
        if number % 3 == 0 {
            event.header.recorded_at.source = ClockSource::Unset;
        }
        if number == 18 {
            let at = event.header.recorded_at;
            event.body = Body::ClockFound(ClockFound {
                boot: at.boot,
                monotonic_ns: at.monotonic_ns,
                wall_ms: at.wall_ms,
                offset_min: at.offset_min,
                source: ClockSource::Ntp,
            });
        }
        Item::Event(Frame::encode(&event).bytes().to_vec())
    };
    let mut items: Vec<Item> = journal.frames.iter().enumerate().map(elsewhere).collect();
    items.push(Item::Setting { key: "pesan".into(), value: "Bawa buku KIA".into() });
    let certificate = WebCertificate { chain_pem: "C".into(), key_pem: "K".into() };
    items.push(Item::WebCertificate { node: IDENTITY.node, certificate: Some(certificate) });
    let elsewhere = items.iter().find_map(|item| match item {
        Item::Event(frame) => Frame::from_bytes(frame).unwrap().decode().unwrap().header.citizen,
        _ => None,
    });
    let (home, guest) = (CitizenId(uuid::Uuid::from_u128(0x777)), elsewhere.unwrap());
    for at in [Some("Melati"), None, Some("Melati 2")] {
        items.push(Item::Guest(Guest { home, guest, at: at.map(str::to_owned) }));
    }
    let feed = FeedId::Posyandu(POSYANDU);
    let pages = items.chunks(8).zip(1..).map(|(items, position)| Page {
        feed,
        after: position - 1,
        mark: FeedMark { feed, position, hash: FeedHash([position as u8; 16]) },
        head: position,
        restart: false,
        items: items.iter().map(Item::encode).collect(),
    });
    pages.collect()
}

fn rows_on(disk: &FaultyDisk) -> Vec<Row> {
    let store = open(disk).unwrap();
    rows(&store.0.shelf.database().unwrap(), &store.0.shelf.seal).unwrap()
}

#[test]
fn every_table_is_either_kept_or_made_again() {
    let (disk, _) = day(1);
    let store = open(&disk).unwrap();
    let reading = store.0.shelf.database().unwrap().begin_read().unwrap();
    let mut tables: Vec<String> = reading.list_tables().unwrap().map(|table| table.name().into()).collect();
    let mut known = [KEPT.as_slice(), VIEWS.as_slice()].concat();
    tables.sort_unstable();
    known.sort_unstable();
    assert_eq!(tables, known, "a new table has its line in contents.rs, and a view in Writing::clear_some");
}

#[test]
fn views_made_again_are_row_by_row_those_that_grew() {
    let (disk, grown) = day(300);
    VIEWS.iter().for_each(|view| assert!(grown.iter().any(|(table, ..)| table == view), "{view}"));
    let rebuilt = rebuild_on(&disk, &KEY, IDENTITY).unwrap();
    assert!(rebuilt.events > 200);
    assert_eq!(rows_on(&disk), grown);
}

#[test]
fn a_rebuild_that_is_cut_off_is_finished_when_the_store_is_opened() {
    let (sound, grown) = day(60);
    let mut dice = Dice::seeded(SEED);
    let mut cut_off = 0;
    for later in 0.. {
        let disk = sound.after_power_cut();
        disk.fail(later, Fault::Refused);
        let rebuilt = rebuild_on(&disk, &KEY, IDENTITY);
        if disk.is_armed() {
            break;
        }
        cut_off += u64::from(rebuilt.is_err());
        // half of the times the power goes with it
        let disk = if dice.coin() { disk.after_power_cut() } else { disk };
        assert_eq!(rows_on(&disk), grown, "operation {later}");
    }
    println!("rebuild: cut off at {cut_off} operations");
    assert!(cut_off > 20);
}

#[test]
fn a_damaged_journal_is_not_rebuilt_and_no_view_is_cleared() {
    let (disk, grown) = day(60);
    let store = open(&disk).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(store.write(|writing| Ok(writing.journal.insert(7, [1; 90].as_slice())?.is_some())))
        .unwrap();
    drop(store);
    assert!(rebuild_on(&disk, &KEY, IDENTITY).is_err());
    let store = open(&disk).unwrap();
    let left = store.read(|reading| Ok(reading.open_table(CHILDREN)?.len()?)).unwrap();
    let children = grown.iter().filter(|(table, ..)| *table == "children").count();
    assert_eq!(left, children as u64);
}
