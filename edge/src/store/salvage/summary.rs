//! What was read of a damaged card and what was not, in words for whoever holds it.

use std::fmt::Write;

use protocol::Gap;

use crate::web::words::thousands;

/// What was found on a card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Length of the store's file in bytes.
    pub file_bytes: u64,
    /// Bytes of it the card did not give.
    pub unreadable_bytes: u64,
    /// The file opened and every page of it was as it was written: nothing is missing.
    pub is_sound: bool,
    /// Events read.
    pub read: u64,
    /// Sequence of the last event read; later ones may have been there.
    pub last: u64,
    /// Sequences below the last that were not read.
    pub missing: Vec<Gap>,
    /// Older or given-up writings of the same sequences that were left aside.
    pub strays: u64,
    /// Up to here the hub had confirmed everything; `None` if that could not be read.
    pub received: Option<u64>,
}

/// The summary as a text file.
pub fn in_words(found: &Found) -> String {
    let mut text = String::from("Hasil pembacaan kartu alat Simpul\n\n");
    let mut line = |words: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{words}");
    };
    line(format_args!("Catatan yang terbaca: {}.", thousands(found.read)));
    if found.is_sound {
        line(format_args!("Berkasnya utuh: tidak ada catatan yang hilang dari kartu ini."));
    } else {
        line(format_args!("Berkasnya rusak. Yang terbaca tetap benar: catatan yang cacat tidak ikut."));
        line(format_args!(
            "Catatan terakhir yang terbaca bernomor {}. Yang lebih baru bisa saja ada dan tidak terbaca; catatan \
             terakhir itu sendiri bisa saja belum sempat disebut tersimpan.",
            thousands(found.last)
        ));
    }
    for gap in &found.missing {
        line(format_args!("Tidak terbaca: nomor {} sampai {}.", thousands(gap.first), thousands(gap.last)));
    }
    if found.unreadable_bytes > 0 {
        line(format_args!(
            "Kartu tidak memberikan {} dari {} bita berkasnya.",
            thousands(found.unreadable_bytes),
            thousands(found.file_bytes)
        ));
    }
    match found.received {
        Some(received) => line(format_args!(
            "Puskesmas sudah menerima sampai nomor {}; {} catatan sesudahnya belum.",
            thousands(received),
            thousands(found.last.saturating_sub(received))
        )),
        None => line(format_args!(
            "Sampai mana Puskesmas sudah menerima tidak terbaca; kirim semuanya, tidak akan dobel."
        )),
    }
    line(format_args!(
        "\nYang perlu dilakukan: unggah berkas .kurir di halaman Puskesmas. Simpan kartu ini; jangan dihapus."
    ));
    text
}
