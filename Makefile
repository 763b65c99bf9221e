# GNU Make 4. `make` lists the targets. Every target prepares .venv by itself when that is missing or out of date.
#
# A failing command makes `make` itself exit with 2, whatever the command's own code was. That code is on the line
# "make: *** [...] Error N"; scripts that need it call .venv/bin/runner.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help
.PHONY: help setup validate plan show apply status report recall dashboard cancel stop lift suppress doctor collect who forget receive sandbox demo test test-slow lint check bench

BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal
READY := .venv/.ready

# Campaign files or folders; none = all of campaigns/. ARGS goes to the command as it is.
CAMPAIGNS ?=
ARGS ?=

# The sandbox reads times without a zone as this one. It is set only where nothing can have chosen another environment:
# for a real vendor a wrong zone calls people at night, so there it must be set by a person.
ifeq ($(RUNNER_ENVIRONMENT)$(RUNNER_SECRETS_DIR)$(wildcard .env),)
export RUNNER_VENDOR_TIMEZONE ?= Asia/Shanghai
endif
ifeq ($(RUNNER_ENVIRONMENT),sandbox)
export RUNNER_VENDOR_TIMEZONE ?= Asia/Shanghai
endif

help:  ## list the targets
	@echo 'Campaigns:   make validate | plan | apply | status    [CAMPAIGNS="campaigns/one.toml ..."] [ARGS="..."]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY)  ## make .venv, which every other target does by itself

$(READY): requirements.lock requirements-dev.lock pyproject.toml .ci/setup
	@PYTHON='$(PYTHON)' .ci/setup

validate: $(READY)  ## check the campaigns and templates: exit code 3 and all problems at once
	@$(BIN)/runner validate $(ARGS) $(CAMPAIGNS)

plan: $(READY)  ## show who would be called and what they would hear [OUT=plan.json saves it]
	@$(BIN)/runner plan $(if $(OUT),--out '$(OUT)') $(ARGS) $(CAMPAIGNS)

show: $(READY)  ## show a saved plan: PLAN=plan.json
	@$(BIN)/runner show $(ARGS) '$(or $(PLAN),plan.json)'

apply: $(READY)  ## call them, once [PLAN=plan.json as reviewed] [ACK=number of people, where nobody can type it]
	@$(BIN)/runner apply $(if $(PLAN),--plan '$(PLAN)') $(if $(ACK),--ack-calls '$(ACK)') $(ARGS) $(CAMPAIGNS)

status: $(READY)  ## show what was sent and what is in doubt
	@$(BIN)/runner status $(ARGS) $(CAMPAIGNS)

cancel: $(READY)  ## take waiting calls back for good: CAMPAIGNS=... REASON="..." [ACK=number of people who wait]
	@$(BIN)/runner cancel --reason '$(subst ','\'',$(REASON))' $(if $(ACK),--ack-people '$(ACK)') $(ARGS) $(CAMPAIGNS)

report: $(READY)  ## show what became of the calls
	@$(BIN)/runner report $(ARGS) $(CAMPAIGNS)

recall: $(READY)  ## write an edition of those who were missed: CAMPAIGNS=... EDITION=... OUTCOMES=no_answer,busy
	@$(BIN)/runner recall --edition '$(EDITION)' --outcomes '$(OUTCOMES)' $(ARGS) $(CAMPAIGNS)

dashboard: $(READY)  ## show campaigns in a browser at http://127.0.0.1:8091 until Ctrl-C
	@$(BIN)/runner dashboard $(ARGS)

stop: $(READY)  ## stop everything, also an apply under way on another machine: REASON="..."
	@$(BIN)/runner stop --reason '$(subst ','\'',$(REASON))' $(ARGS)

lift: $(READY)  ## end the stop: REASON="..."
	@$(BIN)/runner stop --lift --reason '$(subst ','\'',$(REASON))' $(ARGS)

suppress: $(READY)  ## call these people never again: asks for numbers [REASON="..."; ARGS=--lift ends it]
	@$(BIN)/runner suppress --reason '$(subst ','\'',$(REASON))' $(ARGS)

doctor: $(READY)  ## check settings, clock, credentials, balance and ledger
	@$(BIN)/runner doctor $(ARGS)

collect: $(READY)  ## read what was pushed and the vendor's call records, and settle doubts by them
	@$(BIN)/runner collect $(ARGS)

who: $(READY)  ## was this person called? Asks for a number
	@$(BIN)/runner who $(ARGS)

forget: $(READY)  ## erase what became of calls to these people: asks for numbers [REASON="..."]
	@$(BIN)/runner forget --reason '$(subst ','\'',$(REASON))' $(ARGS)

receive: $(READY)  ## take the vendor's pushes in, at POST /push/{RUNNER_PUSH_TOKEN}, until Ctrl-C
	@$(BIN)/runner receive $(ARGS)

sandbox: $(READY)  ## play the vendor on http://127.0.0.1:8089 until Ctrl-C
	@$(BIN)/runner sandbox $(ARGS)

demo: $(READY)  ## two campaigns from file to calls and what became of them, against the sandbox: a minute
	@$(BIN)/python tests/demo/demo.py

test: $(READY)  ## run the fast tests
	@$(PYTEST) -m 'not slow' $(ARGS)

test-slow: $(READY)  ## run the slow tests: real processes, many examples, large data
	@$(PYTEST) -m slow $(ARGS)

lint: $(READY)  ## check style, types, layers, and that the vendor's words stay where they belong
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/lint/vendor_words.py

check: lint test  ## lint and the fast tests

bench: $(READY)  ## measure speed and memory at a million callees [ARGS=--quick: a tenth of it; ARGS=--receiver: the receiver]
	@$(BIN)/python tests/benchmarks/bench.py $(ARGS)
