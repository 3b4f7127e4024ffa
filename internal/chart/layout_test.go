package chart

import (
	"fmt"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/recorder"

	"github.com/rlbench/rlbench/internal/result"
)

// word is a text as it was drawn, with the box around its letters.
type word struct {
	text string
	box  vg.Rectangle
}

// words draws a figure on a canvas that remembers.
func words(f *Figure) (drawn []word, height vg.Length) {
	pg := f.layout()
	var c recorder.Canvas
	pg.draw(pen{&c, pg.height})
	for _, a := range c.Actions {
		if s, ok := a.(*recorder.FillString); ok {
			face := fonts().Lookup(s.Font, s.Size)
			// The capitals' height: descenders may reach into the space below.
			size := vg.Point{X: face.Width(s.String), Y: s.Size * 2 * capHalf}
			drawn = append(drawn, word{s.String, vg.Rectangle{Min: s.Point, Max: s.Point.Add(size)}})
		}
	}
	return drawn, pg.height
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

func TestNoWordsOverlapOrLeaveThePage(t *testing.T) {
	eachFigure(t, false, func(t *testing.T, _ Chart, _ *result.Result, fig *Figure) {
		drawn, height := words(fig)
		if len(drawn) < 10 {
			t.Fatalf("only %d words drawn", len(drawn))
		}
		for i, a := range drawn {
			if a.box.Min.X < margin/2 || a.box.Max.X > pageWidth-margin/2 || a.box.Min.Y < margin/2 || a.box.Max.Y > height-margin/2 {
				t.Errorf("%q leaves the page: %v of %v x %v", a.text, a.box, pageWidth, height)
			}
			for _, b := range drawn[:i] {
				if overlap(a.box, b.box) {
					t.Errorf("%q overlaps %q", a.text, b.text)
				}
			}
		}
	})
}

// A title may be as long as techniques have names.
func TestLongTitleIsWrapped(t *testing.T) {
	fig, err := overshoot{}.Draw(full().result())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		fig.Title += fmt.Sprintf(" technique-%d", i)
	}
	drawn, _ := words(fig)
	for _, w := range drawn {
		if w.box.Max.X > pageWidth-margin {
			t.Errorf("%q ends at %v, beyond the margin", w.text, w.box.Max.X)
		}
	}
}
