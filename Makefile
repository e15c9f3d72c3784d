# Everything runs in an environment of its own, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE ?= astronaut
WORKERS ?= 2

.PHONY: matte web test test-all gpu lint docs clean

# A photograph becomes an alpha matte, a cut-out and a side-by-side picture in out/.
matte: $(VENV)/installed
	$(BIN)/indexnet matte datasets/samples/$(SAMPLE).jpg datasets/samples/$(SAMPLE)_trimap.png \
		--background steelblue --sheet --overwrite -o out

# The matting page without a server, a folder for any static host; npm fetches what computes in the browser.
NETWORK ?= indexnet_light
web: $(VENV)/installed-onnx
	$(BIN)/python examples/web/build.py --weights $(NETWORK) -o out/web

test: $(VENV)/installed-test $(VENV)/kotlin
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Every configuration, photograph and backend: what `make test` takes samples of.
test-all: $(VENV)/installed-test $(VENV)/kotlin
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m ""

# For a machine with a GPU: how fast it composes and trains, then five minutes of training from the shipped weights.
# BACKEND's package for that GPU has to be in the environment; BACKEND is tensorflow, torch or jax.
BACKEND ?= torch
gpu: $(VENV)/installed-test
	$(BIN)/python benchmarks/gpu_training.py --backend $(BACKEND) --configuration m2o_nonlinear_context
	KERAS_BACKEND=$(BACKEND) $(BIN)/indexnet train --preset gpu --minutes 5 --weights indexnet_base \
		--foregrounds datasets/rendered --output runs/gpu

lint: $(VENV)/installed-test
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .
	$(BIN)/python -m mypy

# The guides and the reference, in out/site/index.html; a warning is an error.
docs: $(VENV)/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# TensorFlow's build for CPUs has half the size; there is one for Linux on x86.
FOR_CPUS := platform_machine == 'x86_64' and sys_platform == 'linux'
FOR_ALL := platform_machine != 'x86_64' or sys_platform != 'linux'

$(VENV)/installed: pyproject.toml setup.cfg | $(BIN)/python
	@echo "Installing into $(VENV), once: pip fetches about 500 MB, most of it TensorFlow, and 2 GB of disk are taken."
	$(BIN)/pip install --editable ".[foreground]"
	$(BIN)/pip show --quiet tensorflow 2>/dev/null || \
		$(BIN)/pip install "tensorflow-cpu>=2.18; $(FOR_CPUS)" "tensorflow>=2.18; $(FOR_ALL)"
	touch $@

$(VENV)/installed-onnx: $(VENV)/installed
	$(BIN)/pip install --quiet --editable ".[onnx]"
	touch $@

# The tests' TensorFlow is the whole one, in the same folder as that for CPUs.
$(VENV)/installed-test: pyproject.toml setup.cfg | $(BIN)/python
	@echo "Installing all that the tests need into $(VENV), once: TensorFlow, JAX, PyTorch and more, several GB."
	$(BIN)/pip uninstall --yes --quiet tensorflow-cpu
	$(BIN)/pip install --quiet --editable ".[test]"
	touch $@

# The compiler for the tests of examples/android, 60 MB; without npm or Java they are skipped.
$(VENV)/kotlin: | $(BIN)/python
	if command -v npm && command -v java; then \
		npm install --prefix $(VENV) --no-save --ignore-scripts --no-audit --no-fund kotlin-compiler@2.4.20; fi
	touch $@

$(VENV)/installed-docs: pyproject.toml setup.cfg | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[docs]"
	touch $@

clean:
	rm -rf $(VENV) out build dist *.egg-info
