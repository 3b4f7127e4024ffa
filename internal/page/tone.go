package page

import (
	"fmt"
	"math"
)

// tone is a colour in OKLab (Björn Ottosson, 2020): l is the lightness as it is seen,
// 0 to 1, a and b the hue. Equal steps look equal, which RGB does not give.
type tone struct{ l, a, b float64 }

// toneOf reads "#RRGGBB"; false if it is none.
func toneOf(hex string) (tone, bool) {
	var r, g, b uint8
	if n, err := fmt.Sscanf(hex, "#%02x%02x%02x", &r, &g, &b); n != 3 || err != nil || len(hex) != 7 {
		return tone{}, false
	}
	return fromLinear(linear(r), linear(g), linear(b)), true
}

// linear undoes the transfer curve of sRGB.
func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func fromLinear(r, g, b float64) tone {
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return tone{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// linear is the inverse of fromLinear, cut to what a screen can show.
func (t tone) linear() (r, g, b float64) {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(t.l + 0.3963377774*t.a + 0.2158037573*t.b)
	m := cube(t.l - 0.1055613458*t.a - 0.0638541728*t.b)
	s := cube(t.l - 0.0894841775*t.a - 1.2914855480*t.b)
	cut := func(x float64) float64 { return min(1, max(0, x)) }
	return cut(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		cut(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		cut(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s)
}

func (t tone) hex() string {
	curve := func(x float64) int {
		if x <= 0.0031308 {
			return int(math.Round(255 * 12.92 * x))
		}
		return int(math.Round(255 * (1.055*math.Pow(x, 1/2.4) - 0.055)))
	}
	r, g, b := t.linear()
	return fmt.Sprintf("#%02x%02x%02x", curve(r), curve(g), curve(b))
}

// luminance is that of WCAG 2, 0 to 1.
func (t tone) luminance() float64 {
	r, g, b := t.linear()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// contrast is that of WCAG 2, 1 to 21.
func (t tone) contrast(other tone) float64 {
	x, y := t.luminance(), other.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// night is the tone on a dark ground: what is darker by day is lighter by night, so that
// three techniques are still told apart by lightness, and tints stay behind lines.
func (t tone) night() tone {
	const ink, paper = 0.75, 1.0 // by day lines and words are darker than ink, tints lighter
	const least, ground = 0.64, 0.205
	t.l = min(t.l, paper)
	if t.l < ink {
		t.l = min(0.94, least+(ink-t.l)*0.62)
	} else {
		t.l = least - (t.l-ink)/(paper-ink)*(least-ground)
	}
	t.a, t.b = t.a*0.9, t.b*0.9
	return t
}

// legible moves the lightness of words away from their ground until the contrast is
// enough to read: 4.5.
func (t tone) legible(ground tone) tone {
	step := -0.01
	if ground.l < 0.5 {
		step = 0.01
	}
	for t.contrast(ground) < 4.6 && t.l > 0 && t.l < 1 {
		t.l += step
	}
	return t
}
