#!/usr/bin/env bash
# Proves that the gate finds what it is for, and cries no wolf: each of four regressions
# that are built into a limiter on purpose (testdata/seeded) must fail `rlbench ab` in
# every run, by the right metric of the right cell, and a build that is compared with
# itself must never fail. Wants a machine with little else to do; on a busy one trials are
# void, and comparisons with itself that stay inconclusive prove nothing: more than half
# must be conclusive.
#
#   RUNS=10      comparisons per regression
#   AA=20        comparisons of the build with itself
#   GATE=FLAGS   further flags of `rlbench ab`, such as --server local
set -euo pipefail
cd "$(dirname "$0")/.."

out=runs/prove-gate-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$out"
subject=fixedwindow/mine/redigo
# Short windows, so that a trial that plays every kind of burst is short too, at a rate
# that denies 1,000 requests in each: a leak of one in 1,000 shows in ten of them but for
# one time in 20,000.
play=(--algorithm fixedwindow --technique mine --driver redigo --window 100ms --duration 500ms --rate 3000)
read -ra more <<<"${GATE:-}"

# build NAME REGRESSION [TURNS] builds the limiter.
build() { go build -ldflags "-X main.seeded=$2 -X main.burn=${3:-0}" -o "$out/build/$1" ./testdata/seeded; }

# compare FOLDER SEED BASE HEAD [FLAG...] runs one comparison, and prints its exit code.
compare() {
	local folder=$1 seed=$2 base=$3 head=$4 code=0
	shift 4
	./rlbench ab "$out/build/$base" "$out/build/$head" "${play[@]}" "${more[@]}" --seed "$seed" --out "$out/$folder" "$@" >"$out/$folder.txt" 2>"$out/$folder.err" || code=$?
	case $code in
	0 | 97 | 99) echo "$code" ;;
	*) cat "$out/$folder.err" >&2 && exit "$code" ;;
	esac
}

# server_cpu FOLDER prints the median server CPU per decision of one side, in ns.
server_cpu() {
	awk '/^BenchmarkDecision\/scenario=baseline/ { for (i = 2; i < NF; i++) if ($(i + 1) == "server-ns/op") print $i }' "$out/$1/bench.txt" |
		sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# What a regression must be found by, and where.
regressions=(race leak trip cpu)
declare -A scenario=([race]=concurrent [leak]=concurrent [trip]=baseline [cpu]=baseline)
declare -A metric=([race]=as_expected [leak]=as_expected [trip]=round_trips [cpu]=server_cpu_us)
# CPU time is the noisiest: many short pairs show more than few long ones. The gate takes
# the second half of them to confirm the first.
declare -A also=([cpu]="--pairs 40 --duration 250ms --rate 4000")
declare -A about=([race]="the script decides by what was read before" [leak]="0.1 % of denials are admitted"
	[trip]="one round trip more" [cpu]="20 % more server CPU per decision")

build none none
for r in race leak trip; do build "$r" "$r"; done

# How many turns of a loop are 20 % of a decision is measured, not guessed.
turns=2000
build calibration cpu "$turns"
compare calibration 1 none calibration --scenario baseline >/dev/null
plain=$(server_cpu calibration/base) burnt=$(server_cpu calibration/head)
turns=$(awk -v n="$turns" -v plain="$plain" -v burnt="$burnt" 'BEGIN { if (burnt <= plain) exit 1; printf "%d", n * 0.2 * plain / (burnt - plain) }') || {
	echo "a loop in the script does not show in the server's CPU ($plain and $burnt ns per decision): this machine is too noisy" >&2
	exit 97
}
printf 'a decision costs the server %.1f us, and %.1f us with 2000 turns of a loop: %d turns are 20 %%\n' "${plain}e-3" "${burnt}e-3" "$turns"
build cpu cpu "$turns"

failed=0
row() { printf '%-10s  %-10s  %-24s  %s' "$@"; }
report=("$(row REGRESSION FOUND BY "WHAT IT IS")")
for r in "${regressions[@]}"; do
	found=0
	read -ra flags <<<"--scenario ${scenario[$r]} ${also[$r]:-}"
	for i in $(seq 1 "${RUNS:-10}"); do
		code=$(compare "$r-$i" "$((1000 * i))" none "$r" "${flags[@]}")
		line=$(awk -v of="^fail +${scenario[$r]}/standalone/$subject ${metric[$r]} " \
			'/^[^ ]/ { on = $0 ~ of; next } on && NF { $1 = $1; line = line " " $0 } END { print substr(line, 2) }' "$out/$r-$i.txt")
		echo "$r $i: exit code $code, ${metric[$r]}: ${line:-not named}"
		if [ "$code" = 99 ] && [ -n "$line" ]; then found=$((found + 1)); fi
	done
	report+=("$(row "$r" "$found of ${RUNS:-10}" "${scenario[$r]} ${metric[$r]}" "${about[$r]}")")
	[ "$found" = "${RUNS:-10}" ] || failed=1
done

code=0
"$out/build/none" gate --aa --runs "${AA:-20}" "${play[@]}" "${more[@]}" --out "$out/aa" | tee "$out/aa.txt" || code=$?
alarms=$(sed -nE 's/^([0-9]+) false alarms? in ([0-9]+) conclusive .*/\1 of \2/p' "$out/aa.txt")
report+=("$(row none "${alarms:-unknown}" "" "false alarms in the conclusive ones of ${AA:-20} comparisons of the build with itself")")
[ "$code" = 0 ] || failed=1 # an alarm, or too little that was conclusive

printf '%s\n' "" "${report[@]}"
if [ "$failed" = 1 ]; then
	echo "not proven: see $out" >&2
	exit 99
fi
echo "every regression is found and named, and nothing else is: $out"
