package explore

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
)

// op is a request that has ended, or whose client has died. Instants are indices of
// bounds.instants.
type op struct {
	role     uint8
	outcome  algorithms.Outcome
	text     int32 // of a pattern: the number of the answer's text
	inv, ret int8
}

// pending is the ret of a request that has not ended.
const pending = -1

func (o op) compare(p op) int {
	return cmp.Or(cmp.Compare(o.inv, p.inv), cmp.Compare(o.ret, p.ret), cmp.Compare(o.role, p.role),
		cmp.Compare(o.outcome, p.outcome), cmp.Compare(o.text, p.text))
}

// finish adds one request to those that have ended.
type finish struct {
	finished int32
	op       op
}

func (t *tables) finish(f finish) int32 {
	id, known := t.finishes[f]
	if !known {
		list := append(slices.Clone(t.finished.values[f.finished]), f.op)
		slices.SortFunc(list, op.compare)
		id = t.finished.id(encodeOps(list), list)
		t.finishes[f] = id
	}
	return id
}

func encodeOps(list []op) string {
	var b []byte
	for _, o := range list {
		b = append(b, o.role, byte(o.outcome), byte(o.inv), byte(o.ret))
		b = binary.AppendVarint(b, int64(o.text))
	}
	return string(b)
}

func encodeNumbers(list []int32) string {
	var b []byte
	for _, n := range list {
		b = binary.AppendVarint(b, int64(n))
	}
	return string(b)
}

// verdictKey is all that the judgement of an ended schedule depends on.
type verdictKey struct {
	instants        *algorithms.Instant // the scenario's
	finished, store int32
	now             algorithms.Instant
}

// judge says which properties are broken where a schedule has ended.
func (x *Exploration) judge(b bounds, s *state) [properties]bool {
	t := x.tables
	finished := x.withPending(b, s)
	key := verdictKey{&b.instants[0], finished, s.store, b.now(s)}
	if x.subject.pattern == nil {
		key.store, key.now = 0, 0 // only the requests matter, and whether a key has no deadline
		if t.stores.values[s.store].immortal != "" {
			key.store = 1
		}
	}
	broken, known := t.judged[key]
	if !known {
		for _, f := range x.findings(b, finished, s) {
			broken[slices.Index(Properties[:], f.property)] = true
		}
		t.judged[key] = broken
	}
	return broken
}

// withPending adds the requests whose clients have died to those that have ended.
func (x *Exploration) withPending(b bounds, s *state) int32 {
	finished := s.finished
	for _, c := range s.clients[:b.clients] {
		if c.busy() {
			finished = x.tables.finish(finish{finished, op{role: c.role, outcome: algorithms.Unknown, inv: c.inv, ret: pending}})
		}
	}
	return finished
}

// finding is a property that is broken, and how, in one sentence.
type finding struct {
	property Property
	sentence string
}

func (x *Exploration) findings(b bounds, finished int32, s *state) (list []finding) {
	ops := x.tables.finished.values[finished]
	if x.subject.pattern != nil {
		if broken := x.subject.pattern.Judge(x.endOf(b, ops, s)); broken != "" {
			list = append(list, finding{Promise, broken})
		}
	} else {
		list = x.breaches(b, ops)
	}
	if key := x.tables.stores.values[s.store].immortal; key != "" {
		list = append(list, finding{WithoutTTL, "the key " + key + " has no time to live, and nobody is left who would set one"})
	}
	return list
}

// breaches judges the requests as a recorded history, on the intervals of virtual time.
func (x *Exploration) breaches(b bounds, ops []op) (list []finding) {
	contract := x.subject.contract(x.limit)
	trial := history.Trial{Contract: contract, Keys: []string{User}, Whole: true, Clock: clockOf(b)}
	h := &history.History{Trial: trial, Ops: make([]history.Op, 0, len(ops))}
	for _, o := range ops {
		rec := history.Op{Inv: nanos(b, o.inv), Ret: nanos(b, max(o.inv, o.ret)), Cost: cost, Outcome: o.outcome}
		h.Ops = append(h.Ops, rec)
	}
	over, denied := check.Promises(h)
	if over.Verdict == check.Invalid {
		list = append(list, finding{Overshoot, tooMany(h, over.Overshoot.Witness)})
	}
	if denied.Verdict == check.Invalid {
		list = append(list, finding{FalseRejection, tooFew(h)})
	}
	return list
}

// tooMany says what a witness proves.
func tooMany(h *history.History, w *check.Witness) string {
	first, last := h.Ops[w.Ops[0]].Inv, int64(0)
	for _, i := range w.Ops {
		last = max(last, h.Ops[i].Ret)
	}
	when := "at the same instant"
	if last > first {
		when = "within " + inWords(time.Duration(last-first))
	}
	return fmt.Sprintf("%d requests were admitted %s, where the promise lets %d through", w.Admitted, when, w.Permitted)
}

// tooFew says how little was admitted before a request that was denied: of several the
// one with the least.
func tooFew(h *history.History) string {
	c := h.Trial.Contract
	if c.Kind == algorithms.Bucket || c.Kind == algorithms.EnvelopeOnly {
		return fmt.Sprintf("a request was denied although it was due: %d at once and %d more every %s are promised, and less was taken",
			c.Limit.B, c.Limit.L, inWords(c.Limit.W))
	}
	least := int64(len(h.Ops))
	for _, d := range h.Ops {
		if d.Outcome == algorithms.Denied {
			least = min(least, chargedBefore(h, d))
		}
	}
	if least == 0 {
		return fmt.Sprintf("a request was denied although nothing had been admitted in the %s before it", inWords(c.Limit.W))
	}
	return fmt.Sprintf("a request was denied although at most %d of %d had been admitted in the %s before it", least, c.Limit.L, inWords(c.Limit.W))
}

// chargedBefore is the cost that may count against a request.
func chargedBefore(h *history.History, d history.Op) (cost int64) {
	for _, o := range h.Ops {
		counts := o.Outcome == algorithms.Allowed || o.Outcome == algorithms.Unknown
		if counts && o.Inv <= d.Ret && (o.Outcome == algorithms.Unknown || o.Ret+int64(h.Trial.Contract.Limit.W) >= d.Inv) {
			cost += int64(o.Cost)
		}
	}
	return cost
}

// nanos is an instant in a history, whose clock is the server's.
func nanos(b bounds, tick int8) int64 { return int64(b.instants[tick]) * 1000 }

func clockOf(b bounds) []history.ClockPair {
	first, last := nanos(b, 0), nanos(b, int8(len(b.instants)-1))
	return []history.ClockPair{{RealNS: first, MonoNS: first}, {RealNS: last, MonoNS: last}}
}

// endOf is what a pattern's judge sees.
func (x *Exploration) endOf(b bounds, ops []op, s *state) patterns.End {
	end := patterns.End{Results: make([]patterns.Result, len(x.subject.roles)), Keys: map[string]patterns.Key{}, Now: b.now(s)}
	for _, o := range ops {
		r := patterns.Result{Done: o.ret != pending, Inv: b.instants[o.inv], Ret: b.instants[max(o.inv, o.ret)]}
		if r.Done {
			r.Err = o.outcome != algorithms.Allowed
			r.Text = x.tables.texts.values[o.text]
		}
		end.Results[o.role] = r
	}
	for _, e := range x.tables.stores.values[s.store].Entries() {
		end.Keys[e.Key] = patterns.Key{Value: e.Value, Deadline: e.Deadline}
	}
	return end
}

// textOf is the number of a pattern's answer. A limiter's is its outcome alone: whatever
// else it says would only keep equal states apart.
func (x *Exploration) textOf(a answer) int32 {
	if x.subject.pattern == nil {
		return 0
	}
	return x.tables.texts.id(a.text, a.text)
}
