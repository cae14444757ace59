//! Counts one word: the time that no program that counts can stay under. Nothing is loaded for it.

use kbc::text::tokens::Encoding;

fn main() {
    assert_eq!(Encoding::O200kBase.count("word"), 1);
}
