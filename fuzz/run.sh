#!/usr/bin/env bash
# Runs every fuzz target, or those that are named, for some seconds each: `fuzz/run.sh 20 paper`. What fails is kept in
# fuzz/artifacts/. Needs nightly and cargo-fuzz; where they are not there, tests/all/corpus.rs still replays the corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?how many seconds for each target}
shift

if ! cargo +nightly fuzz --version > /dev/null 2>&1; then
    echo 'not fuzzed: this needs `rustup toolchain install nightly` and `cargo install cargo-fuzz --locked`'
    exit 0
fi
if [ $# = 0 ]; then
    read -ra targets <<< "$(cargo +nightly fuzz list | tr '\n' ' ')"
    set -- "${targets[@]}"
fi

for target in "$@"; do
    # What is new goes to a folder that is not committed.
    found=fuzz/target/found/$target
    log=$found.log
    mkdir -p "$found"
    # Without a sanitizer: the crate has no unsafe code, and this is twice as fast.
    if ! cargo +nightly fuzz run --sanitizer none "$target" "$found" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 > "$log" 2>&1
    then
        tail -n 60 "$log"
        exit 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    printf '%-10s %9s runs, %5s MB at most\n' "$target" "$runs" "$memory"
done
