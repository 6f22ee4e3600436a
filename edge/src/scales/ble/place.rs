//! Where in the air an instrument of a dialect says its numbers.

use ::scales::Dialect;
use anyhow::bail;
use uuid::Uuid;

/// Where numbers are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At a characteristic, to whoever is connected and has asked.
    Characteristic(Uuid),
    /// In advertisements, as data of a service, to everybody.
    ServiceData(Uuid),
    /// In advertisements, as data of the maker, to everybody.
    MakersData,
}

impl Place {
    /// The place of a dialect; `named` is the characteristic the settings name, if any.
    pub(super) fn of(dialect: Dialect, named: Option<Uuid>) -> anyhow::Result<Self> {
        let place = match dialect {
            Dialect::Ble2a9d => Self::Characteristic(named.unwrap_or(assigned(0x2A9D))),
            Dialect::Ble2a9c => Self::Characteristic(named.unwrap_or(assigned(0x2A9C))),
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

    /// Nobody connects.
    pub(super) const fn is_advertised(self) -> bool {
        matches!(self, Self::ServiceData(_) | Self::MakersData)
    }
}

/// A number the Bluetooth SIG has assigned, written out as the UUID it stands for.
const fn assigned(number: u16) -> Uuid {
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
