package drivertest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

// slots: in a Cluster each command goes to the node of its key at once, and keys of
// several slots are refused.
func (s suite) slots(t *testing.T) {
	conn := s.open(t)
	t.Run("routing", func(t *testing.T) { s.routing(t, conn) })
	t.Run("hash tags", func(t *testing.T) { hashTags(t, conn) })
	for name, other := range map[string]string{"one node": s.keyOf(t, true), "two nodes": s.keyOf(t, false)} {
		t.Run("two slots of "+name, func(t *testing.T) { s.crossSlot(t, conn, other) })
	}
}

// routing: no node has to redirect a command, whatever its kind.
func (s suite) routing(t *testing.T, conn drivers.Conn) {
	must(t, conn, "PING") // the client knows the nodes from now on
	before := s.redirections(t)
	for i := range 32 {
		key := fmt.Sprintf("routed-%d", i)
		must(t, conn, "DEL", key)
		for n, op := range increments(key, key) {
			if err := op.run(within(t), conn); err != nil {
				t.Errorf("%s of %s: %v", op.name, key, err)
			}
			if got := must(t, conn, "GET", key); got.Text != strconv.Itoa(n+1) {
				t.Errorf("%s of %s: counter is %s, want %d", op.name, key, got.Text, n+1)
			}
		}
	}
	if after := s.redirections(t); after != before {
		t.Errorf("%d commands reached a node that does not serve their key", after-before)
	}
}

// redirections is how often the nodes have answered MOVED.
func (s suite) redirections(t *testing.T) (n int) {
	for _, addr := range s.nodes(t) {
		_, rest, found := strings.Cut(must(t, s.single(t, addr), "INFO", "errorstats").Text, "errorstat_MOVED:count=")
		if !found {
			continue
		}
		digits, _, _ := strings.Cut(rest, "\r")
		count, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatal(err)
		}
		n += count
	}
	return n
}

// hashTags: keys of one tag make one step.
func hashTags(t *testing.T, conn drivers.Conn) {
	must(t, conn, "MSET", "a{tag}", "1", "b{tag}", "2")
	script := drivers.NewScript("return redis.call('INCR', KEYS[1]) + redis.call('INCR', KEYS[2])")
	var sum [1]int64
	if err := conn.Eval(within(t), script, []string{"a{tag}", "b{tag}"}, nil, sum[:]); err != nil || sum[0] != 5 {
		t.Errorf("eval of two keys: got %d, %v, want 5", sum[0], err)
	}
	got, err := conn.Multi(within(t), drivers.Cmd("TIME"), drivers.Cmd("INCR", "a{tag}"), drivers.Cmd("INCR", "b{tag}"))
	if err != nil || got[1].Int != 3 || got[2].Int != 4 {
		t.Errorf("transaction of two keys: got %v, %v", got, err)
	}
}

// keyOf returns a key of another slot than {t}, at the same node or at another one.
func (s suite) keyOf(t *testing.T, same bool) string {
	home := s.shardOf(t, marker)
	for i := range 1000 {
		key := fmt.Sprintf("other-%d", i)
		slot := s.ask(t, "CLUSTER", "KEYSLOT", key).Int
		if (home.Items[0].Int <= slot && slot <= home.Items[1].Int) == same {
			return key
		}
	}
	t.Fatal("no key found")
	return ""
}

// crossSlot: the refusal proves that nothing ran, and nothing has.
func (s suite) crossSlot(t *testing.T, conn drivers.Conn, other string) {
	must(t, conn, "SET", "k{t}", "0")
	must(t, conn, "SET", other, "0")
	mine, theirs := drivers.Cmd("INCR", "k{t}"), drivers.Cmd("INCR", other)
	both := []string{"k{t}", other}
	never := func(drivers.Tx) error { t.Error("fn ran"); return nil }
	for name, run := range map[string]func() error{
		"do":    func() error { _, err := conn.Do(within(t), "MSET", "k{t}", "1", other, "1"); return err },
		"multi": func() error { _, err := conn.Multi(within(t), mine, theirs); return err },
		"eval":  func() error { return conn.Eval(within(t), increment, both, nil, make([]int64, 1)) },
		"watch": func() error { return conn.Watch(within(t), both, never) },
		"exec": func() error {
			return conn.Watch(within(t), both[:1], func(tx drivers.Tx) error { _, err := tx.Exec(within(t), mine, theirs); return err })
		},
		"read": func() error {
			return conn.Watch(within(t), both[:1], func(tx drivers.Tx) error {
				_, err := tx.Read(within(t), drivers.Cmd("MSET", "k{t}", "1", other, "1"))
				return err
			})
		},
	} {
		err := run()
		if err == nil || drivers.ClassOf(err) != drivers.Failed {
			t.Errorf("%s: got %v of class %s, want an error that is failed", name, err, drivers.ClassOf(err))
		}
	}
	for _, key := range both {
		if got := must(t, conn, "GET", key); got.Text != "0" {
			t.Errorf("counter of %s is %s, want 0", key, got.Text)
		}
	}
}

// movingSlot: while a slot moves to another node, and after that, what the client
// calls done was done once, what it calls failed was not, and no transaction was torn.
func (s suite) movingSlot(t *testing.T) {
	const first, second = "first{moving}", "second{moving}"
	conn := s.open(t)
	must(t, conn, "MSET", first, "0", second, "0")
	ops := append(increments(first, second), pair(first, second))
	done := make([]int, len(ops))
	repeats := s.driver.Resolve(s.with).Retries > 0 // then a refusal proves nothing
	attempt := func() {
		for i, op := range ops {
			err := op.run(within(t), conn)
			if err == nil {
				done[i]++
			} else if drivers.ClassOf(err) != drivers.Failed && !repeats {
				t.Errorf("%s: got %q of class %s, want failed: nothing was lost", op.name, err, drivers.ClassOf(err))
			}
		}
	}
	s.move(t, first, []string{first, second}, attempt)
	for i, op := range ops {
		await(t, op.name+" after the slot has moved", func() bool {
			before := done[i]
			attempt()
			return done[i] > before
		})
	}
	pairs, sum := done[len(ops)-1], 0
	for _, n := range done {
		sum += n
	}
	if a, b := must(t, conn, "GET", first).Text, must(t, conn, "GET", second).Text; a != strconv.Itoa(sum) || b != strconv.Itoa(pairs) {
		t.Errorf("counters are %s and %s, want %d and %d", a, b, sum, pairs)
	}
}

// move carries the slot of a key to another node, and calls between at each stage:
// all keys there, one gone, all gone, the slot gone.
func (s suite) move(t *testing.T, key string, keys []string, between func()) {
	slot := strconv.FormatInt(s.ask(t, "CLUSTER", "KEYSLOT", key).Int, 10)
	from, to := s.ownerOf(t, key), s.owner(t)
	if from == to {
		to = s.ownerOf(t, s.keyOf(t, false))
	}
	source, target := s.single(t, from), s.single(t, to)
	fromID, toID := must(t, source, "CLUSTER", "MYID").Text, must(t, target, "CLUSTER", "MYID").Text
	must(t, target, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromID)
	must(t, source, "CLUSTER", "SETSLOT", slot, "MIGRATING", toID)
	between()
	for _, k := range keys {
		must(t, source, "MIGRATE", "127.0.0.1", portOf(to), k, "0", "5000")
		between()
	}
	must(t, target, "CLUSTER", "SETSLOT", slot, "NODE", toID)
	must(t, source, "CLUSTER", "SETSLOT", slot, "NODE", toID)
	between()
	await(t, "the nodes to know of the move", func() bool { return s.ownerOf(t, key) == to })
}

// pair increments two keys in one transaction.
func pair(first, second string) operation {
	return operation{"pair", func(ctx context.Context, conn drivers.Conn) error {
		got, err := conn.Multi(ctx, drivers.Cmd("INCR", first), drivers.Cmd("INCR", second))
		if err == nil && len(got) != 2 {
			err = errors.New("half of a transaction was answered")
		}
		return err
	}}
}
