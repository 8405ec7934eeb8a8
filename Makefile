# Two commands do everything: `make run` and `make test`. Both set up .venv by themselves.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test lint bench

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.installed  ## the bot in Telegram if there is a token, else a chat in the terminal
	@$(BIN)/quotebot start

test: .venv/.developing  ## the tests, on every core
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: .venv/.developing  ## format, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: .venv/.developing  ## speed and size beside the naive bot, into docs/performance.md; takes half an hour
	@$(BIN)/python -m benchmarks

.venv/bin/python:
	@echo "Setting up .venv with $$($(PYTHON) --version) ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15) and "quotebot needs Python 3.11 to 3.14: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing what quotebot needs (once; a few minutes) ..." >&2
	@$(PIP) install --quiet 'pip==25.3' >&2
	@$(PIP) install --quiet --constraint constraints.txt --editable . >&2
	@touch $@

.venv/.developing: .venv/.installed
	@echo "Installing what the tests need ..." >&2
	@$(PIP) install --quiet --constraint constraints.txt --group dev >&2
	@touch $@
