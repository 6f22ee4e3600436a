//! The card as bytes a thermal printer of 58 mm understands (ESC/POS), 32 letters a line.

use super::card::Card;

const WIDTH: usize = 32;
const BEGIN: &[u8] = b"\x1b@";
const CENTRE: &[u8] = b"\x1ba\x01";
const LEFT: &[u8] = b"\x1ba\x00";
const BOLD: &[u8] = b"\x1bE\x01";
const PLAIN: &[u8] = b"\x1bE\x00";
/// Room to tear the strip off.
const END: &[u8] = b"\x1bd\x04";

/// The strip.
pub(super) fn printed(card: &Card) -> Vec<u8> {
    let mut bytes = [BEGIN, CENTRE, BOLD].concat();
    line(&mut bytes, "KARTU IMUNISASI");
    line(&mut bytes, &card.name);
    bytes.extend_from_slice(PLAIN);
    line(&mut bytes, &card.about.replace(" · ", ", "));
    line(&mut bytes, &format!("Ibu {}", card.mother));
    card.nik_tail.iter().for_each(|tail| line(&mut bytes, &format!("NIK ...{tail}")));
    line(&mut bytes, &format!("Posyandu {}", card.posyandu));
    bytes.extend_from_slice(LEFT);
    line(&mut bytes, &"-".repeat(WIDTH));
    for dose in &card.lines {
        let mark = if dose.is_done { "[x]" } else { "[ ]" };
        let text = format!("{mark} {}", dose.name);
        let gap = WIDTH.checked_sub(text.len() + dose.when.chars().count()).filter(|&gap| gap > 0);
        match gap {
            Some(gap) => line(&mut bytes, &format!("{text}{}{}", " ".repeat(gap), dose.when)),
            None => {
                line(&mut bytes, &text);
                line(&mut bytes, &format!("    {}", dose.when));
            }
        }
    }
    line(&mut bytes, &"-".repeat(WIDTH));
    bytes.extend_from_slice(CENTRE);
    qr(&mut bytes, &card.number);
    line(&mut bytes, &card.number);
    line(&mut bytes, &format!("Dicetak {}", card.printed_on));
    bytes.extend_from_slice(END);
    bytes
}

/// Text as wide as the paper, in the letters every printer has.
fn line(bytes: &mut Vec<u8>, text: &str) {
    let letters: Vec<u8> =
        text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c as u8 } else { b'?' }).collect();
    for part in letters.chunks(WIDTH) {
        bytes.extend_from_slice(part);
        bytes.push(b'\n');
    }
}

/// The printer draws the picture itself: model 2, dots of 5, correction M.
fn qr(bytes: &mut Vec<u8>, text: &str) {
    let mut say = |function: &[u8], data: &[u8]| {
        let length = (function.len() + data.len()) as u16;
        bytes.extend_from_slice(b"\x1d(k");
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(function);
        bytes.extend_from_slice(data);
    };
    say(b"1A", b"2\x00");
    say(b"1C", b"\x05");
    say(b"1E", b"1");
    say(b"1P0", text.as_bytes());
    say(b"1Q0", b"");
    bytes.push(b'\n');
}
