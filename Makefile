# On a machine with only Python (3.10 or newer), make and git:
#   make demo    lints examples/, which is full of mistakes on purpose
#   make test    everything CI runs: ruff, mypy, import-linter, pytest
# Once set up, only `make bench` needs a network, until pyproject.toml changes.

VENV := .venv
BIN := $(VENV)/bin
# Which Python makes the environment; without it the first suitable one on PATH.
PYTHON ?=
# Two workers: what a small CI machine has.
WORKERS ?= 2
PYTEST_ARGS ?=
BENCH_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint types layers unit format docs bench clean

help:
	@sed -n '2,3s/^# \{0,1\}//p' Makefile
	@echo "  make format  formats and repairs the code"
	@echo "  make docs    writes the generated pages of docs/ anew"
	@echo "  make bench   measures Tollgate beside its peers"
	@echo "  make clean   removes everything that make made"
	@echo "Once set up, only make bench needs a network, until pyproject.toml changes."

demo: $(VENV)/run.stamp
	@$(BIN)/tollgate lint examples --no-cache; status=$$?; \
	if [ $$status -gt 1 ]; then echo "demo: tollgate could not do its work (status $$status)" >&2; exit $$status; fi; \
	if [ $$status -eq 0 ]; then echo "demo: there should have been findings in examples/" >&2; exit 1; fi; \
	echo; echo "That is what it should show: the files in examples/ are wrong on purpose, so the findings above are"; \
	echo "expected. Now try your own: $(BIN)/tollgate lint PATH"

test: lint types layers unit

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/dev.stamp
	$(BIN)/mypy

layers: $(VENV)/dev.stamp
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/dev.stamp
	$(BIN)/python -m docs.generate

bench: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

clean:
	rm -rf $(VENV) .tools build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stages, so that the demo need not wait for the developers' tools.
$(VENV)/run.stamp: pyproject.toml $(VENV)/python.stamp
	@echo "Installing Tollgate into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/python.stamp
	@echo "Installing Tollgate and its developers' tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/run.stamp $@

# FORCE: an environment whose Python has gone since is made anew.
$(VENV)/python.stamp: $(if $(shell $(BIN)/python -c 'print(1)' 2>/dev/null),,FORCE)
	@for candidate in $(PYTHON) python3 python python3.14 python3.13 python3.12 python3.11 python3.10; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Tollgate needs Python 3.10 or newer, and there is none on PATH (or say: make PYTHON=/path/to/python3)." >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found lacks the venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi; \
	echo "Setting up $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)
	@touch $@

.PHONY: FORCE
FORCE:
