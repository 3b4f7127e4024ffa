package confirm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// readers are the commands that read a whole value, by type. On a key of another type
// each answers WRONGTYPE, so that the type is compared too.
var readers = map[string]func(key string) []string{
	"string": func(key string) []string { return []string{"GET", key} },
	"hash":   func(key string) []string { return []string{"HGETALL", key} },
	"set":    func(key string) []string { return []string{"SMEMBERS", key} },
	"zset":   func(key string) []string { return []string{"ZRANGE", key, "0", "-1", "WITHSCORES"} },
}

// reader is the command that reads a value of a type.
func reader(kind, key string) ([]string, error) {
	read, ok := readers[kind]
	if !ok {
		return nil, fmt.Errorf("read %s: there is no comparison of the type %q", key, kind)
	}
	return read(key), nil
}

// valueText spells what a reader answered as modelredis.Entry does.
func valueText(kind string, r drivers.Reply) string {
	switch kind {
	case "hash":
		list := pairs(r.Items, "=")
		slices.Sort(list)
		return strings.Join(list, " ")
	case "zset":
		return strings.Join(pairs(r.Items, "@"), " ")
	case "set":
		list := make([]string, len(r.Items))
		for i, item := range r.Items {
			list[i] = item.Text
		}
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	return r.Text
}

func pairs(items []drivers.Reply, between string) []string {
	list := make([]string, 0, len(items)/2)
	for i := 0; i+1 < len(items); i += 2 {
		list = append(list, items[i].Text+between+items[i+1].Text)
	}
	return list
}

// shown spells an entry for people.
func shown(e modelredis.Entry) string {
	return fmt.Sprintf("%s %s {%s} deadline %d", e.Key, e.Type, e.Value, e.Deadline)
}

func shownAll(entries []modelredis.Entry) string {
	if len(entries) == 0 {
		return "no keys"
	}
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = shown(e)
	}
	return strings.Join(list, "; ")
}
