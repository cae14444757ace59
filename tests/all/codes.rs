//! What was promised of codes: a name of an earlier release is known, no severity is raised within a format, and what could be
//! set can be set.

use std::fs;
use std::path::Path;

use kbc::diag::{Code, HOME, Kind};

use crate::kit;

/// The codes of each release, one a line: name, severity, and whether settings could lower it.
#[test]
fn codes_of_earlier_releases_keep_what_was_promised() {
    let releases = kit::entries(Path::new("tests/compat/codes"));
    assert!(!releases.is_empty(), "the lists are where the test looks for them");
    for release in releases {
        let list = fs::read_to_string(&release).expect("it is text");
        for line in list.lines() {
            let [name, severity, set] = *line.split(' ').collect::<Vec<_>>() else { panic!("odd line: {line}") };
            let code = Code::from_any_name(name).unwrap_or_else(|| panic!("{name} is no name any more"));
            let rank = |name: &str| ["hint", "info", "warning", "error"].iter().position(|known| *known == name);
            assert!(rank(code.severity().name()) <= rank(severity), "{name} is raised, which fails unchanged projects");
            assert!(set != "settable" || code.kind() == Kind::Taste, "{name} could be set");
        }
    }
}

/// Each code has its page, below the one home.
#[test]
fn a_page_is_named_after_its_code() {
    assert!(HOME.starts_with("https://") && !HOME.ends_with('/'));
    for code in Code::ALL {
        assert_eq!(code.url(), format!("{HOME}/codes/{}", code.name()));
    }
}
