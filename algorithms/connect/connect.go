// Package connect holds two ways in which a service connects to Redis when it first
// needs to, under many first requests at once:
//
//	connect/check-then-connect  who finds no connection connects; the client refuses a
//	                            second connect while the first is under way
//	connect/single-flight       who finds no connection waits for the one connect that is
//	                            under way, or begins it
//
// What the refused requests get is an error, for which their callers fall back, although
// the server is healthy. After a failed connect both try again at the next request.
package connect

import (
	"context"
	"errors"
	"io"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// ErrConnecting is the error of a connect that begins while another is under way.
var ErrConnecting = errors.New("already connecting")

// opener opens the client.
type opener = func(ctx context.Context) (drivers.Conn, error)

// store hands out the connection, which it opens when it is first asked.
type store interface {
	conn(ctx context.Context) (drivers.Conn, error)
	io.Closer
}

// Algorithm returns the two ways, in front of the script of another algorithm, whose
// contract they have. They are no limiters of their own: it is a control.
func Algorithm(of algorithms.Algorithm) algorithms.Algorithm {
	script, err := of.Technique("lua")
	if err != nil {
		panic("connect: " + err.Error()) // a list in this program is wrong
	}
	return algorithms.Algorithm{
		Name: "connect", Title: "Lazy connect", Contract: of.Contract, Model: of.Model, Load: of.Load, Control: true,
		Techniques: []algorithms.Technique{
			lazily(script, algorithms.Technique{
				Name:  "check-then-connect",
				About: "Looks for a connection and connects if there is none; a second connect is refused while one is under way.",
			}, func(open opener) store { return &checking{open: open} }),
			lazily(script, algorithms.Technique{
				Name:   "single-flight",
				About:  "Looks for a connection and else waits for the one connect that all share, which is forgotten if it fails.",
				Atomic: true,
			}, func(open opener) store { return &sharing{open: open} }),
		},
	}
}

// lazily completes a technique that decides by a script.
func lazily(script, t algorithms.Technique, open func(opener) store) algorithms.Technique {
	t.Serial, t.Trips = script.Serial, script.Trips
	t.Lazy = func(connect opener, l algorithms.Limit, env algorithms.Env) algorithms.Limiter {
		return &limiter{open(connect), func(c drivers.Conn) algorithms.Limiter { return script.New(c, l, env) }}
	}
	return t
}

// limiter decides once there is a connection.
type limiter struct {
	store
	on func(drivers.Conn) algorithms.Limiter
}

// Allow implements algorithms.Limiter. Without a connection nothing was sent.
func (l *limiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	conn, err := l.conn(ctx)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	return l.on(conn).Allow(ctx, user, n)
}
