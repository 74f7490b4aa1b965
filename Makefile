# A newcomer needs Python 3.11–3.13, pip and make. Everything else is set up here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=2 --maxschedchunk=2

.PHONY: run test quick check bench browser lock vectors
unexport PYTHONDONTWRITEBYTECODE  # compiled once, not anew by every worker and every process that a test starts

run: $(READY)
	$(BIN)/yanxiu serve

# Everything that CI runs.
test: check browser
	$(PYTEST)

# Before a commit: all but what is slow (tests/conftest.py says what).
quick: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) -m "not slow"

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# After a change of the example questions, or of how they are read: bot/engine/examples.npz, to be committed.
vectors: $(READY)
	OPENBLAS_NUM_THREADS=$$(nproc) $(BIN)/python -m bot.engine.build_vectors

bench: $(READY)
	$(BIN)/python -m tests.benchmarks

# Chromium for the page tests: the system's, else its package, else playwright's own build.
browser: $(READY)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk; } \
	  || $(BIN)/playwright install --with-deps chromium

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo '需要 Python 3.11 至 3.13，可用 make PYTHON=python3.12 指定'; exit 1; }
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv: $(READY)

# Needs uv; the lock names no registry's address.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --extra dev --extra semantic --extra ocr -q pyproject.toml -o requirements.lock
