//! Papers as written to papers as meant, and the rules in their front matter to rules as meant.

use std::collections::{BTreeSet, HashSet};

use super::{DeclaredFigures, Inputs, UniqueIds, Used, checks, refs, status, utilities};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::check as written;
use crate::input::files::check::Threshold;
use crate::input::files::paper::{self, DecodedFrontMatter, Fence, ParsedPaper};
use crate::input::vocabulary::{Drafts, Priority};
use crate::model::{Check, Enforcement, Example, Model, Paper, References, Rule, Section, Setting, Wording};
use crate::text::hidden;
use crate::text::source::{Span, nearest};

/// Fills papers and rules of the model.
pub fn link(written: &Inputs, known: &DeclaredFigures, model: &mut Model, used: &mut Used, diags: &mut Sink) {
    let mut sorted: Vec<&ParsedPaper> = written.parsed.papers.iter().collect();
    sorted.sort_by_key(|paper| (priority(&paper.decoded), &paper.stem));
    status::examine(&sorted, written.world, diags);
    let mut papers = UniqueIds::new("paper");
    let mut ids = UniqueIds::new("rule");
    for paper in sorted {
        let decoded = &paper.decoded;
        let start = Span::new(paper.source, 0..0);
        if !papers.claim(&paper.stem, start, diags) {
            continue;
        }
        header(paper, decoded, diags);
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

/// What the front matter says to whoever reads the paper, and to the repository around.
fn settings(paper: &ParsedPaper) -> Vec<Setting> {
    let Some(front) = &paper.decoded.front else { return Vec::new() };
    let reasons = [("/known", &front.known), ("/unruled", &front.unruled)];
    let reasons = reasons.into_iter().flat_map(|(pointer, reasons)| {
        reasons.iter().map(move |(key, reason)| (pointer, key.as_str(), reason.0.clone()))
    });
    let day = front.reread_by.iter().map(|day| ("", "reread_by", day.clone()));
    let refs = [("files", &front.refs.files), ("commands", &front.refs.commands)];
    let refs = refs.into_iter().filter(|(_, names)| !names.is_empty());
    let refs = refs.map(|(key, names)| ("/refs", key, names.join(" ")));
    let setting = |(above, key, value): (&str, &str, String)| Setting {
        pointer: format!("{above}/{key}"),
        value: hidden::visible(&value).into_owned(),
        span: paper.document.member_span(above, key),
    };
    reasons.chain(day).chain(refs).map(setting).collect()
}

fn meant(paper: &ParsedPaper, path: String, decoded: &DecodedFrontMatter, drafts: Drafts) -> Paper {
    let front = decoded.front.as_ref();
    Paper {
        id: paper.stem.clone(),
        title: front.map_or(&paper.stem, |front| &front.title).clone(),
        priority: priority(decoded),
        source: paper.source,
        path,
        status: drafts.stage(front.map(|front| front.status).unwrap_or_default()),
        body: paper.body,
        settings: settings(paper),
    }
}

fn header(paper: &ParsedPaper, decoded: &DecodedFrontMatter, diags: &mut Sink) {
    let Some(front) = &decoded.front else { return };
    if front.id != paper.stem {
        let message = format!("the paper's id is `{}`, its file is `{}.md`", front.id, paper.stem);
        diags.push(
            Diagnostic::new(Code::IdMismatch, paper.document.span("/id"), message)
                .help(format!("write `id: {}`, or rename the file", paper.stem)),
        );
    }
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
        let enforcement = self.enforcement(rule, pointer, used, diags);
        let refs = refs::link(self.written.world, self.paper, pointer, &rule.refs, diags).and(&self.refs);
        let full = self.wording(rule, &rule.text, &format!("{pointer}/text"), diags);
        let short = rule.short.as_ref().map(|short| self.wording(rule, short, &format!("{pointer}/short"), diags));
        let section = self.section(rule, pointer, diags);
        let mut tags = front.map(|front| front.tags.clone()).unwrap_or_default();
        tags.extend(rule.tags.iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>());
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
            // The order in which figures are listed says nothing.
            evidence: self.evidence_of(rule).into_iter().collect(),
            refs,
            enforcement,
            check_span: document.key_span(&format!("{pointer}/check")),
            check_body: document.span(&format!("{pointer}/check")),
            check_parts: checks::parts(document, pointer),
            parts: checks::rule_parts(document, pointer),
            examples: self.examples(&rule.id.0),
            span: document.span(&format!("{pointer}/id")),
        })
    }

    /// The figures that a rule lists, by the ids that they have now.
    fn evidence_of(&self, rule: &paper::Rule) -> BTreeSet<String> {
        rule.evidence.iter().map(|figure| self.model.figure_id(figure).to_owned()).collect()
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

    fn enforcement(&self, rule: &paper::Rule, pointer: &str, used: &mut Used, diags: &mut Sink) -> Enforcement {
        let Some(mut check) = rule.check.clone() else {
            let unargued = self.paper.is_list().then(|| "in a list, and not checked yet".to_owned());
            return rule.unchecked.clone().or(unargued).map_or(Enforcement::Nothing, Enforcement::Unchecked);
        };
        if rule.unchecked.is_some() {
            let at = self.paper.document.key_span(&format!("{pointer}/unchecked"));
            let message = format!("`{}` has a check, and says why it has none", rule.id);
            diags.push(Diagnostic::new(Code::InvalidCheck, at, message).help("delete `unchecked`"));
        }
        self.thresholds(&mut check, pointer, used, diags);
        utilities::fill(&mut check, &self.model.utilities);
        let faults = match Check::new(&check) {
            Ok(check) => return Enforcement::Check(Box::new(check)),
            Err(faults) => faults,
        };
        let document = &self.paper.document;
        for (key, fault, help) in faults {
            let at = document.key_span(&format!("{pointer}/check/{key}"));
            let at = if key.is_empty() { document.key_span(&format!("{pointer}/check")) } else { at };
            let message = format!("the check of `{}` {fault}", rule.id);
            diags.push(Diagnostic::new(Code::InvalidCheck, at, message).help(help));
        }
        Enforcement::Nothing
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
                    let at = format!("{pointer}/check/where/{key}/{variable}");
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

    /// All of a list, for a rule that names no section of it.
    fn whole(&self, rule: &paper::Rule, pointer: &str, diags: &mut Sink) -> Option<Section> {
        if !self.paper.is_list() {
            let at = self.paper.document.span(&format!("{pointer}/id"));
            let message = format!("rule `{}` has no `section`", rule.id);
            let help =
                "add `section: ...`, the heading that argues for it; the rules of a list (`kind: list`) need none";
            diags.push(Diagnostic::new(Code::MissingKey, at, message).label("`section` is missing").help(help));
            return None;
        }
        let source = self.paper.source;
        let end = self.written.sources.get(source).text.len();
        let title = || self.decoded.front.as_ref().map(|front| front.title.clone()).unwrap_or_default();
        let (anchor, title, span) = match self.paper.prose.headings.first() {
            Some(heading) => (format!("#{}", heading.anchor), heading.text.clone(), heading.span),
            None => (String::new(), title(), Span::new(source, self.paper.body..self.paper.body)),
        };
        Some(Section { anchor, title, span, end })
    }

    fn section(&self, rule: &paper::Rule, pointer: &str, diags: &mut Sink) -> Option<Section> {
        let Some(section) = &rule.section else { return self.whole(rule, pointer, diags) };
        let wanted = section.trim_start_matches('#');
        let headings = &self.paper.prose.headings;
        if let Some(heading) = self.paper.prose.heading(wanted) {
            return Some(Section {
                anchor: section.clone(),
                title: heading.text.clone(),
                span: heading.span,
                end: heading.end,
            });
        }
        let at = self.paper.document.span(&format!("{pointer}/section"));
        let message = format!("the paper has no section `{section}`");
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
            let evidence = self.evidence_of(rule);
            match self.model.figures.get(self.model.figure_id(name)) {
                None if evidence.contains(name) => whole = false,
                None => {
                    self.known.unknown_figure(name, at, self.model, diags);
                    whole = false;
                }
                Some(figure) => {
                    filled.push_str(&figure.text);
                    if !evidence.contains(self.model.figure_id(name)) {
                        diags.push(
                            Diagnostic::new(
                                Code::UnlistedEvidence,
                                at,
                                format!("`{}` prints `{name}`, which its `evidence` does not list", rule.id),
                            )
                            .help(format!("add it: `evidence: [{name}]`")),
                        );
                    }
                }
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
