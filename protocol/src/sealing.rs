//! What batches and answers have in common: HPKE (RFC 9180, base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305), packing,
//! and signatures that say what they are over.

use alloc::vec::Vec;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::CryptoRng;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};

/// Bytes of an X25519 key, private, public or encapsulated.
pub(crate) const KEY: usize = 32;
/// The largest content that is unpacked, in bytes.
const MAX_OPEN: usize = 4 * 1024 * 1024;
/// What deflate costs is only worth it above this many bytes.
const WORTH_PACKING: usize = 128;
const PACKING_LEVEL: u8 = 6;

/// How what is inside is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// As it is.
    Plain,
    /// Raw deflate.
    Deflate,
}

/// What only one recipient can open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed<K, C> {
    pub(crate) encapsulated: K,
    pub(crate) ciphertext: C,
}

/// Closes `plain` for the holder of `recipient`; `None` if that is no key anything can be closed for.
pub(crate) fn close(
    recipient: &[u8; KEY],
    info: &[u8],
    plain: &[u8],
    header: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<Closed<[u8; KEY], Vec<u8>>> {
    let recipient = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(recipient).ok()?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<
        ChaCha20Poly1305,
        HkdfSha256,
        X25519HkdfSha256,
    >(&OpModeS::Base, &recipient, info, plain, header, rng)
    .ok()?;
    Some(Closed { encapsulated: encapsulated.to_bytes().into(), ciphertext })
}

/// Opens what was closed for `secret`.
pub(crate) fn open(
    secret: &[u8; KEY],
    info: &[u8],
    closed: Closed<&[u8; KEY], &[u8]>,
    header: &[u8],
) -> Option<Vec<u8>> {
    let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(closed.encapsulated).ok()?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private(secret),
        &encapsulated,
        info,
        closed.ciphertext,
        header,
    )
    .ok()
}

/// A new private key.
pub(crate) fn generate(rng: &mut impl CryptoRng) -> [u8; KEY] {
    let (private, _) = X25519HkdfSha256::gen_keypair_with_rng(rng);
    private.to_bytes().into()
}

/// The public half of a private key.
pub(crate) fn public(secret: &[u8; KEY]) -> [u8; KEY] {
    X25519HkdfSha256::sk_to_pk(&private(secret)).to_bytes().into()
}

fn private(secret: &[u8; KEY]) -> <X25519HkdfSha256 as Kem>::PrivateKey {
    <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(secret).expect("any 32 bytes are an X25519 secret")
}

/// Packs what gains by it.
pub(crate) fn pack(plain: Vec<u8>) -> (Packing, Vec<u8>) {
    if plain.len() > WORTH_PACKING {
        let packed = miniz_oxide::deflate::compress_to_vec(&plain, PACKING_LEVEL);
        if packed.len() < plain.len() {
            return (Packing::Deflate, packed);
        }
    }
    (Packing::Plain, plain)
}

/// Unpacks; `None` for what does not unpack or grows beyond all measure.
pub(crate) fn unpack(packing: Packing, packed: Vec<u8>) -> Option<Vec<u8>> {
    match packing {
        Packing::Plain => Some(packed),
        Packing::Deflate => miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, MAX_OPEN).ok(),
    }
}

/// Bytes with a signature behind them. `context` keeps a signature over one thing from being one over another.
pub(crate) fn signed(mut bytes: Vec<u8>, context: &[u8], key: &SigningKey) -> Vec<u8> {
    let signature = key.sign(&[context, &bytes].concat());
    bytes.extend_from_slice(&signature.to_bytes());
    bytes
}

/// The bytes before a signature.
pub(crate) fn without_signature(bytes: &[u8]) -> Option<&[u8]> {
    bytes.split_last_chunk::<64>().map(|(bytes, _)| bytes)
}

/// The bytes before the signature, if it fits.
pub(crate) fn verified<'a>(bytes: &'a [u8], context: &[u8], key: &VerifyingKey) -> Option<&'a [u8]> {
    let (bytes, signature) = bytes.split_last_chunk::<64>()?;
    key.verify_strict(&[context, bytes].concat(), &Signature::from_bytes(signature)).ok()?;
    Some(bytes)
}
