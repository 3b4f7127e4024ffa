# Everything a fresh machine needs is fetched by these targets: Go modules by the
# go command, Debian packages by ci/setup.sh where apt is there and root is ours.

GO ?= go
BENCH ?=
FUZZTIME ?= 1m

.PHONY: bench test race benchmark fuzz prove evidence claims lint image build libraries

# The main job: 36 limiters (4 algorithms x 3 techniques x 3 clients) under
# concurrency and at rest, charts and a summary. BENCH adds flags of `rlbench run`,
# for example BENCH="--server local --seed 7".
bench: build
	@ci/setup.sh bench
	./rlbench run --scenario concurrent,baseline $(BENCH)

build:
	@echo "building rlbench (the first build compiles its dependencies: about two minutes on two cores)"
	$(GO) build -o rlbench ./cmd/rlbench

# rlbench with public limiter libraries beside its own techniques (libraries/README.md).
libraries:
	cd libraries && $(GO) build -o ../rlbench-libraries .

# Real Redis processes and containers included. One package at a time (-p 1): each
# has servers and load of its own, and several at once would take the cores that
# the schedules of the others need. Those of the whole program take minutes: they confirm
# the committed evidence on the first server that is here too. make lint is what vets.
test:
	@ci/setup.sh test
	$(GO) test -p 1 -count=1 -vet=off -timeout 20m ./...
	cd libraries && $(GO) test -count=1 -vet=off ./...

# The packages whose goroutines share memory, under the race detector: apart from the
# others because to build everything once more for it takes minutes.
race:
	@ci/setup.sh test
	$(GO) test -p 1 -count=1 -race ./drivers/... ./internal/engine/... ./internal/explore/... ./internal/fault/... ./internal/history/... ./internal/live/... ./internal/remote/... ./internal/trace/...

# Go benchmarks with allocations; compare two files with benchstat.
benchmark:
	@ci/setup.sh bench
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Every fuzz target of every package in turn, each for FUZZTIME. What one finds is
# stored as a seed in testdata/fuzz of its package, and every later test replays it.
fuzz:
	@GO="$(GO)" ci/fuzz.sh "$(FUZZTIME)"

# The central claim, ten times with ten seeds: every limiter is judged as expected,
# and judged the same again from its stored history. About half an hour. Then that the
# gate finds four regressions that are built in on purpose, ten of ten times each, and
# raises no alarm in 20 comparisons of a build with itself. About forty minutes more.
prove: build
	@ci/setup.sh bench
	ci/prove.sh
	ci/prove-gate.sh

# The committed evidence of the explorer, anew: every schedule in the model, every step
# and counterexample on each server that is here (make image builds three). About four
# minutes. The tests demand that it is what the explorer finds today.
evidence: build
	@ci/setup.sh evidence
	dir=$$(mktemp -d) && ./rlbench explore --confirm --redis-server all --out "$$dir/evidence" && \
		rm -rf results/evidence && mv "$$dir/evidence" results/evidence && rmdir "$$dir" && echo "now in results/evidence"

# The verdicts on what five documents say of Redis rate limiting, anew. About a
# quarter of an hour; the machine should have nothing else to do.
claims: build
	@ci/setup.sh evidence
	dir=$$(mktemp -d) && ./rlbench claims --out "$$dir/claims" && rm -rf results/claims results/claims.md results/claims.json && \
		mv "$$dir"/claims/claims* results/ && rm -rf "$$dir" && echo "now in results/claims.md"

lint:
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	cd libraries && $(GO) vet ./... && $(GO) tool staticcheck ./...

# Container images from Debian packages, for machines that reach no registry.
image:
	ci/image/build.sh redis-7.0 redis-8.0 valkey-8.1
