# `make run` builds and starts everything, `make test` checks everything; docs/running.md explains.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin

# Any name under which this machine has Python 3.11; a shim that only pretends does not count.
INSTALL = for python in python3.11 python3 python; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then echo "sanbian: Python 3.11 is needed and was not found (on Debian 12: apt-get install python3.11 python3.11-venv)." >&2; exit 1; fi; \
	"$$python" -m api.setup.install

.PHONY: help run setup install test quality lint format lock clean

help: ## what this file can do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: ## build what is missing, then start bot and api (Ctrl-C stops them)
	@$(INSTALL) && exec $(BIN)/sanbian run

install: ## make both virtual environments
	@$(INSTALL)

setup: install ## also build the pages, migrate the database, train the bot
	@exec $(BIN)/sanbian setup

test: install ## every check and every test
	@exec $(BIN)/python scripts/check.py $(ARGS)

quality: install ## how well messages are understood: docs/quality.md and var/quality.json
	@exec $(BIN)/python -m scripts.quality

lint: install ## ruff, mypy and the checks of the pages, no tests
	@exec $(BIN)/python scripts/check.py --no-tests

format: install ## let ruff format the Python sources
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: install ## renew both locks and the pinned installer
	@exec $(BIN)/python scripts/lock.py $(ARGS)

clean: ## forget everything built (not var/, where the database and the keys are)
	rm -rf .venv bot/.venv *.egg-info .rasa .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf var/training var/rasa-cache web/node_modules web/*/node_modules web/*/dist
	find models -mindepth 1 ! -name README.md -delete
