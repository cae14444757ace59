//! Counting against tiktoken-rs, whose ranks the tables are made of: random texts, every character, every text file of this
//! repository, and long texts that are hard to split or to merge.

use std::fs;
use std::path::{Path, PathBuf};

use kbc::text::tokens::{Encoding, Tally};
use rayon::prelude::*;
use tiktoken_rs::{cl100k_base_singleton, o200k_base_singleton};

mod texts;

const EXACT: [Encoding; 2] = [Encoding::O200kBase, Encoding::Cl100kBase];

fn judge(encoding: Encoding, text: &str) -> usize {
    match encoding {
        Encoding::Cl100kBase => cl100k_base_singleton(),
        _ => o200k_base_singleton(),
    }
    .count_ordinary(text)
}

fn differs(encoding: Encoding, text: &str) -> bool {
    encoding.count(text) != judge(encoding, text)
}

fn assert_same(text: &str) {
    for encoding in EXACT {
        if differs(encoding, text) {
            let text = shrunk(text, &|text| differs(encoding, text));
            panic!("{encoding} counts {}, not {}, for {text:?}", encoding.count(&text), judge(encoding, &text));
        }
    }
}

/// A text that still fails but without any of its parts does not.
fn shrunk(text: &str, fails: &dyn Fn(&str) -> bool) -> String {
    let mut text: Vec<char> = text.chars().collect();
    let mut size = text.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < text.len() {
            let mut less = text.clone();
            less.drain(at..(at + size).min(text.len()));
            if fails(&less.iter().collect::<String>()) { text = less } else { at += size }
        }
        size /= 2;
    }
    text.into_iter().collect()
}

/// `KBC_TOKEN_TEXTS=10000000` tries that many.
#[test]
fn random_texts_count_as_tiktoken_counts_them() {
    let given = std::env::var_os("KBC_TOKEN_TEXTS").and_then(|count| count.to_str()?.parse().ok());
    let count: u64 = given.unwrap_or(100_000);
    (0..count).into_par_iter().for_each(|number| assert_same(&texts::random(number)));
}

#[test]
fn every_character_counts_as_tiktoken_counts_it() {
    // Of the planes without any assigned character, a sample.
    let is_tried = |c: &char| matches!(*c as u32 >> 16, 0..=3 | 14) || (*c as u32).is_multiple_of(61);
    let all: Vec<char> = ('\0'..=char::MAX).filter(is_tried).collect();
    all.par_chunks(16).for_each(|chars| {
        let around = |c: &char| format!("{c}{c} {c}a{c}A{c}1'{c}!{c}\n{c} ");
        assert_same(&chars.iter().map(around).collect::<String>());
    });
}

/// Apostrophes, letters that fold to those of a contraction, and letters of every kind behind them.
#[test]
fn contractions_count_as_tiktoken_counts_them() {
    let letters = [
        "s", "S", "\u{17F}", "t", "re", "rE", "RE", "ve", "v\u{17F}", "m", "ll", "lL", "l", "d", "k", "\u{212A}", "e",
        "",
    ];
    for letters in letters {
        for before in ["", " ", "a", "A", "aB", "\u{4e2d}", "1", "!", "'", "\n", "\u{301}"] {
            for after in ["", "a", "S", " ", "'s", "\u{301}", "\u{4e2d}", "2", "\n"] {
                assert_same(&format!("{before}'{letters}{after}"));
                assert_same(&format!("{before}\u{2019}{letters}{after}"));
            }
        }
    }
}

#[test]
fn every_text_file_here_counts_as_tiktoken_counts_it() {
    let mut files = Vec::new();
    collect(Path::new("."), &mut files);
    let texts: Vec<String> = files.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    assert!(texts.len() > 100, "the files are where the test looks for them");
    texts.par_iter().for_each(|text| assert_same(text));
    let all = texts.concat();
    texts.par_iter().chain([&all]).for_each(|text| tally(text));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let is_made = path.ends_with("target") || path.ends_with(".git");
        match path.symlink_metadata() {
            Ok(data) if data.is_dir() && !is_made => collect(&path, files),
            Ok(data) if data.is_file() && data.len() < 4 << 20 => files.push(path),
            _ => {}
        }
    }
}

/// Two copies of a text, so that the parts of one are known from the other.
fn tally(text: &str) {
    for encoding in EXACT {
        let tally = Tally::new(encoding);
        let counts = [tally.count(text), tally.count(text)];
        assert_eq!(counts, [encoding.count(text); 2], "{encoding}: {text:.200}");
    }
}

#[test]
fn parts_of_random_texts_add_up() {
    (0..10_000).into_par_iter().for_each(|number| {
        let texts: Vec<String> = (0..4).map(|part| texts::random(number * 4 + part)).collect();
        tally(&texts.join("\n"));
    });
}

/// A mebibyte of each in one piece or many, which also an expression that goes back must split.
#[test]
fn long_texts_count_as_tiktoken_counts_them() {
    let patterns =
        ["a", "ab", "aA", "\u{301}A", "\n ", "\n", "/\n", "=", "0", "\u{4e2d}", "\u{1F600}", "Donaudampfschiff"];
    let texts = patterns.into_par_iter().map(|pattern| pattern.repeat((1 << 20) / pattern.len()));
    texts.for_each(|text| assert_same(&text));
}

/// tiktoken-rs gives up on the longest run of white space here, so the count of a part is taken eight times.
#[test]
fn long_runs_of_white_space_are_counted_where_tiktoken_gives_up() {
    for space in [" ", "\t"] {
        let part = space.repeat(1 << 17);
        assert_same(&part);
        for encoding in EXACT {
            assert_eq!(encoding.count(&part.repeat(8)), 8 * judge(encoding, &part));
        }
    }
}
