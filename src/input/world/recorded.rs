//! A world that writes down what it is asked, so that a result can be told to be still what it would be: if all that was
//! asked has the same answers, whatever was made of them is the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Bytes, Entry, Links, Matched, World};
use crate::diag::UserError;
use crate::text::fingerprint::{self, Digest};
use crate::text::glob::Globs;

/// A question, with all that its answer depends on. Walks come first: they find what others ask about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
enum Question {
    Files(String, Links),
    Names(String),
    Read(String, u64, Links),
    Exists(String),
    Matches(String, Vec<String>),
    Target(String),
    Day,
}

impl Question {
    /// Does its answer help to answer others?
    fn is_walk(&self) -> bool {
        matches!(self, Question::Files(..) | Question::Names(_))
    }

    /// The digest of what a world answers.
    fn ask(&self, world: &dyn World) -> Digest {
        match self {
            Question::Files(folder, links) => files(&world.files(folder, *links)),
            Question::Names(folder) => names(&world.names(folder)),
            Question::Read(path, limit, links) => bytes(&world.read(path, *limit, *links)),
            Question::Exists(path) => yes(world.exists(path)),
            Question::Matches(folder, globs) => match Globs::new(globs) {
                Ok(globs) => matched(world.matches(folder, &globs)),
                Err(_) => fingerprint::whole(&[b"no globs"]),
            },
            Question::Target(path) => target(&world.target(path)),
            Question::Day => day(world.day().as_deref()),
        }
    }
}

/// What was asked, and a digest over all of the answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    questions: Vec<Question>,
    answers: Digest,
}

impl Record {
    /// Would a world answer all of it alike?
    pub fn holds(&self, world: &dyn World) -> bool {
        let (walks, others): (Vec<&Question>, Vec<&Question>) =
            self.questions.iter().partition(|question| question.is_walk());
        let mut answers: Vec<Digest> = walks.into_iter().map(|question| question.ask(world)).collect();
        answers.par_extend(others.into_par_iter().map(|question| question.ask(world)));
        over(answers.iter()) == self.answers
    }

    pub fn len(&self) -> usize {
        self.questions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }
}

fn over<'a>(answers: impl Iterator<Item = &'a Digest>) -> Digest {
    fingerprint::whole(&answers.map(|answer| &answer[..]).collect::<Vec<_>>())
}

/// Another world, and what it was asked so far.
pub struct Recorded<'a> {
    world: &'a dyn World,
    /// The answer of each question; `None`, if there were two.
    asked: Mutex<BTreeMap<Question, Option<Digest>>>,
}

impl<'a> Recorded<'a> {
    pub fn new(world: &'a dyn World) -> Self {
        Self { world, asked: Mutex::default() }
    }

    /// What was asked; `None` if something changed in the meantime, so that the result is of no one state.
    pub fn record(self) -> Option<Record> {
        let asked = self.asked.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Walks sort before all others, as `Record::holds` asks them.
        let (questions, answers): (Vec<Question>, Vec<Option<Digest>>) = asked.into_iter().unzip();
        let answers = answers.into_iter().collect::<Option<Vec<Digest>>>()?;
        Some(Record { questions, answers: over(answers.iter()) })
    }

    fn note(&self, question: Question, answer: Digest) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = asked.entry(question).or_insert(Some(answer));
        if *known != Some(answer) {
            *known = None;
        }
    }
}

impl World for Recorded<'_> {
    fn exists(&self, path: &str) -> bool {
        let answer = self.world.exists(path);
        self.note(Question::Exists(path.to_owned()), yes(answer));
        answer
    }

    fn read(&self, path: &str, limit: u64, links: Links) -> Bytes {
        let answer = self.world.read(path, limit, links);
        self.note(Question::Read(path.to_owned(), limit, links), bytes(&answer));
        answer
    }

    fn files(&self, folder: &str, links: Links) -> Vec<Entry> {
        let answer = self.world.files(folder, links);
        self.note(Question::Files(folder.to_owned(), links), files(&answer));
        answer
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let answer = self.world.names(folder);
        self.note(Question::Names(folder.to_owned()), names(&answer));
        answer
    }

    fn matches(&self, folder: &str, globs: &Globs) -> Matched {
        let answer = self.world.matches(folder, globs);
        self.note(Question::Matches(folder.to_owned(), globs.patterns().to_vec()), matched(answer));
        answer
    }

    fn target(&self, path: &str) -> Result<String, UserError> {
        let answer = self.world.target(path);
        self.note(Question::Target(path.to_owned()), target(&answer));
        answer
    }

    fn day(&self) -> Option<String> {
        let answer = self.world.day();
        self.note(Question::Day, day(answer.as_deref()));
        answer
    }
}

fn yes(answer: bool) -> Digest {
    fingerprint::whole(&[b"exists", &[u8::from(answer)]])
}

fn bytes(answer: &Bytes) -> Digest {
    match answer {
        Bytes::Found(bytes) => fingerprint::whole(&[b"found", bytes]),
        Bytes::Absent => fingerprint::whole(&[b"absent"]),
        Bytes::TooLarge(size) => fingerprint::whole(&[b"too large", &size.to_le_bytes()]),
        Bytes::NotAFile => fingerprint::whole(&[b"not a file"]),
        Bytes::Link(leads) => fingerprint::whole(&[b"link", leads.as_bytes()]),
        Bytes::Unreadable(why) => fingerprint::whole(&[b"unreadable", why.as_bytes()]),
        Bytes::Unknown => fingerprint::whole(&[b"unknown"]),
    }
}

fn files(answer: &[Entry]) -> Digest {
    let parts = answer.iter().flat_map(|entry| match entry {
        Entry::File(path) => [&b"file"[..], path.as_bytes(), b""],
        Entry::Fault(path, why) => [b"fault", path.as_deref().unwrap_or_default().as_bytes(), why.as_bytes()],
    });
    fingerprint::whole(&parts.collect::<Vec<_>>())
}

fn names(answer: &[String]) -> Digest {
    fingerprint::whole(&answer.iter().map(String::as_bytes).collect::<Vec<_>>())
}

fn matched(answer: Matched) -> Digest {
    match answer {
        Matched::Some => fingerprint::whole(&[b"some"]),
        Matched::None => fingerprint::whole(&[b"none"]),
        Matched::NotAmong(count) => fingerprint::whole(&[b"not among", &(count as u64).to_le_bytes()]),
        Matched::Unknown => fingerprint::whole(&[b"unknown"]),
    }
}

fn target(answer: &Result<String, UserError>) -> Digest {
    match answer {
        Ok(path) => fingerprint::whole(&[b"to", path.as_bytes()]),
        Err(UserError { message, help, .. }) => {
            let help = fingerprint::whole(&help.iter().map(String::as_bytes).collect::<Vec<_>>());
            fingerprint::whole(&[b"not", message.as_bytes(), &help])
        }
    }
}

fn day(answer: Option<&str>) -> Digest {
    fingerprint::whole(&[b"day", &[u8::from(answer.is_some())], answer.unwrap_or_default().as_bytes()])
}
