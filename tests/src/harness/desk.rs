//! The officer at the hub's own pages, through the one-time link and after it.

use anyhow::Context;
use reqwest::{Client, redirect};

use super::World;
use super::kader::upload;
use super::page::browser;
use super::page::plain;

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
        let client = browser().cookie_store(true).redirect(redirect::Policy::none()).build()?;
        let form = [("kata_sandi", PASSWORD), ("kata_sandi_lagi", PASSWORD)];
        let answer = client.post(&link).form(&form).send().await?;
        anyhow::ensure!(answer.status().is_redirection(), "the link let nobody in: {}", answer.status());
        Ok(Self { client, base: world.hub_web()?.to_owned() })
    }

    /// Hands a courier's packet in; gives the receipt to carry back.
    pub async fn hand_in(&self, packet: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let answer = upload(&self.client, &format!("{}/kurir", self.base), "berkas", packet).await?;
        let status = answer.status();
        let taken = answer.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned);
        let Some(taken) = taken.filter(|_| status.is_redirection()) else {
            anyhow::bail!("the packet was not taken: {}", plain(&answer.text().await?));
        };
        let receipt = format!("{}{taken}/tanda-terima.spl", self.base);
        let answer = self.client.get(receipt).send().await?;
        anyhow::ensure!(answer.status().is_success(), "no receipt: {}", answer.status());
        Ok(answer.bytes().await?.to_vec())
    }

    /// Reads a page.
    pub async fn page(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.context("the page was cut off")
    }
}
