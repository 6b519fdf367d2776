# `make` lists what there is. Each target installs what it needs, and says so, before it starts.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What a build needs beside Rust: ALSA for the sound card, a C compiler and cmake for libopus.
BUILD_PACKAGES := gcc libc6-dev cmake pkg-config libasound2-dev
# What the tests need: speech and phone formats to feed in, a virtual sound card, a browser,
# PostgreSQL (the tests start their own), Python and JavaScript for stock clients, and Java for the
# checker of HTML. Node and Java may come from elsewhere than Debian.
TEST_PACKAGES := $(BUILD_PACKAGES) git espeak-ng ffmpeg pulseaudio pulseaudio-utils \
	libasound2-plugins chromium chromium-driver fonts-dejavu-core postgresql python3-venv \
	zbar-tools strace faketime debhelper dpkg-dev fakeroot lintian systemd \
	$(if $(shell command -v npm),,nodejs npm) $(if $(shell command -v java),,default-jre-headless)
# What the benches need: the programs that Loa Bản is measured against.
BENCH_PACKAGES := $(BUILD_PACKAGES) time espeak-ng ffmpeg pulseaudio pulseaudio-utils \
	libasound2-plugins alsa-utils mpg123
# What makes Debian packages; dpkg-shlibdeps is in dpkg-dev.
DEB_PACKAGES := debhelper dpkg-dev

# Each test in a process of its own, so that a hang or a crash is one failure with a name.
NEXTEST := 0.9.143
# What others wrote and the tests are judged by, each in a folder of its own under target/: a tus
# client and a tester of interfaces in Python; a tus client, axe and the checker of HTML from npm.
TUS_CLIENT := target/tus-client/bin/tus-upload-1.1.0
SCHEMATHESIS := target/schemathesis/bin/schemathesis-4.32.5
NPM_PACKAGES := axe-core@4.14.1 tus-js-client@4.3.1 vnu-jar@26.9.27
NPM := target/npm/$(subst $() ,+,$(NPM_PACKAGES))
OTHERS := $(TUS_CLIENT) $(SCHEMATHESIS) $(NPM)

.PHONY: help
help: ## list these targets
	@echo 'Loa Bản: one recording, all the way to the horn.'
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## start the sample commune: the panel and one village's player; Ctrl-C ends it
	@.ci/packages $(BUILD_PACKAGES)
	cargo build --locked --workspace --bins
	cargo run --locked --quiet --bin loaban-server -- demo

.PHONY: test
test: ## run every test: rules, databases, sound card, browser, power cuts
	@.ci/packages $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory nextest $(OTHERS)
	cargo nextest run --locked --workspace
	cargo test --locked --workspace --doc --quiet

# How long `make simulate` goes on, and where it begins.
OPERATIONS ?= 2000000
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')

.PHONY: simulate
simulate: ## random days with faults; OPERATIONS=… says how many steps, SEED=… repeats them
	@.ci/packages $(BUILD_PACKAGES)
	LOABAN_OPERATIONS=$(OPERATIONS) LOABAN_SEED=$(SEED) cargo test --locked --package programme \
	  --test proof -- --nocapture simulation::whatever_happens

# How long `make fuzz` lets each fuzzer run.
FUZZ_SECONDS ?= 60

.PHONY: fuzz
fuzz: ## bytes from strangers against each of nine fuzzers, FUZZ_SECONDS=… long each
	@.ci/packages $(BUILD_PACKAGES) g++
	.ci/fuzz $(FUZZ_SECONDS)

.PHONY: check
check: ## formatting, lints as errors, and the rules of the house
	@.ci/packages $(BUILD_PACKAGES) git
	@$(MAKE) --no-print-directory nextest
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --features town/booted -- -D warnings
	cargo nextest run --locked --workspace --test house

.PHONY: cuts
cuts: ## kill players at a thousand random moments; LOABAN_CUTS=N for another number
	@.ci/packages $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory nextest
	LOABAN_CUTS=$${LOABAN_CUTS:-1000} cargo nextest run --locked --workspace \
	  --test power_cut --no-capture random_moments

.PHONY: screenshots
screenshots: ## a picture of every page of a sample town, as each role sees it, in target/screenshots
	@.ci/packages $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory nextest $(OTHERS)
	LOABAN_SCREENSHOTS=1 cargo nextest run --locked --workspace \
	  --test every_page --no-capture each_role
	@echo "The pictures are in $(CURDIR)/target/screenshots"

.PHONY: bench
bench: ## measure beside ffmpeg, aplay, mpg123, ffplay; the tables stay in target/bench.txt
	@.ci/packages $(BENCH_PACKAGES)
	cargo build --locked --release --workspace --bins --examples
	cargo bench --locked --workspace --bench '*' 2>&1 | tee target/bench.txt

.PHONY: package
package: ## two Debian packages, loaban-server and loaban-player, in target/packages
	@.ci/packages $(BUILD_PACKAGES) $(DEB_PACKAGES)
	cargo build --locked --release --workspace --bins
	.ci/deb target/release target/packages
	@ls target/packages/*.deb

DEBIAN := target/debian
.PHONY: booted
booted: ## as root: both packages on a Debian that boots by its own systemd, whatever ends them
	@.ci/packages $(BUILD_PACKAGES) $(DEB_PACKAGES) debootstrap systemd-container
	@$(MAKE) --no-print-directory nextest $(DEBIAN)
	cargo build --locked --release --workspace --bins
	cargo nextest run --locked --workspace --cargo-profile release --features town/booted --test booted --no-capture

$(DEBIAN):
	@echo 'Laying a Debian into $(DEBIAN).'
	rm -rf $@.new
	mkdir -p target
	debootstrap --variant=minbase --include=systemd-sysv,dbus,ca-certificates \
	  "$$(. /etc/os-release; echo "$$VERSION_CODENAME")" $@.new
	mv $@.new $@

.PHONY: setup
setup: ## install everything that any target needs, and nothing else
	@.ci/packages $(sort $(TEST_PACKAGES) $(BENCH_PACKAGES))
	@$(MAKE) --no-print-directory nextest $(OTHERS)

.PHONY: nextest
nextest:
	@command -v cargo-nextest >/dev/null || { \
	  echo 'Installing cargo-nextest $(NEXTEST) from source; this takes some minutes, once.'; \
	  cargo install --locked cargo-nextest@$(NEXTEST); }

$(TUS_CLIENT):
	@echo 'Installing the Python tus client tuspy 1.1.0 into target/tus-client.'
	python3 -m venv --clear target/tus-client
	target/tus-client/bin/pip install --quiet --disable-pip-version-check tuspy==1.1.0
	@touch $@

$(SCHEMATHESIS):
	@echo 'Installing schemathesis 4.32.5 into target/schemathesis.'
	python3 -m venv --clear target/schemathesis
	target/schemathesis/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5
	@touch $@

$(NPM):
	@echo 'Installing $(NPM_PACKAGES) from npm into target/npm.'
	@rm -rf target/npm
	npm install --prefix target/npm --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
	  $(NPM_PACKAGES)
	@touch '$@'
