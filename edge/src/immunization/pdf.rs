//! The card as a PDF of A5, with the fonts every reader has.

use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str};
use qrcode::Color;

use super::card::{Card, CardLine};

/// A5 in points.
const PAPER: (f32, f32) = (420.0, 595.0);
const MARGIN: f32 = 32.0;
const ROW: f32 = 14.0;
/// Rows that fit below the head of a page.
const ROWS: usize = 29;
const QR_SIDE: f32 = 84.0;
const PLAIN: Name<'_> = Name(b"F1");
const BOLD: Name<'_> = Name(b"F2");

/// The PDF.
pub(super) fn drawn(card: &Card) -> Vec<u8> {
    let (catalog, tree, plain, bold) = (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let portions: Vec<&[CardLine]> =
        if card.lines.is_empty() { vec![&[]] } else { card.lines.chunks(ROWS).collect() };
    let page_of = |place: usize| Ref::new(5 + 2 * place as i32);
    let kids: Vec<Ref> = (0..portions.len()).map(page_of).collect();
    pdf.pages(tree).kids(kids).count(portions.len() as i32);
    for (font, name) in [(plain, Name(b"Helvetica")), (bold, Name(b"Helvetica-Bold"))] {
        pdf.type1_font(font).base_font(name).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (place, lines) in portions.iter().enumerate() {
        let (page, content) = (page_of(place), Ref::new(6 + 2 * place as i32));
        let mut dict = pdf.page(page);
        dict.parent(tree).media_box(Rect::new(0.0, 0.0, PAPER.0, PAPER.1)).contents(content);
        dict.resources().fonts().pair(PLAIN, plain).pair(BOLD, bold);
        drop(dict);
        pdf.stream(content, &sheet(card, lines));
    }
    pdf.finish()
}

fn sheet(card: &Card, lines: &[CardLine]) -> Vec<u8> {
    let mut content = Content::new();
    let mut y = PAPER.1 - MARGIN - 12.0;
    let mut head = |content: &mut Content, font, size: f32, words: &str| {
        text(content, font, size, (MARGIN, y), words);
        y -= size + 4.0;
    };
    head(&mut content, BOLD, 16.0, "Kartu imunisasi");
    head(&mut content, BOLD, 12.0, &card.name);
    head(&mut content, PLAIN, 10.0, &format!("{}, ibu {}", card.about, card.mother));
    let nik = card.nik_tail.as_ref().map(|tail| format!(", NIK ...{tail}")).unwrap_or_default();
    head(&mut content, PLAIN, 10.0, &format!("Posyandu {}{nik}", card.posyandu));
    head(&mut content, PLAIN, 8.0, &format!("Kartu {}, dicetak {}", card.number, card.printed_on));
    qr(&mut content, card, (PAPER.0 - MARGIN - QR_SIDE, PAPER.1 - MARGIN - QR_SIDE));
    let mut y = PAPER.1 - MARGIN - QR_SIDE - 24.0;
    let columns = [MARGIN, MARGIN + 56.0, MARGIN + 152.0, MARGIN + 258.0];
    for (x, title) in columns.iter().zip(["Umur", "Vaksin", "Tanggal", "Batch atau tempat"]) {
        text(&mut content, BOLD, 9.0, (*x, y), title);
    }
    for line in lines {
        y -= ROW;
        let font = if line.is_done { BOLD } else { PLAIN };
        let cells = [(&line.age, 11), (&line.name, 20), (&line.when, 26), (&line.from, 24)];
        for (x, (cell, most)) in columns.iter().zip(cells) {
            let cell: String = cell.chars().take(most).collect();
            text(&mut content, font, 8.0, (*x, y), &cell);
        }
    }
    content.finish().to_vec()
}

fn text(content: &mut Content, font: Name<'_>, size: f32, (x, y): (f32, f32), words: &str) {
    // WinAnsi holds these letters at their Unicode place; no Indonesian name needs others.
    let letters: Vec<u8> = words.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect();
    content.begin_text();
    content.set_font(font, size).next_line(x, y).show(Str(&letters));
    content.end_text();
}

fn qr(content: &mut Content, card: &Card, (left, bottom): (f32, f32)) {
    let width = card.qr.width();
    let side = QR_SIDE / width as f32;
    for (place, color) in card.qr.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (column, row) = (place % width, place / width);
            let x = left + column as f32 * side;
            content.rect(x, bottom + QR_SIDE - (row + 1) as f32 * side, side, side);
        }
    }
    content.fill_nonzero();
}
