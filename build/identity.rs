//! What tells one build of kbc from another, so that none takes for its own what another one remembered: a hash over the
//! sources, the dependencies, the features, the target and the compiler.

use std::hash::{DefaultHasher, Hasher};
use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

/// What a build is made of.
pub const INPUTS: [&str; 5] = ["src", "build", "build.rs", "Cargo.toml", "Cargo.lock"];

/// A hash of 128 bits: two of 64 that begin differently.
pub struct Identity([DefaultHasher; 2]);

impl Identity {
    /// Of files, and of all files in folders, with their names.
    pub fn of(paths: &[&str]) -> io::Result<Self> {
        let hasher = |seed| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(seed);
            hasher
        };
        let mut identity = Self([hasher(0), hasher(1)]);
        paths.iter().try_for_each(|path| identity.tree(Path::new(path)))?;
        Ok(identity)
    }

    /// How this build is made: features, target, profile, flags, compiler.
    pub fn add_circumstances(&mut self) -> io::Result<()> {
        let named = ["TARGET", "PROFILE", "OPT_LEVEL", "DEBUG", "CARGO_ENCODED_RUSTFLAGS"];
        let mut variables: Vec<(String, String)> = env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .filter(|(name, _)| {
                let is_family = |family| name.starts_with(family);
                named.contains(&name.as_str()) || is_family("CARGO_FEATURE_") || is_family("CARGO_CFG_")
            })
            .collect();
        variables.sort();
        for (name, value) in variables {
            self.add(name.as_bytes());
            self.add(value.as_bytes());
        }
        let compiler = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into())).arg("-vV").output()?;
        self.add(&compiler.stdout);
        Ok(())
    }

    pub fn digits(&self) -> String {
        let [first, second] = self.0.each_ref().map(Hasher::finish);
        format!("{first:016x}{second:016x}")
    }

    fn add(&mut self, bytes: &[u8]) {
        for hasher in &mut self.0 {
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        }
    }

    /// Every file below a path, in the order of names. A package has no file that nobody needs to build it.
    fn tree(&mut self, path: &Path) -> io::Result<()> {
        self.add(path.to_string_lossy().replace('\\', "/").as_bytes());
        if path.is_dir() {
            let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
            entries.sort_by_key(fs::DirEntry::file_name);
            return entries.iter().try_for_each(|entry| self.tree(&entry.path()));
        }
        if path.exists() {
            self.add(&fs::read(path)?);
        }
        Ok(())
    }
}
