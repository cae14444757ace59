//! `kbc init`: a small knowledge base that builds and checks clean at once.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Call, Exit, answer};
use crate::disk::{self, Change};

const FILES: [(&str, &str); 5] = [
    ("kbc.toml", include_str!("../init/kbc.toml")),
    ("papers/retries.md", include_str!("../init/retries.md")),
    ("data/benchmarks.yaml", include_str!("../init/benchmarks.yaml")),
    ("templates/RULEBOOK.md", crate::compile::DEFAULT_TEMPLATE),
    (".gitattributes", "out/** linguist-generated\n"),
];

/// Folders whose content belongs to a knowledge base.
const INPUTS: [&str; 3] = ["papers", "data", "templates"];

/// Writes the files of a new knowledge base and builds it. No file that is there is touched.
pub fn run(call: &Call, folder: Option<&Path>) -> Result<Exit> {
    let root = folder.map_or_else(|| call.from.clone(), |folder| call.from.join(folder));
    fs::create_dir_all(&root).with_context(|| format!("cannot make the folder `{}`", root.display()))?;
    let around = root.canonicalize().ok().and_then(|root| Some((disk::find_root(root.parent()?)?, root)));
    if let Some((outer, root)) =
        around.filter(|(outer, root)| INPUTS.iter().any(|folder| root.starts_with(outer.join(folder))))
    {
        bail!(
            "`{}` lies among the inputs of the knowledge base in `{}`\n  help: start it elsewhere",
            root.display(),
            outer.display()
        );
    }
    let is_taken = |path: &&str| {
        let path = root.join(path);
        path.is_file() || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
    };
    let files = FILES.iter().map(|(path, _)| *path).filter(|path| !path.contains('/'));
    let taken: Vec<&str> = files.chain(INPUTS).chain(["out"]).filter(is_taken).collect();
    if !taken.is_empty() {
        let what = taken.join(", ");
        bail!(
            "`{}` already has {what}\n  help: `kbc build` compiles it; `kbc new DOMAIN` adds a paper",
            root.display()
        );
    }
    let changes: Vec<Change> =
        FILES.iter().map(|(path, text)| Change::Write { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
    disk::apply(&root, &changes)?;
    for (path, _) in FILES {
        answer(&format!("wrote {path}\n"))?;
    }
    let built = Call { from: root, remarks: call.remarks, drafts: call.drafts, today: None };
    let exit = super::build::run(&built, super::build::Show::Names, super::build::Overwrite::OwnFiles)?;
    let from = folder.map(|folder| format!("in {}, ", folder.display())).unwrap_or_default();
    call.remark(&format!("next: {from}change a number in papers/retries.md and run `kbc check`"));
    Ok(exit)
}
