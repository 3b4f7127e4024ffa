#!/usr/bin/env bash
# Builds container images of Redis and Valkey from Debian packages, for machines
# that reach a Debian mirror but no container registry.
#
#   ci/image/build.sh [--force] redis-7.0 [redis-8.0 valkey-8.1]
#
# The mirror is the one that this machine's own apt is configured with. apt works
# on lists and a package status of its own in a temporary directory: the machine's
# packages are neither read nor changed. An image holds the server, its command
# line client and the libraries that the packages' own loader names: no shell.
set -euo pipefail

readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() {
  echo "ci/image/build.sh: $*" >&2
  exit 1
}

usage() {
  die "usage: ci/image/build.sh [--force] redis-7.0|redis-8.0|valkey-8.1 ..."
}

# describe NAME sets product, tag and the Debian release that has this version.
describe() {
  case $1 in
    redis-7.0)  product=redis  tag=rlbench/redis:7.0  suite=bookworm ;;
    redis-8.0)  product=redis  tag=rlbench/redis:8.0  suite=trixie ;;
    valkey-8.1) product=valkey tag=rlbench/valkey:8.1 suite=trixie ;;
    *) usage ;;
  esac
}

require_machine() {
  local id
  id=$(. /etc/os-release 2>/dev/null && echo "${ID:-}") || true
  [ "$id" = debian ] || die "needs Debian (this is ${id:-unknown}); with a registry, the official images are used instead"
  for tool in apt-get dpkg-deb tar docker; do
    command -v "$tool" >/dev/null || die "needs $tool, which is not installed"
  done
  [ -r "$keyring" ] || die "needs $keyring (package debian-archive-keyring)"
  docker version >/dev/null 2>&1 || die "no Docker Engine answers: start it, or set DOCKER_HOST"
}

# mirrors SUITE prints sources of SUITE from the servers of this machine's own
# release: the archive, and its security updates where they are configured.
mirrors() {
  local own target
  own=$(. /etc/os-release && echo "$VERSION_CODENAME")
  for target in "" -security; do
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
      awk -v own="$own$target" -v line="deb [signed-by=$keyring] %s $1$target main\n" \
        '$1 ~ /\/debian(-security)?\/$/ && $2 == own && $3 == "main" { printf line, $1; exit }'
  done
}

# apt's configuration: nothing of the machine's but its mirrors and proxies. Its
# hooks are dropped, because they look at, and clean, the machine's own state.
apt_conf() {
  cat <<CONF
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$work/state";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "2";
CONF
}

# download fetches the packages of $product with everything they depend on, libc
# included: an empty status file tells apt that nothing is installed.
download() {
  mkdir -p "$work"/state/lists/partial "$work"/cache/archives/partial
  : >"$work/status"
  mirrors "$suite" >"$work/sources.list"
  [ -s "$work/sources.list" ] || die "apt is configured with no mirror of Debian's main archive"
  apt_conf >"$work/apt.conf"
  apt-get -c "$work/apt.conf" -qq update >"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log" >&2; die "cannot read the package lists of $suite: is there a network?"; }
  apt-get -c "$work/apt.conf" -qq -y --download-only install "$product-server" "$product-tools" >"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log" >&2; die "cannot download $product of $suite"; }
}

extract() {
  local deb
  mkdir "$work/tree"
  for deb in "$work"/cache/archives/*.deb; do
    dpkg-deb -x "$deb" "$work/tree"
  done
}

# libraries BINARY prints the files it loads, as the packages' own loader finds
# them. One from outside the tree would be this machine's: that is an error.
libraries() {
  local dirs lib
  dirs=$(find "$work/tree" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
  "$loader" --inhibit-cache --library-path "$dirs" --list "$1" | awk '$2 == "=>" { print $3 }' |
    while read -r lib; do
      case $lib in
        "$work/tree"/*) echo "$lib" ;;
        *) die "$1 loads $lib, which none of the packages has" ;;
      esac
    done
}

# assemble copies what the image holds to $work/image. The loader goes where the
# binaries name it, the libraries to a directory in its default search path.
assemble() {
  local image=$work/image binary libs
  loader=$(find "$work/tree" -name 'ld-linux*.so.*' -print -quit)
  [ -n "$loader" ] || die "the packages of $suite have no dynamic loader"
  mkdir -p "$image"/{usr/bin,lib,lib64,data,tmp}
  for binary in "$product-server" "$product-cli"; do
    cp -L "$work/tree/usr/bin/$binary" "$image/usr/bin/"
    libs=$(libraries "$image/usr/bin/$binary")
    xargs -r cp -L -t "$image/lib" <<<"$libs"
  done
  cp -L "$loader" "$image/lib/"
  [ "$(uname -m)" != x86_64 ] || mv "$image/lib/$(basename "$loader")" "$image/lib64/"
}

# import makes the image. The archive does not depend on when it was made.
import() {
  local package
  package=$(cd "$work/cache/archives" && ls "$product"-server_*.deb)
  tar -C "$work/image" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c . |
    docker import \
      --change "ENTRYPOINT [\"/usr/bin/$product-server\"]" \
      --change 'EXPOSE 6379/tcp' --change 'WORKDIR /data' --change 'ENV PATH=/usr/bin' \
      --change "LABEL org.opencontainers.image.source=debian:$suite/${package//%3a/:}" \
      - "$tag" >/dev/null
}

# build NAME makes one image, unless its tag exists. It runs in a subshell: the
# trap then removes this image's directory and no other.
build() (
  describe "$1"
  if [ -z "$force" ] && docker image inspect "$tag" >/dev/null 2>&1; then
    echo "$tag: present"
    return
  fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  download
  extract
  assemble
  docker image rm "$tag" >/dev/null 2>&1 || true # else a rebuild leaves the old one without a name
  import
  echo "$tag: built from Debian $suite"
)

force=
if [ "${1:-}" = --force ]; then
  force=yes
  shift
fi
[ $# -gt 0 ] || usage
for name in "$@"; do
  describe "$name"
done
require_machine
for name in "$@"; do
  build "$name"
done
