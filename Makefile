# Bare `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help demo test check editors fuzz docs site rule clean

help:
	@echo 'make demo    show what it does: lint examples/legacy_service, which breaks every rule'
	@echo 'make test    prove that it works: all tests'
	@echo 'make check   what CI adds: ruff, mypy, import contracts, generated pages'
	@echo 'make editors build and try the extension for VS Code'
	@echo 'make fuzz    look for what breaks it, for as long as you like'
	@echo 'make docs    rewrite what is derived from the rules and settings'
	@echo 'make site    the documentation, as pages to look at: build/site/index.html'
	@echo 'make rule SECTION=logs NAME=shouted_event    begin a new rule'
	@echo 'make clean   remove what all this has made'

$(INSTALLED): pyproject.toml
	@echo 'Setting up $(VENV) with everything that is needed: this takes a minute or two.'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(INSTALLED)
	@$(BIN)/gravity-lint --exit-zero examples/legacy_service

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

# The extension for VS Code: needs npm. No editor is started, but the program is.
editors: $(INSTALLED)
	cd editors/vscode && npm ci --no-audit --no-fund && npm run package
	cd editors/vscode && GRAVITY_LINT=$(CURDIR)/$(BIN)/gravity-lint GRAVITY_LINT_EXAMPLE=$(CURDIR)/examples/legacy_service npm test

# The property tests, for as long as they are told to: `make fuzz TIMES=20 SEED=1`.
TIMES ?= 200
SEED ?= $(shell date +%s)
fuzz: $(INSTALLED)
	GRAVITY_LINT_FUZZ=$(TIMES) $(BIN)/python -m pytest --hypothesis-seed=$(SEED) -p no:randomly tests/fuzz tests/running/test_sameness.py tests/fixing/test_killing.py tests/hosts/server/test_session.py

docs: $(INSTALLED)
	$(BIN)/python devtools/catalogue.py

site: $(INSTALLED)
	$(BIN)/python -m sphinx -W --keep-going -q -b dirhtml docs build/site

rule: $(INSTALLED)
	$(BIN)/gravity-lint new-rule $(SECTION) $(NAME)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
