package fault

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/topology"
)

// Behind every driver a server that is away is away for all, its client says what is
// wrong, nothing that it answers so has run, and what was counted is there again.
func TestOutagesKeepTheState(t *testing.T) {
	for _, driver := range all.Drivers() {
		t.Run(driver.Name(), func(t *testing.T) {
			t.Parallel()
			d := start(t, topology.Standalone{}, driver)
			for _, one := range []struct {
				fault Fault
				looks []drivers.Symptom
			}{
				{Stop{}, []drivers.Symptom{drivers.Refused}},
				// A client that writes before it reads finds the connection closed instead.
				{MaxClients{}, []drivers.Symptom{drivers.MaxClients, drivers.Reset}},
				{Password{}, []drivers.Symptom{drivers.AuthError}},
			} {
				t.Run(one.fault.Name(), func(t *testing.T) { d.away(t, one.fault, one.looks) })
			}
		})
	}
}

func (d deployment) away(t *testing.T, f Fault, looks []drivers.Symptom) {
	before := d.settings(t)
	ran := d.awaitDo(t, "INCR", key).Int
	in := d.inject(t, f)
	if n := d.primary(t); in.Node != n.Name {
		t.Errorf("hit %q, want %s", in.Node, n.Name)
	}
	unknown := int64(0)
	await(t, fmt.Sprintf("an error that looks like %v", looks), func() error {
		_, err := d.do(t, "INCR", key)
		if err == nil {
			t.Fatal("the client got an answer")
		}
		if drivers.ClassOf(err) == drivers.Unknown {
			unknown++
		}
		if !slices.Contains(looks, drivers.SymptomOf(err)) {
			return err
		}
		return nil
	})
	in.mend(t)
	if r := d.awaitDo(t, "INCRBY", key, "0"); r.Int < ran || r.Int > ran+unknown {
		t.Errorf("counted %d, want %d and up to %d more", r.Int, ran, unknown)
	}
	if now := d.settings(t); now != before {
		t.Errorf("the settings are %s, want %s as before", now, before)
	}
}

// settings are those that outages change.
func (d deployment) settings(t *testing.T) string {
	t.Helper()
	n := d.primary(t)
	return strings.Join([]string{
		ask(t, n, "CONFIG", "GET", "maxclients").Pairs()["maxclients"], ask(t, n, "CONFIG", "GET", "requirepass").Pairs()["requirepass"],
	}, "/")
}

// A server that cannot save does not end.
func TestStopThatCannotSave(t *testing.T) {
	t.Parallel()
	d := start(t, topology.Standalone{}, all.Drivers()[0])
	n := d.primary(t)
	ask(t, n, "SET", key, "1")
	if err := os.RemoveAll(ask(t, n, "CONFIG", "GET", "dir").Pairs()["dir"]); err != nil {
		t.Fatal(err)
	}
	if _, err := (Stop{}).Inject(t.Context(), d.target()); err == nil {
		t.Fatal("the server was stopped without its keys")
	}
	if got := ask(t, n, "GET", key).Text; got != "1" {
		t.Errorf("the server answers %q", got)
	}
}
