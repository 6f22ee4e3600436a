//! The pages around the scale: the day itself, whoever is no child, what children are owed, and the month's form.

use anyhow::Context;
use protocol::VisitId;

use super::Album;
use super::node::sign_in_as;
use crate::harness::{Browser, Driver, World};

/// `done` is a visit of today: place of the child in the village, and the visit.
pub(super) async fn take(
    world: &World,
    driver: &Driver,
    done: (usize, VisitId),
    album: &Album,
) -> anyhow::Result<usize> {
    let browser = driver.open(album.screen).await?;
    let base = world.node_web()?;
    sign_in_as(world, &browser, 2).await?;
    let walk = Walk { browser: &browser, album, base };
    let mut taken = walk
        .through(&[
            ("60-opening", "/opening"),
            ("61-board", "/board"),
            ("62-register", "/people/new"),
            ("63-from-book", "/people/from-book"),
            ("64-import", "/people/import"),
            ("65-scan", "/people/scan"),
            ("66-closing", "/closing"),
            ("67-closing-list", "/closing/list?figure=D"),
            ("68-eppgbm", "/closing/eppgbm"),
            ("69-paper", "/closing/paper"),
            ("70-whatsapp", "/closing/whatsapp"),
            ("71-late", "/late"),
            ("72-vaccines-today", "/immunizations"),
            ("73-audit", "/audit"),
            ("74-home-visits", "/rumah/"),
        ])
        .await?;
    taken += walk.of_a_child(world, done).await?;
    taken += walk.of_a_mother().await?;
    taken += walk.of_an_elder().await?;
    browser.close().await?;
    Ok(taken)
}

/// One browser on its way.
struct Walk<'w> {
    browser: &'w Browser,
    album: &'w Album,
    base: &'w str,
}

impl Walk<'_> {
    async fn through(&self, pages: &[(&str, &str)]) -> anyhow::Result<usize> {
        let mut taken = 0;
        for (name, path) in pages {
            self.browser.goto(&format!("{}{path}", self.base)).await?;
            taken += self.album.picture(self.browser, name).await?;
        }
        Ok(taken)
    }

    /// Pages beneath a person's, or another address.
    async fn under(&self, place: &str, pages: &[(&str, &str)]) -> anyhow::Result<usize> {
        let paths: Vec<(&str, String)> =
            pages.iter().map(|(name, rest)| (*name, format!("{place}{rest}"))).collect();
        let paths: Vec<(&str, &str)> = paths.iter().map(|(name, path)| (*name, path.as_str())).collect();
        self.through(&paths).await
    }

    async fn of_a_child(&self, world: &World, (child, visit): (usize, VisitId)) -> anyhow::Result<usize> {
        let child = world.village.children[child].id;
        let mut taken = self
            .under(
                &format!("/people/{child}"),
                &[
                    ("80-person", ""),
                    ("81-records", "/records"),
                    ("81-photo", "/photo/new"),
                    ("82-status", "/status"),
                    ("83-vaccines", "/immunization"),
                    ("84-vaccines-from-book", "/immunization/book"),
                    ("85-vaccine-card", "/immunization/card"),
                    ("86-reaction", "/immunization/reaction"),
                ],
            )
            .await?;
        taken += self
            .under(
                &format!("/visits/{visit}"),
                &[("87-services", "/care"), ("88-counselling", "/counselling"), ("89-referral", "/referral")],
            )
            .await?;
        taken += self.under(&format!("/children/{child}"), &[("90-charts", "/charts")]).await?;
        Ok(taken)
    }

    async fn of_a_mother(&self) -> anyhow::Result<usize> {
        let person = self.register("pregnant", "Ratna Dewi", "27").await?;
        let mut taken = self
            .under(
                &person,
                &[
                    ("91-mother", ""),
                    ("92-pregnancy", "/pregnancy"),
                    ("93-pregnancy-new", "/pregnancy/new"),
                    ("94-pregnancy-measure", "/pregnancy/measure"),
                    ("95-birth", "/birth"),
                ],
            )
            .await?;
        taken += self.through(&[("96-pregnancies", "/pregnancies")]).await?;
        Ok(taken)
    }

    async fn of_an_elder(&self) -> anyhow::Result<usize> {
        let person = self.register("adult", "Karto Wijaya", "66").await?;
        self.under(
            &person,
            &[
                ("97-elder", "/adult"),
                ("98-elder-measure", "/adult/measure"),
                ("99-elder-daily", "/adult/daily/adl"),
            ],
        )
        .await
    }

    /// Writes somebody down by the form; gives the path of the person's page.
    async fn register(&self, kind: &str, name: &str, age: &str) -> anyhow::Result<String> {
        self.browser.goto(&format!("{}/people/new/{kind}", self.base)).await?;
        self.browser.type_into("#name", name).await?;
        self.browser.type_into("#age", age).await?;
        if kind == "adult" {
            self.browser.tap("label:has(input[name='sex'][value='l'])").await?;
        }
        self.browser.tap(".act button.primary").await?;
        self.browser.wait_text("h1", |text| text.contains(name)).await?;
        let path = self.browser.path().await?;
        let id = path.split('/').nth(2).with_context(|| format!("{path} names nobody"))?;
        Ok(format!("/people/{id}"))
    }
}
