package patterns

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// A cache beside a database: who does not find a row in the cache reads it from the
// database and caches it; who changes the row deletes what is cached.
const (
	row       = Database + "{1}"
	cached    = "cache{1}"
	cacheLife = "3600" // seconds: nobody waits for that to correct a mistake

	before = "old"
	after  = "new"
)

// stored is the keyspace before the first step: a row that is not cached.
func stored() []drivers.Command {
	return []drivers.Command{drivers.Cmd("SET", row, before)}
}

// fresh promises what the writer's DEL is for.
const fresh = "once the writer is done, what is cached is what the database holds"

// judgeFresh judges programs whose second role is the writer. A value that a cache holds
// while the writer is at work, or has died, is nobody's broken promise.
func judgeFresh(e End) string {
	value, hit := e.Keys[cached]
	if writer := e.Results[1]; !hit || !writer.Done || writer.Err || value.Value == e.Keys[row].Value {
		return ""
	}
	return fmt.Sprintf("the cache holds %q and the database %q, and nobody is left who would correct it", value.Value, e.Keys[row].Value)
}

// read is the reader of a cache without protection: it caches what it has read,
// however long ago that was.
func read(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	hit, err := conn.Do(ctx, "GET", cached)
	if err != nil || !hit.IsNil() {
		return hit.Text, err
	}
	value, err := conn.Do(ctx, "GET", row)
	if err != nil {
		return "", err
	}
	if _, err := conn.Do(ctx, "SETEX", cached, cacheLife, value.Text); err != nil {
		return "", err
	}
	return value.Text, nil
}

// inOrder runs commands one by one and answers "written".
func inOrder(cmds ...drivers.Command) func(context.Context, drivers.Conn, algorithms.Env) (string, error) {
	return func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
		for _, cmd := range cmds {
			if _, err := conn.Do(ctx, cmd...); err != nil {
				return "", err
			}
		}
		return "written", nil
	}
}
