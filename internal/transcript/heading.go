package transcript

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bounds are those of the exploration, in words.
func (s *scene) bounds() string {
	p := s.Params
	var list []string
	if p.Limit > 0 {
		list = append(list, fmt.Sprintf("limit %d per %s", p.Limit, span(p.WindowMS)))
	}
	if p.Burst > 0 && p.Burst != p.Limit {
		list = append(list, fmt.Sprintf("burst %d", p.Burst))
	}
	if p.Cost > 1 {
		list = append(list, fmt.Sprintf("cost %d", p.Cost))
	}
	list = append(list, count(p.Clients, "client"))
	if p.Requests > 0 {
		each := count(p.Requests, "request")
		if p.Requests > 1 {
			each = "up to " + each
		}
		if p.Clients > 1 {
			each += " each"
		}
		list = append(list, each)
	}
	return strings.Join(list, ", ")
}

// cast says which client plays which role, if they play any.
func (s *scene) cast() string {
	var list []string
	for _, c := range s.clients {
		if c.role != "" {
			list = append(list, c.name+" = "+c.role)
		}
	}
	return strings.Join(list, ", ")
}

// skews says whose clock is off.
func (s *scene) skews() string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.Skew)) {
		switch by := s.Skew[name]; {
		case by > 0:
			list = append(list, fmt.Sprintf("the clock of %s is %s ms ahead of the server's", plain(name), millis(by)))
		case by < 0:
			list = append(list, fmt.Sprintf("the clock of %s is %s ms behind the server's", plain(name), millis(-by)))
		}
	}
	return strings.Join(list, ", ")
}

// seed is what made the keyspace before the first step.
func (s *scene) seed() string {
	var list []string
	for _, cmd := range s.Seed {
		list = append(list, s.spell.command(cmd))
	}
	return strings.Join(list, " · ")
}

// endings say where each client is that is not done.
func (s *scene) endings() []string {
	var list []string
	for _, c := range s.clients {
		switch {
		case c.died > 0:
			list = append(list, fmt.Sprintf("%s died after step %d and does no more", c.name, s.ranBefore(c)))
		case c.open && c.last > 0:
			list = append(list, fmt.Sprintf("%s is in the middle of its request after step %d", c.name, c.last))
		case c.last == 0:
			list = append(list, c.name+" never begins")
		}
	}
	return list
}

// ranBefore is the last step that a dead client made: dying is none.
func (s *scene) ranBefore(c client) int {
	for i := c.died; i > 0; i-- {
		if st := s.Steps[i-1]; st.Actor == c.name && st.Kind != ClientDies {
			return i
		}
	}
	return 0
}

// effort says how the schedule was found.
func (s *scene) effort() string {
	return fmt.Sprintf("smallest counterexample by events, preemptions, steps, in this order: %s, %s, %s", count(s.Events, "event"), count(s.Preemptions, "preemption"), count(len(s.Steps), "step"))
}

// proof says where the schedule was confirmed.
func (s *scene) proof() string {
	switch {
	case s.ServerVersion == "":
		return "on a model of Redis"
	case s.TimeEmulated:
		return "confirmed on " + server(s.ServerVersion) + ", time emulated: it waited where the clock advances"
	}
	return "confirmed on " + server(s.ServerVersion)
}

// server names the server: a bare version is one of Redis.
func server(version string) string {
	if version[0] >= '0' && version[0] <= '9' {
		version = "Redis " + version
	}
	return plain(version)
}

// origin explains times that were written relative to t0; empty if there are none.
// It is known once all else was spelled; where the clock advances it may matter which
// second it turns.
func (s *scene) origin() string {
	if !s.spell.relative && len(s.Ticks) == 0 {
		return ""
	}
	at := time.UnixMicro(s.T0US).UTC()
	return fmt.Sprintf("t0 is %s UTC, the instant of the first step", at.Format("2006-01-02 15:04:05.999999"))
}

// clock is an instant after t0.
func clock(us int64) string { return "+" + millis(us) + " ms" }

// span writes milliseconds in the unit that people would use.
func span(ms int64) string {
	if ms >= 1_000 && ms%1_000 == 0 {
		return strconv.FormatInt(ms/1_000, 10) + " s"
	}
	return strconv.FormatInt(ms, 10) + " ms"
}

func count(n int, of string) string {
	switch n {
	case 0:
		return "no " + of
	case 1:
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}
