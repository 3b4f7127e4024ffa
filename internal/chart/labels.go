package chart

import (
	"gonum.org/v1/plot/vg"
)

// cluster is a run of labels that touch, as one block.
type cluster struct {
	centre vg.Length // where the block would like its middle
	n      int       // labels in it
}

// spread moves labels that want to be at the sorted positions apart, until
// neighbours are at least gap from each other, all lie in [lo, hi], and the sum
// of squared moves is least. If they do not fit, they run over hi.
//
// It merges touching neighbours into blocks (pool adjacent violators), so the
// order is kept.
func spread(want []vg.Length, gap, lo, hi vg.Length) []vg.Length {
	var blocks []cluster
	half := func(n int) vg.Length { return gap * vg.Length(n-1) / 2 }
	place := func(c cluster) vg.Length { return max(min(c.centre, hi-half(c.n)), lo+half(c.n)) }
	for _, w := range want {
		blocks = append(blocks, cluster{w, 1})
		for len(blocks) > 1 {
			a, b := blocks[len(blocks)-2], blocks[len(blocks)-1]
			if place(b)-half(b.n)-place(a)-half(a.n) >= gap {
				break
			}
			// Its best middle is the mean of what its labels want.
			middle := (a.centre*vg.Length(a.n) + b.centre*vg.Length(b.n)) / vg.Length(a.n+b.n)
			blocks = append(blocks[:len(blocks)-2], cluster{middle, a.n + b.n})
		}
	}
	var at []vg.Length
	for _, c := range blocks {
		for i := range c.n {
			at = append(at, place(c)-half(c.n)+gap*vg.Length(i))
		}
	}
	return at
}
