//! A table is brought, looked at row by row, and taken only then: nothing is written before *Masukkan semua yang benar*.

use askama::Template;
use axum::extract::{Form, Multipart, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::rows::{Columns, Line, lines};
use super::sheet::{self, Table};
use super::{letter_of, newcomer};
use crate::app::Edge;
use crate::import::History;
use crate::roster::day;
use crate::roster::register::same::same;
use crate::staff::{Act, Staff};
use crate::store::{Small, StoreError};
use crate::web::{Trouble, page, words};

/// A table of a posyandu is far smaller.
pub(super) const LONGEST: usize = 2 << 20;

#[derive(Template, Default)]
#[template(path = "roster/from_book/import.html")]
struct ImportPage {
    wrong: Option<String>,
    /// What was read and waits for her word.
    read: Option<Preview>,
    /// How many were taken.
    taken: Option<usize>,
}

/// What would be taken.
struct Preview {
    rows: Vec<PreviewRow>,
    good: usize,
    unknown: String,
    /// Names the table that was looked at: only that one is taken.
    token: String,
}

struct PreviewRow {
    number: usize,
    name: String,
    say: String,
    is_good: bool,
    notes: Vec<String>,
}

pub(super) async fn ask(staff: Staff) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    page(&ImportPage::default())
}

/// A table to fill in, with the columns this page understands.
pub(super) async fn example(staff: Staff) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let text = "nama;jk;tanggal lahir;nama ibu;nik;no kk;alamat;hp;berat lahir;BB 08-2026;TB 08-2026;BB 09-2026;TB 09-2026;BB 10-2026;TB 10-2026\r\n";
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"tabel-balita.csv\""),
    ];
    Ok((headers, text).into_response())
}

pub(super) async fn look(
    State(edge): State<Edge>,
    staff: Staff,
    mut form: Multipart,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(|_| Trouble::Unreadable)? {
        if field.name() == Some("file") {
            file = Some(field.bytes().await.map_err(|_| Trouble::Unreadable)?);
        }
    }
    let refused = |say: &str| page(&ImportPage { wrong: Some(say.into()), ..ImportPage::default() });
    let Some(file) = file.filter(|file| !file.is_empty()) else {
        return refused("Berkasnya belum dipilih. Pilih tabelnya, lalu tekan Lihat dulu.");
    };
    let read = tokio::task::spawn_blocking(move || sheet::read(&file)).await;
    let table = match read {
        Ok(Ok(table)) => table,
        Ok(Err(say)) => return refused(say),
        Err(_) => return refused("Berkas itu tidak terbaca. Simpan sebagai .csv, lalu pilih lagi."),
    };
    match preview(&edge, &staff, &table)? {
        Ok((read, _)) => {
            let kept = serde_json::to_vec(&table).map_err(|_| Trouble::Broken)?;
            edge.store.put_small(Small::Sessions, key(&staff), kept).await?;
            page(&ImportPage { read: Some(read), ..ImportPage::default() })
        }
        Err(say) => refused(&say),
    }
}

#[derive(Deserialize)]
pub(super) struct TakeForm {
    token: String,
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<TakeForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let refused = |say: &str| page(&ImportPage { wrong: Some(say.into()), ..ImportPage::default() });
    let kept = edge.store.small(Small::Sessions, &key(&staff))?;
    let table: Option<Table> = kept.and_then(|kept| serde_json::from_slice(&kept).ok());
    let Some(table) = table.filter(|table| token(table) == form.token) else {
        return refused("Tabelnya sudah dimasukkan atau diganti. Pilih berkasnya sekali lagi.");
    };
    let children = match preview(&edge, &staff, &table)? {
        Ok((_, good)) => good.into_iter().filter_map(|line| line.child.ok()).collect::<Vec<_>>(),
        Err(say) => return refused(&say),
    };
    let count = children.len();
    let history = History { posyandu: Some(staff.posyandu.id), children };
    history.record_into(&edge.store, staff.posyandu.id, staff.author(), edge.clock.now().stamp).await?;
    edge.store.remove_small(Small::Sessions, key(&staff)).await?;
    page(&ImportPage { taken: Some(count), ..ImportPage::default() })
}

/// What each row would become, and the lines that would be taken.
fn preview(
    edge: &Edge,
    staff: &Staff,
    table: &Table,
) -> Result<Result<(Preview, Vec<Line>), String>, StoreError> {
    let today = day(edge);
    let columns = match Columns::of(&table[0], today) {
        Ok(columns) => columns,
        Err(say) => return Ok(Err(say)),
    };
    let (mut rows, mut good) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for line in lines(table, &columns, staff.posyandu.id, today) {
        let mut row = PreviewRow {
            number: line.number,
            name: table[line.number - 1].iter().find(|cell| !cell.is_empty()).cloned().unwrap_or_default(),
            say: String::new(),
            is_good: false,
            notes: line.notes.clone(),
        };
        match &line.child {
            Err(wrong) => row.say = wrong.join(" "),
            Ok(child) => {
                row.name.clone_from(&child.name);
                let others = same(edge, staff, &newcomer(child));
                if edge.store.child(child.id)?.is_some() {
                    row.say = "Sudah pernah dimasukkan; yang baru saja yang ditambahkan.".into();
                } else if !seen.insert(child.id) {
                    row.say = "Baris ini sama dengan baris di atasnya.".into();
                    rows.push(row);
                    continue;
                } else if let Some(other) = others.first() {
                    row.say = format!("{} Tidak dimasukkan; daftarkan sendiri kalau bukan.", other.say);
                    rows.push(row);
                    continue;
                } else {
                    let born = words::date(child.birth_date);
                    let sex = letter_of(child.sex);
                    row.say = format!(
                        "{sex}, lahir {born}, ibu {}, {} timbangan",
                        child.mother,
                        child.visits.len()
                    );
                }
                row.is_good = true;
                good.push(line);
            }
        }
        rows.push(row);
    }
    let unknown = columns.unknown(&table[0]).join(", ");
    let preview = Preview { good: good.len(), rows, unknown, token: token(table) };
    Ok(Ok((preview, good)))
}

fn token(table: &Table) -> String {
    let digest = Sha256::digest(serde_json::to_vec(table).unwrap_or_default());
    digest[..12].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(staff: &Staff) -> Vec<u8> {
    [b"table/".as_slice(), staff.posyandu.id.bytes(), b"/", staff.user.id.bytes()].concat()
}
