package claims

func connecting() []Claim { return nil }
func sharing() []Claim    { return nil }
func outages() []Claim    { return nil }
func patterns() []Claim   { return nil }
