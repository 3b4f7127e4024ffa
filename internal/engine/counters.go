package engine

import (
	"bufio"
	"context"
	"fmt"
	"runtime/metrics"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
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
		CPUus: c.cpuUS - b.cpuUS, Allocs: c.allocs - b.allocs,
		Connections: c.open, Opened: c.dials - b.dials, Trips: c.trips - b.trips, BytesOut: c.sent - b.sent, BytesIn: c.received - b.received,
	}
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

// serverCounters is a reading of INFO.
type serverCounters struct {
	cpuUS             float64
	bytesIn, bytesOut int64
	calls             map[string]int64
}

func (c serverCounters) since(b serverCounters) *history.Server {
	calls := make(map[string]int64, len(c.calls))
	for name, n := range c.calls {
		if n -= b.calls[name]; n > 0 && name != "info" {
			calls[name] = n
		}
	}
	return &history.Server{Calls: calls, CPUus: c.cpuUS - b.cpuUS, BytesIn: c.bytesIn - b.bytesIn, BytesOut: c.bytesOut - b.bytesOut}
}

func (b *Bench) readServer(ctx context.Context) (serverCounters, error) {
	text, err := b.Info(ctx, "everything")
	if err != nil {
		return serverCounters{}, err
	}
	return parseInfo(text)
}

// Info returns the text of INFO section.
func (b *Bench) Info(ctx context.Context, section string) (string, error) {
	r, err := b.admin.Do(ctx, "INFO", section)
	if err != nil {
		return "", err
	}
	if r.Kind != drivers.Text {
		return "", fmt.Errorf("INFO answered %s, want a string", r.Kind)
	}
	return r.Text, nil
}

// Config returns every setting of the server.
func (b *Bench) Config(ctx context.Context) (map[string]string, error) {
	r, err := b.admin.Do(ctx, "CONFIG", "GET", "*")
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for i := 0; i+1 < len(r.Items); i += 2 {
		settings[r.Items[i].Text] = r.Items[i+1].Text
	}
	return settings, nil
}

// InfoFields splits the text of INFO into its fields.
func InfoFields(text string) map[string]string {
	fields := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

func parseInfo(text string) (serverCounters, error) {
	f := InfoFields(text)
	c := serverCounters{calls: map[string]int64{}}
	var errs []error
	float := func(name string) float64 {
		v, err := strconv.ParseFloat(f[name], 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("INFO field %s is %q, want a number", name, f[name]))
		}
		return v
	}
	c.cpuUS = (float("used_cpu_user") + float("used_cpu_sys")) * 1e6
	c.bytesIn, c.bytesOut = int64(float("total_net_input_bytes")), int64(float("total_net_output_bytes"))
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
