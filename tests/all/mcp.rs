//! `kbc mcp` as a client sees it: lines of JSON to the real program, and what comes back. Whatever is sent, it is answered,
//! nothing outside of the project is read, and the program ends well when its input ends.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::kit::{self, command, write};

const ROLE: &str = "\n[agents.roles.writer]\ndescription = \"Writes code.\"\nselect.papers = [\"retries\"]\n";
const FOUND: &str = "def f(get):\n    try:\n        return get()\n    except OSError:\n        time.sleep(3)\n";

fn kbc(root: &Path, arguments: &[&str]) -> String {
    let output = kit::kbc(root, arguments);
    assert!(output.is_clean(), "kbc {arguments:?}: {}", output.said());
    output.stdout
}

/// A folder with a knowledge base in `kb` and things beside it that are nobody's business.
fn project(name: &str) -> PathBuf {
    let place = kit::folder(&format!("mcp/{name}")).canonicalize().expect("it is there");
    kbc(&place, &["init", "kb"]);
    let root = place.join("kb");
    let config = fs::read_to_string(root.join("kbc.toml")).expect("it is there");
    write(&root, "kbc.toml", &(config + ROLE));
    write(&root, "src/a.py", FOUND);
    write(&place, "secret.py", FOUND);
    kbc(&root, &["build"]);
    root
}

fn replace(root: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(path)).expect("it is there");
    assert!(text.contains(from), "{path} has {from}");
    write(root, path, text.replace(from, to));
}

/// A session with the server.
struct Session {
    server: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    count: u64,
}

impl Session {
    /// Started somewhere else, so that nothing depends on where an agent program is.
    fn start(root: &Path) -> Self {
        let root = root.to_str().expect("a UTF-8 path");
        let mut command =
            command(Path::new(root).parent().expect("it lies in a folder"), &["serve", "mcp", "--base", root]);
        let mut server = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("kbc runs");
        let output = BufReader::new(server.stdout.take().expect("it is piped"));
        Self { input: server.stdin.take(), server, output, count: 0 }
    }

    /// After the greetings.
    fn open(root: &Path) -> Self {
        let mut session = Self::start(root);
        let about =
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let answer = session.ask("initialize", &about);
        assert_eq!(answer["result"]["serverInfo"]["name"], "kbc", "{answer}");
        for kind in ["tools", "resources", "prompts"] {
            assert!(answer["result"]["capabilities"][kind].is_object(), "{answer}");
        }
        session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        session
    }

    fn send(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it is open");
        input.write_all(line.as_bytes()).and_then(|()| input.write_all(b"\n")).expect("the server reads");
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the server writes text");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!(answer["jsonrpc"], "2.0", "{answer}");
        answer
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.count += 1;
        let id = self.count;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        let answer = self.next();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// The result of a tool: its text, whether it is an error, and what comes as JSON.
    fn call(&mut self, tool: &str, arguments: &Value) -> (String, bool, Value) {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {answer}"));
        (text.to_owned(), result["isError"] == true, result["structuredContent"].clone())
    }

    fn read(&mut self, uri: &str) -> Result<String, String> {
        let answer = self.ask("resources/read", &json!({"uri": uri}));
        match answer["result"]["contents"][0]["text"].as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(answer["error"]["message"].as_str().expect("a text or an error").to_owned()),
        }
    }

    /// Ends the input, and sees the server go.
    fn close(mut self) {
        drop(self.input.take());
        let mut rest = String::new();
        self.output.read_line(&mut rest).expect("the server writes text");
        assert_eq!(rest, "", "nothing is said that nobody asked for");
        assert_eq!(self.server.wait().expect("it ends").code(), Some(0));
    }
}

#[test]
fn everything_that_is_listed_can_be_read() {
    let root = project("read");
    let mut session = Session::open(&root);
    let listed = session.ask("resources/list", &json!({}));
    let listed = listed["result"]["resources"].as_array().expect("a list").clone();
    let uris: Vec<&str> = listed.iter().map(|resource| resource["uri"].as_str().expect("a text")).collect();
    assert_eq!(
        uris,
        [
            "kbc://rulebook",
            "kbc://roles/writer",
            "kbc://papers/retries",
            "kbc://papers/retries/sections/retries",
            "kbc://papers/retries/sections/the-question",
            "kbc://papers/retries/sections/what-a-fixed-delay-does",
            "kbc://papers/retries/sections/where-it-stops-being-true",
        ]
    );
    for uri in uris {
        let text = session.read(uri).expect(uri);
        assert!(!text.trim().is_empty(), "{uri}");
    }
    assert_eq!(session.read("kbc://rulebook").expect("it is built"), kbc(&root, &["inject"]));
    assert_eq!(session.read("kbc://roles/writer").expect("it is built"), kbc(&root, &["inject", "--role", "writer"]));
    let section = session.read("kbc://papers/retries/sections/the-question").expect("it is there");
    assert_eq!(section, "## The question\n\nA client that fails tries again. How long should it wait?\n\n");
    assert_eq!(session.read("kbc://papers/retries#the-question").expect("links name it so"), section);
    let templates = session.ask("resources/templates/list", &json!({}));
    assert_eq!(templates["result"]["resourceTemplates"].as_array().map(Vec::len), Some(3), "{templates}");
    for (uri, says) in [
        ("kbc://papers/retrys", "did you mean `retries`?"),
        ("kbc://papers/retries/sections/the-questoin", "did you mean `the-question`?"),
        ("kbc://roles/riter", "did you mean `writer`?"),
        ("kbc://papers/..%2F..%2Fsecret", "no paper is called"),
        ("file:///etc/passwd", "names nothing here"),
    ] {
        let refusal = session.read(uri).expect_err(uri);
        assert!(refusal.contains(says), "{uri}: {refusal}");
    }
    session.close();
}

#[test]
fn tools_say_what_the_commands_say() {
    let root = project("tools");
    let mut session = Session::open(&root);
    let listed = session.ask("tools/list", &json!({}));
    let tools = listed["result"]["tools"].as_array().expect("a list");
    let names: Vec<&Value> = tools.iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["explain", "review", "budget", "search_papers"]);
    assert!(tools.iter().all(|tool| tool["inputSchema"]["type"] == "object"), "{listed}");
    assert_eq!(
        session.call("explain", &json!({"what": "stale-output"})),
        (kbc(&root, &["explain", "stale-output"]), false, Value::Null)
    );
    for what in ["RTY1", "jitter_relief", "outage.jitter", "retries", "out/RULEBOOK.md:4", "papers/retries.md:8"] {
        let (text, is_error, found) = session.call("explain", &json!({"what": what}));
        let quote = kbc(&root, &["explain", what]);
        assert_eq!((is_error, &found["quote"]), (false, &json!(quote)));
        // Each line of somebody else's is marked as such.
        let marked: Vec<&str> = text.lines().skip(1).map(|line| line.strip_prefix('>').expect("a mark")).collect();
        let plain: Vec<&str> = quote.lines().collect();
        assert_eq!(
            marked.iter().map(|line| line.trim()).collect::<Vec<_>>(),
            plain.iter().map(|line| line.trim()).collect::<Vec<_>>()
        );
    }
    let (text, is_error, _) = session.call("explain", &json!({"what": "RTY2"}));
    assert!(is_error && text.contains("did you mean `RTY1`?"), "{text}");
    let (text, is_error, report) = session.call("budget", &json!({}));
    assert_eq!((text, is_error), (kbc(&root, &["budget", "--format", "markdown"]), false));
    let (text, _, same) = session.call("budget", &json!({"format": "json"}));
    assert_eq!(text, kbc(&root, &["budget", "--format", "json"]));
    assert_eq!((&report, &serde_json::from_str::<Value>(&text).expect("it is JSON")), (&same, &same));
    for arguments in [json!({"path": "src"}), json!({"path": "src/a.py"}), json!({"path": root.join("src/a.py")})] {
        let (text, is_error, found) = session.call("review", &arguments);
        assert!(!is_error && text.contains("warning[RTY1]") && text.contains("src/a.py:5:9"), "{text}");
        assert!(text.contains("sends 8.0x the requests") || text.contains("jitter_relief is 8.0x"), "{text}");
        assert!(!text.contains('\u{1b}') && text.ends_with("1 finding: 1 file, 1 rule\n"), "{text}");
        let finding = &found["findings"][0];
        assert_eq!(
            (&finding["path"], &finding["line"], &finding["rule"]),
            (&json!("src/a.py"), &json!(5), &json!("RTY1"))
        );
        assert!(finding["text"].as_str().expect("the sentence of the rule").starts_with("Retries wait a random time"));
    }
    for arguments in [json!({"code": FOUND, "language": "python"}), json!({"code": FOUND, "name": "src/new.py"})] {
        let (_, is_error, found) = session.call("review", &arguments);
        assert_eq!((is_error, found["findings"].as_array().map(Vec::len)), (false, Some(1)), "{found}");
    }
    let (text, _, _) = session.call("review", &json!({"code": "pass\n", "language": "python"}));
    assert_eq!(text, "clean: 1 file, 1 rule\n");
    session.close();
}

#[test]
fn sections_are_found_by_word_and_tag_in_one_order() {
    let root = project("search");
    let mut session = Session::open(&root);
    let anchors = |found: &Value| -> Vec<String> {
        let sections = found["sections"].as_array().expect("a list").iter();
        sections.map(|section| section["anchor"].as_str().expect("a text").to_owned()).collect()
    };
    let (text, _, found) = session.call("search_papers", &json!({"words": "fixed delay"}));
    assert_eq!(anchors(&found), ["#what-a-fixed-delay-does", "#where-it-stops-being-true"], "{text}");
    let best = &found["sections"][0];
    assert_eq!(best["rules"], json!(["RTY1"]), "{best}");
    assert!(best["quote"].as_str().expect("a text").contains("fixed delay"), "{best}");
    let uri = best["uri"].as_str().expect("a text").to_owned();
    assert!(session.read(&uri).expect("what is found can be read").starts_with("## What a fixed delay does"));
    assert_eq!(session.call("search_papers", &json!({"words": "fixed delay"})).0, text);
    let (_, _, found) = session.call("search_papers", &json!({"tag": "network"}));
    assert_eq!(anchors(&found), ["#what-a-fixed-delay-does"]);
    let (_, _, found) = session.call("search_papers", &json!({"words": "client", "limit": 1}));
    assert_eq!((anchors(&found).len(), found["found"].as_u64() > Some(1)), (1, true), "{found}");
    let (text, _, _) = session.call("search_papers", &json!({"words": "client", "tag": "netwrk"}));
    assert!(text.contains("there are network"), "{text}");
    session.close();
}

#[test]
fn prompts_are_those_of_the_command() {
    let root = project("prompts");
    let mut session = Session::open(&root);
    let listed = session.ask("prompts/list", &json!({}));
    let names: Vec<&Value> =
        listed["result"]["prompts"].as_array().expect("a list").iter().map(|prompt| &prompt["name"]).collect();
    assert_eq!(names, ["explore", "write", "distill", "formalize", "import"]);
    for (step, says) in [
        ("explore", "fixed_delay = 48 requests"),
        ("write", "`jitter_relief` = 8.0x"),
        ("distill", "`out/RULEBOOK.md`: "),
        ("formalize", "has a check of medium precision"),
    ] {
        let answer = session.ask("prompts/get", &json!({"name": step, "arguments": {"paper": "retries"}}));
        let text = answer["result"]["messages"][0]["content"]["text"].as_str().expect("a text");
        assert!(text.contains(says), "{step}: {text}");
        assert_eq!(text, kbc(&root, &["prompt", step, "retries"]));
    }
    for (name, arguments, says) in [
        ("distil", json!({"paper": "retries"}), "did you mean `distill`?"),
        ("write", json!({}), "needs a `paper`"),
        ("write", json!({"paper": "../x"}), "cannot be the id of a paper"),
    ] {
        let answer = session.ask("prompts/get", &json!({"name": name, "arguments": arguments}));
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        assert!(answer["error"]["message"].as_str().expect("a text").contains(says), "{answer}");
    }
    session.close();
}

#[test]
fn what_cannot_be_understood_is_answered_and_the_session_goes_on() {
    let root = project("malformed");
    let mut session = Session::start(&root);
    // Before the greetings as well: what ends a session is the end of the input.
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    session.send("{");
    assert_eq!(session.next()["error"]["code"], -32700);
    drop(session);
    let mut session = Session::open(&root);
    let deep = "[".repeat(100_000);
    let long = format!("{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{}\"}}", "x".repeat(17 << 20));
    for (line, code) in [
        ("nonsense", -32700),
        ("{\"jsonrpc\": \"2.0\", \"id\": 7, ", -32700),
        ("\"\u{0}\"", -32700),
        (&deep, -32700),
        ("[]", -32600),
        ("17", -32600),
        ("{\"id\": 7, \"method\": \"ping\"}", -32600),
        ("{\"jsonrpc\": \"2.0\", \"id\": 7}", -32600),
        (&long, -32600),
        ("{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"tools/cal\"}", -32601),
        ("{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"subscriptions/listen\", \"params\": {}}", -32601),
        ("{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"tools/call\", \"params\": {\"nme\": \"explain\"}}", -32602),
        ("{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"resources/read\", \"params\": []}", -32600),
        ("{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"resources/list\", \"params\": {\"cursor\": \"x\"}}", -32602),
    ] {
        session.send(line);
        let answer = session.next();
        let shown: String = line.chars().take(80).collect();
        assert_eq!(answer["error"]["code"], code, "{shown}: {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.len() > 10), "{shown}: {answer}");
    }
    for (tool, arguments, says) in [
        ("explian", json!({}), "did you mean `explain`?"),
        ("explain", json!({}), "missing field `what`"),
        ("explain", json!({"what": 5}), "expected a string"),
        ("explain", json!({"what": "RTY1", "why": "x"}), "unknown field `why`"),
        ("review", json!({}), "takes a `path`, or `code`"),
        ("review", json!({"path": "src", "code": "x"}), "takes a `path`, or `code`"),
        ("review", json!({"code": "x"}), "`name` of the file"),
        ("review", json!({"code": "x", "language": "cobol"}), "no language that is reviewed"),
        ("budget", json!({"format": "human"}), "unknown variant `human`"),
        ("search_papers", json!({}), "needs `words`, a `tag` or both"),
    ] {
        let answer = session.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.contains(says)), "{says}: {answer}");
    }
    // Notifications are never answered, whatever they are, and empty lines are none.
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/nonsense", "params": 5}).to_string());
    session.send("");
    assert_eq!(session.ask("ping", &json!({}))["result"], json!({}));
    session.close();
}

#[test]
fn nothing_outside_of_the_project_is_read() {
    let root = project("outside");
    let place = root.parent().expect("it lies in a folder");
    write(place, "paper.md", fs::read_to_string(root.join("papers/retries.md")).expect("it is there"));
    let mut paths = vec!["../secret.py".to_owned(), "src/../../secret.py".into(), "/etc/passwd".into()];
    paths.push(place.join("secret.py").display().to_string());
    #[cfg(unix)]
    for (target, link) in [("../secret.py", "link.py"), ("..", "up"), ("../../secret.py", "src/linked.py")] {
        std::os::unix::fs::symlink(target, root.join(link)).expect("links can be made");
        paths.extend((link != "up").then(|| link.to_owned()));
    }
    #[cfg(unix)]
    paths.extend(["up".to_owned(), "up/secret.py".to_owned()]);
    let mut session = Session::open(&root);
    for path in &paths {
        let (text, is_error, found) = session.call("review", &json!({"path": path}));
        assert!(is_error && found.is_null() && text.contains("leads out of the project"), "{path}: {text}");
        let (text, is_error, _) = session.call("explain", &json!({"what": format!("{path}:1")}));
        assert!(is_error && text.contains("leads out of the project"), "{path}: {text}");
    }
    let (text, is_error, _) = session.call("review", &json!({"path": ".git/config"}));
    assert!(is_error && text.contains("git's own folder"), "{text}");
    // A walk does not follow links out either.
    let (text, _, found) = session.call("review", &json!({"path": "."}));
    assert_eq!(found["findings"].as_array().map(Vec::len), Some(1), "{text}");
    #[cfg(unix)]
    {
        // A paper or rulebook that is a link to somewhere else is neither listed nor read.
        for (path, target) in [("papers/retries.md", "../../paper.md"), ("out/RULEBOOK.md", "../../RULEBOOK.md")] {
            fs::copy(root.join(path), place.join(target.rsplit('/').next().expect("a name")))
                .expect("it can be copied");
            fs::remove_file(root.join(path)).expect("it is there");
            std::os::unix::fs::symlink(target, root.join(path)).expect("links can be made");
        }
        for uri in ["kbc://papers/retries", "kbc://papers/retries/sections/the-question", "kbc://rulebook"] {
            let refusal = session.read(uri).expect_err(uri);
            assert!(refusal.contains("leads out of the project"), "{uri}: {refusal}");
        }
        let listed = session.ask("resources/list", &json!({})).to_string();
        assert!(!listed.contains("kbc://papers/"), "{listed}");
        let (_, _, found) = session.call("search_papers", &json!({"words": "client"}));
        assert_eq!(found["sections"], json!([]));
    }
    session.close();
}

#[test]
fn a_paper_that_changes_is_read_again_and_a_broken_one_is_told() {
    let root = project("reload");
    let mut session = Session::open(&root);
    let section = "kbc://papers/retries/sections/the-question";
    assert!(session.read(section).expect("it is there").contains("How long should it wait?"));
    // As long as before and within the same moment: no size and no time tells them apart.
    replace(&root, "papers/retries.md", "How long should it wait?", "How soon should it come?");
    assert!(session.read(section).expect("it is there").contains("How soon should it come?"));
    replace(&root, "papers/retries.md", "Retries wait a random time, not a fixed one", "Retries wait at random");
    assert!(session.call("explain", &json!({"what": "RTY1"})).0.contains("Retries wait at random"));
    write(&root, "papers/more.md", "---\nid: more\ntitle: More\npriority: low\n---\n# More\n\nOf zebras.\n");
    replace(&root, "kbc.toml", "min = 300", "min = 0");
    let (text, is_error, found) = session.call("search_papers", &json!({"words": "zebra"}));
    assert!(!is_error && found["sections"][0]["paper"] == "more", "{text}");
    // A claim that is no longer true.
    replace(&root, "data/benchmarks.yaml", "value: 48", "value: 60");
    for (tool, arguments) in
        [("budget", json!({})), ("search_papers", json!({"words": "client"})), ("review", json!({"path": "src"}))]
    {
        let (text, is_error, told) = session.call(tool, &arguments);
        assert!(
            is_error && text.contains("error[false-claim]") && text.contains("papers/retries.md"),
            "{tool}: {text}"
        );
        assert!(!text.contains('\u{1b}') && told.is_object(), "{tool}: {told}");
    }
    let (text, is_error, _) = session.call("explain", &json!({"what": "false-claim"}));
    assert!(!is_error && text.starts_with("error[false-claim]"), "{text}");
    replace(&root, "data/benchmarks.yaml", "value: 60", "value: 48");
    assert!(!session.call("budget", &json!({})).1);
    session.close();
}

#[test]
fn what_was_asked_is_answered_before_the_end() {
    let root = project("end");
    let mut session = Session::open(&root);
    for id in 100..120 {
        let call = json!({"name": "explain", "arguments": {"what": "RTY1"}});
        session.send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": call}).to_string());
    }
    drop(session.input.take());
    // Several are answered at once, in the order that they are done.
    let answered: BTreeSet<u64> = (100..120).map(|_| session.next()["id"].as_u64().expect("a number")).collect();
    assert_eq!(answered, (100..120).collect());
    assert_eq!(session.server.wait().expect("it ends").code(), Some(0));
    // A client that leaves at once, too.
    Session::start(&root).close();
}

#[test]
fn requests_of_one_id_are_all_answered() {
    let root = project("same-id");
    let mut session = Session::open(&root);
    for _ in 0..30 {
        let call = json!({"name": "explain", "arguments": {"what": "RTY1"}});
        session.send(&json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": call}).to_string());
    }
    drop(session.input.take());
    for _ in 0..30 {
        assert_eq!(session.next()["id"], 7);
    }
    assert_eq!(session.server.wait().expect("it ends").code(), Some(0));
}

#[test]
fn what_comes_before_the_session_begins_does_not_end_it() {
    let root = project("early");
    let mut session = Session::start(&root);
    assert!(session.ask("tools/list", &json!({}))["error"].is_object());
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    session
        .send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}).to_string());
    let about =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    assert_eq!(session.ask("initialize", &about)["result"]["serverInfo"]["name"], "kbc");
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    assert!(session.ask("tools/list", &json!({}))["result"].is_object());
    session.close();
}

#[test]
fn code_that_is_too_large_is_refused() {
    let root = project("large");
    let mut session = Session::open(&root);
    let code = "x = 1\n".repeat(1_500_000);
    let (text, is_error, _) = session.call("review", &json!({"code": code, "language": "python"}));
    assert!(text.contains("MiB, so it was not reviewed"), "{text} {is_error}");
    session.close();
}
