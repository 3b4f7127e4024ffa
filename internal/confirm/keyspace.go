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
	for _, cmd := range commands {
		if err := r.observer.Send(cmd...); err != nil {
			return nil, err
		}
	}
	if err := r.observer.Flush(); err != nil {
		return nil, err
	}
	replies := make([]drivers.Reply, len(commands))
	for i, cmd := range commands {
		a, err := r.observer.Receive()
		if err == nil && a.Err != nil {
			err = fmt.Errorf("read keyspace: %s: %w", cmd[0], a.Err)
		}
		if err != nil {
			return nil, err
		}
		replies[i] = a.Reply
	}
	return replies, nil
}

// compareKeyspace compares all keys with those of the trace. Reading them disturbs no
// client: it breaks no WATCH that the deadlines do not break.
func (r *replay) compareKeyspace(where string, sent []string, model []modelredis.Entry) error {
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
