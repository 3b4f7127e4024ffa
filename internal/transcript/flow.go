package transcript

import (
	"strings"
	"unicode/utf8"
)

// measure is how wide a text is: in characters for a terminal, in pixels for a picture.
type measure func(string) float64

// columns is the measure of a terminal.
func columns(s string) float64 { return float64(utf8.RuneCountInString(s)) }

// flow breaks text into lines of at most width, between words where it can.
func flow(text string, width float64, m measure) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && m(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; m(line) > width; {
			head := fitting(line, width, m)
			lines = append(lines, line[:head])
			line = line[head:]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fitting is how many bytes of a word fit: one character at least, for else there is
// no end.
func fitting(word string, width float64, m measure) int {
	end := 0
	for i, r := range word {
		next := i + utf8.RuneLen(r)
		if end > 0 && m(word[:next]) > width {
			break
		}
		end = next
	}
	return end
}

// flowCommands breaks between commands rather than in them.
func flowCommands(list []string, width float64, m measure) []string {
	var lines []string
	line := ""
	for i, cmd := range list {
		if i < len(list)-1 {
			cmd += " ·"
		}
		if line != "" && m(line+" "+cmd) <= width {
			line += " " + cmd
			continue
		}
		if m(cmd) > width { // it has to be broken anyway
			cmd, line = line+" "+cmd, ""
		}
		if line != "" {
			lines = append(lines, line)
		}
		broken := flow(cmd, width, m)
		if line = ""; len(broken) > 0 {
			lines = append(lines, broken[:len(broken)-1]...)
			line = broken[len(broken)-1]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// clip keeps at most n lines and says in the last one that there were more.
func clip(lines []string, n int, width float64, m measure) []string {
	if len(lines) <= n {
		return lines
	}
	lines = append([]string{}, lines[:n]...)
	lines[n-1] = shortened(lines[n-1]+"…", width, m)
	return lines
}

// shortened cuts the end of text until it fits.
func shortened(text string, width float64, m measure) string {
	if m(text) <= width {
		return text
	}
	runes := []rune(strings.TrimSuffix(text, "…"))
	for len(runes) > 1 && m(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
