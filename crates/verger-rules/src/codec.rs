//! Canonical bytes: JSON with sorted keys and no spaces, and the hash chain over it. Owns what is
//! hashed; must not know what the bytes mean.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A SHA-256 digest. Text form: 64 lower-case hexadecimal digits.
pub type Hash = [u8; 32];

/// The head of a chain before its first record.
pub const GENESIS: Hash = [0; 32];

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The next head of a chain: `SHA-256(previous head || SHA-256(payload))`.
///
/// Source: `15-storage` 6.3 and the golden vector X01. Because only the payload's hash enters, a
/// village can prove its own records without showing those of the others in its cell.
pub fn chain(previous: &Hash, payload_hash: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(payload_hash);
    hasher.finalize().into()
}

/// The canonical bytes of a value: the value's own order must already be sorted, see
/// [`is_canonical`]; writing it out directly is several times cheaper than sorting a tree.
pub fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("journal values are plain data with text keys")
}

/// Whether `bytes` are canonical JSON: sorted keys, no spaces.
pub fn is_canonical(bytes: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return false };
    canonical(&value) == bytes
}

/// The canonical bytes of any JSON value.
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_canonical(value, &mut out);
    out
}

// Keys are sorted here by hand because whether `serde_json` keeps them sorted depends on a feature
// that any other crate of the build may switch on.
fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            out.push(b'{');
            for (index, (key, field)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.extend(to_bytes(key));
                out.push(b':');
                write_canonical(field, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        plain => out.extend(to_bytes(plain)),
    }
}

/// The lower-case hexadecimal text of `bytes`.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        for half in [byte >> 4, byte & 0xf] {
            text.push(char::from(*DIGITS.get(usize::from(half)).expect("half a byte is below 16")));
        }
    }
    text
}

/// The digest that 64 lower-case hexadecimal digits spell.
pub fn hash_from_hex(text: &str) -> Option<Hash> {
    let (high, low) = (text.get(..32)?, text.get(32..)?);
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&crate::id::parse_hex_u128(high)?.to_be_bytes());
    hash[16..].copy_from_slice(&crate::id::parse_hex_u128(low)?.to_be_bytes());
    Some(hash)
}

/// Serialises a [`type@Hash`] as hexadecimal text: `#[serde(with = "codec::hex_hash")]`.
pub mod hex_hash {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the digest as 64 hexadecimal digits.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(hash: &super::Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::to_hex(hash))
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<super::Hash, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("a hash reads as 64 hexadecimal digits");
        super::hash_from_hex(&text).ok_or_else(wrong)
    }
}

/// As [`hex_hash`], for a digest that may be absent.
pub mod opt_hex_hash {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the digest, or null.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(
        hash: &Option<super::Hash>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        hash.map(|hash| super::to_hex(&hash)).serialize(serializer)
    }

    /// Reads 64 hexadecimal digits, or null.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<super::Hash>, D::Error> {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("a hash reads as 64 hexadecimal digits");
        text.map(|text| super::hash_from_hex(&text).ok_or_else(wrong)).transpose()
    }
}

/// Whether a field says nothing and may be left out of the text: fields that were added later are
/// left out where they are empty, so that the text of older records stays what it was.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: canonical means sorted keys and no spaces, whatever order the text came in.
    /// Method: one nested value, shuffled and spaced.
    #[test]
    fn canonical_form_is_unique() {
        let value: Value =
            serde_json::from_str(r#"{ "b": [1, {"y":2,"x":"桃"}], "a": null }"#).unwrap();
        let bytes = canonical(&value);
        assert_eq!(String::from_utf8_lossy(&bytes), r#"{"a":null,"b":[1,{"x":"桃","y":2}]}"#);
        assert!(is_canonical(&bytes));
        assert!(!is_canonical(br#"{"b":1,"a":2}"#));
        assert!(!is_canonical(br#"{"a": 1}"#));
    }

    /// Goal: hexadecimal text is exact. Method: there and back, and near misses.
    #[test]
    fn hashes_have_one_text() {
        let hash = sha256(b"verger");
        assert_eq!(hash_from_hex(&to_hex(&hash)), Some(hash));
        assert_eq!(hash_from_hex("00"), None);
        assert_eq!(hash_from_hex(&to_hex(&hash).to_uppercase()), None);
    }
}
