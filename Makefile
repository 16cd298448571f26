# What a person runs; CI runs `make test` by `.ci/run`. The scripts behind the targets say what they need and what they do.

.DEFAULT_GOAL := help
SHELL := /bin/bash

.PHONY: help demo up down status test page-stories check web fmt bench eval eval-world eval-tracking

help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## Installs what is missing, builds, starts everything with four cameras of the demo world; Ctrl-C stops it all
	@deploy/install --build --run --web
	@deploy/local/run demo

up: ## The same without cameras, in the background
	@deploy/install --build --run --web
	@deploy/local/run up

down: ## Stops what `make up` started
	@deploy/local/run down

status: ## Says what of it runs
	@deploy/local/run status

test: ## Everything that CI runs
	@deploy/install --test
	@deploy/test

page-stories: ## Of it, what tries the page in a real Chromium against the whole system
	@deploy/install --test
	cargo build --quiet --workspace --bins
	@web/e2e/stack npm --prefix web run --silent e2e

check: ## The fast ring: format, clippy and the domain's tests
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	cargo nextest run --package iris-domain

web: ## Builds the page into web/dist
	@deploy/install --web

fmt: ## Formats the sources
	cargo fmt --all

bench: ## Measures what docs/benchmarks.md records; BENCH="latency events" only those
	@deploy/install --build --run
	cargo build --quiet --release --bins --workspace
	cargo build --quiet --release --package iris-inference --example bare_loop
	cargo run --quiet --release --package iris-tests --bin bench -- $(BENCH)

eval: eval-tracking ## Scores tracking and identities on IRIS_REALDATA; keeps the latter in docs/accuracy.md
	@deploy/install --build --run
	cargo run --quiet --release --package iris-tests --bin eval_identities -- 20 docs/accuracy.md

eval-world: ## Scores identities in a demo world, by the networks that Iris ships; keeps them in docs/accuracy-demo.md
	@deploy/install --build --run
	cargo run --quiet --release --package iris-tests --bin eval_world -- docs/accuracy-demo.md

eval-tracking: ## Scores the tracker on the MOT17 detections in IRIS_REALDATA
	cargo run --quiet --release --package iris-tests --bin eval_tracking
