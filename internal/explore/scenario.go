package explore

import (
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Scenario is the bounds of one exploration and what the environment may do.
type Scenario struct {
	// Name is a word, About one sentence.
	Name, About string
	// Column is where the result belongs in the matrix of evidence; empty for the
	// scenarios without events, whose results are told apart by property.
	Column string
	// Base names the scenario of the same shape without the events: what is broken there
	// is no news here. Empty for the scenarios without events.
	Base string
	// Forgives says why a limiter that is right may break here too; empty where it must not.
	Forgives string
	// Clients and Requests of each. A pattern has the clients of its roles, one request
	// each, whatever stands here.
	Clients, Requests int
	// Ticks says where the clock stops, if it advances at all.
	Ticks Ticks
	// Skew is how far the first client's clock is ahead, in windows; negative for behind.
	Skew float64
	// Events says how often each may happen in one schedule.
	Events map[Event]int
	// Deaths is how many clients may die in the middle of a request.
	Deaths int
	// Losses is how many of the last writes a failover may lose.
	Losses int
}

// Ticks is where the clock stops.
type Ticks string

// The clocks. Each stops between any two steps of clients.
const (
	Still Ticks = "still"
	// AcrossWindow goes to the middle of a window, then beyond its end.
	AcrossWindow Ticks = "across a window"
	// NextWindow goes beyond the end of a window, in one step.
	NextWindow Ticks = "to the next window"
	// HalfWindow goes to the middle of a window, in one step.
	HalfWindow Ticks = "half a window"
	// AtDeadline goes to the last instant at which a state matters, then just beyond, then
	// beyond the deadline of its key.
	AtDeadline Ticks = "at the deadline"
)

// bounds makes a scenario's bounds for one subject and limit.
func (s Scenario) bounds(of Subject, l algorithms.Limit) bounds {
	b := bounds{
		clients: s.Clients, requests: s.Requests, roles: make([]uint8, max(0, s.Clients)), deaths: s.Deaths, losses: max(1, s.Losses),
		shift: l.W / 2, seed: requestsOf(of.pattern),
	}
	if of.pattern != nil {
		b.clients, b.requests, b.roles = len(of.roles), 1, nil
		for i := range of.roles {
			b.roles = append(b.roles, uint8(i))
		}
	}
	b.instants = []algorithms.Instant{Epoch}
	for _, d := range s.advances(of, l) {
		b.instants = append(b.instants, b.instants[len(b.instants)-1].Add(d))
	}
	if s.Skew != 0 {
		b.skewed[0], b.skew = true, time.Duration(s.Skew*float64(l.W))
	}
	for e, n := range s.Events {
		b.left[e] = uint8(n)
	}
	b.left[Tick] = uint8(len(b.instants) - 1)
	return b
}

// advances are the lengths of the ticks.
func (s Scenario) advances(of Subject, l algorithms.Limit) []time.Duration {
	life := l.W
	if of.pattern != nil {
		life = time.Second // what they keep lives as long
	}
	switch s.Ticks {
	case AcrossWindow:
		return []time.Duration{life / 2, life - life/2 + 2*time.Millisecond}
	case NextWindow:
		return []time.Duration{life + 2*time.Millisecond}
	case HalfWindow:
		return []time.Duration{life / 2}
	case AtDeadline:
		last, beyond := deadline(of, l, life)
		return []time.Duration{last, beyond, 2 * time.Millisecond}
	}
	return nil
}

// deadline is the time until the last instant at which the state of one request matters,
// and from there to the first one at which it no longer does.
func deadline(of Subject, l algorithms.Limit, life time.Duration) (last, beyond time.Duration) {
	if of.contract == nil {
		return life, time.Millisecond
	}
	switch of.contract(l).Kind {
	case algorithms.Log:
		return life - time.Microsecond, time.Microsecond
	case algorithms.Bucket, algorithms.EnvelopeOnly:
		return l.TimeFor(l.Credits(1)) - time.Microsecond, time.Microsecond
	}
	return life, time.Millisecond // a key lives through its deadline millisecond
}

// OwnScenario names a scenario that is not in the suite.
const OwnScenario = "own"

// Scenarios are the default suite, in the order of reports.
func Scenarios() []Scenario { return append(calm(), eventful()...) }

// calm are the scenarios in which nothing happens but that clients take turns and time
// passes.
func calm() []Scenario {
	return []Scenario{
		{Name: "race", About: "one request each", Clients: 2, Requests: 1},
		{Name: "race-3", About: "one request each", Clients: 3, Requests: 1},
		{Name: "race-4", About: "one request each", Clients: 4, Requests: 1},
		{Name: "again", About: "two requests each", Clients: 2, Requests: 2},
		{Name: "again-3", About: "two requests each", Clients: 3, Requests: 2},
		{Name: "half-window", About: "the clock goes to the middle of a window", Clients: 3, Requests: 1, Ticks: HalfWindow},
		{Name: "next-window", About: "the clock goes to the next window", Clients: 3, Requests: 1, Ticks: NextWindow},
		{Name: "window", About: "the clock goes to the middle of a window, then to the next", Clients: 2, Requests: 2, Ticks: AcrossWindow},
		{Name: "deadline", About: "the clock goes to the last instant of a state, to the next one, then beyond its key's deadline", Clients: 2, Requests: 2, Ticks: AtDeadline},
	}
}

// eventful are the scenarios in which something happens.
func eventful() []Scenario {
	return []Scenario{
		{
			Name: "clock-ahead", About: "one client's clock is 0.7 windows ahead of the server's",
			Column: "clock skew", Base: "window",
			Clients: 2, Requests: 2, Ticks: AcrossWindow, Skew: 0.7,
		},
		{
			Name: "clock-behind", About: "one client's clock is 0.7 windows behind the server's",
			Column: "clock skew", Base: "window",
			Clients: 2, Requests: 2, Ticks: AcrossWindow, Skew: -0.7,
		},
		{
			Name: "death", About: "a client dies in the middle of a request",
			Column: "client death", Base: "window",
			Clients: 2, Requests: 2, Ticks: AcrossWindow, Deaths: 1,
		},
		{
			Name: "lost-reply", About: "a reply is lost, and the client reports an error",
			Column: "lost reply", Base: "again",
			Clients: 2, Requests: 2, Events: map[Event]int{LostReply: 1},
		},
		{
			Name: "resend", About: "a reply is lost, and the client library sends the request again",
			Column: "lost reply, resent", Base: "again", Forgives: "a request that took effect is sent again, and is charged twice",
			Clients: 2, Requests: 2, Events: map[Event]int{Resend: 1},
		},
		{
			Name: "late-effect", About: "a request that its client gave up takes effect in the same window",
			Column: "late effect", Base: "half-window",
			Clients: 3, Requests: 1, Ticks: HalfWindow, Events: map[Event]int{Abandon: 1},
		},
		{
			Name: "later-effect", About: "a request that its client gave up takes effect in the next window",
			Column: "late effect", Base: "next-window",
			Clients: 3, Requests: 1, Ticks: NextWindow, Events: map[Event]int{Abandon: 1},
		},
		{
			Name: "eviction", About: "the server evicts a key",
			Column: "eviction", Base: "again", Forgives: "the server forgets what it has counted",
			Clients: 2, Requests: 2, Events: map[Event]int{Evict: 1},
		},
		{
			Name: "failover", About: "a replica takes over that has not heard of the last one or two writes",
			Column: "failover", Base: "again", Forgives: "the new primary never heard of what the old one acknowledged",
			Clients: 2, Requests: 2, Events: map[Event]int{Failover: 1}, Losses: 2,
		},
		{
			Name: "empty-restart", About: "the server restarts without its keys and scripts",
			Column: "state loss", Base: "again", Forgives: "the server forgets what it has counted",
			Clients: 2, Requests: 2, Events: map[Event]int{LoseState: 1},
		},
		{
			Name: "script-flush", About: "the server forgets its scripts",
			Column: "script flush", Base: "race",
			Clients: 2, Requests: 1, Events: map[Event]int{ForgetLua: 1},
		},
	}
}

// Validate says in one sentence what is wrong with the bounds, or nil.
func (s Scenario) Validate() error {
	switch {
	case s.Clients < 1 || s.Clients > MaxClients:
		return fmt.Errorf("there must be 1 to %d clients, got %d", MaxClients, s.Clients)
	case s.Requests < 1 || s.Requests > maxRequests:
		return fmt.Errorf("each client must have 1 to %d requests, got %d", maxRequests, s.Requests)
	}
	return nil
}

// maxRequests is the most requests of one client.
const maxRequests = 20
