# Each check is one short command, the same for people and for CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check lint types imports lock screenshots clean

run: $(VENV)/.run-ready
	$(BIN)/python -m dashboard

test: $(VENV)/.test-ready
	$(BIN)/python -m pytest $(ARGS)

check: lint types imports

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-ready
	$(BIN)/mypy

imports: $(VENV)/.test-ready
	$(BIN)/lint-imports

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Boostgrid needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/.test-ready: requirements-dev.txt $(VENV)/.run-ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# README's pictures, of the running app; needs Chromium
screenshots: $(VENV)/.test-ready
	$(BIN)/python -m tests.browser.screenshots

# Both locks are resolved for every Python and platform at once; the second one stands on the first.
lock: | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra shared --extra worker --extra dashboard \
	    --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' -q -o requirements.txt
	$(BIN)/uv pip compile --group dev -c requirements.txt \
	    --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' -q -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
