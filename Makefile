# `make live` and `make test` do everything on a fresh clone; `make help` lists the rest.
# ARGS goes to the program at the end: make live ARGS="--osc 192.168.1.20:7000"

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

# numba compiles the front end once, in some seconds, and keeps the code beside the source.
COMPILE := $(BIN)/python -c 'import realtime_mer.frontend.kernels'

# Images of Python for containers often set it; then every process compiles every test anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help live test quick lint format bench benchmarks soak clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

live: $(VENV)/live.stamp ## set up what is missing and listen to the default microphone
	@scripts/system_packages.sh live
	@$(BIN)/realtime-mer --device auto $(ARGS)

test: $(VENV)/test.stamp lint ## set up what the tests need and run everything
	@scripts/system_packages.sh live
	@scripts/system_packages.sh test
	@scripts/install_browser.sh $(VENV)
	@scripts/run_pytest.sh $(VENV) $(ARGS)

quick: $(VENV)/test.stamp ## run the tests that take seconds
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 -m "not e2e and not data" $(ARGS)

lint: $(VENV)/test.stamp ## check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/test.stamp ## put style and formatting right where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/test.stamp ## measure speed and latency on this machine and write docs/latency.md
	$(BIN)/python -m benchmarks.latency $(ARGS)

# silero-vad asks for torchaudio, which does not load with our torch; its ONNX file needs neither.
benchmarks: $(VENV)/test.stamp ## measure beside others and against the marks; writes docs/benchmarks.md
	@$(PIP) install -qq --editable '.[test,bench]'
	@$(PIP) install -qq --no-deps silero-vad
	@scripts/system_packages.sh test
	$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/test.stamp ## run for hours what the tests run for seconds and write docs/reliability.md
	@scripts/system_packages.sh live
	@scripts/system_packages.sh test
	@for part in soaks.day soaks.process soaks.stalls soaks.realtime soaks.under_fire soaks.faults soaks.attack \
			soaks.osc_network soaks.fuzz benchmarks.web_fanout; do \
		echo "$$part"; $(BIN)/python -m $$part || failed=1; \
	done; exit $${failed:-0}

clean: ## remove everything that was made here
	rm -rf $(VENV) artifacts build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is younger than pyproject.toml while the environment holds what that file asks for.
$(VENV)/live.stamp: pyproject.toml
	@scripts/make_venv.sh $(VENV)
	@echo "Installing realtime-mer into $(VENV); the first time takes a minute or two"
	@$(PIP) install -qq --editable '.[plot]'
	@$(COMPILE)
	@touch $@

$(VENV)/test.stamp: pyproject.toml
	@scripts/make_venv.sh $(VENV)
	@echo "Installing realtime-mer and its tests into $(VENV); the first time takes some minutes"
	@scripts/install_torch.sh $(VENV)
	@$(PIP) install -qq --editable '.[test]'
	@$(COMPILE)
	@touch $@ $(VENV)/live.stamp
