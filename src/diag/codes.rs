//! Every diagnostic code: its name, how bad it is, and the text of `kbc explain CODE`. One flat list.

use super::severity::{Class, Severity};

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $class:ident $text:literal)*) => {
        /// What kind of trouble a diagnostic reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = concat!("`", $name, "`")] $variant),* }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The name that people see and write: `unknown-figure`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity),* }
            }

            pub fn class(self) -> Class {
                match self { $(Code::$variant => Class::$class),* }
            }

            /// What it means, an example, and what to do, as Markdown.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => $text),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Code::$variant),)* _ => None }
            }
        }
    };
}

codes! {
// Files

Unreadable "unreadable" Error Unreadable
"A file of the knowledge base could not be read: it may be a folder, or its permissions forbid it.
Make it readable, or move it out of the folder."

NotUtf8 "not-utf8" Error Unreadable
"Every input is UTF-8 text. The message names the first byte that is not.

    iconv -f latin1 -t utf-8 papers/old.md -o papers/old.md"

TooLarge "too-large" Error Unreadable
"An input is larger than 1 MiB, or a template than 64 KiB. A paper of 5,000 tokens is about 20 KB, so a file of this size is
usually a data set or a log that landed in the wrong folder. Move it out."

Config "config" Error Unreadable
"`kbc.toml` is not valid TOML or has a setting that kbc does not know. `kbc schema config` prints
every setting with its meaning."

NoPapers "no-papers" Error Finding
"The papers folder holds no paper, so there is nothing to compile. `kbc new DOMAIN` writes a
skeleton of a paper."

Ignored "ignored" Warning Finding
"A file lies among the inputs that looks like one of them but is not read, because of its ending:
papers end in `.md`, data in `.yaml` or `.yml`. Rename it or move it away. Or a data file defines nothing: delete it."

// The form of papers, data and templates

EmptyPaper "empty-paper" Error Finding
"A paper has no text at all. Fill it (`kbc new DOMAIN` shows the form) or delete it."

NoFrontMatter "no-front-matter" Error Finding
"Papers and templates begin with YAML between two lines of `---`:

    ---
    id: retries
    title: Retries
    ---
    # Retries

The first `---` must be the first line of the file."

UnclosedFrontMatter "unclosed-front-matter" Error Finding
"The front matter begins with `---` but no later line is `---`, so there is no telling where the
prose starts. Add the closing line."

YamlSyntax "yaml-syntax" Error Finding
"The YAML cannot be read. Frequent causes: a value with `: ` or ` #` in it that is not in quotes,
a tab as indentation, a quote that is never closed.

    rule: Sort once: `sorted` copies      # wrong, a second colon
    rule: \"Sort once: `sorted` copies\"    # right"

YamlTooDeep "yaml-too-deep" Error Finding
"The YAML is nested deeper than 64 levels, or its aliases expand to more than 100,000 values.
No format of kbc needs either; write the values out."

DuplicateKey "duplicate-key" Error Finding
"The same key stands twice in one YAML mapping. Other readers silently keep the last one, so kbc
refuses both. Delete one."

AmbiguousScalar "ambiguous-scalar" Error Finding
"A value without quotes that YAML 1.1 and YAML 1.2 readers understand differently: `no`, `on`,
`1_000`, `0o17`. Put it in quotes if it is text; write it plainly if it is a number.

    title: no        # false to PyYAML, text to others
    title: \"no\"      # right"

UnknownKey "unknown-key" Error Finding
"A key that the format does not have, often a slip of the pen. `kbc schema paper` prints the
format; the message names the nearest key."

MissingKey "missing-key" Error Finding
"A key that the format requires is not there. `kbc schema paper` prints the format."

WrongType "wrong-type" Error Finding
"A value of another type than the format has there, for example a number where text is meant.

    title: 2.10      # a number, and its zero would be lost
    title: \"2.10\"    # right"

InvalidValue "invalid-value" Error Finding
"A value that the format does not allow there; the message names the allowed ones."

// What readers do not see

HiddenText "hidden-text" Error Finding
"A text holds characters that no reader sees, or that make it look other than it is: tags, marks of direction, zero-width
characters, fillers, selectors that select nothing, control characters. An agent reads them all the same. It does not
matter whether they are there as they are, or as an escape of YAML, TOML or Markdown. In what gets into an output (wordings,
titles, data, kbc.toml, templates), spaces other than the usual one are told as well: no-break, thin, em, ideographic and the
like. In the prose of papers they are a custom of print, and French, Mongolian, Chinese and Japanese have theirs. Delete them. Flags, emoji and the
joiners of scripts that need them are fine; a character that a text needs for another reason is allowed in kbc.toml:

    [[hidden.allow]]
    code = \"U+00AD\"
    reason = \"the hyphenation of the print edition\"
    files = [\"papers/print.md\"]      # without it: everywhere"

UnusedAllowance "unused-allowance" Warning Finding
"`hidden.allow` of kbc.toml allows a character that none of its files holds. It would let the next one pass. Delete it."

Confusable "confusable" Error Finding
"An id, a glob or a pattern mixes letters of several scripts or is not in its normal form (NFKC), so that it matches
something else than what it looks like; or two ids look alike. Ids that differ in 0 and O, in 1, l and I, or in 5 and S
are a warning: people and agents mix them up."

MixedScript "mixed-script" Warning Finding
"A word mixes Latin letters with Cyrillic or Greek ones: it looks like a word that it is not, and no search finds it. A
Greek letter as a sign before or after Latin ones is fine, as in the change of a time or in microseconds."

HtmlComment "html-comment" Warning Finding
"A text that is injected into prompts holds an HTML comment. People who look at the rendered page do not see it; an agent
reads it and pays for it. Say it openly or delete it; a comment of a template is written `{# ... #}`."

LongLine "long-line" Warning Finding
"A line of a paper has more than 2,000 characters. Editors and reviews cut such lines off, so nobody reads what stands at
its end. Wrap it. Lines of fenced blocks may be as long as their data."

EncodedText "encoded-text" Warning Finding
"200 or more characters in a row that read like base64 or hexadecimal digits. Nobody can review what they say. Put the data
into a file that the text names, or say it in words."

// Papers

IdMismatch "id-mismatch" Error Finding
"The `id` of a paper is its file name without `.md`, so that a link, a path and an id are the same
word. Rename one of them."

DuplicateId "duplicate-id" Error Finding
"Two papers, rules, measurements or figures have the same id, or a measurement has its values in one
environment twice. A rule id is unique in the whole knowledge base, since agents quote it without its
paper. Give the newer one a new id."

NoSuccessor "no-successor" Error Finding
"What is superseded names what replaces it in `superseded_by`: a paper another paper, a rule another rule. That exists, and
its own successors do not lead back. What has a successor is superseded, whatever its status says."

Overdue "overdue" Error Finding
"The `review_by` of a paper has passed. Nobody has said since that it is still true. Read it, correct it, and set another
day."

UnknownFigure "unknown-figure" Error Finding
"A rule or a link names a figure or measurement that no file in `data/` defines.

    rule: \"A fixed delay sends {{ jitter_relief }} the requests\"    # needs figures: jitter_relief: ... in data/"

UncitedFigure "uncited-figure" Error Finding
"The wording of a rule prints a figure that its `evidence` does not list. Everything that a rule
asserts is listed as its evidence, so that a change of the figure leads to the rule."

DeadSection "dead-section" Error Finding
"`section` or a link names a heading that is not in the paper. Anchors are made as GitHub makes
them: lower case, spaces to hyphens, punctuation dropped."

DeadLink "dead-link" Error Finding
"A relative link leads to a file that is not there. Paths are relative to the paper."

DeadReference "dead-reference" Error Finding
"`refs` of a paper or a rule names a file, a glob or a command that the repository around the knowledge base does not have
(any more). Agents believe what a rule names, so correct the entry or remove it.

    refs:
      files: [src/server.py, \"migrations/**/*.sql\"]
      commands: [make test, npm run build]

Paths are relative to the folder of kbc.toml and do not lead out of it, links included. A glob without `/` is about names in
any folder; files that git ignores count, `.git` does not.

Commands are looked up by name and never run: scripts of package.json (`npm run`, `pnpm`, `yarn`), targets of a makefile,
recipes of a justfile, aliases in `.cargo/config.toml` (what cargo brings along is always there), and console scripts of
pyproject.toml. What a makefile or justfile includes is not followed, and patterns and computed names are not known. `make -C
web test` looks in the folder `web`, as do `npm --prefix`, `pnpm -C` and `yarn --cwd`."

FalseClaim "false-claim" Error Finding
"A number that links to a figure is not what the data say. A written number is true when it equals
the figure rounded at the number's last digit: 203x is true of 202.8, 210x is not. Zeros at the end
count as digits, unless a word marks the approximation: `about [200x](...)` is true of 202.8.

Words beside the number are part of the claim, before it or in the link:

    at least, no less than, or more (behind it)     every value is as large
    more than, over, above                          every value is larger
    at most, no more than, or less (behind it)      every value is as small
    less than, under, below                         every value is smaller
    up to                                           the largest value is this one
    nearly, almost                                  the value is at most a tenth smaller

`over [5x](...)` is false of 4.8, though 4.8 rounds to 5. The values are the measured one with its spread, and those of all
environments that a ratio, a saving or a share is claimed for; a link with `@environment` is about that one alone. A saving
is no increase: `[70%](...) more` is false where 70% are saved.

Correct the number, or the data if they were wrong."

UnclearClaim "unclear-claim" Error Finding
"A number that is linked to the data cannot be verified. Let the link text be the one number that the figure bears out, with
its unit: `1,000 items: [203x](...)`. It is unclear

* without a unit in the link, right behind it, or in the head of its column: the unit is never taken from the data;
* with a word that is no unit that kbc knows (`216k`, `5 ks`), or a unit that does not convert to the figure's;
* as two numbers, a range or a fraction (`5-10 ms`, `1/5 s`), or in words (`twice`, `ten times`, `orders of magnitude`);
* with letters, digits or a sign right beside the link, which would change it;
* linked to no figure at all;
* as a ratio below one that is called `faster` or `slower`, or a share that is called `more` or `less`.

kbc knows times (ns, usec, ms, seconds, min, hours, days), sizes (bytes, KB, MiB, TB, Mbit), what is counted in a time (MB/s,
req/s, ops per second), frequencies (MHz), ratios (x, times, -fold), percent and percentage points, and the unit of the data."

SwappedLabels "swapped-labels" Error Finding
"In a table, the labels of two rows or columns fit each other's cells better than their own: the words of `list, missing` are
those of the case that the cell beside `set, missing` links to. One of the two numbers is given for the other. kbc compares the
words in which two labels differ with those in which the ids, the cases and the descriptions of the linked figures differ;
labels without a word of them say nothing.

Put each label beside its own cells. If they are right, use the words of the case in the label, or name the case after them."

UnsourcedNumber "unsourced-number" Warning Finding
"A number with a unit, in the prose or a table of a paper or in the wording of a rule, that nobody vouches for. Link it to the
data that bear it out or to the publication that it is from. What the paper asserts on its own authority stands in its front
matter, with the reason:

    known:
      \"30 s\": \"the idle timeout of our load balancer, read from its settings\"

In a wording it is a figure, as in `{{ jitter_relief }}`. Numbers in code, versions, dates and plain counts are not meant:
`3 times` is a count, `3 times faster` a number that needs a source. A link to another paper is no source."

UnusedKnown "unused-known" Warning Finding
"`known` of a paper vouches for a number that its prose does not assert, or for something that is no number with a unit. Delete
it, or write it as the prose does."

OrphanedExample "orphaned-example" Error Finding
"A fenced block says `bad=ID` or `good=ID`, but the paper has no rule of that id. Correct the id or
drop the attribute."

InvalidCheck "invalid-check" Error Finding
"The check of a rule could never run. It looks in exactly one way: `ast` (an ast-grep rule object, with `language`),
`regex` (with `files`), `metric`, or `judge` with the `ast` that finds the places to ask about. All but `metric` say
how often they are right: `precision: high`, `medium` or `low`."

InvalidBenchmark "invalid-benchmark" Error Finding
"A block that is to be measured does not say what it measures, or says it twice. The cases of a measurement are Python
blocks of one paper; `setup` is the module around them:

    ```python bench=parsing setup
    text = \"1 \" * 1000
    ```
    ```python bench=parsing case=split
    text.split()
    ```

`by=time` (the default) is the time of one call of the block as a function, `by=peak` the memory that it holds at most,
`by=size` the deep size of the value in its last line, `by=import` its time in a fresh interpreter. A block may be an
example of a rule as well."

ChangedBenchmark "changed-benchmark" Error Finding
"`kbc measure` records with every value which code was run: the case, the way that it was measured, and the setup. The paper
has other code now, has the case no more, or the record of the code is gone. So nobody knows whether the value is true of the
code that readers see. Measure it again:

    kbc measure parsing

If the change has no effect on what is measured, such as another name of a variable, say so. That records the code as it is
now, and runs nothing:

    kbc measure --unchanged parsing

Comments, blank lines and spaces are no change. Values that were written by hand or imported need no record."

FailedBenchmark "failed-benchmark" Error Finding
"`kbc measure` ran a block that raised, did not compile, stopped its interpreter, or took longer than `--time-limit`.
Nothing of that case is recorded; the other cases are."

InvalidWording "invalid-wording" Error Finding
"The wording of a rule is one line of plain text with figures in braces: no line breaks, no
double braces but those of `{{ figure }}`."

PaperSize "paper-size" Warning Finding
"A paper is 2,000 to 5,000 tokens (settable in `kbc.toml`). Under that it seldom carries its evidence;
over that it is two papers, and an agent that opens it pays for both."

// Proof

NoExample "no-example" Error Finding
"A check is proven on the examples of its paper, so a rule with a check has at least one block that shows it done
wrong and one that shows it done right:

    ```python bad=RTY1
    if x in [1, 2, 3]: ...
    ```

A fragment is enough; it need not run."

BrokenExample "broken-example" Error Finding
"An example does not parse, or its block names another language than the check reads. The examples of a `metric` are
lines of `name: value unit`."

Missed "missed" Error Finding
"The check of a rule does not find the code that its own paper shows as wrong, so it would not find it in a
project either. Widen the check, or correct the example."

Noisy "noisy" Error Finding
"The check of a rule finds the code that its own paper shows as right: whoever follows the paper would be
told off. Narrow the check, or correct the example."

MatchesEverything "matches-everything" Error Finding
"A check that is true of every node finds nothing. A pattern that is only a metavariable is such a check, or a
rule of `has`, `inside`, `not` and `regex` alone, which only narrow. Say with a `pattern` or a `kind` which node it is
about."

UnboundMetavariable "unbound-metavariable" Error Finding
"A message, a fix, a constraint or a condition uses a metavariable that the pattern does not bind. The engine would print
nothing in its place, without a word."

BadFix "bad-fix" Error Finding
"The fix of a check was applied to the bad example of its paper, and what came out does not parse, is found again, or is
not what the `fixed=ID` block shows."

MissingLanguage "missing-language" Error Unreadable
"A check is about a language whose grammar this kbc was built without. Python is always there; the others are features
of the crate: `cargo install kbc --features rust,go`, or `all-languages`."

Conflict "conflict" Error Finding
"Two rules cannot both be kept: the check of each finds what the other shows as right, or their limits on one quantity leave
no value between them. Whoever follows one is told off by the other."

NearDuplicate "near-duplicate" Warning Finding
"Two rules say nearly the same in nearly the same words. Agents pay for both, and in a year only one of them will have been
corrected."

UncheckedRule "unchecked-rule" Warning Finding
"Other rules have checks; this one is only asked of those who read it, and nobody will notice when code breaks it. Write a
`check`, or say why there is none:

    unchecked: whether a cache pays off is seen in production only

A knowledge base without any check is not asked for one."

UnknownRule "unknown-rule" Warning Finding
"A text names what looks like a rule of this knowledge base, `RTY9` where there are `RTY1` to `RTY4`, but there is no such
rule, and none was retired under this id. Whoever reads it looks for it in vain. Correct the id, or spell the word in another
way if none is meant: `SQL-92` instead of `SQL92`."

UnusedBenchmark "unused-benchmark" Warning Finding
"A block of this paper measures something, but no figure of it is the evidence of a rule, a limit in its check, or linked in
the section that argues for one. Either a rule is missing that follows from it, or it is run for nothing, or the paper says why
none follows:

    unruled: { file_writes: the gain is real, but code that lacks it is too rare to ask every agent }"

// Data

UnknownMeasurement "unknown-measurement" Error Finding
"A figure is computed from a measurement or case that no file in `data/` defines, or one is repeated that was never
measured first. A case is named `measurement.case`."

UnknownEnvironment "unknown-environment" Error Finding
"A measurement, repeat, figure or link names an environment that no file in `data/` defines, or a figure is said to
hold in one where its cases are not measured. Without one, nobody can tell where its numbers come from."

ImplausibleValue "implausible-value" Error Finding
"A value that cannot have been measured: a time, size or rate that is zero or negative, or a time under a tenth of a
nanosecond, which no clock can tell. Such a run did nothing, was optimised away, or was too short for its clock.
Measure it again with more rounds, or delete the case; the message names all that is argued from it."

ZeroDivision "zero-division" Error Finding
"A ratio or percentage divides by a measurement that is zero, such as a count of errors, so it has no value. Compare by
a difference, or divide by something that is there."

UnitMismatch "unit-mismatch" Error Finding
"A figure compares measurements whose units do not convert, or is to be printed in a unit of another
kind; or a measurement is repeated in one."

EnvironmentsDisagree "environments-disagree" Warning Finding
"A measurement was repeated in a second environment (under `repeats` in data/), and there a figure differs by more than
its `tolerance` from what its rules and papers say. Whoever reads the number reads it as true of every machine. Say in
a paper what it is elsewhere, with a link that names the environment (it is verified against the value there), or say
where the figure holds:

    On Linux it is [9.1x](../data/benchmarks.yaml#jitter_relief@linux_x86_64_cpython_3_11).

    jitter_relief: { ..., holds_in: [macos_arm64] }"

ClaimReversed "claim-turned" Error Finding
"In a second environment a figure says the opposite: a ratio crosses 1, a share 100 %, a difference or saving changes its
sign. Who follows the rule there makes things worse. Say so in a paper, with a link that names the environment
(`#jitter_relief@linux_x86_64_cpython_3_11`), or say with `holds_in` where the figure holds; then look whether the
rule still stands."

NoCrossover "no-crossover" Error Finding
"The two series of a crossover have fewer than two sizes in common, or one is below the other at all
of them, so there is no size at which they cross."

UnusedFigure "unused-figure" Warning Finding
"No rule and no link uses this figure or measured case. Delete it, or write down what follows from it."

UnusedUtility "unused-utility" Warning Finding
"A file in `utils/` defines a part of a syntax rule, which checks of its language can name:

    id: in-handler
    language: python
    rule: { inside: { kind: except_clause, stopBy: end } }

and in a check `matches: in-handler`. A file with the name of a utility rule that kbc has (`in-loop`) is taken instead of it.
No check names this one. Delete it, or use it."

// Templates and outputs

TemplateSyntax "template-syntax" Error Finding
"The template is not valid minijinja (the syntax of Jinja2)."

UnknownVariable "unknown-variable" Error Finding
"The template uses a variable, filter, function or template that does not exist. A template gets
`name`, `domains` (each with `id`, `title`, `priority`, `rules`), `rules` (each with `id`, `text`,
`wording`, `domain`, `priority`, `tags`, `evidence`), `figures` (by id, as they are printed), `evidence` (by the id of a
figure: `about`, `text`, `formula`, `environments`), `environments`, `roles` and `phases`. With `each: role` it gets
`role` (`name`, `description`, `tier`, `phase`, and `hands_over`, a list of `when` and `to`), with `each: domain` it gets
`domain` (`id`, `title`, `priority`, `paper`, `tags`, `globs`). The filter
`between_marks` puts code for a prompt between two lines with a word that it does not have. The filters `batch`, `format`,
`indent` and `slice` are not there."

TemplateRunsAway "template-runs-away" Error Finding
"The template did not end within its bound of 100,000 steps and 500 for each rule, wrote more than 16 MiB, made values of more
than 32 MiB, looked at more than 8 million values, nested values deeper than 64, or takes too long to be written anew for each
rule that a budget chooses from. It probably loops over itself, or over values that grow with each round."

TemplateFailed "template-failed" Error Finding
"The template is well formed but failed while it ran; the message says how."

OutputPath "output-path" Error Finding
"The `output` of a template must be a relative path that stays in the project, must not be an input,
a folder or a link that leads out. With `each: role` it has `{role}` in it, with `each: domain` it has `{domain}`, so
that every output has a path of its own."

OutputClash "output-clash" Error Finding
"Two templates make the same file, so one would overwrite the other. Give each its own `output`."

BudgetBounds "budget-bounds" Error Finding
"The `min` of a budget is above its `max`, so no document could satisfy it."

OverBudget "over-budget" Error Finding
"Even with every critical rule in its shortest wording and nothing else, the document is over its
`max`. Critical rules are never dropped: shorten their wordings, make some of them `high`, or raise
`max`. The old file stays as it was."

UnderBudget "under-budget" Warning Finding
"The finished document has fewer tokens than the `min` of its budget: it says less than it was meant
to. Add rules, fuller wordings, or lower `min`."

UnknownSelection "unknown-selection" Error Finding
"A template selects a domain, tag, rule or role that the knowledge base does not have, so it would silently
come out shorter than meant; or a role of kbc.toml carries a domain or rule that is not there."

InvalidOutput "invalid-output" Error Bug
"kbc made a file that breaks its own schema. That is a fault of kbc, please report it."

DamagedMarks "damaged-marks" Error Finding
"A block cannot be kept in a file of somebody else: one of its marks is missing, doubled, or behind a code block that never
ends, so that there is no telling what is kbc's. Nothing is written. Whole, a block is

    <!-- kbc:begin agents-md -->
    ...
    <!-- kbc:end agents-md -->

on lines of their own. With both marks deleted, `kbc build` puts a new block at the end of the file."

LinkedSharedFile "linked-host" Error Finding
"A file that a block is to be kept in is a link. Writing through it would change another file than the one that the template
names, and replacing it would cut the link. Name the file that it leads to, or leave the template out: who reads the link
reads the block of that file."

ToolFormat "tool-format" Error Finding
"The front matter of an output is not what the tool accepts that reads this path: a key that it needs, a name of another form
or other than its folder, a description that is too long. The tool would skip the file and say nothing. A key that kbc does
not know of the tool is a warning, as tools add keys and pass over others: it may be a slip. What each tool accepts is a table of kbc, and holds for the outputs of all templates by their paths."

ToolLimit "tool-limit" Error Finding
"An output is larger than the tool that reads this path takes in; the message says what happens beyond. Of a file in which
kbc keeps a block everything counts, since the tool reads all of it."

// Roles

UnknownRole "unknown-role" Error Finding
"A role of kbc.toml hands over to a role that is not there. Correct the name, or add the role:

    [roles.profiling]
    description = \"Finds where the time goes\"
    tags = [\"profiling\"]"

UnreachableRole "unreachable-role" Error Finding
"No handover leads to a role, so nobody would ever ask it; or there is no one role that work begins with. That is the role
with `tier = \"orchestrator\"`, or else the only one that nobody hands over to. Roles of which none hands anything over are
agents of their own and need no root.

    hands_over = [{ when = \"the profile is CPU-bound\", to = \"systems\" }]"

CircularHandover "circular-handover" Error Finding
"Roles of kbc.toml hand work over in a circle that the root is no part of, or one hands over to itself. Nobody in the circle
is there to say that the work is done, so agents go round in it. Let one of them hand back to the root, which decides what
comes next."

IdleRole "idle-role" Error Finding
"A role carries no active rule: no paper of its `domains`, no rule with one of its `tags` and none of its `rules` is in
force. An orchestrator that names none of the three carries every rule. Tags may be of papers that are not written yet, so
an unknown one is no error as long as something is left to carry."

UncarriedRule "uncarried-rule" Error Finding
"No role of kbc.toml carries an active rule, so no agent is asked to keep it. An orchestrator that carries every rule does
not count. Give its domain, a tag of it or its id to a role, or say why none needs it:

    [[unassigned]]
    rules = [\"SQL4\"]
    reason = \"settled when the schema is designed, by people\""

Unassigned "unassigned" Error Finding
"`[[unassigned]]` of kbc.toml is about a rule that does not exist, or that a role carries after all. Take it out."

PhaseOrder "phase-order" Error Finding
"A role is of a phase that `phases` of kbc.toml does not list, or hands over to a role of an earlier phase. Work goes on to
its own or a later phase; only the root may be handed back to, and begins again."

// Drift

Stale "stale" Error Finding
"An output is not what the papers, data and templates say now: one of them changed, or somebody
edited the output. The message leads to the input of the first line that differs. Edit that, run
`kbc build`, and commit the output with it."

Missing "missing" Error Finding
"An output that a template makes is not there: a file, or the block in a file of somebody else. `kbc build` writes it."

Stray "stray" Error Finding
"A file lies in the output folder that no template makes, so an agent may read what nobody maintains.
`kbc build` removes it if kbc made it; move it elsewhere if a person did."

Foreign "foreign" Error Finding
"A file lies where an output belongs, and kbc did not make it: its first lines do not say so. kbc
does not overwrite it. Move it away, or run `kbc build --force`. Formats without comments (JSON, CSV) are
taken for kbc's own in the output folder; elsewhere they say \"Made by `kbc build`\" in their first five lines."

Unadopted "unadopted" Error Finding
"`kbc adopt` moves an edit of an output into the paper when it is the edit of one wording on its line, with the figures in it
as they were. Other edits are left where they are: make them in the paper, the data or the template, then `kbc build`."

// Lock

Suspect "suspect" Error Finding
"What a rule was distilled from has changed since somebody last read both: the section that argues for it, the value of
a figure, its check or its examples. The rule may be wrong now. Read the section, correct the rule or the paper, then
`kbc accept RTY1`. Line ends, wrapping and emphasis do not count."

Reworded "reworded" Warning Finding
"A paper has changed outside of the sections that its rules are distilled from: its method, its limits, its sources. Its
rules may hold elsewhere now. It is an error if a sentence changed, came or went that states a number, links to the data or
names a rule, or a row of a table: nothing else would notice. Read it, then `kbc accept PAPER`."

ChangedSettings "changed-settings" Error Finding
"Something was changed that no output shows, so that nobody would see it: in a paper the numbers under `known`, the benchmarks
under `unruled`, their reasons, `refs` and `review_by`; in kbc.toml bounds, exceptions and their reasons, tiers and budgets of
roles, and what makes checks and reviews fail; in a template the `min` of its budget. If it is meant, `kbc accept PAPER` or
`kbc accept kbc.toml` says so."

Unlocked "unlocked" Error Finding
"A rule or paper has no entry in kbc.lock, so a change of what it says would go unnoticed. `kbc build` adds new ones."

GoneRule "gone-rule" Error Finding
"kbc.lock knows a rule that no paper has any more. Reviews, waivers and people may still name it. Put it back, or retire
its id for good with `kbc accept ID`."

RetiredId "retired-id" Error Finding
"The id of a rule belonged to another that is gone. Who reads the old id in a review, a waiver or a commit would be led to
the wrong rule. Give the new rule an id that was never used."

InvalidLock "invalid-lock" Error Unreadable
"kbc.lock has a line that kbc did not write, two entries for one id, or the marks of a merge conflict. Of a conflict keep
both sides: whatever does not hold any more is reported by `kbc check`."

// Review

Finding "finding" Warning Finding
"Reviewed code breaks a rule. The message carries the id of the rule: `kbc explain RTY1` leads to the paper that argues
for it. Where the rule does not hold, say so in the code: `# kbc: ignore[RTY1] only the nightly job calls it`."

Question "question" Info Finding
"A rule asks a question about this place that only a reader can answer. `kbc review --format json` lists the open
questions with their code; answers go back with `kbc review --answers FILE`, one JSON object a line:

    {\"rule\": \"CCH1\", \"place\": \"app/cache.py:12:5\", \"answer\": \"yes\", \"reason\": \"the key holds the locale\"}

`--fail-on open` makes open questions fail."

Unreviewed "unreviewed" Warning Finding
"A file, or a part of it, was not reviewed: it is binary, not UTF-8, larger than 8 MiB, has too many tokens, is nested too
deep, or a rule finds more in it than is listed. What was not reviewed has not passed. Convert it, or leave it out: list it in
.gitignore, .ignore, or under `review.ignores` of kbc.toml."

SyntaxError "syntax-error" Warning Finding
"A part of the reviewed code does not parse. What does was reviewed; near the fault, findings may be missing."

UnusedSuppression "unused-suppression" Warning Finding
"A comment suppresses a rule where the rule finds nothing, or names a rule that does not exist. It would hide the next
finding there. Remove it."

UnreadSuppression "unread-suppression" Warning Finding
"A comment looks like a suppression and is none, so it suppresses nothing. Write `# kbc: ignore[RTY1] reason`: the ids of
rules in square brackets, right behind `ignore`, with commas between them. It comes first in its comment, or behind another
mark of a comment: `# type: ignore  # kbc: ignore[RTY1] reason`."

NewSilence "new-silence" Info Finding
"Since the revision of `--since` a comment, a waiver or an answer was added that keeps a finding from being told. It may be
right: read it. With `--at REV` waivers are those of the revision; `--fail-on info` fails on new ones."

UnexplainedSuppression "unexplained-suppression" Info Finding
"A comment suppresses a finding and does not say why. Whoever reads it next cannot know whether the reason
still holds: `# kbc: ignore[RTY1] only the nightly job calls it`."

ExpiredWaiver "expired-waiver" Error Finding
"A waiver in kbc.toml has passed its day. What it covered counts again. Fix the code, or agree on another day with the
owner of the waiver."

Unmeasured "unmeasured" Error Finding
"A limit could not be held against the results that were given: what ran failed, there are too few rounds, the units do
not convert, or what it is relative to is several results or none. What was not measured has not passed. A limit whose
result is in none of the files is only listed, unless its rule is named with `--rule`."

UnaskedAnswer "unasked-answer" Error Finding
"An answer is about a place where no rule asks anything, or the code there has changed since. Answer the questions that
`kbc review --format json` lists now."
}
