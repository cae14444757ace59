//! Loads the tokenizer and counts one word: the time that no program that counts can stay under.

fn main() {
    assert_eq!(tiktoken_rs::o200k_base_singleton().count_ordinary("word"), 1);
}
