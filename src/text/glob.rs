//! Globs over paths with forward slashes.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Paths that match any of some globs.
#[derive(Clone, Debug)]
pub struct Globs {
    set: GlobSet,
    patterns: Vec<String>,
}

impl Globs {
    /// `*` stays in a folder, `**` crosses them. A glob without `/` is about names in any folder.
    ///
    /// # Errors
    /// The glob that cannot be read, and why.
    pub fn new(globs: &[String]) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let whole = if glob.contains('/') { glob.clone() } else { format!("**/{glob}") };
            let parsed = GlobBuilder::new(whole.trim_start_matches("./")).literal_separator(true).build();
            set.add(parsed.map_err(|error| format!("`{glob}` is no glob: {}", error.kind()))?);
        }
        let set = set.build().map_err(|error| format!("the globs are too many or too large: {error}"))?;
        Ok(Self { set, patterns: globs.to_vec() })
    }

    pub fn is_match(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    /// As they were written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_without_a_slash_is_about_names() {
        let globs = Globs::new(&["*.toml".into(), "legacy/**".into(), "./app/*.py".into()]).expect("they are globs");
        for path in ["a.toml", "x/y/a.toml", "legacy/a/b.py", "app/a.py"] {
            assert!(globs.is_match(path), "{path}");
        }
        assert!(!globs.is_match("app/x/a.py") && !globs.is_match("a.py"));
        assert!(Globs::new(&["a[".into()]).expect_err("it is none").starts_with("`a[` is no glob"));
    }
}
