//! Papers as written to papers as meant, and the rules in their front matter to rules as meant.

use std::collections::{BTreeSet, HashSet};

use super::{DeclaredFigures, Inputs, UniqueIds, Used, checks, refs, status, utilities};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::check as written;
use crate::input::files::check::{Language, Threshold};
use crate::input::files::exception::Exception;
use crate::input::files::paper::{self, DecodedFrontMatter, Fence, ParsedPaper};
use crate::input::vocabulary::{Drafts, Priority, Shows};
use crate::model::check::Fault;
use crate::model::{Check, Example, Model, Paper, References, Rule, RuleCheck, Section, Setting, Wording};
use crate::text::hidden;
use crate::text::source::{Span, nearest};

/// Fills papers and rules of the model.
pub fn link(written: &Inputs, known: &DeclaredFigures, model: &mut Model, used: &mut Used, diags: &mut Sink) {
    let mut sorted: Vec<&ParsedPaper> = written.parsed.papers.iter().collect();
    sorted.sort_by_key(|paper| (priority(&paper.decoded), &paper.id));
    status::examine(&sorted, written.world, diags);
    let mut papers = UniqueIds::new("paper");
    let mut ids = UniqueIds::new("rule");
    for paper in sorted {
        let decoded = &paper.decoded;
        let at = if paper.document.has("/id") { paper.document.span("/id") } else { Span::new(paper.source, 0..0) };
        if !papers.claim(&paper.id, at, diags) {
            continue;
        }
        name(paper, diags);
        examples(paper, decoded, diags);
        let path = written.sources.get(paper.source).path.clone();
        let refs = decoded.front.as_ref().map(|front| refs::link(written.world, paper, "", &front.refs, diags));
        let refs = refs.unwrap_or_default();
        let linking = Linking { written, known, model, paper, decoded, refs, index: model.papers.len() };
        let mut rules = linking.rules(&mut ids, used, diags);
        rules.sort_by_key(|rule| rule.priority);
        model.rules.append(&mut rules);
        model.papers.push(meant(paper, path, decoded, written.drafts));
    }
}

fn priority(decoded: &DecodedFrontMatter) -> Priority {
    decoded.front.as_ref().map_or(Priority::Medium, |front| front.priority)
}

/// The exceptions of a paper and of its rules. Why a rule has no check is shown in rules.yaml.
fn allowed(paper: &ParsedPaper, front: &paper::FrontMatter) -> Vec<Setting> {
    let of_paper =
        front.allow.iter().enumerate().map(|(index, allowed)| (String::new(), format!("/allow/{index}"), allowed));
    let rules = paper.decoded.rules.iter().flat_map(|(number, rule)| {
        let of_rule =
            rule.allow.iter().enumerate().filter(|(_, allowed)| allowed.of_kbc() != Some(Code::UncheckedRule));
        of_rule.map(move |(index, allowed)| {
            (format!("/rules/{}", rule.id), format!("/rules/{number}/allow/{index}"), allowed)
        })
    });
    let setting = |(above, at, allowed): (String, String, &Exception)| {
        let span = paper.document.item_span(&at);
        let value = hidden::visible(&allowed.terms()).into_owned();
        allowed.pointers().into_iter().map(move |pointer| Setting {
            pointer: format!("{above}{pointer}"),
            value: value.clone(),
            span,
        })
    };
    of_paper.chain(rules).flat_map(setting).collect()
}

/// What the front matter says to whoever reads the paper, and to the repository around.
fn settings(paper: &ParsedPaper) -> Vec<Setting> {
    let Some(front) = &paper.decoded.front else { return Vec::new() };
    let day = front.reread_by.iter().map(|day| ("", "reread_by", day.clone()));
    let refs = [("files", &front.refs.files), ("commands", &front.refs.commands)];
    let refs = refs.into_iter().filter(|(_, names)| !names.is_empty());
    let refs = refs.map(|(key, names)| ("/refs", key, names.join(" ")));
    let setting = |(above, key, value): (&str, &str, String)| Setting {
        pointer: format!("{above}/{key}"),
        value: hidden::visible(&value).into_owned(),
        span: paper.document.member_span(above, key),
    };
    day.chain(refs).map(setting).chain(allowed(paper, front)).collect()
}

fn meant(paper: &ParsedPaper, path: String, decoded: &DecodedFrontMatter, drafts: Drafts) -> Paper {
    let front = decoded.front.as_ref();
    Paper {
        id: paper.id.clone(),
        title: paper.title().to_owned(),
        priority: priority(decoded),
        source: paper.source,
        path,
        status: drafts.stage(front.map(|front| front.status).unwrap_or_default()),
        body: paper.body,
        settings: settings(paper),
    }
}

/// A paper without an `id` is called as its file is.
fn name(paper: &ParsedPaper, diags: &mut Sink) {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if paper.document.has("/id") || paper.id.split('-').all(is_word) {
        return;
    }
    let message = format!("the file name `{}` cannot be the id of a paper", paper.stem);
    let help = "name the file in lower-case words joined by hyphens, or give the paper an `id`";
    diags.push(Diagnostic::new(Code::InvalidValue, Span::new(paper.source, 0..0), message).help(help));
}

fn examples(paper: &ParsedPaper, decoded: &DecodedFrontMatter, diags: &mut Sink) {
    let ids: HashSet<&str> = decoded.ids.iter().map(String::as_str).collect();
    for fence in &paper.prose.fences {
        for (_, id) in fence.examples().filter(|(_, id)| !ids.contains(id)) {
            let message = format!("the paper has no rule `{id}`");
            let diagnostic = Diagnostic::new(Code::OrphanedExample, fence.span, message).label("an example of it");
            diags.push(diags.near(diagnostic, id, decoded.ids.iter().map(String::as_str)));
        }
    }
}

/// The language of a check that names none: the one of the bad examples that no other check is about.
fn shown_language(check: &written::Check, all: &[written::Check], examples: &[Example]) -> Option<Language> {
    check.ast.as_ref()?;
    let taken: Vec<Language> = all.iter().filter_map(|other| other.language).collect();
    let shown = examples.iter().filter(|example| example.shows == Shows::Bad);
    let shown: BTreeSet<Language> = shown.filter_map(|example| Language::of_fence(&example.language)).collect();
    let mut left = shown.into_iter().filter(|language| !taken.contains(language));
    left.next().filter(|_| left.next().is_none())
}

/// The rules of one paper being linked.
struct Linking<'a> {
    written: &'a Inputs<'a>,
    known: &'a DeclaredFigures,
    model: &'a Model,
    paper: &'a ParsedPaper,
    decoded: &'a DecodedFrontMatter,
    /// Those of the paper.
    refs: References,
    index: usize,
}

impl Linking<'_> {
    fn rules(&self, ids: &mut UniqueIds, used: &mut Used, diags: &mut Sink) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (index, rule) in &self.decoded.rules {
            let pointer = format!("/rules/{index}");
            let span = self.paper.document.span(&format!("{pointer}/id"));
            let unique = ids.claim(&rule.id.0, span, diags);
            let linked = self.rule(rule, &pointer, used, diags);
            rules.extend(linked.filter(|_| unique));
        }
        rules
    }

    fn rule(&self, rule: &paper::Rule, pointer: &str, used: &mut Used, diags: &mut Sink) -> Option<Rule> {
        let document = &self.paper.document;
        let front = self.decoded.front.as_ref();
        self.evidence(rule, pointer, used, diags);
        let evidence = self.figures_of(rule);
        used.extend(evidence.iter().cloned());
        let checks = self.checks(rule, pointer, used, diags);
        let refs = refs::link(self.written.world, self.paper, pointer, &rule.refs, diags).and(&self.refs);
        let full = self.wording(rule, &rule.text, &format!("{pointer}/text"), diags);
        let short = rule.short.as_ref().map(|short| self.wording(rule, short, &format!("{pointer}/short"), diags));
        let section = self.section(rule, pointer, diags);
        let mut tags = front.map(|front| front.tags.clone()).unwrap_or_default();
        tags.extend(rule.tags.iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>());
        let unchecked = self.unchecked(rule);
        let is_new = self.paper.is_list() && rule.checks.is_empty() && unchecked.is_none();
        let status = rule.status.or(front.map(|front| front.status)).unwrap_or_default();
        Some(Rule {
            id: rule.id.clone(),
            paper: self.index,
            full: full?,
            short: short.flatten(),
            priority: rule.priority.unwrap_or(priority(self.decoded)),
            weight: rule.weight,
            status: self.written.drafts.stage(status),
            tags,
            section: section?,
            evidence: evidence.into_iter().collect(),
            refs,
            checks,
            unchecked: unchecked.or_else(|| is_new.then(|| "in a list, and not checked yet".to_owned())),
            is_new,
            parts: checks::rule_parts(document, pointer),
            examples: self.examples(&rule.id.0),
            entry: document.span(pointer),
            span: document.span(&format!("{pointer}/id")),
        })
    }

    /// The figures that a rule lists and those that its wordings print, by the ids that they have now. The order in which they
    /// are listed says nothing.
    fn figures_of(&self, rule: &paper::Rule) -> BTreeSet<String> {
        let wordings = [Some(&rule.text), rule.short.as_ref()].into_iter().flatten().filter(|_| !self.paper.is_list());
        let printed = wordings.flat_map(|text| text.split("{{").skip(1)).filter_map(|rest| rest.split_once("}}"));
        let listed = rule.evidence.iter().map(String::as_str).chain(printed.map(|(name, _)| name.trim()));
        listed.map(|figure| self.model.figure_id(figure).to_owned()).collect()
    }

    fn evidence(&self, rule: &paper::Rule, pointer: &str, used: &mut Used, diags: &mut Sink) {
        for (index, figure) in rule.evidence.iter().enumerate() {
            let figure = self.model.figure_id(figure);
            used.insert(figure.to_owned());
            if !self.model.figures.contains_key(figure) {
                let at = self.paper.document.span(&format!("{pointer}/evidence/{index}"));
                self.known.unknown_figure(figure, at, self.model, diags);
            }
        }
    }

    /// The checks that can be understood; what is wrong with the others is told.
    fn checks(&self, rule: &paper::Rule, pointer: &str, used: &mut Used, diags: &mut Sink) -> Vec<RuleCheck> {
        let examples = self.examples(&rule.id.0);
        let mut checks = Vec::new();
        for (index, written) in rule.checks.iter().enumerate() {
            let pointer = format!("{pointer}/checks/{index}");
            let mut check = written.clone();
            self.thresholds(&mut check, &pointer, used, diags);
            check.language = check.language.or_else(|| shown_language(&check, &rule.checks, &examples));
            utilities::fill(&mut check, &self.model.utilities);
            let document = &self.paper.document;
            match Check::new(&check) {
                Ok(mut check) => {
                    if written.message.is_none() {
                        check.message = self.default_message(rule);
                    }
                    checks.push(RuleCheck {
                        check,
                        index,
                        span: document.item_span(&pointer),
                        body: document.span(&pointer),
                        parts: checks::parts(document, &pointer),
                    });
                }
                Err(faults) => self.faults(rule, &pointer, faults, diags),
            }
        }
        checks
    }

    fn faults(&self, rule: &paper::Rule, pointer: &str, faults: Vec<Fault>, diags: &mut Sink) {
        let document = &self.paper.document;
        for (key, fault, help) in faults {
            let at = if key.is_empty() { document.item_span(pointer) } else { document.member_span(pointer, key) };
            let message = format!("the check of `{}` {fault}", rule.id);
            diags.push(Diagnostic::new(Code::InvalidCheck, at, message).help(help));
        }
    }

    /// The short wording, with its figures. What is wrong with it is told where it stands.
    fn default_message(&self, rule: &paper::Rule) -> String {
        let text = rule.short.as_ref().unwrap_or(&rule.text);
        let wording = self.wording(rule, text, "", &mut Sink::new());
        wording.map_or_else(|| text.clone(), |wording| wording.text)
    }

    /// Why a rule has no check, if it or its paper says so.
    fn unchecked(&self, rule: &paper::Rule) -> Option<String> {
        let of_paper = self.decoded.front.iter().flat_map(|front| &front.allow);
        let named = of_paper.filter(|allowed| allowed.things().contains(&rule.id.0));
        let mut all = rule.allow.iter().chain(named).filter(|allowed| allowed.of_kbc() == Some(Code::UncheckedRule));
        all.next().map(|allowed| allowed.reason.clone())
    }

    /// Puts the values of figures in the place of their names.
    fn thresholds(&self, check: &mut written::Check, pointer: &str, used: &mut Used, diags: &mut Sink) {
        let Some(conditions) = &mut check.r#where else { return };
        for (key, thresholds) in [("at_least", &mut conditions.at_least), ("at_most", &mut conditions.at_most)] {
            for (variable, threshold) in thresholds.iter_mut().flatten() {
                let Threshold::Figure(name) = threshold else { continue };
                let name = self.model.figure_id(name);
                used.insert(name.to_owned());
                if let Some(figure) = self.model.figures.get(name) {
                    let value = figure.value;
                    *threshold = Threshold::Number(value);
                } else {
                    let at = format!("{pointer}/where/{key}/{variable}");
                    self.known.unknown_figure(name, self.paper.document.span(&at), self.model, diags);
                }
            }
        }
    }

    fn examples(&self, id: &str) -> Vec<Example> {
        let fences = &self.paper.prose.fences;
        let shown = fences.iter().flat_map(|fence| fence.examples().map(move |(shows, rule)| (fence, shows, rule)));
        let example = |fence: &Fence, shows| Example {
            shows,
            language: fence.language.clone(),
            text: fence.text.clone(),
            span: fence.span,
            body: fence.body,
        };
        shown.filter(|(.., rule)| *rule == id).map(|(fence, shows, _)| example(fence, shows)).collect()
    }

    /// What argues for a rule that names no section.
    fn whole_paper(&self) -> Section {
        let text = &self.written.sources.get(self.paper.source).text;
        let body = self.paper.body.min(text.len())..text.len();
        let first = self.paper.prose.headings.first();
        Section {
            anchor: String::new(),
            title: self.paper.title().to_owned(),
            span: first.map_or(Span::new(self.paper.source, body.start..body.start), |heading| heading.span),
            end: body.end,
        }
    }

    fn section(&self, rule: &paper::Rule, pointer: &str, diags: &mut Sink) -> Option<Section> {
        let Some(anchor) = &rule.section else { return Some(self.whole_paper()) };
        let wanted = anchor.trim_start_matches('#');
        let headings = &self.paper.prose.headings;
        if let Some(heading) = self.paper.prose.heading(wanted) {
            return Some(Section {
                anchor: anchor.clone(),
                title: heading.text.clone(),
                span: heading.span,
                end: heading.end,
            });
        }
        let at = self.paper.document.span(&format!("{pointer}/section"));
        let message = format!("the paper has no section `{anchor}`");
        let known = headings.iter().map(|heading| heading.anchor.as_str());
        let suggests = diags.suggests(Code::DeadSection, &at.into());
        let near = suggests.then(|| nearest(wanted, known.clone())).flatten();
        let near = headings.iter().find(|heading| Some(heading.anchor.as_str()) == near);
        let diagnostic = diags.near(Diagnostic::new(Code::DeadSection, at, message), wanted, known);
        diags.push(match near {
            Some(heading) => diagnostic.also(heading.span, format!("this is `#{}`", heading.anchor)),
            None => diagnostic,
        });
        None
    }

    /// Fills the figures of a wording in. Their places are found in the source, so that the message
    /// about one of them underlines just it.
    fn wording(&self, rule: &paper::Rule, text: &str, pointer: &str, diags: &mut Sink) -> Option<Wording> {
        let span = self.paper.document.span(pointer);
        if self.paper.is_list() && !text.contains('\n') {
            return Some(Wording { text: text.trim().to_owned(), span });
        }
        let mut filled = String::new();
        let mut rest = text;
        let mut whole = true;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let Some((name, after)) = after.split_once("}}") else { break };
            rest = after;
            let name = name.trim();
            let at = self.place_of(name, span);
            match self.model.figures.get(self.model.figure_id(name)) {
                None if rule.evidence.iter().any(|figure| figure == name) => whole = false,
                None => {
                    self.known.unknown_figure(name, at, self.model, diags);
                    whole = false;
                }
                Some(figure) => filled.push_str(&figure.text),
            }
        }
        filled.push_str(rest);
        if whole && (filled.contains('\n') || filled.contains("{{") || filled.contains("}}")) {
            diags.push(
                Diagnostic::new(
                    Code::InvalidWording,
                    span,
                    format!("the wording of `{}` is not one line of plain text", rule.id),
                )
                .help("write it in one line, with figures as `{{ figure }}`"),
            );
            return None;
        }
        whole.then_some(Wording { text: filled.trim().to_owned(), span })
    }

    fn place_of(&self, name: &str, within: Span) -> Span {
        let text = self.written.sources.text(within);
        let braces = text.match_indices("{{").find(|(at, _)| text[at + 2..].trim_start().starts_with(name));
        braces.map_or(within, |(at, _)| {
            let start = within.start + at + 2 + (text[at + 2..].len() - text[at + 2..].trim_start().len());
            Span { start, end: start + name.len(), ..within }
        })
    }
}
