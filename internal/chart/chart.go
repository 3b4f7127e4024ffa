// Package chart draws the results of a run: what each picture says (its title,
// its series) and how it looks (layout, scales, colours, PNG and SVG).
//
// A chart is first a Figure, plain data derived from a result, and then a
// picture of that Figure. Both steps are pure, so equal results give equal
// bytes. Nothing is measured or judged here: that is done by packages metrics
// and check. No other package imports gonum.
package chart

import (
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/internal/result"
)

// Chart turns the result of a run into one figure.
type Chart interface {
	// Name is the word used in file names: lower case, no slash.
	Name() string
	// Draw derives the figure, or returns ErrNoData.
	Draw(r *result.Result) (*Figure, error)
}

// ErrNoData says that the run holds nothing that the chart could show.
var ErrNoData = errors.New("run has no cells for this chart")

// All returns every chart in the order of reports.
func All() []Chart {
	return []Chart{overshoot{}, instances, skew, latency{}, cost{}, timeline{}, overshootFaults{}, heat{}, availability{}, policies{}, outages{}, sweepWorkers, sweepRate, sweepLimit, manyKeys, networkDelay}
}

// Render draws c as PNG (192 dpi) and as SVG. Equal results give equal bytes.
// The error wraps ErrNoData if there is nothing to draw.
func Render(c Chart, r *result.Result) (png, svg []byte, err error) {
	f, err := c.Draw(r)
	if err != nil {
		return nil, nil, fmt.Errorf("draw %s: %w", c.Name(), err)
	}
	if png, err = f.png(); err != nil {
		return nil, nil, fmt.Errorf("encode %s.png: %w", c.Name(), err)
	}
	if svg, err = f.svg(); err != nil {
		return nil, nil, fmt.Errorf("encode %s.svg: %w", c.Name(), err)
	}
	return png, svg, nil
}

// Write renders every chart that has data and hands each file to save, as
// <name>.png and <name>.svg. It stops at the first error of save.
func Write(r *result.Result, save func(file string, content []byte) error) error {
	for _, c := range All() {
		png, svg, err := Render(c, r)
		if errors.Is(err, ErrNoData) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(save(c.Name()+".png", png), save(c.Name()+".svg", svg)); err != nil {
			return fmt.Errorf("save chart %s: %w", c.Name(), err)
		}
	}
	return nil
}
