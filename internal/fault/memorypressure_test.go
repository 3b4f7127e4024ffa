package fault

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/topology"
)

// A server without room gives up what its policy says, and tells of it; or it refuses.
func TestMemoryPressure(t *testing.T) {
	for policy, gives := range map[string]bool{"noeviction": false, "allkeys-random": true, "volatile-ttl": true} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			d := startSet(t, topology.Standalone{}, goredis.Driver{}, topology.Settings{Eviction: policy})
			d.awaitDo(t, "SET", key, "1", "PX", "30000") // less than others' keys live
			in := d.inject(t, MemoryPressure{})
			if gives {
				await(t, "an eviction", func() error {
					if !slices.Contains(in.Evicted(), key) {
						return errors.New("the key was not given up")
					}
					return nil
				})
			} else {
				await(t, "a refusal", func() error {
					if _, err := d.do(t, "SET", key+"2", "1"); err == nil || !strings.Contains(err.Error(), "OOM") {
						return errors.Join(errors.New("not refused"), err)
					}
					return nil
				})
			}
			in.mend(t)
			if gone := len(in.Evicted()); (gone > 0) != gives {
				t.Errorf("%d keys of limiters were given up", gone)
			}
			if r := d.awaitDo(t, "GET", key); r.IsNil() != gives {
				t.Errorf("the key holds %v", r)
			}
			d.awaitDo(t, "SET", key, "2")
		})
	}
}
