#!/usr/bin/env bash
# Makes a machine ready for `make bench` and `make test`: redis-server where
# neither it nor a container engine is there, and a container image where no
# registry can be reached. Does nothing that is done already.
#
#   ci/setup.sh bench     one of the two is enough to measure
#   ci/setup.sh test      both are tested, so both are wanted; iptables, which makes
#                         partitions between local processes; a C compiler, which
#                         builds the clock of servers under virtual time; and Chromium,
#                         which shows the report
#   ci/setup.sh evidence  a redis-server and a C compiler
set -euo pipefail
cd "$(dirname "$0")/.."

wants=${1:?usage: ci/setup.sh bench|test|evidence}

have() { command -v "$1" >/dev/null 2>&1; }
engine() { have docker && docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
root() { [ "$(id -u)" = 0 ]; }
limit=$(have timeout && echo "timeout 120" || true) # macOS ships without it

# install PACKAGE HINT installs a Debian package, or says how to get it elsewhere.
install() {
	if ! have apt-get || ! root; then
		echo "$1 is not installed: install it ($2)" >&2
		return 1
	fi
	echo "installing $1"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# A server's package would start one of its own, which nobody here needs.
	RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

install_redis() { install redis-server "Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis"; }

# Administrators' programs are not on every user's PATH.
have_iptables() { PATH=$PATH:/usr/sbin:/sbin have iptables-restore; }

# imitation is what is left to measure with, and nothing to test with.
imitation() {
	[ "$wants" = bench ] && echo "going on with an imitation inside rlbench, which is not a real Redis" >&2
}

# image makes sure that some image can be had: one that is there, the official one,
# or one that is built from Debian packages.
image() {
	for tag in redis:8.0 rlbench/redis:8.0 rlbench/redis:7.0; do
		docker image inspect "$tag" >/dev/null 2>&1 && return 0
	done
	echo "looking for a container image: pulling redis:8.0"
	$limit docker pull -q redis:8.0 >/dev/null 2>&1 && return 0
	echo "no registry can be reached: building an image from Debian packages"
	ci/image/build.sh redis-7.0
}

# A compiler and the headers of the C library: the one only recommends the other.
compiler() {
	have cc && return 0
	install gcc "Debian, Ubuntu: apt-get install gcc libc6-dev" && install libc6-dev "Debian, Ubuntu: apt-get install libc6-dev"
}

if [ "$wants" = evidence ]; then
	have redis-server || install_redis
	compiler
	exit
fi
if [ "$wants" = test ] || ! engine; then
	have redis-server || install_redis || imitation
fi
if [ "$wants" = test ] && [ "$(uname)" = Linux ]; then
	have_iptables || install iptables "Debian, Ubuntu: apt-get install iptables"
	compiler
	have chromium || have chromium-browser || have google-chrome || install chromium "Debian: apt-get install chromium"
fi
if engine; then
	image || { [ "$wants" = bench ] && have redis-server; } || { have redis-server || install_redis || imitation; }
fi
