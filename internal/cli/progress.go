package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/scenarios"
)

// progress shows how far a run is: a bar with the time left on a terminal, else a
// line every ten seconds.
type progress struct {
	out   io.Writer
	bar   *mpb.Bar
	pool  *mpb.Progress
	total int
	stop  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	name string
	done int
	// begun and left estimate the end: time that finished cells really took, over
	// what was planned for them, scales what is planned for the others.
	begun         time.Time
	planned, left time.Duration
}

const lineEvery = 10 * time.Second

func newProgress(out io.Writer, cells []scenarios.Cell) *progress {
	p := &progress{out: out, total: len(cells), left: estimateAll(cells), begun: time.Now(), stop: make(chan struct{})}
	if terminal(out) && os.Getenv("CI") == "" {
		p.showBar()
	} else {
		p.ended.Go(p.lines)
	}
	return p
}

// terminal reports whether w is a terminal.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

func (p *progress) showBar() {
	p.pool = mpb.New(mpb.WithOutput(p.out), mpb.WithWidth(40))
	p.bar = p.pool.AddBar(int64(p.total),
		mpb.PrependDecorators(decor.CountersNoUnit("%d/%d cells ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.status() })),
	)
}

// status is the time left and the cell that is running.
func (p *progress) status() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%s left  %s", p.remaining().Round(time.Second), p.name)
}

func (p *progress) remaining() time.Duration {
	if p.planned == 0 {
		return p.left
	}
	return time.Duration(float64(p.left) * float64(time.Since(p.begun)) / float64(p.planned))
}

func (p *progress) lines() {
	tick := time.NewTicker(lineEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			status := p.status()
			p.mu.Lock()
			fmt.Fprintf(p.out, "%d/%d cells, %s\n", p.done, p.total, status)
			p.mu.Unlock()
		case <-p.stop:
			return
		}
	}
}

func (p *progress) start(batch []scenarios.Cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name = batch[0].String()
	if n := len(batch) - 1; n > 0 {
		p.name += fmt.Sprintf(" and %d more side by side", n)
	}
}

func (p *progress) finish(batch []scenarios.Cell) {
	p.mu.Lock()
	p.done += len(batch)
	p.planned += estimate(batch)
	p.left -= estimate(batch)
	p.mu.Unlock()
	if p.bar != nil {
		p.bar.IncrBy(len(batch))
	}
}

// note prints a line without tearing the bar.
func (p *progress) note(text string) {
	if p.pool != nil {
		_, _ = p.pool.Write([]byte(text + "\n"))
		return
	}
	fmt.Fprintln(p.out, text)
}

func (p *progress) close() {
	close(p.stop)
	p.ended.Wait()
	if p.bar != nil {
		p.bar.Abort(p.done < p.total)
		p.pool.Wait()
	}
}
