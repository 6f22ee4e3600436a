//! What can be a PIN or a password.

/// Digits of a PIN.
const PIN: std::ops::RangeInclusive<usize> = 4..=12;
/// Characters of a password.
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=LONGEST;
/// No field takes more.
pub(super) const LONGEST: usize = 128;

/// What is weak about a new PIN or password, as said to whoever chose it; `None` if it will do.
pub(super) fn weakness(secret: &str) -> Option<&'static str> {
    let length = secret.chars().count();
    if secret.bytes().all(|byte| byte.is_ascii_digit()) {
        return match () {
            () if !PIN.contains(&length) => Some("PIN terdiri dari 4 sampai 12 angka."),
            () if is_a_run(secret) => {
                Some("PIN ini mudah ditebak. Jangan angka berurutan atau angka yang sama semua.")
            }
            () => None,
        };
    }
    (!PASSWORD.contains(&length)).then_some("Kata sandi terdiri dari 8 sampai 128 huruf atau angka.")
}

/// `1111`, `1234`, `9876`.
fn is_a_run(digits: &str) -> bool {
    let steps: Vec<i16> =
        digits.as_bytes().windows(2).map(|two| i16::from(two[1]) - i16::from(two[0])).collect();
    steps.first().is_some_and(|first| first.abs() <= 1 && steps.iter().all(|step| step == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_four_to_twelve_digits_and_is_no_run() {
        for good in ["4711", "483920", "112233", "000001", "payung kuning"] {
            assert_eq!(weakness(good), None, "{good}");
        }
        for weak in ["", "471", "1111", "1234", "987654", "1234567890123", "rahma", &"x".repeat(129)] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
    }
}
