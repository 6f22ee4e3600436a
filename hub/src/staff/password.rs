//! Passwords: which are good enough, and how they are kept.

use anyhow::anyhow;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};

/// The fewest characters of a password.
pub(super) const SHORTEST: usize = 12;

/// The most characters looked at; longer ones are refused instead of cut.
pub(super) const LONGEST: usize = 200;

/// Words a guesser tries first here. A password that is one of them with digits and signs around it is refused.
const OBVIOUS: [&str; 26] = [
    "password",
    "katasandi",
    "katasandiku",
    "sandiku",
    "rahasia",
    "qwerty",
    "qwertyuiop",
    "qwertyuiopasdfghjkl",
    "asdfghjkl",
    "abcdefghijkl",
    "simpul",
    "posyandu",
    "puskesmas",
    "posyandupuskesmas",
    "kader",
    "bidan",
    "petugas",
    "admin",
    "administrator",
    "indonesia",
    "merdeka",
    "bismillah",
    "bismillahirrahmanirrahim",
    "sayang",
    "iloveyou",
    "selamatpagi",
];

/// Why a password is not taken, each in words for its chooser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weakness {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST`] characters.
    Long,
    /// Too easily guessed.
    Obvious,
    /// Contains the owner's name or address.
    Owner,
}

impl Weakness {
    /// What the chooser reads.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Short => {
                "Kata sandi minimal 12 huruf atau angka. Tiga atau empat kata yang mudah Anda ingat sudah cukup."
            }
            Self::Long => "Kata sandi ini terlalu panjang. Paling banyak 200 huruf.",
            Self::Obvious => {
                "Kata sandi ini mudah ditebak orang. Pakai beberapa kata yang tidak berhubungan."
            }
            Self::Owner => "Jangan memakai nama atau email Anda di dalam kata sandi.",
        }
    }
}

/// Whether a password may be chosen by the owner of `name` and `email`.
pub(super) fn judge(password: &str, name: &str, email: &str) -> Result<(), Weakness> {
    let lower = password.to_lowercase();
    match password.chars().count() {
        ..SHORTEST => Err(Weakness::Short),
        count if count > LONGEST => Err(Weakness::Long),
        _ if is_obvious(&lower) => Err(Weakness::Obvious),
        _ if holds_owner(&lower, name, email) => Err(Weakness::Owner),
        _ => Ok(()),
    }
}

/// Hashes a password for keeping: Argon2id, 19 MiB, two passes, as a PHC string. Slow on purpose.
pub(super) fn hash(password: &str) -> anyhow::Result<String> {
    let hash: PasswordHash = argon2()?
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow!("hashing a password: {error}"))?;
    Ok(hash.to_string())
}

/// Whether `password` is the one kept as `hash`. As slow when there is no hash, so that time does not tell which
/// accounts exist.
pub(super) fn verify(password: &str, hash: Option<&str>) -> anyhow::Result<bool> {
    let Some(kept) = hash else {
        let _ = self::hash(password)?;
        return Ok(false);
    };
    let kept = PasswordHash::new(kept).map_err(|error| anyhow!("reading a kept password: {error}"))?;
    Ok(argon2()?.verify_password(password.as_bytes(), &kept).is_ok())
}

fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| anyhow!("argon2 settings: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_obvious(lower: &str) -> bool {
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let repeats = letters.split_at_checked(letters.len() / 2).is_some_and(|(first, second)| first == second);
    letters.is_empty() || few_different(lower) || OBVIOUS.contains(&letters.as_str()) || repeats
}

fn few_different(lower: &str) -> bool {
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() < 5
}

fn holds_owner(lower: &str, name: &str, email: &str) -> bool {
    let mailbox = email.split('@').next().unwrap_or_default();
    name.split_whitespace()
        .chain([mailbox])
        .map(str::to_lowercase)
        .any(|part| part.chars().count() >= 4 && lower.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_obvious_and_personal_passwords_are_refused() {
        let judge = |password: &str| judge(password, "Dewi Lestari", "dewi.l@contoh.id");
        assert_eq!(judge("hujan sore"), Err(Weakness::Short));
        assert_eq!(judge(&"hujan sore ".repeat(30)), Err(Weakness::Long));
        for obvious in [
            "Puskesmas2026!",
            "123456789012",
            "aaaaaaaaaaaaa",
            "qwertyuiop12",
            "sarisari1234",
            "katasandi!2345",
        ] {
            assert_eq!(judge(obvious), Err(Weakness::Obvious), "{obvious}");
        }
        assert_eq!(judge("lestari bunga melati"), Err(Weakness::Owner));
        assert_eq!(judge("payung kuning naik becak"), Ok(()));
    }

    #[test]
    fn only_the_same_password_verifies_and_its_cost_is_written_beside_it() {
        let kept = hash("payung kuning").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("payung kuning", Some(&kept)).unwrap());
        assert!(!verify("payung kuninG", Some(&kept)).unwrap());
        assert!(!verify("payung kuning", None).unwrap());
    }
}
