#!/usr/bin/env bash
# `kbc check` as a whole process: this knowledge base, and generated ones of 16 to 30,000 papers. Cold (without a cache),
# warm (nothing has changed), and with one paper changed, next to `cat` of the same files. Everything runs in turn; medians
# of the times, medians of the ratios pair by pair, and the largest memory. `benches/scale.sh 16 1000` takes only these sizes.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet --bins --examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sizes=("${@:-16}")
[ $# -gt 0 ] || sizes=(16 1000 3000 10000 30000)
for papers in "${sizes[@]}"; do
    target/release/examples/generate "$work/$papers" "$papers"
    target/release/kbc -q build --no-cache --base "$work/$papers" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
python3 - "$work" "${sizes[@]}" <<'PY'
import glob, os, statistics, subprocess, sys, time

work, sizes = sys.argv[1], [int(size) for size in sys.argv[2:]]
environment = {**os.environ, "KBC_CACHE_DIR": os.path.join(work, "cache")}
environment.pop("KBC_CACHE", None)

def run(command):
    """Wall seconds and peak MiB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    assert os.waitstatus_to_exitcode(status) == 0, command
    return seconds, usage.ru_maxrss / 1024

def measure(name, folder, runs, paper):
    check = ["target/release/kbc", "-q", "check", "--base", folder]
    cat = ["find", folder, "-type", "f", "-exec", "cat", "{}", "+"]
    rows = []
    for number in range(runs + 1):
        base, cold = run(cat)[0], run([*check, "--no-cache"])
        run(check)
        warm = run(check)
        changed = None
        if paper:
            with open(paper, "a") as file:
                file.write("\n")
            changed = run(check)
        rows.append((base, cold, warm, changed))
    rows = rows[1:]
    of = lambda column: statistics.median(row[column][0] for row in rows)
    ratio = lambda column: statistics.median(row[column][0] / row[0] for row in rows)
    changed = f"{of(3):>9.3f}" if paper else f"{'':>9}"
    memory = max(row[1][1] for row in rows)
    cat_seconds = statistics.median(row[0] for row in rows)
    print(f"{name:>10} {cat_seconds:>8.3f} {of(1):>8.3f} {ratio(1):>7.1f}x {of(2):>8.3f} {ratio(2):>7.1f}x {changed} {memory:>9.0f}", flush=True)

print(f"{'papers':>10} {'cat s':>8} {'cold s':>8} {'of cat':>8} {'warm s':>8} {'of cat':>8} {'changed s':>9} {'cold MiB':>9}")
start = [run(["target/release/kbc", "--version"])[0] for _ in range(15)]
copy = os.path.join(work, "own")
os.makedirs(copy)
for part in ["kbc.toml", "kbc.lock", "papers", "data", "templates", "utils", "out", "schema", ".claude", "README.md"]:
    subprocess.run(["cp", "-r", part, copy], check=True)
measure("this one", copy, 15, None)
for size in sizes:
    folder = f"{work}/{size}"
    measure(str(size), folder, 15 if size < 500 else 5 if size < 5000 else 3 if size < 20000 else 1, sorted(glob.glob(f"{folder}/papers/*.md"))[0])
print(f"\n`kbc --version`: {1000 * statistics.median(start):.1f} ms")
PY
