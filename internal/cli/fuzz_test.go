package cli

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/scenarios"
)

// FuzzArguments: whatever is typed, the program does as asked or says in one line what
// is wrong, with the exit code of wrong use. Arguments are the lines of the text. A run
// is a dry one, so that nothing is started.
func FuzzArguments(f *testing.F) {
	for _, text := range []string{
		"", "run", "run\n--scenario=concurrent\n--algorithm\ngcra,fixedwindow\n--technique=all", "run\n--duration=1h\n--rate=1e9",
		"run\n--window=1500us", "run\n--limit=-1\n--burst=9223372036854775807", "run\n--seed=-1",
		"run\n--server=redis-cluster://h,i", "run\n--server=redis-sentinel://u:p@h/main/3\n--topology=cluster", "run\n--repeat=1001", "run\n--workers=0\n--scenario=saturate",
		"run\n--window=250000h\n--limit=1\n--rate=1e-300", "run\n--rate=NaN", "run\n--duration=2540400h\n--scenario=saturate", "run\n--driver=\"",
		"check\nnone", "check\n--client=\x00", "plot\n--out\n\n", "report\na\nb", "list", "version", "help\nrun", "lsit", "-x", "--=", "-\r", "run\n-\v",
	} {
		f.Add(text)
	}
	f.Chdir(f.TempDir())
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\n")
		if strings.Contains(text, "dry-run") || slices.Contains(args, "doctor") || strings.Contains(text, "--aa") {
			return
		}
		if args[0] == "run" {
			args = slices.Insert(args, 1, "--dry-run")
		} else if slices.Contains(args, "run") && args[0] != "help" {
			return
		}
		var errs bytes.Buffer
		p := Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All(), Stdout: io.Discard, Stderr: &errs}
		code := p.Run(args)
		said := errs.String()
		if code != ExitOK && code != ExitUsage {
			t.Errorf("%q: exit code %d: %s", args, code, said)
		}
		if code != ExitOK && (!strings.HasPrefix(said, "rlbench: ") || strings.Count(said, "\n") != 1 || strings.Contains(said, "\r")) {
			t.Errorf("%q: not one line: %q", args, said)
		}
	})
}

// FuzzPick: what is picked is among the valid names, in their order, and each only once.
func FuzzPick(f *testing.F) {
	f.Add("lua,naive", "naive,multi,lua")
	f.Add("all,x", "a,b")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, given, valid string) {
		names := slices.Compact(slices.Sorted(slices.Values(strings.Split(valid, ","))))
		got, err := pick("name", strings.Split(given, ","), names)
		if err != nil {
			if exitCode(err) != ExitUsage || strings.ContainsAny(err.Error(), "\r\n") && !strings.ContainsAny(valid, "\r\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Errorf("picked %q of %q", got, names)
		}
		for _, g := range got {
			if !slices.Contains(names, g) {
				t.Errorf("picked %q, which is not among %q", g, names)
			}
		}
	})
}
