//! Which instrument a check is of, whatever it is called and wherever it is plugged in.
//!
//! # Why
//! The name an adapter gives itself is no identity: its twin bears it as well, and once twins are there both are known by
//! their sockets. So an instrument has an id of its own from the moment it is taken in, and its checks name that.

use protocol::check::InstrumentChecked;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What the checks of one instrument are kept under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// What its checks name.
    word: String,
    /// Ports or addresses that checks of earlier versions named instead.
    earlier: Vec<String>,
}

impl Identity {
    /// One that was minted, and what checks named before that.
    pub(super) fn new(id: Uuid, earlier: Vec<String>) -> Self {
        Self { word: id.to_string(), earlier }
    }

    /// That of an instrument of the settings file: the same as long as its short name there is.
    pub(super) fn of_settings(id: &str, device: &str) -> Self {
        Self::new(derived(&["settings", id]), vec![device.to_owned()])
    }

    /// What a check of it names.
    pub(super) fn word(&self) -> &str {
        &self.word
    }

    /// Whether a check is one of this instrument.
    pub(super) fn bears(&self, checked: &InstrumentChecked) -> bool {
        checked.device == self.word || self.earlier.contains(&checked.device)
    }
}

/// An id that follows from words, and is the same at every start.
pub(super) fn derived(words: &[&str]) -> Uuid {
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_le_bytes());
        hash.update(word);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_of_the_settings_file_keeps_its_id_whatever_it_is_called_or_plugged_into() {
        let now = Identity::of_settings("timbangan-a", "ttyUSB0");
        assert_eq!(now.word(), Identity::of_settings("timbangan-a", "ttyUSB1").word());
        assert_ne!(now.word(), Identity::of_settings("timbangan-b", "ttyUSB0").word());
        assert_eq!(
            now.word(),
            "f6d136cb-0b12-853b-8d66-50e4f2f93ff8",
            "a later version has to find what this one kept"
        );
    }
}
