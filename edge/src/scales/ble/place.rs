//! Where in the air an instrument of a dialect says its numbers.

use ::scales::{Dialect, Error, Outcome, Presence, Profile, Reading, decode};
use anyhow::bail;
use uuid::Uuid;

/// Where numbers are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// At a characteristic, to whoever is connected and has asked.
    Characteristic(Uuid),
    /// In advertisements, as data of a service, to everybody.
    ServiceData(Uuid),
    /// In advertisements, as data of the maker, to everybody.
    MakersData,
}

impl Place {
    /// The place of a dialect; `named` is the characteristic the settings name, if any.
    pub fn of(dialect: Dialect, named: Option<Uuid>) -> anyhow::Result<Self> {
        let place = match dialect {
            Dialect::Ble2a9d => Self::Characteristic(named.unwrap_or(assigned(0x2A9D))),
            Dialect::Ble2a9c => Self::Characteristic(named.unwrap_or(assigned(0x2A9C))),
            Dialect::Ble2a35 => Self::Characteristic(named.unwrap_or(assigned(0x2A35))),
            Dialect::Ble2a18 => Self::Characteristic(named.unwrap_or(assigned(0x2A18))),
            Dialect::BleXiaomiV1 => Self::ServiceData(assigned(0x181D)),
            Dialect::BleXiaomiV2 => Self::ServiceData(assigned(0x181B)),
            Dialect::BleOkok13 => Self::MakersData,
            Dialect::BleMgb
            | Dialect::BleVitafit
            | Dialect::BleRobiS9
            | Dialect::BleKeepS3
            | Dialect::BleBeurerSbf70 => match named {
                Some(named) => Self::Characteristic(named),
                None => bail!("{dialect} is said at a place of the maker's own: name its characteristic"),
            },
            other => bail!("{other} is not listened to over Bluetooth"),
        };
        if place.is_advertised() && named.is_some() {
            bail!("{dialect} is said in advertisements and has no characteristic");
        }
        Ok(place)
    }

    /// Where advertisements carry numbers.
    pub(super) const ADVERTISED: [Self; 3] =
        [Self::ServiceData(assigned(0x181D)), Self::ServiceData(assigned(0x181B)), Self::MakersData];

    /// Whether somebody nobody knows may say numbers at a characteristic: a health profile's, or one no profile has.
    pub(super) fn may_be_at(characteristic: Uuid) -> bool {
        let is_assigned = (0x2A00..=0x2BFF).any(|number| assigned(number) == characteristic);
        [0x2A9D, 0x2A9C].map(assigned).contains(&characteristic) || !is_assigned
    }

    /// The dialects that may be heard here.
    pub fn dialects(self) -> Vec<Dialect> {
        let all = Dialect::ALL.iter().copied();
        let usual: Vec<Dialect> =
            all.clone().filter(|&one| Self::of(one, None).is_ok_and(|place| place == self)).collect();
        let Self::Characteristic(own) = self else { return usual };
        if !usual.is_empty() {
            return usual;
        }
        all.filter(|&one| Self::of(one, None).is_err() && Self::of(one, Some(own)).is_ok()).collect()
    }

    /// The characteristic that settings have to name for a dialect heard here.
    pub fn to_name(self, dialect: Dialect) -> Option<Uuid> {
        match self {
            Self::Characteristic(own) if Self::of(dialect, None).is_err() => Some(own),
            _ => None,
        }
    }

    /// What a packet says here. An advertisement is repeated as long as the instrument is awake, whatever lies on it by
    /// then: one that is called stable is the last word on a weighing, not a load that was seen to lie still.
    pub fn read(self, profile: Profile, packet: &[u8]) -> Outcome {
        let outcome = decode(profile, packet);
        if self.is_advertised() { outcome.map(last_word) } else { outcome }
    }

    /// Whether a packet is a frame of some dialect heard here.
    pub(super) fn is_spoken(self, packet: &[u8]) -> bool {
        let is_frame = |outcome: &Outcome| match outcome {
            Ok(_) => true,
            Err(said) => !matches!(said.error, Error::Checksum | Error::Truncated | Error::Malformed),
        };
        self.dialects().into_iter().any(|dialect| is_frame(&decode(Profile::new(dialect), packet)))
    }

    /// Nobody connects.
    pub(super) const fn is_advertised(self) -> bool {
        matches!(self, Self::ServiceData(_) | Self::MakersData)
    }
}

fn last_word(mut reading: Reading) -> Reading {
    if reading.presence == Presence::Live && reading.stable == Some(true) {
        reading.presence = Presence::Held;
    }
    reading
}

/// A number the Bluetooth SIG has assigned, written out as the UUID it stands for.
pub(super) const fn assigned(number: u16) -> Uuid {
    Uuid::from_u128(((number as u128) << 96) | 0x0000_0000_0000_1000_8000_0080_5f9b_34fb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_numbers_stand_for_long_names() {
        assert_eq!(assigned(0x2A9D).to_string(), "00002a9d-0000-1000-8000-00805f9b34fb");
    }

    #[test]
    fn a_stranger_is_heard_where_some_dialect_may_be_said() {
        let own: Uuid = "0000fff1-0000-1000-8000-00805f9b34fb".parse().unwrap();
        let weight = Place::Characteristic(assigned(0x2A9D));
        assert_eq!(weight.dialects(), [Dialect::Ble2a9d]);
        assert_eq!(weight.to_name(Dialect::Ble2a9d), None);
        assert_eq!(Place::MakersData.dialects(), [Dialect::BleOkok13]);
        let makers = Place::Characteristic(own).dialects();
        assert!(makers.contains(&Dialect::BleMgb) && !makers.contains(&Dialect::Ble2a9d), "{makers:?}");
        assert!(makers.iter().all(|&dialect| Place::Characteristic(own).to_name(dialect) == Some(own)));
        assert!(Place::may_be_at(own) && Place::may_be_at(assigned(0x2A9D)));
        assert!(!Place::may_be_at(assigned(0x2A19)), "a battery");
        assert!(Place::ADVERTISED.iter().all(|place| !place.dialects().is_empty()));
        assert!(!Place::MakersData.is_spoken(&[0x4c, 0, 2, 0x15]), "a beacon of somebody's telephone");
    }

    #[test]
    fn every_dialect_has_one_place_or_a_reason() {
        let own: Uuid = "0000fff1-0000-1000-8000-00805f9b34fb".parse().unwrap();
        assert_eq!(Place::of(Dialect::Ble2a9d, None).unwrap(), Place::Characteristic(assigned(0x2A9D)));
        assert_eq!(Place::of(Dialect::BleMgb, Some(own)).unwrap(), Place::Characteristic(own));
        for (dialect, named, reason) in [
            (Dialect::BleMgb, None, "name its characteristic"),
            (Dialect::BleOkok13, Some(own), "has no characteristic"),
            (Dialect::AdStd, None, "not listened to over Bluetooth"),
        ] {
            let said = Place::of(dialect, named).unwrap_err().to_string();
            assert!(said.contains(reason), "{said}");
        }
    }
}
