# Everything needs only Python 3.11+ and make. `make help` lists the targets.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
STACK := $(BIN)/python -m config.stack
ARGS ?=
PACK ?= fixtures/dop-c02
# Other test processes than cores only take turns.
WORKERS ?= 2
# Compiled once instead of at each of ten process starts, and away from the sources.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX = $(CURDIR)/.venv/pycache

.PHONY: help run test check lint-pack screens bench faults faults-power lock clean format

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: .venv/run.stamp ## Serve the demo on http://127.0.0.1:8000 (PORT=8001 changes it, PACKS=fixtures/git-team adds one)
	@exec $(STACK) run

test: .venv/dev.stamp ## Run all tests, browser tests included (ARGS="tests/bank -x" for some)
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python -m tests.pango
	@$(STACK) exec -- sh -ec 'python manage.py collectstatic -v0 --noinput; python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)'

check: .venv/dev.stamp ## Lint, types, import contracts, migrations, templates, deployment files, the shipped banks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@$(STACK) exec -- sh -ec '\
		mypy; \
		python manage.py makemigrations --check --dry-run; \
		DEMO=0 HTTPS=1 python manage.py check --deploy --fail-level WARNING; \
		for pack in fixtures/*/; do python manage.py bank lint "$$pack"; done'
	$(BIN)/python -m tests.locks

lint-pack: .venv/dev.stamp ## Judge and measure an item pack (PACK=fixtures/git-team)
	@$(STACK) exec -- python manage.py bank lint $(PACK) --report

faults: .venv/dev.stamp ## Run the whole fault suite: processes killed, frozen and cut off (about half an hour)
	@$(STACK) exec -- sh -ec 'python manage.py collectstatic -v0 --noinput; python -m pytest tests/faults -m faults -p no:xdist $(ARGS)'

faults-power: .venv/dev.stamp ## Show that the fault suite notices what it must: each mutant fails its scenario
	@$(STACK) exec -- sh -ec 'python manage.py collectstatic -v0 --noinput; python -m tests.faults.power $(ARGS)'

bench: .venv/dev.stamp ## Measure speed and cost, printing ratios (ARGS="save herd" for some)
	@$(BIN)/python -m tests.chromium
	@$(STACK) exec --demo -- sh -ec 'python manage.py collectstatic -v0 --noinput; python -m tests.load $(ARGS)'

screens: .venv/dev.stamp ## Write screenshots of every main page into screens/
	@$(BIN)/python -m tests.chromium
	@$(STACK) exec --demo -- $(BIN)/python -m tests.screens $(ARGS)

format: .venv/dev.stamp ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/dev.stamp ## Compile the locks anew from pyproject.toml (ARGS=--upgrade takes the newest of everything)
	$(BIN)/python -m tests.locks --write $(ARGS)

clean: ## Remove the data folder and caches (the environment stays)
	@if [ -x $(BIN)/python ]; then $(BIN)/python -c "from pathlib import Path; from config.stack.places import remove_lasting; remove_lasting(Path('.data').resolve())"; fi
	rm -rf .venv/pycache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache screens

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Cutscore needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make run PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Making the environment in .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

.venv/run.stamp: requirements.lock | $(UV)
	@echo "Installing what Cutscore needs …"
	@$(UV) pip install --python $(BIN)/python --require-hashes --requirements requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock | $(UV)
	@echo "Installing what Cutscore and its tests need …"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements-dev.lock
	@touch $@
