package confirm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// keyspace reads every key of the server, in order of the names.
func (r *replay) keyspace() ([]modelredis.Entry, error) {
	keys, err := r.observer.Do("KEYS", "*")
	if err != nil || len(keys.Items) == 0 {
		return nil, err
	}
	entries := make([]modelredis.Entry, len(keys.Items))
	for i, key := range keys.Items {
		entries[i].Key = key.Text
	}
	slices.SortFunc(entries, func(a, b modelredis.Entry) int { return strings.Compare(a.Key, b.Key) })
	if err := r.readTypes(entries); err != nil {
		return nil, err
	}
	return entries, r.readValues(entries)
}

// readTypes fills in the types, which say how the values are read, and the deadlines.
func (r *replay) readTypes(entries []modelredis.Entry) error {
	var commands [][]string
	for _, e := range entries {
		commands = append(commands, []string{"TYPE", e.Key}, []string{"PEXPIRETIME", e.Key})
	}
	replies, err := r.observe(commands)
	if err != nil {
		return err
	}
	for i := range entries {
		entries[i].Type, entries[i].Deadline = replies[2*i].Text, replies[2*i+1].Int
	}
	return nil
}

func (r *replay) readValues(entries []modelredis.Entry) error {
	var commands [][]string
	for _, e := range entries {
		read, err := reader(e.Type, e.Key)
		if err != nil {
			return err
		}
		commands = append(commands, read)
	}
	replies, err := r.observe(commands)
	if err != nil {
		return err
	}
	for i, e := range entries {
		entries[i].Value = valueText(e.Type, replies[i])
	}
	return nil
}

// observe sends commands together, none of which may be refused.
func (r *replay) observe(commands [][]string) ([]drivers.Reply, error) {
	answers, err := r.ask(commands)
	if err != nil {
		return nil, err
	}
	replies := make([]drivers.Reply, len(commands))
	for i, a := range answers {
		if a.Err != nil {
			return nil, fmt.Errorf("%s: %w", commands[i][0], a.Err)
		}
		replies[i] = a.Reply
	}
	return replies, nil
}

// ask sends commands together.
func (r *replay) ask(commands [][]string) ([]drivers.Answer, error) {
	for _, cmd := range commands {
		if err := r.observer.Send(cmd...); err != nil {
			return nil, err
		}
	}
	if err := r.observer.Flush(); err != nil {
		return nil, err
	}
	answers := make([]drivers.Answer, len(commands))
	for i := range answers {
		var err error
		if answers[i], err = r.observer.Receive(); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// holds says, in one trip, whether the server holds exactly these keys: as many, and each
// of them.
func (r *replay) holds(model []modelredis.Entry) (bool, error) {
	commands := [][]string{{"KEYS", "*"}}
	for _, e := range model {
		read, err := reader(e.Type, e.Key)
		if err != nil {
			return false, err
		}
		commands = append(commands, []string{"PEXPIRETIME", e.Key}, read)
	}
	answers, err := r.ask(commands)
	if err != nil || len(answers[0].Reply.Items) != len(model) {
		return false, err
	}
	for i, e := range model {
		deadline, value := answers[2*i+1], answers[2*i+2]
		if deadline.Reply.Int != e.Deadline || value.Err != nil || value.Reply.IsNil() || valueText(e.Type, value.Reply) != e.Value {
			return false, nil
		}
	}
	return true, nil
}

// compareKeyspace compares all keys with those of the trace. Reading them disturbs no
// client: it breaks no WATCH that the deadlines do not break.
func (r *replay) compareKeyspace(where string, sent []string, model []modelredis.Entry) error {
	if r.target.SetClock != nil {
		same, err := r.holds(model)
		if err != nil {
			return err
		}
		if same {
			return r.keep(model)
		}
	}
	got, err := r.keyspace()
	if err != nil {
		return err
	}
	if r.target.SetClock == nil {
		model, got = timelessAll(model), timelessAll(got)
	}
	if slices.Equal(model, got) {
		return r.keep(got)
	}
	return &Divergence{Server: r.target.Version, Where: where, Sent: sent, What: "keyspace", Model: shownAll(model), Got: shownAll(got)}
}
