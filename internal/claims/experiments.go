package claims

import "strings"

// The names of the experiments.
const (
	explorer   = "explore"
	named      = "named"
	concurrent = "concurrent"
	paced      = "paced"
	baseline   = "baseline"
	delayed    = "network-delay"
	pipelined  = "pipelined"
	farther    = "pipelined-delay"
	pooled     = "pooled"
	processes  = "multi-instance"
	storm      = "connect-storm"
	fallback   = "fallback"
	outage     = "outage"
	stall      = "stall"
	skewed     = "clock-skew"
	evicted    = "eviction"
	replicas   = "replica-reads"
	slow       = "slow-command"
	failover   = "failover"
	cut        = "partition"
	cutWait    = "partition-wait"
	cutMin     = "partition-min-replicas"
	restart    = "restart"
)

// Experiments are all that is run, in this order: what is measured first, what breaks
// servers last.
func Experiments() []Experiment {
	return []Experiment{
		experiment(baseline, "run --scenario baseline --algorithm fixedwindow,inprocess"),
		experiment(delayed, "run --scenario network-delay --algorithm fixedwindow --technique naive,multi,lua --driver goredis"),
		experiment(pipelined, "run --scenario saturate --algorithm fixedwindow --technique lua --driver goredis,rueidis --client pipelined,unpipelined --duration 500ms"),
		experiment(farther, "run --scenario network-delay.1 --algorithm fixedwindow --technique lua --driver goredis,rueidis --client pipelined,unpipelined --rate 8000"),
		experiment(pooled, "run --scenario saturate --algorithm fixedwindow --technique lua --driver redigo --client bounded,unpooled --workers 8 --duration 500ms"),
		experiment(explorer, "explore --algorithm fixedwindow,session,cacheaside --technique naive,lua,incr-expire,multi-expire,expire-nx,multi-ttl,"+
			"multi-charged,lua-bucket,lua-bucket-time,get-expire,getex,get-setex,set-xx,delete,delete-first,lease --confirm"),
		watchedRun(concurrent, "run --scenario concurrent --technique naive,lua"),
		experiment(named, "run --scenario concurrent --algorithm fixedwindow --technique lua,incr-expire,multi-expire,multi-ttl,lua-bucket --driver goredis"),
		experiment(paced, "run --scenario concurrent --rate 500 --algorithm fixedwindow --technique naive,lua,lua-bucket"),
		experiment(processes, "run --scenario multi-instance --algorithm fixedwindow,slidinglog,tokenbucket,gcra,inprocess --driver goredis"),
		experiment(storm, "run --scenario connect-storm --algorithm connect"),
		experiment(fallback, "run --scenario connect-storm --algorithm connect --policy fail-sql --repeat 3"),
		experiment(skewed, "run --scenario clock-skew --algorithm fixedwindow --technique lua,lua-bucket,lua-bucket-time --driver goredis"),
		experiment(evicted, "run --scenario eviction --technique lua --driver goredis"),
		experiment(slow, "run --scenario slow-command --algorithm fixedwindow,gcra --technique lua"),
		experiment(stall, "run --scenario stall --algorithm gcra --technique lua --client bounded,default,no-retries"),
		experiment(outage, "run --scenario outage --algorithm gcra --technique lua --policy all"),
		experiment(restart, "run --scenario restart --technique lua --driver goredis"),
		experiment(failover, "run --scenario failover --topology standalone,sentinel,cluster --technique lua"),
		experiment(cut, "run --scenario partition --topology sentinel --technique lua"),
		experiment(cutWait, "run --scenario partition --topology sentinel --technique lua --wait 1"),
		experiment(cutMin, "run --scenario partition --topology sentinel --technique lua --min-replicas 1"),
		experiment(replicas, "run --scenario replica-reads --topology sentinel --technique naive,lua --driver goredis"),
	}
}

func experiment(name, command string) Experiment {
	return Experiment{Name: name, Args: strings.Fields(command)}
}

func watchedRun(name, command string) Experiment {
	x := experiment(name, command)
	x.Watched = true
	return x
}
