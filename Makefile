# Two commands do all set-up: `make tables` (the main job on the sample) and `make test`.
SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
CORES ?= all
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: tables test test-slow test-random bench bench-features bench-training growth gpu gpu-check slurm slurm-faults slurm-sample lint docs lock lock-check clean

tables: .venv/ready
	@# a line or two a job: what each reads and writes would bury them
	$(BIN)/snakemake --cores $(CORES) --quiet rules reason host -- results/tables
	@printf '%s\n' '' \
	  'tables    results/tables/*.md and *.csv' \
	  'figures   results/figures (PNG, SVG, CSV)' \
	  'report    results/report.html (open it in a browser)' \
	  'shards    results/shards/<source>/<stego set>/' \
	  'command   .venv/bin/stego --help (embed, cost, detect, verify)' \
	  '' \
	  'The run `sample` shows that the pipeline works.' \
	  'The real thing, once config.yaml names your data:' \
	  '  source .venv/bin/activate' \
	  '  snakemake --cores 8 results/tables --config run=paper'

# files run beside one another, in the order of tests/conftest.py; two at a time leave memory for TensorFlow anywhere
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m 'not slow'

test: .venv/ready
	$(PYTEST) --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(PYTEST) -q $(KERNEL_TESTS) --cov --cov-append --cov-report=
	$(BIN)/coverage report --skip-covered --fail-under=85

test-slow: .venv/ready
	$(BIN)/python -m pytest -m slow

# compiled loops once more as plain Python, where their lines can be counted and their bounds are checked
KERNEL_TESTS := $(patsubst %,tests/test_%.py,wavelet simulate embed dct jpeg_costs jmipod features more_embedders)

# other examples of the property tests each time
test-random: .venv/ready
	HYPOTHESIS_PROFILE=random $(PYTEST) -k 'not workflow'

bench: .venv/ready
	$(BIN)/python -m benchmarks.bench

bench-features: .venv/ready
	$(BIN)/python -m benchmarks.bench_features

bench-training: .venv/ready
	$(BIN)/python -m benchmarks.bench_training

# COVERS x three stego sets embedded for real, on one core and on two; 10,000 take 8 minutes and 5 GB below TMPDIR
growth: .venv/ready
	$(BIN)/python -m benchmarks.growth $(COVERS)
COVERS ?= 10000

# workflow/profiles/slurm on a SLURM of its own (Debian, as root): the tiny experiment with faults, the sample without
slurm: slurm-faults slurm-sample
slurm-faults: .venv/ready
	$(BIN)/python -m benchmarks.slurm.prove $(TARGETS)
slurm-sample: .venv/ready
	$(BIN)/python -m benchmarks.slurm.prove --sample $(TARGETS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy

docs: .venv/ready
	$(BIN)/mkdocs build --strict --config-file .ci/mkdocs.yml

lock: .venv/ready
	$(BIN)/uv pip compile $(LOCK) -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) $(GPU) -o requirements-gpu.lock

# the lock files hold what pyproject.toml asks for
lock-check: .venv/ready
	@for name in requirements requirements-gpu; do \
	  [ $$name = requirements ] && more= || more='$(GPU)'; \
	  copy=$$(mktemp) && cp $$name.lock $$copy && $(BIN)/uv pip compile --quiet $(LOCK) $$more -o $$copy >/dev/null && \
	  diff $$name.lock $$copy && rm $$copy && echo "$$name.lock agrees with pyproject.toml" || exit 1; \
	done

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --extra cluster --extra reference --extra dev pyproject.toml
# the same releases, and CUDA
GPU := --extra gpu --constraint requirements.lock

# the environment once more, with CUDA's libraries (several gigabytes); Linux, NVIDIA
gpu:
	rm -f .venv/ready
	$(MAKE) .venv/ready LOCKED=requirements-gpu.lock
	$(MAKE) gpu-check

gpu-check: .venv/ready
	$(BIN)/python -m benchmarks.gpu_check

LOCKED ?= requirements.lock
.venv/ready: $(LOCKED)
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python " + sys.version.split()[0] + ": expected 3.11 to 3.13: name another with make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear .venv
	@# the lock names all there is: pip before 23.3 would look for newer releases of what is asked for with extras
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(LOCKED)
	@# the command stego; setuptools is in the lock, so that nothing is fetched to build with
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf results tests/tiny/results
