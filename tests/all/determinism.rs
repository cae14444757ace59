//! The same inputs make the same bytes: in any order of the files, with any number of threads, and
//! again from the same program.

use std::path::Path;
use std::sync::OnceLock;

use kbc::compile::{self, Compilation, Texts};
use kbc::host::disk;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

/// At least as many as there are inputs.
const MOST: usize = 256;

fn artifacts(compiled: &Compilation) -> Vec<(String, String)> {
    compiled.artifacts.iter().map(|artifact| (artifact.path.clone(), artifact.text.clone())).collect()
}

/// This repository's knowledge base, its files in an order of their own.
fn shuffled(order: &[u32]) -> Texts {
    let read = disk::load(Path::new("."));
    let mut files: Vec<_> = read.sources.iter().map(|(_, source)| (source.path.clone(), source.text.clone())).collect();
    files.sort();
    let mut files: Vec<_> = files.into_iter().enumerate().collect();
    files.sort_by_key(|(index, _)| order[*index]);
    Texts::of(files.into_iter().map(|(_, file)| file))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn order_and_threads_do_not_matter(order in prop::collection::vec(any::<u32>(), MOST)) {
        let with = |threads: usize, order: &[u32]| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
            artifacts(&pool.install(|| compile::compile(shuffled(order), &|_: &str| true)))
        };
        static EXPECTED: OnceLock<Vec<(String, String)>> = OnceLock::new();
        let sorted: Vec<u32> = (0..u32::try_from(MOST).expect("a few")).collect();
        let expected = EXPECTED.get_or_init(|| with(1, &sorted));
        prop_assert!(expected.len() > 2);
        prop_assert_eq!(expected, &with(8, &order));
        prop_assert_eq!(expected, &with(1, &order));
    }

    /// Without its data, nearly every place of the knowledge base is complained about.
    #[test]
    fn complaints_come_in_one_order(order in prop::collection::vec(any::<u32>(), MOST)) {
        let with = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
            let mut texts = shuffled(&order);
            texts.data.clear();
            pool.install(|| format!("{:?}", compile::compile(texts, &|_: &str| true).diags.to_vec()))
        };
        let expected = with(1);
        prop_assert!(expected.matches("UnknownFigure").count() > 50, "{expected}");
        prop_assert_eq!(&expected, &with(8));
    }
}
