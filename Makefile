# fabricate: `make figure` is the whole of it, `make help` lists the rest.

VENV   ?= .venv
PYTHON ?=
PINNED  = $(VENV)/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

.PHONY: help figure install test debian bench bench-gpu clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | awk '{ printf "  make %-10s", $$1; $$1 = ""; print }'

figure: $(VENV)/.installed ## install what is needed and make the first figure, examples/astronaut.toml
	@$(VENV)/bin/fabricate make examples/astronaut.toml

install: $(VENV)/.installed ## only make .venv with the core and the photo reader

test: debian $(VENV)/.programs ## everything that must hold: format, lint, types, tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -n 3 --dist loadfile

bench: $(VENV)/.tested ## measure the numbers and print them as a table; WHAT=install for one group of them
	@$(VENV)/bin/fabricate bench $(WHAT)

bench-gpu: $(VENV)/.tested ## on a GPU: time and memory of the full-size networks, random weights
	@$(VENV)/bin/python -m fabricate.bench_gpu

clean: ## remove the environment, caches and build outputs; figures in out/ stay
	rm -rf $(VENV) build dist tests/failed .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find fabricate tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The first candidate that really runs (a pyenv shim may not), is 3.11 or 3.12, and can make an environment.
$(VENV)/bin/python:
	@fits='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))'; \
	named="$(PYTHON)"; kept="$${PYENV_ROOT:-$$HOME/.pyenv}/versions"; \
	for each in $${named:-python3.12 python3.11 python3 python "$$kept"/3.12*/bin/python "$$kept"/3.11*/bin/python}; do \
	    if "$$each" -c "$$fits" >/dev/null 2>&1; then \
	        echo "fabricate: making $(VENV) with $$("$$each" --version)"; \
	        exec "$$each" -m venv --clear $(VENV); \
	    fi; \
	done; \
	echo "fabricate: $${named:-python3.12, python3.11, python3}: no Python 3.11 or 3.12 with its venv module" >&2; \
	echo "install one (on Debian: apt install python3 python3-venv) or name it: make figure PYTHON=/path/to/python3.12" >&2; \
	exit 1

# The stamps below say what an environment holds; a change to what they were made from brings it up to date.
$(VENV)/.core: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "fabricate: installing the core (once; about a minute)"
	@$(PINNED) hatchling editables
	@$(PINNED) --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed: requirements/photo.txt $(VENV)/.core
	@echo "fabricate: installing the photo reader"
	@$(PINNED) --no-deps --requirement requirements/photo.txt
	@touch $@

$(VENV)/.tested: requirements/scan.txt $(VENV)/.installed
	@echo "fabricate: installing what the tests need"
	@$(PINNED) --no-build-isolation --editable '.[test,gpu,remote]'
	@$(PINNED) --no-deps --requirement requirements/scan.txt
	@touch $@

# OctoPrint and Moonraker, each in an environment of its own in .cache/printers, kept between runs.
$(VENV)/.programs: tests/printers/programs.py $(VENV)/.tested
	@echo "fabricate: installing OctoPrint and Moonraker for the tests"
	@$(VENV)/bin/python -m tests.printers.programs
	@touch $@

# On a CI machine the programs that some tests drive are installed too; elsewhere those tests say what they miss.
debian:
	@if [ "$$CI" = true ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    set -- $$(sed 's/#.*//' tests/debian.txt); \
	    if [ $$# -gt 0 ] && ! dpkg -s "$$@" >/dev/null 2>&1; then \
	        echo "fabricate: installing $$*"; \
	        export DEBIAN_FRONTEND=noninteractive; \
	        apt-get -qq update && apt-get -qq install --no-install-recommends "$$@" >/dev/null; \
	    fi; \
	fi
