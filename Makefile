# Everything happens inside .venv of this checkout; nothing needs to be installed first but Python 3.11 to 3.14.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 7860

# What the app needs and nothing else; by the client, since plain git refuses binary files there.
FILES := app.py README.md LICENSE requirements.txt pre-requirements.txt 'fg_demo/*' 'heads/*' 'leaderboard/*' 'docs/*.md' 'docs/*.png'
NEVER := '*__pycache__*' '*/.*' '*.pyi' '*.partial*'

.PHONY: run test check docs settings lowest bench heads mini-clip space
.DEFAULT_GOAL := run

run: .venv/run.stamp            ## install what the app needs and open it on the embedded default
	$(BIN)/python app.py --port $(PORT) --open

test: .venv/browser.stamp       ## install what the tests need, a browser included, and run them all
	$(BIN)/pytest -n 3 --dist worksteal

check: .venv/dev.stamp          ## lint, spelling, types and unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/pyright
	$(BIN)/pytest -n 3 --dist worksteal -m "not browser and not slow"

docs: .venv/run.stamp           ## write what the documents say about the code: tables, commands, the tree
	$(BIN)/python -m docs.generate

settings: .venv/browser.stamp   ## the tests that arithmetic can change, computing as other machines do
	PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/support/settings.sh

lowest: .venv/python.stamp      ## unit tests with the oldest versions that the requirements admit
	$(PYTHON) -m venv .venv/lowest
	.venv/lowest/bin/python -m pip install --quiet uv
	.venv/lowest/bin/uv pip install --quiet --python .venv/lowest/bin/python --resolution lowest-direct -r requirements-dev.txt
	.venv/lowest/bin/python -m pytest -m "not browser and not slow"

bench: .venv/browser.stamp      ## measure speed and memory, as ratios to named peers; ONLY="embed metrics" for some
	HF_HUB_OFFLINE=1 $(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

heads: .venv/run.stamp          ## rebuild every shipped head and its record from scratch
	$(BIN)/python -m leaderboard reproduce --backbone mini-clip

mini-clip: .venv/run.stamp      ## rebuild the embedded benchmark and backbone from scratch, then measure them
	$(BIN)/python -m leaderboard.rendered build --split test
	$(BIN)/python -m leaderboard.rendered build --split validation
	$(BIN)/python -m leaderboard.rendered train-mini-clip
	$(BIN)/python -m leaderboard.rendered measure-mini-clip

space: .venv/run.stamp          ## make the Space NAME=owner/name hold this checkout's app, and nothing else
	@test -n "$(NAME)" || { echo "Name the Space: make space NAME=owner/name"; exit 1; }
	$(BIN)/hf upload $(NAME) . . --repo-type space $(addprefix --include ,$(FILES)) $(addprefix --exclude ,$(NEVER)) --delete '*'

.venv/python.stamp:
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed; none was found. Name one: make PYTHON=/path/to/python3.13"; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/run.stamp: .venv/python.stamp requirements.txt
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

.venv/dev.stamp: .venv/python.stamp requirements.txt requirements-mcp.txt requirements-index.txt requirements-ray.txt requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@ .venv/run.stamp

.venv/browser.stamp: .venv/dev.stamp tests/support/install_browser.sh
	PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/support/install_browser.sh
	touch $@
