//! The officer at the hub's own pages, through the one-time link and after it.

use anyhow::Context;
use reqwest::{Client, redirect};

use super::World;

/// A password that nobody has.
pub const PASSWORD: &str = "tiga kata yang panjang sekali";

/// A signed-in officer.
#[derive(Debug, Clone)]
pub struct Desk {
    client: Client,
    base: String,
}

impl Desk {
    /// Sets the password by the one-time link, which signs her in.
    pub async fn open(world: &World) -> anyhow::Result<Self> {
        let link = world.staff.invite(&world.hub_place)?;
        let client = Client::builder().cookie_store(true).redirect(redirect::Policy::none()).build()?;
        let form = [("kata_sandi", PASSWORD), ("kata_sandi_lagi", PASSWORD)];
        let answer = client.post(&link).form(&form).send().await?;
        anyhow::ensure!(answer.status().is_redirection(), "the link let nobody in: {}", answer.status());
        Ok(Self { client, base: world.hub_web()?.to_owned() })
    }

    /// Reads a page.
    pub async fn page(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.context("the page was cut off")
    }
}
