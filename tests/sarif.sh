#!/usr/bin/env bash
# Holds the SARIF that kbc writes against the schema of the standard, which comes with a crate from the registry.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/sarif-schema
mkdir -p "$folder"
printf '[package]\nname = "schema"\nversion = "0.0.0"\nedition = "2024"\n[lib]\npath = "lib.rs"\n[workspace]\n[dependencies]\nserde-sarif = { version = "=0.8.0", default-features = false }\n' > "$folder/Cargo.toml"
touch "$folder/lib.rs"
cargo fetch --quiet --manifest-path "$folder/Cargo.toml"
schema=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -path '*/serde-sarif-0.8.0/src/schema.json' | head -n 1)
KBC_SARIF_SCHEMA=$schema cargo test --locked --quiet --test all review:: -- --ignored
