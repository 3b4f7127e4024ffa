package confirm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// check is one edge on its way: what was sent, in order, and what must come back.
type check struct {
	edge   explore.Edge
	number int
	// before is how many answers come before those of the request.
	before int
	// exec says that the request is a transaction.
	exec bool
	// to are the keys that are read back, absent those that must not be there.
	to     []modelredis.Entry
	absent []string
}

// put sends a command whose answer only must not be an error.
func (e *Edges) put(c *check, cmd []string) error {
	c.before++
	return e.command(cmd)
}

func (e *Edges) command(cmd []string) error {
	e.commands++
	return e.cn.Send(cmd...)
}

// request sends the request of an edge with the keys under a prefix.
func (e *Edges) request(c *check, prefix string) error {
	if c.exec = c.edge.Request.Kind == modelredis.Transaction; c.exec {
		if err := e.command([]string{"MULTI"}); err != nil {
			return err
		}
	}
	for _, cmd := range c.edge.Request.Commands {
		renamed, err := modelredis.Renamed(cmd, func(key string) string { return prefix + key })
		if err != nil {
			return err
		}
		if err := e.command(renamed); err != nil {
			return err
		}
	}
	if c.exec {
		return e.command([]string{"EXEC"})
	}
	return nil
}

// compare sends what reads the result of an edge.
func (e *Edges) compare(c *check, from *keyspace, prefix string) error {
	c.to = e.entries(c.edge.To)
	for _, k := range c.to {
		read, err := reader(k.Type, prefix+k.Key)
		if err != nil {
			return err
		}
		if err := e.command(read); err != nil {
			return err
		}
		if err := e.command([]string{"PEXPIRETIME", prefix + k.Key}); err != nil {
			return err
		}
		if prefix == scratchPrefix {
			e.scratch[k.Key] = true
		}
	}
	return e.compareAbsent(c, from, prefix)
}

func (e *Edges) entries(id int) []modelredis.Entry {
	if k, ok := e.kept[id]; ok {
		return k.entries
	}
	return e.store(id).Entries()
}

// compareAbsent asks for the keys that are not there any more, or never came to be.
func (e *Edges) compareAbsent(c *check, from *keyspace, prefix string) error {
	var err error
	ask := func(key string) {
		there := func(k modelredis.Entry) bool { return k.Key == key }
		if err == nil && !slices.ContainsFunc(c.to, there) && !slices.Contains(c.absent, key) {
			c.absent = append(c.absent, key)
			err = e.command([]string{"EXISTS", prefix + key})
		}
	}
	for _, k := range from.entries {
		ask(k.Key)
	}
	for _, cmd := range c.edge.Request.Commands {
		keys, unknown := modelredis.Keys(cmd)
		if unknown != nil {
			return unknown
		}
		for _, key := range keys {
			ask(key)
		}
	}
	return err
}

// read reads the answers to the oldest n checks.
func (e *Edges) read(n int) error {
	if n == 0 {
		return nil
	}
	if err := e.cn.Flush(); err != nil {
		return err
	}
	for _, c := range e.sent[:n] {
		if err := e.judge(c); err != nil {
			return err
		}
	}
	e.sent = append(e.sent[:0], e.sent[n:]...)
	return nil
}

// judge reads the answers to a check and compares them.
func (e *Edges) judge(c *check) error {
	for range c.before {
		a, err := e.cn.Receive()
		if err != nil {
			return err
		}
		if a.Err != nil {
			return fmt.Errorf("make keyspace %d: %w", c.edge.From, a.Err)
		}
	}
	if err := e.judgeReplies(c); err != nil {
		return err
	}
	for _, k := range c.to {
		if err := e.judgeEntry(c, k); err != nil {
			return err
		}
	}
	return e.judgeAbsent(c)
}

func (e *Edges) judgeReplies(c *check) error {
	got, err := e.replies(c)
	if err != nil {
		return err
	}
	if len(got) != len(c.edge.Replies) {
		return e.diverges(c, "number of replies", strconv.Itoa(len(c.edge.Replies)), strconv.Itoa(len(got)))
	}
	for i, model := range c.edge.Replies {
		if server := reply(got[i]); !same(model, server) {
			return e.diverges(c, fmt.Sprintf("reply %d", i+1), model.String(), server.String())
		}
	}
	return nil
}

// replies reads the answers to the request, of a transaction those in EXEC's.
func (e *Edges) replies(c *check) ([]drivers.Answer, error) {
	n := len(c.edge.Request.Commands)
	if c.exec {
		n++ // MULTI, and that each command is queued
	}
	answers := make([]drivers.Answer, n)
	for i := range answers {
		var err error
		if answers[i], err = e.cn.Receive(); err != nil {
			return nil, err
		}
	}
	if c.exec {
		return e.cn.ReceiveExec()
	}
	return answers, nil
}

func (e *Edges) judgeEntry(c *check, k modelredis.Entry) error {
	value, err := e.cn.Receive()
	if err != nil {
		return err
	}
	deadline, err := e.cn.Receive()
	if err != nil {
		return err
	}
	text := reply(value).String()
	if value.Err == nil && !value.Reply.IsNil() {
		text = valueText(k.Type, value.Reply)
	}
	if text != k.Value {
		return e.diverges(c, k.Type+" "+k.Key, k.Value, text)
	}
	if deadline.Reply.Int != k.Deadline || deadline.Err != nil {
		return e.diverges(c, "deadline of "+k.Key, strconv.FormatInt(k.Deadline, 10), reply(deadline).String())
	}
	return nil
}

func (e *Edges) judgeAbsent(c *check) error {
	for _, key := range c.absent {
		a, err := e.cn.Receive()
		if err != nil {
			return err
		}
		if a.Err != nil || a.Reply.Int != 0 {
			return e.diverges(c, "existence of "+key, "no such key", reply(a).String())
		}
	}
	return nil
}

func (e *Edges) diverges(c *check, what, model, got string) error {
	sent := make([]string, len(c.edge.Request.Commands))
	for i, cmd := range c.edge.Request.Commands {
		sent[i] = strings.Join(cmd, " ")
	}
	return &Divergence{
		Server: e.target.Version, What: what, Model: model, Got: got, Sent: sent,
		Where: fmt.Sprintf("edge %d, keyspace %d -> %d at %d us, from %s",
			c.number, c.edge.From, c.edge.To, c.edge.At, shownAll(e.entries(c.edge.From))),
	}
}
