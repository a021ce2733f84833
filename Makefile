# make run    set up, ingest the bundled pages, open the chat
# make test   set up and run the tests
# make lint   style and types          make bench   speed and size figures
# make docs   the API reference, into build/docs
# PYTHON chooses the interpreter: make run PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

.PHONY: run test lint bench docs clean
.DEFAULT_GOAL := run

run: $(VENV)/.ready
	$(BIN)/python app.py

test: $(VENV)/.ready-to-test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Paper Assistant needs Python 3.11 or newer; name one with: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(VENV)/bin/python pyproject.toml .ci/constraints.txt
	$(PIP) --editable .
	@touch $@

$(VENV)/.ready-to-test: $(VENV)/bin/python pyproject.toml .ci/constraints.txt
	$(PIP) --editable '.[local,test,bench]'
	@touch $@ $(VENV)/.ready

docs: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.docs build/docs

clean:
	rm -rf $(VENV) build dist *.egg-info
