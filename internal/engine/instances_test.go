package engine

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
	"github.com/rlbench/rlbench/scenarios"
)

func TestMain(m *testing.M) {
	Main(algorithmlist.Algorithms(), driverlist.Drivers())
	os.Exit(m.Run())
}

// instances is the scenario with n processes, and nothing to hurry them.
func instances(n int) scenarios.Scenario {
	s := scenarios.MultiInstance()
	s.Steps, s.Instances = nil, n
	return s
}

// played plays a cell and judges it. Whether a machine that is busy with other things
// kept the schedule is not asked: the limiter must keep its contract in any.
func played(t *testing.T, b *Bench, cell scenarios.Cell) (*history.History, []check.Finding) {
	t.Helper()
	h, err := b.Trial(t.Context(), cell)
	if err != nil {
		t.Fatalf("%s: %v", cell.Cell, err)
	}
	j := check.Judge(h)
	if j.Void != "" && !strings.HasPrefix(j.Void, "offered too little") {
		t.Fatalf("%s is void: %s", cell.Cell, j.Void)
	}
	return h, j.Findings
}

// What is valid in one process is valid in ten.
func TestTenInstancesShareOneLimitInRedis(t *testing.T) {
	b := bench(t)
	for _, algorithm := range []string{"fixedwindow", "slidinglog", "tokenbucket", "gcra"} {
		h, findings := played(t, b, cellOf(t, instances(10), algorithm, "lua", "rueidis"))
		if check.Worst(findings) != check.Valid {
			t.Errorf("%s: %+v", algorithm, findings)
		}
		if len(h.Ops) != int(h.Trial.Load.Scheduled) || h.Trial.Instances != 10 {
			t.Errorf("%s: %d operations of %d scheduled, by %d instances", algorithm, len(h.Ops), h.Trial.Load.Scheduled, h.Trial.Instances)
		}
		if calls := h.Trial.Server.Calls["evalsha"]; calls != int64(len(h.Ops)) {
			t.Errorf("%s: the server ran evalsha %d times for %d decisions", algorithm, calls, len(h.Ops))
		}
		if c := h.Trial.Client; c.Connections < 10 || c.Trips == 0 || *c.CPUus <= 0 || *c.Allocs <= 0 {
			t.Errorf("%s: counted on the client %+v, want the sums of ten", algorithm, c)
		}
	}
}

// Each process admits the whole limit, and nothing that their users see tells them apart.
func TestThreeInstancesInMemoryAdmitThreeTimesTheLimit(t *testing.T) {
	b := bench(t)
	for n, want := range map[int]float64{1: 1, 3: 3} {
		_, findings := played(t, b, cellOf(t, instances(n), "inprocess", "memory", "goredis"))
		times := 1.0
		for _, f := range findings {
			if o := f.Overshoot; o != nil && o.Witness != nil {
				times = float64(o.Witness.Admitted) / float64(o.Witness.Permitted)
			}
		}
		if (n == 1) != (check.Worst(findings) == check.Valid) || times < want-0.3 || times > want+0.1 {
			t.Errorf("%d in memory: %.2f times what is permitted, want about %g: %+v", n, times, want, findings)
		}
	}
}

// offered is who was to start what and when.
func offered(h *history.History) (list [][3]int64) {
	for _, op := range h.Ops {
		list = append(list, [3]int64{op.Intended - h.Trial.Load.StartNS, int64(op.Worker) % int64(h.Trial.Instances), int64(op.Cost)})
	}
	slices.SortFunc(list, func(a, b [3]int64) int { return slices.Compare(a[:], b[:]) })
	return list
}

func TestSeedDecidesTheSharesOfInstances(t *testing.T) {
	b := bench(t)
	s := instances(3)
	s.MaxCost = 5
	cell := cellOf(t, s, "gcra", "lua", "goredis")
	var plays [][][3]int64
	for range 2 {
		h, err := b.Trial(t.Context(), cell)
		if err != nil {
			t.Fatal(err)
		}
		plays = append(plays, offered(h))
	}
	if !slices.Equal(plays[0], plays[1]) {
		t.Error("equal seeds gave the instances different loads")
	}
}

func TestSharesAreTheWholeSchedule(t *testing.T) {
	s := scenarios.MultiInstance()
	whole := s.Open.Arrivals(s.Plan(), workload.NewRand(1, s.Name))
	n, next := 7, make([]int, 7)
	parts := make([][]workload.Arrival, n)
	for i := range n {
		parts[i] = share(whole, i, n).Arrivals
	}
	for i, a := range whole.Arrivals {
		who := i % n
		if parts[who][next[who]] != a {
			t.Fatalf("arrival %d is not the next one of instance %d", i, who)
		}
		next[who]++
	}
	for i, part := range parts {
		if next[i] != len(part) {
			t.Errorf("instance %d has %d arrivals of nobody's", i, len(part)-next[i])
		}
	}
}

// running is the process id of an instance of this process, by its words: "2 of 3"; 0
// if there is none.
func running(t *testing.T, word string) (pid int) {
	t.Helper()
	out, _ := exec.Command("ps", "-eo", "ppid=,pid=,args=").Output()
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) > 2 && f[0] == strconv.Itoa(os.Getpid()) && strings.HasPrefix(strings.Join(f[2:], " "), instanceName+" "+word) {
			pid, _ = strconv.Atoi(f[1])
		}
	}
	return pid
}

// An instance that is lost, whether before the load or in it, makes the trial void. A
// smaller load must not pass for the one that was planned.
func TestALostInstanceMakesTheTrialVoid(t *testing.T) {
	b := bench(t)
	for name, inLoad := range map[string]bool{"before the load": false, "in the load": true} {
		ended := make(chan struct{})
		var h *history.History
		var err error
		go func() {
			defer close(ended)
			h, err = b.Trial(t.Context(), cellOf(t, instances(3), "gcra", "lua", "goredis"))
		}()
		until(t, ended, func() bool { return running(t, "2 of 3") != 0 && (!inLoad || charged(t, b)) })
		if err := syscall.Kill(running(t, "2 of 3"), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-ended
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if j := check.Judge(h); j.Verdict != check.Unknown || j.Void != "instance 2 of 3 ended early: signal: killed" {
			t.Errorf("%s: %s, void: %q", name, j.Verdict, j.Void)
		}
		if err := h.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if running(t, "") != 0 {
			t.Errorf("%s: others still run", name)
		}
	}
}

// Instances that take longer than they may are ended, and are lost.
func TestInstancesThatTakeTooLongAreLost(t *testing.T) {
	b := bench(t)
	tr := b.trial(cellOf(t, instances(2), "gcra", "lua", "goredis"))
	tr.describe()
	all, err := tr.startInstances(t.Context(), tr.schedule())
	if err != nil {
		t.Fatal(err)
	}
	defer all.stop()
	if err := all.prepare(); err != nil {
		t.Fatal(err)
	}
	var lost *lostInstance
	_, err = all.play(b.clock.Now()+int64(time.Hour), time.Millisecond)
	if !errors.As(err, &lost) || lost.how != "did not end in time" {
		t.Errorf("an hour in a millisecond: %v", err)
	}
}

// charged says that some operation of a load was charged.
func charged(t *testing.T, b *Bench) bool {
	t.Helper()
	names, err := scan(t.Context(), b.admin, "rl{"+b.prefix+"*")
	if err != nil {
		t.Fatal(err)
	}
	return len(names) > 0
}

func TestAnInterruptEndsAllInstances(t *testing.T) {
	b := bench(t)
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		_, err = b.Trial(ctx, cellOf(t, instances(3), "gcra", "lua", "goredis"))
	}()
	until(t, ended, func() bool { return running(t, "3 of 3") != 0 })
	interrupt()
	<-ended
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the trial ended with %v", err)
	}
	if running(t, "") != 0 {
		t.Error("an instance still runs")
	}
}

// An instance that cannot play says why, and the run ends with it.
func TestAnInstanceSaysWhyItCannotPlay(t *testing.T) {
	b := bench(t)
	cell := cellOf(t, instances(2), "gcra", "lua", "goredis")
	cell.Driver = "nobody"
	if _, err := b.Trial(t.Context(), cell); err == nil || !strings.Contains(err.Error(), `no driver "nobody"`) {
		t.Errorf("an unknown driver: %v", err)
	}
	b.at.Dial = b.own.dial(nil)
	if _, err := b.Trial(t.Context(), cell); err == nil || !strings.Contains(err.Error(), "known to this process alone") {
		t.Errorf("a way that cannot be told: %v", err)
	}
}

// until waits for a condition, which must come before what is running ends.
func until(t *testing.T, ended <-chan struct{}, met func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-ended:
			t.Fatal("the trial ended before")
		case <-tick.C:
		}
	}
}

// Passwords are told, and the way to dial is not: it is a function.
func TestAnOrderHoldsWhatAClientNeeds(t *testing.T) {
	at := drivers.Endpoints{Addrs: []string{"h:1"}, Username: "u", Password: "p", DB: 3, Dial: new(meter).dial(nil)}
	told, err := json.Marshal(order{At: at})
	if err != nil {
		t.Fatal(err)
	}
	var o order
	if err := json.Unmarshal(told, &o); err != nil {
		t.Fatal(err)
	}
	if got := o.At; got.Password != "p" || got.Username != "u" || got.DB != 3 || !slices.Equal(got.Addrs, at.Addrs) || got.Dial != nil {
		t.Errorf("an order says %+v", got)
	}
}
