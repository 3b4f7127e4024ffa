package owner

import (
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	tail := " 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0"
	for _, c := range []struct {
		name, stat string
		want       process
		fails      bool
	}{
		{"running", "7 (redis-server) S" + tail, process{start: "4711"}, false},
		{"zombie", "7 (redis-server) Z" + tail, process{start: "4711", zombie: true}, false},
		{"name with parentheses and blanks", "7 (a) Z 1 (b) R" + tail, process{start: "4711"}, false},
		{"cut short", "7 (redis-server) S 1 1", process{}, true},
		{"no name", strings.Repeat("1 ", 30), process{}, true},
		{"empty", "", process{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseStat(c.stat)
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("parseStat = %+v, %v; want %+v, error %v", got, err, c.want, c.fails)
			}
		})
	}
}
