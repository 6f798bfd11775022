# Two commands: `make run` and `make test`. Both install what is missing first.
.DEFAULT_GOAL := help
.PHONY: help audit options-report setup run test check bench faults fuzz sqlmap requirements lock format lighthouse screenshots screenshots-report translations production-drill plugin-zip levels-report

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
T ?=
N ?= 300
CASES ?= 10000
LEVEL ?= 1
ONLY ?=
# Tests that kill processes or watch the clock run alone; the others share the machine's cores, and
# those of one file that drives a browser share its stack. Each part loads only the files that have
# something for it: to read all tests takes a process a quarter of a minute.
REAL := journey or alone
# Tests start programs by the hundred: each starts a third quicker from its kept bytecode.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Run everything on this machine (PORT, WP_PORT, EDGE_PORT, TILL_PORT, WP_VERSION=6.5, DATA_DIR, WORDPRESS=0, DEMO=0, REDIS_URL)
	@exec python3 -m scripts.run --end-with-parent

setup: ## Install what developing needs, and the pre-commit hook
	@python3 -m scripts.install test
	@if [ -f .pre-commit-config.yaml ] && [ -d .git ]; then $(BIN)/pre-commit install; fi

test: ## Run all checks and tests, or a part of the tests: make test T=tests/unit/ledger
	@python3 -m scripts.install test
ifeq ($(strip $(T)),)
	@$(MAKE) --no-print-directory check
	@failed=0; \
	REQUIREMENTS=new $(PYTEST) -q -n 2 --dist worksteal -m "not ($(REAL))" || failed=1; \
	REQUIREMENTS=add $(PYTEST) -q -n 2 --dist loadfile -m "journey and not alone" tests/journeys || failed=1; \
	REQUIREMENTS=add $(PYTEST) -q -m alone $$(grep -rl "mark\.alone" tests --include="test_*.py") || failed=1; \
	exit $$failed
else
	@$(PYTEST) $(T)
endif

check: ## Lint, formatting, types, layers, templates
	@python3 -m scripts.install test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --check --quiet

format: ## Format Python and templates
	$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .
	$(BIN)/djlint templates --reformat --quiet

bench: ## Run all benchmarks, each on data of its own
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.bench

levels-report: ## Hold the key levels against a second computation on real prices, into docs/levels-report.md
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.levels_report

faults: ## Kill processes at random for N rounds: make faults N=300
	@python3 -m scripts.install test
	@FAULT_ROUNDS=$(N) $(PYTEST) -m faults

fuzz: ## Send generated requests to the whole API: make fuzz CASES=10000
	@python3 -m scripts.install test
	@CASES=$(CASES) $(PYTEST) -q -s tests/integration/test_fuzz.py

sqlmap: ## Let sqlmap vary every parameter and field of the API: make sqlmap LEVEL=1 ONLY=/api/keys
	@python3 -m scripts.install test
	@LEVEL=$(LEVEL) ONLY=$(ONLY) $(BIN)/python -m tests.sqlmapping

options-report: ## Compare our deltas with the published ones of the real chains
	@$(BIN)/python -m scripts.options_report

requirements: ## Say which requirements have a passing test, per system (after make test)
	@python3 -m scripts.requirements

translations: ## Find the texts of plugin and service, merge and compile their translations
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.translations
	@$(BIN)/python -m scripts.translate_service

production-drill: ## Follow docs/production once on this machine, on loopback, and say what was measured
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.production_drill

plugin-zip: translations ## Build build/trading-robot-service-VERSION.zip
	@python3 -m scripts.plugin_zip

lighthouse: ## Score every public page with Lighthouse
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.bench lighthouse

screenshots: ## Take pictures of every page into docs/images
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.screenshots

screenshots-report: ## Draw look-alikes of brokers' pages, read them, and write docs/screenshots-report.md
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.screenshots_report

audit: ## Look for unsafe code, and ask for known weaknesses of the pinned packages
	@python3 -m scripts.install test
	@$(BIN)/python -m scripts.audit

lock: ## Compile requirements.txt and requirements-dev.txt from their .in files
	$(BIN)/pip-compile -q --no-header --no-emit-index-url --no-emit-find-links --strip-extras requirements.in -o requirements.txt
	$(BIN)/pip-compile -q --no-header --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe requirements-dev.in -o requirements-dev.txt
