# CourseHub's commands. `make` alone prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(firstword $(shell command -v python3.11 python3))
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
# PyTorch stays outside the lock: which build fits depends on the machine (README, "PyTorch").
TORCH_INDEX_URL ?=

COMPOSE ?= $(shell if docker compose version >/dev/null 2>&1; then echo docker compose; else echo docker-compose; fi)
TESTS ?= tests
PYTEST_ARGS ?=
# One more than the two cores: many tests wait for processes, browsers and containers.
PYTEST_WORKERS ?= 3

.PHONY: help
help:  ## Show what each target does
	@grep -hE '^[a-zA-Z_-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

# --- Environments ------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "CourseHub needs Python 3.11 or newer; '$(PYTHON)' is not. Install it, or say: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

$(VENV)/.torch: $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements/demo.txt \
	  $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) $(TORCH)
	@touch $@

.PHONY: jail
jail:  ## Install bubblewrap, the sandbox of the demo, where it is missing (Debian, Ubuntu, as root)
	@deploy/jail.sh

# --- Get going ---------------------------------------------------------------------------------------------

.PHONY: demo up down logs shell
demo: $(VENV)/.demo $(VENV)/.torch jail  ## Start the whole site on this machine with demo data (PORT=8000)
	@$(BIN)/python deploy/demo.py --port $(or $(PORT),8000)

up: images .env  ## Start the compose stack: web, site worker, beat, runner, PostgreSQL, Redis
	$(COMPOSE) up --detach --remove-orphans
	@$(PYTHON) -m deploy.health http://127.0.0.1:$(or $(PORT),$(shell sed -n "s/^PORT=//p" .env 2>/dev/null),8000)/healthz --wait 120 || { $(COMPOSE) ps; echo "Look into it with: make logs" >&2; exit 1; }

down:  ## Stop the compose stack (its data stays)
	$(COMPOSE) down

logs:  ## Follow what the compose stack says
	$(COMPOSE) logs --follow --tail 100

shell: $(VENV)/.demo  ## Open a Python prompt with the demo's database
	@$(BIN)/python manage.py shell

.env: .env.example
	@deploy/make-env.sh

# --- Images ------------------------------------------------------------------------------------------------

.PHONY: images base-image wheels autograder-engine
base-image:  ## Make BASE_IMAGE from Debian's packages, for machines without a registry
	@deploy/base-image.sh

autograder-engine:  ## Start the Docker engine that Gradescope autograders run in (as root; has the image BASE_IMAGE)
	@deploy/autograder-engine.sh start

wheels: $(BIN)/python  ## Collect the wheels that the images install from
	@deploy/wheels.sh $(BIN)/python "$(TORCH)" "$(TORCH_INDEX_URL)"

images: wheels  ## Build the images of the site, the runner and the sandboxes from BASE_IMAGE
	@deploy/images.sh

# --- Tests and checks --------------------------------------------------------------------------------------

.PHONY: test test-containers soak check lint types imports templates migrations deploy-check typos
test: $(VENV)/.dev $(VENV)/.torch jail  ## Pass the tests (what a machine lacks is skipped and said; REQUIRE=docker,… fails instead)
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS) $(TESTS)

test-containers: $(VENV)/.dev $(VENV)/.torch  ## Pass the tests that need a Docker engine, and fail where there is none
	REQUIRE=docker $(BIN)/python -m pytest -m docker $(PYTEST_ARGS) $(TESTS)

soak: $(VENV)/.dev $(VENV)/.torch jail  ## Try every attack four at a time in both sandboxes, and 200 jobs that may leave nothing
	ATTACKS=soak REQUIRE=docker,bubblewrap $(BIN)/python -m pytest -n 2 --dist loadfile --timeout 1800 $(PYTEST_ARGS) tests/attacks

check: lint types imports templates migrations deploy-check typos test  ## Everything that CI checks

lint: $(VENV)/.dev  ## Ruff: mistakes and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy --strict
	$(BIN)/mypy --strict coursehub grading runners gpu_worker deploy benchmarks manage.py

imports: $(VENV)/.dev  ## Which way imports point
	$(BIN)/lint-imports

templates: $(VENV)/.dev  ## djLint on every template
	$(BIN)/djlint --check --lint templates

migrations: $(VENV)/.dev  ## Models and migrations agree
	$(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: $(VENV)/.dev  ## Django's own checks for a real site
	COURSEHUB_HTTPS=1 $(BIN)/python manage.py check --deploy --fail-level WARNING

typos: $(VENV)/.dev  ## Spelling
	$(BIN)/typos

.PHONY: fix
fix: $(VENV)/.dev  ## Repair what ruff and djLint can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates || true

# --- Made files --------------------------------------------------------------------------------------------

.PHONY: lock suite suites bench clean
LOCK := CUSTOM_COMPILE_COMMAND= ../$(BIN)/pip-compile --quiet --allow-unsafe --no-annotate --no-emit-find-links \
  --no-emit-index-url --no-emit-options --strip-extras
lock: $(VENV)/.dev  ## Write requirements/*.txt anew from requirements/*.in (LOCK_ARGS=--upgrade for newer releases)
	cd requirements && $(LOCK) $(LOCK_ARGS) --output-file=dev.txt dev.in
	cd requirements && for part in demo site runner; do \
	  $(LOCK) --constraint=dev.txt --output-file=$$part.txt $$part.in || exit 1; done

suite: $(VENV)/.demo  ## Begin a suite: make suite NAME=myhomework (KIND=differential, pytest, values or gradescope)
	@test -n "$(NAME)" || { echo "Say what it is called: make suite NAME=myhomework KIND=differential" >&2; exit 1; }
	@$(BIN)/python -m runners.scaffold "$(NAME)" --kind "$(or $(KIND),differential)"

suites: $(VENV)/.demo $(VENV)/.torch jail  ## Write each suite's manifest.json anew from its cases
	for suite in gpu_worker/suites/*/suite.toml; do $(BIN)/python -m runners.suites "$$(dirname "$$suite")" || exit 1; done

bench: $(VENV)/.dev $(VENV)/.torch jail  ## Measure grading on an otherwise idle machine
	$(BIN)/python -m benchmarks grading --json

clean:  ## Remove what was built; the demo's data in var/ stays
	rm -rf $(VENV) wheels static-collected .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .ci-output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
