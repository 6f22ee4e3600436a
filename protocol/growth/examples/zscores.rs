//! Computes every z-score of a CSV file: `cargo run --release -p growth --example zscores -- cases.csv`.
//!
//! The header chooses the standards. With `age_days` it is the 2006 set, input columns `id sex age_days weight_kg
//! lenhei_cm measured oedema headc_cm muac_cm`; with `age_months` (decimal) the 2007 set, input columns `id sex
//! age_months weight_kg height_cm oedema`. Order is free, further columns are ignored, an empty cell or `NA` is
//! *not measured*. Figures are read as text and rounded, half up, to grams, tenths of millimetres and whole days.
//!
//! Written to standard output: `id`, the z-scores to two decimals, `flags`, the z-scores in full (`…_full`),
//! `clenhei_cm` (2006 only: length after the posture shift), `cbmi`, the category of each index (`bb_u tb_u bb_tb
//! imt_u lk_u lila`) and `status`, the one nutrition status. A cell is empty where nothing is due. A row with a cell
//! that cannot be read keeps its `id` only, and standard error says why.

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::io::Write as _;

use growth::{Age, Assessment, Index, Measures, Months, Posture, Sex, assess_at};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name the CSV file to read")?;
    let text = std::fs::read(&path).map_err(|err| format!("{path}: {err}"))?;
    let text = String::from_utf8_lossy(&text);
    let mut rows = rows(text.trim_start_matches('\u{feff}')).into_iter();
    let header = rows.next().ok_or("the file is empty")?;
    let sheet = Sheet::of(&header)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(out, "{}", sheet.header())?;
    for (nth, cells) in rows.enumerate() {
        let row = Row { header: &header, cells: &cells };
        let line = sheet.line(&row).unwrap_or_else(|problem| {
            eprintln!("row {} (id {}): {problem}; left empty", nth + 2, row.cell("id"));
            ",".repeat(sheet.header().matches(',').count())
        });
        writeln!(out, "{}{line}", quoted(row.cell("id")))?;
    }
    Ok(out.flush()?)
}

/// Which of the two files this is.
#[derive(Clone, Copy)]
enum Sheet {
    UnderFive,
    SchoolAge,
}

impl Sheet {
    fn of(header: &[String]) -> Result<Self, &'static str> {
        let has = |name: &str| header.iter().any(|column| column.trim() == name);
        match (has("age_days"), has("age_months")) {
            (true, _) => Ok(Self::UnderFive),
            (false, true) => Ok(Self::SchoolAge),
            (false, false) => Err("the header names neither age_days nor age_months"),
        }
    }

    /// The z-scores with the names this file gives them.
    fn indices(self) -> &'static [(Index, &'static str)] {
        match self {
            Self::UnderFive => &[
                (Index::Waz, "waz"),
                (Index::Lhaz, "lhaz"),
                (Index::Whz, "whz"),
                (Index::Baz, "baz"),
                (Index::Hcz, "hcz"),
                (Index::Acz, "acz"),
            ],
            Self::SchoolAge => &[(Index::Lhaz, "haz"), (Index::Waz, "waz"), (Index::Baz, "baz")],
        }
    }

    fn header(self) -> String {
        let names = || self.indices().iter().map(|(_, name)| *name);
        let mut columns = vec!["id".to_owned()];
        columns.extend(names().map(str::to_owned));
        columns.push("flags".to_owned());
        columns.extend(names().map(|name| format!("{name}_full")));
        columns.extend(matches!(self, Self::UnderFive).then(|| "clenhei_cm".to_owned()));
        columns
            .extend(["cbmi", "bb_u", "tb_u", "bb_tb", "imt_u", "lk_u", "lila", "status"].map(str::to_owned));
        columns.join(",")
    }

    /// Everything after the `id`, each cell with its comma before it.
    fn line(self, row: &Row) -> Result<String, String> {
        let sex = row.letter("sex", Sex::from_code)?;
        let oedema = row.letter("oedema", |letter| match letter {
            'y' | 'Y' => Some(true),
            'n' | 'N' => Some(false),
            _ => None,
        })?;
        let mut measures = Measures {
            mass_g: row.measure("weight_kg", 3)?,
            oedema: oedema == Some(true),
            ..Measures::default()
        };
        let age = match self {
            Self::UnderFive => {
                measures.length_tenth_mm = row.measure("lenhei_cm", 2)?;
                measures.posture = row.letter("measured", Posture::from_code)?;
                measures.head_tenth_mm = row.measure("headc_cm", 2)?;
                measures.arm_tenth_mm = row.measure("muac_cm", 2)?;
                row.figure("age_days", 0)?.map(|days| Age::Days(clamp(days)))
            }
            Self::SchoolAge => {
                measures.length_tenth_mm = row.measure("height_cm", 2)?;
                row.figure("age_months", 6)?
                    .map(|months| Age::Months(Months::from_millionths(months.max(0) as u64)))
            }
        };
        let age = age.unwrap_or(self.no_age());
        Ok(self.cells(&assess_at(sex, age, &measures)))
    }

    /// Without an age the older file has nothing to compare with, not even by length.
    fn no_age(self) -> Age {
        match self {
            Self::UnderFive => Age::Unknown,
            Self::SchoolAge => Age::Months(Months::from_whole(0)),
        }
    }

    fn cells(self, assessment: &Assessment) -> String {
        let Assessment { scores, flags, categories, status, .. } = assessment;
        let mut line = String::new();
        for &(index, _) in self.indices() {
            push(&mut line, scores.get(index).ok());
        }
        let flagged =
            self.indices().iter().filter(|(index, _)| flags.contains(*index)).map(|(_, name)| *name);
        push(&mut line, Some(flagged.collect::<Vec<_>>().join("|")));
        for &(index, _) in self.indices() {
            push(&mut line, scores.get(index).ok().map(|z| z.full));
        }
        if matches!(self, Self::UnderFive) {
            push(&mut line, scores.length_tenth_mm.map(|length| f64::from(length) / 100.0));
        }
        push(&mut line, scores.bmi);
        push(&mut line, categories.bb_u.map(|class| class.code()));
        push(&mut line, categories.tb_u.map(|class| class.code()));
        push(&mut line, categories.bb_tb.map(|class| class.code()));
        push(&mut line, categories.imt_u.map(|class| class.code()));
        push(&mut line, categories.lk_u.map(|class| class.code()));
        push(&mut line, categories.lila.map(|class| class.code()));
        push(&mut line, status.map(|class| class.code()));
        line
    }
}

fn push(line: &mut String, cell: Option<impl Display>) {
    line.push(',');
    if let Some(cell) = cell {
        write!(line, "{cell}").expect("a String takes any text");
    }
}

struct Row<'a> {
    header: &'a [String],
    cells: &'a [String],
}

impl Row<'_> {
    /// The cell under a name, empty where the row or the header lacks it.
    fn cell(&self, name: &str) -> &str {
        let at = self.header.iter().position(|column| column.trim() == name);
        match at.and_then(|at| self.cells.get(at)).map(|cell| cell.trim()) {
            Some("NA") | None => "",
            Some(cell) => cell,
        }
    }

    /// A cell of one letter.
    fn letter<T>(&self, name: &str, meaning: impl Fn(char) -> Option<T>) -> Result<Option<T>, String> {
        let cell = self.cell(name);
        let mut letters = cell.chars();
        match (letters.next(), letters.next()) {
            (None, _) => Ok(None),
            (Some(letter), None) => meaning(letter).map(Some).ok_or(()),
            (Some(_), Some(_)) => Err(()),
        }
        .map_err(|()| format!("{name} is {cell:?}"))
    }

    /// A figure times ten to the power of `decimals`, half up.
    fn figure(&self, name: &str, decimals: i32) -> Result<Option<i64>, String> {
        match self.cell(name) {
            "" => Ok(None),
            cell => scaled(cell, decimals).map(Some).ok_or_else(|| format!("{name} is {cell:?}")),
        }
    }

    /// A figure that was read off an instrument; zero and below count as not measured.
    fn measure(&self, name: &str, decimals: i32) -> Result<Option<u32>, String> {
        match self.figure(name, decimals)? {
            None | Some(..=0) => Ok(None),
            Some(figure) => {
                u32::try_from(figure).map(Some).map_err(|_| format!("{name} is {:?}", self.cell(name)))
            }
        }
    }
}

fn clamp(days: i64) -> i32 {
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

/// Decimal text times ten to the power of `decimals`, half up, without a detour over floats.
fn scaled(text: &str, decimals: i32) -> Option<i64> {
    let (figure, exponent) = match text.split_once(['e', 'E']) {
        Some((figure, exponent)) => (figure, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let negative = figure.starts_with('-');
    let figure = figure.strip_prefix(['-', '+']).unwrap_or(figure);
    let (whole, part) = figure.split_once('.').unwrap_or((figure, ""));
    if whole.is_empty() && part.is_empty() || !(whole.bytes().chain(part.bytes())).all(|c| c.is_ascii_digit())
    {
        return None;
    }
    let digits = [whole, part].concat();
    // How many of the digits stand before the point once scaled.
    let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(decimals);
    let rounds_up = usize::try_from(kept).ok().and_then(|at| digits.as_bytes().get(at));
    let kept = usize::try_from(kept.max(0)).ok().filter(|&kept| kept <= 400)?;
    let digits = format!("{:0<kept$}", &digits[..kept.min(digits.len())]);
    let value = digits
        .bytes()
        .try_fold(0_i64, |value, digit| value.checked_mul(10)?.checked_add(i64::from(digit - b'0')))?;
    let below = rounds_up.is_some_and(|&digit| digit >= b'5');
    let value = value.checked_add(i64::from(below))?;
    Some(if negative { -value } else { value })
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Rows of a CSV text with quoted cells; blank lines are no rows.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut inside = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let row = rows.last_mut().expect("there is always a row being read");
        let cell = row.last_mut().expect("a row always has a cell being read");
        match letter {
            '"' if inside && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' if inside || cell.is_empty() => inside = !inside,
            ',' if !inside => row.push(String::new()),
            '\n' if !inside => rows.push(vec![String::new()]),
            '\r' if !inside => {}
            letter => cell.push(letter),
        }
    }
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    rows
}
