//! Makes the tables that `tokens` reads in place: the ranks of two encodings, and the classes of characters that they split
//! texts by. Both come from the crates that define them, so nothing of their data is in this repository.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

#[path = "build/classes.rs"]
mod classes;
#[path = "src/text/tokens/hash.rs"]
mod hash;
#[path = "build/ranks.rs"]
mod ranks;

/// What goes wrong in a build script ends the build with its message.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Files that are made, by name.
type Files = Vec<(String, Vec<u8>)>;

#[expect(clippy::disallowed_macros, reason = "cargo reads the standard output of a build script")]
fn main() -> Result<()> {
    for input in ["build.rs", "build", "src/text/tokens/hash.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names the folder for what is made")?);
    let mut files = classes::files()?;
    files.extend(ranks::files("o200k_base", &tiktoken_rs::o200k_base()?)?);
    files.extend(ranks::files("cl100k_base", &tiktoken_rs::cl100k_base()?)?);
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
