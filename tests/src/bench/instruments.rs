//! Five instruments on one node: what listening costs, and how soon what has settled stands on the page.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use scales::Dialect;
use tokio::task::AbortHandle;

use super::Row;
use super::cpu::busy;
use super::spread::Spread;
use crate::harness::{Node, Port, Stage, Station, World};

/// How often an instrument speaks while it is measured what listening costs, and while times are taken: then the pause
/// must be longer than the limit, so that the last frame before the page's word is the one that made it settle.
const OFTEN: Duration = Duration::from_millis(100);
const SELDOM: Duration = Duration::from_millis(200);
const LIMIT_MS: f64 = 150.0;
const LISTENED: Duration = Duration::from_secs(20);
const SETTLED: usize = 20;
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

/// Kind, dialect, division, and what lies there while the cost is measured (grams or tenths of a millimetre).
const TABLE: [(&str, Dialect, u32, i64); 5] = [
    ("infant_scale", Dialect::AdStd, 10, 8_450),
    ("infant_scale", Dialect::ToledoCont, 10, 7_320),
    ("standing_scale", Dialect::MtSics, 50, 14_300),
    ("length_board", Dialect::Digimatic13, 10, 7_310),
    ("standing_scale", Dialect::YaohuaEqFwd, 50, 52_000),
];

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let stage = Stage::new()?;
    stage.tell(&stage.play(1, SETTLED, 1), measured).await
}

async fn measured(world: &mut World) -> anyhow::Result<Vec<Row>> {
    world.link.cut(); // only the node is measured
    let lines: Vec<Line> =
        (0..TABLE.len()).map(|nth| Line::new(world, nth)).collect::<anyhow::Result<_>>()?;
    world.place.instruments = lines.iter().map(|line| line.settings.as_str()).collect();
    world.power_cut().await?;
    let pid = world.node.as_ref().map_or(0, Node::pid);

    let idle = busy(pid, LISTENED).await?;
    let speaking: Vec<Speaking> = lines.iter().map(|line| line.speak(OFTEN)).collect();
    let listening = busy(pid, LISTENED).await?;
    drop(speaking);
    let settled = times(world, &lines).await?;

    Ok(vec![
        Row::at_most("instruments", "five at 10 Hz, of one core", listening * 100.0, "%", 3.0)
            .beside(idle * 100.0, "the same node, all of them silent"),
        Row::at_most("instruments", "last stable frame to the page, p99", settled.p99(), "ms", LIMIT_MS)
            .noting(format!(
                "p50 {:.1} ms of {}; a durable commit lies between",
                settled.p50(),
                settled.count()
            )),
    ])
}

/// From the frame that made a weight settle to the page that says *siap*, on whichever scale the page names.
async fn times(world: &World, lines: &[Line]) -> anyhow::Result<Spread> {
    let kader = world.kader(0).await?;
    lines.iter().for_each(|line| line.value.store(0, Ordering::Relaxed));
    let _speaking: Vec<Speaking> = lines.iter().map(|line| line.speak(SELDOM)).collect();
    let mut settled = Spread::default();
    // On the grid of either scale.
    for (coming, grams) in world.village.coming.iter().zip((6_000..).step_by(150)) {
        let visit = kader.open_visit(world.village.children[coming.child].id).await?;
        let mut page = kader.open(visit, Station::Weight).await?;
        let line = lines.iter().find(|line| line.id == page.instrument).context("one of the five")?;
        page.until(SETTLES_WITHIN, |shown| shown.state == "kosong").await?;
        line.value.store(grams, Ordering::Relaxed);
        let reading = page.reading("siap", SETTLES_WITHIN).await?;
        settled.add(line.since_sent());
        kader.save(&page.path, &page.kept(&reading)).await?;
        line.value.store(0, Ordering::Relaxed);
        kader.close(visit).await?;
    }
    Ok(settled)
}

/// A line with an instrument that says whatever it is told.
struct Line {
    id: String,
    settings: String,
    dialect: Dialect,
    value: Arc<AtomicI64>,
    port: Arc<Mutex<Port>>,
    began: Instant,
    /// When the last frame was sent, in milliseconds since `began`.
    sent_ms: Arc<AtomicU32>,
}

impl Line {
    fn new(world: &World, nth: usize) -> anyhow::Result<Self> {
        let (kind, dialect, division, value) = TABLE[nth];
        let path = world.place.dir.join(format!("line-{nth}"));
        let id = format!("alat-{nth}");
        let settings = format!(
            "[[instruments]]\nid = \"{id}\"\nname = \"Alat {nth}\"\npath = \"{}\"\ndialect = \"{dialect}\"\n\
             kind = \"{kind}\"\ndivision = {division}\n\n",
            path.display()
        );
        let port = Arc::new(Mutex::new(Port::at(&path)?));
        let (value, sent_ms) = (Arc::new(AtomicI64::new(value)), Arc::default());
        Ok(Self { id, settings, dialect, value, port, began: Instant::now(), sent_ms })
    }

    fn since_sent(&self) -> Duration {
        let sent = Duration::from_millis(self.sent_ms.load(Ordering::Relaxed).into());
        self.began.elapsed().saturating_sub(sent)
    }

    fn speak(&self, every: Duration) -> Speaking {
        let (dialect, began) = (self.dialect, self.began);
        let (value, port, sent_ms) = (self.value.clone(), self.port.clone(), self.sent_ms.clone());
        let speaking = async move {
            let mut beat = tokio::time::interval(every);
            let mut frame = [0; 64];
            loop {
                beat.tick().await;
                let value = value.load(Ordering::Relaxed);
                if let Some(length) = scales::encode(dialect, value, true, &mut frame) {
                    sent_ms.store(began.elapsed().as_millis() as u32, Ordering::Relaxed);
                    port.lock().expect("nobody panics while sending").send(&frame[..length]);
                }
            }
        };
        Speaking(tokio::spawn(speaking).abort_handle())
    }
}

/// Falls silent when dropped.
struct Speaking(AbortHandle);

impl Drop for Speaking {
    fn drop(&mut self) {
        self.0.abort();
    }
}
