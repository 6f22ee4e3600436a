//! Names that are one name: Siti and Sitti, Oemar and Umar, Djoko and Joko, Aminah and Amina.
//!
//! # Why
//! The same child is written down by another kader in another spelling. What is alike is only ever asked about, so a rule
//! that joins too much costs a tap, and one that joins too little costs a child that is counted twice.

/// Spellings that sound alike, in the order they are applied: the old one, and what it is written as today.
const SOUNDS: [(&str, &str); 21] = [
    ("oe", "u"),
    ("dj", "j"),
    ("tj", "c"),
    ("nj", "ny"),
    ("sj", "sy"),
    ("ch", "h"),
    ("kh", "h"),
    ("dh", "d"),
    ("th", "t"),
    ("sy", "s"),
    ("dz", "z"),
    ("ie", "i"),
    ("ee", "i"),
    ("y", "i"),
    ("v", "f"),
    ("p", "f"),
    ("q", "k"),
    ("x", "ks"),
    ("z", "s"),
    ("ck", "k"),
    ("w", "u"),
];

/// A word as it sounds: lower case, today's spelling, no double letters, no silent end.
pub(super) fn sound(word: &str) -> String {
    let mut sound = spoken(word);
    if ends_silently(&sound) {
        sound.pop();
    }
    sound
}

/// Whether the last letter of a word that is spoken is hardly heard: *Aminah*, *Fatimah*.
pub(super) fn ends_silently(spoken: &str) -> bool {
    spoken.len() > 3 && spoken.ends_with('h')
}

/// A word in today's spelling, as far as it is typed.
pub(super) fn spoken(word: &str) -> String {
    let mut sound: String =
        word.chars().filter(|sign| sign.is_alphanumeric()).collect::<String>().to_lowercase();
    for (old, new) in SOUNDS {
        if sound.contains(old) {
            sound = sound.replace(old, new);
        }
    }
    let mut single = String::with_capacity(sound.len());
    for sign in sound.chars() {
        if !single.ends_with(sign) || sign.is_ascii_digit() {
            single.push(sign);
        }
    }
    single
}

/// The words of a name as they sound.
pub(super) fn sounds(name: &str) -> Vec<String> {
    name.split(|sign: char| !sign.is_alphanumeric() && sign != '\'')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(sound)
        .collect()
}

/// Whether two names may be of one person: every word of the shorter one sounds like one of the longer, which may also be
/// a mere initial.
pub(super) fn are_alike(one: &[String], other: &[String]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let is_initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    let has = |word: &String| {
        long.iter().any(|known| known == word || is_initial(word, known) || is_initial(known, word))
    };
    let first_fits = short.first().zip(long.first()).is_some_and(|(one, other)| one == other);
    let is_whole = short.iter().any(|word| word.chars().count() > 1);
    is_whole && short.iter().all(has) && (first_fits || short.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        are_alike(&sounds(one), &sounds(other))
    }

    #[test]
    fn one_name_in_two_spellings_is_known() {
        for (one, other) in [
            ("Siti Aminah", "Sitti Amina"),
            ("Oemar", "umar"),
            ("Djoko Soesilo", "Joko Susilo"),
            ("Tjahjo", "Cahjo"),
            ("Nur Hayati", "Noer Hayatie"),
            ("Muhammad Rizky", "Muhamad Rizki"),
            ("Zahra", "Sahrah"),
            ("Fatimah", "Patimah"),
            ("Syifa", "Sifa"),
            ("Dewi Sartika", "Dewie Sartika"),
            ("Budi S", "Budi Santoso"),
            ("Siti Aminah Putri", "Siti Aminah"),
            ("Achmad", "Ahmad"),
            ("Nur'aini", "Nuraini"),
        ] {
            assert!(alike(one, other) && alike(other, one), "{one} {other}");
        }
    }

    #[test]
    fn two_names_stay_two() {
        for (one, other) in [
            ("Siti Aminah", "Siti Rahma"),
            ("Budi", "Adi Budi"),
            ("Rina", "Rini"),
            ("S", "Siti"),
            ("Ani", "Anisa"),
            ("", "Siti"),
        ] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }
}
