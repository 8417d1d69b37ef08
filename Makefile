# Everything is installed into .venv, by itself. Needs Python 3.11 or newer.

PYTHON ?= $(firstword $(shell command -v python3.11 python3))
BIN := .venv/bin

.PHONY: demo test lint unit pipelines fuzz coverage docs bench format clean

demo: .venv/installed  ## move an invented account through Meltano into DuckDB
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 14) and \
	"The demo needs Python 3.13 or older, since target-duckdb does: make clean demo PYTHON=python3.13")'
	@$(BIN)/python -m tests.demo

test: lint  ## everything that must be green
	$(BIN)/pytest

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: .venv/installed  ## the tests of the tap by itself
	$(BIN)/pytest tests/unit tests/command

pipelines: .venv/installed  ## those of pipelines through Meltano into targets
	$(BIN)/pytest tests/pipelines

fuzz: .venv/installed  ## the unit tests, with examples that no run had before
	FUZZ=1 $(BIN)/pytest tests/unit

coverage: .venv/installed  ## whether the tests of the tap reach its code; slows them by half
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest tests/unit tests/command --ignore=tests/command/test_pace.py
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

docs: .venv/installed  ## write what README and other files repeat of the code
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
	rm -rf .venv .meltano build dist *.egg-info .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find tap_frontcore tests -name __pycache__ -prune -exec rm -rf {} +
