package cli

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever interrupts twice by accident does not lose what was finished, and whoever does
// so again ends the program.
func TestInterruptions(t *testing.T) {
	for _, c := range []struct {
		name   string
		pauses []time.Duration // before each signal
		again  bool
		lines  int
	}{
		{"none", nil, false, 0},
		{"one", []time.Duration{0}, false, 1},
		{"at once", []time.Duration{0, 0, time.Millisecond}, false, 1},
		{"again", []time.Duration{0, time.Millisecond, 2 * time.Second}, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var said strings.Builder
				signals, ended := make(chan os.Signal), 0
				go func() {
					for _, pause := range c.pauses {
						time.Sleep(pause)
						signals <- os.Interrupt
					}
					close(signals)
				}()
				again := (&Program{Stderr: &said}).heed(signals, func() { ended++ })
				if again != c.again || ended != min(1, len(c.pauses)) || strings.Count(said.String(), "\n") != c.lines {
					t.Errorf("again %t, ended %d times, said %q", again, ended, said.String())
				}
			})
		})
	}
}
