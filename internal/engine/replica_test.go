package engine

import (
	"testing"

	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
)

// A command that only reads is answered by the replica; one that writes, and all of a
// transaction, by the primary. Two databases of a server that is no pair stand for the two:
// they never agree.
func TestReadsAreScaledOutAlone(t *testing.T) {
	b := bench(t)
	key := "rl{" + b.prefix + "scaled}"
	for _, d := range driverlist.Drivers() {
		open := func(db int, value string) drivers.Conn {
			at := b.at
			at.DB = db
			conn, err := d.Open(t.Context(), at, drivers.Options{PoolSize: 1})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Do(t.Context(), "SET", key, value, "PX", "60000"); err != nil {
				t.Fatal(err)
			}
			return conn
		}
		c := scaledReads{open(0, "10"), open(1, "20")}
		if r, err := c.Do(t.Context(), "GET", key); err != nil || r.Text != "20" {
			t.Errorf("%s: GET answers %q, %v, want what the replica holds", d.Name(), r.Text, err)
		}
		if r, err := c.Do(t.Context(), "INCR", key); err != nil || r.Int != 11 {
			t.Errorf("%s: INCR answers %d, %v, want one more than the primary held", d.Name(), r.Int, err)
		}
		if list, err := c.Multi(t.Context(), drivers.Cmd("GET", key)); err != nil || len(list) != 1 || list[0].Text != "11" {
			t.Errorf("%s: a transaction reads %v, %v, want what the primary holds", d.Name(), list, err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("%s: %v", d.Name(), err)
		}
	}
}
