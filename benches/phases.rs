//! The phases one by one, on generated papers.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kbc::compile::distill::{Candidate, Distiller, Pick, WordingForm};
use kbc::compile::{self, Texts};
use kbc::input::vocabulary::Priority;
use kbc::text::source::Sources;
use kbc::text::tokens::Encoding;

mod generated;

fn parsing(c: &mut Criterion) {
    let (_, text) =
        generated::knowledge_base(1).into_iter().find(|(path, _)| path.starts_with("papers")).expect("one paper");
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("one paper", |b| {
        b.iter(|| {
            let source = Sources::default().add("papers/a.md", "");
            black_box(kbc::input::files::paper::read(source, "a", &text, &mut kbc::diag::Sink::new()))
        });
    });
    group.finish();
}

fn counting(c: &mut Criterion) {
    let text: String = generated::knowledge_base(4).into_iter().map(|(_, text)| text).collect();
    let mut group = c.benchmark_group("count");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("o200k_base", |b| b.iter(|| black_box(Encoding::O200kBase.count(&text))));
    group.finish();
}

fn distilling(c: &mut Criterion) {
    let priorities = [Priority::High, Priority::Medium, Priority::Low];
    let candidate = |index: usize| Candidate {
        paper: index / 4,
        priority: priorities[index % 3],
        weight: 1 + (index * 37 % 100) as u32,
        has_short: true,
    };
    let mut group = c.benchmark_group("distill");
    group.sample_size(10);
    for count in [100, 10_000] {
        let candidates: Vec<Candidate> = (0..count).map(candidate).collect();
        // Costs without a tokenizer, so that the search alone is measured.
        let cost = |picks: &[Pick]| {
            let line = |(index, form): &Pick| 8 + index % 7 + if *form == WordingForm::Full { 9 } else { 0 };
            let heads = picks.chunk_by(|a, b| a.0 / 4 == b.0 / 4).count();
            picks.iter().map(line).sum::<usize>() + heads * 4 + 3
        };
        group.bench_with_input(BenchmarkId::new("rules", count), &candidates, |b, candidates| {
            b.iter(|| black_box(Distiller::new(candidates, &cost).plan(400)));
        });
    }
    group.finish();
}

fn checking(c: &mut Criterion) {
    let mut group = c.benchmark_group("check");
    group.sample_size(10);
    for papers in [8, 1000, 10_000] {
        let files = generated::knowledge_base(papers);
        group.bench_with_input(BenchmarkId::new("papers", papers), &files, |b, files| {
            b.iter(|| black_box(compile::compile(Texts::of(files.clone()), &|_: &str| true)).artifacts.len());
        });
    }
    group.finish();
}

criterion_group!(benches, parsing, counting, distilling, checking);
criterion_main!(benches);
