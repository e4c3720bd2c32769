# The front door. The build itself is CMake (CMakeLists.txt, CMakePresets.json).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PREFIX ?= /usr/local
DESTDIR ?=
DEMO_ARGS ?=
BENCH_ARGS ?=
JOBS ?= $(shell nproc)
TEST_JOBS ?= 2

RELEASE := build/release
CPP_DIRS = $(wildcard src include tests bench fuzz examples)
CPP_FILES = $(shell find $(CPP_DIRS) -name '*.h' -o -name '*.cc')

# $(call compile,PRESET[,CMAKE OPTIONS[,BUILD OPTIONS]]): configure and build one preset into
# build/PRESET.
define compile
cmake --preset $(1) --log-level=NOTICE $(2)
cmake --build --preset $(1) --parallel $(JOBS) $(3)
endef

# $(call run_tests,PRESET): run a built preset's tests, say why any were skipped (a GoogleTest
# GTEST_SKIP, or a line "skipped: why" of a script), and end with "N passed, N failed".
define run_tests
@status=0; cd build/$(1); \
ctest --output-on-failure --no-tests=error --parallel $(TEST_JOBS) --output-junit junit.xml \
  || status=$$?; \
[ -s junit.xml ] || exit 1; \
awk '/: Skipped$$/ { getline; print "skipped: " $$0 } /^skipped: /' Testing/Temporary/LastTest.log \
  | sort -u; \
sed -n '/<testsuite /,/>/p' junit.xml | tr ' \t' '\n\n' | awk -F '"' ' \
  /^(tests|failures|skipped|disabled)=/ { count[$$1] = $$2 } \
  END { failed = count["failures="]; skipped = count["skipped="] + count["disabled="]; \
        printf "%d passed, %d failed", count["tests="] - failed - skipped, failed; \
        if (skipped) printf ", %d skipped", skipped; \
        print "" }'; \
rm -f junit.xml; \
exit $$status
endef

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: ## Build the gateway: build/release/malote
	@scripts/bootstrap
	$(call compile,release,,--target malote)

.PHONY: demo
demo: build ## Run the gateway on a fresh store and show it at work (DEMO_ARGS=--once ends by itself)
	@$(RELEASE)/malote demo $(DEMO_ARGS)

.PHONY: test
test: ## Build and run all tests; the last line is the count
	@scripts/bootstrap --group build --group test
	$(call compile,release)
	$(call run_tests,release)

.PHONY: check
check: rules lint asan tsan ## Format, lint, module and repository rules, and the tests under sanitizers

.PHONY: rules
rules: ## The quick part of check: format, module rule, repository rules
	@scripts/bootstrap --group build --group check
	clang-format --dry-run -Werror $(CPP_FILES)
	python3 tools/layers.py --self-test
	python3 tools/layers.py
	python3 tools/tidy.py --self-test
	python3 tools/tidy.py

.PHONY: lint
lint: ## clang-tidy over src
	@scripts/bootstrap --group build --group check
	cmake --preset lint --log-level=NOTICE
	run-clang-tidy -quiet -p build/lint -j $(JOBS) "^$(CURDIR)/src/"

.PHONY: asan
asan: ## The tests under the address and undefined-behaviour sanitizers
	@scripts/bootstrap --group build --group test
	$(call compile,asan)
	$(call run_tests,asan)

.PHONY: tsan
tsan: ## The tests under the thread sanitizer
	@scripts/bootstrap --group build --group test
	$(call compile,tsan)
	$(call run_tests,tsan)

.PHONY: bench
bench: ## Build and run the measurements (BENCH_ARGS goes to bench/run.py)
	@scripts/bootstrap --group build --group bench
	$(call compile,release,-DMALOTE_BENCH=ON)
	python3 bench/run.py $(BENCH_ARGS)

.PHONY: format
format: ## Format all C++ files in place
	@scripts/bootstrap --group check
	clang-format -i $(CPP_FILES)

.PHONY: install
install: build ## Install under PREFIX (default /usr/local); DESTDIR is honoured
	cmake --build --preset release --parallel $(JOBS) --target malote_client malote_receiver
	DESTDIR="$(DESTDIR)" cmake --install $(RELEASE) --prefix "$(PREFIX)"

.PHONY: package
package: ## The Debian package: build/package/malote_VERSION_ARCH.deb
	@scripts/bootstrap --group build --group package
	$(call compile,release,,--target malote)
	packaging/deb/build $(RELEASE)/malote build/package

.PHONY: test-package
test-package: ## The package's life on a fresh Debian 12 with systemd (root, network, some minutes)
	@scripts/bootstrap --group build --group package
	$(call compile,release,,--target malote)
	MALOTE_BIN=$(RELEASE)/malote python3 tests/package/test_fresh_debian.py

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf build
