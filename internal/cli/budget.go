package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/explore"
)

// budget is the value of --budget.
type budget struct {
	explore.Budget
	time time.Duration // 0 for no end
}

// errBudget is the cause of a search that has run out of time.
var errBudget = errors.New("the time of --budget is over")

func (b *budget) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.time == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, b.time, errBudget)
}

// Type implements pflag.Value.
func (b *budget) Type() string { return "bounds" }

// String implements pflag.Value.
func (b *budget) String() string {
	text := fmt.Sprintf("states=%d,memory=%g", b.States, float64(b.Bytes)/(1<<30))
	if b.time > 0 {
		text += ",time=" + b.time.String()
	}
	return text
}

// Set implements pflag.Value.
func (b *budget) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		if err := b.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (b *budget) set(name, value string) (err error) {
	ok := false
	switch name {
	case "states":
		b.States, err = strconv.Atoi(value)
		ok = b.States > 0
	case "memory":
		var gib float64
		gib, err = strconv.ParseFloat(value, 64)
		b.Bytes = int64(gib * (1 << 30))
		ok = gib > 0 && gib <= 1024
	case "time":
		b.time, err = time.ParseDuration(value)
		ok = b.time > 0
	default:
		return fmt.Errorf("%q is no bound: write states=N, memory=GiB or time=DURATION", name)
	}
	if err != nil || !ok {
		return fmt.Errorf("%s=%s: want a positive number of states, of GiB, or a duration such as 5m; a budget of nothing proves nothing", name, value)
	}
	return nil
}
