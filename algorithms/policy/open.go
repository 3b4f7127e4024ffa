package policy

import "github.com/rlbench/rlbench/algorithms"

func open() algorithms.Policy {
	return algorithms.Policy{
		Name:  "fail-open",
		About: "Admits what the limiter does not decide: everybody is served, and there is no limit while the server is away.",
		Wrap: func(limiter algorithms.Limiter, with algorithms.Means) (algorithms.Limiter, error) {
			return always{asked{limiter, with.Patience}, true, with.Limit.L}, nil
		},
		Bound: algorithms.Bound{None: true},
	}
}
