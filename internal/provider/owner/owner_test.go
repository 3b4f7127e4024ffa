package owner

import (
	"os/exec"
	"strings"
	"testing"
)

func self(t *testing.T) Owner {
	t.Helper()
	o, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestSelfIsAlive(t *testing.T) {
	o := self(t)
	if o.Dead() || o.OtherBoot() {
		t.Errorf("this process counts as dead (%v) or of another boot (%v)", o.Dead(), o.OtherBoot())
	}
}

// A process that was killed is dead at once, even before its parent collects it,
// and stays dead when its number is used again.
func TestKilledProcessIsDead(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o, err := Of(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if o.Dead() {
		t.Error("a running process counts as dead")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for !o.Dead() { // the signal is delivered in its own time; the test's own limit ends this
	}
	_ = cmd.Wait()
	if !o.Dead() {
		t.Error("a process that is gone counts as alive")
	}
}

func TestDead(t *testing.T) {
	me := self(t)
	boot, _, _ := strings.Cut(me.Boot, "+")
	for _, c := range []struct {
		name            string
		o               Owner
		dead, otherBoot bool
	}{
		{"this process", me, false, false},
		{"its number with another start", Owner{me.PID, me.Start + "1", me.Boot}, true, false},
		{"a number that nobody has", Owner{1 << 30, me.Start, me.Boot}, true, false},
		{"another process namespace", Owner{1 << 30, me.Start, boot + "+1"}, false, false},
		{"another boot", Owner{me.PID, me.Start, "other+1"}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.o.Dead(); got != c.dead {
				t.Errorf("Dead() = %v, want %v", got, c.dead)
			}
			if got := c.o.OtherBoot(); got != c.otherBoot {
				t.Errorf("OtherBoot() = %v, want %v", got, c.otherBoot)
			}
		})
	}
}

func TestParseReadsString(t *testing.T) {
	want := self(t)
	got, err := Parse(want.String())
	if err != nil || got != want {
		t.Errorf("Parse(%q) = %+v, %v; want %+v", want, got, err, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"12:345:boot+1", "", "::", "0:1:b", "-1:1:b", "1::b", "1:2:", "1:2:3:4", "x:1:b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, label string) {
		o, err := Parse(label)
		if err != nil {
			return
		}
		if o.PID < 1 || o.Start == "" || o.Boot == "" {
			t.Errorf("Parse(%q) = %+v without an error", label, o)
		}
		if again, err := Parse(o.String()); err != nil || again != o {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", o.String(), again, err, o)
		}
	})
}
