//! The outputs that a world has: those with the names that the compiler gives, and whatever kbc seems to have made besides.

use std::collections::{BTreeMap, BTreeSet};

use super::artifact;
use super::inputs::MAX_INPUT;
use crate::diag::UserError;
use crate::input::formats::managed_block;
use crate::input::world::{Bytes, Entry, Links, World};
use crate::text::source::{SourceId, Sources};

/// What the names of schemas end with. They say in their first lines that kbc made them, though JSON has no comments.
const SCHEMA: &str = ".schema.json";

/// The texts of the outputs that are there: the named ones, whatever lies in the output folder, and what kbc made in the
/// other folders that are watched.
///
/// # Errors
/// If one of them is a folder or cannot be read.
pub fn read(
    world: &dyn World,
    named: &[&str],
    folder: &str,
    watched: &[&str],
    sources: &mut Sources,
) -> Result<BTreeMap<String, SourceId>, UserError> {
    let mut outputs = BTreeMap::new();
    let mut add = |name: &str, bytes: &[u8]| {
        let text = || sources.add(name, String::from_utf8_lossy(bytes));
        outputs.entry(name.to_owned()).or_insert_with(text);
    };
    let mut targets = BTreeSet::new();
    for name in named {
        targets.insert(world.target(name)?);
    }
    for name in named {
        match world.read(name, artifact::MAX_OUTPUT, Links::Followed) {
            Bytes::Found(bytes) => add(name, &bytes),
            Bytes::Absent | Bytes::Unknown => {}
            other => return Err(unusable(name, &other)),
        }
    }
    // The file that an output is a link to is that output.
    let is_other = |path: &str| !world.target(path).is_ok_and(|real| targets.contains(&real));
    let mut read: BTreeSet<String> = named.iter().map(|name| (*name).to_owned()).collect();
    if !folder.is_empty() {
        for path in files(world, folder).filter(|path| !named.contains(&path.as_str()) && is_other(path)) {
            match world.read(&path, artifact::MAX_OUTPUT, Links::Left) {
                Bytes::Found(bytes) => add(&path, &bytes),
                other => return Err(unusable(&path, &other)),
            }
            read.insert(path);
        }
    }
    let seen = candidates(world, named, watched).into_iter().filter(|path| !read.contains(path));
    let strays = seen.filter_map(|path| Some((stray(world, &path)?, path))).filter(|(_, path)| is_other(path));
    strays.for_each(|(bytes, path)| add(&path, &bytes));
    Ok(outputs)
}

fn unusable(name: &str, found: &Bytes) -> UserError {
    match found {
        Bytes::TooLarge(size) => UserError::new(format!(
            "the output `{name}` has {} MiB, at most {} are read",
            size >> 20,
            artifact::MAX_OUTPUT >> 20
        ))
        .help("remove it and run `kbc build`"),
        Bytes::Unreadable(why) => UserError::new(format!("cannot read the output `{name}`: {why}")),
        _ => UserError::new(format!("the output `{name}` is not a file"))
            .help("remove it, or give the template another `output`"),
    }
}

/// The files below a folder, without links. What cannot be looked at is not there.
fn files(world: &dyn World, folder: &str) -> impl Iterator<Item = String> + use<> {
    world.files(folder, Links::Left).into_iter().filter_map(|entry| match entry {
        Entry::File(path) => Some(path),
        Entry::Fault(..) => None,
    })
}

/// Files in the root, beside outputs and in watched folders: where a template that was renamed or removed may have left one.
fn candidates(world: &dyn World, named: &[&str], watched: &[&str]) -> BTreeSet<String> {
    let folder = |name: &&str| name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let folders: BTreeSet<String> = named.iter().map(folder).chain([String::new()]).collect();
    let inside = |folder: &String| {
        let path = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        world.names(folder).into_iter().map(path).collect::<Vec<_>>()
    };
    let beside = folders.iter().flat_map(inside);
    beside.chain(watched.iter().flat_map(|folder| files(world, folder))).collect()
}

/// A file whose first line says that kbc made it, or that holds a block of kbc's.
fn stray(world: &dyn World, path: &str) -> Option<Vec<u8>> {
    let Bytes::Found(bytes) = world.read(path, MAX_INPUT, Links::Left) else { return None };
    let text = std::str::from_utf8(&bytes).ok()?;
    let holds_block = || managed_block::begun(text).iter().any(|(name, _)| *name != managed_block::INJECTED);
    let may_be_ours = !artifact::is_mute(path) || path.ends_with(SCHEMA);
    let is_ours = may_be_ours && (artifact::is_made(path, text) || holds_block());
    is_ours.then_some(bytes)
}
