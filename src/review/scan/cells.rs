//! Notebooks: their cells are reviewed together, as one text of Python. Rules that read any text and are about notebooks by
//! name read the file as it is.

use super::Scan;
use crate::input::formats::notebook::{Notebook, as_code};
use crate::review::engine::{CodeText, Engine, Timing};

impl Engine {
    pub(super) fn scan_cells(&self, code: &CodeText, timing: Option<&Timing>) -> Scan {
        let notebook = match Notebook::read(code.text) {
            Ok(notebook) => notebook,
            Err(at) => return Scan { broken: Some(at..next(code.text, at)), ..Scan::default() },
        };
        let path = as_code(code.path);
        let cells = CodeText { path: &path, text: &notebook.code, ..*code };
        let mut scan = self.scan_text(&cells, timing);
        in_file(&mut scan, &notebook);
        // Who leaves notebooks out names them as they are.
        scan.matches.retain(|found| !self.matchers[found.matcher].leaves_out(code.path));
        let of_file = |at: &usize| self.matchers[*at].is_about(code.path) && !self.matchers[*at].is_about(&path);
        if self.by_text.iter().any(of_file) {
            let found = self.scan_text(code, timing).matches;
            scan.matches.extend(found.into_iter().filter(|found| of_file(&found.matcher)));
            scan.matches.sort_by_key(|found| (found.range.start, found.range.end, found.matcher));
        }
        scan
    }
}

/// Leads what was found in the code of a notebook to its places in the file. There a fix would have to be written otherwise.
fn in_file(scan: &mut Scan, notebook: &Notebook) {
    for found in &mut scan.matches {
        found.range = notebook.in_file(&found.range);
        found.fix = None;
    }
    for complaint in &mut scan.complaints {
        let range = complaint.range_mut();
        *range = notebook.in_file(range);
    }
    scan.silenced.iter_mut().for_each(|silenced| silenced.range = notebook.in_file(&silenced.range));
    scan.broken = scan.broken.take().map(|range| notebook.in_file(&range));
}

/// Where the character ends that begins at a byte.
fn next(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(0, char::len_utf8)
}
