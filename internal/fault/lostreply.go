package fault

import (
	"context"
	"strconv"
)

// lostEvery is one in how many answers is lost.
const lostEvery = 10

// LostReply resets a connection when the answer to what was written has come, and
// before the client reads it: the command has run, and the client cannot know. Answers
// are counted over all connections of a client, those of handshakes included; what a server sends
// unasked does not count.
type LostReply struct{}

// Name returns "lost-reply".
func (LostReply) Name() string { return "lost-reply" }

// About implements Fault.
func (LostReply) About() string {
	return "one in " + strconv.Itoa(lostEvery) + " commands runs, and its connection is reset before the answer arrives"
}

// Inject implements Fault.
func (f LostReply) Inject(_ context.Context, to Target) (Injected, error) {
	return disturb(to, f.Name(), rule{loses: func(c *link) bool { return c.client.answers.Add(1)%lostEvery == 0 }})
}
