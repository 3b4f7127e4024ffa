package fault

import (
	"errors"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/topology"
)

// What a server kept on disk is there after a crash; after a loss of power only what it
// had synced.
func TestRestartWithFiles(t *testing.T) {
	for _, c := range []struct {
		persistence string
		fault       Fault
		loses       bool
	}{
		{"none", Crash{}, true}, {"none", PowerLoss{}, true},
		{"aof-everysec", Crash{}, false}, {"aof-everysec", PowerLoss{}, true},
		{"aof-always", Crash{}, false}, {"aof-always", PowerLoss{}, false},
	} {
		t.Run(c.fault.Name()+" "+c.persistence, func(t *testing.T) {
			t.Parallel()
			d := startSet(t, topology.Standalone{}, goredis.Driver{}, topology.Settings{Persistence: c.persistence})
			d.restarted(t, c.fault, c.persistence, c.loses)
		})
	}
}

func (d deployment) restarted(t *testing.T, f Fault, persistence string, loses bool) {
	n := d.primary(t)
	if p, ok := f.(Preparer); ok {
		if err := p.Prepare(t.Context(), d.target()); err != nil {
			t.Fatal(err)
		}
	}
	safe := d.countOverSeconds(t, n)
	counted := d.awaitDo(t, "INCR", key).Int
	await(t, "an empty buffer", func() error {
		if left := field(t, n, "aof_buffer_length"); left != "" && left != "0" {
			return errors.New(left + " bytes are not written yet")
		}
		return nil
	})
	id := field(t, n, "run_id")
	if in := d.inject(t, f); in.Heal != nil || in.Node != n.Name {
		t.Errorf("injected %+v, want one that is over, on %s", in, n.Name)
	}
	if now := field(t, n, "run_id"); now == id {
		t.Error("the server was not started again")
	}
	found, err := d.awaitDo(t, "INCRBY", key, "0").Int64()
	switch {
	case err != nil:
		t.Error(err)
	case !loses && found != counted:
		t.Errorf("%d of %d counted are there after the restart, want all", found, counted)
	case loses && found >= counted:
		t.Errorf("all of %d counted are there after the restart", counted)
	case persistence != topology.NoPersistence && found < safe:
		t.Errorf("%d of %d counted are there after the restart, and %d were on the disk", found, counted, safe)
	}
}

// countOverSeconds counts until the server's clock has begun two more seconds, so that the
// last one holds writes of its own. It returns the count before the first of the two, which was synced at its
// beginning, or a second later where the sync took long.
func (d deployment) countOverSeconds(t *testing.T, n topology.Node) (safe int64) {
	second := func() string { return ask(t, n, "TIME").Items[0].Text }
	for range 2 {
		began := second()
		before := int64(0)
		for now := began; now == began; now = second() {
			before = d.awaitDo(t, "INCR", key).Int
		}
		if safe == 0 {
			safe = before - 1 // the last may have been counted in the next second
		}
	}
	return safe
}

// A file without notes of seconds tells nothing, and is not cut.
func TestSyncedPart(t *testing.T) {
	const file = "first #TS:1\r\nsecond #TS:2\r\nthird"
	for _, c := range []struct {
		content string
		syncing bool
		want    int
		wrong   bool
	}{
		{file, false, strings.Index(file, "#TS:2"), false},
		{file, true, strings.Index(file, "#TS:1"), false},
		{"nothing", false, 0, true}, {"", true, 0, true}, {"#TS:1", true, 0, false},
	} {
		got, err := (&appendLog{syncing: c.syncing}).synced([]byte(c.content))
		if got != c.want || (err != nil) != c.wrong {
			t.Errorf("%q, syncing %v: %d, %v, want %d", c.content, c.syncing, got, err, c.want)
		}
	}
	if name, err := lastPart([]byte("file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i startoffset 0\n")); name != "a.1.incr.aof" || err != nil {
		t.Errorf("the last part is %q, %v", name, err)
	}
	if _, err := lastPart([]byte("file")); err == nil {
		t.Error("a manifest without parts has a last one")
	}
}
