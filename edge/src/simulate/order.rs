//! What a trainer types.

use crate::scales::Quantity;
use crate::web::words;

const SCALE_HELP: &str = "\
naik 8400           anak 8,40 kg naik (boleh juga 8,4)
turun               timbangan kosong
gendong 52000 8400  ibu naik sambil menggendong
sendiri             ibu turun, menyerahkan anak, lalu naik sendiri
mati, hidup         daya timbangan
cabut, colok        kabelnya
selesai             berhenti";

const BOARD_HELP: &str = "\
ukur 71,2     papan turun pada anak 71,2 cm
mati, hidup   daya papan
cabut, colok  kabelnya
selesai       berhenti";

const GRAMS: &str = "Tulis beratnya dalam gram, misalnya 8400. Boleh juga kilogram dengan koma: 8,4.";
const CENTIMETRES: &str = "Tulis panjangnya dalam sentimeter, misalnya 71,2.";

/// Lighter is a slip of the finger: `8` for 8 kg.
const LIGHTEST_G: u32 = 200;
const HEAVIEST_G: u32 = 300_000;
const LONGEST_TENTH_MM: u32 = 25_000;

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// A child comes, of grams or tenths of a millimetre; the one of before if left out.
    On(Option<u32>),
    /// Whoever is there leaves.
    Off,
    /// Somebody comes with a child in her arms, both in grams.
    Carry { carer: u32, child: u32 },
    /// She comes once more without it.
    Alone,
    /// The power goes, or is back.
    Power(bool),
    /// The cable is out, or in.
    Cable(bool),
    /// Enough.
    End,
    /// Only Enter.
    Nothing,
}

impl Order {
    /// Reads a line; the error is the hint to show.
    pub(super) fn read(line: &str, quantity: Quantity) -> Result<Self, &'static str> {
        let line = line.to_lowercase();
        let said: Vec<&str> = line.split_whitespace().collect();
        let is_scale = quantity == Quantity::Weight;
        match said[..] {
            [] => Ok(Self::Nothing),
            ["naik"] if is_scale => Ok(Self::On(None)),
            ["naik", child] if is_scale => Ok(Self::On(Some(grams(child)?))),
            ["turun"] if is_scale => Ok(Self::Off),
            ["gendong", carer, child] if is_scale => {
                Ok(Self::Carry { carer: grams(carer)?, child: grams(child)? })
            }
            ["gendong", ..] if is_scale => Err("Tulis berat ibu, lalu berat anak: gendong 52000 8400."),
            ["sendiri"] if is_scale => Ok(Self::Alone),
            ["ukur", length] if !is_scale => Ok(Self::On(Some(tenth_mm(length)?))),
            ["mati"] => Ok(Self::Power(false)),
            ["hidup"] => Ok(Self::Power(true)),
            ["cabut"] => Ok(Self::Cable(false)),
            ["colok"] => Ok(Self::Cable(true)),
            ["selesai"] => Ok(Self::End),
            _ => Err(help(quantity)),
        }
    }
}

/// Every word there is.
pub(super) const fn help(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Weight => SCALE_HELP,
        Quantity::Length => BOARD_HELP,
    }
}

/// A weight as a trainer writes it: whole grams, or kilograms with a comma.
pub(super) fn grams(text: &str) -> Result<u32, &'static str> {
    let whole = !text.contains([',', '.']);
    let grams = if whole { text.trim_end_matches('g').parse().ok() } else { words::typed_milli(text) };
    grams.filter(|grams| (LIGHTEST_G..=HEAVIEST_G).contains(grams)).ok_or(GRAMS)
}

/// A length as a trainer writes it, in centimetres.
pub(super) fn tenth_mm(text: &str) -> Result<u32, &'static str> {
    let exact = words::typed_milli(text).filter(|milli| milli.is_multiple_of(10)).map(|milli| milli / 10);
    exact.filter(|length| (1..=LONGEST_TENTH_MM).contains(length)).ok_or(CENTIMETRES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_a_scale(line: &str) -> Result<Order, &'static str> {
        Order::read(line, Quantity::Weight)
    }

    #[test]
    fn grams_and_kilograms_are_both_understood_and_a_slip_is_not() {
        for text in ["naik 8400", "naik 8400g", "naik 8,4", "NAIK 8.400", "  naik   8,40kg "] {
            assert_eq!(on_a_scale(text), Ok(Order::On(Some(8_400))), "{text}");
        }
        for text in ["naik 8", "naik -8400", "naik 0,1", "naik 999999", "naik berat", "naik 8,4001"] {
            assert_eq!(on_a_scale(text), Err(GRAMS), "{text}");
        }
    }

    #[test]
    fn each_instrument_knows_its_own_words_and_answers_others_with_all_of_them() {
        assert_eq!(on_a_scale("gendong 52000 8400"), Ok(Order::Carry { carer: 52_000, child: 8_400 }));
        assert!(on_a_scale("gendong 52000").unwrap_err().contains("gendong 52000 8400"));
        assert_eq!(on_a_scale("ukur 71,2"), Err(SCALE_HELP));
        assert_eq!(Order::read("ukur 71,2", Quantity::Length), Ok(Order::On(Some(7_120))));
        assert_eq!(Order::read("ukur 0", Quantity::Length), Err(CENTIMETRES));
        assert_eq!(Order::read("turun", Quantity::Length), Err(BOARD_HELP));
        assert_eq!(on_a_scale(""), Ok(Order::Nothing));
    }
}
