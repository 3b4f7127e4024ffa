package patterns

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func cacheAsideDelete() Program {
	return Program{
		Pattern: "cacheaside", Name: "delete",
		About: "A reader: GET the cache; if it misses, GET the row from the database, then SETEX it in the cache. A writer: SET the row in the database, then DEL the cache.",
		Origin: algorithms.Origin{
			Source: "an article on Redis patterns, predictable caching with explicit invalidation; redisson/redisson issue 7111 has it drawn",
			Flaw:   "a reader that has read the row before the write may cache it after the DEL: the old value stays until it expires",
			Repair: "lease",
		},
		Promise: fresh,
		Seed:    stored(),
		Roles: []Role{
			{"reader", read},
			{"writer", inOrder(drivers.Cmd("SET", row, after), drivers.Cmd("DEL", cached))},
		},
		Judge: judgeFresh,
	}
}
