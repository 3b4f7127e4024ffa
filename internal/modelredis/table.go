package modelredis

import (
	"slices"
	"strings"
)

// command is a row of the table of commands.
type command struct {
	name string
	// arity counts the words with the name; negative is a minimum.
	arity int
	// first, last and step are the places of the keys; a last of -1 is the last word.
	// EVAL has a step of 0: it says by itself how many keys it has.
	first, last, step int
	writes            bool
	run               func(*run, []string) Reply
}

// table holds the commands by name. EVAL has no function in it: it calls commands, and
// so looks them up here.
var table = tabulate(keyCommands, stringCommands, expiryCommands, hashCommands, setCommands, zsetCommands, scriptCommands, serverCommands)

func tabulate(groups ...[]command) map[string]command {
	t := map[string]command{}
	for _, c := range slices.Concat(groups...) {
		t[c.name] = c
	}
	return t
}

// lookup finds the command by its first word. Names are in lower case in the table, as
// error replies spell them.
func lookup(cmd []string) (command, bool) {
	if len(cmd) == 0 {
		return command{}, false
	}
	c, ok := table[cmd[0]]
	if !ok {
		c, ok = table[strings.ToLower(cmd[0])]
	}
	return c, ok
}

func (c command) fits(cmd []string) bool {
	if c.arity < 0 {
		return len(cmd) >= -c.arity
	}
	return len(cmd) == c.arity
}

// places returns the positions of the keys in a command.
func places(cmd []string) ([]int, error) {
	c, ok := lookup(cmd)
	if !ok {
		return nil, &UnknownCommand{Name: strings.Join(cmd[:min(1, len(cmd))], "")}
	}
	first, last, step := c.first, c.last, c.step
	if first == 0 {
		return nil, nil
	}
	if last < 0 {
		last += len(cmd)
	}
	if step == 0 {
		first, last, step = scriptKeys(cmd)
	}
	var at []int
	for i := first; i <= last && i < len(cmd); i += step {
		at = append(at, i)
	}
	return at, nil
}

// Keys lists the keys that a command names, in order, without repetition.
func Keys(cmd []string) ([]string, error) {
	at, err := places(cmd)
	var keys []string
	for _, i := range at {
		keys = appendMissing(keys, cmd[i])
	}
	return keys, err
}

// Renamed returns the command with other names of its keys.
func Renamed(cmd []string, to func(key string) string) ([]string, error) {
	at, err := places(cmd)
	if err != nil {
		return nil, err
	}
	renamed := append([]string(nil), cmd...)
	for _, i := range at {
		renamed[i] = to(cmd[i])
	}
	return renamed, nil
}

// Writes says whether a command can change a key. A script can.
func Writes(cmd []string) (bool, error) {
	c, ok := lookup(cmd)
	if !ok {
		return false, &UnknownCommand{Name: strings.Join(cmd[:min(1, len(cmd))], "")}
	}
	return c.writes, nil
}
