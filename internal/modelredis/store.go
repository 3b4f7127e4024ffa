package modelredis

import "github.com/rlbench/rlbench/algorithms"

// Store is an immutable keyspace. The zero Store is empty.
type Store struct{}

// Encode spells the whole store: two stores are equal exactly if their texts are.
func (s Store) Encode() string { panic("not yet") }

// Entries lists the keys in order of their names.
func (s Store) Entries() []Entry { panic("not yet") }

// Expire returns the store without the keys that are dead at an instant, and lists
// them in order. Redis lets a key live through its deadline millisecond.
func (m *Model) Expire(s Store, now algorithms.Instant) (Store, []string) { panic("not yet") }

// Without returns the store without a key.
func (s Store) Without(key string) Store { panic("not yet") }

// Model runs requests. It keeps nothing between them but compiled scripts. It is not
// safe for concurrent use.
type Model struct{ Defect Defect }

// New returns a model.
func New() *Model { panic("not yet") }

// Load makes a script known by its digest, as SCRIPT LOAD does, for good.
func (m *Model) Load(source string) { panic("not yet") }

// Run runs a Command or a Transaction on a store from which Expire at the same instant
// has removed the dead keys.
func (m *Model) Run(s Store, now algorithms.Instant, r Request) (Result, error) { panic("not yet") }

// Keys lists the keys that a command names, in order, without repetition.
func Keys(cmd []string) ([]string, error) { panic("not yet") }

// Renamed returns the command with other names of its keys.
func Renamed(cmd []string, to func(key string) string) ([]string, error) { panic("not yet") }

// Writes says whether a command can change a key. A script can.
func Writes(cmd []string) (bool, error) { panic("not yet") }

// String spells the reply as redis-cli does, on one line: (integer) 1, "text", (nil),
// [1, "text"], (error) ERR ...
func (r Reply) String() string { panic("not yet") }
