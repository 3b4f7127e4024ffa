package topology

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Patient is a Deployment that can be told to wait longer than it does by itself before
// it declares a silent primary down.
type Patient interface {
	// Wait has it wait until the returned function has been called, which returns when
	// it sees its primary again.
	Wait(ctx context.Context) (enough func(context.Context) error, err error)
}

// patience is much longer than a restart. Sentinels may have heard the last answer a
// second before one, and a container takes almost another.
const patience = 15 * time.Second

// Wait implements Patient.
func (d *sentinel) Wait(ctx context.Context) (enough func(context.Context) error, err error) {
	for _, w := range d.watchers() {
		err = errors.Join(err, downAfterOf(ctx, w, patience))
	}
	if err != nil {
		return nil, errors.Join(err, d.hurry(context.WithoutCancel(ctx)))
	}
	return d.hurry, nil
}

// hurry lets the Sentinels wait as long as they did at first, each when it has heard of
// the primary.
func (d *sentinel) hurry(ctx context.Context) error {
	var errs []error
	for _, w := range d.watchers() {
		heard := await(ctx, heardWithin, func(ctx context.Context) error { return hears(ctx, w) })
		errs = append(errs, heard, downAfterOf(ctx, w, downAfter))
	}
	return errors.Join(errs...)
}

func downAfterOf(ctx context.Context, w Node, silence time.Duration) error {
	_, err := Ask(ctx, w, "SENTINEL", "SET", primaryName, "down-after-milliseconds", milliseconds(silence))
	return err
}

// hears says why a Sentinel might declare the primary down soon, or nil.
func hears(ctx context.Context, w Node) error {
	r, err := Ask(ctx, w, "SENTINEL", "MASTER", primaryName)
	if err != nil {
		return err
	}
	f := r.Pairs()
	ago, err := strconv.ParseInt(f["last-ok-ping-reply"], 10, 64)
	if err != nil || f["flags"] != "master" || ago > downAfter.Milliseconds()/2 {
		return fmt.Errorf("%s sees the primary as %s and heard of it %s ms ago", w.Name, f["flags"], f["last-ok-ping-reply"])
	}
	return nil
}
