//! Whole-system stories. Each is told by `cargo xtask story NAME` and by a test of the same name.

mod accessible;
mod arm64_visit;
mod ble_visit;
mod bridge_emulated;
mod broker_sees_nothing;
mod browser_visit;
mod demo_short;
mod home_visit;
mod kill_nine;
mod outside_broker;
mod posyandu_day;
mod takeover;
mod two_hundred;
mod weighed_offline;
mod wrong_pin;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::harness::{BrokerMake, Road};

/// The stories there are: name, and what it is about.
pub const STORIES: &[(&str, &str)] = &[
    ("accessible", "every page of the node on a phone: WCAG 2.2 AA, 200 %, keyboard, targets, weight"),
    ("weighed-offline", "saved with the cable cut; cable back; the hub shows it once"),
    (
        "kill-nine",
        "the node is killed again and again while visits are saved; nothing called saved is missing",
    ),
    (
        "browser-visit",
        "a whole visit by live scale on a phone, seen at the hub by a page that changes itself",
    ),
    (
        "ble-visit",
        "weighed on a Bluetooth scale that hangs up, sleeps and says things twice; the hub has each once",
    ),
    (
        "posyandu-day",
        "forty mixed visits on three phones at once, opened, closed, counted; the hub says the same",
    ),
    (
        "wrong-pin",
        "ten wrong PINs on a phone, across a power cut and a clock turned back; the right one opens",
    ),
    (
        "home-visit",
        "a phone takes children away from the node, visits them alone, and hands over what it has once",
    ),
    ("outside-broker", "the same road through mosquitto, killed half way"),
    ("outside-broker-nats", "the same road through nats-server, killed half way and its store wiped"),
    ("broker-sees-nothing", "a spy at the broker hears a whole day and learns no name, NIK or weight"),
    ("takeover", "two hubs share the nodes at one broker; one is killed, the other takes over"),
    ("demo-short", "the demo in small: the line cut and restored, everything once and right"),
    (
        "demo-bridge",
        "the same with our own bridges as scales and board: the firmware itself, calibrated over its line",
    ),
    ("https-road", "the same by HTTPS, where MQTT is blocked"),
    (
        "two-hundred-children",
        "three instruments, three kader, twins, wriggling, swapped phones; no value in the wrong child",
    ),
    ("courier-road", "the same without any wire: a packet goes by phone, its receipt comes back"),
];

/// Those that need more than a checkout and Debian's packages: told by night, and by name.
pub const BY_NIGHT: &[(&str, &str)] = &[
    ("bridge-emulated", "our own bridge's image on an emulated board weighs children for a real node"),
    ("arm64-visit", "a visit by the program for a Raspberry Pi, in an emulator of one"),
];

/// How a story is told.
#[derive(Debug, Clone)]
pub struct Telling {
    /// At full length instead of the length that suits every commit.
    pub full: bool,
    /// Chooses children and accidents; printed, so that a bad day can be had again.
    pub seed: u64,
    /// Where pictures and tables go.
    pub export: Option<PathBuf>,
}

/// Figures by name, for the last line of standard output.
pub type Told = Map<String, Value>;

/// Tells one story; an error is a promise that was not kept.
pub async fn tell(name: &str, telling: &Telling) -> anyhow::Result<Told> {
    if let Some(folder) = &telling.export {
        std::fs::create_dir_all(folder)?;
    }
    tracing::info!(seed = telling.seed, full = telling.full, "story {name}");
    match name {
        "accessible" => accessible::tell(telling).await,
        "weighed-offline" => weighed_offline::tell(telling).await,
        "kill-nine" => kill_nine::tell(telling).await,
        "browser-visit" => browser_visit::tell(telling).await,
        "ble-visit" => ble_visit::tell(telling).await,
        "posyandu-day" => posyandu_day::tell(telling).await,
        "wrong-pin" => wrong_pin::tell(telling).await,
        "home-visit" => home_visit::tell(telling).await,
        "outside-broker" => outside_broker::tell(telling, BrokerMake::Mosquitto).await,
        "outside-broker-nats" => outside_broker::tell(telling, BrokerMake::Nats).await,
        "bridge-emulated" => bridge_emulated::tell(telling).await,
        "broker-sees-nothing" => broker_sees_nothing::tell(telling).await,
        "takeover" => takeover::tell(telling).await,
        "demo-short" => demo_short::tell(telling, Road::Auto, false).await,
        "demo-bridge" => demo_short::tell(telling, Road::Auto, true).await,
        "two-hundred-children" => two_hundred::tell(telling).await,
        "https-road" => demo_short::tell(telling, Road::Https, false).await,
        "arm64-visit" => arm64_visit::tell(telling).await,
        "courier-road" => demo_short::tell(telling, Road::Courier, false).await,
        _ => anyhow::bail!("there is no story {name:?}; there are {}", names().join(", ")),
    }
}

/// Whether a story promises how many come, and so is short for no one who asks for it by name.
pub fn counts_in_its_name(name: &str) -> bool {
    matches!(name, "two-hundred-children" | "posyandu-day")
}

/// The names of all stories.
pub fn names() -> Vec<&'static str> {
    STORIES.iter().chain(BY_NIGHT).map(|(name, _)| *name).collect()
}

/// The one line that is printed of a story: `ok`, its name, and its figures or why it failed.
pub fn line(name: &str, told: &anyhow::Result<Told>) -> Value {
    match told {
        Ok(figures) => {
            let mut line = json!({ "ok": true, "story": name });
            if let Value::Object(line) = &mut line {
                line.extend(figures.clone());
            }
            line
        }
        Err(err) => json!({ "ok": false, "story": name, "why": format!("{err:#}") }),
    }
}

/// Figures from a `json!` object.
fn figures(value: Value) -> Told {
    match value {
        Value::Object(figures) => figures,
        other => Map::from_iter([("value".into(), other)]),
    }
}
