.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV ?= $(shell command -v uv || echo build/uv/bin/uv)
INSTALL = $(UV) pip install --quiet --compile-bytecode --require-hashes
COMPILE = $(UV) pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11
# most tests wait for processes and clocks: more of them than cores go well
WORKERS ?= 4
SOURCES = plugins dags include tests benchmarks docs/examples

.PHONY: help run tour up down test test-sdk chaos lint types lock clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z%*-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.local .venv-jobs/.jobs ## Run the flights model's whole life on the embedded AWS, print what happened
	@.venv/bin/python -m include.stack run

tour: run ## Every scene (today the same scenes as run)

up: .venv/.local .venv-jobs/.jobs ## Leave Airflow's UI and the embedded AWS running, print their URLs
	@.venv/bin/python -m include.stack up

down: ## End what `make up` started
	@test ! -x .venv/bin/python || .venv/bin/python -m include.stack down

test: .venv/.dev .venv-jobs/.jobs ## Run the tests
	@PATH="$(abspath build/uv/bin):$$PATH" .venv/bin/python -m pytest -n $(WORKERS) --dist loadfile -m "not chaos and not sdk"

test-sdk: .venv/.dev .venv-jobs/.jobs .venv-sdk/.sdk ## Drive the embedded AWS with the SageMaker SDK, in an environment of its own
	@.venv/bin/python -m pytest -m sdk

chaos: .venv/.dev .venv-jobs/.jobs ## Kill things for real and look at what is left
	@.venv/bin/python -m pytest -m chaos

lint: .venv/.dev ## Style (ruff) and the law between the rooms (import-linter)
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@PYTHONPATH=plugins:. .venv/bin/lint-imports

types: .venv/.dev ## Types (mypy, strict)
	@.venv/bin/mypy $(SOURCES)
	@cd include/flights/jobs && ../../../.venv/bin/mypy --config-file ../../../pyproject.toml --exclude '^$$' *.py

bench-%: .venv/.dev .venv-jobs/.jobs ## Measure us and a peer in one run, e.g. make bench-local-aws
	@.venv/bin/python -m benchmarks.$(subst -,_,$*)

lock: $(UV) ## Compile the hash-pinned requirement files
	$(COMPILE) --no-strip-extras requirements.in -o requirements.txt
	@mkdir -p build
	sed -nE "s/^([a-z0-9._-]+)(\[[^]]*\])?(==[^ ;]+).*/\1\3 ; python_version < '3.12'/p" requirements.txt > build/image-pins.txt
	$(COMPILE) --universal -c build/image-pins.txt requirements-local.in -o requirements-local.txt
	$(COMPILE) --universal -c build/image-pins.txt -c requirements-local.txt requirements-dev.in -o requirements-dev.txt
	$(COMPILE) -c build/image-pins.txt requirements-sdk.in -o requirements-sdk.txt
	$(COMPILE) --universal requirements-uv.in -o requirements-uv.txt
	$(COMPILE) --universal include/flights/jobs/requirements.in -o include/flights/jobs/requirements.txt

clean: down ## Remove the environments and everything built
	rm -rf .venv .venv-jobs .venv-sdk build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

build/uv/bin/uv: requirements-uv.txt
	@echo "uv is not on the path: installing it into build/uv"
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

.venv/.local: requirements-local.txt | $(UV)
	@echo "Installing Airflow and the embedded AWS into .venv (the image's pins without Celery and the SageMaker SDK)"
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(INSTALL) --python .venv/bin/python -r requirements-local.txt
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.local | $(UV)
	@echo "Installing the test tools into .venv"
	@$(INSTALL) --python .venv/bin/python -r requirements-dev.txt
	@touch $@

.venv-jobs/.jobs: include/flights/jobs/requirements.txt | $(UV)
	@echo "Installing the jobs' world (numpy, pandas, xgboost, the flights) into .venv-jobs"
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-jobs
	@$(INSTALL) --python .venv-jobs/bin/python -r $<
	@touch $@

.venv-sdk/.sdk: requirements-sdk.txt | $(UV)
	@echo "Installing the SageMaker SDK into .venv-sdk"
	@$(UV) venv --quiet --allow-existing --python 3.11 .venv-sdk
	@$(INSTALL) --python .venv-sdk/bin/python -r $<
	@touch $@
