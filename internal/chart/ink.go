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

// ink tells one technique, client or algorithm from another: by lightness and dash
// as well as by hue, so that it survives a grey printer and colour-blind eyes.
type ink struct {
	color color.RGBA
	dash  []vg.Length
}

// The inks of the techniques that every algorithm has, and of what else is compared
// by lines.
var usual = map[string]ink{
	"naive": {color.RGBA{0xdb, 0x74, 0x32, 0xff}, []vg.Length{6, 2.5}},
	"multi": {color.RGBA{0x2e, 0x6d, 0xb4, 0xff}, []vg.Length{1.8, 1.8}},
	"lua":   {color.RGBA{0x0a, 0x52, 0x40, 0xff}, nil},

	"goredis": {color.RGBA{0x13, 0x7a, 0x3a, 0xff}, []vg.Length{6, 2.5}},
	"rueidis": {color.RGBA{0x33, 0x22, 0x88, 0xff}, nil},
	"redigo":  {color.RGBA{0xc0, 0x55, 0xa5, 0xff}, []vg.Length{1.8, 1.8}},

	"fixedwindow": {color.RGBA{0xd0, 0x8a, 0x1d, 0xff}, []vg.Length{6, 2.5}},
	"slidinglog":  {color.RGBA{0x8c, 0x1d, 0x40, 0xff}, nil},
	"tokenbucket": {color.RGBA{0x4a, 0x86, 0xc8, 0xff}, []vg.Length{1.8, 1.8}},
	"gcra":        {color.RGBA{0x0a, 0x52, 0x40, 0xff}, []vg.Length{8, 2, 2, 2}},

	"uniform": {color.RGBA{0x2e, 0x6d, 0xb4, 0xff}, []vg.Length{6, 2.5}},
	"zipf":    {color.RGBA{0x8c, 0x1d, 0x40, 0xff}, nil},
}

// further inks are handed to other names in order; neighbours differ in
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

// inks gives every name its ink. Names are in the order of names.
func inks(list []string) map[string]ink {
	of := make(map[string]ink, len(list))
	others := 0
	for _, name := range list {
		if k, ok := usual[name]; ok {
			of[name] = k
			continue
		}
		of[name] = further[others%len(further)]
		others++
	}
	return of
}

// pale is a tint of c that stays behind full lines.
func pale(c color.RGBA) color.RGBA { return tint(c, 1, 3) }

// tint is c mixed with white, of which it keeps part in whole.
func tint(c color.RGBA, part, whole int) color.RGBA {
	mix := func(v uint8) uint8 { return uint8((part*int(v) + (whole-part)*0xff) / whole) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}
