//! How a typed word finds a person.
//!
//! # Why
//! Ten thousand people are looked through at every letter. What is compared is folded once, when a person is put into
//! the list, and looking allocates nothing: only who is shown is copied.

use protocol::card;

use super::alike::{ends_silently, sound, spoken};

/// Names as they are compared: each word in lower case, and as it sounds.
#[derive(Debug, Clone)]
pub struct Folded {
    name: Vec<Word>,
    mother: Vec<Word>,
}

#[derive(Debug, Clone)]
struct Word {
    plain: String,
    sound: String,
    /// Its last letter is not heard, so nothing may follow it.
    is_whole: bool,
}

/// How well somebody fits; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is her card.
    Card,
    /// Her name begins so.
    NameBegins,
    /// A later word of her name begins so.
    NameWord,
    /// Her NIK ends so.
    Nik,
    /// Her family's card ends so.
    FamilyCard,
    /// Her mother's NIK ends so; she has none herself.
    MotherNik,
    /// Her mother's name fits.
    Mother,
}

/// The numbers somebody can be found by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Numbers<'a> {
    /// Her NIK.
    pub nik: Option<&'a str>,
    /// The number of her family's card (KK).
    pub family_card: Option<&'a str>,
    /// The number of her own card.
    pub card: Option<&'a str>,
    /// Her mother's NIK, for whoever has none.
    pub mother_nik: Option<&'a str>,
}

/// What was typed.
pub struct Wanted {
    words: Vec<Word>,
    digits: Option<String>,
    card: Option<String>,
}

impl Folded {
    /// Folds a person's names.
    pub fn new(name: &str, mother: &str) -> Self {
        Self { name: words(name), mother: words(mother) }
    }
}

impl Wanted {
    /// Folds what was typed. Three digits or more are taken for the end of a number.
    pub fn new(text: &str) -> Self {
        let digits: String = text.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').collect();
        let is_number = digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        Self { words: words(text), digits: is_number.then_some(digits), card: card::read(text) }
    }

    /// How well a person fits; `None` if not at all. Every word typed must begin a word of the name or of the mother's.
    pub fn fits(&self, person: &Folded, numbers: Numbers<'_>) -> Option<Fit> {
        let is_card = |typed: &Option<String>| typed.is_some() && typed.as_deref() == numbers.card;
        if is_card(&self.card) || is_card(&self.digits) {
            return Some(Fit::Card);
        }
        if let Some(digits) = &self.digits {
            let ends = |number: Option<&str>| number.is_some_and(|number| number.ends_with(digits.as_str()));
            let fits = [
                (numbers.nik, Fit::Nik),
                (numbers.family_card, Fit::FamilyCard),
                (numbers.mother_nik.filter(|_| numbers.nik.is_none()), Fit::MotherNik),
            ];
            return fits.into_iter().find(|(number, _)| ends(*number)).map(|(_, fit)| fit);
        }
        let first = self.words.first()?;
        if !self.words.iter().all(|typed| typed.begins(&person.name) || typed.begins(&person.mother)) {
            return None;
        }
        if person.name.first().is_some_and(|name| name.plain.starts_with(&first.plain)) {
            return Some(Fit::NameBegins);
        }
        Some(if first.begins(&person.name) { Fit::NameWord } else { Fit::Mother })
    }

    /// Whether a person's name or her mother's only sounds like what was typed.
    pub fn sounds_like(&self, person: &Folded) -> bool {
        let is_name = self.digits.is_none() && !self.words.is_empty();
        is_name && self.words.iter().all(|typed| typed.sounds(&person.name) || typed.sounds(&person.mother))
    }
}

impl Word {
    fn begins(&self, words: &[Word]) -> bool {
        words.iter().any(|word| word.plain.starts_with(&self.plain))
    }

    fn sounds(&self, words: &[Word]) -> bool {
        let is_like = |word: &Word| {
            if self.is_whole { word.sound == self.sound } else { word.sound.starts_with(&self.sound) }
        };
        !self.sound.is_empty() && words.iter().any(is_like)
    }
}

/// The last four characters: enough to tell two people apart, too few to know either.
pub(crate) fn tail(nik: &str) -> String {
    let count = nik.chars().count();
    nik.chars().skip(count.saturating_sub(4)).collect()
}

fn words(text: &str) -> Vec<Word> {
    text.split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| Word {
            plain: word.to_lowercase(),
            sound: sound(word),
            is_whole: ends_silently(&spoken(word)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(typed: &str) -> Option<Fit> {
        let numbers = Numbers {
            nik: Some("9971012345670001"),
            family_card: Some("9971019999990042"),
            card: Some("22222222"),
            mother_nik: Some("9971017777778888"),
        };
        Wanted::new(typed).fits(&Folded::new("Siti Aminah", "Rahma Dewi"), numbers)
    }

    #[test]
    fn a_child_is_found_by_name_mother_or_the_end_of_a_number() {
        assert_eq!(fit("si"), Some(Fit::NameBegins));
        assert_eq!(fit("AMI"), Some(Fit::NameWord));
        assert_eq!(fit("rahma"), Some(Fit::Mother));
        assert_eq!(fit("siti rah"), Some(Fit::NameBegins));
        assert_eq!(fit("0001"), Some(Fit::Nik));
        assert_eq!(fit("0042"), Some(Fit::FamilyCard));
        assert_eq!(fit("2222-2222"), Some(Fit::Card));
    }

    #[test]
    fn a_name_that_is_spelt_otherwise_is_found_by_its_sound() {
        let sounds =
            |typed: &str| Wanted::new(typed).sounds_like(&Folded::new("Siti Aminatun", "Rahma Dewi"));
        for typed in ["sitti amm", "rachma", "aminatoen", "siti dewie"] {
            assert!(sounds(typed), "{typed}");
            assert_eq!(fit(typed), None, "{typed}");
        }
        for typed in ["aminah", "rachmah wati", "0001", "", "budi"] {
            assert!(!sounds(typed), "{typed}");
        }
    }

    #[test]
    fn whoever_has_no_nik_is_found_by_the_mothers() {
        let numbers = Numbers { mother_nik: Some("9971017777778888"), ..Numbers::default() };
        let fits = Wanted::new("8888").fits(&Folded::new("Bayi Ny Rahma", "Rahma"), numbers);
        assert_eq!(fits, Some(Fit::MotherNik));
        assert_eq!(fit("8888"), None, "she has a NIK of her own");
    }

    #[test]
    fn what_does_not_fit_is_not_shown() {
        assert_eq!(fit("budi"), None);
        assert_eq!(fit("siti budi"), None);
        assert_eq!(fit("9999"), None);
        assert_eq!(fit("  "), None);
    }
}
