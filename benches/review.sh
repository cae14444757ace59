#!/usr/bin/env bash
# `kbc review` side by side with the ast-grep program, on the same code: alternating, 5 runs. With the rules that both have
# and with all rules of kbc, without a cache and with a warm one; ast-grep always runs the rules that both have.
#
# Prints medians and ratios, and fails if the findings differ in any place. The program comes from its npm
# package, the code is a pinned source distribution of Django from PyPI; both are kept in a cache folder.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${KBC_BENCH_FOLDER:-target/review-bench}
mkdir -p "$cache"
ast_grep=$cache/npm/node_modules/@ast-grep/cli-linux-x64-gnu/ast-grep
django=$cache/django-5.2.8
if [ ! -x "$cache/npm/node_modules/.bin/ast-grep" ]; then
    npm install --silent --no-audit --no-fund --prefix "$cache/npm" @ast-grep/cli@0.51.1
fi
# The program itself where it is known: what starts it is a script that starts Node.
[ -x "$ast_grep" ] || ast_grep=$cache/npm/node_modules/.bin/ast-grep
if [ ! -d "$django" ]; then
    python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$cache" django==5.2.8
    tar -xzf "$cache/django-5.2.8.tar.gz" -C "$cache"
fi
cargo build --release --locked --quiet
exec python3 - "$PWD" "$PWD/target/release/kbc" "$(realpath "$ast_grep")" "$(realpath "$django")" "${1:-5}" <<'PYTHON'
import collections, json, os, platform, re, statistics, subprocess, sys, tempfile, time

root, kbc, ast_grep, django, runs = *sys.argv[1:5], int(sys.argv[5])
rules = os.path.join(root, "out", "ast-grep.yml")
ids = re.findall(r"^id: (\S+)$", open(rules).read(), re.M)
code = "django"
one = os.path.join(django, "django", "db", "models", "query.py")
with open(one, "rb") as file:
    lines = file.read().split(b"\n")[:500]
stdin = b"\n".join(lines)
kbc = [kbc, "-q", "review", "--base", root, "--format", "json"]
both, cold = ["--rule", ",".join(ids)], ["--no-cache"]
# A folder of its own, so that the cache of whoever runs this stays as it is.
cache = tempfile.TemporaryDirectory()
environment = {**os.environ, "KBC_CACHE_DIR": os.path.join(cache.name, "kbc")}
environment.pop("KBC_CACHE", None)
ast_grep = [ast_grep, "scan", "--rule", rules, "--json=compact"]

def run(command, text=None):
    """Seconds, peak KiB and what was printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as given:
        given.write(text or b"")
        given.seek(0)
        begin = time.perf_counter()
        child = subprocess.Popen(command, cwd=django, stdin=given, stdout=out, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        if child.returncode not in (0, 1):
            sys.exit(f"{command[0]} ended with {child.returncode}")
        return elapsed, usage.ru_maxrss, out.read()

def places(kbc_out, ast_grep_out):
    ours = [(f["path"], f["rule"], f["line"], f["column"], f["end_line"], f["end_column"]) for f in json.loads(kbc_out)["findings"]]
    point = lambda p: (p["line"] + 1, p["column"] + 1)
    theirs = [(f["file"], f["ruleId"], *point(f["range"]["start"]), *point(f["range"]["end"])) for f in json.loads(ast_grep_out)]
    return collections.Counter(ours), collections.Counter(theirs)

one_file = ["--stdin-filename", "query.py"]
cases = {"all of Django, the rules of both": ([*kbc, *both, *cold, code], [*ast_grep, code], None),
         "all of Django, all rules": ([*kbc, *cold, code], [*ast_grep, code], None),
         "all of Django, all rules, warm": ([*kbc, code], [*ast_grep, code], None),
         "500 lines, --built": ([*kbc, *both, "--built", *one_file], [*ast_grep, "--stdin"], stdin),
         "500 lines, by the papers": ([*kbc, *both, *one_file], [*ast_grep, "--stdin"], stdin)}
print(f"{len(ids)} rules, {platform.processor() or platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}, {runs} runs each")
print(f"{'':42} {'kbc':>12} {'ast-grep':>12} {'ratio':>8}")
differs = False
for name, (ours, theirs, text) in cases.items():
    repeat = runs if text is None else runs * 4
    run(ours, text), run(theirs, text)
    pairs = [(run(ours, text), run(theirs, text)) for _ in range(repeat)]
    median = lambda side, index: statistics.median(pair[side][index] for pair in pairs)
    seconds = median(0, 0), median(1, 0)
    memory = median(0, 1) / 1024, median(1, 1) / 1024
    ratio = statistics.median(pair[0][0] / pair[1][0] for pair in pairs)
    print(f"{name + ', seconds':42} {seconds[0]:12.3f} {seconds[1]:12.3f} {ratio:8.2f}")
    print(f"{name + ', MiB at the peak':42} {memory[0]:12.1f} {memory[1]:12.1f} {memory[0] / memory[1]:8.2f}")
    if text is None and "the rules of both" in name:
        found, wanted = places(pairs[0][0][2], pairs[0][1][2])
        print(f"{name + ', findings':42} {sum(found.values()):12} {sum(wanted.values()):12}")
        for place in sorted((found - wanted) | (wanted - found)):
            differs = True
            print(f"  only {'kbc' if found[place] else 'ast-grep'}: {place}")
sys.exit("the findings differ" if differs else 0)
PYTHON
