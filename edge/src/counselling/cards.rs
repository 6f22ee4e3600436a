//! The cards: content and nothing else. Every picture is drawn for this project and reads in grey.

/// What is told with one picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Card {
    /// What records name it by; never changed once used.
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    /// An `<svg>`.
    pub(super) picture: &'static str,
    /// The picture in words.
    pub(super) alt: &'static str,
    /// Three to five, each said in one breath.
    pub(super) says: &'static [&'static str],
}

macro_rules! picture {
    ($name:literal) => {
        include_str!(concat!("pictures/", $name, ".svg"))
    };
}

/// To the Puskesmas today.
pub(super) const REFER: Card = Card {
    code: "rujuk",
    title: "Ke Puskesmas hari ini",
    picture: picture!("puskesmas"),
    alt: "Ibu menggendong anak, berjalan ke Puskesmas.",
    says: &[
        "Anak perlu diperiksa di Puskesmas hari ini.",
        "Bawa buku KIA dan surat rujukan.",
        "Selama di jalan, terus susui atau beri minum.",
        "Kalau sulit berangkat, bilang sekarang. Kita antar bersama.",
    ],
};

pub(super) const TUBERCULOSIS: Card = Card {
    code: "tb",
    title: "Batuk lama, periksa TB",
    picture: picture!("batuk"),
    alt: "Perempuan memakai masker di samping surat periksa Puskesmas.",
    says: &[
        "Batuk atau demam dua minggu perlu diperiksa.",
        "TB bisa sembuh. Obatnya gratis di Puskesmas.",
        "Yang batuk memakai masker dan tidur terpisah dulu.",
        "Buka jendela setiap pagi, biar udara berganti.",
    ],
};

pub(super) const ILL: Card = Card {
    code: "sakit",
    title: "Anak sakit atau diare",
    picture: picture!("termometer"),
    alt: "Anak berbaring dengan termometer, di sampingnya segelas oralit.",
    says: &[
        "Terus susui dan beri minum, sedikit tetapi sering.",
        "Kalau diare, beri oralit setiap kali buang air, dan zinc sepuluh hari.",
        "Tetap beri makan. Sesudah sembuh, tambah satu kali makan.",
        "Kejang, sesak, lemas, atau tidak mau minum: bawa ke Puskesmas sekarang.",
    ],
};

pub(super) const WASTED: Card = Card {
    code: "gizi_kurang",
    title: "Gizi kurang, ayo kejar",
    picture: picture!("piring"),
    alt: "Piring berisi nasi, ikan, telur, tempe, dan sayur.",
    says: &[
        "Berat anak kurang untuk tingginya. Masih bisa dikejar.",
        "Setiap makan ada telur, ikan, ayam, atau hati.",
        "Tambah satu sendok minyak atau santan di makanannya.",
        "Habiskan makanan tambahan dari posyandu. Jangan dibagi.",
        "Timbang lagi dua minggu lagi.",
    ],
};

pub(super) const STUNTED: Card = Card {
    code: "pendek",
    title: "Supaya bertambah tinggi",
    picture: picture!("tinggi"),
    alt: "Anak diukur tingginya, di sampingnya ikan dan telur.",
    says: &[
        "Anak lebih pendek dari teman seumurnya.",
        "Beri lauk hewani setiap hari: satu telur sudah baik.",
        "Cukup tidur, main di luar, dan imunisasi lengkap.",
        "Periksa ke Puskesmas, supaya sebabnya diketahui.",
    ],
};

pub(super) const NOT_RISEN: Card = Card {
    code: "tidak_naik",
    title: "Berat belum naik",
    picture: picture!("naik"),
    alt: "Grafik berat badan yang naik di atas garis merah.",
    says: &[
        "Bulan ini beratnya belum naik cukup.",
        "Apakah ia sakit, susah makan, atau kurang tidur?",
        "Tambah satu kali makan dan dua kali selingan.",
        "Suapi dengan sabar, tanpa layar dan tanpa paksaan.",
        "Bulan depan datang lagi, kita lihat bersama.",
    ],
};

pub(super) const OVER: Card = Card {
    code: "gizi_lebih",
    title: "Lebih banyak bergerak",
    picture: picture!("gerak"),
    alt: "Anak menendang bola. Minuman manis diberi tanda silang.",
    says: &[
        "Berat anak lebih untuk tingginya.",
        "Ganti minuman manis dengan air putih.",
        "Beri buah, bukan jajanan kemasan.",
        "Ajak bermain di luar setiap hari.",
    ],
};

pub(super) const VITAMIN_A: Card = Card {
    code: "vitamin_a",
    title: "Bulan vitamin A",
    picture: picture!("kapsul"),
    alt: "Kapsul biru dan kapsul merah.",
    says: &[
        "Vitamin A menjaga mata dan melawan penyakit.",
        "Kapsul biru untuk umur 6 sampai 11 bulan.",
        "Kapsul merah untuk umur 1 sampai 5 tahun.",
        "Diberikan setiap Februari dan Agustus, gratis.",
    ],
};

pub(super) const IMMUNIZATION: Card = Card {
    code: "imunisasi",
    title: "Waktunya imunisasi",
    picture: picture!("imunisasi"),
    alt: "Kalender dengan satu hari dicentang, dan alat suntik.",
    says: &[
        "Imunisasi melindungi anak dari penyakit berat.",
        "Yang terlambat boleh dikejar, tidak mulai dari awal.",
        "Demam ringan sesudahnya itu biasa. Beri minum dan peluk.",
        "Bawa buku KIA setiap kali datang.",
    ],
};

pub(super) const HANDS: Card = Card {
    code: "cuci_tangan",
    title: "Cuci tangan pakai sabun",
    picture: picture!("tangan"),
    alt: "Tangan dicuci dengan sabun di bawah keran.",
    says: &[
        "Cuci tangan sebelum menyuapi dan sebelum memasak.",
        "Cuci juga sesudah dari kakus dan membersihkan anak.",
        "Pakai sabun dan air mengalir, dua puluh hitungan.",
    ],
};

/// For a child that thrives, by its age: up to which month, and the card.
pub(super) const BY_AGE: [(i32, Card); 5] = [
    (
        5,
        Card {
            code: "asi",
            title: "ASI saja sampai 6 bulan",
            picture: picture!("menyusui"),
            alt: "Ibu duduk menyusui bayinya.",
            says: &[
                "Sampai umur 6 bulan, bayi cukup ASI saja.",
                "Susui sesering bayi mau, siang dan malam.",
                "Belum perlu air putih, madu, pisang, atau susu lain.",
                "Ibu makan satu porsi lebih banyak dan banyak minum.",
            ],
        },
    ),
    (
        8,
        Card {
            code: "makan_6",
            title: "Mulai makan: 6 sampai 8 bulan",
            picture: picture!("bubur"),
            alt: "Mangkuk bubur hangat dengan sendok, terisi setengah.",
            says: &[
                "Mulai dengan bubur kental, 2 sampai 3 sendok makan.",
                "Tambah pelan-pelan sampai setengah mangkuk kecil.",
                "Dua sampai tiga kali sehari, dan tetap ASI.",
                "Sejak awal beri telur, ikan, hati, atau tempe yang dihaluskan.",
            ],
        },
    ),
    (
        11,
        Card {
            code: "makan_9",
            title: "Makan: 9 sampai 11 bulan",
            picture: picture!("bubur"),
            alt: "Mangkuk berisi makanan lembek dengan sendok.",
            says: &[
                "Makanan dicincang, biar belajar mengunyah.",
                "Setengah sampai tiga perempat mangkuk kecil setiap makan.",
                "Tiga sampai empat kali, dengan satu atau dua selingan.",
                "Tetap beri ASI.",
            ],
        },
    ),
    (
        23,
        Card {
            code: "makan_12",
            title: "Makan: 1 sampai 2 tahun",
            picture: picture!("piring"),
            alt: "Piring berisi nasi, ikan, telur, tempe, dan sayur.",
            says: &[
                "Anak makan menu keluarga, dipotong kecil.",
                "Tiga perempat sampai satu mangkuk kecil setiap makan.",
                "Tiga sampai empat kali sehari, dengan dua selingan.",
                "Lauk hewani setiap hari. ASI sampai dua tahun.",
            ],
        },
    ),
    (
        i32::MAX,
        Card {
            code: "makan_24",
            title: "Makan: 2 sampai 5 tahun",
            picture: picture!("keluarga"),
            alt: "Ibu dan anak tersenyum bersama.",
            says: &[
                "Tiga kali makan dan dua kali selingan setiap hari.",
                "Isi piringnya: nasi, lauk hewani, tempe atau tahu, sayur, buah.",
                "Makan bersama, tanpa layar.",
                "Ajak bercerita dan bermain setiap hari.",
            ],
        },
    ),
];

/// Every card.
pub(super) fn all() -> impl Iterator<Item = &'static Card> {
    const OTHERS: [&Card; 10] = [
        &REFER,
        &TUBERCULOSIS,
        &ILL,
        &WASTED,
        &STUNTED,
        &NOT_RISEN,
        &OVER,
        &VITAMIN_A,
        &IMMUNIZATION,
        &HANDS,
    ];
    static AGES: [(i32, Card); 5] = BY_AGE;
    OTHERS.into_iter().chain(AGES.iter().map(|(_, card)| card))
}

/// The card of a code.
pub(super) fn named(code: &str) -> Option<&'static Card> {
    all().find(|card| card.code == code)
}

/// The card of a child that thrives at so many completed months.
pub(super) fn by_age(months: i32) -> &'static Card {
    let code = BY_AGE.iter().find(|(last, _)| months <= *last).map_or(HANDS.code, |(_, card)| card.code);
    named(code).unwrap_or(&HANDS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_card_has_a_picture_a_title_and_a_few_short_sentences() {
        for card in all() {
            let Card { code, title, picture, alt, says } = card;
            assert!(!title.is_empty() && title.chars().count() <= 40, "{code}");
            assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"), "{code}");
            assert!(!picture.contains("script") && !picture.contains("style"), "{code}");
            assert!(alt.ends_with('.') && !says.is_empty(), "{code}");
            assert!((3..=5).contains(&says.len()), "{code}");
            for sentence in *says {
                assert!(sentence.chars().count() <= 90, "{code}: {sentence}");
                assert!(sentence.ends_with(['.', '?']), "{code}: {sentence}");
            }
        }
    }

    #[test]
    fn codes_are_words_of_their_own() {
        let codes: BTreeSet<_> = all().map(|card| card.code).collect();
        assert_eq!(codes.len(), all().count());
        assert!(
            codes
                .iter()
                .all(|code| code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        );
    }

    #[test]
    fn every_age_has_its_card() {
        let table = [
            (0, "asi"),
            (5, "asi"),
            (6, "makan_6"),
            (8, "makan_6"),
            (9, "makan_9"),
            (11, "makan_9"),
            (12, "makan_12"),
            (23, "makan_12"),
            (24, "makan_24"),
            (59, "makan_24"),
            (70, "makan_24"),
        ];
        for (months, code) in table {
            assert_eq!(by_age(months).code, code, "{months} months");
        }
    }
}
