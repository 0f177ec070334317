# Every command a person or the CI runs. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8501
WORKSPACE ?= workspace
# A file's tests stay in one process, which makes what they share once; tests/conftest.py puts the long files first.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev

.PHONY: help app test test-fast test-e2e check format fuzz docs pictures lock release clean
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# Of 19,500 files few are ever imported: each is compiled when it is, instead of all of them now, which takes a minute.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile

$(STAMP): requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.txt
	touch $@

$(STAMP_DEV): $(STAMP) requirements-dev.txt
	$(INSTALL) -r requirements-dev.txt
	touch $@

# Drawn and trained once; delete the workspace to begin again.
$(WORKSPACE)/.demo-ready: | $(STAMP)
	test -e $(WORKSPACE)/demo/demo.json || (umask 077 && exec $(BIN)/python -m auditor demo --out $(WORKSPACE)/demo)
	$(BIN)/python -m auditor train $(WORKSPACE)/demo --preset demo --workspace $(WORKSPACE) \
	  --method "$$($(BIN)/python -c 'from models import titles; print(titles.demo_method())')"
	umask 077 && touch $@

app: $(STAMP) $(WORKSPACE)/.demo-ready ## draw and train the demo once (a few minutes), then open the app
	AUDITOR_WORKSPACE=$(WORKSPACE) $(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: $(STAMP_DEV) ## run every test (the browser's are skipped where there is no chromium)
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE)

test-fast: $(STAMP_DEV) ## run the tests that need no browser and no long training
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m "not e2e and not slow"

test-e2e: $(STAMP_DEV) ## run the browser's tests alone
	$(BIN)/python -m pytest -q -m e2e

check: $(STAMP_DEV) ## format, lint, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP_DEV) ## rewrite the files as `check` wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP_DEV) ## build the documentation into site/, with the API reference
	$(BIN)/mkdocs build --strict --quiet

fuzz: $(STAMP_DEV) ## 10,000 mutated files for each parser
	$(BIN)/python -m benchmarks.fuzz

pictures: $(STAMP_DEV) $(WORKSPACE)/.demo-ready ## take pictures of every screen in light and dark, on the trained demo
	AUDITOR_PICTURES=$(WORKSPACE) $(BIN)/python -m pytest -q tests/e2e/test_pictures.py

# mkdocs-material's own requirements begin at 3.11.5; the program's do not.
LOCK := uv pip compile --quiet --universal --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml
lock: ## write requirements*.txt from pyproject.toml, keeping versions that fit (needs uv; LOCK_ARGS=--upgrade)
	$(LOCK) $(LOCK_ARGS) --python-version 3.11 -o requirements.txt
	$(LOCK) $(LOCK_ARGS) --python-version 3.11 --extra dev -c requirements.txt -o requirements-dev.txt

release: $(STAMP_DEV) ## build the source archive and the wheel into dist/, and check both
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(BIN)/twine check --strict dist/*

clean: ## remove the virtual environment and caches, never a workspace
	rm -rf $(VENV) dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
