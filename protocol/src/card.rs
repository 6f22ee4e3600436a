//! The number on a person's card: eight signs that follow from the person's id, so that every machine prints the same.
//!
//! # Why
//! It is read aloud, copied by hand and scanned. No sign looks like another (no 0 and O, 1 and I, U and V), and the last
//! one catches every single wrong sign and every two that changed places: there are 31 signs, a prime, and each place
//! weighs differently. It says nothing of the person, so a lost card tells nobody anything.

use alloc::string::String;

use crate::ids::CitizenId;

/// The signs; their place is their value.
const SIGNS: &[u8; 31] = b"23456789ABCDEFGHJKLMNPQRSTVWXYZ";

/// Signs before the one that checks them.
const PLACES: usize = 7;

/// The number of a person's card, without its dash: seven signs and one that checks them.
pub fn number(citizen: CitizenId) -> String {
    // the low half of a UUID holds its random bits, whichever version it is
    let mut rest = citizen.0.as_u128() as u64 & 0x3fff_ffff_ffff_ffff;
    let mut values = [0; PLACES];
    for value in &mut values {
        *value = rest % 31;
        rest /= 31;
    }
    let signs = values.iter().copied().chain([check(values)]);
    signs.map(|value| char::from(SIGNS[value as usize])).collect()
}

/// The number that was typed or scanned, in its one form; `None` if it is none, or mistyped. Small letters, spaces and
/// dashes are fine.
pub fn read(typed: &str) -> Option<String> {
    let mut values = [0; PLACES + 1];
    let mut count = 0;
    for sign in typed.bytes().filter(|sign| !matches!(sign, b' ' | b'-')) {
        let value = SIGNS.iter().position(|known| *known == sign.to_ascii_uppercase())?;
        *values.get_mut(count)? = value as u64;
        count += 1;
    }
    let (first, last) = values.split_first_chunk::<PLACES>()?;
    let is_whole = count == PLACES + 1 && last == [check(*first)];
    is_whole.then(|| values.iter().map(|value| char::from(SIGNS[*value as usize])).collect())
}

/// As people read it: `K7MP-23XQ`.
pub fn shown(number: &str) -> String {
    match number.split_at_checked(4) {
        Some((first, last)) if !last.is_empty() => [first, "-", last].concat(),
        _ => number.into(),
    }
}

/// The value that makes the weighted sum of all eight vanish.
fn check(values: [u64; PLACES]) -> u64 {
    let sum: u64 = values.iter().zip(2..).map(|(value, weight)| value * weight).sum();
    (31 - sum % 31) % 31
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use uuid::Uuid;

    use super::*;

    fn some() -> impl Iterator<Item = String> {
        (0..200u128).map(|seed| {
            number(CitizenId(Uuid::from_u128(
                (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
            )))
        })
    }

    #[test]
    fn a_number_is_read_back_however_it_is_typed() {
        for number in some() {
            assert_eq!(number.len(), PLACES + 1);
            assert_eq!(read(&number).as_ref(), Some(&number));
            let spoken = shown(&number).to_lowercase();
            assert_eq!(read(&spoken), Some(number), "{spoken}");
        }
        for nonsense in ["", "K7MP", "K7MP23XQ9", "0000-0000", "siti"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn one_wrong_sign_or_two_that_changed_places_are_noticed() {
        for number in some() {
            let right: Vec<u8> = number.bytes().collect();
            for place in 0..right.len() {
                for sign in SIGNS.iter().filter(|sign| **sign != right[place]) {
                    let mut wrong = right.clone();
                    wrong[place] = *sign;
                    assert_eq!(read(core::str::from_utf8(&wrong).unwrap()), None);
                }
                let mut swapped = right.clone();
                swapped.swap(place, (place + 1) % right.len());
                let is_other = swapped != right;
                assert_eq!(read(core::str::from_utf8(&swapped).unwrap()).is_none(), is_other);
            }
        }
    }

    #[test]
    fn ten_thousand_people_have_ten_thousand_numbers() {
        let all: alloc::collections::BTreeSet<String> = (0..10_000u128)
            .map(|seed| {
                number(CitizenId(Uuid::from_u128(
                    seed.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
                )))
            })
            .collect();
        assert_eq!(all.len(), 10_000);
    }
}
