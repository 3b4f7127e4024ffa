package history_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
)

// trial returns a complete trial, every pointer set, over the given number of keys.
func trial(keys int) history.Trial {
	t := history.Trial{
		Schema: history.Schema,
		Cell: history.Cell{
			Scenario: "overload", Topology: "standalone", Algorithm: "gcra", Technique: "lua",
			Driver: "rueidis", Client: history.DefaultClient, Policy: "fail-local", Repeat: 1, Attempt: 1,
		},
		Seed: math.MaxUint64,
		Contract: algorithms.Contract{
			Kind: algorithms.Bucket, Limit: algorithms.NewLimit(100, time.Second), Granularity: time.Microsecond,
		},
		Expected: "valid",
		Whole:    true, ClientClock: true,
		Load: history.Load{
			Loop: "open", StartNS: 1_000, EndNS: 2_000_000_000, Scheduled: 10, Rate: 2000, InFlight: 64,
			Deadline: 500 * time.Millisecond, Skew: -time.Second, ReadReplica: true, Phases: []history.Phase{{Name: "sustained", FromNS: 1, ToNS: 2, Excess: true}},
		},
		Clock:  []history.ClockPair{{RealNS: 1_800_000_000_000_000_000, MonoNS: 5, ErrNS: 40}},
		Server: &history.Server{Calls: map[string]int64{"evalsha": 10}, CPUus: 97.5},
		Client: &history.Client{CPUus: new(140.25), Allocs: new(int64(100)), Trips: 10},
		Faults: []history.Fault{{Name: "kill", Node: "redis-1", BeganNS: 1, EffectNS: 2, HealedNS: 3}},
		Roles:  &history.Roles{Before: "redis-1", After: "redis-2", Changes: 1, Want: 1, LostBytes: 100},
		Policy: &history.Policy{Bound: algorithms.Bound{Own: 1}, Times: 2, Counts: true, Patience: time.Millisecond, Cooldown: time.Second},
		Audit:  &history.Audit{Keys: 1, Bytes: new(int64(100)), Entries: []history.AuditEntry{{TTLus: 1, ForgetUS: 1}}},
	}
	for i := range keys {
		t.Keys = append(t.Keys, "user:"+algorithms.Text(i))
	}
	return t
}

// extremes are values that a delta encoding could get wrong.
var extremes = rapid.SampledFrom([]int64{math.MinInt64, -1, 0, 1, math.MaxInt64 / 1000, math.MaxInt64})

func anyHistory(t *rapid.T) *history.History {
	h := &history.History{Trial: trial(rapid.IntRange(1, 5).Draw(t, "keys")), Ops: []history.Op{}}
	inv := rapid.Int64Range(math.MinInt64/2, 1<<40).Draw(t, "start")
	for range rapid.IntRange(0, 40).Draw(t, "ops") {
		inv += rapid.Int64Range(0, 1<<30).Draw(t, "gap")
		h.Ops = append(h.Ops, history.Op{
			Intended: extremes.Draw(t, "intended"), Inv: inv, Ret: inv + rapid.Int64Range(0, 1<<40).Draw(t, "took"),
			At: algorithms.Instant(extremes.Draw(t, "at")), ResetAt: algorithms.Instant(extremes.Draw(t, "reset")),
			RetryAfter: extremes.Draw(t, "retry"), Remaining: extremes.Draw(t, "remaining"),
			Node: rapid.Int64Range(0, 1<<48-1).Draw(t, "node"), Seq: rapid.Int64Min(0).Draw(t, "seq"),
			Key:    rapid.Int32Range(0, int32(len(h.Trial.Keys)-1)).Draw(t, "key"),
			Worker: rapid.Int32Range(0, math.MaxInt32).Draw(t, "worker"),
			Cost:   rapid.Int32Range(1, math.MaxInt32).Draw(t, "cost"),

			Outcome: rapid.SampledFrom([]algorithms.Outcome{
				algorithms.Unknown, algorithms.Failed, algorithms.Denied, algorithms.Allowed,
			}).Draw(t, "outcome"),
			By: rapid.SampledFrom([]algorithms.By{
				algorithms.ByLimiter, algorithms.AfterUnknown, algorithms.AfterFailed, algorithms.Unasked,
			}).Draw(t, "by"),
			Symptom: drivers.Symptom(rapid.Uint8Range(uint8(drivers.NoError), uint8(drivers.ErrorReply)).Draw(t, "symptom")),
		})
	}
	return h
}

func encode(t testing.TB, h *history.History) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := history.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := anyHistory(rt)
		file := encode(t, want)
		got, err := history.Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			rt.Fatalf("read %+v\nwant %+v", got, want)
		}
	})
}

// The same history gives the same bytes: digests of committed evidence rely on it.
func TestWriteIsDeterministic(t *testing.T) {
	h := benchHistory(5_000)
	if !bytes.Equal(encode(t, h), encode(t, h)) {
		t.Error("two files of one history differ")
	}
}

// More operations than one row group holds.
func TestRoundTripOfSeveralRowGroups(t *testing.T) {
	want := benchHistory(300_000)
	path := filepath.Join(t.TempDir(), "history.parquet")
	digest, err := history.WriteFile(path, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := history.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("read another history than was written")
	}
	if err := history.Verify(path, digest); err != nil {
		t.Error(err)
	}
}

func TestVerifyNoticesAChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.parquet")
	digest, err := history.WriteFile(path, benchHistory(10))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := history.Verify(path, digest); err == nil || !strings.Contains(err.Error(), "was changed after it was recorded") {
		t.Errorf("error is %v", err)
	}
	if err := history.Verify(path+".absent", digest); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}
