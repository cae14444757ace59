//! What kbc.toml, data and templates say that no output shows: bounds, reasons, exceptions, what fails. What outputs show is held
//! by these.

use crate::compile::builtin_templates::DEFAULT_TEMPLATE;
use crate::compile::parse::TemplateBody;
use crate::diag::Sink;
use crate::input::files::config::{Config, Input};
use crate::input::files::exception::Exception;
use crate::input::formats::{front_matter, toml_document};
use crate::model::{Model, Setting};
use crate::text::hidden;
use crate::text::source::{SourceId, Sources};

/// Keys of kbc.toml that outputs show, or whose outputs are gone without them; and what kbc does not read.
const SHOWN: [&str; 5] = ["format", "name", "targets", "metadata", "allow"];
/// And keys of a role.
const SHOWN_OF_ROLE: [&str; 3] = ["description", "select", "hands_over"];

/// Those of a knowledge base, in the order of their pointers.
pub fn of(
    model: &Model,
    config: &Config,
    file: Option<SourceId>,
    templates: &[TemplateBody],
    sources: &Sources,
) -> Vec<Setting> {
    let mut settings = model.settings.clone();
    for (pointer, value) in
        file.map(|file| toml_document::values(&sources.get(file).text, &is_shown)).unwrap_or_default()
    {
        let span = config.places.at(&pointer);
        settings.push(Setting { pointer, value: hidden::visible(&value).into_owned(), span });
    }
    settings.extend(allowed(config));
    settings.extend(templates.iter().filter_map(|template| of_template(template, config, sources)));
    settings.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    settings
}

/// The exceptions of kbc.toml, by their codes and what they are about, so that their order says nothing.
fn allowed(config: &Config) -> Vec<Setting> {
    let setting = |(index, exception): (usize, &Exception)| {
        let span = config.places.at(&format!("/allow/{index}/code"));
        let value = hidden::visible(&exception.terms()).into_owned();
        exception.pointers().into_iter().map(move |pointer| Setting { pointer, value: value.clone(), span })
    };
    config.allow.iter().enumerate().flat_map(setting).collect()
}

fn is_shown(pointer: &str) -> bool {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        ["agents", "roles", _, key, ..] => SHOWN_OF_ROLE.contains(key),
        ["agents", "phases"] => true,
        ["paths", key, ..] => *key != "schemas",
        [key, ..] => SHOWN.contains(key),
        [] => false,
    }
}

/// The least that a template's output may have: it may never have had less.
fn of_template((name, source, _): &TemplateBody, config: &Config, sources: &Sources) -> Option<Setting> {
    let read = sources.get(*source);
    if !config.paths.is_among(Input::Templates, &read.path) || read.text == DEFAULT_TEMPLATE {
        return None;
    }
    let front = front_matter::read(*source, &read.text, &mut Sink::new())?;
    let min = front.document.to_json()["budget"]["min"].as_u64()?;
    let span = front.document.span("/budget/min");
    Some(Setting { pointer: format!("/templates/{name}/budget/min"), value: min.to_string(), span })
}
