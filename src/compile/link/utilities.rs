//! The utility rules of `utils/`, and the checks that name them: a check gets what it names as if it stood in its own `utils`,
//! so that evals, lock and review have the whole of it.

use serde_json::Value;

use super::UniqueIds;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::check::{Check, named_utilities};
use crate::input::files::utility::{self, ParsedUtility};
use crate::model::{Model, Utility};

/// Fills the utility rules of the model.
pub fn link(files: &[ParsedUtility], model: &mut Model, diags: &mut Sink) {
    let mut owners = UniqueIds::new("utility rule");
    for ParsedUtility { document, utility } in files {
        // What is not of the form has been complained about.
        let Some(written) = utility.clone() else {
            model.lacks_utilities = true;
            continue;
        };
        let span = document.span("/id");
        // Checks of two languages can mean two things by one name.
        if owners.claim(&format!("{}` for `{}", written.id, written.language.name()), span, diags) {
            let body = document.span("/rule");
            let utility::Utility { id, language, rule } = written;
            model.utilities.push(Utility { id, language, rule, span, body });
        }
    }
}

/// Puts the utility rules that a check names, and those that these name, beside its own.
pub fn fill(check: &mut Check, known: &[Utility]) {
    let Some(language) = check.language else { return };
    let mut wanted: Vec<String> = check.named_utilities().into_iter().map(str::to_owned).collect();
    let mut utils = check.utils.take().and_then(|own| own.as_object().cloned()).unwrap_or_default();
    while let Some(name) = wanted.pop() {
        let found = known.iter().find(|utility| utility.id == name && utility.language == language);
        let Some(utility) = found.filter(|_| !utils.contains_key(&name)) else { continue };
        wanted.extend(named_utilities(&utility.rule).into_iter().map(str::to_owned));
        utils.insert(name, utility.rule.clone());
    }
    check.utils = (!utils.is_empty()).then_some(Value::Object(utils));
}

/// Complains about utility rules that no check names.
pub fn unused(model: &Model, diags: &mut Sink) {
    for utility in model.utilities.iter().filter(|utility| model.rules_with(utility).next().is_none()) {
        let message = format!("no check for {} names the utility rule `{}`", utility.language.name(), utility.id);
        let help = format!("delete it, or write `matches: {}` in a check", utility.id);
        diags.push(Diagnostic::new(Code::UnusedUtility, utility.span, message).help(help));
    }
}
