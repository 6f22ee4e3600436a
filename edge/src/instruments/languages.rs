//! What a technician is told of each language an instrument may speak: its makers, and what a line of it looks like.

use scales::Dialect;

/// A line for the list that is chosen from. A language without one of its own shows its short name.
pub(super) fn described(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::AdStd => "A&D: ST,+0001.234 kg",
        Dialect::StGs => "T-Scale, Excell, Brecknell, Torrey: ST,GS,   1.234kg",
        Dialect::Cas22 => "CAS, dengan lampu: ST,GS,1…,   1.234 kg",
        Dialect::Cas10 => "CAS, angka saja:    1.234",
        Dialect::CasSw2 => "CAS SW-II",
        Dialect::MtSics => "Mettler-Toledo MT-SICS: S S     1.234 kg",
        Dialect::ToledoCont => "Mettler-Toledo, kiriman terus-menerus",
        Dialect::Toledo8217 => "Toledo 8217",
        Dialect::Sbi => "Sartorius SBI: +    1.234 kg",
        Dialect::Ohaus => "Ohaus:    1.234 kg    G",
        Dialect::NciScp => "NCI/SCP: Adam, Brecknell, CAS",
        Dialect::WeightQa => "Gram dengan angka tenang: +007.12/3 G S",
        Dialect::Kern => "Kern, G&G: -  29.182 g",
        Dialect::AdamF2 => "Adam:        123.45 g",
        Dialect::Ricelake350 => "Rice Lake 350-10: 1.234 kg Gross",
        Dialect::HealthometerEsc => "Health o meter",
        Dialect::DetectoCsv => "Detecto solo",
        Dialect::TanitaCsv => "Tanita: {0,16,~0,1,MO,…",
        Dialect::YaohuaEqRev => "Yaohua, angka terbalik: =000.3000",
        Dialect::YaohuaEqFwd => "Yaohua, angka lurus: =0003.000",
        Dialect::YaohuaWw => "Yaohua A12: ww001.234kg",
        Dialect::YaohuaA12e15 => "Yaohua A12(E): WG001.234kg3A",
        Dialect::YaohuaStx12 => "Yaohua A9, A26: 12 huruf dengan penjaga",
        Dialect::BcdFf5 => "Lima bita angka padat setelah FF",
        Dialect::Digimatic13 => "Mitutoyo Digimatic",
        Dialect::Caliper24 => "Jangka sorong digital, 24 bit",
        Dialect::BridgeMass => "Jembatan Simpul untuk timbangan",
        Dialect::BridgeLength => "Jembatan Simpul untuk papan ukur",
        Dialect::Ble2a9d => "Bluetooth: timbangan (2A9D)",
        Dialect::Ble2a9c => "Bluetooth: timbangan komposisi tubuh (2A9C)",
        Dialect::Ble2a35 => "Bluetooth: tensimeter (2A35)",
        Dialect::Ble2a18 => "Bluetooth: alat gula darah (2A18)",
        Dialect::BleXiaomiV1 => "Xiaomi, timbangan (181D)",
        Dialect::BleXiaomiV2 => "Xiaomi, komposisi tubuh (181B)",
        Dialect::BleMgb => "Swan, Icomon, YG",
        Dialect::BleVitafit => "Vitafit",
        Dialect::BleRobiS9 => "Robi S9",
        Dialect::BleKeepS3 => "Keep S3",
        Dialect::BleBeurerSbf70 => "Beurer SBF70 dan saudaranya",
        Dialect::BleOkok13 => "OKOK, tanpa merek",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use scales::Measures;

    use super::*;

    #[test]
    fn every_language_of_an_instrument_is_described_and_no_two_alike() {
        let mut said = std::collections::BTreeSet::new();
        let apart = [Dialect::Sfloat, Dialect::Float32, Dialect::UsbHidPos];
        for &dialect in Dialect::ALL {
            if dialect.measures() != Measures::Number && !apart.contains(&dialect) {
                assert_ne!(described(dialect), dialect.name());
                assert!(said.insert(described(dialect)), "{dialect}");
            }
        }
    }
}
