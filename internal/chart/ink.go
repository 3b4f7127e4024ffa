package chart

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// The greys of words and rules, and the colour of cautions.
var (
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
	dark  = color.RGBA{0x1f, 0x29, 0x33, 0xff}
	grey  = color.RGBA{0x5b, 0x67, 0x76, 0xff}
	faint = color.RGBA{0x86, 0x90, 0x9c, 0xff}
	base  = color.RGBA{0x9a, 0xa5, 0xb1, 0xff}
	hair  = color.RGBA{0xe4, 0xe7, 0xeb, 0xff}
	alarm = color.RGBA{0xa3, 0x28, 0x1e, 0xff}
)

// ink tells one technique from another: by lightness and dash as well as by
// hue, so that it survives a grey printer and colour-blind eyes.
type ink struct {
	color color.RGBA
	dash  []vg.Length
}

// The inks of the techniques that every algorithm has.
var usual = map[string]ink{
	"naive": {color.RGBA{0xdb, 0x74, 0x32, 0xff}, []vg.Length{6, 2.5}},
	"multi": {color.RGBA{0x2e, 0x6d, 0xb4, 0xff}, []vg.Length{1.8, 1.8}},
	"lua":   {color.RGBA{0x0a, 0x52, 0x40, 0xff}, nil},
}

// further inks are handed to other techniques in order; neighbours differ in
// lightness.
var further = []ink{
	{color.RGBA{0x8e, 0x5b, 0xb5, 0xff}, []vg.Length{8, 2, 2, 2}},
	{color.RGBA{0xc2, 0x9a, 0x1b, 0xff}, []vg.Length{4, 2}},
	{color.RGBA{0x8c, 0x1d, 0x40, 0xff}, []vg.Length{10, 3}},
	{color.RGBA{0x2f, 0x9b, 0x96, 0xff}, []vg.Length{1.2, 2.4}},
	{color.RGBA{0x25, 0x30, 0x6b, 0xff}, []vg.Length{6, 2, 1.5, 2, 1.5, 2}},
	{color.RGBA{0xc9, 0x6b, 0x9f, 0xff}, []vg.Length{3, 1.5}},
	{color.RGBA{0x5f, 0x6e, 0x16, 0xff}, []vg.Length{12, 2, 3, 2}},
	{color.RGBA{0x86, 0x7a, 0x6a, 0xff}, []vg.Length{2.5, 3.5}},
	{color.RGBA{0x3f, 0x3f, 0x46, 0xff}, []vg.Length{8, 3, 1.2, 3}},
}

// inks gives every technique its ink. Names are in the order of names.
func inks(techniques []string) map[string]ink {
	of := make(map[string]ink, len(techniques))
	others := 0
	for _, t := range techniques {
		if k, ok := usual[t]; ok {
			of[t] = k
			continue
		}
		of[t] = further[others%len(further)]
		others++
	}
	return of
}

// pale is a tint of c that stays behind full lines.
func pale(c color.RGBA) color.RGBA {
	mix := func(v uint8) uint8 { return uint8((int(v) + 2*0xff) / 3) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}
