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
// its answer was lost. The steps of one such context come one after the other.
func With(ctx context.Context) (context.Context, *Mark) {
	m := new(Mark)
	return context.WithValue(ctx, markKey{}, m), m
}

type markKey struct{}

// markOf is where the steps of ctx leave their mark; nil if nowhere.
func markOf(ctx context.Context) *Mark {
	m, _ := ctx.Value(markKey{}).(*Mark)
	return m
}

// Wrap returns conn with steps that leave marks. Their replies are those of conn, and
// so is what their errors prove, but for one: a single command that fails after it was
// accepted, because the key holds something else, is Unknown like any in a transaction.
//
// A step is numbered in the same script or transaction that charges. A script is
// taken to charge, for nobody can tell, and is numbered without a mark too, so that a
// server that has run it once knows it; any other step charges if one of its commands
// is of those that add to a key or take from it. A key that holds a closing brace where
// a Cluster does not end its tag is not numbered: no other name is sure to lie in its slot.
func Wrap(inner drivers.Conn) drivers.Conn { return &conn{Conn: inner} }
