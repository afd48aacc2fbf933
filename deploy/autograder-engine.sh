#!/usr/bin/env bash
# A Docker engine of its own for Gradescope autograders, which expect to be root: here root of a container is nobody on
# the host (--userns-remap). Own data, own socket, own bridge; the machine's other engine is left as it is. Needs root.
#   deploy/autograder-engine.sh start [IMAGE...]   start it where it does not run, and give it these images of the
#                                                  other engine (default: BASE_IMAGE or coursehub/base:bookworm)
#   deploy/autograder-engine.sh stop               stop it, keeping its images
# A runner finds it by RUNNER_AUTOGRADER_DOCKER=unix:///run/coursehub/autograders.sock
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
run=${AUTOGRADER_RUN:-/run/coursehub}
data=${AUTOGRADER_DATA:-/var/lib/coursehub-autograders}
net=${AUTOGRADER_NET:-172.30}
socket=unix://$run/autograders.sock
pid=$run/autograders.pid
log=$run/autograders.log
bridge=coursehub0

# Out to the world and back, but not to this host, nor to what a cloud answers to whoever asks from inside.
rules=(
  "nat POSTROUTING -s $net.0.0/16 ! -d $net.0.0/16 -j MASQUERADE"
  "filter FORWARD -d $net.0.0/16 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
  "filter FORWARD -s $net.0.0/16 ! -d $net.0.0/16 -j ACCEPT"
  "filter FORWARD -s $net.0.0/16 -d 169.254.0.0/16 -j DROP"
  "filter FORWARD -s $net.0.0/16 -d $net.0.0/16 -j DROP"
  "filter INPUT -s $net.0.0/16 -j DROP"
)

answers() { docker -H "$socket" version >/dev/null 2>&1; }

# shellcheck disable=SC2086  # rules are words
each_rule() { # I or D: put in what is missing, or take out what is there; the last one put in stands first
  local rule table
  for rule in "${rules[@]}"; do
    table=${rule%% *}; rule=${rule#* }
    if iptables -w -t "$table" -C $rule 2>/dev/null; then
      [ "$1" = I ] || iptables -w -t "$table" -D $rule
    else
      [ "$1" = D ] || iptables -w -t "$table" -I $rule || return 1
    fi
  done
}

# Never --bridge=none: an engine that is started so removes docker0, which belongs to the other engine.
make_bridge() {
  ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
  ip addr show "$bridge" | grep -qF "$net.0.1/" || ip addr add "$net.0.1/24" dev "$bridge"
  ip link set "$bridge" up
  if sysctl -qw net.ipv4.ip_forward=1 && each_rule I; then :; else
    echo "CAUTION: without iptables, builds and runs of autograders have no network." >&2
  fi
}

start() {
  [ "$(id -u)" -eq 0 ] || { echo "This needs root: sudo deploy/autograder-engine.sh start" >&2; exit 1; }
  local tool driver
  for tool in dockerd docker ip; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: sudo apt-get install docker.io iproute2 iptables" >&2; exit 1; }
  done
  if answers; then
    echo "The engine for autograders runs already."
  else
    mkdir -p "$run" "$data"
    make_bridge
    for driver in overlay2 vfs; do
      setsid nohup dockerd --userns-remap=default --data-root "$data" --exec-root "$run/autograders" --pidfile "$pid" \
        --host "$socket" --storage-driver "$driver" --iptables=false --bridge="$bridge" --fixed-cidr="$net.0.0/24" \
        --default-address-pool "base=$net.128.0/17,size=28" </dev/null >"$log" 2>&1 &
      for _ in $(seq 150); do answers && break; kill -0 $! 2>/dev/null || break; sleep 0.2; done
      answers && break
      kill $! 2>/dev/null || true
      wait $! 2>/dev/null || true
    done
    answers || { tail -n 20 "$log" >&2; echo "The engine for autograders did not start: $log" >&2; exit 1; }
    echo "Started the engine for autograders with $driver."
  fi
  docker -H "$socket" info --format '{{json .SecurityOptions}}' | grep -q userns || {
    echo "What answers at $socket does not remap users." >&2; exit 1; }
  [ $# -gt 0 ] || set -- "${BASE_IMAGE:-coursehub/base:bookworm}"
  local image here there
  for image in "$@"; do
    here=$(docker -H "$socket" image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
    there=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
    [ -n "$here$there" ] || { echo "The other engine has no $image to give: make base-image" >&2; exit 1; }
    [ -z "$there" ] || [ "$here" = "$there" ] || docker save "$image" | docker -H "$socket" load
  done
  echo "RUNNER_AUTOGRADER_DOCKER=$socket"
}

stop() {
  [ ! -s "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true
  for _ in $(seq 100); do [ -e "$pid" ] || break; sleep 0.1; done
  if command -v ip >/dev/null && ip link show "$bridge" >/dev/null 2>&1; then
    each_rule D 2>/dev/null || true
    ip link del "$bridge" || true
  fi
  echo "The engine for autograders is stopped; its images are in $data."
}

case ${1:-} in
  start) shift; start "$@" ;;
  stop) stop ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
