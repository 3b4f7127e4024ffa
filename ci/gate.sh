#!/usr/bin/env bash
# Holds a run against an earlier one, and against the rules alone, with a warning, where there
# is none, or none that can be compared: of other settings, of another server, of an older
# format.
#
#   ci/gate.sh RUN BASELINE
set -euo pipefail

code=0
if [ -e "$2" ]; then
	./rlbench gate "$1" --baseline "$2" --rules ci/gate.yaml || code=$?
	[ "$code" = 2 ] || exit "$code"
fi
echo "::warning title=gate::$2 is not there or cannot be compared with $1: the run is judged by the rules alone"
./rlbench gate "$1" --rules ci/gate.yaml
