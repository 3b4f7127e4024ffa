// Package confirm runs on a real server what the explorer found in the model of Redis:
// every edge of a state graph, and single schedules again and again. Each reply, value,
// type and deadline must be the model's; the first that is not is a Divergence and ends
// everything, because then the model has proven nothing.
//
// Error replies are compared by their first word alone (WRONGTYPE, NOSCRIPT, ERR): the
// rest differs between versions, and no technique reads it.
package confirm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/provider/virtual"
)

// Target is a server of the caller's own: every key on it is deleted.
type Target struct {
	// Network is "tcp" or "unix", Addr what belongs to it.
	Network, Addr string
	// Version is "redis 7.0.15".
	Version string
	// SetClock sets the server's clock; nil if its time is the machine's.
	SetClock func(algorithms.Instant)
}

// On is a server under virtual time.
func On(s *virtual.Server) Target {
	return Target{Network: "unix", Addr: s.Socket(), Version: s.Version(), SetClock: s.SetClock}
}

func (t Target) dial(ctx context.Context) (*redigo.Raw, error) {
	return redigo.DialRaw(ctx, t.Network, t.Addr)
}

// Divergence is a reply of the server that is not the model's.
type Divergence struct {
	// Server is its version.
	Server string
	// Where is the edge or the step.
	Where string
	// Sent are the commands of which one was answered otherwise.
	Sent []string
	// What was compared: the reply to a command, the value of a key.
	What string
	// Model and Got are the two answers.
	Model, Got string
}

// Error shows both answers.
func (d *Divergence) Error() string {
	sent := strings.Join(d.Sent, " · ")
	if sent == "" {
		sent = "nothing"
	}
	return fmt.Sprintf("the model and %s differ at %s\n  sent:   %s\n  what:   %s\n  model:  %s\n  server: %s",
		d.Server, d.Where, sent, d.What, d.Model, d.Got)
}

// errNoVirtualTime says that edges, which lie at many instants, cannot wait for them.
var errNoVirtualTime = errors.New("confirm edges: the server's clock cannot be set")

// reply is an answer as the model has it.
func reply(a drivers.Answer) modelredis.Reply {
	if a.Err != nil {
		return modelredis.Reply{Err: a.Err.Error()}
	}
	return modelredis.Reply{Reply: a.Reply}
}

// same compares two replies, of errors the first word.
func same(model, got modelredis.Reply) bool {
	if model.Err != "" || got.Err != "" {
		return firstWord(model.Err) == firstWord(got.Err)
	}
	return equal(model.Reply, got.Reply)
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func equal(a, b drivers.Reply) bool {
	if a.Kind != b.Kind || a.Int != b.Int || a.Text != b.Text || len(a.Items) != len(b.Items) {
		return false
	}
	for i := range a.Items {
		if !equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return true
}
