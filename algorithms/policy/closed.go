package policy

import "github.com/rlbench/rlbench/algorithms"

func closed() algorithms.Policy {
	return algorithms.Policy{
		Name:  "fail-closed",
		About: "Denies what the limiter does not decide: nothing is admitted too much, and nobody is served while the server is away.",
		Wrap: func(limiter algorithms.Limiter, with algorithms.Means) (algorithms.Limiter, error) {
			return always{asked{limiter, with.Patience}, false, with.Limit.L}, nil
		},
	}
}
