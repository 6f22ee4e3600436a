//! How a typed word finds a person.

/// Names as they are compared: lower case, letters and digits only, in words.
#[derive(Debug, Clone)]
pub struct Folded {
    name: Vec<String>,
    mother: Vec<String>,
}

/// How well somebody fits; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Her name begins so.
    NameBegins,
    /// A later word of her name begins so.
    NameWord,
    /// Her NIK ends so.
    Nik,
    /// Her mother's name fits.
    Mother,
}

/// What was typed.
pub struct Wanted {
    words: Vec<String>,
    digits: Option<String>,
}

impl Folded {
    /// Folds a person's names.
    pub fn new(name: &str, mother: &str) -> Self {
        Self { name: words(name), mother: words(mother) }
    }
}

impl Wanted {
    /// Folds what was typed. Three digits or more are taken for the end of a NIK.
    pub fn new(text: &str) -> Self {
        let digits: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let is_number = digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        Self { words: words(text), digits: is_number.then_some(digits) }
    }

    /// How well a person fits; `None` if not at all. Every word typed must begin a word of the name or of the mother's.
    pub fn fits(&self, person: &Folded, nik: Option<&str>) -> Option<Fit> {
        if let Some(digits) = &self.digits {
            return nik.is_some_and(|nik| nik.ends_with(digits.as_str())).then_some(Fit::Nik);
        }
        let first = self.words.first()?;
        if !self
            .words
            .iter()
            .all(|word| begins_one_of(&person.name, word) || begins_one_of(&person.mother, word))
        {
            return None;
        }
        if person.name.first().is_some_and(|name| name.starts_with(first.as_str())) {
            return Some(Fit::NameBegins);
        }
        Some(if begins_one_of(&person.name, first) { Fit::NameWord } else { Fit::Mother })
    }
}

/// The last four characters: enough to tell two people apart, too few to know either.
pub(crate) fn tail(nik: &str) -> String {
    let count = nik.chars().count();
    nik.chars().skip(count.saturating_sub(4)).collect()
}

fn begins_one_of(words: &[String], beginning: &str) -> bool {
    words.iter().any(|word| word.starts_with(beginning))
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(typed: &str) -> Option<Fit> {
        Wanted::new(typed).fits(&Folded::new("Siti Aminah", "Rahma Dewi"), Some("9971012345670001"))
    }

    #[test]
    fn a_child_is_found_by_name_mother_or_the_end_of_its_nik() {
        assert_eq!(fit("si"), Some(Fit::NameBegins));
        assert_eq!(fit("AMI"), Some(Fit::NameWord));
        assert_eq!(fit("rahma"), Some(Fit::Mother));
        assert_eq!(fit("siti rah"), Some(Fit::NameBegins));
        assert_eq!(fit("0001"), Some(Fit::Nik));
    }

    #[test]
    fn what_does_not_fit_is_not_shown() {
        assert_eq!(fit("budi"), None);
        assert_eq!(fit("siti budi"), None);
        assert_eq!(fit("9999"), None);
        assert_eq!(fit("  "), None);
    }
}
