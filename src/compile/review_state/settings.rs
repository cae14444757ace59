//! What kbc.toml, data and templates say that no output shows: bounds, reasons, exceptions, what fails. What outputs show is held
//! by these.

use crate::compile::builtin_templates::DEFAULT_TEMPLATE;
use crate::compile::parse::TemplateBody;
use crate::diag::Sink;
use crate::input::files::config::{self, Config};
use crate::input::formats::front_matter;
use crate::model::{Model, Setting};
use crate::text::hidden;
use crate::text::source::{SourceId, Sources};

/// Keys of kbc.toml that outputs show, or whose outputs are gone without them.
const SHOWN: [&str; 5] = ["name", "rulebook", "rules", "templates", "phases"];
/// And keys of a role.
const SHOWN_OF_ROLE: [&str; 5] = ["description", "domains", "tags", "rules", "hands_over"];

/// Those of a knowledge base, in the order of their pointers.
pub fn of(
    model: &Model,
    config: &Config,
    file: Option<SourceId>,
    templates: &[TemplateBody],
    sources: &Sources,
) -> Vec<Setting> {
    let mut settings = model.settings.clone();
    for (pointer, value) in file.map(|file| config::values(&sources.get(file).text, &is_shown)).unwrap_or_default() {
        let span = config.places.at(&pointer);
        settings.push(Setting { pointer, value: hidden::visible(&value).into_owned(), span });
    }
    settings.extend(templates.iter().filter_map(|template| of_template(template, sources)));
    settings.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    settings
}

fn is_shown(pointer: &str) -> bool {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        ["roles", _, key, ..] => SHOWN_OF_ROLE.contains(key),
        [key, ..] => SHOWN.contains(key),
        [] => false,
    }
}

/// The least that a template's output may have: it may never have had less.
fn of_template((name, source, _): &TemplateBody, sources: &Sources) -> Option<Setting> {
    let read = sources.get(*source);
    if !read.path.starts_with("templates/") || read.text == DEFAULT_TEMPLATE {
        return None;
    }
    let front = front_matter::read(*source, &read.text, &mut Sink::new())?;
    let min = front.document.to_json()["budget"]["min"].as_u64()?;
    let span = front.document.span("/budget/min");
    Some(Setting { pointer: format!("/templates/{name}/budget/min"), value: min.to_string(), span })
}
