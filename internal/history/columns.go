package history

import (
	"fmt"

	"github.com/parquet-go/parquet-go"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// trialKey is the entry of the footer's key-value metadata that holds the Trial.
const trialKey = "rlbench.trial"

// row is one operation as the file stores it; FORMAT.md documents the columns.
// Neighbours differ little, so their differences pack into few bits. Only what is said in
// words has a dictionary: the library checks no checksum of dictionary pages, and a
// damaged word is noticed where a damaged number would not be.
type row struct {
	Intended   int64  `parquet:"intended_ns,delta"`
	Inv        int64  `parquet:"inv_ns,delta"`
	Ret        int64  `parquet:"ret_ns,delta"`
	At         int64  `parquet:"at_us,delta"`
	ResetAt    int64  `parquet:"reset_at_us,delta"`
	RetryAfter int64  `parquet:"retry_after_us,delta"`
	Remaining  int64  `parquet:"remaining,delta"`
	Node       int64  `parquet:"node,delta"`
	Seq        int64  `parquet:"seq,delta"`
	Key        int32  `parquet:"key,delta"`
	Worker     int32  `parquet:"worker,delta"`
	Cost       int32  `parquet:"cost,delta"`
	Outcome    string `parquet:"outcome,dict"`
	By         string `parquet:"decided_by,dict"`
	Symptom    string `parquet:"error,dict"`
}

// schema is what every history file of this version has, column by column.
var schema = parquet.NewSchema("operation", parquet.SchemaOf(row{}))

// since names the columns that not all versions have, with the first one that does.
var since = map[string]int{"node": 2, "seq": 2, "decided_by": 3, "error": 3}

// rowOf is the inverse of op.
func rowOf(o *Op) row {
	return row{
		Intended: o.Intended, Inv: o.Inv, Ret: o.Ret,
		At: int64(o.At), ResetAt: int64(o.ResetAt), RetryAfter: o.RetryAfter,
		Remaining: o.Remaining, Node: o.Node, Seq: o.Seq, Key: o.Key, Worker: o.Worker, Cost: o.Cost,
		Outcome: o.Outcome.String(), By: o.By.String(), Symptom: o.Symptom.String(),
	}
}

// op is the inverse of rowOf. The error is one sentence that says which word is none.
func (r *row) op() (Op, error) {
	outcome, known := outcomes.named(r.Outcome)
	by, decided := deciders.named(r.By)
	symptom, ended := drivers.SymptomNamed(r.Symptom)
	switch {
	case !known:
		return Op{}, fmt.Errorf("outcome %q is none of unknown, failed, denied, allowed", r.Outcome)
	case !decided && r.By != "": // which a file of an older version has not
		return Op{}, fmt.Errorf("%q did not decide: it is none of limiter, policy after unknown, policy after failed, policy unasked", r.By)
	case !ended:
		return Op{}, fmt.Errorf("there is no error %q", r.Symptom)
	}
	return Op{
		Intended: r.Intended, Inv: r.Inv, Ret: r.Ret,
		At: algorithms.Instant(r.At), ResetAt: algorithms.Instant(r.ResetAt), RetryAfter: r.RetryAfter,
		Remaining: r.Remaining, Node: r.Node, Seq: r.Seq, Key: r.Key, Worker: r.Worker, Cost: r.Cost,
		Outcome: outcome, By: by, Symptom: symptom,
	}, nil
}

// words are the values of a column that is said in words.
type words[T fmt.Stringer] []T

var (
	outcomes = words[algorithms.Outcome]{algorithms.Unknown, algorithms.Failed, algorithms.Denied, algorithms.Allowed}
	deciders = words[algorithms.By]{algorithms.ByLimiter, algorithms.AfterUnknown, algorithms.AfterFailed, algorithms.Unasked}
)

func (w words[T]) named(word string) (v T, known bool) {
	for _, v := range w {
		if v.String() == word {
			return v, true
		}
	}
	return v, false
}
