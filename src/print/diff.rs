//! Unified diffs for a terminal.

use crate::text::quoted;

/// A unified diff with its lines coloured.
pub fn diff(text: &str) -> String {
    let style = |line: &str| match line.as_bytes().first() {
        Some(b'+') => anstyle::AnsiColor::Green.on_default(),
        Some(b'-') => anstyle::AnsiColor::Red.on_default(),
        Some(b'@') => anstyle::AnsiColor::Cyan.on_default(),
        _ => anstyle::Style::new(),
    };
    let paint = |line: &str| format!("{0}{1}{0:#}\n", style(line), quoted::line(line));
    text.lines().map(paint).collect()
}
