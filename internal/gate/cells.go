package gate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// cell is one cell with all its trials.
type cell struct {
	name string
	// words are those that select it, of every element of its name.
	words [][]string
	// blocks are its trials in each block.
	blocks []trials
}

// trials are the repeats of one cell in one block, in order.
type trials struct{ base, head []*result.Cell }

// collect brings the trials of every cell together, in the order of the runs.
func collect(blocks []Block) (cells []*cell) {
	byName := map[string]*cell{}
	take := func(r *result.Result, block int, side func(*trials) *[]*result.Cell) {
		if r == nil {
			return
		}
		for i := range r.Cells {
			name := r.Cells[i].Name()
			c := byName[name]
			if c == nil {
				c = &cell{name: name, words: wordsOf(&r.Cells[i]), blocks: make([]trials, len(blocks))}
				byName[name], cells = c, append(cells, c)
			}
			to := side(&c.blocks[block])
			*to = append(*to, &r.Cells[i])
		}
	}
	for i, b := range blocks {
		take(b.Head, i, func(t *trials) *[]*result.Cell { return &t.head })
		take(b.Base, i, func(t *trials) *[]*result.Cell { return &t.base })
	}
	for _, c := range cells {
		for _, t := range c.blocks {
			slices.SortStableFunc(t.base, byRepeat)
			slices.SortStableFunc(t.head, byRepeat)
		}
	}
	return cells
}

func byRepeat(a, b *result.Cell) int { return cmp.Compare(a.Repeat, b.Repeat) }

// heads are all trials of the run, bases those of the baseline.
func (c *cell) heads() (all []*result.Cell) {
	for _, t := range c.blocks {
		all = append(all, t.head...)
	}
	return all
}

func (c *cell) bases() (all []*result.Cell) {
	for _, t := range c.blocks {
		all = append(all, t.base...)
	}
	return all
}

// values are the numbers of the trials that have one. A void trial measured nothing.
func (m metric) values(trials []*result.Cell) (list []float64) {
	for _, c := range trials {
		if v := m.value(c); v != nil {
			list = append(list, *v)
		}
	}
	return list
}

func (m metric) value(c *result.Cell) *float64 {
	if c.Void {
		return nil
	}
	return m.of(c)
}

// pairs are the numbers of the repeats that have one on both sides.
func (t trials) pairs(m metric) (base, head []float64) {
	for _, h := range t.head {
		i := slices.IndexFunc(t.base, func(b *result.Cell) bool { return b.Repeat == h.Repeat })
		if i < 0 {
			continue
		}
		if was, is := m.value(t.base[i]), m.value(h); was != nil && is != nil {
			base, head = append(base, *was), append(head, *is)
		}
	}
	return base, head
}

// Mismatch is a cell of which the two sides were given different tasks.
type Mismatch struct{ Cell, Difference string }

func (m *Mismatch) Error() string {
	return fmt.Sprintf("%s cannot be compared: %s", m.Cell, m.Difference)
}

// comparable demands that both sides of every cell had the same limit to enforce.
func comparable(cells []*cell) error {
	for _, c := range cells {
		all := slices.Concat(c.bases(), c.heads())
		want := task(all[0])
		for _, other := range all[1:] {
			if d := result.Difference(want, task(other)); d != "" {
				return &Mismatch{c.name, d}
			}
		}
	}
	return nil
}

// task is what was demanded of a limiter.
func task(c *result.Cell) map[string]string {
	return map[string]string{
		"limit": fmt.Sprint(c.Limit), "window": fmt.Sprint(c.WindowMS, " ms"), "burst": fmt.Sprint(c.Burst),
		"number of instances": fmt.Sprint(c.Instances),
	}
}
