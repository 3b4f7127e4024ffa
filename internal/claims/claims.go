// Package claims holds what five documents about Redis rate limiting say, statement by
// statement, what is run to try each, and how the results are read. It runs nothing
// itself: a ruling is a function of results.
package claims

import "slices"

// Verdict is what becomes of a claim.
type Verdict string

// The verdicts. Unknown is that of a claim whose runs could not show anything.
const (
	Confirmed   Verdict = "confirmed"
	Conditional Verdict = "confirmed under conditions"
	Refuted     Verdict = "refuted"
	Unknown     Verdict = "unknown"
)

// Claim is one statement.
type Claim struct {
	// Number is the row: the document, then the statement in it, "2.3".
	Number string
	// Says is the statement in one sentence.
	Says string
	// From are the names of the experiments whose results decide.
	From []string
	// Narrow are the arguments of rlbench that show the most of it in the least time.
	Narrow string
	// Expected is the verdict of before: another one is a finding.
	Expected Verdict
	// Judge reads the results.
	Judge func(e *Evidence) Ruling
}

// Ruling is a verdict with what it rests on.
type Ruling struct {
	Verdict Verdict `json:"verdict"`
	// Numbers are what was measured, in one to three sentences that hold whatever the
	// verdict; of a conditional one they say the conditions.
	Numbers string `json:"numbers"`
	// Shown is the file that shows the most of it, below the folder of the experiments.
	Shown string `json:"shown"`
}

// Experiment is one command whose results claims are judged by.
type Experiment struct {
	// Name is that of its folder.
	Name string
	// Args are the arguments of rlbench, but for --seed and --out.
	Args []string
	// Watched says that its metrics are read while it is going on.
	Watched bool
}

// Explores says that the experiment is one of the explorer, which takes no seed.
func (x Experiment) Explores() bool { return explores(x.Args) }

func explores(args []string) bool { return args[0] == "explore" }

// All returns the claims in the order of the documents.
func All() []Claim {
	return slices.Concat(connecting(), sharing(), counting(), outages(), patterns())
}

// Needed are the experiments that some claims rest on, each once.
func Needed(list []Claim) []Experiment {
	return slices.DeleteFunc(Experiments(), func(x Experiment) bool {
		return !slices.ContainsFunc(list, func(c Claim) bool { return slices.Contains(c.From, x.Name) })
	})
}

// of is the verdict on a claim of several parts: confirmed if all of them hold, refuted if
// none does.
func of(parts ...bool) Verdict {
	switch {
	case !slices.Contains(parts, false):
		return Confirmed
	case !slices.Contains(parts, true):
		return Refuted
	}
	return Conditional
}

// Rule judges the claim. A result that is missing or void makes it unknown.
func (c Claim) Rule(e *Evidence) Ruling {
	e.missing = ""
	r := c.Judge(e)
	if e.missing != "" {
		return Ruling{Verdict: Unknown, Numbers: e.missing, Shown: overview(c.From[0])}
	}
	return r
}
