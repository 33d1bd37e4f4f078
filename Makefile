# make run   everything embedded, on this machine: the page is on http://127.0.0.1:8080
# make test  lint, types and all tests
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test lint types check tools clean

run: $(VENV)/.installed
	@exec $(BIN)/restyle run

test: $(VENV)/.tested tools lint types
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: $(VENV)/.tested
	$(BIN)/mypy

# Chromium for the page's tests and PostgreSQL for the storage tests, where this user may install them
tools:
	@bash tests/install_tools.sh

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'restyle: Restyle needs Python 3.11 or newer: make run PYTHON=python3.11' >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo 'restyle: this folder cannot be written, or python3-venv is not installed.' >&2; exit 2; }
	@echo 'Installing what Restyle needs into $(VENV) (once; a few minutes)'
	@$(PIP) --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@$(PIP) --editable '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) .cache build dist *.egg-info
