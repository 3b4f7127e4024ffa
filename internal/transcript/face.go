package transcript

// face is a font as far as its widths go. A viewer may have none of the fonts that are
// asked for, so that widths are estimates; each text tells the viewer its own, to which
// it is fitted.
type face struct {
	size float64
	mono bool
	bold bool
}

// The faces of the picture.
var (
	titleFace   = face{size: 19, bold: true}
	aboutFace   = face{size: 13}
	boldFace    = face{size: 13, bold: true}
	commandFace = face{size: 12.5, mono: true}
	replyFace   = face{size: 11.5, mono: true}
	noteFace    = face{size: 12.5, bold: true}
	smallFace   = face{size: 11}
	pillFace    = face{size: 11, bold: true}
)

// monoWidth is that of every character of a fixed-width font, in parts of its size.
const monoWidth = 0.602

// helvetica are the widths from the space to the tilde, in thousandths of the size;
// Arial and its clones have the same.
var helvetica = [...]float64{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// width estimates how wide text is, in pixels.
func (f face) width(text string) float64 {
	sum := 0.0
	for _, r := range text {
		sum += f.rune(r)
	}
	return sum * f.size
}

func (f face) rune(r rune) float64 {
	const wide = 0x1100 // from here on there are scripts whose characters are squares
	switch {
	case f.mono && r >= wide && r != '…':
		return 2 * monoWidth
	case f.mono:
		return monoWidth
	case r == '·':
		return 0.3
	case r >= wide || r == '…':
		return 1
	case r > '~' || r < ' ':
		return 0.7
	case f.bold:
		return helvetica[r-' '] * 1.07 / 1000
	}
	return helvetica[r-' '] / 1000
}

// line is the distance of two lines of text.
func (f face) line() float64 { return f.size * 1.28 }
