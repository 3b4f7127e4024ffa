package fault

import "context"

// lossEvery is one in how many connections goes silent.
const lossEvery = 3

// Loss silences the connection of each client that is the oldest at this time, and from
// it on every third in the order in which they were opened, those that are opened later included.
// Opening itself succeeds. What was sent in either direction arrives when healed, as
// TCP keeps sending it until then.
type Loss struct{}

// Name returns "loss".
func (Loss) Name() string { return "loss" }

// About implements Fault.
func (Loss) About() string {
	return "one in three of a client's connections loses every packet"
}

// Inject implements Fault.
func (f Loss) Inject(_ context.Context, to Target) (Injected, error) {
	first := to.Links.oldest()
	return disturb(to, f.Name(), rule{silences: func(c *link) bool { return (c.number-first[c.client])%lossEvery == 0 }})
}
