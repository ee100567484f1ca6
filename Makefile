# Two commands do everything: `make run` and `make test`. The rest are their parts.
SHELL := /bin/bash
PORT ?= 8000
export DOORSTEP_DATA ?= $(CURDIR)/data
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q

.PHONY: run test setup-test lint types imports messages format test-sqlite test-postgres test-browser wheel clean

run: ## install, make the database, load the Gulou exercise, serve
	@scripts/setup run
	@exec $(BIN)/doorstep up --port $(PORT) --exercise gulou-2021

test: setup-test lint types imports messages test-sqlite test-postgres test-browser ## everything CI runs

setup-test:
	@scripts/setup test

lint:
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks

format:
	$(BIN)/ruff check --fix src tests
	$(BIN)/ruff format src tests

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

messages: ## every string has its Chinese
	$(BIN)/python -m tests.messages

test-sqlite:
	DOORSTEP_DATA= $(PYTEST) -n 2 -m "not browser" tests

test-postgres:
	DOORSTEP_DATA= scripts/with-postgres $(PYTEST) -n 2 -m "not browser" tests/rooms tests/exercise tests/api tests/faults

test-browser: ## the stories, in Chromium
	DOORSTEP_DATA= $(PYTEST) tests/browser

wheel: ## a wheel with the built pages and catalogues inside
	@scripts/setup test
	$(BIN)/python -m pip wheel -q --no-build-isolation --no-deps -w dist .

clean:
	rm -rf .venv build dist
