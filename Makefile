# Two commands are all a newcomer needs: `make demo` and `make test`. Each sets itself up from nothing.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SIZE   ?= default
export CONNECTOR_HOME ?= $(CURDIR)/.connector

.PHONY: help demo dev test lint clean
help:            ## list the commands
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*## /\t/' | expand -t 12

$(VENV)/.run: pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Adding the development tools ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/.run    ## a year of payroll from a sandbox Paychex into a sandbox Intacct, then a table
	@$(BIN)/connector demo

dev: $(VENV)/.run     ## the Dagster UI on http://localhost:3000 with the sandbox beside it, on the demo's state
	@$(BIN)/connector dev

test: $(VENV)/.dev lint    ## the test suite; SIZE=all adds the tests marked thorough (docs/testing.md)
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(if $(filter all,$(SIZE)),-m "")

lint: $(VENV)/.dev    ## ruff (lint and format) and mypy strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean:           ## forget the demo's state (never the virtual environment)
	rm -rf .connector
