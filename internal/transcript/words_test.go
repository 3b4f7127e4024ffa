package transcript_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/rlbench/rlbench/internal/transcript"
)

// What is hostile in a value does nothing in any form for people.
func TestNothingIsInjected(t *testing.T) {
	tr := hostile()
	tr.Steps[0].Reply += "\xff"
	for _, ending := range []string{".txt", ".mmd", ".svg"} {
		out := string(written(t, forms[ending], tr))
		if !strings.Contains(out, `\xff`) {
			t.Errorf("%s does not show a byte that is no text", ending)
		}
		for _, r := range out {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%s has the character %q", ending, r)
			}
		}
		if ending != ".txt" && strings.Contains(out, "<script") {
			t.Errorf("%s has an element of the trace", ending)
		}
	}
}

// Each line of a diagram is a statement that is known; the texts of the trace are
// behind a colon, and have no character that ends a statement or begins a directive.
func TestMermaidStatements(t *testing.T) {
	statement := regexp.MustCompile(`^(sequenceDiagram|    (participant [A-Z]( as .*)?|participant Redis|(de)?activate [A-Z]` +
		`|Note (over [A-Z](,Redis)?|right of Redis): .+|[A-Z](->>|-\))Redis: .+|Redis(-->>|--x)[A-Z]: .+))$`)
	entity := regexp.MustCompile(`#(\d+|[a-z]+);`)
	for name, tr := range samples {
		for _, line := range strings.Split(strings.TrimSpace(string(written(t, Mermaid, tr))), "\n") {
			if !statement.MatchString(line) {
				t.Errorf("%s: %q is no statement", name, line)
			}
			rest := strings.ReplaceAll(entity.ReplaceAllString(line, ""), "<br/>", "")
			rest = regexp.MustCompile(`->>|-->>`).ReplaceAllString(rest, "")
			if strings.ContainsAny(rest, "#;<>&") || strings.Contains(rest, "%%") {
				t.Errorf("%s: %q is not escaped", name, line)
			}
		}
	}
}

func TestTextIsNotWide(t *testing.T) {
	for name, tr := range samples {
		for _, line := range strings.Split(string(written(t, Text, tr)), "\n") {
			if n := utf8.RuneCountInString(line); n > 112 {
				t.Errorf("%s: a line of %d characters: %s", name, n, line)
			}
		}
	}
}

// Times are relative to t0 where it is certain that they are times.
func TestTimes(t *testing.T) {
	for reply, want := range map[string]string{
		`"1767225600500"`:                      `"t0+500ms"`,
		`"1767225599999999"`:                   `"t0-0.001ms"`,
		`"1767225600000250 7"`:                 `"t0+0.25ms 7"`,
		`"1767225600000000-7"`:                 `"t0+0ms-7"`,
		`"1767225600000.5"`:                    `"1767225600000.5"`,
		`"a1767225600000"`:                     `"a1767225600000"`,
		`"1767400000000"`:                      `"1767400000000"`,
		`"17672256000000001"`:                  `"17672256000000001"`,
		`["1767225600", "12"] is not of TIME`:  `["1767225600", "12"] is not of TIME`,
		"(integer) 1767225601000":              "(integer) t0+1000ms",
		"[(integer) 1767225600000, \"\\x00\"]": "[(integer) t0+0ms, \"\\x00\"]",
	} {
		tr := race()
		tr.Steps[0].Reply = reply
		if out := string(written(t, Mermaid, tr)); !strings.Contains(out, "Redis-->>A: "+want+"\n") {
			t.Errorf("%s is not written as %s:\n%s", reply, want, out)
		}
	}
}
