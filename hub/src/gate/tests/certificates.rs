//! An authority as provisioning makes one, and the certificates it gives.

use std::sync::Arc;

use protocol::NodeId;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ED25519, RevokedCertParams,
    SerialNumber, date_time_ymd,
};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// An Ed25519 authority.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub(super) struct Badge {
    pub(super) pem: String,
    pub(super) key_pem: String,
    pub(super) der: CertificateDer<'static>,
    serial: SerialNumber,
    key: Vec<u8>,
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).unwrap()
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Puskesmas Contoh");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, key()).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for the hub itself.
    pub(super) fn hub(&self) -> Badge {
        self.sign(|params| {
            *params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        })
    }

    /// A certificate as an honest node has it.
    pub(super) fn node(&self, node: NodeId) -> Badge {
        self.named(&node.to_string())
    }

    pub(super) fn named(&self, name: &str) -> Badge {
        self.sign(|params| params.distinguished_name.push(DnType::CommonName, name))
    }

    /// A certificate with whatever is wrong with it.
    pub(super) fn sign(&self, change: impl FnOnce(&mut CertificateParams)) -> Badge {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let serial = SerialNumber::from(rand_serial());
        params.serial_number = Some(serial.clone());
        let key = key();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Badge {
            pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            der: certificate.der().clone(),
            serial,
            key: key.serialize_der(),
        }
    }

    /// The list of those that count no more, PEM.
    pub(super) fn revoking(&self, badges: &[&Badge]) -> String {
        let revoked = |badge: &&Badge| RevokedCertParams {
            serial_number: badge.serial.clone(),
            revocation_time: date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2126, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: badges.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.0).unwrap().pem().unwrap()
    }

    /// What a client that believes this authority needs; without a badge it shows no certificate.
    pub(super) fn client(&self, badge: Option<&Badge>) -> Arc<ClientConfig> {
        self.client_speaking(badge, &rustls::version::TLS13)
    }

    pub(super) fn client_speaking(
        &self,
        badge: Option<&Badge>,
        version: &'static SupportedProtocolVersion,
    ) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match badge {
            None => config.with_no_client_auth(),
            Some(badge) => {
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(badge.key.clone()));
                config.with_client_auth_cert(vec![badge.der.clone()], key).unwrap()
            }
        })
    }
}

fn rand_serial() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0 >> 1
}
