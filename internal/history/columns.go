package history

import (
	"github.com/parquet-go/parquet-go"

	"github.com/rlbench/rlbench/algorithms"
)

// trialKey is the entry of the footer's key-value metadata that holds the Trial.
const trialKey = "rlbench.trial"

// row is one operation as the file stores it; FORMAT.md documents the columns.
// Neighbours differ little, so their differences pack into few bits. Only outcomes are
// words of a dictionary: the library checks no checksum of dictionary pages, and a
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
}

// schema is what every history file of this version has, column by column.
var schema = parquet.NewSchema("operation", parquet.SchemaOf(row{}))

// since names the columns that not all versions have, with the first one that does.
var since = map[string]int{"node": 2, "seq": 2}

// rowOf is the inverse of op.
func rowOf(o *Op) row {
	return row{
		Intended: o.Intended, Inv: o.Inv, Ret: o.Ret,
		At: int64(o.At), ResetAt: int64(o.ResetAt), RetryAfter: o.RetryAfter,
		Remaining: o.Remaining, Node: o.Node, Seq: o.Seq, Key: o.Key, Worker: o.Worker, Cost: o.Cost,
		Outcome: o.Outcome.String(),
	}
}

// op is the inverse of rowOf. It is false if the word of the outcome is none.
func (r *row) op() (Op, bool) {
	outcome, known := outcomeOf(r.Outcome)
	return Op{
		Intended: r.Intended, Inv: r.Inv, Ret: r.Ret,
		At: algorithms.Instant(r.At), ResetAt: algorithms.Instant(r.ResetAt), RetryAfter: r.RetryAfter,
		Remaining: r.Remaining, Node: r.Node, Seq: r.Seq, Key: r.Key, Worker: r.Worker, Cost: r.Cost,
		Outcome: outcome,
	}, known
}

func outcomeOf(word string) (algorithms.Outcome, bool) {
	for o := algorithms.Unknown; o <= algorithms.Allowed; o++ {
		if o.String() == word {
			return o, true
		}
	}
	return 0, false
}
