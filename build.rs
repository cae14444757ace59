//! Makes the tables that `tokens` reads in place: the ranks of two encodings, and the classes of characters that they split
//! texts by; and the characters that anchors keep. They come from the crates that define them, so nothing of their data is in
//! this repository. And it says which build this is.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build/classes.rs"]
mod classes;
#[path = "src/text/tokens/hash.rs"]
mod hash;
#[path = "build/identity.rs"]
mod identity;
#[path = "build/ranks.rs"]
mod ranks;
#[path = "build/words.rs"]
mod words;

use identity::{INPUTS, Identity};

/// What goes wrong in a build script ends the build with its message.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Files that are made, by name.
type Files = Vec<(String, Vec<u8>)>;

/// What the tables are made by and of.
const TABLES: [&str; 4] = ["build.rs", "build", "src/text/tokens/hash.rs", "Cargo.lock"];

#[expect(clippy::disallowed_macros, reason = "cargo reads the standard output of a build script")]
fn main() -> Result<()> {
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
    }
    println!("cargo::rerun-if-env-changed=CI");
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names the folder for what is made")?);
    tables(&folder)?;
    let mut build = Identity::of(&INPUTS)?;
    build.add_circumstances()?;
    // A tree that somebody works in may change while it is compiled.
    let is_worked_in = Path::new(".git").exists() && env::var_os("CI").is_none();
    println!("cargo::rustc-env=KBC_BUILD={}{}", build.digits(), if is_worked_in { "-work" } else { "" });
    Ok(())
}

/// Makes the tables, unless those that are there are made by and of the same.
fn tables(folder: &Path) -> Result<()> {
    let made = folder.join("tables-of");
    let of = Identity::of(&TABLES)?.digits();
    if fs::read_to_string(&made).is_ok_and(|known| known == of) {
        return Ok(());
    }
    let mut files = classes::files()?;
    files.extend(words::files()?);
    files.extend(ranks::files("o200k_base", &tiktoken_rs::o200k_base()?)?);
    files.extend(ranks::files("cl100k_base", &tiktoken_rs::cl100k_base()?)?);
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    fs::write(made, of)?;
    Ok(())
}
