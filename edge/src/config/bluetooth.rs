//! Settings of instruments that are heard through the air.

use serde::{Deserialize, Serialize};

/// The machine's Bluetooth.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BluetoothSettings {
    /// The message bus BlueZ is on; the machine's own if left out.
    pub bus: Option<String>,
}

/// One instrument heard over Bluetooth LE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BleSettings {
    /// Its address. Names repeat; two scales of one make have the same.
    pub address: BleAddress,
    /// The adapter that hears it, e.g. `hci0`; the first one if left out.
    pub adapter: Option<String>,
    /// Where it says its numbers, for makers who use a place of their own.
    pub characteristic: Option<uuid::Uuid>,
}

/// A Bluetooth address as BlueZ writes it: `C0:26:DA:0A:0B:0C`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BleAddress(String);

impl BleAddress {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<BleAddress> for String {
    fn from(address: BleAddress) -> Self {
        address.0
    }
}

impl TryFrom<String> for BleAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let pairs: Vec<&str> = text.split(':').collect();
        let is_pair = |pair: &&str| pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        if pairs.len() == 6 && pairs.iter().all(is_pair) {
            return Ok(Self(text.to_ascii_uppercase()));
        }
        Err(format!("{text:?} is no Bluetooth address; one looks like C0:26:DA:0A:0B:0C"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_where_it_is_written() {
        let read = |text: &str| toml::from_str::<BleSettings>(text);
        let settings = read("address = 'c0:26:da:0a:0b:0c'\nadapter = 'hci1'").unwrap();
        assert_eq!(settings.address.as_str(), "C0:26:DA:0A:0B:0C");
        for wrong in ["", "Timbangan", "C0:26:DA:0A:0B", "C0:26:DA:0A:0B:0G", "C026:DA:0A:0B:0C:0"] {
            let said = read(&format!("address = '{wrong}'")).unwrap_err().to_string();
            assert!(said.contains("no Bluetooth address"), "{wrong}: {said}");
        }
    }
}
