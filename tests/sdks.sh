#!/usr/bin/env bash
# Hands what `kbc inject --as ...` prints to the SDKs that it is made for. Without a way to PyPI it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/sdks
wanted=(openai==2.54.0 anthropic==2.12.0 langchain-core==1.7.2 litellm==1.106.2)
if ! [ -x "$folder/bin/python" ] || [ "$(cat "$folder/wanted" 2> /dev/null)" != "${wanted[*]}" ]; then
    mkdir -p target
    python=$(command -v python3 || true)
    if [ -z "$python" ] || ! "$python" -m venv "$folder" > "$folder.log" 2>&1 \
        || ! "$folder/bin/python" -m pip install --quiet "${wanted[@]}" >> "$folder.log" 2>&1; then
        echo "skipped: the SDKs cannot be installed; $folder.log says why"
        exit 0
    fi
    echo "${wanted[*]}" > "$folder/wanted"
fi
cargo build --quiet --locked
"$folder/bin/python" tests/sdks.py target/debug/kbc
