package cli

import (
	"fmt"
	"slices"
	"strings"
)

// pick resolves a comma list of names against the valid ones, in the order of the
// valid ones; "all" or an empty list is all of them. what names the flag.
func pick(what string, given []string, valid []string) ([]string, error) {
	if len(given) == 0 || slices.Contains(given, "all") {
		return valid, nil
	}
	for _, name := range given {
		if !slices.Contains(valid, name) {
			return nil, unknown(what, name, valid)
		}
	}
	return slices.DeleteFunc(slices.Clone(valid), func(v string) bool { return !slices.Contains(given, v) }), nil
}

// unknown is the error for a name that is not among the valid ones: it lists them
// and names the nearest.
func unknown(what, name string, valid []string) error {
	near := ""
	if n, d := nearest(name, valid); d <= max(2, len(name)/3) {
		near = " (did you mean " + n + "?)"
	}
	return usagef("unknown %s %q%s: valid are %s", what, name, near, strings.Join(valid, ", "))
}

// plural spells a number of things: "1 trial", "9 trials".
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// ofCells says what n of all cells do: "1 of 9 cells is", "9 of 9 cells are".
func ofCells(n, all int, one, many string) string {
	verb := many
	if n == 1 {
		verb = one
	}
	return fmt.Sprintf("%d of %s %s", n, plural(all, "cell"), verb)
}

// nearest returns the valid name with the least edit distance.
func nearest(name string, valid []string) (best string, distance int) {
	distance = len(name) + 1<<10
	for _, v := range valid {
		if d := editDistance(strings.ToLower(name), v); d < distance {
			best, distance = v, d
		}
	}
	return best, distance
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
