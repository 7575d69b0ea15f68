# Every target sets itself up: the first call takes about a minute, later ones start at once.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
WORKERS := 2
UNIT := tests/unit tests/fuzz \
	--ignore=tests/unit/texting/test_simulation.py --ignore=tests/unit/hl7/test_imports.py
READY := .venv/.installed local/azurite/node_modules/.installed
FIGURES := tests/unit/texting/test_simulation.py tests/faults/test_anonymous_launches.py \
	tests/faults/test_graph_outage.py tests/faults/test_crash_points.py tests/browser/test_pages.py
BROWSER := .venv/.browser tests/browser/node_modules/.installed

.PHONY: help run demo test check unit browser conformance bench soak soak-long lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

run: $(READY) ## Start everything on this machine and say where to click
	@exec $(PYTHON) -m local.run

demo: $(READY) ## Play the whole story without a browser, judged from outside
	@exec $(PYTHON) -m local.demo

test: check $(BROWSER) ## All checks and all tests
	$(PYTHON) -m pytest -n $(WORKERS)

check: $(READY) ## Lint, types, import rules
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy .
	.venv/bin/lint-imports --no-logo

unit: .venv/.installed ## The tests that need no service and no other process
	$(PYTHON) -m pytest -n $(WORKERS) $(UNIT)

browser: .venv/.installed $(BROWSER) ## Look at every page in a browser: pictures in build/screenshots
	$(PYTHON) -m pytest -q tests/browser

conformance: $(READY) ## Hold the local Functions host to the real one
	@exec $(PYTHON) -m local.host.conformance

bench: $(READY) ## Measure: a table of ratios, and build/bench.json
	@exec $(PYTHON) -m local.bench

soak: $(READY) $(BROWSER) ## Send 20,000 messages while workers die and services fail; whole figures
	WHOLE_FIGURES=1 $(PYTHON) -m pytest -q -n $(WORKERS) $(FIGURES)
	@exec $(PYTHON) -m local.soak

soak-long: $(READY) ## The same with 100,000 messages and 500 kills: hours
	@exec $(PYTHON) -m local.soak --messages 100000 --kills 500

lock: ## Pin the dependencies of pyproject.toml again, with hashes (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --quiet \
		--python-version 3.13 --output-file requirements.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --quiet \
		--python-version 3.13 --constraint requirements.txt --output-file requirements-dev.txt

clean: ## Remove everything that make has made
	rm -rf .venv build local/azurite/node_modules tests/browser/node_modules
	rm -rf .mypy_cache .ruff_cache .import_linter_cache
	rm -rf .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: requirements-dev.txt
	@local/setup/python.sh

local/azurite/node_modules/.installed: local/azurite/package-lock.json .venv/.installed
	@local/setup/node.sh local/azurite

tests/browser/node_modules/.installed: tests/browser/package-lock.json .venv/.installed
	@local/setup/node.sh tests/browser

.venv/.browser: .venv/.installed
	@local/setup/browser.sh
