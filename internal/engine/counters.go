package engine

import (
	"context"
	"fmt"
	"runtime/metrics"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider"
)

// clientCounters is a reading of this process and of the subject's sockets.
type clientCounters struct {
	cpuUS                                      float64
	allocs, dials, open, trips, sent, received int64
}

func (t *trial) readClient() clientCounters {
	c := clientCounters{cpuUS: processCPU(), allocs: heapAllocs(), dials: t.meter.dials.Load(), open: t.meter.open()}
	c.trips, c.sent, c.received = t.meter.total()
	return c
}

func (c clientCounters) since(b clientCounters) *history.Client {
	return &history.Client{
		CPUus: new(c.cpuUS - b.cpuUS), Allocs: new(c.allocs - b.allocs),
		Connections: c.open, Opened: c.dials - b.dials, Trips: c.trips - b.trips, BytesOut: c.sent - b.sent, BytesIn: c.received - b.received,
	}
}

// sum adds up what several processes used; nil stays unknown.
func sum(of []*history.Client) *history.Client {
	all := &history.Client{CPUus: new(float64), Allocs: new(int64)}
	for _, c := range of {
		all.CPUus, all.Allocs = plus(all.CPUus, c.CPUus), plus(all.Allocs, c.Allocs)
		all.Connections += c.Connections
		all.Opened += c.Opened
		all.Trips += c.Trips
		all.BytesOut += c.BytesOut
		all.BytesIn += c.BytesIn
	}
	return all
}

func plus[T int64 | float64](a, b *T) *T {
	if a == nil || b == nil {
		return nil
	}
	return new(*a + *b)
}

// processCPU is user plus system time of this process in microseconds.
func processCPU() float64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic("getrusage: " + err.Error())
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}

// heapAllocs is the number of heap objects allocated so far. Unlike
// runtime.ReadMemStats it does not stop the world.
func heapAllocs() int64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}

// serverCounters is a reading of INFO, and of our own connections beside it.
type serverCounters struct {
	cpuUS             float64
	bytesIn, bytesOut int64
	calls             map[string]int64

	connected, accepted int64 // clients connected, and ever accepted
	ours, dialled       int64 // the same of this bench
}

// since returns what was counted since the reading b; nil if one is missing.
func (c *serverCounters) since(b *serverCounters) *history.Server {
	if c == nil || b == nil {
		return nil
	}
	s := &history.Server{Accepted: c.accepted - b.accepted, CPUus: c.cpuUS - b.cpuUS, BytesIn: c.bytesIn - b.bytesIn, BytesOut: c.bytesOut - b.bytesOut}
	if len(c.calls) == 0 {
		return s // a server that counts its commands has counted the INFO before
	}
	s.Calls = make(map[string]int64, len(c.calls))
	for name, n := range c.calls {
		if n -= b.calls[name]; n > 0 && name != "info" {
			s.Calls[name] = n
		}
	}
	return s
}

// alone says that nobody else was connected between two readings. What a server
// counted while somebody was cannot be attributed.
func (c *serverCounters) alone(b *serverCounters) bool {
	return b.connected == b.ours && c.connected == c.ours && c.accepted-b.accepted == c.dialled-b.dialled
}

// readServer reads the counters of the servers that hold keys, and adds them up; nil
// where they are not to be had, or there is no server.
func (t *trial) readServer(ctx context.Context) (*serverCounters, error) {
	if t.admin == nil || t.traits.InProcess {
		return nil, nil
	}
	c := &serverCounters{calls: map[string]int64{}}
	for _, server := range t.servers {
		r, err := server.Do(ctx, "INFO", "everything")
		if err != nil {
			return nil, t.unlessRefused(err)
		}
		part, err := parseInfo(r.Text)
		if err != nil && t.traits.Shared {
			return nil, nil // managed servers leave fields out
		}
		if err != nil {
			return nil, err
		}
		c.add(part)
	}
	c.ours, c.dialled = t.meter.open()+t.own.open(), t.meter.dials.Load()+t.own.dials.Load()
	return c, nil
}

// add adds what another server counted.
func (c *serverCounters) add(part *serverCounters) {
	c.cpuUS += part.cpuUS
	c.bytesIn += part.bytesIn
	c.bytesOut += part.bytesOut
	c.connected += part.connected
	c.accepted += part.accepted
	for name, n := range part.calls {
		c.calls[name] += n
	}
}

// attribute is what the server counted for this trial; nil where others may have
// been counted with it. Among several servers Sentinels always are, and our connections
// to replicas hide as many of others to primaries. Instances do not say when they connect.
func (t *trial) attribute(before, after *serverCounters) *history.Server {
	if t.traits.Shared && (t.at.Mode != drivers.Standalone || t.cell.Scenario.Instances > 0) {
		return nil
	}
	if t.traits.Shared && before != nil && after != nil && !after.alone(before) {
		return nil
	}
	return after.since(before)
}

func parseInfo(text string) (*serverCounters, error) {
	f := provider.InfoFields(text)
	c := &serverCounters{calls: map[string]int64{}}
	var errs []error
	float := func(name string) float64 {
		v, err := strconv.ParseFloat(f[name], 64)
		if err != nil || !(v >= 0 && v < 1<<63) { // so written that NaN is refused too
			errs = append(errs, fmt.Errorf("INFO field %s is %q, want a number that a counter can hold", name, f[name]))
		}
		return v
	}
	c.cpuUS = (float("used_cpu_user") + float("used_cpu_sys")) * 1e6
	c.bytesIn, c.bytesOut = int64(float("total_net_input_bytes")), int64(float("total_net_output_bytes"))
	c.connected, c.accepted = int64(float("connected_clients")), int64(float("total_connections_received"))
	for name, value := range f {
		if command, ok := strings.CutPrefix(name, "cmdstat_"); ok {
			c.calls[command] = parseCalls(value)
		}
	}
	if len(errs) > 0 {
		return c, errs[0]
	}
	return c, nil
}

// parseCalls reads the first field of "calls=12,usec=34,...".
func parseCalls(value string) int64 {
	first, _, _ := strings.Cut(strings.TrimPrefix(value, "calls="), ",")
	n, _ := strconv.ParseInt(first, 10, 64) // a field that is not a number counts nothing
	return n
}
