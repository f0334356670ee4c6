# Every target sets up what it needs. PYTHON may name another interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test test-full check format docs figures dist setup clean browser fuzz audit

help:
	@echo "make run        set up, then run the quick suite on the embedded model and write a report"
	@echo "make test       set up, then run the tests (what CI runs)"
	@echo "make test-full  the same with the long tests"
	@echo "make check      lint, types, size limits"
	@echo "make docs       measure the checks, and write the generated pages (checks, commands, api)"
	@echo "make figures    make the figures and pictures of the README again (QUICK=1: asks the embedded model, too)"
	@echo "make dist       build wheel and sdist into dist/"
	@echo "make fuzz       feed every reader with hostile input (MINUTES=10, SURFACE=name: one of them)"
	@echo "make audit      look up known vulnerabilities of all packages that are installed"

setup: $(VENV)/.stamp

$(VENV)/.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[claude-code,embedding,local,plots,scale,tune,viewer,dev]'
	$(BIN)/python -m compileall -q harness
	touch $@

run: setup
	$(BIN)/harness run --quick

browser:
	@sh tests/browser/install.sh

test: setup browser
	$(BIN)/pytest -n 2 --dist loadfile -m 'not full'

test-full: setup browser
	$(BIN)/pytest -n 2 --dist loadfile

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# MUTANTS=1 decides mutants too; HELD_BACK=1 measures the held-back responses: for final figures only.
docs: setup
	$(BIN)/python benchmarks/checks_page.py $(if $(MUTANTS),--mutants) $(if $(HELD_BACK),--held-back)
	$(BIN)/python benchmarks/commands_page.py
	$(BIN)/python benchmarks/api_page.py
	$(BIN)/python benchmarks/measurements_page.py

# The time of the checks misses its aim, which is exit code 1 and no reason to leave the rest out.
# The figures that take minutes, another server or the held-back part are listed in docs/measurements.md.
figures: setup
	$(BIN)/python benchmarks/measurements_page.py
	$(BIN)/python benchmarks/binding.py
	$(BIN)/harness route --cases datasets/routing/held-back.yaml
	-$(BIN)/python benchmarks/checks.py
	$(BIN)/python benchmarks/statistics_pictures.py
	$(BIN)/python benchmarks/report_picture.py $(if $(QUICK),--quick)

# The wheel is made from the sdist, so that the sdist is shown to be whole.
dist: setup
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

MINUTES ?= 10
fuzz: setup
	$(BIN)/pip install --quiet --disable-pip-version-check atheris || echo "no atheris here: inputs by chance alone"
	$(BIN)/python tests/fuzz/fuzz.py --minutes $(MINUTES) $(if $(SURFACE),--surface $(SURFACE))

# Strict: a package whose vulnerabilities cannot be looked up is no package without any.
audit: setup
	$(PYTHON) -m venv .audit
	.audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip freeze --exclude-editable > .audit/requirements.txt
	.audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off --requirement .audit/requirements.txt

clean:
	rm -rf .audit $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
