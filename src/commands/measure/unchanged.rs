//! `kbc measure --unchanged`: records that what changed in a benchmark has no effect on what was measured. Nothing runs.

use anyhow::{Result, bail};

use super::Options;
use crate::commands::data_file::{self, Target, WriteResult};
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::commands::writing::{self, Done};
use crate::compile::Linked;
use crate::diag::UserError;
use crate::evidence::data_writer::Record;
use crate::evidence::measure::{CodeMark, Plan};
use crate::host::disk;
use crate::input::files::config::Input;
use crate::text::quantity::plural;

/// Writes the marks of the code as it is now beside the values of planned cases, in every file that `kbc measure` wrote;
/// with a name, only in the file of that environment.
pub fn run(call: &Session, options: &Options, understood: &Linked, plan: &Plan) -> Result<Exit> {
    let root = call.root()?;
    let mut marked = 0;
    for path in files(understood, options.environment.as_deref()) {
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".yaml");
        let target = Target::open(&root, name)?;
        let newer = marks(&target.record, understood, plan);
        let count = newer.cases().count();
        let path = target.path.clone();
        match target.write(&root, &disk::load(&root), newer, "measure", Vec::new())? {
            WriteResult::Unchanged => marked += count,
            WriteResult::Broken(faults, sources) => {
                call.complain(&faults, &sources);
                call.remark("nothing was recorded");
                return Ok(Exit::Unusable);
            }
            WriteResult::Changed(_) => {
                marked += count;
                let more = format!(": {} as measured with the code of today", plural(count, "value"));
                call.tell_file(writing::Mode::Write, Done::Written, &path, &more)?;
            }
        }
    }
    if marked == 0 {
        bail!(
            UserError::new("no file that `kbc measure` wrote has a value of these cases")
                .help("values that were written by hand need no record of their code")
        );
    }
    Ok(Exit::Clean)
}

/// The data files of measurements.
fn files<'a>(understood: &'a Linked, environment: Option<&str>) -> Vec<&'a str> {
    let paths = &understood.config.paths;
    let sources = understood.sources.iter().map(|(_, source)| source);
    let measured =
        sources.filter(|source| paths.is_among(Input::Data, &source.path) && Record::is_measured(&source.text));
    let wanted = environment.map(|name| data_file::path(paths, &format!("measured-{name}")));
    measured
        .map(|source| source.path.as_str())
        .filter(|path| wanted.as_deref().is_none_or(|wanted| wanted == *path))
        .collect()
}

/// The cases of a file that are planned, each with the mark of its code as it is now.
fn marks(record: &Record, understood: &Linked, plan: &Plan) -> Record {
    let mut marked = record.clone();
    (marked.environments, marked.sessions) = Default::default();
    marked.retain_cases(|id, case| plan.get(id).is_some_and(|cases| cases.contains(case)));
    marked.each_case(|id, name, case| {
        case.code = Some(CodeMark::of(&understood.model.programs[id], name).text());
    });
    marked
}
