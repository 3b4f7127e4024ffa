package chart

import (
	"math"
	"strconv"
	"strings"
)

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

// number spells v >= 0 with as many digits as a reader can use: whole from 10
// upward, with commas, one decimal from 1, two significant digits below.
func number(v float64) string {
	switch {
	case v >= 9.95:
		return grouped(strconv.FormatFloat(math.Round(v), 'f', 0, 64))
	case v >= 0.995:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	case v == 0:
		return "0"
	}
	places := 1 - int(math.Floor(math.Log10(v)))
	return strings.TrimRight(strconv.FormatFloat(v, 'f', places, 64), "0")
}

// grouped sets commas between thousands.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// unit is a name for a multiple.
type unit struct {
	name string
	size float64
}

// scaled spells v in the largest unit that leaves at least 1 after rounding.
func scaled(v float64, units ...unit) string {
	u := units[0]
	for _, next := range units[1:] {
		if v >= 0.9995*next.size {
			u = next
		}
	}
	if v == 0 {
		return "0"
	}
	return number(v/u.size) + nbsp + u.name
}

// share spells a ratio in percent: "318 %".
func share(ratio float64) string { return number(ratio*100) + nbsp + "%" }

// excess spells a ratio above a limit: "+318 %", and "0" for none.
func excess(ratio float64) string {
	if ratio == 0 {
		return "0"
	}
	return "+" + share(ratio)
}

// micros spells microseconds: "250 µs", "1.2 ms".
func micros(us float64) string {
	return scaled(us, unit{"µs", 1}, unit{"ms", 1e3}, unit{"s", 1e6})
}

// perSecond spells a rate: "850 /s", "21 k/s".
func perSecond(v float64) string {
	return scaled(v, unit{"/s", 1}, unit{"k/s", 1e3}, unit{"M/s", 1e6})
}

// octets spells bytes: "135 B", "1.2 kB".
func octets(v float64) string {
	return scaled(v, unit{"B", 1}, unit{"kB", 1e3}, unit{"MB", 1e6})
}

// span spells a range: "250–480 µs", "850 µs to 1.2 ms", and one value if both
// ends look the same.
func span(lo, hi float64, format func(float64) string) string {
	a, b := format(lo), format(hi)
	number, unitA, _ := strings.Cut(a, nbsp)
	_, unitB, _ := strings.Cut(b, nbsp)
	switch {
	case a == b:
		return a
	case unitA == unitB:
		return number + "–" + b
	}
	return a + " to " + b
}

// short spells the value of a step as an axis does: "512", "64k", "1M", "−50".
func short(v float64) string {
	switch {
	case v < 0:
		return "−" + short(-v)
	case v >= 1e6:
		return number(v/1e6) + "M"
	case v >= 1e3:
		return number(v/1e3) + "k"
	}
	return number(v)
}
