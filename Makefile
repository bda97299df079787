# Needs Python 3.11 or newer and make; everything else comes from requirements*.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME_STAMP := $(VENV)/.runtime-installed
DEV_STAMP := $(VENV)/.dev-installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test coverage lint bench bench-quick bench-check faults fuzz audit licences venv dev messages strings constraints clean

run: venv
	$(BIN)/python manage.py up --demo

# In an order that changes with every run; the seed that it prints repeats it: ARGS="--randomly-seed=7".
test: dev messages
	$(BIN)/python -m pytest -n auto --dist loadscope $(ARGS)

# Lines and branches that tests reach; fails below the figure in pyproject.toml. Takes half as long again as the tests.
coverage: dev messages
	$(BIN)/python -m pytest -n auto --dist loadscope --cov --cov-report=term $(ARGS)

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check_migrations

bench: dev messages
	$(BIN)/python -m bench $(ARGS)
	$(BIN)/python -m bench.report

# What a change most likely moves, in under four minutes.
bench-quick: dev messages
	BENCH_ROUNDS=1 $(BIN)/python -m bench routing whatsapp webhook ingest $(ARGS)

bench-check: dev messages
	$(BIN)/python -m bench --check $(ARGS)

# Ten thousand messages and a hundred deaths, then judgement; ARGS="--seed 7" repeats a run.
faults: dev messages
	$(BIN)/python -m tests.faults $(ARGS)

# More than a hundred thousand inputs at every door; FUZZ_SEED=7 make fuzz repeats a run.
fuzz: dev messages
	FUZZ_INPUTS=$${FUZZ_INPUTS:-105000} FUZZ_API=$${FUZZ_API:-2500} $(BIN)/python -m pytest tests/fuzz -s -p no:logging $(ARGS)

# Known vulnerabilities of the dependencies; says so when nobody could be asked.
audit: dev
	.ci/audit

licences: venv
	$(BIN)/python -m chargecars.licences

venv: $(RUNTIME_STAMP)

dev: $(DEV_STAMP)

messages: venv
	$(BIN)/python -m chargecars.translations

# Collect new texts into the catalogues; needs gettext's programs. Then translate what is empty. Titles of media
# settings stand in no gettext call, so entries that were there before are put back.
CATALOGUE := locale/nl/LC_MESSAGES/django.po
strings: dev
	cp $(CATALOGUE) $(VENV)/before.po
	$(BIN)/python manage.py makemessages -l nl --no-wrap --no-obsolete --no-location -i .venv -i .state -i tests
	msgcat --no-wrap --use-first $(CATALOGUE) $(VENV)/before.po --output-file=$(CATALOGUE)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME_STAMP): requirements.txt constraints.txt | $(BIN)/python
	$(PIP) install -r requirements.txt
	touch $@

$(DEV_STAMP): requirements.txt requirements-dev.txt constraints.txt | $(BIN)/python
	$(PIP) install -r requirements-dev.txt
	touch $(RUNTIME_STAMP) $@

# After a change of requirements*.txt: resolve afresh, and write down what was resolved.
constraints:
	rm -rf $(VENV) && : > constraints.txt
	$(MAKE) dev
	{ echo "# Dependencies of the dependencies, as resolved and tested together. Remake: make constraints."; \
	  $(BIN)/python -m pip freeze -r requirements.txt -r requirements-dev.txt 2>/dev/null | sed -e '1,/added by pip freeze/d'; } > constraints.txt

clean:
	rm -rf .state .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
