# Everything is installed into .venv, by itself. Needs Python 3.11 or newer.

# The first Python of these that is new enough; say another by `make … PYTHON=/path/to/python`.
PYTHON ?= $(shell for it in python3.11 python3.12 python3.13 python3 python3.14; do \
	$$it -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$it && break; done)
BIN := .venv/bin
# What is installed has these versions; `make … CONSTRAINTS=` takes the newest.
CONSTRAINTS ?= --constraint tests/constraints.txt
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python --editable . $(CONSTRAINTS)
# Else whatever a test or the demo starts would be compiled anew each time, Meltano's plugins too.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint unit pipelines fuzz coverage docs bench format lock clean

demo: .venv/demo  ## move an invented account through Meltano into DuckDB; takes a minute or two
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
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet .github .github/examples/frontcore.yml

unit: .venv/installed  ## the tests of the tap by itself
	$(BIN)/pytest tests/unit tests/command

pipelines: .venv/installed  ## those of pipelines through Meltano into targets
	$(BIN)/pytest tests/pipelines

fuzz: .venv/installed  ## the unit tests, with ten times as many examples, drawn afresh
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

lock: .venv/installed  ## take the newest versions, and write them into tests/constraints.txt and dbt.txt
	@$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --group dev pyproject.toml \
		--no-annotate --no-emit-index-url --custom-compile-command 'make lock' \
		--output-file tests/constraints.txt
	@$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --group dbt \
		--no-annotate --no-emit-index-url --no-header --output-file tests/dbt.txt

.venv/demo: pyproject.toml tests/constraints.txt
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'This needs Python 3.11 or newer: make … PYTHON=/path/to/python'; exit 1; }
	@echo 'Installing into .venv, which takes a minute or two.'
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet $(CONSTRAINTS) uv
	@$(INSTALL) --group demo
	@touch $@

.venv/installed: .venv/demo
	@$(INSTALL) --group dev
	@touch $@

clean:  ## what the commands above made
	rm -rf .venv .meltano build dist *.egg-info .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find tap_frontcore tests -name __pycache__ -prune -exec rm -rf {} +
