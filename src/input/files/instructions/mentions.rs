//! What a rule names in code: paths, globs, commands, and constructs that a check could look for.

/// What a text names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    pub files: Vec<String>,
    pub globs: Vec<String>,
    pub commands: Vec<String>,
    pub constructs: Vec<String>,
}

/// Programs whose commands a repository defines, or that are run in one.
const PROGRAMS: &[&str] = &[
    "npm",
    "pnpm",
    "yarn",
    "npx",
    "bun",
    "node",
    "deno",
    "make",
    "just",
    "cargo",
    "go",
    "python",
    "python3",
    "pip",
    "uv",
    "uvx",
    "poetry",
    "pytest",
    "ruff",
    "mypy",
    "tox",
    "nox",
    "dotnet",
    "mvn",
    "./mvnw",
    "gradle",
    "./gradlew",
    "swift",
    "xcodebuild",
    "mix",
    "rake",
    "bundle",
    "rails",
    "composer",
    "php",
    "artisan",
    "docker",
    "docker-compose",
    "kubectl",
    "helm",
    "terraform",
    "git",
    "gh",
    "task",
    "bazel",
    "cmake",
    "ctest",
    "ninja",
    "sbt",
    "lein",
    "stack",
    "cabal",
    "zig",
    "turbo",
    "nx",
    "tsc",
    "eslint",
    "prettier",
    "biome",
    "vitest",
    "jest",
    "prek",
    "pre-commit",
    "golangci-lint",
    "gofmt",
    "gofumpt",
    "goimports",
    "swiftlint",
    "bash",
    "sh",
    "curl",
    "cd",
    "export",
    "source",
    "brew",
    "apt",
    "rg",
    "grep",
    "sed",
];

/// Endings of files that are named without a folder.
const ENDINGS: &[&str] = &[
    "md",
    "mdx",
    "json",
    "jsonc",
    "toml",
    "yaml",
    "yml",
    "rs",
    "py",
    "ts",
    "tsx",
    "js",
    "jsx",
    "mjs",
    "go",
    "java",
    "kt",
    "swift",
    "cs",
    "csproj",
    "sln",
    "props",
    "rb",
    "php",
    "c",
    "h",
    "cpp",
    "hpp",
    "sh",
    "sql",
    "css",
    "scss",
    "html",
    "lock",
    "txt",
    "cfg",
    "ini",
    "fs",
    "ex",
    "exs",
    "proto",
    "gradle",
    "xml",
    "editorconfig",
    "mdc",
    "env",
    "mod",
];

/// Is it a command: a program that is known, with arguments, or a script by its path?
pub fn is_command(code: &str) -> bool {
    let mut words = code.split_whitespace();
    let first = words.next().unwrap_or_default();
    let has_arguments = words.next().is_some();
    (PROGRAMS.contains(&first) && (has_arguments || first == "make")) || (first.starts_with("./") && has_arguments)
}

/// What stands between backticks in a text.
pub fn of(text: &str) -> Mentions {
    let mut mentions = Mentions::default();
    let parts: Vec<&str> = text.split('`').collect();
    for pair in parts.chunks_exact(2) {
        let (before, code) = (pair[0], pair[1].trim());
        let example = is_introduced_as_one(before) || is_made_up(code);
        if code.is_empty() || (example && is_path(code)) {
            continue;
        }
        let list = if is_command(code) {
            &mut mentions.commands
        } else if !code.contains(char::is_whitespace) && is_path(code) {
            if code.contains(['*', '{', '?']) { &mut mentions.globs } else { &mut mentions.files }
        } else if is_code(code) {
            &mut mentions.constructs
        } else {
            continue;
        };
        if !list.iter().any(|known| known == code) {
            list.push(code.to_owned());
        }
    }
    mentions
}

/// Is what comes next an example of a name, and no name: `like`, `e.g.`?
fn is_introduced_as_one(before: &str) -> bool {
    let before = before.to_lowercase();
    let before = before.trim_end_matches([' ', '(', ',', ':']);
    let words = ["like", "e.g.", "e.g", "such as", "example", "instance", "→", "->", "named", "called"];
    words.iter().any(|word| before.ends_with(word) || before.ends_with(&format!("{word} in")))
}

/// Parts of names that stand for any name, or say how names are written.
const MADE_UP: &[&str] = &[
    "kebab",
    "camelcase",
    "pascalcase",
    "snake_case",
    "foo",
    "example",
    "your",
    "xxx",
    "yyyy",
    "name",
    "<",
    "my_",
    "path/to",
];

fn is_made_up(code: &str) -> bool {
    let lower = code.to_lowercase();
    MADE_UP.iter().any(|word| lower.contains(word)) || code.starts_with("My")
}

/// Words that are something of a language although they look like any word.
const KEYWORDS: &[&str] = &[
    "any", "unsafe", "except", "eval", "goto", "var", "let", "null", "None", "panic", "print", "require", "sleep",
    "unwrap",
];

/// Does it look like something of a language, and not like a word or the way that words are written?
fn is_code(code: &str) -> bool {
    let sign = code.contains(['.', '(', ':', '!', '@', '#', '=', '[', '<', '&', '_', '$', '{', '|', '"', '%']);
    let mixed = code.chars().skip(1).any(char::is_uppercase) && code.chars().any(char::is_lowercase);
    let is_one = sign || mixed || KEYWORDS.contains(&code);
    is_one && !is_made_up(code) && !code.starts_with("--") && code.len() > 1
}

/// Does a word look like a path or a glob of files?
fn is_path(code: &str) -> bool {
    let odd = |c: char| "()<>=;:\"'|&$@#!%^,\\+[]".contains(c);
    if code.contains(odd)
        || code.starts_with("//")
        || code.starts_with("--")
        || code.starts_with('~')
        || code.starts_with('/')
    {
        return false;
    }
    let ending = code.rsplit_once('.').map(|(_, ending)| ending);
    let named = ending.is_some_and(|ending| ENDINGS.contains(&ending)) && !code.starts_with('.')
        || code.starts_with("*.")
        || code.starts_with("**");
    let folder = code.contains('/') && code.split('/').all(|part| !part.contains(' ')) && !code.contains("::");
    // `Next.js` and `e.g` are no files, `and/or` is no path.
    named
        || (folder
            && (code.ends_with('/') || code.matches('/').count() > 1 || code.contains('.') || code.starts_with("src/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_apart() {
        let mentions =
            of("Never call `JSON.parse(x)` in `src/api/`; run `pnpm check`, see `docs/a.md`, not `*.test.ts` or `any`");
        assert_eq!(mentions.files, ["src/api/", "docs/a.md"]);
        assert_eq!(mentions.globs, ["*.test.ts"]);
        assert_eq!(mentions.commands, ["pnpm check"]);
        assert_eq!(mentions.constructs, ["JSON.parse(x)", "any"]);
        assert_eq!(of("Write names like `src/a.ts` in `kebab-case`, as in `kebab-case.ts`"), Mentions::default());
    }
}
