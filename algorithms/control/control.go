// Package control holds yardsticks: limiters that are not limiters on Redis, to
// read the others against. None is part of a matrix unless named.
//
//	control/noop      admits everything and sends nothing: the cost of the harness
//	control/ping      admits everything after one round trip: the cost of a trip
//	inprocess/memory  decides in the memory of its own process
//
// The first two promise nothing. The third keeps its contract within a process
// and, by nature, not across several: every process admits the whole limit.
package control

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// Algorithm returns the controls that admit everything.
func Algorithm() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:  "control",
		Title: "Control",
		Contract: func(l algorithms.Limit) algorithms.Contract {
			return algorithms.Contract{Kind: algorithms.Unlimited, Limit: l}
		},
		Control:    true,
		Techniques: []algorithms.Technique{noop(), ping()},
	}
}

func noop() algorithms.Technique {
	return algorithms.Technique{
		Name:     "noop",
		About:    "Admits everything and sends nothing: what the harness itself costs.",
		New:      func(_ drivers.Conn, l algorithms.Limit, _ algorithms.Env) algorithms.Limiter { return noopLimiter{l} },
		Atomic:   true,
		NoServer: true,
	}
}

type noopLimiter struct{ limit algorithms.Limit }

func (l noopLimiter) Allow(_ context.Context, _ string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	return admitted(l.limit), nil
}

func ping() algorithms.Technique {
	return algorithms.Technique{
		Name:  "ping",
		About: "Admits everything after one PING: what a round trip costs.",
		New: func(conn drivers.Conn, l algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
			return pingLimiter{conn, l}
		},
		Atomic: true,
		Trips:  1,
	}
}

type pingLimiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
}

// Allow sends the key as PING's message, so that a Cluster client routes the
// command to the node that a limiter would ask.
func (l pingLimiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	if _, err := l.conn.Do(ctx, "PING", algorithms.Key(user, "ping")); err != nil {
		// A PING charges nothing, whether or not it ran.
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	return admitted(l.limit), nil
}

// admitted is the decision of a limiter that counts nothing.
func admitted(l algorithms.Limit) algorithms.Decision {
	return algorithms.Decision{Allowed: true, Limit: l.L, Remaining: algorithms.NotKnown}
}
