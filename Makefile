# Run `make` to see the commands. Each sets itself up: Python >= 3.11 and make are all that is needed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# One thread per process: results do not depend on the core count, and two threads on small matrices are slower.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help verify test check prove claim study bench readme lock clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

verify: $(INSTALLED)  ## derive and check every claim, on toys and on networks trained on digits; write report/index.html
	$(BIN)/python -m experiments.verify $(ARGS)

test: $(INSTALLED)  ## run the test suite
	$(BIN)/python -m pytest $(ARGS)

check: $(INSTALLED)  ## format, lint, types, import contracts, conformance, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m toykit.conformance
	$(BIN)/python -m pytest $(ARGS)

prove:  ## check the proofs in theory/kernel by Coq's kernel and print what they assume; needs coqc
	@command -v coqc >/dev/null || { echo "the proof kernel is optional and needs coqc; install coq, then run: make prove" >&2; exit 1; }
	@out=$$(mktemp -d) && cp theory/kernel/*.v "$$out" && cd "$$out" && for file in *.v; do echo "$$file"; coqc "$$file" || exit 1; done

claim: $(INSTALLED)  ## start a claim: make claim NAME=family/slug
	@$(BIN)/python -m toykit.new_claim "$(NAME)"

study: $(INSTALLED)  ## run studies on trained networks at full size: make study NAMES="family/name ..." (TOYKIT_DATA: MNIST, CIFAR-10)
	$(BIN)/python -m experiments.study --size full $(NAMES) $(ARGS)

bench: $(INSTALLED)  ## print the speed of curves, barriers, matchings, eigenvalues and paths, each beside its floor or its twin
	$(BIN)/python -m experiments.benchmarks.profile_speed $(ARGS)
	$(BIN)/python -m experiments.benchmarks.barrier_engines $(ARGS)
	$(BIN)/python -m experiments.benchmarks.matching_speed $(ARGS)
	$(BIN)/python -m experiments.benchmarks.eigenvalue_speed $(ARGS)
	$(BIN)/python -m experiments.benchmarks.path_speed $(ARGS)
	$(BIN)/python -m experiments.benchmarks.draw_speed $(ARGS)

readme: $(INSTALLED)  ## write the README's table of claims and its figure anew
	$(BIN)/python -m experiments.readme

lock:  ## resolve the dependencies anew and write requirements.lock
	PYTHON="$(PYTHON)" .ci/lock

clean:  ## remove what was made, the virtual environment included; the results in runs stay
	rm -rf "$(VENV)" build dist report .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp makes reruns instant; the pins and the declared dependencies are what can invalidate it.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "toykit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1 | tail -n 1); run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv "$(VENV)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
