//! The cells of a table somebody brings: a CSV file, or a workbook as Excel writes it.
//!
//! # Why
//! A file comes from a phone or a stick, so it is hostile until it is read: as many rows and columns as a posyandu has, a
//! bound on what a compressed workbook may unfold to, and every cell is text.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader, Xlsx};

/// More children than any posyandu has.
pub(super) const MOST_ROWS: usize = 600;

/// More columns than any such table has.
const MOST_COLUMNS: usize = 60;

/// A cell is no novel.
const LONGEST_CELL: usize = 200;

/// A workbook of a posyandu is some hundred kilobytes when unfolded.
const MOST_UNFOLDED: u64 = 24 << 20;

/// Rows of cells, the headings first.
pub(super) type Table = Vec<Vec<String>>;

/// Reads a file; the error is what to say.
pub(super) fn read(file: &[u8]) -> Result<Table, &'static str> {
    let table = if file.starts_with(b"PK") { workbook(file)? } else { separated(file)? };
    let table: Table = table.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
    match table.len() {
        0 | 1 => Err("Tabelnya kosong. Baris pertama judul kolom, di bawahnya satu anak satu baris."),
        rows if rows > MOST_ROWS => {
            Err("Tabelnya terlalu panjang. Bagi menjadi beberapa berkas, paling banyak 600 baris.")
        }
        _ => Ok(table),
    }
}

fn workbook(file: &[u8]) -> Result<Table, &'static str> {
    const UNREADABLE: &str =
        "Berkas Excel itu tidak terbaca. Simpan sebagai .xlsx atau .csv, lalu pilih lagi.";
    if unfolded(file) > MOST_UNFOLDED {
        return Err(
            "Berkas Excel itu terlalu besar. Simpan lembar datanya saja sebagai .csv, lalu pilih lagi.",
        );
    }
    let mut book: Xlsx<Cursor<&[u8]>> = Xlsx::new(Cursor::new(file)).map_err(|_| UNREADABLE)?;
    let sheet = book.sheet_names().first().cloned().ok_or(UNREADABLE)?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|_| UNREADABLE)?;
    let mut table = Table::new();
    while let Some(cell) = cells.next_cell().map_err(|_| UNREADABLE)? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize, column as usize);
        if column >= MOST_COLUMNS {
            continue;
        }
        if row > MOST_ROWS {
            return Err("Tabelnya terlalu panjang. Bagi menjadi beberapa berkas, paling banyak 600 baris.");
        }
        if table.len() <= row {
            table.resize_with(row + 1, Vec::new);
        }
        if table[row].len() <= column {
            table[row].resize_with(column + 1, String::new);
        }
        table[row][column] = tidy(&written(cell.get_value()));
    }
    Ok(table)
}

/// What a workbook says it unfolds to: the sizes in its list of contents.
fn unfolded(file: &[u8]) -> u64 {
    let entries = file.windows(28).filter(|entry| entry.starts_with(b"PK\x01\x02"));
    entries.map(|entry| u64::from(u32::from_le_bytes([entry[24], entry[25], entry[26], entry[27]]))).sum()
}

/// A cell as somebody would have typed it.
fn written(cell: &DataRef<'_>) -> String {
    match Data::from(cell.clone()) {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Bool(is) => if is { "ya" } else { "tidak" }.into(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => figure(number),
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{day:02}-{month:02}-{year:04}")
        }
    }
}

/// `8.45` as `8,45`; a whole number without a comma.
fn figure(number: f64) -> String {
    let rounded = format!("{number:.3}");
    rounded.trim_end_matches('0').trim_end_matches('.').replace('.', ",")
}

/// A text file with commas, semicolons or tabs between the cells.
fn separated(file: &[u8]) -> Result<Table, &'static str> {
    let text = match std::str::from_utf8(file) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        // what is no UTF-8 comes from an old Excel
        Err(_) => file.iter().map(|&byte| char::from(byte)).collect(),
    };
    if text.contains('\0') {
        return Err("Berkas itu bukan tabel. Pilih berkas .xlsx atau .csv.");
    }
    let first = text.lines().next().unwrap_or_default();
    let separator =
        [';', '\t', ','].into_iter().max_by_key(|&sign| first.matches(sign).count()).unwrap_or(',');
    Ok(rows(&text, separator))
}

fn rows(text: &str, separator: char) -> Table {
    let mut table = Table::new();
    let (mut row, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if is_quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cell.push('"');
            }
            '"' if is_quoted || cell.trim().is_empty() => is_quoted = !is_quoted,
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(tidy(&std::mem::take(&mut cell)));
                table.push(std::mem::take(&mut row));
                if table.len() > MOST_ROWS + 1 {
                    return table;
                }
            }
            sign if sign == separator && !is_quoted => {
                if row.len() < MOST_COLUMNS {
                    row.push(tidy(&cell));
                }
                cell.clear();
            }
            sign => cell.push(sign),
        }
    }
    row.push(tidy(&cell));
    table.push(row);
    table
}

fn tidy(cell: &str) -> String {
    cell.trim().chars().filter(|sign| !sign.is_control()).take(LONGEST_CELL).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_table_is_read_whatever_stands_between_its_cells() {
        for text in [
            "nama;ibu\nSiti;\"Rahma; Dewi\"\n",
            "nama,ibu\r\nSiti,\"Rahma; Dewi\"",
            "\u{feff}nama\tibu\nSiti\tRahma; Dewi\n\n",
        ] {
            let table = read(text.as_bytes()).unwrap();
            assert_eq!(table, [["nama", "ibu"], ["Siti", "Rahma; Dewi"]], "{text}");
        }
        assert_eq!(read(b"nama,ibu\nS\"i\"ti,\"R\"\"D\"\"\"").unwrap()[1], ["S\"i\"ti", "R\"D\""]);
        assert_eq!(read(b"nama;ibu\nJos\xe9;Ani").unwrap()[1][0], "José");
        assert!(read(b"nama,ibu").is_err() && read(b"").is_err() && read(b"\0\0").is_err());
    }

    #[test]
    fn figures_of_a_workbook_read_as_people_type_them() {
        assert_eq!(
            (figure(8.45), figure(12.0), figure(3_173.5)),
            ("8,45".into(), "12".into(), "3173,5".into())
        );
    }

    #[test]
    fn a_workbook_that_unfolds_to_more_than_a_posyandu_has_is_refused_before_it_is_unfolded() {
        let mut file = b"PK\x03\x04".to_vec();
        let mut entry = [0; 46];
        entry[..4].copy_from_slice(b"PK\x01\x02");
        entry[24..28].copy_from_slice(&0xffff_fff0u32.to_le_bytes());
        file.extend(entry);
        assert!(read(&file).is_err_and(|say| say.contains("terlalu besar")));
    }

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(file in prop::collection::vec(any::<u8>(), 0..600), zip in any::<bool>()) {
            let file = if zip { [b"PK\x03\x04".as_slice(), &file].concat() } else { file };
            let _ = read(&file);
        }
    }
}
