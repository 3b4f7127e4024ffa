package algotest_test

import (
	"context"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/algotest"
	"github.com/rlbench/rlbench/algorithms/gcra"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
)

// closing is a limiter that owns its connection.
type closing struct {
	algorithms.Limiter
	drivers.Conn
}

// An algorithm of which only the contract and a limiter with a client of its own are
// known passes the part of the suite that asks for answers.
func TestATechniqueWithItsOwnClient(t *testing.T) {
	known := gcra.Algorithm()
	lua, err := known.Technique("lua")
	if err != nil {
		t.Fatal(err)
	}
	algotest.Run(t, algorithms.Algorithm{
		Name: "foreign", Title: "Foreign", Contract: known.Contract,
		Techniques: []algorithms.Technique{{
			Name: "library", About: lua.About, Atomic: true, Trips: 1, Driver: "redigo",
			Open: func(ctx context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
				conn, err := redigo.Driver{}.Open(ctx, at, with)
				if err != nil {
					return nil, err
				}
				return closing{lua.New(conn, l, algorithms.Env{Now: time.Now}), conn}, nil
			},
		}},
	}, nil)
}
