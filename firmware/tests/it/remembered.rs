//! What outlives the power.

use firmware::calibration::{Calibration, Drift, Point};
use firmware::settings::PAGE_LEN;
use firmware::{Mode, Settings};
use proptest::prelude::*;
use protocol::bridge::Kind;

fn any_settings() -> impl Strategy<Value = Settings> {
    let point = || {
        prop::option::of(
            (any::<i32>(), i32::MIN + 1..=i32::MAX).prop_map(|(counts, value)| Point { counts, value }),
        )
    };
    let numbers = (any::<u32>(), any::<u16>(), any::<u32>(), any::<u16>());
    let effects = (any::<i32>(), any::<i32>(), prop::option::of(any::<i16>()));
    (numbers, [point(), point()], effects, any::<bool>(), any::<bool>()).prop_map(
        |((device, division, capacity_g, warm_up_s), points, (counts, ppm, at_centi), mass, text)| Settings {
            device,
            kind: if mass { Kind::Mass } else { Kind::Length },
            mode: if text { Mode::Text } else { Mode::Frames },
            division,
            capacity_g,
            warm_up_s,
            calibration: Calibration {
                points,
                at_centi,
                drift: Drift { counts_per_degree: counts, span_ppm_per_degree: ppm },
            },
        },
    )
}

proptest! {
    #[test]
    fn what_is_kept_is_found_again(settings in any_settings()) {
        prop_assert_eq!(Settings::decode(&settings.encode()), Some(settings));
    }

    #[test]
    fn a_page_written_half_is_no_page(settings in any_settings(), written in 0..PAGE_LEN) {
        let mut page = [0xff; PAGE_LEN];
        page[..written].copy_from_slice(&settings.encode()[..written]);
        let complete = page == settings.encode();
        prop_assert_eq!(Settings::decode(&page).is_some(), complete);
    }

    #[test]
    fn a_flipped_bit_is_no_page(settings in any_settings(), bit in 0..PAGE_LEN * 8) {
        let mut page = settings.encode();
        page[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(Settings::decode(&page), None);
    }
}

#[test]
fn an_empty_flash_is_no_page() {
    assert_eq!(Settings::decode(&[0xff; PAGE_LEN]), None);
    assert_eq!(Settings::decode(&[0; PAGE_LEN]), None);
}

#[test]
fn the_page_of_a_shipped_bridge_is_read_for_ever() {
    let page: String = Settings::INFANT_SCALE.encode().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(page, PAGE);
}

const PAGE: &str =
    "010101000000000a00204e0000580200000080000000800000008000000080000000800000000000000000000000354c";
