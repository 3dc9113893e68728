# `make demo` shows what it does, `make test` proves that it works, `make check` is what CI adds.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test check fuzz docs rule clean

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(INSTALLED)
	-$(BIN)/gravity-lint examples/legacy_service

test: $(INSTALLED)
	$(BIN)/python -m pytest examples/orders_service --rootdir examples/orders_service -c examples/orders_service/pyproject.toml -q
	$(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python devtools/catalogue.py --check
	$(BIN)/gravity-lint examples/orders_service

# The property tests, for as long as their settings allow outside CI.
fuzz: $(INSTALLED)
	GRAVITY_LINT_FUZZ=1 $(BIN)/python -m pytest tests/running/test_sameness.py

docs: $(INSTALLED)
	$(BIN)/python devtools/catalogue.py

rule: $(INSTALLED)
	$(BIN)/python devtools/new_rule.py $(SECTION) $(NAME)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
