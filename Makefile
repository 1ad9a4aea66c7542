# make install: everything that the other targets need, in .venv.
# make demo: the whole job on the embedded synthetic set, set-up included.
# make test: every test that is not marked slow.

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= test,dev
BIN := $(VENV)/bin
DEMO := runs/demo

.PHONY: install demo demo-evaluation demo-report demo-export test test-page test-slow campaign campaign-table notebooks lint docs reference benchmark web page clean

$(VENV)/installed: setup.py
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "error: Python 3.11, 3.12 or 3.13 is needed; name one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]'
	touch $@

install: $(VENV)/installed

demo: $(VENV)/installed
	$(BIN)/python train.py --preset demo --workdir $(DEMO)
	$(MAKE) --no-print-directory -j 2 demo-report demo-evaluation demo-export
	@echo
	@echo "evaluation: $(DEMO)/evaluation.json"
	@echo "report:     $(DEMO)/report/index.html"
	@echo "real eye:   $(DEMO)/real_report/index.html, graded by a model that comes with dmtdr_tf"
	@echo "SavedModel: $(DEMO)/export/saved_model"
	@echo "training:   $(BIN)/tensorboard --logdir $(DEMO)/logs"

# What follows the training: none needs another's result.
demo-evaluation: $(VENV)/installed
	$(BIN)/dmtdr evaluate --workdir $(DEMO) --split test --output $(DEMO)/evaluation.json

demo-report: $(VENV)/installed
	$(BIN)/python export/demo_photographs.py $(DEMO)/photographs $(DEMO)/real_photograph
	$(BIN)/dmtdr predict --workdir $(DEMO) $(DEMO)/photographs --output $(DEMO)/report
	$(BIN)/dmtdr predict $(DEMO)/real_photograph --output $(DEMO)/real_report

demo-export: $(VENV)/installed
	$(BIN)/dmtdr export --workdir $(DEMO) --format saved_model --overwrite --parity 0

test: $(VENV)/installed
	$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadfile $(PYTEST)

# The browser page in headless Chromium; `make page` first.
test-page: $(VENV)/installed
	$(BIN)/python -m pytest -m slow tests/exporting/web/page_test.py

test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow $(PYTEST)

# Seeded hostile inputs; CAMPAIGN=full is what docs/reliability.md reports.
CAMPAIGN ?= quick
PART ?= all
campaign: $(VENV)/installed
	PYTHONPATH=tests $(BIN)/python -m campaign --size $(CAMPAIGN) --part $(PART)

campaign-table: $(VENV)/installed
	PYTHONPATH=tests $(BIN)/python -m campaign --render $(if $(RESULTS),--results $(RESULTS))

# Executes the notebooks of examples/; their outputs are not kept.
notebooks: $(VENV)/installed
	$(BIN)/python -c 'import matplotlib, nbclient, ipykernel' 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --editable '.[examples]'
	$(BIN)/python -m pytest -m slow tests/examples_test.py

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy dmtdr_tf datasets train.py benchmarks export docs/_extensions recipes

# Warnings and broken internal links are errors: docs/_build/index.html.
docs: $(VENV)/installed
	$(BIN)/python -c 'import sphinx, myst_parser, furo' 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --editable '.[docs]'
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build

# tensorflow-addons has ended: its values are made in an environment of its own.
reference:
	$(PYTHON) -m venv .venv-reference
	.venv-reference/bin/pip install --quiet -r tests/reference/requirements.txt
	.venv-reference/bin/python tests/reference/make_tensorflow_addons_values.py

benchmark: $(VENV)/installed
	$(BIN)/python benchmarks/train_step.py

# The browser page with the default model.
web: page $(VENV)/installed
	$(BIN)/dmtdr export --format web --overwrite --output runs/web
	@echo "the page: runs/web; $(BIN)/dmtdr web runs/web serves it"

# The page without a model, for `dmtdr export --format web`: Node.js 20 or later.
page:
	@command -v npm >/dev/null || { echo "error: npm is needed (Node.js 20 or later)" >&2; exit 1; }
	npm --prefix export/web ci --no-audit --no-fund
	npm --prefix export/web run build

clean:
	rm -rf $(VENV) .venv-reference runs build dist *.egg-info export/web/node_modules dmtdr_tf/exporting/web/page docs/_build docs/api docs/commands
