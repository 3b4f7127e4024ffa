package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image"
	_ "image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What a chart says, as text. Pictures are not compared: a font would break them.
func TestGoldens(t *testing.T) {
	eachFigure(t, true, func(t *testing.T, _ Chart, _ *result.Result, fig *Figure) {
		file := filepath.Join("testdata", strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestGoldens/"), "/", "-")+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(fig.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := fig.String(); got != string(want) {
			t.Errorf("%s differs; if the change is meant, run the test with -update\n%s", file, got)
		}
	})
}

// A run interleaves and resumes, so the order of cells must not matter.
func TestOrderOfCellsDoesNotMatter(t *testing.T) {
	eachFigure(t, false, func(t *testing.T, c Chart, r *result.Result, fig *Figure) {
		shuffled := *r
		shuffled.Cells = slices.Clone(r.Cells)
		rng := rand.New(rand.NewPCG(1, 2))
		rng.Shuffle(len(shuffled.Cells), func(i, j int) {
			shuffled.Cells[i], shuffled.Cells[j] = shuffled.Cells[j], shuffled.Cells[i]
		})
		got, err := c.Draw(&shuffled)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != fig.String() {
			t.Errorf("shuffled cells draw\n%s\nwant\n%s", got, fig)
		}
	})
}

// everything has data for every chart.
func everything() *result.Result {
	r := full().result()
	r.Cells = append(r.Cells, fullSweeps().result().Cells...)
	r.Cells = append(r.Cells, fullInstances().result().Cells...)
	r.Cells = append(r.Cells, fullSkew().result().Cells...)
	r.Cells = append(r.Cells, fullOutage().Cells...)
	r.Cells = append(r.Cells, faultsOn("sentinel").Cells...)
	return r
}

// picture is one rendering.
type picture struct {
	png, svg []byte
	err      error
}

// pictures holds everything as every chart draws it: rendering takes most of the time
// of these tests.
var pictures = sync.OnceValue(func() map[string]picture {
	all := map[string]picture{}
	for _, c := range All() {
		var p picture
		p.png, p.svg, p.err = Render(c, everything())
		all[c.Name()] = p
	}
	return all
})

func (p picture) rendered(t *testing.T) (png, svg []byte) {
	t.Helper()
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.png, p.svg
}

func TestEqualResultsGiveEqualBytes(t *testing.T) {
	for _, c := range All() {
		png, svg := pictures()[c.Name()].rendered(t)
		again, svgAgain, err := Render(c, everything())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(png, again) || !bytes.Equal(svg, svgAgain) {
			t.Errorf("%s: two renderings of one result differ", c.Name())
		}
	}
}

func TestPicturesDecode(t *testing.T) {
	for _, c := range All() {
		png, svg := pictures()[c.Name()].rendered(t)
		config, format, err := image.DecodeConfig(bytes.NewReader(png))
		if want := int(pageWidth) * dpi / 72; err != nil || format != "png" || config.Width < want || config.Width > want+1 {
			t.Errorf("%s.png: %s, width %d, error %v; want png, width %d", c.Name(), format, config.Width, err, want)
		}
		if err := wellFormed(svg); err != nil {
			t.Errorf("%s.svg: %v", c.Name(), err)
		}
		if bytes.Contains(svg, []byte("font-family:Liberation Sans;")) {
			t.Errorf("%s.svg names no font to fall back on", c.Name())
		}
		if texts, widths := bytes.Count(svg, []byte("</text>")), bytes.Count(svg, []byte("<text textLength=")); texts < 10 || texts != widths {
			t.Errorf("%s.svg has %d texts, of which %d say how wide they are", c.Name(), texts, widths)
		}
	}
}

func wellFormed(svg []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestNoData(t *testing.T) {
	concurrent, paced := full().only("concurrent").result(), full().only("baseline").result()
	yardstick := full().only("concurrent")
	yardstick.algorithms, yardstick.techniques = []string{"control"}, []string{"noop"}
	allVoid := func(r *result.Result) *result.Result {
		return change(r, func(result.Cell) bool { return true }, void)
	}
	for _, tc := range []struct {
		name  string
		chart Chart
		r     *result.Result
		want  error
	}{
		{"overshoot of an empty run", overshoot{}, &result.Result{}, ErrNoData},
		{"overshoot of a paced run", overshoot{}, paced, ErrNoData},
		{"overshoot of what promises nothing", overshoot{}, yardstick.result(), ErrNoData},
		{"overshoot that nobody could judge is drawn as unknown", overshoot{}, allVoid(full().only("concurrent").result()), nil},
		{"latency of a concurrent run", latency{}, concurrent, ErrNoData},
		{"latency of void trials", latency{}, allVoid(full().only("baseline").result()), ErrNoData},
		{"cost of a concurrent run", cost{}, concurrent, ErrNoData},
		{"cost of void trials", cost{}, allVoid(full().only("saturate").result()), ErrNoData},
		{"cost of a paced run", cost{}, paced, nil},
		{"latency of a sweep", latency{}, fullSweeps().result(), ErrNoData},
		{"cost of a sweep", cost{}, fullSweeps().result(), ErrNoData},
		{"overshoot found by a sweep", overshoot{}, change(fullSweeps().result(), swept, func(c *result.Cell) { c.Verdict = "invalid" }), ErrNoData},
		{"timeline of a run without faults", timeline{}, full().result(), ErrNoData},
		{"overshoot under faults of a run without", overshootFaults{}, full().result(), ErrNoData},
		{"heat of a run without faults", heat{}, full().result(), ErrNoData},
		{"availability of a run without faults", availability{}, full().result(), ErrNoData},
		{"timeline of void trials", timeline{}, allVoid(faultsOn("sentinel")), ErrNoData},
		{"heat of void trials", heat{}, allVoid(faultsOn("sentinel")), ErrNoData},
		{"availability of void trials", availability{}, allVoid(faultsOn("sentinel")), ErrNoData},
		{"overshoot under faults that nobody could judge is drawn as unknown", overshootFaults{}, allVoid(faultsOn("sentinel")), nil},
		{"timeline of contracts that count otherwise", timeline{},
			change(faultsOn("sentinel"), func(result.Cell) bool { return true }, func(c *result.Cell) { c.Contract = "" }), ErrNoData},
		{"a sweep without a step", sweepWorkers, concurrent, ErrNoData},
		{"a sweep of void trials", sweepWorkers, allVoid(fullSweeps().result()), ErrNoData},
	} {
		if _, _, err := Render(tc.chart, tc.r); !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestWriteLeavesOutChartsWithoutData(t *testing.T) {
	var files []string
	err := Write(full().only("concurrent").result(), func(file string, content []byte) error {
		if len(content) == 0 {
			t.Errorf("%s is empty", file)
		}
		files = append(files, file)
		return nil
	})
	if want := []string{"overshoot.png", "overshoot.svg"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("wrote %v, error %v; want %v", files, err, want)
	}
}

func TestWriteReportsWhatCouldNotBeSaved(t *testing.T) {
	full := full().only("concurrent").result()
	disk := errors.New("disk is full")
	if err := Write(full, func(string, []byte) error { return disk }); !errors.Is(err, disk) {
		t.Errorf("error %v, want %v", err, disk)
	}
}
