//! Fingerprints of texts: what tells two contents apart where the contents themselves are not kept.

/// A fingerprint that no two contents share, whoever makes them up.
pub type Digest = [u8; 32];

/// 16 hexadecimal digits over some texts.
pub fn of(parts: &[&str]) -> String {
    blake3::hash(parts.join("\0").as_bytes()).to_hex()[..16].to_owned()
}

/// The digest of some parts. Where one ends counts: `ab`, `c` is not `a`, `bc`.
pub fn whole(parts: &[&[u8]]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}

/// The digest of a content by itself, as `b3sum` prints it.
pub fn plain(content: &[u8]) -> Digest {
    *blake3::hash(content).as_bytes()
}

/// The digest of some parts that only who has the key can make.
pub fn sealed(key: &Digest, parts: &[&[u8]]) -> Digest {
    *blake3::keyed_hash(key, &whole(parts)).as_bytes()
}

/// Hexadecimal digits, in lower case.
pub fn hex(digest: &Digest) -> String {
    blake3::Hash::from(*digest).to_hex().to_string()
}
