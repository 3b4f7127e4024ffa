package evidence

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rlbench/rlbench/internal/explore"
)

// titles are the properties as people say them.
var titles = map[explore.Property]string{
	explore.Overshoot:      "overshoot",
	explore.FalseRejection: "false rejection",
	explore.WithoutTTL:     "key without TTL",
	explore.Promise:        "broken promise",
}

// headline is what is broken, and by what.
func headline(f explore.Finding) string {
	if c := f.Scenario.Column; c != "" {
		return titles[f.Property] + " after " + c
	}
	return titles[f.Property]
}

// Shown is a count with two digits where more would say nothing: 252, 1.5e11.
func Shown(c explore.Count) string {
	if text := c.String(); len(text) <= 4 {
		return text
	}
	mantissa, exponent, _ := strings.Cut(fmt.Sprintf("%.1e", c.Float()), "e+")
	return mantissa + "e" + strings.TrimLeft(exponent, "0")
}

// counted spells a number of things: "no event", "1 step", "2 steps".
func counted(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// capital begins a sentence.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
