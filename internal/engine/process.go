package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// process is an instance as its parent sees it. It ends with its parent: by the
// kernel's signal where there is one, and else when its standard input ends.
type process struct {
	about  string // "2 of 10", which ps shows too
	ctx    context.Context
	cmd    *exec.Cmd
	order  order
	in     io.Writer
	out    io.Closer
	lines  *bufio.Reader // of out
	stderr bytes.Buffer
	exited <-chan struct{}
}

// lostInstance says that an instance ended before it had played its share.
type lostInstance struct{ about, how string }

func (l *lostInstance) Error() string { return "instance " + l.about + " " + l.how }

// startProcess starts an instance, which is killed when ctx ends.
func startProcess(ctx context.Context, about string, o order) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start instance %s: %w", about, err)
	}
	p := &process{about: about, ctx: ctx, cmd: exec.CommandContext(ctx, program, about), order: o}
	p.cmd.Args[0] = instanceName
	p.cmd.Stderr = &p.stderr
	// A pipe that Wait does not close: the history may still be in it then.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start instance %s: %w", about, err)
	}
	defer w.Close() // the instance has its own
	p.out, p.lines, p.cmd.Stdout = r, bufio.NewReader(r), w
	if p.in, err = p.cmd.StdinPipe(); err == nil {
		p.exited, err = local.Run(p.cmd)
	}
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("start instance %s: %w", about, err)
	}
	return p, nil
}

// prepare gives the order and returns when the instance is ready.
func (p *process) prepare() error {
	if err := json.NewEncoder(p.in).Encode(p.order); err != nil {
		return p.lost()
	}
	line, err := p.lines.ReadBytes('\n')
	if err != nil {
		return p.lost()
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return fmt.Errorf("instance %s: what it writes to standard output is for rlbench alone: %w", p.about, err)
	}
	if a.Error != "" {
		return fmt.Errorf("instance %s: %s", p.about, a.Error)
	}
	return nil
}

// play says when the first arrival is, and returns the history of the instance.
func (p *process) play(start int64) (*history.History, error) {
	if _, err := fmt.Fprintln(p.in, start); err != nil {
		return nil, p.lost()
	}
	content, err := io.ReadAll(p.lines)
	if err != nil {
		return nil, fmt.Errorf("instance %s: %w", p.about, err)
	}
	<-p.exited
	if !p.cmd.ProcessState.Success() {
		return nil, p.lost()
	}
	h, err := history.Read(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("instance %s: %w", p.about, err)
	}
	return h, nil
}

// lost says how the instance ended.
func (p *process) lost() error {
	<-p.exited
	how := "ended early: " + p.cmd.ProcessState.String()
	if errors.Is(context.Cause(p.ctx), context.DeadlineExceeded) {
		how = "did not end in time"
	}
	if said, _, _ := strings.Cut(p.stderr.String(), "\n"); said != "" {
		how += ": " + said
	}
	return &lostInstance{p.about, how}
}
