# `make run` and `make test` are all a newcomer needs: Python 3.11 or later and make.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test test-fast test-long lint bench clients lock audit clean
.DEFAULT_GOAL := run

# Names lead to the port that serves, unless somebody has said what they begin with.
ifeq ($(PINOAMO_BASE_URL)$(PINOAMO_CONFIG),)
run: export PINOAMO_BASE_URL := http://localhost:$(PORT)
endif

# The demo is loaded once; later runs start from the release that is already there. `pinoamo demo --remove` removes it.
run: $(VENV)/.installed
	@$(BIN)/pinoamo serve --demo-if-empty --host $(HOST) --port $(PORT)

PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.installed-dev
	$(PYTEST) -m "not long" $(ARGS)

# For the inner loop: no process is started and nothing is published. A test that does so without its marker fails.
test-fast: $(VENV)/.installed-dev
	$(PYTEST) -m "not system and not slow and not long" tests/conformance tests/properties tests/unit $(ARGS)

# The long forms of tests of which `make test` runs the short ones.
test-long: $(VENV)/.installed-dev
	$(PYTEST) -m long $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

# Clients that nobody here wrote, in environments of their own: without them the tests that use them are skipped.
clients:
	$(PYTHON) -m venv tests/clients/.venv
	tests/clients/.venv/bin/python -m pip --disable-pip-version-check --quiet install -r tests/clients/requirements.txt
	npm ci --prefix tests/clients --no-audit --no-fund --silent
	npm ci --prefix tests/clients/typescript --no-audit --no-fund --silent

$(VENV)/.installed: requirements.lock requirements-fast.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pinoamo needs Python 3.11 or later; name one with: make PYTHON=python3.12 run")'
	@echo "Installing into $(VENV) (once; a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@# The fast validator is a binary; where no wheel of it exists the slower one does the same work.
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-fast.lock || echo "No fast validator for this platform: pySHACL will be used"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Needs uv. The locks hold versions and hashes only, for every platform and Python from 3.11 on.
UV := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:
	echo 'setuptools>=77' | $(UV) pyproject.toml - --output-file requirements.lock
	echo 'shacl>=0.3.4,<0.4' | $(UV) - --output-file requirements-fast.lock
	echo 'setuptools>=77' | $(UV) pyproject.toml - --extra dev --constraint requirements.lock --output-file requirements-dev.lock

# Needs uv and the network: known vulnerabilities of the locked libraries, by the Python Packaging Advisory Database.
audit:
	for file in requirements.lock requirements-fast.lock requirements-dev.lock; do \
	  uv tool run pip-audit@2.9.0 --disable-pip --require-hashes --requirement $$file || exit 1; \
	done

clean:
	rm -rf $(VENV) var build dist *.egg-info
