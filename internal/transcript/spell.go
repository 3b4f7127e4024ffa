package transcript

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rlbench/rlbench/internal/modelredis"
)

// maxArgument and maxValue are how many characters of an argument of a command, and
// of a value in the keyspace, people are shown.
const (
	maxArgument = 32
	maxValue    = 80
)

// plain is s on one line that is safe to show: what is not printable, controls of the
// terminal and of the direction of writing included, is \xNN byte by byte.
func plain(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) {
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// quoted is s as redis-cli prints a string.
func quoted(s string) string {
	return `"` + plain(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)) + `"`
}

// argument is s as one would type it into redis-cli.
func argument(s string) string {
	if s == "" || strings.ContainsAny(s, " \"'\\") || plain(s) != s {
		return quoted(s)
	}
	return s
}

// cut keeps the beginning and the end of s, at most n characters with the sign that
// some are left out: keys and ids that are long often differ at their ends only.
func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	tail := n / 3
	return string(runes[:n-1-tail]) + "…" + string(runes[len(runes)-tail:])
}

// speller writes commands and values for one trace.
type speller struct {
	t0US int64
	// relative says that a time was written relative to t0.
	relative bool
	// whole leaves nothing out.
	whole bool
}

// key is an argument of a command; names of keys are written as they are there.
func (s *speller) key(name string) string { return s.shown(s.times(argument(name)), maxArgument) }

// command is a command as in redis-cli. A script is named by the beginning of its
// digest: its source or its full digest would hide what is asked of it.
func (s *speller) command(cmd []string) string {
	words := make([]string, len(cmd))
	for i, arg := range cmd {
		words[i] = s.key(arg)
	}
	if len(cmd) > 1 && !s.whole {
		switch strings.ToUpper(cmd[0]) {
		case "EVALSHA", "EVALSHA_RO":
			words[1] = digest(cmd[1])
		case "EVAL", "EVAL_RO":
			words[1] = fmt.Sprintf("<script of %d lines>", 1+strings.Count(strings.TrimSpace(cmd[1]), "\n"))
		}
	}
	return strings.Join(words, " ")
}

// digest shortens the digest of a script.
func digest(d string) string {
	if len(d) == 40 {
		return d[:8] + "…"
	}
	return cut(argument(d), maxArgument)
}

// request is the commands of a step, one text each, with what is sent around them. An
// event does not say what kind of request it met: several commands in one trip are a
// transaction, and one that is alone in it is spelled so.
func (s *speller) request(st Step) []string {
	var list []string
	for _, cmd := range st.Commands {
		list = append(list, s.command(cmd))
	}
	if st.Kind == Transaction || len(list) > 1 || !st.Kind.sends() && strings.Contains(st.Op, "MULTI · ") {
		list = append(append([]string{"MULTI"}, list...), "EXEC")
	}
	return list
}

// event says what happens besides the commands of a step, which stand for themselves.
func (s *speller) event(st Step) string {
	if len(st.Commands) > 0 {
		switch st.Kind {
		case LostReply:
			return "the reply is lost: the client reports an error"
		case Resend:
			return "the reply is lost: the client library sends it again"
		case Abandon:
			return "the client gives up; the request is on its way"
		case LateEffect:
			return "the abandoned request arrives"
		}
	}
	op := s.said(st.Op)
	switch st.Actor {
	case "clock", "server", "network":
		return st.Actor + ": " + op
	}
	return op
}

// said is the text of a reply or of an event.
func (s *speller) said(text string) string { return s.times(plain(text)) }

// time is the reply to TIME, seconds and microseconds, as one instant.
func (s *speller) time(reply string) string {
	part := strings.Split(reply, `"`)
	if len(part) != 5 || len(part[1]) != 10 || len(part[3]) > 6 {
		return s.said(reply)
	}
	sec, err1 := strconv.ParseInt(part[1], 10, 64)
	us, err2 := strconv.ParseInt(part[3], 10, 64)
	if err1 != nil || err2 != nil || us < 0 {
		return s.said(reply)
	}
	if at, ok := s.since(sec*1_000_000 + us); ok {
		return at
	}
	return s.said(reply)
}

// value is what a key holds.
func (s *speller) value(e modelredis.Entry) string {
	if e.Type == "string" {
		return s.shown(s.times(quoted(e.Value)), maxValue)
	}
	return s.shown("{"+s.times(plain(e.Value))+"}", maxValue)
}

// life says when a key ends. The server's clock is at nowUS; 0 says that it is not
// known, for it was set.
func (s *speller) life(e modelredis.Entry, nowUS int64) string {
	switch {
	case e.Deadline < 0:
		return "no TTL"
	case nowUS == 0:
		return "expires at " + s.times(strconv.FormatInt(e.Deadline, 10))
	}
	return fmt.Sprintf("expires in %d ms", e.Deadline-nowUS/1_000)
}

func (s *speller) shown(text string, n int) string {
	if s.whole {
		return text
	}
	return cut(text, n)
}

// times writes what is certainly a time relative to t0: an integer of its own with 13
// or 16 digits, milliseconds or microseconds, within a day of t0.
func (s *speller) times(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		n := digits(text[i:])
		if n == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		at, ok := "", false
		if !joined(text, i-1) && !joined(text, i+n) {
			at, ok = s.instant(text[i : i+n])
		}
		if !ok {
			at = text[i : i+n]
		}
		b.WriteString(at)
		i += n
	}
	return b.String()
}

func (s *speller) instant(number string) (string, bool) {
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil:
		return "", false
	case len(number) == 13:
		return s.since(n * 1_000)
	case len(number) == 16:
		return s.since(n)
	}
	return "", false
}

// since is an instant relative to t0, if it is within a day of it.
func (s *speller) since(us int64) (string, bool) {
	const day = 24 * 3600 * 1_000_000
	by := us - s.t0US
	if s.t0US == 0 || by < -day || by > day {
		return "", false
	}
	s.relative = true
	if by < 0 {
		return "t0-" + millis(-by) + "ms", true
	}
	return "t0+" + millis(by) + "ms", true
}

// digits counts the digits at the beginning of text.
func digits(text string) int {
	return len(text) - len(strings.TrimLeft(text, "0123456789"))
}

// joined says whether the byte at i belongs to a number next to it: 12.5, 0x12, a12.
func joined(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := rune(text[i])
	return c == '.' || c == '_' || c >= utf8.RuneSelf || unicode.IsLetter(c)
}

// millis writes microseconds as milliseconds, with no more digits than it takes.
func millis(us int64) string {
	if us%1_000 == 0 {
		return strconv.FormatInt(us/1_000, 10)
	}
	return strings.TrimRight(fmt.Sprintf("%d.%03d", us/1_000, us%1_000), "0")
}

// capital begins a sentence.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
