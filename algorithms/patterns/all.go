package patterns

// All returns every program, each broken one before its repair.
func All() []Program {
	return []Program{
		sessionGetExpire(), sessionGetEx(),
		sessionGetSetEx(), sessionSetXX(),
		cacheAsideDelete(), cacheAsideDeleteFirst(), cacheAsideLease(),
	}
}
