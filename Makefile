# Every target does its own set-up: Python, Node and make are all a machine needs.
.DEFAULT_GOAL := test
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
PY_STAMP := $(VENV)/.installed
NODE_STAMP := devtools/node_modules/.installed
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile

.PHONY: setup demo test check format abis bench soak recording readme clean

setup: $(PY_STAMP) $(NODE_STAMP)

$(PY_STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "avsctl needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(NODE_STAMP): devtools/package.json devtools/package-lock.json
	cd devtools && npm ci --silent --no-audit --no-fund
	@touch $@

demo: setup
	$(BIN)/avsctl demo

test: setup
	$(PYTEST)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python devtools/readme.py --check

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The ABI files, the devnet's artifacts and the lens, from the Solidity sources.
abis: setup
	node devtools/build.mjs

# The tables of README.md that are generated from the code.
readme: setup
	$(BIN)/python devtools/readme.py

# What avsctl costs; PART=power-diff for a part of it, PART=--help for all there is.
bench: setup
	$(BIN)/python -m tests.bench $(PART)

# Every seeded series in full; `make test` runs a sample of them.
soak: setup
	AVSCTL_SOAK=1 $(PYTEST) tests/node tests/chain tests/commands

# What the contracts of devnets answer, for the faults that are played in memory.
recording: setup
	$(BIN)/python tests/node/recording.py

clean:
	rm -rf $(VENV) devtools/node_modules
