//! The numbers, the children behind them, and each child's card.

use axum::http::StatusCode;
use protocol::Body;
use protocol::growth::{Carried, Load, Taken, Weighed, Window};
use sqlx::PgPool;
use uuid::Uuid;

use super::{BUDI, Browser, ELSEWHERE, MAWAR, SITI, STRANGER};
use crate::journal::{Node, day, weighed};

#[sqlx::test(migrations = "../migrations")]
async fn the_first_page_sums_what_each_posyandu_reported(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let page = browser.get("/?bulan=2026-11").await;
    let words = page.words();
    for said in [
        "Puskesmas Cibadak",
        "Dewi Lestari (bidan)",
        "S 1.253 semua balita tahun lalu 50",
        "D 1.006 ditimbang bulan ini",
        "D/S 80,3 % datang menimbang",
        "N/D′ 60,1 % naik, dari yang bisa dinilai",
        "N/D 59,8 % naik, dari semua yang ditimbang",
        "BGM 1 di bawah garis merah",
        "2T 2 dua kali tidak naik",
        "Mawar 3 Cibadak 3 2 2 1 1 0 0 66,7 % 50,0 % 50,0 % 66,7 % 1 1 baru saja",
        "Melati Sekarwangi 1.250",
        "belum pernah",
        "Angka tahun lalu: baru 1 dari 2 posyandu.",
    ] {
        assert!(words.contains(said), "{said:?} is missing in: {words}");
    }
    assert!(!words.contains("Anggrek"), "another Puskesmas' posyandu is shown");
    assert!(page.text.contains(&format!("/posyandu/{MAWAR}/anak?bulan=2026-11&amp;angka=N")));

    let sorted = browser.get("/?bulan=2026-11&urut=2t").await.words();
    assert!(sorted.find("Mawar 3") < sorted.find("Melati"));
    let village = browser.get("/?bulan=2026-11&desa=Sekarwangi").await.words();
    assert!(
        village.contains("Melati")
            && !village.contains("Mawar 3")
            && village.contains("S 1.250 semua balita")
    );
    let empty = browser.get("/?bulan=2020-01").await.words();
    assert!(empty.contains("belum ada yang dihitung"));
    assert_eq!(browser.get("/?bulan=kemarin").await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_posyandu_shows_its_children_the_most_urgent_first(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let page = browser.get(&format!("/posyandu/{MAWAR}?bulan=2026-11")).await;
    let words = page.words();
    let [budi, siti, rara] = ["Budi Santoso", "Siti Aminah", "Rara"].map(|name| words.find(name).unwrap());
    assert!(budi < siti && siti < rara, "{words}");
    for said in [
        "ibu/wali: Wati",
        "ketik 6,20",
        "dua kali tidak naik",
        "gizi kurang",
        "bawah garis merah",
        "tanda tangan rantai tidak cocok",
        "belum ditimbang",
    ] {
        assert!(words.contains(said), "{said:?} is missing in: {words}");
    }
    assert!(page.text.contains(&format!("data-live=\"/posyandu/{MAWAR}/langsung?bulan=2026-11\"")));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_number_opens_exactly_the_children_behind_it(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let mut opened = String::new();
    for number in ["S", "K", "D", "N", "T", "O", "B", "BGM", "2T", "K-D"] {
        let mut names = vec![];
        for place in [format!("/posyandu/{MAWAR}/anak"), "/anak".to_owned()] {
            let page = browser.get(&format!("{place}?bulan=2026-11&angka={number}")).await;
            assert_eq!(page.status, StatusCode::OK, "{number}");
            let named = |name: &&str| page.text.contains(*name);
            names.push(["Budi Santoso", "Rara", "Siti Aminah"].into_iter().filter(named).collect::<Vec<_>>());
        }
        assert_eq!(names[0], names[1], "the whole Puskesmas has no other children behind {number}");
        opened.push_str(&format!(
            "{number} {}\n",
            if names[0].is_empty() { "-".into() } else { names[0].join(", ") }
        ));
    }
    insta::assert_snapshot!(opened, @r"
    S Budi Santoso, Rara, Siti Aminah
    K Budi Santoso, Siti Aminah
    D Budi Santoso, Siti Aminah
    N Siti Aminah
    T Budi Santoso
    O -
    B -
    BGM Budi Santoso
    2T Budi Santoso
    K-D -
    ");
    assert_eq!(browser.get(&format!("/posyandu/{MAWAR}/anak?angka=Z")).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_childs_page_shows_the_chart_and_where_every_value_came_from(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let page = browser.get(&format!("/anak/{BUDI}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let words = page.words();
    for said in [
        "Budi Santoso",
        "♂ laki-laki",
        "ibu/wali: Wati",
        "Penimbangan terakhir, 10-11-2026",
        "6,20 kg",
        "\u{2212}3,21",
        "ketik",
        "tidak diukur: menangis",
        "kader ditanya",
        "Semua kunjungan 2",
    ] {
        assert!(words.contains(said), "{said:?} is missing in: {words}");
    }
    assert!(page.text.contains("<svg") && page.text.contains("viewBox"));
}

#[sqlx::test(migrations = "../migrations")]
async fn another_puskesmas_is_not_there_at_all(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    for path in [
        format!("/posyandu/{ELSEWHERE}"),
        format!("/posyandu/{ELSEWHERE}/langsung"),
        format!("/posyandu/{ELSEWHERE}/anak?angka=S"),
        format!("/anak/{STRANGER}"),
        format!("/anak/{}", Uuid::nil()),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.text.contains("Asing"));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_name_with_markup_in_it_stays_a_name(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    browser
        .sql("update citizens set name = '<script>alert(1)</script>' || name, guardian_name = '\"><b>'")
        .await;
    for path in [format!("/posyandu/{MAWAR}?bulan=2026-11"), format!("/anak/{BUDI}")] {
        let page = browser.get(&path).await;
        assert!(
            page.text.contains("&#60;script&#62;alert(1)") && !page.text.contains("<script>alert"),
            "{path}"
        );
        assert!(!page.text.contains("\"><b>"));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_weight_in_somebodys_arms_shows_both_readings_it_lies_between(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let plain = browser.get(&format!("/anak/{SITI}")).await.words();
    assert!(plain.contains("8,45") && !plain.contains("gendong"), "{plain}");

    let window = Window { count: 10, spread: 0, duration_ms: 1_000, min: 0, max: 0 };
    let load = |mass_g| Load { mass_g, window };
    let carried = Carried { together: load(61_400), alone: load(52_950), division_g: 50 };
    let Body::Weighed(weighed) = weighed(Taken::Value(8_450)) else { unreachable!("it is a weighing") };
    let mut node = Node::new(1, MAWAR);
    let header = node.header(SITI, day("2026-11-10"));
    let event = header.id.0;
    node.write(header, Body::Weighed(Weighed { carried: Some(carried), ..weighed }));
    sqlx::query(
        "insert into event_log (posyandu_id, node_id, incarnation, sequence, event_id, citizen_id, kind, version, frame) \
         values ($1, $2, 1, 3, $3, $4, 2, 2, $5)",
    )
    .bind(MAWAR)
    .bind(node.id.0)
    .bind(event)
    .bind(SITI)
    .bind(node.frames.last().unwrap().bytes())
    .execute(&browser.hub.db)
    .await
    .unwrap();
    sqlx::query(
        "update child_growth_records set weight_event_id = $1 where citizen_id = $2 and weight_g = 8450",
    )
    .bind(event)
    .bind(SITI)
    .execute(&browser.hub.db)
    .await
    .unwrap();
    let words = browser.get(&format!("/anak/{SITI}")).await.words();
    let said = "gendong: 61,40 \u{2212} 52,95 kg, ketelitian 50 g";
    assert_eq!(words.matches(said).count(), 2, "above and in the table of visits: {words}");
}
