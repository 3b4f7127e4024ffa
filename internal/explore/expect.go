package explore

import "fmt"

// Surprises says what a report does not hold as expected, a sentence each: a subject
// that claims to be right and is broken where nothing excuses it; and, if the report is
// of the whole default suite, one that is known to be wrong and that nothing breaks. The
// second would mean that the suite has lost its teeth.
func (r *Report) Surprises(subjects []Subject, whole bool) (list []string) {
	shown := map[string]bool{}
	for _, f := range r.Findings {
		if f.Scenario.Forgives != "" {
			continue
		}
		shown[f.Subject.Name] = true
		if f.Subject.Atomic && !(f.Subject.ClientClock && f.Scenario.Skew != 0) {
			list = append(list, fmt.Sprintf("%s claims to keep its promise, and %s breaks it in %d steps (%s)",
				f.Subject.Name, f.Scenario.Name, f.Steps, f.Property))
		}
	}
	for _, s := range subjects {
		if whole && !s.Atomic && !shown[s.Name] {
			list = append(list, fmt.Sprintf("%s is known to be wrong, and nothing breaks it: either it was mended or the suite has lost its teeth", s.Name))
		}
	}
	return list
}
