//! The same inputs make the same bytes: in any order of the files, with any number of threads, and
//! again from the same program.

use std::path::Path;

use kbc::compile::{self, Compiled, Inputs};
use kbc::disk;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

fn artifacts(compiled: &Compiled) -> Vec<(String, String)> {
    compiled.artifacts.iter().map(|artifact| (artifact.path.clone(), artifact.text.clone())).collect()
}

/// This repository's knowledge base, its files in an order of their own.
fn shuffled(order: &[u32]) -> Inputs {
    let read = disk::load(Path::new("."));
    let mut inputs = Inputs::default();
    let mut files: Vec<_> = read.sources.iter().collect();
    files.sort_by_key(|(id, _)| {
        order[read.sources.iter().position(|(other, _)| other == *id).expect("it is one of them")]
    });
    for (id, source) in files {
        let new = inputs.sources.add(&source.path, &source.text);
        let list = if read.papers.contains(&id) {
            &mut inputs.papers
        } else if read.data.contains(&id) {
            &mut inputs.data
        } else if read.templates.contains(&id) {
            &mut inputs.templates
        } else {
            inputs.config = Some(new);
            continue;
        };
        list.push(new);
    }
    inputs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn order_and_threads_do_not_matter(order in prop::collection::vec(any::<u32>(), 32)) {
        let with = |threads: usize, order: &[u32]| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
            artifacts(&pool.install(|| compile::compile(shuffled(order), &|_| true)))
        };
        let sorted: Vec<u32> = (0..32).collect();
        let expected = with(1, &sorted);
        prop_assert!(expected.len() > 2);
        prop_assert_eq!(&expected, &with(8, &order));
        prop_assert_eq!(&expected, &with(1, &order));
    }
}
