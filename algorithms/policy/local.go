package policy

import (
	"errors"

	"github.com/rlbench/rlbench/algorithms"
)

func local() algorithms.Policy {
	return algorithms.Policy{
		Name:  "fail-local",
		About: "After an error the process decides by itself, in its memory and by the model of the algorithm, until a cool-down is over.",
		Wrap: func(limiter algorithms.Limiter, with algorithms.Means) (algorithms.Limiter, error) {
			if with.Unused == nil {
				return nil, errors.New("fail-local: the algorithm has no model to decide by")
			}
			return newFallback(limiter, algorithms.InMemory(with.Unused, with.Now), with), nil
		},
		Modelled: true,
		Counts:   true,
		Bound:    algorithms.Bound{Own: 1},
	}
}
