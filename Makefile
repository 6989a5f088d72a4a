# meagraph: set up, build, serve, test. `make` alone lists what there is.

PYTHON ?= python3
VENV   ?= .venv
HOST   ?= 127.0.0.1
PORT   ?= 8000

BIN := $(VENV)/bin
# Packages come from the hash-locked files alone; which index holds them is pip's own setting.
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install
PROJECT := --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help setup build serve test check test-together test-alone test-all bench lock bundle

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready bundle ## make .venv with the pinned dependencies and the project in it, and the scripts

build: $(VENV)/.ready ## build the release from the source documents and make it current
	@$(BIN)/meagraph build

serve: $(VENV)/.ready bundle ## serve on 127.0.0.1:8000 (HOST=, PORT=), building a release if there is none
	@exec $(BIN)/meagraph serve --host "$(HOST)" --port "$(PORT)"

test: ## lint, strict types, import contracts, and the tests, of long walks a sample
	@for part in check test-together test-alone; do begun=$$(date +%s); \
	$(MAKE) --no-print-directory $$part || exit 1; \
	echo "== $$part: $$(($$(date +%s) - begun)) s"; done

check: $(VENV)/.ready-test bundle
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python web/bundle.py check

test-together: $(VENV)/.ready-test bundle
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -rs -m "not alone and not full"

test-alone: $(VENV)/.ready-test bundle
	$(BIN)/python -m pytest -rs -m "alone and not full" $$(grep -rl --include='*.py' pytest.mark.alone tests)

test-all: test ## the tests, and what takes long: whole walks, all examples of properties, notebook, R, every recorded answer
	$(BIN)/python -m pytest -rs -m "full or hypothesis"

bench: $(VENV)/.ready-test bundle ## measure the build, the pages, and the service beside other servers and hostile clients
	@$(BIN)/python -m benchmarks.build
	@$(BIN)/python -m benchmarks.pages
	@$(BIN)/python -m benchmarks.service
	@$(BIN)/python -m benchmarks.refusal_cost
	@$(BIN)/python -m benchmarks.one_client
	@$(BIN)/python -m benchmarks.engines
	@$(BIN)/python -m benchmarks.growth

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "meagraph needs Python 3.11 or later, and this is %s. Name another one: make PYTHON=python3.12 …" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready: $(VENV)/.made requirements.lock pyproject.toml
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) $(PROJECT)
	@touch $@

# What tests alone use is compiled when it is first used: most of it never is.
$(VENV)/.ready-test: $(VENV)/.ready requirements-test.lock
	$(INSTALL) --no-compile --require-hashes --requirement requirements-test.lock
	@touch $@

# The scripts of the pages, made anew only where something in web/ has changed.
bundle: $(VENV)/.ready
	@$(BIN)/python web/bundle.py

# For maintainers, with uv at hand: pin the newest versions anew, for every platform.
PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-emit-index-url --no-emit-find-links --no-header --quiet
LOCK := $(PIN) pyproject.toml --group build

lock: ## pin the newest versions of all dependencies (needs uv)
	$(LOCK) --output-file requirements.lock > /dev/null
	$(LOCK) --group test --constraint requirements.lock --output-file requirements-test.lock > /dev/null
	$(PIN) --group node --output-file requirements-node.lock > /dev/null
