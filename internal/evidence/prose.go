package evidence

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/rlbench/rlbench/internal/explore"
)

// intro says what the page shows and how sure that is.
func (d *Document) intro(w io.Writer, s explore.Suite) {
	fmt.Fprintf(w, "# Every schedule, and the shortest one that breaks it\n\n")
	fmt.Fprintf(w, "Redis runs each command, each `MULTI`..`EXEC` and each script atomically. So all that a few clients can do to each other\n"+
		"are the interleavings of their round trips, and of events of the environment. `rlbench explore` tries them all, on a model of\n"+
		"Redis, with the very programs that `rlbench run` measures.\n\n")
	fmt.Fprintf(w, "%d subjects, %s schedules in %s graphs with %s states and %s steps. ", len(s.Subjects), Shown(d.Suite.Schedules), thousands(d.Suite.Pairs), thousands(d.Suite.States), thousands(d.Suite.Edges))
	fmt.Fprintf(w, "Limits %s per %s.\n", numbers(d.Suite.Limits), inSeconds(d.Suite.WindowMS))
	if !d.Suite.Exhausted {
		fmt.Fprintf(w, "\n**Bound reached: NOT a proof.** These graphs were not exhausted:\n\n- %s\n", strings.Join(d.Open, "\n- "))
	}
	fmt.Fprint(w, legend)
	d.confirmed(w)
}

const legend = `
A cell links to the counterexample that takes the fewest events, then the fewest preemptions, then the fewest steps, where there is
one: **5 steps**. It says **none in 1314** where none of so many schedules breaks the promise: within these bounds that is a proof
(` + "`model-exhausted`" + `). The number counts the orders of named clients' steps and of events, summed over the scenarios of the column and
the limits: more round trips make more orders, so it says how much there was to try, not how sure it is. **Nothing new**: what is
broken there is broken without the event too. **Reads no clock**: no client of it can notice.

`

// confirmed says what was run on real servers.
func (d *Document) confirmed(w io.Writer) {
	if d.Confirmation == nil {
		fmt.Fprint(w, "Nothing of it was confirmed on a real server in this exploration.\n\n")
		return
	}
	for _, c := range append([]Confirmation{*d.Confirmation}, d.Confirmation.Also...) {
		fmt.Fprintf(w, "- **%s**: %s. 0 divergences: %s.\n", c.Server, strings.Join(c.shares(), "; "), c.compared())
		for _, why := range c.Open {
			fmt.Fprintf(w, "  - **not confirmed as a whole**: %s\n", why)
		}
	}
	fmt.Fprint(w, "\nOn the server an eviction is a `DEL`, and a failover an earlier keyspace that is put back while all connections are cut:\n"+
		"what clients meet, not how it comes about.\n\n")
}

// shares are what was run, without what was not.
func (c Confirmation) shares() (list []string) {
	for _, it := range []struct {
		n    int
		what string
	}{
		{c.Effects, "%s different steps, every one that occurs in any graph (`effects-confirmed`)"},
		{c.Edges, "%s steps, all those of the graphs in which nothing happens but that time passes, of programs without `WATCH` (`edges-confirmed`)"},
		{c.Schedules, "%s schedules of three clients of the programs with `WATCH`, whose steps depend on the connection"},
		{c.AtDeadline, "%s schedules of two of them at the deadline of what they watch"},
		{c.Replays, fmt.Sprintf("%d counterexamples in %%s runs (`replayed`)", c.Counterexamples)},
	} {
		if it.n > 0 {
			list = append(list, fmt.Sprintf(it.what, thousands(it.n)))
		}
	}
	return list
}

// compared is what was the same on the server.
func (c Confirmation) compared() string {
	if c.TimeEmulated {
		return "every reply that does not depend on the time was the model's; time was emulated by waiting"
	}
	return "every reply, value and deadline was the model's, under a clock that follows the schedule to the microsecond"
}

// outro is what the reader of a matrix asks next.
func (d *Document) outro(w io.Writer, s explore.Suite) {
	fmt.Fprint(w, "## Scenarios\n\n| scenario | clients x requests | clock | what happens | column | a right limiter may break, because |\n|---|---|---|---|---|---|\n")
	for _, sc := range s.Scenarios {
		fmt.Fprintf(w, "| %s | %d x %d | %s | %s | %s | %s |\n", sc.Name, sc.Clients, sc.Requests, cmp.Or(sc.Ticks, explore.Still), sc.About,
			cmp.Or(sc.Column, "the first three"), cmp.Or(sc.Forgives, none))
	}
	fmt.Fprint(w, "\nEvery event happens at most once in a schedule, at any point of it. A pattern has the clients of its roles, one request each. The clock\n"+
		"goes half a window, and two milliseconds beyond the next one: a window that ends with a key lives through its last millisecond.\n")
	fmt.Fprintf(w, "\n%s\n", d.preemptions())
	fmt.Fprint(w, bounds)
}

// preemptions sums up how little it takes.
func (d *Document) preemptions() string {
	by := map[int]int{}
	all := 0
	for _, c := range d.cells {
		if c.Scenario.Column == "" {
			by[c.Preemptions]++
			all++
		}
	}
	return fmt.Sprintf("Of the %d broken cells without an event, %d need no preemption (no client is interrupted within a request), %d need one, %d two and %d more.\n",
		all, by[0], by[1], by[2], all-by[0]-by[1]-by[2])
}

const bounds = `## What this proves, and what not

- Within the bounds: as many clients, requests and events as the scenario says, requests of cost 1, on one key. A bug that takes more
  of them is not excluded; that small numbers find most is experience, not proof.
- At three or four instants, on whole milliseconds but at deadlines. The server's clock is not stepped: a right limiter breaks then
  (` + "`--events step-clock`" + `), because its contract is by that clock.
- Nothing is said of the order of unique ids, which are as good as random.
- For one server at a time. A failover is a keyspace that lacks the last writes; how many are lacking, a real one decides
  (results/reference).
- A pipeline is not atomic, so its commands are steps of their own. A client that dies, a reply that is lost and a request that
  arrives late are tried at every step; only a request that writes can be late, or be sent again.
- Overshoot and false rejection are judged as ` + "`rlbench check`" + ` judges recorded histories: broken only if every choice of instants breaks
  the contract.

The idea is not new: PostgreSQL's isolationtester enumerates permutations of named steps, CHESS bounds preemptions and replays,
Coyote, loom, shuttle and Concuerror explore schedules of programs, DPF (Gligoric and Majumdar, TACAS 2013) checks models of database
applications, Hermitage tabulates anomalies by engine, frontrun explores database clients in Python, Jepsen and Elle explain small
witnesses, porcupine judges histories. Put together here, for programs on Redis: virtual time, events of the environment, minimal
schedules, and their confirmation on a real server.
`

func numbers(list []int64) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ", ")
}

func inSeconds(ms int64) string { return fmt.Sprintf("%g s", float64(ms)/1000) }

// thousands writes a number with separators: 2,137,198.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
