package claims

import "strings"

// The names of the experiments.
const (
	explorer   = "explore"
	named      = "named"
	concurrent = "concurrent"
	baseline   = "baseline"
)

// Experiments are all that is run, in this order.
func Experiments() []Experiment {
	return []Experiment{
		experiment(explorer, "explore --algorithm fixedwindow,session,cacheaside --technique naive,lua,incr-expire,multi-expire,expire-nx,multi-ttl,"+
			"multi-charged,lua-bucket,lua-bucket-time,get-expire,getex,get-setex,set-xx,delete,delete-first,lease --confirm"),
		experiment(named, "run --scenario concurrent --algorithm fixedwindow --technique lua,incr-expire,multi-expire,multi-ttl,lua-bucket --driver goredis"),
		experiment(concurrent, "run --scenario concurrent --technique naive,lua"),
		experiment(baseline, "run --scenario baseline --algorithm fixedwindow"),
	}
}

func experiment(name, command string) Experiment {
	return Experiment{Name: name, Args: strings.Fields(command)}
}
