package rlbench_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/claims"
)

// What the claims rest on is a command that rlbench understands.
func TestExperimentsOfClaimsCanBePlanned(t *testing.T) {
	for _, x := range claims.Experiments() {
		if x.Explores() {
			continue
		}
		if o := call(t, t.TempDir(), append(x.Args, "--dry-run", "--server", "local")...); o.code != 0 {
			t.Errorf("%s: exit code %d\n%s", x.Name, o.code, o.stderr)
		}
	}
}

// What shows the most of a claim is a command too; those of the explorer are run.
func TestNarrowCommandsOfClaims(t *testing.T) {
	dir := t.TempDir()
	for _, c := range claims.All() {
		args := strings.Fields(c.Narrow)
		if args[0] == "explore" {
			args = append(slices.DeleteFunc(args, func(a string) bool { return a == "--confirm" }), "--out", filepath.Join(dir, c.Number))
		} else {
			args = append(args, "--dry-run", "--server", "local")
		}
		if o := call(t, dir, args...); o.code != 0 {
			t.Errorf("%s: %v: exit code %d\n%s", c.Number, args, o.code, o.stderr)
		}
	}
}

// The committed table is what its experiments say today, row by row.
func TestCommittedClaimsAreJudgedTheSame(t *testing.T) {
	var d claims.Document
	text, err := os.ReadFile("results/" + claims.File)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	o := call(t, ".", "claims", "results")
	if o.code != 0 || len(d.Rows) != len(claims.All()) {
		t.Errorf("exit code %d, %d rows of %d claims\n%s", o.code, len(d.Rows), len(claims.All()), o.stderr)
	}
	page, err := os.ReadFile("results/" + claims.Page)
	if err != nil {
		t.Fatal(err)
	}
	var drawn bytes.Buffer
	if err := d.Markdown(&drawn); err != nil || drawn.String() != string(page) {
		t.Errorf("the page is not that of %s: %v", claims.File, err)
	}
	for _, x := range claims.Experiments() {
		if x.Explores() {
			continue
		}
		var part bytes.Buffer
		stored, err := os.ReadFile(filepath.Join("results", claims.Folder, x.Name, claims.File))
		if err := errors.Join(err, d.RestingOn(x.Name).Encode(&part)); err != nil || part.String() != string(stored) {
			t.Errorf("the rows beside %s are not those of the table: %v", x.Name, err)
		}
	}
	for _, r := range d.Rows {
		if !strings.Contains(o.stdout, fmt.Sprintf("%-5s %-27s %s\n      %s\n", r.Number, r.Verdict, r.Says, r.Numbers)) {
			t.Errorf("%s is not judged so today: %s: %s", r.Number, r.Verdict, r.Numbers)
		}
		if _, err := os.Stat(filepath.Join("results", claims.Folder, r.Shown)); err != nil {
			t.Errorf("%s is shown in a file that is not there: %v", r.Number, err)
		}
	}
}

// A claim can be tried alone, and a mistake is told in one sentence.
func TestClaimsAlone(t *testing.T) {
	dir := t.TempDir()
	o := call(t, dir, "claims", "--only", "2.3", "--out", "c", "--server", "local", "--seed", "7")
	if o.code != 0 || !strings.Contains(o.stdout, "2.3   refuted") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	page, err := os.ReadFile(filepath.Join(dir, "c", claims.Page))
	if err != nil || !strings.Contains(string(page), "\n| 2.3 | ") {
		t.Errorf("the page: %v\n%s", err, page)
	}
	if on := regexp.MustCompile(`(?m)^rlbench \S+, seed 7, on redis \S+ under a virtual clock; \d+ cores, [^.]+\.`); !on.Match(page) {
		t.Errorf("the page does not say what it rests on:\n%s", page)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--only", "2.5"}, `unknown row "2.5" (did you mean 1.5?)`},
		{[]string{"nowhere"}, "there is no result of an experiment in nowhere/claims: rlbench claims runs them"},
		{[]string{"results", "--out", "c"}, "--out has no effect on claims of a folder"},
		{[]string{"--server", "embedded"}, `unknown server "embedded"`},
		{[]string{"a", "b"}, "claims wants one folder at most"},
		{[]string{"--out", "c", "--only", "2.3"}, "run folder c is not empty"},
	} {
		o := call(t, dir, append([]string{"claims"}, c.args...)...)
		if o.code != 2 || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q lacks %q", c.args, o.code, o.stderr, c.want)
		}
	}
}
