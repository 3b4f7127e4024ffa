package check

import (
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// player replays one key.
type player[B book[B]] struct {
	*keyOps
	order []stamp // of the decisions, by their At
	// most is the largest cost that is ever admitted, g the contract's granularity
	// in us, rounded up.
	most, g       int64
	chargesDenied bool
	compared      int64
}

func newPlayer[B book[B]](k *keyOps) player[B] {
	c := k.h.Trial.Contract
	return player[B]{keyOps: k, order: k.served(), most: capacity(c), g: resolution(c), chargesDenied: c.ChargesDenied}
}

// played is what the decisions so far have led to.
type played[B any] struct {
	now B
	// before is the state before the last charge, and ended the ret of the operation
	// that was charged; forever if it is not known which came last.
	before B
	ended  int64
}

// maxTied is the largest group of decisions in one microsecond of which all orders
// are tried.
const maxTied = 4

// play compares the decisions up to the first that is wrong or cannot be compared,
// and says what is wrong with it.
func (p *player[B]) play(unused B) gap {
	s := played[B]{now: unused, before: unused, ended: -1}
	for from, to := 0, 0; from < len(p.order); from = to {
		for to = from + 1; to < len(p.order) && p.order[to].at == p.order[from].at; {
			to++
		}
		if to-from > maxTied {
			return gap{kind: unclear}
		}
		tied := p.order[from:to]
		if wrong := p.explain(&s, tied); wrong.kind != none {
			return wrong
		}
		if p.charges(tied) > 1 {
			s.ended = forever
		}
		p.compared += int64(len(tied))
	}
	return gap{}
}

func (p *player[B]) charges(tied []stamp) (n int) {
	for _, t := range tied {
		if p.spans[t.span].outcome == algorithms.Allowed {
			n++
		}
	}
	return n
}

// explain brings s behind decisions of one microsecond, in an order in which all
// their answers are right. If there is none, it says what is wrong in the order
// given. The state that several orders lead to is the same: each charges the same.
func (p *player[B]) explain(s *played[B], tied []stamp) (wrong gap) {
	if len(tied) == 1 {
		return p.step(s, tied[0].span)
	}
	start := *s
	for i := range tied {
		*s = start
		tied[0], tied[i] = tied[i], tied[0]
		g := p.step(s, tied[0].span)
		if g.kind == none {
			g = p.explain(s, tied[1:])
		}
		if !g.kind.certain() {
			return g
		}
		tied[0], tied[i] = tied[i], tied[0]
		if i == 0 {
			wrong = g
		}
	}
	return wrong
}

// step compares one decision. A denial that overlapped the last charge may have
// missed it, unless it charges too.
func (p *player[B]) step(s *played[B], i int32) gap {
	op := p.op(int(i))
	now, wrong := p.decide(s.now, op)
	if wrong.kind.certain() && op.Outcome == algorithms.Denied && !p.chargesDenied && s.ended >= op.Inv {
		if s.ended == forever {
			return gap{kind: unclear}
		}
		if _, g := p.decide(s.before, op); !g.kind.certain() {
			return g
		}
	}
	if wrong.kind != none {
		wrong.span = i
		return wrong
	}
	if op.Outcome == algorithms.Allowed {
		s.before, s.ended = s.now, op.Ret
	}
	s.now = now
	return gap{}
}

// decide is the state after a decision in state b, and what is wrong with the
// decision. What can never be admitted meets the same denial in every state; what
// else such an answer says is not compared, since it may name no window.
func (p *player[B]) decide(b B, op *history.Op) (B, gap) {
	n, allow := int64(op.Cost), op.Outcome == algorithms.Allowed
	if n > p.most {
		if allow {
			return b, gap{kind: inRoom}
		}
		return b, gap{}
	}
	b, wrong := b.at(int64(op.At), op.ResetAt)
	if wrong.kind != none {
		return b, wrong
	}
	room := b.room()
	if allow != (n <= room) {
		return b, gap{kind: inRoom, lawful: max(0, room)}
	}
	if !allow && !p.chargesDenied && op.RetryAfter >= 0 {
		if wait := b.wait(n); distance(wait, op.RetryAfter) > p.g {
			return b, gap{kind: inWait, lawful: wait}
		}
	}
	if allow || p.chargesDenied {
		b = b.charge(n)
		room = b.room()
	}
	if room = max(0, room); op.Remaining >= 0 && op.Remaining != room {
		return b, gap{kind: inRemaining, lawful: room}
	}
	return b, gap{}
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// gap is the difference between an answer and what the contract gives.
type gap struct {
	kind gapKind
	span int32
	// lawful is what the contract gives: cost, us, or the end of a window.
	lawful int64
}

type gapKind uint8

const (
	none gapKind = iota
	// unclear: the contract leaves open what is right, so nothing that follows can be
	// compared.
	unclear
	inRoom      // allowed or denied
	inRemaining // Remaining
	inWait      // RetryAfter
	inWindow    // ResetAt
)

// certain says that no order and no rounding makes the answer right.
func (g gapKind) certain() bool { return g > unclear }

// describe says which row of the history, from 0, was answered wrongly, and how.
func (k *keyOps) describe(g gap) string {
	op := k.op(int(g.span))
	row := fmt.Sprintf("key %q: row %d: cost %d %s at %s", k.name(), k.pos[g.span], op.Cost, op.Outcome, wallClock(op.At))
	switch g.kind {
	case inRemaining:
		return fmt.Sprintf("%s with %d remaining, the contract leaves %d", row, op.Remaining, g.lawful)
	case inWait:
		return fmt.Sprintf("%s with a retry after %d us, the contract says %d us", row, op.RetryAfter, g.lawful)
	case inWindow:
		return fmt.Sprintf("%s in a window that ends at %s, the contract's ends at %s", row, wallClock(op.ResetAt), wallClock(algorithms.Instant(g.lawful)))
	}
	return fmt.Sprintf("%s, the contract allows %d", row, g.lawful)
}

func wallClock(at algorithms.Instant) string {
	return time.UnixMicro(int64(at)).UTC().Format("15:04:05.000000")
}
