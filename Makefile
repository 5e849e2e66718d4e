# Everything a newcomer needs: `make run` and `make test`. Both install what they need into this folder.
SHELL := /bin/sh
UV_VERSION := 0.13.9
UV := .uv/bin/uv
PYTHON3 ?= python3
SERVER := .venv/.installed
RASA := .venv-nlu/.installed
SHARED_WITH_RASA := $(addprefix bot/understanding/,calibration.py cascade.py encoder.py e5/network.py e5/weights.py e5/words.py entities.py examples.py files.py ngrams.py softmax.py text.py)
JIELI := .venv/bin/jieli
export RASA_TELEMETRY_ENABLED := false
export OMP_NUM_THREADS := 1
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help run test check train rasa parity nlu-report hint3 fuzz bench simulate clean
help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(SERVER) ## start the demo: shop page, widget, bot and workspace
	@$(JIELI) run --demo

test: $(SERVER) ## run every test
	.venv/bin/python -m pytest

check: $(SERVER) ## lint, types, layers, lock, trained bundle, front end
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/mypy --python-version 3.10 $(SHARED_WITH_RASA)
	.venv/bin/lint-imports
	$(UV) lock --check
	@grep -q '^name = "rasa"$$' uv.lock || { echo "uv.lock has lost Rasa: uv locks without it in silence"; exit 1; }
	@.venv/bin/python -c 'import sys; from bot.understanding.export import bundle_is_current as current; \
	sys.exit(None if current() else "models/jieli was not trained from these nlu_data and config.yml: run make train")'
	@if command -v npx >/dev/null 2>&1; then deploy/check-front-end; \
	else echo "no Node here: the front end's types are not checked"; fi

train: $(SERVER) $(RASA) ## train with Rasa and export the bundle the server loads
	$(JIELI) train --shipped

rasa: $(RASA) ## install Rasa into an environment of its own, for `jieli train`

parity: $(SERVER) $(RASA) ## prove that Rasa and the bundle say the same
	$(JIELI) parity

nlu-report: $(SERVER) ## measure the committed bundle on EVAL=folder (and HINT3=folder); page in build/nlu-report.html
	@$(JIELI) nlu-report $(EVAL) $(if $(HINT3),--hint3 $(HINT3))

hint3: $(SERVER) $(RASA) ## train config.yml on TRAIN=a.csv, another data set, and score it on TEST=b.csv
	@.venv/bin/python -m bot.understanding.hint3 $(TRAIN) $(TEST)

fuzz: $(SERVER) ## understand 10,000 cases of bad input, each within 50 ms
	.venv/bin/python -m tests.understanding.bad_input

bench: $(SERVER) ## measure; one line a measure, and build/bench.json
	.venv/bin/python -m tests.bench

simulate: $(SERVER) ## play whole dialogues against the bot and judge them; build/simulate.json
	.venv/bin/python -m tests.simulate

clean:
	rm -rf .venv .venv-nlu .uv build

.uv/bin/uv:
	@echo "Installing uv $(UV_VERSION) ..."
	@$(PYTHON3) -c 'import sys; sys.exit("Jieli needs Python 3.11 or newer; this is %d.%d" % sys.version_info[:2]) if sys.version_info < (3, 11) else None'
	@$(PYTHON3) -m venv .uv || { echo "python3 cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(SERVER): $(UV) pyproject.toml uv.lock
	@echo "Installing what the server needs ..."
	@$(UV) sync --locked --python "$$($(PYTHON3) -c 'import sys; print(sys.executable if sys.version_info < (3, 15) else "3.14")')"
	@touch $@

$(RASA): $(UV) pyproject.toml uv.lock
	@echo "Installing Rasa into an environment of its own (Python 3.10; about 2.5 GB) ..."
	@UV_PROJECT_ENVIRONMENT=.venv-nlu $(UV) sync --locked --no-default-groups --group nlu --python "$$(deploy/find-python310)" || \
	{ echo "Python 3.10 cannot be had here, or Rasa cannot be installed: training and parity need it; everything else works without."; exit 1; }
	@touch $@
