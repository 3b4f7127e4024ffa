package fault

import "time"

// rule is what a fault does to links. What is not set it does not do.
type rule struct {
	// blocks says that nothing passes to and from an address: no connection to it can be
	// opened, and those that exist are silent.
	blocks func(addr string) bool
	// silences says that nothing passes on a link, in either direction.
	silences func(*link) bool
	// late is how much later everything arrives at the client.
	late time.Duration
	// loses says, asked once for each answer, that it never arrives: its connection is
	// reset instead.
	loses func(*link) bool
}

func (r *rules) all() []*rule {
	if r == nil {
		return nil
	}
	return r.list
}

// block says that an address cannot be reached.
func (r *rules) block(addr string) bool {
	for _, one := range r.all() {
		if one.blocks != nil && one.blocks(addr) {
			return true
		}
	}
	return false
}

// silence says that nothing passes on a link.
func (r *rules) silence(c *link) bool {
	for _, one := range r.all() {
		if one.silences != nil && one.silences(c) {
			return true
		}
	}
	return r.block(c.addr)
}

// late is how much later something arrives.
func (r *rules) late() (sum time.Duration) {
	for _, one := range r.all() {
		sum += one.late
	}
	return sum
}

// lose says whether an answer is to be lost. Every rule that loses any is asked.
func (r *rules) lose(c *link) (lost bool) {
	for _, one := range r.all() {
		if one.loses != nil && one.loses(c) {
			lost = true
		}
	}
	return lost
}

// touch says that what arrives on a link is not to be handed on as it comes.
func (r *rules) touch(c *link) bool {
	for _, one := range r.all() {
		if one.late > 0 || one.loses != nil {
			return true
		}
	}
	return r.silence(c)
}
