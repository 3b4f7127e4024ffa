package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// subject is a library's limiter as rlbench calls it. It translates arguments and
// answers and decides nothing.
type subject struct {
	// decide asks the library. What it does not tell is NotKnown in the Decision. Its
	// error is the library's own, never a denial.
	decide func(ctx context.Context, user string, n int64) (algorithms.Decision, error)
	// unitCost says that the library cannot be asked for more than 1.
	unitCost bool
	// close ends the client that was opened for the library.
	close func() error
}

// errUnitCost is the error of a request that the library has no call for. Nothing
// was sent.
var errUnitCost = drivers.WithClass(drivers.Failed, errors.New("this library only decides requests of cost 1"))

// Allow implements algorithms.Limiter.
func (s subject) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	switch {
	case n < 1:
		return algorithms.Decision{}, algorithms.ErrCost
	case n > 1 && s.unitCost:
		return algorithms.Decision{}, errUnitCost
	}
	return s.decide(ctx, user, n)
}

// Close implements io.Closer.
func (s subject) Close() error { return s.close() }

// refusePipelined refuses settings under which a library's cells would be named after
// something that it does not do.
func refusePipelined(with drivers.Options) error {
	if with.Pipelining != drivers.Pipelined {
		return nil
	}
	return fmt.Errorf("client settings %s: the library sends each command by itself", with.Client)
}
