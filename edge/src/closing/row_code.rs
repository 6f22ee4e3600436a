//! The short code of a row on paper: five digits that follow from the child's id, and a check digit.
//!
//! # Why
//! The code must be the same on every printout and say nothing about the child. The check digit (Damm's) notices every
//! single wrong digit and every pair of neighbours that changed places. Two children may have the same code by chance;
//! then whoever types it is asked which one it is.

use protocol::CitizenId;
use sha2::{Digest, Sha256};

const DIGITS: u64 = 100_000;

/// H. Michael Damm's quasigroup of order ten.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The code of a child: `12345-6`.
pub(super) fn of(citizen: CitizenId) -> String {
    let digest = Sha256::new().chain_update(b"row code").chain_update(citizen.bytes()).finalize();
    let number = digest.iter().take(8).fold(0, |number: u64, &byte| number << 8 | u64::from(byte));
    let digits = format!("{:05}", number % DIGITS);
    let check = remainder(&digits).unwrap_or_default();
    format!("{digits}-{check}")
}

/// The code somebody typed, in the form of [`of`]; `None` if it was read or typed wrongly.
pub(super) fn typed(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '.')).collect();
    (digits.len() == 6 && remainder(&digits) == Some(0)).then(|| format!("{}-{}", &digits[..5], &digits[5..]))
}

fn remainder(digits: &str) -> Option<u8> {
    digits.chars().try_fold(0, |row, digit| Some(DAMM[usize::from(row)][digit.to_digit(10)? as usize]))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_wrong_digit_and_two_swapped_ones_are_noticed() {
        for number in 0..200 {
            let code = of(CitizenId(Uuid::from_u128(number)));
            assert_eq!(typed(&code).as_deref(), Some(code.as_str()));
            let digits: Vec<u8> = code.bytes().filter(u8::is_ascii_digit).collect();
            for at in 0..digits.len() {
                for wrong in (b'0'..=b'9').filter(|wrong| *wrong != digits[at]) {
                    let mut other = digits.clone();
                    other[at] = wrong;
                    assert_eq!(typed(std::str::from_utf8(&other).unwrap()), None, "{code}");
                }
                if at > 0 && digits[at] != digits[at - 1] {
                    let mut other = digits.clone();
                    other.swap(at, at - 1);
                    assert_eq!(typed(std::str::from_utf8(&other).unwrap()), None, "{code}");
                }
            }
        }
        assert_eq!(typed("12345"), None);
        assert_eq!(typed("dua belas"), None);
    }
}
