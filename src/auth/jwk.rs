//! A key that verifies tokens by one algorithm, and which published keys (RFC 7517) become one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations,
    PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

const MIN_RSA_BITS: usize = 2048;

/// A key and the only algorithm that it is used with.
#[derive(Clone)]
pub struct VerifyingKey {
    pub kid: Option<String>,
    pub algorithm: Algorithm,
    pub decoding: DecodingKey,
}

/// The usable keys of a published set. A key that is not usable is left out and spoils no other.
///
/// # Errors
///
/// When `body` is not a JSON object with a list of `keys`.
pub fn parse_set(body: &[u8]) -> Result<Vec<VerifyingKey>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }

    let set: Set = serde_json::from_slice(body)?;
    let usable = |key| match VerifyingKey::parse(key) {
        Ok(key) => Some(key),
        Err(reason) => {
            tracing::debug!(reason, "a published key is left out");
            None
        }
    };
    Ok(set.keys.into_iter().filter_map(usable).collect())
}

impl VerifyingKey {
    fn parse(key: Value) -> Result<Self, &'static str> {
        let jwk: Jwk = serde_json::from_value(key).map_err(|_| "not a key that can be read")?;
        let algorithm = algorithm(&jwk.algorithm)?;
        check_purpose(&jwk.common, algorithm)?;
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| "its numbers cannot be read")?;
        Ok(Self {
            kid: jwk.common.key_id,
            algorithm,
            decoding,
        })
    }
}

/// The algorithm that a key of this type and size verifies. Symmetric keys have none: whoever
/// published one has published what signs with it.
fn algorithm(parameters: &AlgorithmParameters) -> Result<Algorithm, &'static str> {
    match parameters {
        AlgorithmParameters::RSA(rsa) => {
            if bits(&rsa.n) < MIN_RSA_BITS {
                return Err("an RSA key under 2048 bits");
            }
            Ok(Algorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(ec) => {
            if ec.curve != EllipticCurve::P256 || !is_32_bytes(&ec.x) || !is_32_bytes(&ec.y) {
                return Err("not a point of P-256");
            }
            Ok(Algorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(okp) => {
            if okp.curve != EllipticCurve::Ed25519 || !is_32_bytes(&okp.x) {
                return Err("not an Ed25519 key");
            }
            Ok(Algorithm::EdDSA)
        }
        AlgorithmParameters::OctetKey(_) => Err("a symmetric key"),
        _ => Err("a key type that is not supported"),
    }
}

/// What the key says of its own purpose must agree with verifying signatures by `algorithm`.
fn check_purpose(common: &CommonParameters, algorithm: Algorithm) -> Result<(), &'static str> {
    let other_use = |purpose: &PublicKeyUse| *purpose != PublicKeyUse::Signature;
    if common.public_key_use.as_ref().is_some_and(other_use) {
        return Err("its use is not sig");
    }
    let cannot_verify = |all: &Vec<KeyOperations>| !all.contains(&KeyOperations::Verify);
    if common.key_operations.as_ref().is_some_and(cannot_verify) {
        return Err("its key_ops do not include verify");
    }
    let conflicts = |named: KeyAlgorithm| named != KeyAlgorithm::from(algorithm);
    if common.key_algorithm.is_some_and(conflicts) {
        return Err("its alg is not the one for its type");
    }
    Ok(())
}

/// The length of a base64url number without its leading zeros; 0 when it cannot be read.
fn bits(number: &str) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(number).unwrap_or_default();
    let Some(first) = bytes.iter().position(|byte| *byte != 0) else {
        return 0;
    };
    (bytes.len() - first) * 8 - bytes[first].leading_zeros() as usize
}

fn is_32_bytes(number: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(number)
        .is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(bytes: usize) -> String {
        URL_SAFE_NO_PAD.encode(vec![0xC5; bytes])
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    #[test]
    fn a_key_verifies_the_one_algorithm_of_its_type() {
        let rsa = json!({"kty": "RSA", "n": number(256), "e": "AQAB"});
        let ec = json!({"kty": "EC", "crv": "P-256", "x": number(32), "y": number(32)});
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": number(32)});
        for (key, algorithm) in [
            (rsa.clone(), Some(Algorithm::RS256)),
            (ec.clone(), Some(Algorithm::ES256)),
            (ed.clone(), Some(Algorithm::EdDSA)),
            (
                with(rsa.clone(), "alg", json!("RS256")),
                Some(Algorithm::RS256),
            ),
            (
                with(rsa.clone(), "use", json!("sig")),
                Some(Algorithm::RS256),
            ),
            (
                with(ec.clone(), "key_ops", json!(["verify"])),
                Some(Algorithm::ES256),
            ),
            (with(rsa.clone(), "alg", json!("ES256")), None),
            (with(rsa.clone(), "alg", json!("HS256")), None),
            (with(rsa.clone(), "alg", json!("PS256")), None),
            (with(rsa.clone(), "use", json!("enc")), None),
            (with(rsa.clone(), "n", json!(number(255))), None),
            (
                with(rsa.clone(), "n", json!(URL_SAFE_NO_PAD.encode([0; 256]))),
                None,
            ),
            (with(rsa, "n", json!("?")), None),
            (with(ec.clone(), "crv", json!("P-384")), None),
            (with(ec.clone(), "x", json!(number(31))), None),
            (with(ec, "key_ops", json!(["sign"])), None),
            (with(ed, "x", json!(number(33))), None),
            (json!({"kty": "oct", "k": number(32)}), None),
            (json!({"kty": "oct", "k": number(32), "alg": "HS256"}), None),
            (json!({"kty": "AKP", "pub": number(32)}), None),
            (json!("key"), None),
        ] {
            let parsed = VerifyingKey::parse(key.clone()).ok();
            assert_eq!(parsed.map(|key| key.algorithm), algorithm, "{key}");
        }
    }

    #[test]
    fn an_odd_key_does_not_spoil_the_set() {
        let good = json!({"kty": "OKP", "crv": "Ed25519", "x": number(32), "kid": "good"});
        let set = json!({"keys": [null, {"kty": 7}, {"kid": 1, "kty": "RSA"}, good]});
        let keys = parse_set(set.to_string().as_bytes()).unwrap();
        let kids: Vec<_> = keys.iter().map(|key| key.kid.as_deref()).collect();
        assert_eq!(kids, [Some("good")]);
    }

    #[test]
    fn what_is_not_a_set_is_an_error() {
        for body in ["", "[]", "{}", r#"{"keys": {}}"#, "<html>"] {
            assert!(parse_set(body.as_bytes()).is_err(), "{body}");
        }
    }
}
