//! URLs: a path as a part of one, and what is one.

/// A path with its odd bytes percent-encoded.
pub fn encoded(path: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(byte);
    let encode = |byte: u8| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encode).collect()
}

/// The place of a file, or of a section of it (`papers/retries.md#why`), below a base.
pub fn below(base: &str, place: &str) -> String {
    let base = base.trim_end_matches('/');
    match place.split_once('#') {
        Some((path, anchor)) => format!("{base}/{}#{}", encoded(path), encoded(anchor)),
        None => format!("{base}/{}", encoded(place)),
    }
}

/// Is it a URL of the web, in letters that need no escape in JSON or for a terminal?
pub fn is_web(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_put_below_a_base() {
        assert_eq!(
            below("https://a.example/b/", "papers/ä b.md#why-ß"),
            "https://a.example/b/papers/%C3%A4%20b.md#why-%C3%9F"
        );
        assert_eq!(below("https://a.example", "papers/a.md"), "https://a.example/papers/a.md");
    }

    #[test]
    fn only_the_web_is_linked_to() {
        assert!(is_web("https://a.example/b"));
        for other in
            ["https://", "file:///etc", "javascript:x", "https://a b", "https://a\u{1b}\\x", "https://ä.example"]
        {
            assert!(!is_web(other), "{other}");
        }
    }
}
