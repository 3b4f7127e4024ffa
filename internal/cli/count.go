package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// counter shows how many of some things are done: a bar on a terminal, else a line
// every ten seconds.
type counter struct {
	out  io.Writer
	what string
	pool *mpb.Progress
	bar  *mpb.Bar
	next time.Time // of a line
}

func newCount(out io.Writer, what string) *counter {
	return &counter{out: out, what: what, next: time.Now().Add(lineEvery)}
}

// show is told of each thing that is done, one call at a time.
func (c *counter) show(done, all int) {
	if terminal(c.out) && os.Getenv("CI") == "" {
		if c.bar == nil {
			c.pool = mpb.New(mpb.WithOutput(c.out), mpb.WithWidth(40))
			c.bar = c.pool.AddBar(int64(all), mpb.PrependDecorators(decor.CountersNoUnit("%d/%d "+c.what+" ")),
				mpb.AppendDecorators(decor.AverageETA(decor.ET_STYLE_GO)))
		}
		c.bar.SetCurrent(int64(done))
		return
	}
	if now := time.Now(); now.After(c.next) && done < all {
		c.next = now.Add(lineEvery)
		fmt.Fprintf(c.out, "%d/%d %s\n", done, all, c.what)
	}
}

func (c *counter) close() {
	if c.bar != nil {
		c.bar.Abort(!c.bar.Completed())
		c.pool.Wait()
	}
}
