//! The machine and interpreter that something ran on: told in words, and an id made of them.

use serde::Deserialize;

/// What is known of a machine.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Machine {
    /// `CPython`.
    pub implementation: Option<String>,
    /// `3.11.7`.
    pub version: Option<String>,
    /// `Linux`, `macOS 26.2`.
    pub system: String,
    /// `x86_64`.
    pub architecture: String,
    /// With the number of its cores.
    pub processor: Option<String>,
    pub memory: Option<String>,
}

impl Machine {
    /// `linux_x86_64_cpython_3_11`: patch versions are one environment.
    pub fn id(&self) -> String {
        let version = self.version.as_ref().map(|version| version.split('.').take(2).collect::<Vec<_>>().join("."));
        let system = self.system.split(' ').next().unwrap_or_default().to_owned();
        let parts = [Some(system), Some(self.architecture.clone()), self.implementation.clone(), version];
        id_of(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }

    /// `CPython 3.11.7`.
    pub fn interpreter(&self) -> Option<String> {
        let name = self.implementation.as_ref()?;
        Some(self.version.as_ref().map_or_else(|| name.clone(), |version| format!("{name} {version}")))
    }

    /// `Linux, x86_64`.
    pub fn platform(&self) -> String {
        let parts = [self.system.as_str(), self.architecture.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// An id of the words of a name: lower case, joined by underscores.
pub fn id_of(name: &str) -> String {
    let letters = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    let words = letters.collect::<String>();
    let id = words.split_whitespace().collect::<Vec<_>>().join("_");
    if id.is_empty() { "unnamed".to_owned() } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words_of_names() {
        assert_eq!(id_of("item in list (first)"), "item_in_list_first");
        assert_eq!(id_of("dict[key] \u{2014} 100%"), "dict_key_100");
        assert_eq!(id_of("\u{2192}"), "unnamed");
        let machine = Machine {
            implementation: Some("CPython".into()),
            version: Some("3.11.7".into()),
            system: "macOS 26.2".into(),
            architecture: "arm64".into(),
            ..Machine::default()
        };
        assert_eq!(machine.id(), "macos_arm64_cpython_3_11");
        assert_eq!(machine.platform(), "macOS 26.2, arm64");
    }
}
