package control

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// InProcess returns the limiter that many services start with: the model of
// another algorithm in a map behind a mutex, by the process's own clock. The
// contract is that algorithm's. One process keeps it; n processes admit n times
// as much, which is what a shared store is for.
func InProcess(of algorithms.Algorithm) algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:     "inprocess",
		Title:    "In process",
		Contract: of.Contract,
		Model:    of.Model,
		Control:  true,
		Techniques: []algorithms.Technique{{
			Name:  "memory",
			About: "A map behind a mutex in the memory of the process; no server.",
			New: func(_ drivers.Conn, l algorithms.Limit, env algorithms.Env) algorithms.Limiter {
				return algorithms.InMemory(of.Model(l), env.Now)
			},
			Atomic:      true,
			Serial:      true,
			ClientClock: true,
			NoServer:    true,
		}},
	}
}
