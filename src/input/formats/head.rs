//! The head of a file that kbc writes: its `kind` and its `version`. Whoever reads such a file asks here first, so that every
//! reader refuses the same: another kind of file, and one of a newer kbc, which is never thrown away.

use serde_json::Value;

use crate::diag::UserError;

/// A format that kbc writes and reads back.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As it is written: `kbc.rules`.
    pub name: &'static str,
    /// The newest version that this kbc reads, and writes.
    pub version: u32,
}

impl Kind {
    pub const fn new(name: &'static str, version: u32) -> Self {
        Self { name, version }
    }

    /// Is a document of this kind, in a version that this kbc reads? The error speaks of it as `path`.
    ///
    /// # Errors
    /// If it is not.
    pub fn check(self, path: &str, document: &Value) -> Result<u32, UserError> {
        let Some(fields) = document.as_object() else {
            return Err(self.unlike(path, "it is no mapping"));
        };
        match fields.get("kind") {
            Some(Value::String(kind)) if kind == self.name => {}
            Some(kind) => return Err(self.unlike(path, &format!("its `kind` is {kind}"))),
            None => return Err(self.unlike(path, "it has no `kind`")),
        }
        match fields.get("version") {
            None => Err(self.unlike(path, "it has no `version`")),
            Some(version) => self.version_of(path, version),
        }
    }

    /// The version that a document says, if this kbc reads it.
    ///
    /// # Errors
    /// If it is newer, or no version.
    pub fn version_of(self, path: &str, written: &Value) -> Result<u32, UserError> {
        let whole = written.as_f64().filter(|number| number.fract() == 0.0 && *number >= 1.0);
        match whole {
            Some(version) if version <= f64::from(self.version) => Ok(version as u32),
            Some(_) => Err(self.newer(path, &written.to_string())),
            None => Err(self.unlike(path, &format!("its `version` is {written}"))),
        }
    }

    /// What a file of a newer kbc is answered.
    pub fn newer(self, path: &str, version: &str) -> UserError {
        let (name, known) = (self.name, self.version);
        UserError::new(format!(
            "`{path}` was written by a newer kbc: {name} of version {version}, and this is kbc {} for version {known}",
            env!("CARGO_PKG_VERSION")
        ))
        .help("use the kbc that wrote it; `required_version` in kbc.toml says to everybody which that is")
        .not_understood()
    }

    fn unlike(self, path: &str, why: &str) -> UserError {
        UserError::new(format!("`{path}` is not understood as {}: {why}", self.name)).not_understood()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_versions_that_are_known_are_read() {
        let kind = Kind::new("kbc.x", 2);
        let told = |version: Value| {
            let told = kind.check("x", &json!({ "kind": "kbc.x", "version": version }));
            told.map_err(|error| error.message)
        };
        assert_eq!(told(json!(1)), Ok(1));
        assert_eq!(told(json!(2)), Ok(2));
        for newer in [json!(3), json!(u64::MAX), json!(18_446_744_073_709_551_616.0)] {
            assert!(told(newer.clone()).is_err_and(|said| said.contains("was written by a newer kbc")), "{newer}");
        }
        for odd in [json!(0), json!(-1), json!(1.1), json!("1"), json!(null)] {
            assert!(told(odd.clone()).is_err_and(|said| said.contains("its `version` is")), "{odd}");
        }
        let other = kind.check("x", &json!({ "kind": "kbc.y", "version": 1 }));
        assert!(other.is_err_and(|error| error.message.contains("its `kind` is \"kbc.y\"")));
    }
}
