# Each check is one short command, the same for people and for CI. What `## ` follows is the help.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# images: where they are pushed to, their tag, and any of docker, podman, nerdctl
REGISTRY ?=
TAG ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
BUILD ?= docker build
BASE ?=
# the overlay whose secrets are made
OVERLAY ?= k8s/overlays/local

.PHONY: help run test check lint types imports lock images secrets screenshots clean

# the first target, so that `make` alone says what there is
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run-ready ## set everything up and start the dashboard with local workers
	$(BIN)/python -m dashboard

test: $(VENV)/.test-ready ## set everything up and run the tests; ARGS="-m 'not slow'" takes about a minute
	$(BIN)/python -m pytest $(ARGS)

check: lint types imports ## lint, types and imports

lint: $(VENV)/.test-ready ## run the linter and the formatter's check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-ready ## run the type checker
	$(BIN)/mypy

imports: $(VENV)/.test-ready ## check which room imports which
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

screenshots: $(VENV)/.test-ready ## take the documents' pictures of the running app; needs Chromium
	$(BIN)/python -m tests.browser.screenshots

# Both locks are resolved for every Python and platform at once; the second one stands on the first.
lock: | $(VENV)/bin/python ## renew the two lock files from pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra shared --extra worker --extra dashboard \
	    --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' -q -o requirements.txt
	$(BIN)/uv pip compile --group dev -c requirements.txt \
	    --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' -q -o requirements-dev.txt

images: image-worker image-dashboard ## build both images: REGISTRY=, TAG=, BUILD="docker build"

image-%:
	$(BUILD) -f Dockerfile.$* -t $(if $(REGISTRY),$(REGISTRY:/=)/)boostgrid-$*:$(TAG) \
	    $(if $(BASE),--build-arg BASE=$(BASE)) --build-arg VERSION=$(TAG) \
	    --build-arg REVISION=$(shell git rev-parse HEAD 2>/dev/null || echo unknown) .

# never overwrites: passwords take effect on empty volumes only (docs/passwords.md changes them)
secrets: ## make the passwords of an overlay, once: OVERLAY=k8s/overlays/local
	@k8s/make-secrets $(OVERLAY)

clean: ## remove the environment and the tools' caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
