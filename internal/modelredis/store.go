package modelredis

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// Store is an immutable keyspace. The zero Store is empty.
type Store struct {
	// entries are sorted by key and never changed in place: two stores may share them.
	entries []entry
}

// entry is a key, its value and its deadline in milliseconds since 1970.
type entry struct {
	key      string
	value    value
	deadline int64
}

// never is the deadline of a key that does not expire.
const never = -1

// value is what a key holds. It is immutable: a command that changes it makes
// another one.
type value interface {
	// kind is the word that TYPE answers.
	kind() string
	// encode appends a text that no other value has.
	encode(to []byte) []byte
	// text spells the value for people.
	text() string
	// commands make the value at a key that does not exist.
	commands(key string) []drivers.Command
}

// Encode spells the whole store: two stores are equal exactly if their texts are.
// Every string in it follows its own length, so that no content can imitate structure.
func (s Store) Encode() string {
	var room [256]byte
	to := room[:0]
	for _, e := range s.entries {
		to = appendText(to, e.key)
		to = binary.AppendVarint(to, e.deadline)
		to = e.value.encode(to)
	}
	return string(to)
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// Entries lists the keys in order of their names.
func (s Store) Entries() []Entry {
	list := make([]Entry, len(s.entries))
	for i, e := range s.entries {
		list[i] = Entry{Key: e.key, Type: e.value.kind(), Value: e.value.text(), Deadline: e.deadline}
	}
	return list
}

// Without returns the store without a key.
func (s Store) Without(key string) Store {
	i, found := s.find(key)
	if !found {
		return s
	}
	rest := make([]entry, 0, len(s.entries)-1)
	rest = append(rest, s.entries[:i]...)
	return Store{append(rest, s.entries[i+1:]...)}
}

// with returns the store with an entry in the place of the one of the same key.
func (s Store) with(e entry) Store {
	i, found := s.find(e.key)
	next := make([]entry, 0, len(s.entries)+1)
	next = append(append(next, s.entries[:i]...), e)
	if found {
		i++
	}
	return Store{append(next, s.entries[i:]...)}
}

// find returns the place of a key, or where it would be.
func (s Store) find(key string) (int, bool) {
	return slices.BinarySearchFunc(s.entries, key, func(e entry, key string) int { return strings.Compare(e.key, key) })
}

// Expire returns the store without the keys that are dead at an instant, and lists
// them in order. Redis lets a key live through its deadline millisecond.
func (m *Model) Expire(s Store, now algorithms.Instant) (Store, []string) {
	var dead []string
	for _, e := range s.entries {
		if m.dead(e, now.Milli()) {
			dead = append(dead, e.key)
		}
	}
	for _, key := range dead {
		s = s.Without(key)
	}
	return s, dead
}

func (m *Model) dead(e entry, now int64) bool {
	if e.deadline == never {
		return false
	}
	if m.Defect == EarlyExpiry {
		return now >= e.deadline
	}
	return now > e.deadline
}
