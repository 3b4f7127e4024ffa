#!/usr/bin/env bash
# Proves the central claim by repetition: in every one of ten runs with ten seeds,
# each limiter that claims to be atomic is valid and each naive one is invalid,
# and every stored history is judged the same again without a server.
# Takes about half an hour. PROVE adds flags of `rlbench run`.
set -euo pipefail
cd "$(dirname "$0")/.."

out=runs/prove-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$out"
for seed in $(seq 1 "${RUNS:-10}"); do
	echo "== run $seed"
	# shellcheck disable=SC2086  # PROVE is a list of flags
	./rlbench run --scenario concurrent,weighted --seed "$seed" --out "$out/$seed" ${PROVE:-} >"$out/$seed.txt" || {
		code=$?
		cat "$out/$seed.txt"
		echo "run $seed is not as expected (exit code $code): $out/$seed" >&2
		exit "$code"
	}
	./rlbench check "$out/$seed" >>"$out/$seed.txt"
	echo "run $seed: $(grep -c . <(grep -E '^(valid|invalid)' "$out/$seed.txt")) cells, all as expected, judged again with the same verdicts"
done
echo "all runs are as expected: $out"
