package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/stats"
)

// missing stands for a number that is not known. Zero is "0".
const missing = "–"

// columns is the width of a terminal that everything fits.
const columns = 100

// number spells v with as many digits as a reader can use: whole from 10 upward,
// with commas, one decimal from 1, two significant digits below.
func number(v float64) string {
	switch abs := math.Abs(v); {
	case abs >= 9.95:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case abs >= 0.995:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	case v == 0:
		return "0"
	}
	digits := strconv.FormatFloat(v, 'f', 1-int(math.Floor(math.Log10(math.Abs(v)))), 64)
	return strings.TrimRight(digits, "0")
}

// grouped sets commas between thousands.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// quantity spells a value as digits and a unit, which may be empty.
type quantity func(float64) (digits, unit string)

func (q quantity) text(v float64) string {
	digits, unit := q(v)
	return digits + unit
}

// span spells a range, its unit once if both ends have the same.
func (q quantity) span(lo, hi float64) string {
	digits, unit := q(lo)
	if _, other := q(hi); unit == other {
		unit = ""
	}
	return digits + unit + "–" + q.text(hi)
}

var (
	plain     quantity = func(v float64) (string, string) { return number(v), "" }
	perSecond quantity = func(v float64) (string, string) { return number(v), "/s" }
	// hundredths is for what should be one.
	hundredths quantity = func(v float64) (string, string) {
		return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), "."), ""
	}
	octets quantity = func(v float64) (string, string) { return number(v), " B" }
	micros quantity = spellMicros
	share  quantity = spellShare
)

func spellMicros(us float64) (digits, unit string) {
	switch {
	case us == 0:
		return "0", ""
	case us >= 999_500:
		return number(us / 1e6), " s"
	case us >= 999.5:
		return number(us / 1e3), " ms"
	}
	return number(us), " µs"
}

// spellShare spells a ratio in per cent. What is nearly all is not rounded to all.
func spellShare(ratio float64) (digits, unit string) {
	percent := ratio * 100
	switch {
	case percent == 0:
		return "0", ""
	case percent < 100 && percent > 99.95:
		return ">99.9", " %"
	case percent < 100 && percent >= 99.5:
		return strconv.FormatFloat(percent, 'f', 1, 64), " %"
	}
	return number(percent), " %"
}

// median spells the median of the values and, if long, their range.
func median(values []float64, q quantity, long bool) string {
	if len(values) == 0 {
		return missing
	}
	text := q.text(stats.Median(values))
	if lo, hi := slices.Min(values), slices.Max(values); long && q.text(lo) != q.text(hi) {
		text += " (" + q.span(lo, hi) + ")"
	}
	return text
}

// plural spells a number of things: "1 cell", "9 cells".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return grouped(strconv.Itoa(n)) + " " + thing + "s"
}

// list joins words as a sentence does: "naive, multi or lua".
func list(words []string, last string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
	return strings.Join(words, "")
}

// sentence begins with a capital. Its first letter is ASCII.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Wrap breaks text into lines of a terminal, of which the first begins with first and
// the others with indent. A word that is too long, such as a path, stays whole: cut, it
// could not be copied.
func Wrap(first, text, indent string) string {
	var out strings.Builder
	out.WriteString(first)
	width := len([]rune(first))
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case width+1+n > columns:
			out.WriteString("\n" + indent)
			width = len(indent)
		default:
			out.WriteByte(' ')
			width++
		}
		out.WriteString(word)
		width += n
	}
	return out.String()
}
