package explore

// enumerate counts the schedules of a scenario one by one, without a graph, to prove
// that a graph counts right. It gives up beyond a number of schedules.
func (x *Exploration) enumerate(s Scenario, most int) (all int, bad [properties]int, err error) {
	defer x.catch(&err)
	b := s.bounds(x.subject, x.limit)
	var walk func(state)
	walk = func(s state) {
		if x.ended(b, &s) {
			all++
			for i, broken := range x.judge(b, &s) {
				if broken {
					bad[i]++
				}
			}
		}
		x.each(b, &s, func(next *state, _ action) bool {
			walk(*next)
			return all <= most
		})
	}
	walk(x.start(b))
	if all > most {
		err = ErrBound
	}
	return all, bad, err
}
