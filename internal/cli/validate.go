package cli

import "fmt"

// Validate says in one sentence what is wrong with the lists, or nil. A name stands
// for one thing only: it selects cells and names folders.
func (p *Program) Validate() error {
	seen := map[string]bool{}
	once := func(what, name string) error {
		key := what + " " + name
		if seen[key] {
			return fmt.Errorf("two %ss are named %s", what, name)
		}
		seen[key] = true
		return nil
	}
	for _, a := range p.Algorithms {
		if err := a.Validate(); err != nil {
			return err
		}
		if err := once("algorithm", a.Name); err != nil {
			return err
		}
	}
	for _, d := range p.Drivers {
		if err := once("driver", d.Name()); err != nil {
			return err
		}
	}
	return nil
}
