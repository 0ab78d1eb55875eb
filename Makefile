# Everything a newcomer needs. Each target sets up what it lacks.
PYTHON ?= python3
BIN := .venv/bin
unexport PYTHONDONTWRITEBYTECODE  # each start reads what the one before compiled
# a file's tests stay together, so that what they share is made once; in the order of the folders, the long ones early
SHARED := --dist loadfile --no-loadscope-reorder

.PHONY: install demo quick test check bench serve clean

# pip would compile by one core
.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

install: .venv/installed  ## set up .venv from the pinned list

demo: install  ## the whole story on two examples; nothing leaves this machine
	$(BIN)/forthwith demo

quick: install  ## what to run while working: style, imports, every rule that needs no database; about a minute
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	HYPOTHESIS_PROFILE=brief $(BIN)/pytest -q -n 2 $(SHARED) -m "not slow and not prefect and not database and not sweep"

test: install  ## every test, with coverage
	$(BIN)/python -m slipcover --source forthwith,models,flows --omit "models/migrations/*" --skip-covered --missing-width 40 \
		-m pytest -n 3 $(SHARED) --durations=15

check: install  ## style, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: install  ## throughput beside naive peers, in one run
	$(BIN)/python -m bench

serve: install  ## web, flows and database on this machine
	$(BIN)/forthwith serve

clean:
	rm -rf .venv .demo
