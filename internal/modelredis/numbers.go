package modelredis

import (
	"math"
	"strconv"
	"strings"
)

// parseInteger reads an integer as Redis does: no sign but a minus, no space, no
// leading zero.
func parseInteger(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] == '+' {
		return 0, false
	}
	digits := strings.TrimPrefix(s, "-")
	if digits[0] == '0' && s != "0" {
		return 0, false
	}
	return n, true
}

// parseFloat reads a score as ZADD does: the whole text, and not NaN.
func parseFloat(s string) (float64, bool) {
	if s == "" || strings.TrimLeft(s, whitespace) != s {
		return 0, false
	}
	v, ok := strtod(s)
	overflown := math.IsInf(v, 0) && !strings.ContainsAny(s, "nN")
	vanished := v == 0 && hasDigit(s)
	return v, ok && !math.IsNaN(v) && !overflown && !vanished
}

// hasDigit reports whether the significand of a decimal number has a digit that is not
// zero.
func hasDigit(s string) bool {
	significand, _, _ := strings.Cut(strings.ToLower(s), "e")
	return strings.ContainsAny(significand, "123456789")
}

// whitespace is what isspace of C takes for it.
const whitespace = " \t\n\v\f\r"

// strtod reads the whole of a text as C does: with leading space, a sign, hexadecimal,
// inf and nan; too large is infinite.
func strtod(s string) (float64, bool) {
	s = strings.TrimLeft(s, whitespace)
	if strings.Contains(s, "_") { // Go would take it for a separator of digits
		return 0, false
	}
	unsigned := strings.ToLower(strings.TrimLeft(s, "+-"))
	if strings.HasPrefix(unsigned, "0x") && !strings.Contains(unsigned, "p") {
		s += "p0"
	}
	v, err := strconv.ParseFloat(s, 64)
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
		return v, true
	}
	return v, err == nil
}

// formatDigits spells a float as printf of C does with %.<digits>g.
func formatDigits(v float64, digits int) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case math.IsNaN(v) && math.Signbit(v):
		return "-nan"
	case math.IsNaN(v):
		return "nan"
	case v == math.Trunc(v) && math.Abs(v) < 1e14 && (v != 0 || !math.Signbit(v)):
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', digits, 64)
}

// formatScore spells a score as a reply of Redis 7.0 does. Later versions write the
// shortest text that reads back as the same number.
func formatScore(v float64) string { return formatDigits(v, 17) }

// unsigned reads digits of a base as strtoul does: too large is the largest.
func unsigned(digits string, base int) (uint64, bool) {
	n, err := strconv.ParseUint(digits, base, 64)
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
		return n, true
	}
	return n, err == nil
}
