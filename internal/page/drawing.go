package page

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/chart"
	"github.com/rlbench/rlbench/internal/result"
)

// drawing is one chart: its words are the page's, its body is drawn in place.
type drawing struct {
	Name, Title, Subtitle, Caution string
	// Series spells what is drawn, for readers without eyes.
	Series string
	Body   template.HTML
}

// drawings returns every chart that the run has data for, and the style of all of them.
func drawings(r *result.Result) (list []drawing, inks string, err error) {
	var p palette
	for _, c := range chart.All() {
		f, err := c.Draw(r)
		if errors.Is(err, chart.ErrNoData) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("draw %s: %w", c.Name(), err)
		}
		svg, err := f.Body()
		if err != nil {
			return nil, "", fmt.Errorf("draw %s: %w", c.Name(), err)
		}
		d := drawing{Name: c.Name(), Title: f.Title, Subtitle: f.Subtitle, Caution: f.Caution, Series: f.String()}
		if d.Body, err = p.inline(svg, "chart-"+d.Name); err != nil {
			return nil, "", fmt.Errorf("draw %s: %w", c.Name(), err)
		}
		list = append(list, d)
	}
	return list, p.css(), nil
}

// palette collects the styles of all charts. The page's policy forbids style attributes,
// so each becomes a class, with another colour for a dark ground.
type palette struct {
	classes []string // the declarations of each class
	dark    []string
	names   map[string]string
}

// inline rewrites an SVG document as an element of the page, which the heading with the
// id labels.
func (p *palette) inline(svg []byte, id string) (template.HTML, error) {
	var b bytes.Buffer
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		t, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return template.HTML(b.String()), nil
		case err != nil:
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			p.open(&b, t, id)
		case xml.EndElement:
			b.WriteString("</" + t.Name.Local + ">")
		case xml.CharData:
			b.WriteString(html.EscapeString(strings.TrimSpace(string(t))))
		}
	}
}

func (p *palette) open(b *bytes.Buffer, t xml.StartElement, id string) {
	b.WriteString("<" + t.Name.Local)
	for _, a := range t.Attr {
		name, value := a.Name.Local, a.Value
		switch {
		case name == "xmlns" || a.Name.Space == "xmlns" || name == "width" || name == "height":
			continue
		case name == "style":
			name, value = "class", p.class(t.Name.Local, value)
		case name == "d":
			value = rounded(value)
		}
		fmt.Fprintf(b, ` %s="%s"`, name, html.EscapeString(value))
	}
	if t.Name.Local == "svg" {
		fmt.Fprintf(b, ` role="img" aria-labelledby="%s"`, id)
	}
	b.WriteString(">")
}

var fraction = regexp.MustCompile(`\d+\.\d{2,}`)

// rounded leaves coordinates one decimal: a tenth of a point cannot be seen.
func rounded(path string) string {
	return fraction.ReplaceAllStringFunc(path, func(n string) string {
		v, err := strconv.ParseFloat(n, 64)
		if err != nil {
			return n
		}
		return strconv.FormatFloat(v, 'f', 1, 64)
	})
}

// The grounds that charts stand on; page.css has the same.
var (
	day, _   = toneOf("#ffffff")
	night, _ = toneOf("#14191f")
)

func (p *palette) class(element, style string) string {
	key := element + " " + style
	if name, ok := p.names[key]; ok {
		return name
	}
	if p.names == nil {
		p.names = map[string]string{}
	}
	name := "c" + strconv.Itoa(len(p.classes))
	p.names[key] = name
	var light, dark []string
	for declaration := range strings.SplitSeq(style, ";") {
		property, value, _ := strings.Cut(declaration, ":")
		t, colour := toneOf(value)
		switch {
		case property == "font-variant" || property == "font-style" || value == "" || property == "font-weight" && value == "normal":
		case !colour:
			light = append(light, declaration)
		default:
			x, y := shades(t, element == "text")
			light, dark = append(light, property+":"+x), append(dark, property+":"+y)
		}
	}
	p.classes, p.dark = append(p.classes, strings.Join(light, ";")), append(p.dark, strings.Join(dark, ";"))
	return name
}

// shades are the colour by day and by night. Words are made legible, unless they are
// white: those stand on a colour. White itself is the ground.
func shades(t tone, word bool) (light, dark string) {
	n := t.night()
	if t.l > 0.999 {
		n = night
	}
	if word && t.l < 0.9 {
		t, n = t.legible(day), n.legible(night)
	}
	return t.hex(), n.hex()
}

func (p *palette) css() string {
	var light, dark strings.Builder
	for i, declarations := range p.classes {
		fmt.Fprintf(&light, ".c%d{%s}\n", i, declarations)
		if p.dark[i] != "" {
			fmt.Fprintf(&dark, ".c%d{%s}\n", i, p.dark[i])
		}
	}
	return light.String() + "@media screen and (prefers-color-scheme:dark){\n" + dark.String() + "}\n"
}
