//! A text that is changed on its way out, some lines at a time, so that it is never in memory as a whole.

use std::io::{self, Write};

/// Bytes that are collected before they are changed.
const BLOCK: usize = 64 << 10;

/// Writes a text as a function changes each of its lines.
pub fn write(
    out: &mut dyn Write,
    change: impl Fn(&str) -> String,
    made: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut lines = Lines { out, change, waiting: Vec::new(), looked: 0 };
    made(&mut lines)?;
    let rest = lines.waiting.len();
    lines.pass(rest)
}

struct Lines<'a, F> {
    out: &'a mut dyn Write,
    change: F,
    waiting: Vec<u8>,
    /// So many bytes of it have no line end.
    looked: usize,
}

impl<F: Fn(&str) -> String> Lines<'_, F> {
    /// Hands on so many bytes of what waits.
    fn pass(&mut self, count: usize) -> io::Result<()> {
        let text = std::str::from_utf8(&self.waiting[..count]).map_err(io::Error::other)?;
        self.out.write_all((self.change)(text).as_bytes())?;
        self.waiting.drain(..count);
        Ok(())
    }
}

impl<F: Fn(&str) -> String> Write for Lines<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= BLOCK {
            let end = self.waiting[self.looked..].iter().rposition(|byte| *byte == b'\n');
            if let Some(end) = end {
                self.pass(self.looked + end + 1)?;
            }
            self.looked = self.waiting.len();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_changed_once() {
        for (lines, width) in [(3, 1), (3, 200_000), (50_000, 7), (1, 0)] {
            let text = format!("{}é##[\n", "x".repeat(width)).repeat(lines) + "rest";
            let mut out = Vec::new();
            let made = |out: &mut dyn Write| text.as_bytes().chunks(13).try_for_each(|chunk| out.write_all(chunk));
            write(&mut out, |text| text.replace("##[", "[##"), made).expect("memory can be written");
            assert!(out == text.replace("##[", "[##").into_bytes(), "{lines} lines of {width}");
        }
    }
}
