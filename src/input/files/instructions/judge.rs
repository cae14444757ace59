//! Is a block a rule, and why, or why not?

use super::blocks::{self, Block, Shape};
use super::words;
use super::{Why, WhyNot};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Rule(Why),
    Not(WhyNot),
}

/// What the headings above a block say that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Under {
    Rules,
    Other,
    Commands,
    Nothing,
}

/// Judges each block; what belongs to another block is judged after it.
pub fn all(blocks: &[Block]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(blocks.len());
    let mut managed = false;
    for (index, block) in blocks.iter().enumerate() {
        let mark = (block.shape == Shape::Html).then(|| managed_mark(&block.text)).flatten();
        let verdict =
            if managed || mark.is_some() { Verdict::Not(WhyNot::Generated) } else { one(blocks, &verdicts, index) };
        managed = mark.unwrap_or(managed);
        verdicts.push(verdict);
    }
    headings(blocks, &mut verdicts);
    verdicts
}

/// Does a comment begin or end a block that kbc maintains?
fn managed_mark(html: &str) -> Option<bool> {
    let inside = html.trim().strip_prefix("<!--")?.trim_start();
    let begins = inside.starts_with("kbc:begin");
    (begins || inside.starts_with("kbc:end")).then_some(begins)
}

fn one(blocks: &[Block], verdicts: &[Verdict], index: usize) -> Verdict {
    let block = &blocks[index];
    let of_rule = block.parent.is_some_and(|parent| matches!(verdicts[parent], Verdict::Rule(_)));
    let of_detail = block.parent.is_some_and(|parent| verdicts[parent] == Verdict::Not(WhyNot::Detail));
    match block.shape {
        Shape::Heading => Verdict::Not(WhyNot::Label),
        Shape::Html => Verdict::Not(WhyNot::Comment),
        Shape::Code if of_rule => Verdict::Not(WhyNot::Detail),
        Shape::Code => Verdict::Not(WhyNot::Code),
        Shape::Row => row(block),
        // What a list says is a rule because of what introduces it, or by its own words.
        Shape::Item | Shape::Step if of_rule && is_part(block) => Verdict::Not(WhyNot::Detail),
        Shape::Paragraph | Shape::Item | Shape::Step => match text(block) {
            Verdict::Not(WhyNot::Description | WhyNot::Step) if of_rule || of_detail => Verdict::Not(WhyNot::Detail),
            verdict => verdict,
        },
    }
}

/// Has an item no word of command of its own?
fn is_part(block: &Block) -> bool {
    let plain = unmarked(&block.text);
    deontic(plain).is_none() && !is_imperative(plain)
}

/// A heading such as `### Never use any` is the rule, if nothing below it is one.
fn headings(blocks: &[Block], verdicts: &mut [Verdict]) {
    let mut open: Option<usize> = None;
    let mut found = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if block.shape == Shape::Heading {
            found.extend(open.take());
            let why = deontic(&block.text).filter(|_| is_sentence(&block.text));
            open = why.map(|_| index);
        } else if matches!(verdicts[index], Verdict::Rule(_)) {
            open = None;
        }
    }
    found.extend(open);
    for index in found {
        verdicts[index] = Verdict::Rule(deontic(&blocks[index].text).unwrap_or(Why::Requires));
    }
}

/// Has a heading enough words to be a rule?
fn is_sentence(heading: &str) -> bool {
    heading.split_whitespace().count() >= 3 && !heading.ends_with('?')
}

fn row(block: &Block) -> Verdict {
    let says = |cell: &String| {
        let cell = cell.to_lowercase();
        let words: Vec<&str> = cell.split(|c: char| !c.is_alphanumeric() && c != '\'').collect();
        let rules = [
            "rule",
            "rules",
            "convention",
            "guideline",
            "requirement",
            "avoid",
            "instead",
            "prefer",
            "don't",
            "never",
            "do",
        ];
        words.iter().any(|word| rules.contains(word))
    };
    if block.header.iter().any(says) { Verdict::Rule(Why::TableOfRules) } else { Verdict::Not(WhyNot::Table) }
}

/// A paragraph or an item.
fn text(block: &Block) -> Verdict {
    let plain = unmarked(&block.text);
    if plain.is_empty() || is_link(block, plain) {
        return Verdict::Not(WhyNot::Links);
    }
    let under = under(&block.headings);
    let is_item = block.shape != Shape::Paragraph;
    if !block.has_list && plain.split_whitespace().count() < 12 && contains_phrase(plain, "the following") {
        return Verdict::Not(WhyNot::Label);
    }
    let why = deontic(plain);
    let introduces = block.has_list && (plain.ends_with(':') || blocks::is_label(block));
    if introduces && !(says_it_all(block, plain) && (why.is_some() || is_imperative(plain))) {
        return Verdict::Not(WhyNot::Label);
    }
    let imperative = || is_imperative(plain);
    if is_command(plain) && why.is_none() {
        return Verdict::Not(WhyNot::Command);
    }
    match (under, why) {
        (Under::Commands, Some(why)) if block.shape == Shape::Step => strong(plain, why, WhyNot::Step),
        (Under::Other, Some(why)) => strong(plain, why, WhyNot::Description),
        (_, Some(why)) => Verdict::Rule(why),
        (Under::Rules, None) if is_item => under_rules(block, plain),
        (Under::Rules, None) if imperative() => Verdict::Rule(Why::Imperative),
        (Under::Nothing, None) if block.shape == Shape::Step => Verdict::Not(WhyNot::Step),
        (Under::Nothing, None) if imperative() => Verdict::Rule(Why::Imperative),
        (Under::Commands, None) if block.shape == Shape::Item && imperative() => Verdict::Rule(Why::Imperative),
        (Under::Commands, None) => {
            Verdict::Not(if block.shape == Shape::Step { WhyNot::Step } else { WhyNot::Command })
        }
        (Under::Other, None) if is_item && sentences(plain).any(commands) && !plain.starts_with('`') => {
            if block.shape == Shape::Step { Verdict::Not(WhyNot::Step) } else { Verdict::Rule(Why::Imperative) }
        }
        (_, None) => Verdict::Not(WhyNot::Description),
    }
}

/// An item without a word of command, under a heading of rules.
fn under_rules(block: &Block, plain: &str) -> Verdict {
    let body = without_lead(plain);
    if is_imperative(plain) {
        return Verdict::Rule(Why::Imperative);
    }
    if is_fact(block, plain) || describes(body) {
        return Verdict::Not(WhyNot::Description);
    }
    if block.shape == Shape::Step && block.headings.iter().any(|heading| has_word(heading, words::COMMAND_HEADINGS)) {
        return Verdict::Not(WhyNot::Step);
    }
    Verdict::Rule(Why::UnderRules)
}

/// A reason that is kept where descriptions are expected only if the sentence is about what to do.
fn strong(plain: &str, why: Why, why_not: WhyNot) -> Verdict {
    let loud =
        ["MUST", "NEVER", "ALWAYS", "DO NOT", "DON'T", "IMPORTANT", "CRITICAL"].iter().any(|word| plain.contains(word));
    let is_rule = loud
        || sentences(plain).any(|sentence| {
            let lower = sentence.to_lowercase();
            let forbids = words::FORBID.iter().any(|phrase| contains_phrase(&lower, phrase));
            let must = ["must", "should", "never", "always"].iter().any(|word| contains_phrase(&lower, word));
            is_imperative(sentence) || forbids || (must && deontic(sentence).is_some())
        });
    if is_rule { Verdict::Rule(why) } else { Verdict::Not(why_not) }
}

/// Is what introduces a list a rule of its own, whose parts the list has? `Changes must be applied to all of these types:`
fn says_it_all(block: &Block, plain: &str) -> bool {
    let follows =
        ["following", "these", "this", "below", "as follows", "run:"].iter().any(|word| contains_phrase(plain, word));
    let count = plain.split_whitespace().count();
    let short = if follows { 5 } else { 2 };
    !blocks::is_label(block) && count > short
}

/// The first reason that holds for a text.
fn deontic(text: &str) -> Option<Why> {
    let bare = without_code(text);
    let adverb = |word: &str| sentences(&bare).any(|sentence| commands_with(sentence, word));
    if forbids(text) {
        return Some(Why::Forbids);
    }
    if adverb("always") || has_bare(&bare, words::REQUIRE) {
        return Some(Why::Requires);
    }
    has_bare(&bare, words::PREFER).then_some(Why::Prefers)
}

fn has_bare(text: &str, list: &[&str]) -> bool {
    let lower = text.to_lowercase();
    list.iter().any(|phrase| contains_phrase(&lower, phrase))
}

/// Does a text forbid something?
pub fn forbids(text: &str) -> bool {
    let bare = without_code(text);
    let tells = |sentence: &str| {
        let first = first_word(sentence).to_lowercase();
        matches!(first.as_str(), "this" | "it" | "that" | "they" | "we" | "you" | "which")
            && !has_bare(sentence, &["must", "should"])
    };
    sentences(&bare).any(|sentence| !tells(sentence) && has_bare(sentence, words::FORBID))
        || sentences(&bare)
            .any(|sentence| commands_with(sentence, "never") || begins_with(sentence, &["avoid", "no", "forbid"]))
}

/// Is an adverb used to command, and not to say what a thing does (`it never returns`)?
fn commands_with(sentence: &str, adverb: &str) -> bool {
    let words: Vec<&str> = sentence.split_whitespace().map(trimmed).filter(|word| !word.is_empty()).collect();
    words.iter().enumerate().any(|(at, word)| {
        if !word.eq_ignore_ascii_case(adverb) {
            return false;
        }
        let next = words.get(at + 1).map(|next| next.to_lowercase());
        let is_verb = next.as_deref().is_none_or(|next| words::VERBS.contains(&next) || next.ends_with("ly"));
        let loud = *word == adverb.to_uppercase();
        let mut before = words[..at].iter().map(|word| word.to_lowercase());
        let leads = before.all(|word| words::BEFORE_VERB.contains(&word.as_str()));
        let first = leads || word.starts_with(char::is_uppercase);
        let describes =
            next.as_deref().is_some_and(|next| words::DESCRIBES.contains(&next) && !words::VERBS.contains(&next));
        loud || (first && !describes) || is_verb
    })
}

fn begins_with(sentence: &str, list: &[&str]) -> bool {
    let first = first_word(without_lead(sentence)).to_lowercase();
    list.contains(&first.as_str()) || list.contains(&first_word(sentence).to_lowercase().as_str())
}

/// Does a sentence of the text begin with a verb that commands?
fn is_imperative(text: &str) -> bool {
    let bodies = [text, without_lead(text)];
    bodies.iter().any(|body| sentences(body).any(commands))
}

fn commands(sentence: &str) -> bool {
    let rest = sentence.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '`');
    let conditional = words::CONDITIONS.contains(&first_word(rest).to_lowercase().as_str());
    if conditional
        && rest.match_indices([',', ':', '—']).take(6).any(|(at, mark)| commands_plainly(&rest[at + mark.len()..]))
    {
        return true;
    }
    commands_plainly(rest)
}

/// As `commands`, for a sentence without a condition before its verb.
fn commands_plainly(sentence: &str) -> bool {
    let mut rest = sentence.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '`');
    while is_before_verb(first_word(rest)) {
        rest = after_word(rest).trim_start_matches(|c: char| !c.is_alphanumeric() && c != '`');
    }
    let word = first_word(rest).to_lowercase();
    let after = after_word(rest).trim_start_matches('`');
    // A verb has an object: a name of a thing has a colon, a dash, an `s` or a verb after it.
    let next = first_word(after.trim_start()).to_lowercase();
    let named = after.trim_start().starts_with([':', '—', '-', '→', '=', '(', '/', ','])
        || next.is_empty() && after.contains(':');
    if !words::VERBS.contains(&word.as_str()) || rest.starts_with('`') || named {
        return false;
    }
    let second = || first_word(after_word(after)).to_lowercase();
    let joined = matches!(next.as_str(), "and" | "or") && words::VERBS.contains(&second().as_str());
    let noun = words::DESCRIBES.contains(&next.as_str()) || is_noun(&next) || next.ends_with("ing");
    joined || !words::DOUBTFUL.contains(&word.as_str()) || !noun
}

/// May a word stand before the verb of an instruction: `silently ignore`?
fn is_before_verb(word: &str) -> bool {
    let word = word.to_lowercase();
    let is_verb = words::VERBS.contains(&word.as_str());
    words::BEFORE_VERB.contains(&word.as_str()) || (word.ends_with("ly") && !is_verb)
}

/// Words after `test`, `name`, `build` that make a name of a thing of it: `test files`, `build system`.
fn is_noun(word: &str) -> bool {
    let nouns = [
        "files",
        "file",
        "system",
        "names",
        "name",
        "types",
        "type",
        "cases",
        "case",
        "messages",
        "message",
        "helpers",
        "suite",
        "data",
        "structure",
        "guide",
        "runner",
        "framework",
        "tags",
        "tag",
        "notes",
        "levels",
        "level",
        "format",
        "comments",
        "hooks",
        "hook",
        "checks",
        "commands",
        "command",
        "project",
        "client",
        "server",
        "output",
        "of",
        "and",
        "or",
        "management",
        "control",
    ];
    nouns.contains(&word)
}

/// Is the text nothing but a command or what a command does: `pnpm build`: builds all?
fn is_command(plain: &str) -> bool {
    let body = without_lead(plain);
    let Some(rest) = body.strip_prefix('`') else { return false };
    let Some((code, after)) = rest.split_once('`') else { return false };
    let looks = super::mentions::is_command(code);
    let after = after.trim();
    looks
        && (after.is_empty()
            || after.starts_with(['-', '—', '–', ':', '(', '#', '→', ',', '/'])
            || after.starts_with("or "))
}

/// Is the text a link, or a pointer to another text?
fn is_link(block: &Block, plain: &str) -> bool {
    let words = plain.len().max(1);
    let lower = plain.to_lowercase();
    let points = ["see ", "refer to ", "see also", "read more", "for more", "for details, see"]
        .iter()
        .any(|word| lower.starts_with(word));
    let includes = plain.split_whitespace().all(|word| word.starts_with('@'));
    includes || block.linked * 10 >= words * 7 || (points && sentences(plain).count() < 2) || lower.starts_with("http")
}

/// A name with what it is: `**Linter**: oxlint`, `src/core: pure helpers`, a link to a page.
fn is_fact(block: &Block, plain: &str) -> bool {
    let label = label_of(plain).map(str::to_lowercase);
    let known = label.as_deref().is_some_and(|label| words::FACTS.contains(&label.trim_matches('`')));
    let path = {
        let after = plain.trim_start_matches('`').split_once('`').map_or("", |(_, after)| after).trim_start();
        plain.starts_with('`') && after.starts_with(['-', '—', '–', ':', '('])
    };
    known || path || plain.contains("://") && plain.split_whitespace().count() < 6 || block.text.is_empty()
}

/// Is the text about what a thing does: a name and a verb in the third person?
fn describes(body: &str) -> bool {
    let words: Vec<String> = body.split_whitespace().take(7).map(|word| trimmed(word).to_lowercase()).collect();
    let first = words.first().is_some_and(|word| words::DESCRIBES.contains(&word.as_str()) && word.ends_with('s'));
    let early = words.iter().skip(1).take(2).any(|word| words::DESCRIBES.contains(&word.as_str()));
    first || early
}

fn under(headings: &[String]) -> Under {
    for heading in headings.iter().rev() {
        if has_word(heading, words::RULE_HEADINGS) || deontic(heading).is_some() {
            return Under::Rules;
        }
        // `When adding a service` introduces what to do then.
        let is_condition = words::CONDITIONS.contains(&first_word(heading).to_lowercase().as_str());
        if has_word(heading, words::COMMAND_HEADINGS) && !is_condition {
            return Under::Commands;
        }
        if has_word(heading, words::OTHER_HEADINGS) {
            return Under::Other;
        }
    }
    Under::Nothing
}

fn has_word(heading: &str, list: &[&str]) -> bool {
    let lower = heading.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && !"'’-".contains(c));
    words.any(|word| list.contains(&word)) || list.iter().any(|word| !word.is_ascii() && lower.contains(word))
}

/// A rule as a line of its own: a label that forbids is put before it, a colon at its end goes.
pub fn standing_alone(block: &Block) -> String {
    let text = unmarked(&block.text).to_owned();
    let forbidding = block.headings.last().filter(|heading| {
        let lower = heading.to_lowercase();
        let forbids = words::FORBID_HEADINGS.iter().any(|word| contains_phrase(&lower, word));
        forbids && heading.split_whitespace().count() < 4
    });
    let Some(heading) = forbidding.filter(|_| !forbids(&text) && block.shape != Shape::Heading) else { return text };
    let label = heading.trim_end_matches(':').trim_start_matches(|c: char| !c.is_alphanumeric());
    // `Do not` and `Never` go on with a verb.
    let goes_on = ["do not", "don't", "don’t", "never"].contains(&label.to_lowercase().as_str());
    if !goes_on || !commands_plainly(&text) || !text.is_char_boundary(1) {
        return format!("{label}: {text}");
    }
    format!("{}{} {}{}", &label[..1], label[1..].to_lowercase(), text[..1].to_lowercase(), &text[1..])
}

/// A text without the mark at its begin: a tick, a cross, a box.
fn unmarked(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && !"`@\"'(<$.[#*_!~{/-".contains(c)).trim();
    // The mark of an alert of GitHub.
    let alert = text.strip_prefix("[!").and_then(|rest| rest.split_once(']'));
    alert.map_or(text, |(_, rest)| rest.trim())
}

/// What stands behind `Label:`, if the label is short.
fn without_lead(text: &str) -> &str {
    label_of(text).map_or(text, |label| text[label.len()..].trim_start_matches([':', ' ', '—', '–', '-', '*']))
}

/// The label of a text: `Naming` of `Naming: short`.
fn label_of(text: &str) -> Option<&str> {
    let end = [": ", " — ", " – ", " - "].iter().filter_map(|mark| text.find(mark)).min()?;
    (text[..end].split_whitespace().count() <= 5 && !text[..end].contains(". ")).then(|| &text[..end])
}

/// The sentences of a text, roughly; clauses behind a semicolon or a dash count as well.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = [". ", "! ", "? ", "; ", " — ", " – ", " - ", ".) ", "。"];
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.trim().is_empty() {
            return None;
        }
        let end = ends.iter().filter_map(|end| rest.find(end).map(|at| (at, end.len()))).min();
        let (sentence, after) = end.map_or((rest, ""), |(at, len)| (&rest[..at], &rest[at + len..]));
        rest = after;
        Some(sentence.trim())
    })
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-').unwrap_or(text.len())]
}

/// What stands behind the first word.
fn after_word(text: &str) -> &str {
    let trimmed = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    &trimmed[first_word(trimmed).len()..]
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '`')
}

/// A text without what stands in code.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("code")
}

/// Does a text have a phrase, as whole words where its script has such?
fn contains_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !phrase.is_ascii()
            || !(is_word(text[..at].chars().next_back()) || is_word(text[at + phrase.len()..].chars().next()))
    })
}
