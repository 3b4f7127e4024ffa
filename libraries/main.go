// rlbench-libraries is rlbench with public limiter libraries beside its own
// techniques: each is judged by the contract that its documentation states. It is a
// module of its own, so that their dependencies stay out of rlbench.
package main

import (
	"github.com/rlbench/rlbench"
	"github.com/rlbench/rlbench/algorithms"
)

func main() {
	rlbench.Main(rlbench.Plugins{Algorithms: others(), Techniques: techniques()})
}

// techniques are the libraries that promise what an algorithm of rlbench does.
func techniques() map[string][]algorithms.Technique {
	return map[string][]algorithms.Technique{
		"fixedwindow": {ulule(), rueidisLimiter()},
		"tokenbucket": {limitersBucket()},
		"gcra":        {redisRate(), throttledGoRedis(), throttledRedigo()},
	}
}

// others are the libraries that promise something else.
func others() []algorithms.Algorithm {
	return []algorithms.Algorithm{intervals(), clockWindow(), slidingCounter(), leakyBucket()}
}
