//! Today's list, the search, a child's page, and what every answer carries.

use axum::http::{StatusCode, header};

use crate::harness::{NewChild, Node, RAHMA};

#[tokio::test]
async fn today_shows_who_waits_for_what_and_who_has_not_come() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    node.child(NewChild::budi()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/").await.says("Belum datang <span class=\"count\">2</span>").says("Selasa 10-02-2026");
    let visit = phone.come(siti).await;
    assert_eq!(phone.come(siti).await, visit, "the same child keeps its ticket");
    let page = phone.get("/").await;
    page.says("001").says("Timbang").says("Belum datang <span class=\"count\">1</span>").says("♀ 1 th");
    let weight = format!("/visits/{visit}/weight");
    let typing = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&typing, &weight, &[("typed", "8,9")]).await;
    phone.get("/waiting").await.says("Ukur").hides("Timbang");
}

#[tokio::test]
async fn a_child_is_found_by_name_mother_and_the_end_of_its_nik() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    node.child(NewChild::siti()).await;
    node.child(NewChild::budi()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/search?q=siti").await.says("Siti Aminah").hides("Budi");
    phone.get("/search?q=wati").await.says("Budi Santoso").hides("Siti");
    phone.get("/search?q=0001").await.says("Siti Aminah").says("NIK\u{a0}…\u{2060}0001");
    phone.get("/search?q=zulkifli").await.says("Tidak ada yang cocok").says("Daftarkan anak baru");
    phone.get("/?q=siti").await.says("Siti Aminah").says("value=\"siti\"");
    phone.get("/search?q=%3Cscript%3E").await.hides("<script>");
}

#[tokio::test]
async fn a_childs_page_has_its_chart_its_history_and_the_way_to_the_scale() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get(&format!("/children/{siti}")).await;
    page.says("<svg")
        .says("8,60")
        .says("72,8")
        .says("10-01-2026")
        .says("Lahir 03-02-2025")
        .says("Datang hari ini");
    assert_eq!(
        phone.get("/children/018f3c1e-0000-7000-8000-000000000000").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_line_on_top_says_what_is_safe_where() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/").await.says("semua diterima Puskesmas");
    node.child(NewChild::siti()).await;
    phone.get("/").await.says("semua aman di alat");
    phone.get("/safety").await.says("Tersimpan di alat ini").says("<dd>3</dd>").says("Itu biasa");
}

#[tokio::test]
async fn pages_with_people_are_never_kept_by_a_browser_and_nothing_runs_inline() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let paths =
        ["/".into(), format!("/children/{siti}"), format!("/visits/{visit}/weight"), "/children/new".into()];
    for path in paths {
        let page = phone.get(&path).await;
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store", "{path}");
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        page.hides(" style=").hides("<style").hides("onclick").hides("javascript:");
    }
    let page = phone.get("/").await;
    let css = page.text.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    let asset = phone.get(&format!("/assets/{css}")).await;
    assert!(asset.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    assert_eq!(phone.get("/assets/simpul.000000000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn trouble_says_what_happened_what_is_safe_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get("/tidak-ada").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    page.says("Halaman ini tidak ada").says("Tidak ada data yang hilang").says("Daftar hari ini");
    phone.get("/visits/bukan-nomor/weight").await.says("Halaman ini tidak ada");
    let page = phone.post("/visits", &[("citizen", "bukan nomor")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Isian tadi tidak terbaca").says("Tidak ada yang diubah");
}
