package export

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

// The elements of JUnit XML, as Jenkins describes them; GitLab and others read them.
type (
	testSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Time     string   `xml:"time,attr"`
		Suites   []testSuite
	}
	testSuite struct {
		XMLName    xml.Name   `xml:"testsuite"`
		Name       string     `xml:"name,attr"`
		Tests      int        `xml:"tests,attr"`
		Failures   int        `xml:"failures,attr"`
		Errors     int        `xml:"errors,attr"`
		Skipped    int        `xml:"skipped,attr"`
		Time       string     `xml:"time,attr"`
		Timestamp  string     `xml:"timestamp,attr,omitempty"`
		Properties []property `xml:"properties>property"`
		Cases      []testCase
		seconds    float64
	}
	property struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	testCase struct {
		XMLName xml.Name `xml:"testcase"`
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Time    string   `xml:"time,attr"`
		Failure *failure `xml:"failure"`
		Skipped *message `xml:"skipped"`
		Out     string   `xml:"system-out,omitempty"`
	}
	failure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	message struct {
		Message string `xml:"message,attr"`
	}
)

// JUnit writes a suite per scenario and a test case per trial. A verdict that is not as
// expected is a failure, and whatever was not shown is skipped: it never passes. The
// decisions of a gate are a suite of their own.
func JUnit(w io.Writer, run Run) error {
	r := run.Result
	all := testSuites{Name: strings.TrimSpace("rlbench " + r.Run.Name)}
	at := map[string]int{}
	for i := range r.Cells {
		c := &r.Cells[i]
		j, ok := at[c.Scenario]
		if !ok {
			j = len(all.Suites)
			at[c.Scenario] = j
			all.Suites = append(all.Suites, testSuite{Name: c.Scenario, Timestamp: r.Run.Started, Properties: properties(r)})
		}
		all.Suites[j].add(c, r)
	}
	if missing := r.Run.Planned - len(r.Cells); missing > 0 {
		all.Suites = append(all.Suites, unplayed(missing, r))
	}
	if run.Gate != nil {
		all.Suites = append(all.Suites, gated(run.Gate, r))
	}
	return all.write(w)
}

// gated is the suite of the decisions of a gate.
func gated(g *gate.Report, r *result.Result) testSuite {
	s := testSuite{Name: "gate", Timestamp: r.Run.Started, Properties: append(properties(r), property{"base", g.Base})}
	for i := range g.Findings {
		f := &g.Findings[i]
		t := testCase{Name: decision(f), Class: "gate." + f.Kind, Time: spell(0)}
		switch f.Outcome {
		case gate.Fail:
			s.Failures++
			t.Failure = &failure{Type: regression(f), Message: f.Sentence}
		case gate.Pass:
			t.Out = f.Sentence
		default:
			s.Skipped++
			t.Skipped = &message{string(f.Outcome) + ": " + f.Sentence}
		}
		s.Tests, s.Cases = s.Tests+1, append(s.Cases, t)
	}
	return s
}

// unplayed stands for the trials that a run which was cut short lacks.
func unplayed(n int, r *result.Result) testSuite {
	why := fmt.Sprintf("the run was cut short: %d of %d planned trials are missing", n, r.Run.Planned)
	return testSuite{
		Name: "rlbench", Timestamp: r.Run.Started, Properties: properties(r), Tests: 1, Skipped: 1,
		Cases: []testCase{{Name: "all planned trials were played", Class: "rlbench", Time: spell(0), Skipped: &message{why}}},
	}
}

// add makes a test case of a cell.
func (s *testSuite) add(c *result.Cell, r *result.Result) {
	played := seconds(c)
	t := testCase{Name: fmt.Sprintf("%s r%d", c.Subject(), c.Repeat), Class: c.Played() + "." + c.Topology, Time: spell(played)}
	switch o, kind, why := ending(c); o {
	case failed:
		s.Failures++
		t.Failure = &failure{Type: kind, Message: why, Text: "Again: " + report.Command(r, c)}
	case skipped:
		s.Skipped++
		if !c.AsExpected {
			why = "inconclusive: " + why
		}
		t.Skipped = &message{why}
	default:
		if c.Verdict == "invalid" {
			t.Out = "invalid, expected " + c.Expected + ": " + reason(c)
		}
	}
	s.Tests, s.seconds, s.Cases = s.Tests+1, s.seconds+played, append(s.Cases, t)
}

func (all *testSuites) write(w io.Writer) error {
	total := 0.0
	for i := range all.Suites {
		s := &all.Suites[i]
		s.Time = spell(s.seconds)
		all.Tests, all.Failures, total = all.Tests+s.Tests, all.Failures+s.Failures, total+s.seconds
	}
	all.Time = spell(total)
	text, err := xml.MarshalIndent(all, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	return nil
}

// properties say what the run was and whether it is evidence.
func properties(r *result.Result) []property {
	run := &r.Run
	list := []property{
		{"seed", strconv.FormatUint(run.Seed, 10)}, {"rlbench", run.Version}, {"server", run.Server},
		{"real_redis", strconv.FormatBool(run.RealRedis)}, {"complete", strconv.FormatBool(run.Complete)}, {"machine", run.Machine},
	}
	for _, driver := range slices.Sorted(maps.Keys(run.Clients)) {
		list = append(list, property{"client " + driver, run.Clients[driver]})
	}
	if caution := report.Caution(r); caution != "" {
		list = append(list, property{"caution", caution})
	}
	return list
}

// longest is more seconds than any trial lasts: a number from a file that was edited
// must not make a dashboard's sum useless.
const longest = 1e9

// seconds is how long a trial's load lasted: result.json has its operations and how
// many of them there were per second.
func seconds(c *result.Cell) float64 {
	if c.Offered <= 0 {
		return 0
	}
	return min(longest, float64(c.Allowed+c.Denied+c.Failed+c.Unknown)/c.Offered)
}

func spell(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }
