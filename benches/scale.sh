#!/usr/bin/env bash
# Whole-process time and peak memory of `kbc check` on 8, 1,000 and 10,000 generated papers, next to `cat` of the same
# files, and the time of a program that counts one word. Each pair runs in turn; medians are printed.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet --bins --examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for papers in 8 1000 10000; do
    target/release/examples/generate "$work/$papers" "$papers"
    target/release/kbc -q -C "$work/$papers" build > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
python3 - "$work" <<'PY'
import os, statistics, subprocess, sys, time

work = sys.argv[1]

def run(command):
    """Wall seconds and peak MiB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    assert os.waitstatus_to_exitcode(status) == 0, command
    return seconds, usage.ru_maxrss / 1024

cold = statistics.median(run(["target/release/examples/coldstart"])[0] for _ in range(15))
print(f"counting one word: {1000 * cold:.1f} ms")
print(f"{'papers':>8} {'seconds':>9} {'of cat':>9} {'ms a paper':>11} {'peak MiB':>9}")
for papers, runs in ((8, 15), (1000, 5), (10000, 3)):
    check = ["target/release/kbc", "-q", "-C", f"{work}/{papers}", "check"]
    cat = ["find", f"{work}/{papers}", "-type", "f", "-exec", "cat", "{}", "+"]
    run(cat), run(check)
    pairs = [(run(cat), run(check)) for _ in range(runs)]
    seconds = statistics.median(own[0] for _, own in pairs)
    ratio = statistics.median(own[0] / base[0] for base, own in pairs)
    memory = max(own[1] for _, own in pairs)
    print(f"{papers:>8} {seconds:>9.3f} {ratio:>8.1f}x {1000 * seconds / papers:>11.2f} {memory:>9.0f}")
PY
