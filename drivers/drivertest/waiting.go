package drivertest

import (
	"fmt"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// waitTimeout is what a write without enough replicas costs the suite.
const waitTimeout = 20 * time.Millisecond

// waiting: with Options.Wait a write succeeds if enough replicas have it.
func (s suite) waiting(t *testing.T) {
	s.with.Wait, s.with.WaitTimeout = 1, waitTimeout
	conn, server := s.open(t), s.direct(t)
	t.Run("options", s.resolvesWaiting)
	if s.at.Mode == drivers.Standalone {
		s.unacknowledged(t, conn, server)
		t.Run("classes", func(t *testing.T) { s.refusedWhileWaiting(t, conn) })
		return
	}
	s.acknowledged(t, conn, server)
	resume := s.pauseReplicas(t)
	defer resume()
	s.unacknowledged(t, conn, server)
	must(t, conn, "GET", marker) // a read waits for nobody
	resume()
	s.acknowledged(t, conn, server)
}

// resolvesWaiting: what is recorded says how long a write really waits, and no read
// timeout ends it before.
func (s suite) resolvesWaiting(t *testing.T) {
	usual := s.with
	usual.Wait, usual.WaitTimeout = 0, 0
	with, without := s.driver.Resolve(s.with), s.driver.Resolve(usual)
	if with.Wait != 1 || with.WaitTimeout != waitTimeout {
		t.Errorf("resolved to %d replicas within %s, want 1 within %s", with.Wait, with.WaitTimeout, waitTimeout)
	}
	if added := with.ReadTimeout - without.ReadTimeout; added != waitTimeout && with.ReadTimeout != drivers.Unlimited {
		t.Errorf("read timeout is longer by %s, want %s", added, waitTimeout)
	}
	s.with.WaitTimeout = 0
	if got := s.driver.Resolve(s.with).WaitTimeout; got <= 0 || without.WaitTimeout != 0 {
		t.Errorf("without a timeout, writes wait for %s, and those that do not wait for %s", got, without.WaitTimeout)
	}
}

// acknowledged: every way of writing succeeds, once replicas follow.
func (s suite) acknowledged(t *testing.T, conn, server drivers.Conn) {
	t.Helper()
	for _, op := range operations() {
		await(t, op.name+" acknowledged", func() bool {
			before, _ := must(t, server, "GET", marker).Int64()
			err := op.run(within(t), conn)
			if after := must(t, server, "GET", marker).Text; after != strconv.FormatInt(before+1, 10) {
				t.Fatalf("%s: counter went from %d to %s: %v", op.name, before, after, err)
			}
			return err == nil
		})
	}
}

// unacknowledged: every way of writing writes, and says that nobody else has it. All
// at once: an acknowledgement of another connection's writes would be none.
func (s suite) unacknowledged(t *testing.T, conn, server drivers.Conn) {
	t.Helper()
	must(t, server, "SET", marker, "0")
	var done sync.WaitGroup
	for _, op := range operations() {
		done.Go(func() {
			wantError(t, op.run(within(t), conn), drivers.Unknown, "written, but acknowledged by 0 of 1 replicas within 20ms")
		})
	}
	done.Wait()
	if got, want := must(t, server, "GET", marker).Text, fmt.Sprint(len(operations())); got != want {
		t.Errorf("counter is %s, want %s: who waits in vain has written", got, want)
	}
}

// refusedWhileWaiting: what was refused is told as ever, and not what WAIT answered.
func (s suite) refusedWhileWaiting(t *testing.T, conn drivers.Conn) {
	_, _ = conn.Do(within(t), "SET", "k{t}", "text")
	incr := drivers.Cmd("INCR", "k{t}")
	_, err := conn.Do(within(t), incr...)
	wantError(t, err, drivers.Failed, "ERR value is not an integer or out of range")
	_, err = conn.Multi(within(t), incr)
	wantError(t, err, drivers.Unknown, "ERR value is not an integer or out of range")
	_, err = conn.Multi(within(t), drivers.Cmd("NOSUCHCOMMAND"), drivers.Cmd("SET", "k{t}", "1"))
	wantError(t, err, drivers.Failed, "EXECABORT Transaction discarded because of previous errors.")
	wantError(t, conn.Eval(within(t), drivers.NewScript("return redis.call('INCR', KEYS[1])"), []string{"k{t}"}, nil, make([]int64, 1)), drivers.Unknown, "")
	err = conn.Watch(within(t), []string{"k{t}"}, func(tx drivers.Tx) error {
		_, read := tx.Read(within(t), incr)
		wantError(t, read, drivers.Failed, "ERR value is not an integer or out of range")
		must(t, s.direct(t), "SET", "k{t}", "changed")
		_, exec := tx.Exec(within(t), drivers.Cmd("SET", "k{t}", "1"))
		return exec
	})
	wantError(t, err, drivers.Failed, drivers.ErrAborted.Error())
}

// pauseReplicas stops the processes that follow the primary of the suite's keys.
func (s suite) pauseReplicas(t *testing.T) (resume func()) {
	t.Helper()
	primary := s.owner(t)
	var pids []int
	for _, addr := range s.nodes(t) {
		role := must(t, s.single(t, addr), "ROLE").Items
		if role[0].Text == "slave" && addrOf(role[1:]) == primary {
			server, err := provider.Identify(t.Context(), addr)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, server.PID)
		}
	}
	if len(pids) == 0 {
		t.Fatalf("%s has no replica", primary)
	}
	signal := func(s syscall.Signal) {
		for _, pid := range pids {
			if err := syscall.Kill(pid, s); err != nil {
				t.Errorf("signal %d: %v", pid, err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	return sync.OnceFunc(func() { signal(syscall.SIGCONT) })
}
