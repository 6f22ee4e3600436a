//! Reference data in and out.

use hub::reference::{self, Reference};
use sqlx::PgPool;

const FILE: &str = r#"{
    "puskesmas": [{ "id": "00000000-0000-7000-8000-0000000000c1", "name": "Cibadak", "district": "Cibadak" }],
    "posyandu": [
        { "id": "00000000-0000-7000-8000-0000000000a1", "puskesmas_id": "00000000-0000-7000-8000-0000000000c1",
          "name": "Mawar 3", "village": "Sukamaju" },
        { "id": "00000000-0000-7000-8000-0000000000a2", "puskesmas_id": "00000000-0000-7000-8000-0000000000c1",
          "name": "Melati 1", "village": "Sukamaju" }
    ],
    "users": [
        { "id": "00000000-0000-7000-8000-0000000000b1", "puskesmas_id": "00000000-0000-7000-8000-0000000000c1",
          "name": "Rini", "role": "kader", "pin": "1234", "posyandu": ["00000000-0000-7000-8000-0000000000a1"] },
        { "id": "00000000-0000-7000-8000-0000000000b2", "puskesmas_id": "00000000-0000-7000-8000-0000000000c1",
          "name": "Dewi", "role": "bidan", "pin": "5678", "email": "Dewi@Example.org",
          "posyandu": ["00000000-0000-7000-8000-0000000000a1", "00000000-0000-7000-8000-0000000000a2"] },
        { "id": "00000000-0000-7000-8000-0000000000b3", "puskesmas_id": "00000000-0000-7000-8000-0000000000c1",
          "name": "Tata", "role": "petugas", "posyandu": ["00000000-0000-7000-8000-0000000000a1"] }
    ]
}"#;

async fn load(db: &PgPool, file: &str) -> anyhow::Result<()> {
    let reference: Reference = serde_json::from_str(file)?;
    let mut tx = db.begin().await?;
    reference::load(&mut tx, &reference).await?;
    Ok(tx.commit().await?)
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_loaded_comes_out_as_a_roster(db: PgPool) {
    load(&db, FILE).await.unwrap();
    let mawar = "00000000-0000-7000-8000-0000000000a1".parse().unwrap();
    let roster = reference::roster(&db, &[mawar]).await.unwrap();
    assert_eq!((roster.puskesmas.as_str(), roster.posyandu[0].name.as_str()), ("Cibadak", "Mawar 3"));
    let users: Vec<&str> = roster.users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(users, ["Dewi", "Rini"], "nobody without a PIN");
    assert!(roster.users.iter().all(|user| user.pin_verifier.starts_with("$argon2id$")));

    // A repeat changes nothing, not even the salt; one with a change changes only that.
    load(&db, &FILE.replace("Mawar 3", "Mawar Tiga")).await.unwrap();
    let again = reference::roster(&db, &[mawar]).await.unwrap();
    assert_eq!(again.posyandu[0].name, "Mawar Tiga");
    assert_eq!(again.users, roster.users);
    let email: String =
        sqlx::query_scalar("select email from users where name = 'Dewi'").fetch_one(&db).await.unwrap();
    assert_eq!(email, "dewi@example.org");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_mistake_in_the_file_loads_nothing(db: PgPool) {
    for (right, wrong) in [
        ("\"1234\"", "\"12\""),
        ("\"kader\"", "\"raja\""),
        ("\"village\"", "\"desa\""),
        (
            "\"posyandu\": [\"00000000-0000-7000-8000-0000000000a1\"] }",
            "\"posyandu\": [\"00000000-0000-7000-8000-0000000000ff\"] }",
        ),
    ] {
        assert!(FILE.contains(right));
        assert!(load(&db, &FILE.replace(right, wrong)).await.is_err(), "{wrong}");
        let puskesmas: i64 =
            sqlx::query_scalar("select count(*) from puskesmas").fetch_one(&db).await.unwrap();
        assert_eq!(puskesmas, 0, "{wrong}");
    }
    let mawar = "00000000-0000-7000-8000-0000000000a1".parse().unwrap();
    assert!(reference::roster(&db, &[mawar]).await.is_err(), "an unknown posyandu has no roster");
}
