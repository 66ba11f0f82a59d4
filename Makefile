# The system's Python must be 3.11 or newer; everything else is installed into .venv from the lock.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
STAMP := .venv/.installed
CHROMIUM := apt-get install -y --no-install-recommends chromium fonts-dejavu-core

.DEFAULT_GOAL := help
.PHONY: help .venv check format test browser screenshots up demo bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z.][a-z.-]*:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv: $(STAMP) ## Make the environment, exactly as locked

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Etappi needs Python 3.11 or newer with its venv module; none was found. \
	Install one, or name it: make .venv PYTHON=/path/to/python3" >&2; exit 1; }
	@# An environment of another Python, or one that broke half-way, is made anew.
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@# The build backend is in the lock, so nothing is fetched outside of it.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

check: $(STAMP) ## Lint, format, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports

format: $(STAMP) ## Format, and fix what can be fixed safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: $(STAMP) browser ## Run the tests, on all cores, against a Postgres and a Temporal of their own, and in Chromium
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile $(ARGS)

browser: ## Install Chromium, in which the pages are tested, where it is missing
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ]; then \
		$(CHROMIUM) || { apt-get update && $(CHROMIUM); }; \
	else \
		echo "The pages are tested in Chromium. Install it as root: $(CHROMIUM)" >&2; exit 1; \
	fi

screenshots: $(STAMP) browser ## Take the pictures of docs/screenshots anew
	$(BIN)/python -m pytest -q tests/browser/screenshots.py

up: $(STAMP) ## Start everything on this computer
	$(BIN)/etappi up

demo: $(STAMP) ## Play a whole reporting cycle
	$(BIN)/etappi demo

bench: $(STAMP) ## Measure appends, reads and rebuilds
	$(BIN)/python -m bench

lock: ## Resolve the dependencies anew (needs uv)
	@command -v uv >/dev/null || { echo "'make lock' needs uv: see https://docs.astral.sh/uv/" >&2; exit 1; }
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header --upgrade \
		--no-emit-index-url --no-emit-find-links -o requirements.lock
	@# The same versions, without what only development needs; and what the image's wheel is built with.
	uv pip compile pyproject.toml -c requirements.lock --universal --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links -o requirements-runtime.lock
	echo hatchling | uv pip compile - -c requirements.lock --python-version 3.11 --universal --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements-build.lock

clean: ## Remove the environment and the caches, but no data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
