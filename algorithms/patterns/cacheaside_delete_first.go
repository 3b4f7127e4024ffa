package patterns

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func cacheAsideDeleteFirst() Program {
	return Program{
		Pattern: "cacheaside", Name: "delete-first",
		About: "A reader: GET the cache; if it misses, GET the row from the database, then SETEX it in the cache. A writer: DEL the cache, then SET the row in the database.",
		Origin: algorithms.Origin{
			Source: "advice to delete first, so that a failed write leaves no old value cached; duomark/epocxy issue 43",
			Flaw:   "a reader between the two trips caches the old row, and nothing deletes it: one whole request in between is enough",
			Repair: "lease",
		},
		Promise: fresh,
		Seed:    stored(),
		Roles: []Role{
			{"reader", read},
			{"writer", inOrder(drivers.Cmd("DEL", cached), drivers.Cmd("SET", row, after))},
		},
		Judge: judgeFresh,
	}
}
