#!/bin/bash
# Write the two lock files anew from pyproject.toml. Needs uv. The second repeats the first's versions and adds the tests' needs.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { # compile OUTPUT [options…]
    local output="$1"
    shift
    uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet --output-file "$output" "$@"
}
compile packaging/requirements.lock
compile packaging/requirements-test.lock --extra test --extra check --constraint packaging/requirements.lock
