package engine

import (
	"strconv"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// Two benches on one server: each removes its own keys only, however many they are.
func TestCleanRemovesExactlyItsOwn(t *testing.T) {
	at := drivers.Endpoints{Addrs: []string{providertest.Redis(t)}}
	open := func() *Bench {
		b, err := New(t.Context(), at, nil, provider.Traits{Shared: true}, driverlist.Drivers())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	ours, theirs := open(), open()
	for i := range 3*unlinkBatch + 1 {
		for key := range map[string]bool{"rl:{" + ours.id() + "." + strconv.Itoa(i) + "}:tat": true, theirs.id(): true} {
			if _, err := ours.admin.Do(t.Context(), "SET", key, "1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := ours.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine, err := scan(t.Context(), ours.admin, "*"+ours.prefix+"*")
	if err != nil {
		t.Fatal(err)
	}
	others, err := scan(t.Context(), ours.admin, "*")
	if err != nil {
		t.Fatal(err)
	}
	if len(mine) != 0 || len(others) != 3*unlinkBatch+1 {
		t.Errorf("%d of our keys and %d of theirs are left, want 0 and %d", len(mine), len(others), 3*unlinkBatch+1)
	}
}
