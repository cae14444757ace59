//! The blocks of papers that measure: which case of which benchmark, in which way, after which setup.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Inputs;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::data;
use crate::input::files::paper::{Fence, ParsedPaper, Target};
use crate::model::{Block, By, Model, Program, ProgramCase, Section};
use crate::text::quantity::Unit;
use crate::text::source::SourceId;

/// Fills the benchmarks of the model.
pub fn link(written: &Inputs, model: &mut Model, diags: &mut Sink) {
    let mut benchmarks: BTreeMap<String, Program> = BTreeMap::new();
    for paper in &written.parsed.papers {
        for fence in &paper.prose.fences {
            let linking = Linking { paper, fence, model };
            match linking.block(&mut benchmarks) {
                Ok(()) => {}
                Err(fault) => diags.push(*fault),
            }
        }
    }
    for benchmark in benchmarks.values() {
        one_kind(benchmark, diags);
    }
    // A setup alone measures nothing.
    benchmarks.retain(|id, benchmark| {
        let is_whole = !benchmark.cases.is_empty();
        if let Some(setup) = benchmark.setup.first().filter(|_| !is_whole) {
            let message = format!("the benchmark `{id}` has a setup and no case");
            let help = format!("add a block: ```python bench={id} case=...");
            diags.push(Diagnostic::new(Code::InvalidBenchmark, setup.span, message).help(help));
        }
        is_whole
    });
    // What only papers define is about what they say.
    for (id, program) in &benchmarks {
        if let Some(benchmark) = model.benchmarks.get_mut(id).filter(|benchmark| benchmark.about == *id) {
            benchmark.about.clone_from(&program.about);
        }
    }
    model.programs = benchmarks;
}

/// Complains about benchmarks from which nothing follows for any rule.
pub fn unused(written: &Inputs, model: &Model, diags: &mut Sink) {
    let used = used(written, model);
    let figures = model.figures.iter().filter(|(id, _)| used.contains(*id));
    let in_figures = figures.flat_map(|(_, figure)| figure.inputs.iter().map(|(benchmark, _)| benchmark.as_str()));
    // What a link names may be a case as well.
    let linked = used.iter().filter_map(|name| Some(name.split_once('.')?.0));
    let measured: BTreeSet<&str> = in_figures.chain(linked).collect();
    let is_unused = |id: &String| !measured.contains(id.as_str());
    for (id, benchmark) in model.programs.iter().filter(|(id, _)| is_unused(id)) {
        let first = benchmark.blocks().next().expect("a benchmark has a case").span;
        diags.push(
            Diagnostic::new(Code::UnusedBenchmark, first, format!("no rule uses what the benchmark `{id}` measures"))
                .help("cite a figure of it as `evidence`, or link to one in the section that argues for a rule")
                .about(id)
                .help(format!(
                    "or say in the front matter why none follows: `allow: [{{ code: unused-benchmark, what: {id}, reason: ... }}]`"
                )),
        );
    }
}

/// The figures, and cases as `benchmark.case`, that rules cite or that the sections arguing for them link to.
fn used(written: &Inputs, model: &Model) -> BTreeSet<String> {
    let mut used: BTreeSet<String> = model.rules.iter().flat_map(|rule| rule.evidence.iter().cloned()).collect();
    let mut sections: HashMap<SourceId, Vec<&Section>> = HashMap::new();
    for section in model.rules.iter().map(|rule| &rule.section) {
        sections.entry(section.span.source).or_default().push(section);
    }
    for paper in &written.parsed.papers {
        let Some(sections) = sections.get(&paper.source) else { continue };
        let path = &written.sources.get(paper.source).path;
        for link in &paper.prose.links {
            let argues = |section: &&Section| (section.span.start..section.end).contains(&link.span.start);
            if let (true, Target::Inside { fragment, .. }) =
                (sections.iter().any(argues), Target::of(path, &link.target))
            {
                used.insert(fragment.split('@').next().unwrap_or_default().to_owned());
            }
        }
    }
    used
}

/// Cases of one benchmark have one unit.
fn one_kind(benchmark: &Program, diags: &mut Sink) {
    let mut cases = benchmark.cases.values();
    let Some(first) = cases.next() else { return };
    for other in cases.filter(|other| other.by.unit() != first.by.unit()) {
        let message = format!("a benchmark is in one unit: `by={}` is in {}", other.by.name(), other.by.unit());
        diags.push(
            Diagnostic::new(Code::InvalidBenchmark, other.block.span, message)
                .also(first.block.span, format!("this is in {}", first.by.unit()))
                .help("make two benchmarks of it"),
        );
    }
}

/// One block being linked.
struct Linking<'a> {
    paper: &'a ParsedPaper,
    fence: &'a Fence,
    model: &'a Model,
}

type Fault = Box<Diagnostic>;

impl Linking<'_> {
    fn block(&self, benchmarks: &mut BTreeMap<String, Program>) -> Result<(), Fault> {
        let attribute = |key: &str| self.fence.attributes.get(key).map(String::as_str);
        let (bench, case, is_setup) = (attribute("bench"), attribute("case"), self.fence.has("setup"));
        let Some(bench) = bench else {
            return match (case, is_setup) {
                (None, false) => Ok(()),
                (Some(case), _) => {
                    let help = format!("say of which benchmark: `bench=... case={case}`");
                    Err(Box::new(self.fault(format!("the case `{case}` is of no benchmark"), help)))
                }
                (None, true) => {
                    let help = "say of which benchmark: `bench=... setup`".to_owned();
                    Err(Box::new(self.fault("the setup is of no benchmark".to_owned(), help)))
                }
            };
        };
        if self.fence.language != "python" {
            let message = format!("a benchmark is Python, not `{}`", self.fence.language);
            return Err(Box::new(self.fault(message, "begin the block with ```python".to_owned())));
        }
        let mut ids = [Some(bench), case].into_iter().flatten();
        if let Some(id) = ids.find(|id| !data::Id::is_valid(id)) {
            let help = "write lower-case letters, digits and underscores".to_owned();
            return Err(Box::new(self.fault(format!("`{id}` cannot be the id of a benchmark or case"), help)));
        }
        let benchmark = benchmarks.entry(bench.to_owned()).or_insert_with(|| self.begin());
        if benchmark.paper != self.paper.source {
            let first = benchmark.blocks().next().map(|block| block.span).expect("it began with a block");
            let message = format!("the benchmark `{bench}` is in two papers");
            let help = "keep its blocks in one, with its setup".to_owned();
            return Err(Box::new(self.fault(message, help).also(first, "it begins here")));
        }
        match (case, is_setup) {
            (None, true) => benchmark.setup.push(self.text()),
            (Some(case), false) => self.case(bench, case, benchmark)?,
            (None, false) => {
                let help = format!("write `bench={bench} case=...`, or `bench={bench} setup`");
                return Err(Box::new(self.fault(format!("a block of the benchmark `{bench}` is no case of it"), help)));
            }
            (Some(_), true) => {
                let help = "make two blocks of it; the setup runs before every case".to_owned();
                return Err(Box::new(self.fault("a block is a setup or a case".to_owned(), help)));
            }
        }
        Ok(())
    }

    fn case(&self, bench: &str, case: &str, benchmark: &mut Program) -> Result<(), Fault> {
        if let Some(first) = benchmark.cases.get(case) {
            let message = format!("the case `{bench}.{case}` is there twice");
            let help = "give one of them a case of its own".to_owned();
            return Err(Box::new(self.fault(message, help).label("again").also(first.block.span, "first here")));
        }
        let by = self.way(bench)?;
        benchmark.cases.insert(case.to_owned(), ProgramCase { by, block: self.text() });
        Ok(())
    }

    fn way(&self, bench: &str) -> Result<By, Fault> {
        let written = self.fence.attributes.get("by").map(String::as_str);
        let Some(by) = written.map_or(Some(By::Time), By::from_name) else {
            let written = written.unwrap_or_default();
            let fault =
                Diagnostic::new(Code::InvalidBenchmark, self.fence.span, format!("nothing is measured by `{written}`"));
            return Err(Box::new(fault.help_nearest(written, By::ALL.iter().map(|by| by.name()))));
        };
        let Some(known) = self.model.benchmarks.get(bench) else { return Ok(by) };
        if Unit::new(by.unit()).factor_to(&known.unit).is_some() {
            return Ok(by);
        }
        let message = format!("the benchmark is in {}, `{bench}` in `{}`", by.unit(), known.unit);
        Err(Box::new(
            Diagnostic::new(Code::UnitMismatch, self.fence.span, message)
                .also(known.span, "measured here")
                .help("say what is measured: `by=time` or `by=import`, `by=peak` or `by=size`"),
        ))
    }

    fn begin(&self) -> Program {
        let above = self.paper.prose.headings.iter().rev().find(|heading| heading.span.start < self.fence.span.start);
        Program {
            about: above.map_or_else(|| self.paper.id.clone(), |heading| heading.text.clone()),
            paper: self.paper.source,
            setup: Vec::new(),
            cases: BTreeMap::new(),
        }
    }

    fn text(&self) -> Block {
        Block { text: self.fence.text.clone(), span: self.fence.span, body: self.fence.body }
    }

    fn fault(&self, message: String, help: String) -> Diagnostic {
        Diagnostic::new(Code::InvalidBenchmark, self.fence.span, message).help(help)
    }
}
