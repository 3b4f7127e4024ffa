package explore

import (
	"context"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
)

// Subject is a program that is explored: a technique of an algorithm, or a pattern.
type Subject struct {
	// Name is algorithm/technique, or pattern/program.
	Name string
	// About says what it does, Origin where it comes from and what is known to be wrong.
	About  string
	Origin algorithms.Origin
	// Atomic is the technique's claim to keep its contract under concurrency.
	Atomic bool
	// ClientClock says that it decides by the client's clock.
	ClientClock bool
	// promise is what should hold, in one sentence.
	promise func(algorithms.Limit) string
	// contract is a limiter's; nil for a pattern.
	contract func(algorithms.Limit) algorithms.Contract
	// pattern is nil for a limiter.
	pattern *patterns.Program
	roles   []role
}

// IsPattern says that it is no limiter: it has a promise of its own, and no limit.
func (s Subject) IsPattern() bool { return s.pattern != nil }

// role is the program of one client, or of several that do the same.
type role struct {
	name string
	// open prepares the program on a connection. What it returns runs one request.
	open func(drivers.Conn, algorithms.Limit, algorithms.Env) func(context.Context) answer
}

// answer is how a request ended.
type answer struct {
	outcome algorithms.Outcome
	text    string // for people, and for the judge of a pattern
}

// User is the user's key on which every request of an exploration is made.
const User = "u"

// cost is that of every request.
const cost = 1

// Limiter is the subject of a technique. The error says why it cannot be explored.
func Limiter(a algorithms.Algorithm, t algorithms.Technique) (Subject, error) {
	s := Subject{Name: a.Name + "/" + t.Name, About: t.About, Origin: t.Origin, Atomic: t.Atomic, ClientClock: t.ClientClock}
	switch {
	case t.Open != nil:
		return s, fmt.Errorf("%s brings its own Redis client: what it sends cannot be put in order, so it cannot be explored", s.Name)
	case t.Lazy != nil:
		return s, fmt.Errorf("%s opens its client by itself: that is no command to a server, so it cannot be explored", s.Name)
	case t.NoServer:
		return s, fmt.Errorf("%s never talks to a server: there is nothing to interleave", s.Name)
	}
	s.contract = func(l algorithms.Limit) algorithms.Contract { return a.ContractOf(t, l) }
	s.promise = func(l algorithms.Limit) string { return promiseOf(s.contract(l)) }
	s.roles = []role{{open: func(c drivers.Conn, l algorithms.Limit, e algorithms.Env) func(context.Context) answer {
		limiter := t.New(c, l, e)
		return func(ctx context.Context) answer {
			d, err := limiter.Allow(ctx, User, cost)
			o := algorithms.OutcomeOf(d, err)
			if err != nil {
				return answer{o, o.String() + ": " + err.Error()}
			}
			return answer{o, o.String()}
		}
	}}}
	return s, nil
}

// Pattern is the subject of a program.
func Pattern(p patterns.Program) Subject {
	s := Subject{Name: p.Pattern + "/" + p.Name, About: p.About, Origin: p.Origin, Atomic: p.Origin.Flaw == "", pattern: &p}
	s.promise = func(algorithms.Limit) string { return p.Promise }
	for _, r := range p.Roles {
		s.roles = append(s.roles, role{r.Name, func(c drivers.Conn, _ algorithms.Limit, e algorithms.Env) func(context.Context) answer {
			return func(ctx context.Context) answer {
				text, err := r.Run(ctx, c, e)
				if err != nil {
					return answer{algorithms.Unknown, "error: " + err.Error()}
				}
				return answer{algorithms.Allowed, text}
			}
		}})
	}
	return s
}

// promiseOf says a contract in one sentence.
func promiseOf(c algorithms.Contract) string {
	l := c.Limit
	switch c.Kind {
	case algorithms.Window:
		return fmt.Sprintf("a window opens with the first admitted request and lasts %s; at most %d admitted in each", inWords(l.W), l.L)
	case algorithms.AlignedWindow:
		return fmt.Sprintf("windows of %s by the server's clock; at most %d admitted in each", inWords(l.W), l.L)
	case algorithms.Log:
		return fmt.Sprintf("at most %d admitted in any %s", l.L, inWords(l.W))
	}
	return fmt.Sprintf("at most %d at once, and %d more every %s", l.B, l.L, inWords(l.W))
}

// inWords spells a duration in milliseconds, or in whole seconds.
func inWords(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return fmt.Sprintf("%g ms", float64(d)/float64(time.Millisecond))
}
