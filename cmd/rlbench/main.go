// Command rlbench measures and judges rate limiters on Redis.
package main

import "github.com/rlbench/rlbench"

func main() { rlbench.Main() }
