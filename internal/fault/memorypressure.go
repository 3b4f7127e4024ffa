package fault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

const (
	// headroom is how much memory is left when the pressure begins. It is filled at once, and
	// from then on turned over in two seconds.
	headroom = 8 << 20
	// fillEvery is the time between two batches of keys, fillBatch how many one holds, and
	// fillSize the size of each.
	fillEvery = 20 * time.Millisecond
	fillBatch = 40
	fillSize  = 2048
	// fillPrefix begins the names of others' keys, and they live for fillLife: longer
	// than those of limiters.
	fillPrefix = "filler:"
	fillLife   = "60000"
	// evictions is where a server tells of keys that it gave up.
	evictions = "__keyevent@0__:evicted"
)

// MemoryPressure sets the primary's maxmemory a little above what it uses, and has
// others store keys as long as it lasts. What the server does then is its
// maxmemory-policy's. It is in effect when the server had to choose: when it refused a
// key, or gave one up. Healed, it has no limit any more; what it gave up stays lost.
type MemoryPressure struct{}

// Name returns "memory-pressure".
func (MemoryPressure) Name() string { return "memory-pressure" }

// About implements Fault.
func (MemoryPressure) About() string {
	return "the primary's memory is limited to what it uses, while others store keys of " + strconv.Itoa(fillSize) + " bytes"
}

// Inject implements Fault.
func (f MemoryPressure) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	p := &pressure{node: n, stop: make(chan struct{}), chose: make(chan struct{})}
	if err := p.begin(ctx); err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	select {
	case <-p.chose:
	case <-time.After(patient):
		err = fmt.Errorf("the server had room for everything within %s", patient)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), errors.Join(err, p.end()))
	}
	return Injected{Node: n.Name, Heal: sync.OnceValue(p.end), Evicted: p.evicted}, nil
}

// pressure is one in effect.
type pressure struct {
	node   topology.Node
	conn   drivers.Conn // stores keys
	events net.Conn     // hears of evictions
	stop   chan struct{}
	work   sync.WaitGroup

	once  sync.Once
	chose chan struct{} // closed when the server had to

	mu    sync.Mutex
	names []string // of keys that are not ours
}

func (p *pressure) begin(ctx context.Context) error {
	used, err := topology.Ask(ctx, p.node, "INFO", "memory")
	if err != nil {
		return err
	}
	most, err := strconv.Atoi(provider.InfoFields(used.Text)["used_memory"])
	if err != nil {
		return fmt.Errorf("%s does not say how much memory it uses: %w", p.node.Name, err)
	}
	if _, err := topology.Ask(ctx, p.node, "CONFIG", "SET", "notify-keyspace-events", "Ee"); err != nil {
		return err
	}
	if p.events, err = new(net.Dialer).DialContext(ctx, "tcp", p.node.Addr()); err != nil {
		return err
	}
	if _, err = fmt.Fprintf(p.events, "SUBSCRIBE %s\r\n", evictions); err == nil {
		p.conn, err = topology.Reach(ctx, p.node, patient)
	}
	if err != nil {
		_ = p.events.Close()
		return err
	}
	p.work.Go(p.listen)
	if _, err := topology.Ask(ctx, p.node, "CONFIG", "SET", "maxmemory", strconv.Itoa(most+headroom)); err != nil {
		_ = p.end()
		return err
	}
	p.work.Go(p.fill)
	return nil
}

// filling stores keys. ARGV: the number of the first, how many, their size, their life.
const filling = `
for i = ARGV[1], ARGV[1] + ARGV[2] - 1 do
  redis.call('SET', '` + fillPrefix + `' .. i, string.rep('x', ARGV[3]), 'PX', ARGV[4])
end`

// fill stores keys until the end, without a pause until the server had to choose. A refusal
// is what was to be seen.
func (p *pressure) fill() {
	tick := time.NewTicker(fillEvery)
	defer tick.Stop()
	always := make(chan time.Time)
	close(always)
	for i := 0; ; i += fillBatch {
		_, err := p.conn.Do(context.Background(), "EVAL", filling, "0",
			strconv.Itoa(i), strconv.Itoa(fillBatch), strconv.Itoa(fillSize), fillLife)
		if err != nil && strings.Contains(err.Error(), "OOM") {
			p.once.Do(func() { close(p.chose) })
		}
		var pause <-chan time.Time = always
		select {
		case <-p.chose:
			pause = tick.C
		default:
		}
		select {
		case <-pause:
		case <-p.stop:
			return
		}
	}
}

// listen notes the evictions until the connection is closed. Each is told by the channel's name, then
// the length of the key's on a line of its own, then the key's.
func (p *pressure) listen() {
	lines := bufio.NewScanner(p.events)
	subscribed := false
	for lines.Scan() {
		if lines.Text() != evictions {
			continue
		}
		if !subscribed { // what answers SUBSCRIBE names the channel too
			subscribed = true
			continue
		}
		p.once.Do(func() { close(p.chose) })
		lines.Scan() // the length
		if lines.Scan() && !strings.HasPrefix(lines.Text(), fillPrefix) {
			p.mu.Lock()
			p.names = append(p.names, lines.Text())
			p.mu.Unlock()
		}
	}
}

// evicted are the names of keys that were given up, other than those stored here, once for
// each time.
func (p *pressure) evicted() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.names...)
}

// end takes the pressure away.
func (p *pressure) end() error {
	close(p.stop)
	ctx, cancel := context.WithTimeout(context.Background(), wholeWithin)
	defer cancel()
	_, err := topology.Ask(ctx, p.node, "CONFIG", "SET", "maxmemory", "0")
	_ = p.events.Close()
	_ = p.conn.Close()
	p.work.Wait()
	return err
}
