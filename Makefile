# Two commands set everything up: make demo, make test. The rest is for developers.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types layers docs bench bench-autogenerate bench-indexes bench-migrations bench-models bench-orm bench-queries bench-safe-hands bench-scale new-rule prove clean

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dbwright needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet -e '.[postgres,mysql]' --group dev
	touch $@

demo: $(VENV)/.ready  ## Review the example shop, then take the tour.
	@echo '$$ dbwright check examples/shop'
	@$(BIN)/dbwright check examples/shop; status=$$?; test $$status -le 1 -o $$status -eq 3
	@$(BIN)/dbwright demo

test: $(VENV)/.ready  ## Run the whole suite on every database that can be started or reached.
	@$(BIN)/python -m compileall -q src  # the commands that tests run would compile it each time
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.ready lint types layers  ## What ends in seconds: lint, types, layers, tests without a database.
	$(BIN)/python -m pytest -n 2 -m 'not database'

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/mypy

layers: $(VENV)/.ready
	$(BIN)/lint-imports

docs: $(VENV)/.ready  ## Build the site from the code into site/.
	$(BIN)/python docs/build.py

bench-autogenerate: $(VENV)/.ready  ## 32 kinds of model change: plain Alembic, the hook, side by side.
	$(BIN)/python benchmarks/autogenerate/run.py

bench: $(VENV)/.ready  ## Measure start-up, static growth and a whole check.
	$(BIN)/python benchmarks/run.py

PEERS ?= build/peers
bench-migrations: $(VENV)/.ready  ## Run dbwright and its peers over the labelled set of migrations; takes long.
	$(BIN)/python benchmarks/migrations/prepare.py $(PEERS)
	$(BIN)/python benchmarks/migrations/run.py $(PEERS) --save $(PEERS)/answers.json

bench-indexes: $(VENV)/.ready  ## Indexes that advisors choose, built and run for real at equal bytes; takes long.
	$(BIN)/python benchmarks/indexes/prepare.py $(PEERS)/indexes
	$(BIN)/python benchmarks/indexes/run.py $(PEERS)/indexes --save $(PEERS)/indexes.json

bench-models: $(VENV)/.ready  ## Databases of real projects to models and back, beside sqlacodegen; takes long.
	$(BIN)/python benchmarks/models/prepare.py $(PEERS)/models
	$(BIN)/python benchmarks/models/run.py $(PEERS)/models --save $(PEERS)/models.json

bench-orm: $(VENV)/.ready  ## Programs with known ORM behaviour, beside four peers; takes long. POSTGRESQL= and MARIADB= name servers.
	$(BIN)/python benchmarks/orm/prepare.py $(PEERS)/orm
	$(BIN)/python benchmarks/orm/run.py $(PEERS)/orm --postgresql '$(POSTGRESQL)' --mariadb '$(MARIADB)' --save $(PEERS)/orm.json

bench-safe-hands: $(VENV)/.ready  ## Every attack and every legitimate read, as superuser and as the printed role; takes long.
	for stand in postgresql-15 postgresql-18 mariadb sqlite; do $(BIN)/python benchmarks/safe_hands/run.py --on $$stand || exit 1; done
	$(BIN)/python benchmarks/safe_hands/run.py --reads

bench-scale: $(VENV)/.ready  ## Backfills under kills and faults, their speed, and a fleet. POSTGRESQL= names an empty database, MARIADB= another, RABBITMQ= a broker; takes long.
	@test -n '$(POSTGRESQL)' || { echo 'Name an empty database: make bench-scale POSTGRESQL=postgresql+psycopg://USER:PASSWORD@HOST/NAME'; exit 2; }
	for engine in process celery procrastinate; do $(BIN)/python benchmarks/scale/kills.py --engine $$engine --rows 100000 || exit 1; done
	test -z '$(RABBITMQ)' || $(BIN)/python benchmarks/scale/kills.py --engine celery --rows 100000 --broker '$(RABBITMQ)'
	test -z '$(MARIADB)' || $(BIN)/python benchmarks/scale/kills.py '$(MARIADB)' --rows 250000
	$(BIN)/python benchmarks/scale/kills.py sqlite:///$$(mktemp -d)/kills.db --rows 200000
	$(BIN)/python benchmarks/scale/faults.py
	$(BIN)/python benchmarks/scale/speed.py '$(POSTGRESQL)'
	$(BIN)/python benchmarks/scale/speed.py '$(POSTGRESQL)' --workers
	$(BIN)/python benchmarks/scale/state.py '$(POSTGRESQL)'
	$(BIN)/python benchmarks/scale/state.py '$(POSTGRESQL)' --replayed
	$(BIN)/python benchmarks/scale/estimates.py '$(POSTGRESQL)'
	$(BIN)/python benchmarks/scale/estimates.py --replica
	$(BIN)/python benchmarks/scale/fleet.py --sqlite 1000 --postgresql 100 --schemas 1000 --url '$(POSTGRESQL)'

bench-queries: $(VENV)/.ready  ## Slow, fine and trapping queries with measured answers, beside five peers; takes long.
	$(BIN)/python benchmarks/queries/prepare.py $(PEERS)/queries
	$(BIN)/python benchmarks/queries/run.py $(PEERS)/queries --save $(PEERS)/queries.json

new-rule: $(VENV)/.ready  ## make new-rule JOB=migrations NAME=blocking_thing
	@$(BIN)/python -m dbwright.frontends.new_rule $(JOB) $(NAME)

prove: $(VENV)/.ready  ## make prove RULE=blocking-thing: its page, examples, claims, fix and undo.
	DBWRIGHT_EVERY_FIX=1 $(BIN)/python -m pytest tests/test_rules.py -k '/$(RULE)'

clean:
	rm -rf $(VENV) build dist site
