"""The hooks and the action, held against their schemas and tried as their programs run them: but for building kbc, which is there."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

HERE = Path.cwd()
KBC = Path(sys.argv[1]).resolve()
TOOLS = Path(sys.executable).parent
FOUND = "import time\n\n\ndef f(get):\n    try:\n        return get()\n    except OSError:\n        time.sleep(3)\n"


def same(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def has(text, part):
    assert part in text, f"{part!r} is not in {text}"


def run(*command, code=0, **given):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                          timeout=300, **given)
    assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def valid():
    run(TOOLS / "pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
    run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    blocks = re.findall(r"^```yml\n(.*?)^```$", Path("README.md").read_text(), re.S | re.M)
    workflows = [block for block in blocks if "\njobs:" in block]
    configs = [block for block in blocks if block.startswith("repos:")]
    same((len(workflows), len(configs)), (1, 1))
    (PLACE / "workflow.yml").write_text(workflows[0])
    run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", PLACE / "workflow.yml")
    (PLACE / "config.yaml").write_text(configs[0])
    run(TOOLS / "pre-commit", "validate-config", PLACE / "config.yaml")
    hooks = {hook["id"] for hook in YAML().load(Path(".pre-commit-hooks.yaml"))}
    same({hook["id"] for hook in YAML().load(configs[0])["repos"][0]["hooks"]}, hooks)
    steps = YAML().load(workflows[0])["jobs"]["kbc"]["steps"]
    inputs = set(ACTION["inputs"])
    assert set(steps[-1]["with"]) <= inputs, f"the README names an input that is not among {inputs}"


def git(folder, *arguments):
    run("git", "-c", "user.name=-", "-c", "user.email=-@nobody.invalid", *arguments, cwd=folder)


def committed(folder):
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "-")


def hooks(project):
    """The manifest as it is, with a program that is there instead of one that is to be built."""
    source = PLACE / "hooks"
    source.mkdir()
    manifest = (HERE / ".pre-commit-hooks.yaml").read_text()
    same(manifest.count("language: rust"), 2)
    (source / ".pre-commit-hooks.yaml").write_text(manifest.replace("language: rust", "language: system"))
    committed(source)
    revision = run("git", "rev-parse", "HEAD", cwd=source).strip()
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {source}\n  rev: {revision}\n  hooks: [{{id: kbc-check}}, {{id: kbc-review}}]\n")
    git(project, "add", "-A")
    environment = ENVIRONMENT | {"PRE_COMMIT_HOME": str(PLACE / "cache"), "GIT_CONFIG_GLOBAL": os.devnull}

    def commit(code):
        return run(TOOLS / "pre-commit", "run", code=code, cwd=project, env=environment)

    text = commit(0)
    same(text.count("Passed"), 2)
    (project / "with space.py").write_text(FOUND)
    (project / "unstaged.py").write_text(FOUND)
    git(project, "add", "with space.py")
    text = commit(1)
    has(text, "with space.py:8:")
    assert "unstaged.py" not in text, text
    git(project, "rm", "-qf", "with space.py")
    (project / "unstaged.py").unlink()
    rulebook = project / "out/RULEBOOK.md"
    before = rulebook.read_text()
    rulebook.write_text(before + "- changed by hand\n")
    git(project, "add", "-A")
    has(commit(1), "error[stale-output]")
    rulebook.write_text(before)
    git(project, "add", "-A")


def action(project, directory):
    """The steps of the action that call kbc, with what a runner hands them. Returns what each printed."""
    runner = PLACE / "runner"
    shutil.rmtree(runner, ignore_errors=True)
    (runner / "kbc/bin").mkdir(parents=True)
    (runner / "kbc/bin/kbc").symlink_to(KBC)

    def step(name, code, **inputs):
        step = next(step for step in ACTION["runs"]["steps"] if step["name"] == name)
        inputs = {name: given.get("default") for name, given in ACTION["inputs"].items()} | {"directory": directory} | inputs
        # Besides its inputs a step knows the commit that a pull request goes to.
        known = {f"inputs.{name}": value for name, value in inputs.items()} | {"github.event.pull_request.base.sha": inputs.get("base", "")}
        values = {name: known[re.fullmatch(r"\$\{\{ ([\w.]+) \}\}", value)[1]] for name, value in step["env"].items()}
        values |= {"RUNNER_TEMP": str(runner), "GITHUB_ACTION_PATH": str(HERE), "GITHUB_PATH": str(runner / "path"),
                   "GITHUB_OUTPUT": str(runner / "output")}
        (runner / "output").write_text("")
        text = run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], code=code, cwd=project,
                   env=ENVIRONMENT | values)
        return text, (runner / "output").read_text()

    return step


def acted(project, folder):
    base = project / folder
    prefix = "" if folder == "." else f"{folder}/"
    matcher = re.compile(json.loads((HERE / ".github/matcher.json").read_text())["problemMatcher"][0]["pattern"][0]["regexp"])
    step = action(project, folder)
    text, _ = step("kbc check", 0)
    has(text, "::remove-matcher owner=kbc::")
    paper = base / "papers/retries.md"
    before = paper.read_text()
    paper.write_text(re.sub(r"\[([\d.]+x\])", r"[9\1", before, count=1))
    assert paper.read_text() != before
    text, _ = step("kbc check", 1)
    places = [match.groups() for match in map(matcher.match, text.splitlines()) if match]
    same([(place[0], place[3], place[4]) for place in places], [(f"{prefix}papers/retries.md", "error", "false-claim")])
    assert (project / places[0][0]).is_file() and int(places[0][1]) > 1, places
    paper.write_text(before)
    code = base / "found.py"
    code.write_text(FOUND)
    text, output = step("kbc review", 1, review=f"{prefix}found.py")
    has(text, f"::warning file={prefix}found.py,line=8")
    same(output, "")
    _, output = step("kbc review", 1, review=f"{prefix}found.py", sarif="true")
    report = json.loads(Path(output.removeprefix("file=").strip()).read_text())
    found = report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    same(found["uri"], f"{prefix}found.py")
    # A pull request that takes the rules away is judged by those of the branch that it goes to.
    code.unlink()
    committed(project)
    code.write_text(FOUND)
    commit = run("git", "rev-parse", "HEAD", cwd=project).strip()
    paper.write_text(before.replace("    - message:", "    - severity: hint\n      message:"))
    assert paper.read_text() != before
    step("kbc review", 0, review=f"{prefix}found.py")
    text, _ = step("kbc review", 1, review=f"{prefix}found.py", base=commit)
    has(text, f"::warning file={prefix}found.py,line=8")
    step("kbc review", 0, review=f"{prefix}found.py", base=commit, rules="head")
    paper.write_text(before)
    _, output = step("kbc review", 2, review="nowhere.py", sarif="true")
    same(output, "")
    code.unlink()


ACTION = YAML().load(Path("action.yml"))
with tempfile.TemporaryDirectory() as place:
    PLACE = Path(place)
    (PLACE / "bin").mkdir()
    (PLACE / "bin/kbc").symlink_to(KBC)
    ENVIRONMENT = {"PATH": f"{PLACE / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": place}
    valid()
    project = PLACE / "project"
    run(KBC, "init", project)
    committed(project)
    hooks(project)
    acted(project, ".")
    run(KBC, "init", project / "knowledge")
    acted(project, "knowledge")
print("the hooks and the action say what the commands say")
