# Everything is installed into .venv, by itself. Needs Python 3.11 or newer.

PYTHON ?= $(firstword $(shell command -v python3.11 python3))
BIN := .venv/bin

.PHONY: demo test lint docs bench format clean

demo: .venv/installed  ## move invented customers through Meltano into DuckDB
	@$(BIN)/python -m tests.demo

test: lint  ## everything that must be green
	$(BIN)/pytest

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/installed  ## write what README and the other files repeat of the code
	@$(BIN)/python -m tests.docs

bench: .venv/installed  ## how fast the tap is, beside the smallest one
	$(BIN)/python -m tests.benchmark

format: .venv/installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

clean:  ## what the commands above made
	rm -rf .venv .meltano
