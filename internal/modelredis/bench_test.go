package modelredis_test

import (
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

func BenchmarkEncode(b *testing.B) {
	m := modelredis.New()
	var s modelredis.Store
	for _, cmd := range []drivers.Command{{"SET", "count", "3", "PX", "1000"}, {"HSET", "bucket", "level", "1000000", "at", "1700000000123456"}, {"ZADD", "log", "1700000000123456", "a", "1700000000123457", "b"}} {
		s = run(b, m, s, cmd)
	}
	b.ReportAllocs()
	for b.Loop() {
		if s.Encode() == "" {
			b.Fatal("the store is empty")
		}
	}
}

func run(tb testing.TB, m *modelredis.Model, s modelredis.Store, cmd drivers.Command) modelredis.Store {
	r, err := m.Run(s, somewhen, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}})
	if err != nil || r.Replies[0].Err != "" {
		tb.Fatal(r, err)
	}
	return r.Store
}

func BenchmarkRun(b *testing.B) {
	m := modelredis.New()
	s := run(b, m, run(b, m, modelredis.Store{}, drivers.Cmd("SET", "a", "1")), drivers.Cmd("SET", "b", "1"))
	for _, cmd := range []drivers.Command{{"GET", "a"}, {"INCR", "a"}, {"SET", "a", "1", "PX", "1000", "NX"}, {"PEXPIRE", "a", "1000"}} {
		request := modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}}
		b.Run(cmd[0], func(b *testing.B) { repeat(b, m, s, request) })
	}
	args := map[string][]string{
		"fixedwindow.lua": {"3", "1000"}, "slidinglog.lua": {"3", "1000", "id"}, "tokenbucket.lua": {"3", "1000", "3"}, "gcra.lua": {"3", "1000", "3"},
	}
	for name, source := range canonical(b) {
		m.Load(source)
		cmd := append(drivers.Cmd("EVALSHA", drivers.NewScript(source).SHA(), "1", "key"), args[name]...)
		request := modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}}
		b.Run(name, func(b *testing.B) { repeat(b, m, modelredis.Store{}, request) })
	}
}

func repeat(b *testing.B, m *modelredis.Model, s modelredis.Store, r modelredis.Request) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Run(s, somewhen, r); err != nil {
			b.Fatal(err)
		}
	}
}
