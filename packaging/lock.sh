#!/bin/bash
# Write the lock files anew from pyproject.toml. Needs uv. The others repeat the first's versions and add the needs of tests and
# of builds; what the Windows setup carries has older versions of its own, those that were tried there.
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
compile packaging/requirements-build.lock --group release --constraint packaging/requirements.lock
uv pip compile --group pyproject.toml:compiler --universal --python-version 3.11 --generate-hashes \
    --constraint packaging/requirements-build.lock --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --quiet --output-file packaging/requirements-compiler.lock
uv pip compile pyproject.toml --python-platform windows --python-version 3.12 --generate-hashes --only-binary :all: \
    --constraint packaging/windows/tried-versions.txt --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --quiet --output-file packaging/requirements-windows.lock
