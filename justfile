# Every habit by name. `./dev RECIPE` runs these with the pinned tools; `./dev` alone lists them.

set ignore-comments

export VIRTUAL_ENV := justfile_directory() / ".venv"
export PATH := VIRTUAL_ENV / "bin:" + env("PATH")

# What the tests run on: `./dev on=python3.13 test-wheels` takes another Python.
on := "python"

# The environment with the wheels as they ship, and the tools that test them.
test_venv := "target/test-venv" + if on == "python" { "" } else { "-" + file_name(on) }
tested := test_venv / "bin/python"

[private]
default:
    @just --list --unsorted

# Install a debug build and the services into .venv, to work on.
setup:
    maturin develop --locked
    python -m pip install -q --no-build-isolation --no-deps $(printf -- '-e %s ' python/services/*/)

# Build every wheel, release profile, into dist/.
build:
    # `setup` leaves copies of the stubs beside the sources, which would go into the wheel twice.
    rm -rf dist python/opendal/_core
    # Without this, panic messages would carry the builder's directories.
    [ -n "${RUSTFLAGS-}" ] || \
        export CARGO_ENCODED_RUSTFLAGS="$(printf -- '--remap-path-prefix=%s\037--remap-path-prefix=%s' \
            "${CARGO_HOME:-$HOME/.cargo}=cargo" "$(realpath -m "${CARGO_TARGET_DIR:-target}")=target")"; \
        maturin build --release --locked --out dist
    python scripts/build_wheels.py python/services dist

# Install opendal[fs,s3] from dist/ into a new environment and run the example on a real S3 server.
demo: build
    python scripts/new_venv.py target/demo-venv "opendal[fs,s3]"
    python scripts/demo.py --python target/demo-venv/bin/python

# Install the servers that the tests run on, beside the system; says what it cannot.
servers:
    python scripts/install_servers.py

# Everything: lint, the Rust tests, and the Python tests on the wheels as they ship.
test: servers lint _test-rust test-wheels

# The conformance suite waits for servers most of the time: four services at a time. It is the last,
# since it ends with a table of the services.
# Only the Python tests, on wheels built anew; `./dev test-wheels tests/core -k list` runs some.
[positional-arguments]
test-wheels *ARGS: _tested
    if [ $# -gt 0 ]; then exec {{ tested }} -m pytest --benchmark-disable "$@"; fi; \
        status=0; \
        {{ tested }} -m pytest --benchmark-disable --ignore=tests/conformance || status=$?; \
        {{ tested }} -m pytest --benchmark-disable -n 4 --dist loadgroup tests/conformance || status=$?; \
        exit $status

# Beside Apache's opendal, obstore and plain Python.
[positional-arguments]
bench *ARGS: _tested
    python scripts/new_venv.py target/bench-peers/apache --tools requirements/bench-apache.txt
    python scripts/new_venv.py target/bench-peers/obstore --tools requirements/bench-obstore.txt
    {{ tested }} -m pytest tests/benchmarks "$@"

# Ten times as many random steps, faults, kills, forks, exits and calls: about half an hour.
[positional-arguments]
campaign *ARGS: _tested
    OPENDAL_TEST_TIMES=10 OPENDAL_TEST_FAULTS=10000 {{ tested }} -m pytest --benchmark-disable \
        -o faulthandler_timeout=3600 --durations=10 tests/core/test_model.py \
        tests/core/test_fault_storm.py tests/core/test_flat.py tests/core/test_killed.py \
        tests/core/test_fork.py tests/core/test_exit.py "$@"

# Run the programs of tests/compat on Apache's own package too, which proves them right.
[positional-arguments]
compat *ARGS: _tested
    python scripts/new_venv.py target/bench-peers/apache --tools requirements/bench-apache.txt
    {{ tested }} -m pytest --benchmark-disable tests/compat "$@"

# Run tests/reliability on Apache's opendal and obstore too, and write docs/reliability.md.
[positional-arguments]
reliability *ARGS: _tested
    python scripts/new_venv.py target/bench-peers/apache --tools requirements/bench-apache.txt
    python scripts/new_venv.py target/bench-peers/obstore --tools requirements/bench-obstore.txt
    PYTHONPATH=tests:tests/reliability {{ tested }} tests/reliability/table.py "$@"

# Ask Apache's opendal, obstore and s3fs for the names that docs/coming-from.md must have.
peer-names:
    python scripts/new_venv.py target/bench-peers/apache --tools requirements/bench-apache.txt
    python scripts/new_venv.py target/bench-peers/obstore --tools requirements/bench-obstore.txt
    python scripts/new_venv.py target/names-s3fs --tools requirements/names-s3fs.txt
    target/bench-peers/apache/bin/python scripts/peer_names.py apache > tests/compat/names/apache.txt
    target/bench-peers/obstore/bin/python scripts/peer_names.py obstore > tests/compat/names/obstore.txt
    target/names-s3fs/bin/python scripts/peer_names.py s3fs > tests/compat/names/s3fs.txt

# Check the form of everything, and that nothing generated has drifted.
lint:
    cargo fmt --all --check
    ruff format --check
    ruff check
    MYPYPATH=tests mypy scripts
    cargo clippy --locked --workspace --all-targets -- -D warnings
    cargo run --quiet --locked -p opendal-codegen -- check

# Put everything into form.
fmt:
    cargo fmt --all
    ruff check --fix-only
    ruff format

# Write the generated files anew.
generate:
    cargo run --quiet --locked -p opendal-codegen -- generate

# Check the stubs against the built module and in programs, right ones and wrong ones.
stubs: _tested
    {{ tested }} -m pytest tests/typing

# Write the API reference from the stubs into docs/reference/.
docs:
    python scripts/reference.py docs/reference

# Start the package of one more service; it says what to do next.
new-service NAME:
    cargo run --quiet --locked -p opendal-codegen -- new "{{ NAME }}"

# Remove what was built; .venv stays.
clean:
    cargo clean
    rm -rf dist target docs/reference python/opendal/_core python/opendal/*.so

_test-rust:
    cargo test --locked --workspace

_tested: build
    {{ on }} scripts/new_venv.py {{ test_venv }} --tools requirements/test.txt "opendal[all]"
