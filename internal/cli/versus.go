package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/result"
)

// versus is two builds, what both play, and where.
type versus struct {
	*Program
	flags  *abFlags
	rules  *gate.Rules
	builds [2]build
	plan   plan
	set    []string // flags of the scenarios' settings
	*ground
	work string // where builds write what is then taken over
}

// newVersus checks everything that can be wrong before a server is started: the two
// builds say themselves what they would play.
func (p *Program) newVersus(ctx context.Context, f *abFlags, base, head string) (*versus, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	v := &versus{Program: p, flags: f}
	var err error
	if v.rules, err = readRules(f.rules); err != nil {
		return nil, err
	}
	for i, side := range []string{"base", "head"} {
		if v.builds[i], err = newBuild(side, []string{base, head}[i]); err != nil {
			return nil, err
		}
	}
	if err := v.agree(ctx); err != nil {
		return nil, err
	}
	return v, v.check()
}

// agree asks both builds for their plans, which must be the same.
func (v *versus) agree(ctx context.Context) error {
	cells, set := v.flags.asked()
	args := slices.Concat(cells, set, []string{"--repeat=1"})
	if at := string(v.flags.server); given.IsAddress(at) {
		args = append(args, "--server="+at) // which settles the topology
	}
	var plans [2]plan
	for i, b := range v.builds {
		var err error
		if plans[i], err = b.plan(ctx, args); err != nil {
			return err
		}
	}
	if d := plans[0].differs(plans[1]); d != "" {
		return usagef("the two builds would not play the same: %s", d)
	}
	v.plan, v.set = plans[0], set
	return nil
}

// check refuses a plan that cannot be compared, and rules whose words stand for nothing.
func (v *versus) check() error {
	if !given.IsAddress(string(v.flags.server)) && slices.ContainsFunc(v.plan.trials, func(t planned) bool { return !t.on(defaultTopology) }) {
		return usagef("builds are compared on one server: leave --topology out, or name servers of your own with --server")
	}
	if n := v.plan.timed(); n > gate.MostTimed {
		return usagef("%d cells would be timed, and at most %d can be together: choose fewer with --scenario, --algorithm, --technique or --driver", n, gate.MostTimed)
	}
	_, err := gate.Judge(v.rules, v.known())
	return v.mistaken(err)
}

// known are the words that rules may use: those of this program and of the builds.
func (v *versus) known() gate.Words {
	w, parts := v.words(), v.plan.names()
	for i, list := range []*[]string{&w.Scenarios, &w.Topologies, &w.Algorithms, &w.Techniques, &w.Drivers, &w.Clients} {
		*list = append(*list, parts[i]...)
	}
	return w
}

// mistaken is the error of a judge, nil for none.
func (v *versus) mistaken(err error) error {
	if err == nil {
		return nil
	}
	return ruleError(v.flags.rules, err)
}

// announce prints what is going to be done, and how long it takes.
func (v *versus) announce() error {
	for _, t := range v.plan.trials {
		fmt.Fprintln(v.Stdout, t.line)
	}
	block := time.Duration(2*v.flags.pairs) * v.plan.estimate()
	_, err := fmt.Fprintf(v.Stdout, "%s of %s, about %s; a second block of what must be confirmed takes at most as long\n",
		plural(v.flags.pairs, "pair"), plural(len(v.plan.trials), "trial"), block.Round(time.Second))
	return err
}

// begin makes the folder of what is played, and starts the server.
func (v *versus) begin(ctx context.Context, what string) (*folder, error) {
	in, err := newFolder(v.flags.out, fmt.Sprintf("%s-seed%d", what, v.flags.seed))
	if err != nil {
		return nil, err
	}
	if err := v.open(ctx); err != nil {
		in.takeBack()
		in.close()
		return nil, advise(err)
	}
	return in, nil
}

// open starts the server.
func (v *versus) open(ctx context.Context) (err error) {
	if v.ground, err = v.openGround(ctx, v.flags.server, v.flags.image); err != nil {
		return err
	}
	if v.work, err = local.MakeDir(); err != nil {
		return errors.Join(err, v.close())
	}
	return nil
}

func (v *versus) close() error {
	if v.work != "" {
		_ = os.RemoveAll(v.work)
	}
	return v.ground.close()
}

// bout is one comparison: a block of pairs, and a second one of its suspects.
type bout struct {
	*versus
	folder         *folder
	seed           uint64
	sides          [2]*side
	planned, pairs int    // trials of a build, and pairs that are finished
	void           string // of a pair that measured nothing, however often it was played
	report         *gate.Report
}

// play runs and judges both blocks. What is finished is in the folder, also with an error.
func (v *versus) play(ctx context.Context, folder *folder, seed uint64) (*bout, error) {
	b := &bout{versus: v, folder: folder, seed: seed}
	for i, build := range v.builds {
		var err error
		if b.sides[i], err = newSide(build, folder); err != nil {
			return nil, err
		}
	}
	err := b.blocks(ctx)
	if b.pairs == 0 {
		b.takeBack()
		return nil, fmt.Errorf("%w: no pair was finished", err)
	}
	if err == nil { // before the reports: that of head tells of it
		err = cmp.Or(writeGate(folder.path, b.report), writeGate(b.sides[1].folder.path, b.report))
	}
	if failed := b.conclude(); err == nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s finished, in %s", err, plural(b.pairs, "pair"), folder.path)
	}
	return b, nil
}

// blocks plays the first block, judges it, and plays and judges the second one if
// there is anything to confirm.
func (b *bout) blocks(ctx context.Context) (err error) {
	if err := b.block(ctx, b.plan); err != nil {
		return err
	}
	if b.report, err = b.judge(b.halves()[:1]); err != nil {
		return err
	}
	suspects := b.report.Suspects()
	if len(suspects) == 0 {
		return nil
	}
	fmt.Fprintf(b.Stderr, "a second block for %s: %s\n", plural(len(suspects), "cell"), strings.Join(suspects, ", "))
	if err := b.block(ctx, b.plan.only(suspects)); err != nil {
		return err
	}
	b.report, err = b.judge(b.halves())
	return err
}

func (b *bout) judge(blocks []gate.Block) (*gate.Report, error) {
	r, err := gate.Judge(b.rules, b.known(), blocks...)
	return r, b.mistaken(err)
}

// halves are the blocks that were played.
func (b *bout) halves() (blocks []gate.Block) {
	for first := 1; first <= b.pairs; first += b.flags.pairs {
		blocks = append(blocks, gate.Block{
			Base: b.sides[0].repeats(first, b.flags.pairs), Head: b.sides[1].repeats(first, b.flags.pairs), Interleaved: true,
		})
	}
	return blocks
}

// mostAgain is how often a block is played again, in parts, while trials are void.
const mostAgain = 2

// block plays pairs of some cells. A pair of which a trial was void measured nothing: it
// is played again, but no more often than that: a build that cannot keep its schedule
// must come to an end too.
func (b *bout) block(ctx context.Context, cells plan) error {
	b.planned += b.flags.pairs * len(cells.trials)
	count := newCount(b.Stderr, "pairs")
	defer count.close()
	for done, again := 0, 0; done < b.flags.pairs; {
		both, void, err := b.pair(ctx, cells, again < mostAgain*b.flags.pairs)
		switch {
		case err != nil:
			return err
		case void != "" && again < mostAgain*b.flags.pairs:
			again++
			fmt.Fprintf(b.Stderr, "pair %d is played again: %s\n", b.pairs+1, void)
			continue
		case void != "":
			b.void = void
		}
		if err := b.add(both); err != nil {
			return err
		}
		done++
		count.show(done, b.flags.pairs)
	}
	return nil
}

// pair plays both builds with the same seed, every second time head first, so that a
// drift of the machine falls on both alike. void says which trial was void; with stop the
// other build is not played then.
func (b *bout) pair(ctx context.Context, cells plan, stop bool) (both [2][]result.Cell, void string, err error) {
	order := []int{0, 1}
	if b.pairs%2 == 1 {
		order = []int{1, 0}
	}
	for _, i := range order {
		if both[i], err = b.trial(ctx, b.sides[i], cells); err != nil {
			return both, "", err
		}
		void = cmp.Or(void, firstVoid(both[i]))
		if void != "" && stop {
			break
		}
	}
	return both, void, nil
}

// firstVoid says which trial was void, and why; empty for none.
func firstVoid(cells []result.Cell) string {
	i := slices.IndexFunc(cells, func(c result.Cell) bool { return c.Void })
	if i < 0 {
		return ""
	}
	return cells[i].Name() + ": " + cells[i].Reasons[0]
}

// add records a pair.
func (b *bout) add(both [2][]result.Cell) error {
	for i, s := range b.sides {
		if err := s.add(both[i], b.planned); err != nil {
			return err
		}
	}
	b.pairs++
	return nil
}

// trial has a build play cells, and takes them over.
func (b *bout) trial(ctx context.Context, s *side, cells plan) ([]result.Cell, error) {
	dir := filepath.Join(b.work, s.side)
	defer os.RemoveAll(dir)
	args := append(slices.Clone(b.set), cells.selecting()...)
	args = append(args, "--server="+b.address, fmt.Sprintf("--seed=%d", b.seed+uint64(b.pairs)), "--repeat=1", "--out="+dir)
	if err := s.run(ctx, args); err != nil {
		return nil, err
	}
	return s.take(dir, b, cells)
}

// tell prints the decisions, and where everything is.
func (b *bout) tell() error {
	if err := printGate(b.Stdout, b.report, true); err != nil {
		return err
	}
	for _, s := range b.sides {
		fmt.Fprintf(b.Stdout, "%s  %s\n", s.side, s.folder.path)
	}
	return cmp.Or(b.annotate(b.sides[1].result, b.report), b.verdict())
}

// verdict turns the report into the exit code. Without a pair that counts a pass shows
// nothing.
func (b *bout) verdict() error {
	if b.void != "" && b.report.Outcome() == gate.Pass {
		return &exitError{ExitInconclusive, fmt.Errorf("the gate passed, but not on all pairs: this machine was too busy, or --rate is too high for it (%s)", b.void)}
	}
	return gateError(b.report)
}

// conclude writes what is made of the cells of both runs.
func (b *bout) conclude() error {
	var errs []error
	for _, s := range b.sides {
		_, err := conclude(s.folder, s.result)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// takeBack removes what a comparison without any pair has made.
func (b *bout) takeBack() {
	for _, s := range b.sides {
		_ = os.RemoveAll(s.folder.path)
	}
	b.folder.takeBack()
}
