// Package all is the ordered list of the adapters: the one place that names a
// new one.
package all

import (
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/drivers/rueidis"
)

// Drivers returns the adapters in the order of charts and tables.
func Drivers() []drivers.Driver {
	return []drivers.Driver{goredis.Driver{}, rueidis.Driver{}, redigo.Driver{}}
}
