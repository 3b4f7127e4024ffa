package transcript_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	. "github.com/rlbench/rlbench/internal/transcript"
)

// wellFormed fails if the picture is not XML or could do anything.
func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "svg", "title", "desc", "style", "g", "rect", "line", "path", "circle", "text":
		default:
			t.Errorf("there is an element %s", start.Name.Local)
		}
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	for _, tr := range samples {
		wellFormed(t, written(t, SVG, tr))
	}
}

// area is where a text is by the estimate of its width.
type area struct {
	text                     string
	left, right, top, bottom float64
}

func (a area) hits(b area) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

type page struct {
	Width  float64 `xml:"width,attr"`
	Height float64 `xml:"height,attr"`
	Texts  []label `xml:"text"`
	Groups []struct {
		Texts []label `xml:"text"`
	} `xml:"g"`
}

type label struct {
	X      float64 `xml:"x,attr"`
	Y      float64 `xml:"y,attr"`
	Size   float64 `xml:"font-size,attr"`
	Anchor string  `xml:"text-anchor,attr"`
	Length float64 `xml:"textLength,attr"`
	Text   string  `xml:",chardata"`
}

func (l label) area() area {
	left := l.X
	switch l.Anchor {
	case "middle":
		left -= l.Length / 2
	case "end":
		left -= l.Length
	}
	return area{l.Text, left, left + l.Length, l.Y - .75*l.Size, l.Y + .2*l.Size}
}

// No text is cut by the edge of the picture or runs into another.
func TestSVGTextsHaveRoom(t *testing.T) {
	for name, tr := range samples {
		var p page
		if err := xml.Unmarshal(written(t, SVG, tr), &p); err != nil {
			t.Fatal(err)
		}
		labels := p.Texts
		for _, g := range p.Groups {
			labels = append(labels, g.Texts...)
		}
		for i, l := range labels {
			a := l.area()
			if a.left < 12 || a.right > p.Width-12 || a.top < 12 || a.bottom > p.Height-12 {
				t.Errorf("%s: %q is beyond the edge: %+v of %v x %v", name, a.text, a, p.Width, p.Height)
			}
			for _, other := range labels[:i] {
				if b := other.area(); a.hits(b) {
					t.Errorf("%s: %q runs into %q", name, a.text, b.text)
				}
			}
		}
	}
}

// A picture of many clients, roles and long words still has room for all of them.
func TestSVGOfExtremesHasRoom(t *testing.T) {
	tr := crowd()
	tr.Params.Clients = 7
	long := strings.Repeat("long ", 60) + strings.Repeat("W", 300)
	for i := range tr.Steps {
		tr.Steps[i].Role, tr.Steps[i].Reply = long, long
		if tr.Steps[i].Outcome != "" {
			tr.Steps[i].Outcome = long
		}
	}
	tr.Violation, tr.About, tr.Scenario, tr.Promise = long, long, long, long
	samples := map[string]Trace{"extremes": tr, "nothing": {Schema: Schema, Params: Params{Clients: 1}}}
	for name, tr := range samples {
		svg := written(t, SVG, tr)
		wellFormed(t, svg)
		if w := attribute(t, svg, "width"); w > 1800 {
			t.Errorf("%s is %v wide", name, w)
		}
	}
}

func attribute(t *testing.T, svg []byte, name string) float64 {
	t.Helper()
	_, rest, _ := strings.Cut(string(svg), name+`="`)
	number, _, _ := strings.Cut(rest, `"`)
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
