#!/usr/bin/env bash
# Lets the official SDK for Python talk to `kbc serve mcp`, on the knowledge base of this repository. Without a way to PyPI it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/mcp-client
if ! [ -x "$folder/bin/python" ] || ! "$folder/bin/python" -c 'import mcp' 2> "$folder.log"; then
    python=$(command -v python3 || true)
    if [ -z "$python" ] || ! "$python" -m venv "$folder" > "$folder.log" 2>&1 \
        || ! "$folder/bin/python" -m pip install --quiet 'mcp>=2,<3' >> "$folder.log" 2>&1; then
        echo "skipped: the SDK cannot be installed; $folder.log says why"
        exit 0
    fi
fi
cargo build --quiet --locked
"$folder/bin/python" tests/mcp_client.py target/debug/kbc
