//! `kbc init`: a knowledge base that builds and checks clean at once: a small one, or what another one has.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::build;
use super::built_outputs;
use super::console::Console;
use super::exit::Exit;
use super::session::Session;
use super::writing::{Done, Mode};
use crate::diag::UserError;
use crate::host::disk::{self, Change};
use crate::input::files::config::{Input, Paths, SETTINGS};

const ATTRIBUTES: &str = ".gitattributes";

const FILES: [(&str, &str); 5] = [
    ("kbc.toml", include_str!("init/kbc.toml")),
    ("papers/retries.md", include_str!("init/retries.md")),
    ("data/benchmarks.yaml", include_str!("init/benchmarks.yaml")),
    ("templates/RULEBOOK.md", crate::compile::DEFAULT_TEMPLATE),
    (ATTRIBUTES, "out/** linguist-generated\n"),
];

/// Writes the files of a new knowledge base, the small one or those of another one, and builds it. No file that is there
/// is touched.
pub fn run(call: &Session, folder: Option<&Path>, other: Option<&Path>, mode: Mode) -> Result<Exit> {
    let (files, paths) = match other {
        None => (FILES.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec(), Paths::default()),
        Some(other) => of(&call.console, &call.from.join(other))?,
    };
    let root = folder.map_or_else(|| call.from.clone(), |folder| call.from.join(folder));
    let place = call.console.path(&root);
    if mode == Mode::Write {
        fs::create_dir_all(&place).with_context(|| format!("cannot make the folder `{}`", root.display()))?;
    }
    let around = place.canonicalize().ok().and_then(|root| Some((disk::find_root(root.parent()?)?, root)));
    if let Some((outer, root)) = around.filter(|(outer, root)| is_among_inputs(outer, root)) {
        bail!(
            UserError::new(format!(
                "`{}` lies among the inputs of the knowledge base in `{}`",
                root.display(),
                outer.display()
            ))
            .help("start it elsewhere")
        );
    }
    let is_taken = |path: &String| {
        let path = place.join(path);
        path.is_file() || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
    };
    let single = [SETTINGS, ATTRIBUTES].map(str::to_owned);
    // A folder `utils` is often of something else, and nothing is written there unless another one has it.
    let inputs = Input::ALL.into_iter().filter(|input| *input != Input::Utilities || other.is_some());
    let folders = inputs.flat_map(|input| paths.folders(input)).map(str::to_owned);
    let out = Some(paths.output_folder()).filter(|folder| !folder.is_empty());
    let taken: Vec<String> = single.into_iter().chain(folders).chain(out).filter(is_taken).collect();
    if !taken.is_empty() {
        let what = taken.join(", ");
        bail!(
            UserError::new(format!("`{}` already has {what}", root.display()))
                .help("`kbc build` compiles it; `kbc new PAPER` adds a paper")
        );
    }
    let write = |(path, text): &(String, String)| Change::Write { path: path.clone(), text: text.clone() };
    if mode == Mode::Write {
        disk::apply(&place, &files.iter().map(write).collect::<Vec<_>>())?;
    }
    for (path, _) in &files {
        call.tell_file(mode, Done::Written, path, "")?;
    }
    if mode != Mode::Write {
        return Ok(Exit::Clean);
    }
    let built = Session { from: root, today: None, ..call.clone() };
    let exit = build::run(&built, Mode::Write, build::Overwrite::OwnFiles)?;
    let inside = folder.map(|folder| format!("in {}, ", folder.display())).unwrap_or_default();
    call.remark(&match other {
        None => format!("next: {inside}change a number in papers/retries.md and run `kbc check`"),
        Some(_) => format!("next: {inside}make the papers yours, and run `kbc check`; `kbc new PAPER` adds one"),
    });
    Ok(exit)
}

/// Does a folder lie among the inputs of the knowledge base around it?
fn is_among_inputs(outer: &Path, root: &Path) -> bool {
    let (config, _) = built_outputs::settings(&disk::Project::at(outer));
    let folders = Input::ALL.into_iter().flat_map(|input| config.paths.folders(input));
    folders.into_iter().any(|folder| root.starts_with(outer.join(folder)))
}

/// The inputs of another knowledge base, and where they lie. Its outputs and what was accepted there stay behind: they are made anew.
fn of(console: &Console, folder: &Path) -> Result<(Vec<(String, String)>, Paths)> {
    let is_one = ["kbc.toml", "papers"].iter().any(|sign| console.path(folder).join(sign).exists());
    if !is_one {
        let help = "name a folder that has a kbc.toml or papers/";
        bail!(UserError::new(format!("there is no knowledge base in `{}`", folder.display())).help(help));
    }
    let inputs = disk::load(&console.path(folder));
    if let Some(fault) = inputs.diags.first() {
        let folder = folder.display();
        let error = UserError::new(format!("`{folder}` cannot be started from: {}", fault.message));
        bail!(error.help(format!("mend it there; `kbc check --base {folder}` says more")));
    }
    let ids = [inputs.config.as_slice(), &inputs.papers, &inputs.data, &inputs.templates, &inputs.utilities].concat();
    let files = ids.iter().map(|id| inputs.sources.get(*id)).map(|source| (source.path.clone(), source.text.clone()));
    let out = inputs.paths.output_folder();
    let out = if out.is_empty() { inputs.paths.rules() } else { format!("{out}/**") };
    let attributes = (ATTRIBUTES.to_owned(), format!("{out} linguist-generated\n"));
    let files = files.chain([attributes]).collect();
    Ok((files, inputs.paths))
}
