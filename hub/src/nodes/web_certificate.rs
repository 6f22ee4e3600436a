//! The certificate by which a node serves its own pages over TLS, for the name phones know it by.
//!
//! # Why
//! The pages of a node are reached over its own Wi-Fi under a name no authority could prove there, so the certificate is
//! made where the name is known and comes down like everything else the hub says.

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use protocol::NodeId;
use protocol::feed::{FeedId, Item, WebCertificate};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sqlx::PgConnection;
use uuid::Uuid;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::feed;

/// Longer is no chain of one name; it must fit a page of the feed.
const LONGEST: usize = 32 * 1024;

/// Gives a node its web certificate and tells it; `None` takes it away. Gives until when it is good.
///
/// Errs for a key that is not the certificate's, for a certificate that names nobody, and for a node that is not known.
pub async fn set_web_certificate(
    db: &mut PgConnection,
    node: NodeId,
    certificate: Option<&WebCertificate>,
) -> anyhow::Result<Option<DateTime<Utc>>> {
    let known = sqlx::query_scalar!(r#"select true as "known!" from nodes where id = $1"#, node.0)
        .fetch_optional(&mut *db)
        .await?;
    ensure!(known.is_some(), "there is no node {node}");
    let valid_until = match certificate {
        Some(certificate) => Some(keep(db, node, certificate).await?),
        None => {
            sqlx::query!("delete from node_web_certificates where node_id = $1", node.0)
                .execute(&mut *db)
                .await?;
            None
        }
    };
    tell(db, node, certificate.cloned()).await?;
    Ok(valid_until)
}

async fn keep(
    db: &mut PgConnection,
    node: NodeId,
    certificate: &WebCertificate,
) -> anyhow::Result<DateTime<Utc>> {
    let valid_until = check(certificate)?;
    sqlx::query!(
        r#"
        insert into node_web_certificates (node_id, chain_pem, key_pem, valid_until)
        values ($1, $2, $3, $4)
        on conflict (node_id) do update
        set chain_pem = excluded.chain_pem,
            key_pem = excluded.key_pem,
            valid_until = excluded.valid_until,
            set_at = now()
        "#,
        node.0,
        certificate.chain_pem,
        certificate.key_pem,
        valid_until
    )
    .execute(db)
    .await?;
    Ok(valid_until)
}

/// Tells a node what it already has, in every feed it reads now: after it has begun to serve another posyandu.
pub(super) async fn tell_again(db: &mut PgConnection, node: NodeId) -> sqlx::Result<()> {
    let kept =
        sqlx::query!("select chain_pem, key_pem from node_web_certificates where node_id = $1", node.0)
            .fetch_optional(&mut *db)
            .await?;
    match kept {
        Some(row) => {
            let certificate = WebCertificate { chain_pem: row.chain_pem, key_pem: row.key_pem };
            tell(db, node, Some(certificate)).await
        }
        None => Ok(()),
    }
}

async fn tell(db: &mut PgConnection, node: NodeId, certificate: Option<WebCertificate>) -> sqlx::Result<()> {
    let served = sqlx::query_scalar!("select posyandu_id from node_posyandu where node_id = $1", node.0)
        .fetch_all(&mut *db)
        .await?;
    let item = Item::WebCertificate { node, certificate };
    let wanted: Vec<_> =
        served.into_iter().map(|posyandu| (FeedId::Posyandu(posyandu.into()), item.clone())).collect();
    feed::set(db, &wanted).await
}

/// The web certificates of the nodes that serve a posyandu, as its feed says them.
pub(crate) async fn web_certificates(db: &mut PgConnection, posyandu: Uuid) -> sqlx::Result<Vec<Item>> {
    let rows = sqlx::query!(
        r#"
        select node_id, chain_pem, key_pem
        from node_web_certificates
        join node_posyandu using (node_id)
        where posyandu_id = $1
        order by node_id
        "#,
        posyandu
    )
    .fetch_all(db)
    .await?;
    let item = |node: Uuid, chain_pem, key_pem| Item::WebCertificate {
        node: node.into(),
        certificate: Some(WebCertificate { chain_pem, key_pem }),
    };
    Ok(rows.into_iter().map(|row| item(row.node_id, row.chain_pem, row.key_pem)).collect())
}

/// Whether a browser could be served with it; gives until when.
fn check(certificate: &WebCertificate) -> anyhow::Result<DateTime<Utc>> {
    let length = certificate.chain_pem.len() + certificate.key_pem.len();
    ensure!(length <= LONGEST, "certificate and key are at most {LONGEST} bytes long");
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate.chain_pem.as_bytes())
        .collect::<Result<_, _>>()
        .context("the certificate cannot be read")?;
    let own = chain.first().context("the certificate file holds no certificate")?.clone();
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes())
        .context("the private key cannot be read")?;
    CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider())
        .context("the private key is not that of the certificate")?;
    let (_, own) = X509Certificate::from_der(&own).context("the certificate cannot be read")?;
    let names = own.subject_alternative_name().ok().flatten();
    ensure!(
        names.is_some_and(|names| !names.value.general_names.is_empty()),
        "the certificate names no host: browsers look for a subjectAltName"
    );
    let until = own.validity().not_after.timestamp();
    DateTime::from_timestamp(until, 0).context("the certificate ends at no possible time")
}
