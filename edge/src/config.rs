//! The node's settings: one TOML file, every field documented, unknown keys refused.

mod bluetooth;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

pub use protocol::check::InstrumentKind;

pub use bluetooth::{BleAddress, BleSettings, BluetoothSettings};

/// The commented default file; a test reads it, so it cannot lie.
pub const DEFAULT: &str = include_str!("default.toml");

/// Everything a node can be told beside its bundle.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The pages.
    pub web: WebSettings,
    /// The clock.
    #[serde(default)]
    pub clock: ClockSettings,
    /// The way to the hub.
    #[serde(default)]
    pub uplink: UplinkSettings,
    /// The road that is walked.
    #[serde(default)]
    pub courier: CourierSettings,
    /// The card.
    #[serde(default)]
    pub storage: StorageSettings,
    /// What keeps the card shut.
    #[serde(default)]
    pub card: CardSettings,
    /// Where the machine lists what is plugged in.
    #[serde(default)]
    pub ports: PortSettings,
    /// What a check of an instrument is worth.
    #[serde(default)]
    pub checks: CheckSettings,
    /// Meters of blood pressure and glucose.
    #[serde(default)]
    pub meters: MeterSettings,
    /// What is told to parents.
    #[serde(default)]
    pub counselling: CounsellingSettings,
    /// The machine's Bluetooth.
    #[serde(default)]
    pub bluetooth: BluetoothSettings,
    /// Instruments on the wire and in the air.
    #[serde(default)]
    pub instruments: Vec<InstrumentSettings>,
}

/// What is told to parents.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CounsellingSettings {
    /// A program that speaks like `espeak-ng`; without one, a voice of the phone itself is used where it has one.
    pub voice: Option<PathBuf>,
}

/// Where the pages are served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebSettings {
    /// Address and port to listen on; port 0 takes a free one and prints it.
    pub listen: SocketAddr,
    /// Where they are served over TLS as well, once the hub has given this node a certificate.
    #[serde(default)]
    pub https: Option<HttpsSettings>,
}

/// Where the pages are served over TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpsSettings {
    /// Address and port to listen on; port 0 takes a free one and prints it, and no page leads there.
    pub listen: SocketAddr,
    /// The name phones find the node by on its own Wi-Fi; the certificate's first name if left out.
    pub name: Option<String>,
}

/// How the node's clock behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockSettings {
    /// Runs this many times faster than the world; for demonstrations and training only.
    pub pace: u32,
    /// Begins at this local date and time instead of the machine's; for demonstrations and training only.
    pub start: Option<NaiveDateTime>,
    /// Believes the machine's clock at start (it has a battery or is always on a network).
    pub trust_machine: bool,
}

impl Default for ClockSettings {
    fn default() -> Self {
        Self { pace: 1, start: None, trust_machine: false }
    }
}

/// How events are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UplinkSettings {
    /// Another address than the bundle's for the same hub, e.g. a tunnel: `host:port`.
    pub address: Option<String>,
    /// Another address than the bundle's for the same hub's HTTPS road: `host:port`.
    pub https_address: Option<String>,
    /// Which wired road is used.
    pub road: RoadChoice,
    /// Seconds without an ack after which the hub is asked what it has, and what it lacks is sent again; more on a link
    /// that has proved slower.
    pub resend_after_s: u64,
    /// Longest pause between two attempts to connect, in seconds.
    pub longest_pause_s: u64,
    /// Seconds between two reports to the hub on how this node stands.
    pub hello_every_s: u64,
    /// Seconds new events wait for others to travel with; 0 sends each at once.
    pub gather_s: u64,
}

/// Which wired road is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoadChoice {
    /// MQTT, and HTTPS where MQTT cannot be reached.
    #[default]
    Auto,
    /// MQTT alone.
    Mqtt,
    /// HTTPS alone.
    Https,
    /// None: the courier carries everything.
    None,
}

/// The road that is walked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CourierSettings {
    /// Folders beneath which USB sticks appear.
    pub usb: Vec<PathBuf>,
    /// Also takes a folder for a stick that is none; for demonstrations and training only.
    pub any_folder: bool,
}

impl Default for CourierSettings {
    fn default() -> Self {
        Self { usb: vec!["/media".into(), "/run/media".into()], any_folder: false }
    }
}

impl Default for UplinkSettings {
    fn default() -> Self {
        Self {
            address: None,
            https_address: None,
            road: RoadChoice::Auto,
            resend_after_s: 20,
            longest_pause_s: 60,
            hello_every_s: 300,
            gather_s: 0,
        }
    }
}

/// How room on the card is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageSettings {
    /// Bytes held in reserve for the day the card is full; 0 for none.
    pub ballast_bytes: u64,
}

impl Default for StorageSettings {
    fn default() -> Self {
        Self { ballast_bytes: 4 * 1024 * 1024 }
    }
}

/// What keeps the card shut: where the secret lies that `data.key` is wrapped under.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CardSettings {
    /// Where the system shows a secret of the board, as raw bytes. Untried on hardware.
    pub board_secret: Option<PathBuf>,
    /// Without one, the file with the secret, in the node's folder: protects nobody, for demonstrations only.
    pub secret_file: PathBuf,
}

impl Default for CardSettings {
    fn default() -> Self {
        Self { board_secret: None, secret_file: "device.secret".into() }
    }
}

/// Where the machine lists what is plugged in, under names that do not change.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PortSettings {
    /// A link for each device that names itself.
    pub by_id: PathBuf,
    /// A link for each socket that something is in.
    pub by_path: PathBuf,
}

impl Default for PortSettings {
    fn default() -> Self {
        Self { by_id: "/dev/serial/by-id".into(), by_path: "/dev/serial/by-path".into() }
    }
}

/// What a check of an instrument is worth.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckSettings {
    /// What becomes of an instrument that was found out of limits.
    pub out_of_limits: OutOfLimits,
    /// Days after a good check from which the next one is asked for.
    pub warn_after_days: u16,
    /// Days after a good check from which the instrument is not used; 0 for never.
    pub block_after_days: u16,
    /// Whether the page at the scale says that its instrument was never checked.
    pub say_unchecked: bool,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self {
            out_of_limits: OutOfLimits::Mark,
            warn_after_days: 7,
            block_after_days: 0,
            say_unchecked: true,
        }
    }
}

/// What becomes of an instrument that was found out of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfLimits {
    /// It is used on, and what it gives is marked.
    Mark,
    /// It is not used until a check finds it right.
    Refuse,
}

/// Meters of blood pressure and glucose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeterSettings {
    /// Minutes for which a finished measurement is offered.
    pub offered_for_min: u16,
    /// Days after a calibration from which the next one is asked for.
    pub calibrate_after_days: u16,
}

impl Default for MeterSettings {
    fn default() -> Self {
        Self { offered_for_min: 10, calibrate_after_days: 365 }
    }
}

impl MeterSettings {
    /// How long a finished measurement is offered.
    pub fn offered_for(&self) -> Duration {
        Duration::from_secs(u64::from(self.offered_for_min) * 60)
    }
}

/// One instrument, on a serial line or heard over Bluetooth LE.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentSettings {
    /// Short name used in addresses, e.g. `timbangan-a`.
    pub id: String,
    /// The name written on it, e.g. `Timbangan bayi A`.
    pub name: String,
    /// The port, by its stable path, if it is on a serial line.
    pub path: Option<PathBuf>,
    /// Its address, if it is heard over Bluetooth LE.
    pub ble: Option<BleSettings>,
    /// The dialect it speaks, as the scales crate names it.
    pub dialect: String,
    /// Baud rate.
    #[serde(default = "default_baud")]
    pub baud: u32,
    /// Parity of the line.
    #[serde(default)]
    pub parity: Parity,
    /// Data bits, 7 or 8.
    #[serde(default = "default_data_bits")]
    pub data_bits: u8,
    /// What it measures, and how it is used.
    pub kind: InstrumentKind,
    /// Its scale division: grams for scales, tenths of a millimetre for boards.
    pub division: u32,
    /// The unit of dialects that send none: `kg`, `g`, `mm` …
    pub unit: Option<String>,
}

impl InstrumentSettings {
    /// What does not change about the instrument when it is renamed: the stable name of its port, or its address.
    pub fn device(&self) -> String {
        match (&self.path, &self.ble) {
            (Some(path), _) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            (None, Some(ble)) => ble.address.as_str().to_owned(),
            (None, None) => String::new(),
        }
    }
}

/// Parity of a serial line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// No parity bit.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

const fn default_baud() -> u32 {
    9600
}

const fn default_data_bits() -> u8 {
    8
}

/// Which log lines are shown: `SIMPUL_LOG` in the form of tracing's directives, `info` if unset.
pub fn log_filter() -> String {
    #[expect(clippy::disallowed_methods, reason = "this is the settings module")]
    std::env::var("SIMPUL_LOG").unwrap_or_else(|_| "info".into())
}

impl Config {
    /// Reads a settings file; the error names the file and the line.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("in {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_is_what_it_says() {
        let config: Config = toml::from_str(DEFAULT).unwrap();
        assert_eq!(config.clock.pace, ClockSettings::default().pace);
        assert_eq!(config.uplink.resend_after_s, UplinkSettings::default().resend_after_s);
        assert_eq!(config.uplink.hello_every_s, UplinkSettings::default().hello_every_s);
        assert_eq!(config.uplink.road, RoadChoice::Auto);
        assert_eq!(config.courier.usb, CourierSettings::default().usb);
        assert_eq!(config.storage.ballast_bytes, StorageSettings::default().ballast_bytes);
        assert_eq!(config.card.secret_file, CardSettings::default().secret_file);
        assert!(config.card.board_secret.is_none());
        assert_eq!(config.ports.by_id, PortSettings::default().by_id);
        assert_eq!(config.ports.by_path, PortSettings::default().by_path);
        assert_eq!(config.checks.out_of_limits, CheckSettings::default().out_of_limits);
        assert_eq!(config.checks.warn_after_days, CheckSettings::default().warn_after_days);
        assert_eq!(config.checks.block_after_days, CheckSettings::default().block_after_days);
        assert_eq!(config.meters.offered_for_min, MeterSettings::default().offered_for_min);
        assert_eq!(config.meters.calibrate_after_days, MeterSettings::default().calibrate_after_days);
        assert!(config.bluetooth.bus.is_none());
        assert!(config.counselling.voice.is_none());
        assert!(config.instruments.is_empty() && config.web.https.is_none());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<Config>("[web]\nlisten = '127.0.0.1:0'\ncolour = 'teal'").is_err());
    }
}
