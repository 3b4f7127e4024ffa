#!/usr/bin/env bash
# Runs every fuzz target of every package in turn, each for the given time. The go
# command fuzzes one target at a time. Targets are those that the packages list.
set -euo pipefail
cd "$(dirname "$0")/.."

each=${1:-1m}
go=${GO:-go}
failed=()
for package in $($go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do
	grep -qs '^func Fuzz' "$($go list -f '{{.Dir}}' "$package")"/*_test.go || continue
	for target in $($go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		echo "== $package $target"
		# An input is minimised for a second, not for a minute: else a large one takes
		# all of the time.
		$go test -run '^$' -fuzz "^$target\$" -fuzztime "$each" -fuzzminimizetime 1s "$package" || failed+=("$package $target")
	done
done
((${#failed[@]} == 0)) || { printf 'failed: %s\n' "${failed[@]}" >&2; exit 1; }
