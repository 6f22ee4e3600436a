//! The name a village's phones know the node by, and a certificate for it from an authority they believe.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use protocol::bundle::Bundle;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PublicKeyData,
};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::harness::{Driver, Kader, Screen, Screened, World, until};

/// What the node's own Wi-Fi would answer to.
pub(super) const NAME: &str = "mawar3.node.example";
/// The hub tells, the node asks from time to time.
const TOLD_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

/// Where the node is reached over TLS, and who is believed there.
pub(super) struct Secured {
    /// `https://mawar3.node.example:41234`.
    pub(super) address: String,
    port: u16,
    /// The authority's key as browsers name it.
    believed: String,
}

impl Secured {
    /// Gives the node a certificate through the hub, and a place to use it; waits until its pages lead there.
    pub(super) async fn bring(world: &mut World) -> anyhow::Result<Self> {
        let port = free_port().await?;
        world.place.instruments +=
            &format!("\n[web.https]\nlisten = \"127.0.0.1:{port}\"\nname = \"{NAME}\"\n");
        let listen = world.node_web()?.trim_start_matches("http://").to_owned();
        world.node.take().context("the node is down")?.stop().await?;
        world.node = Some(world.place.start(&world.keeper, Some(&listen)).await?);
        let kader = world.kader(0).await?;
        let without = kader.page("/rumah/").await?;
        anyhow::ensure!(
            without.contains("belum dikirim Puskesmas"),
            "the node has a certificate from nowhere"
        );
        let believed = certify(world)?;
        let secured = Self { address: format!("https://{NAME}:{port}"), port, believed };
        secured.told(&kader).await?;
        Ok(secured)
    }

    async fn told(&self, kader: &Kader) -> anyhow::Result<()> {
        let link = format!("{}/rumah/", self.address);
        let led = until(TOLD_WITHIN, async || Ok(kader.page("/rumah/").await?.contains(&link).then_some(())));
        led.await?.context("the node's pages never lead to its certificate's name")
    }

    /// A phone in the village: it finds the name, and believes the authority and nobody else.
    pub(super) fn phone(&self, driver: &Driver) -> anyhow::Result<Screened> {
        let node = SocketAddr::from(([127, 0, 0, 1], self.port));
        let flags = vec![
            format!("--host-resolver-rules=MAP {NAME} {}", node.ip()),
            format!("--ignore-certificate-errors-spki-list={}", self.believed),
        ];
        driver.machine(Screen::Phone, flags)
    }
}

/// Makes authority, certificate and key, and hands them to the hub as its operators would; gives the authority's mark.
fn certify(world: &World) -> anyhow::Result<String> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Kominfo Cibadak");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_pem = authority.self_signed(&authority_key)?.pem();
    let mark = Sha256::digest(authority_key.subject_public_key_info());
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let mut own = CertificateParams::new([NAME.to_owned()])?;
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let chain = own.signed_by(&key, &issuer)?.pem() + &authority_pem;
    let folder = world.place.dir.parent().context("a node lies in a folder")?;
    let bundle: Bundle = serde_json::from_slice(&std::fs::read(world.place.dir.join("bundle.json"))?)?;
    let (cert, private) = (folder.join("web.crt"), folder.join("web.key"));
    std::fs::write(&cert, chain)?;
    std::fs::write(&private, key.serialize_pem())?;
    let plain = |path: &Path| path.to_str().map(str::to_owned).context("the path is plain text");
    world.hub_place.tell(&[
        "node",
        "certificate",
        "--node",
        &bundle.node.to_string(),
        "--cert",
        &plain(&cert)?,
        "--key",
        &plain(&private)?,
    ])?;
    Ok(base64::engine::general_purpose::STANDARD.encode(mark))
}

async fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}
