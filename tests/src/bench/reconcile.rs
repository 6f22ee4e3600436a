//! What it costs a node with nothing new to learn that nothing is missing on either side.

use std::time::Duration;

use super::Row;
use super::overheard::Overheard;
use crate::harness::until;

const HELLO_EVERY_S: u32 = 2;
const HELLOS: u64 = 5;
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let mut road = Overheard::begin(1).await?;
    if let Some(node) = road.world.node.take() {
        node.stop().await?;
    }
    road.world.place.hello_every_s = Some(HELLO_EVERY_S);
    road.world.node = Some(road.world.place.start(&road.world.keeper, None).await?);
    let kader = road.world.kader(0).await?;

    let mark = road.at_rest(&kader).await?;
    let greeted = until(PATIENCE, async || {
        tokio::time::sleep(LOOK_EVERY).await;
        Ok((road.since(mark)?.hellos >= HELLOS).then_some(()))
    });
    anyhow::ensure!(greeted.await?.is_some(), "the node greets nobody");
    road.still().await?;
    let heard = road.since(mark)?;
    anyhow::ensure!(
        heard.batches == 0 && heard.asks == heard.hellos,
        "something was new after all: {heard:?}"
    );

    let mark = road.still().await?;
    road.world.link.drop_connections();
    let again = until(PATIENCE, async || {
        tokio::time::sleep(LOOK_EVERY).await;
        Ok((road.since(mark)?.hellos > 0).then_some(()))
    });
    anyhow::ensure!(again.await?.is_some(), "the node does not come back");
    road.still().await?;
    let anew = road.since(mark)?;
    road.end().await?;

    let each = |bytes: u64| bytes as f64 / heard.hellos as f64;
    Ok(vec![
        Row::at_most("reconcile", "letters both ways, nothing new", each(heard.letter_bytes), "B", 1024.0).noting(
            format!(
                "a hello and its answers, mean of {}; with MQTT and TLS on a standing connection {:.0} B; a new \
                 connection with its {} hello(s) {} B on the wire",
                heard.hellos,
                each(heard.wire_bytes),
                anew.hellos,
                anew.wire_bytes
            ),
        ),
    ])
}
