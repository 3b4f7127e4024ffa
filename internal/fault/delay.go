package fault

import (
	"context"
	"time"
)

// delayed is how much later answers arrive: well beyond what a server needs, and well
// within what clients wait.
const delayed = 50 * time.Millisecond

// Delay lets everything that servers send arrive later at the clients.
type Delay struct{}

// Name returns "delay".
func (Delay) Name() string { return "delay" }

// About implements Fault.
func (Delay) About() string {
	return "every answer on the clients' connections arrives " + delayed.String() + " later"
}

// Inject implements Fault.
func (f Delay) Inject(_ context.Context, to Target) (Injected, error) {
	return disturb(to, f.Name(), rule{late: delayed})
}

// Late returns links on which every answer arrives later, from the first one on.
func Late(by time.Duration) *Links {
	l := new(Links)
	l.change(func([]*rule) []*rule { return []*rule{{late: by}} })
	return l
}
