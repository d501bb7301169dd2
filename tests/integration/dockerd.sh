# shellcheck shell=sh
# Read by tests that need a Docker daemon. start_dockerd starts one of their own, apart from any
# that the machine runs, and exports DOCKER_HOST; stop_dockerd ends it and removes all it made.
# Containers get no network of their own: use --network=none or --network=host.

skip() {
  echo "skipped: $1"
  exit 77
}

start_dockerd() {
  for program in dockerd docker; do
    command -v "$program" >/dev/null || skip "$program is not installed (package docker.io)"
  done
  [ "$(id -u)" -eq 0 ] || skip "starting dockerd needs root"
  # A socket's path has room for 107 characters only, so not in the build tree.
  dockerd_dir=$(mktemp -d /tmp/gantry-dockerd.XXXXXX)
  dockerd --iptables=false --ip6tables=false --bridge=none --host "unix://$dockerd_dir/docker.sock" \
    --data-root "$dockerd_dir/data" --exec-root "$dockerd_dir/exec" --pidfile "$dockerd_dir/pid" \
    >"$dockerd_dir/log" 2>&1 </dev/null &
  dockerd_pid=$!
  DOCKER_HOST=unix://$dockerd_dir/docker.sock
  export DOCKER_HOST
  tries=0
  until docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 150 ] || ! kill -0 "$dockerd_pid" 2>/dev/null; then
      tail -n 5 "$dockerd_dir/log"
      stop_dockerd
      skip "dockerd does not start on this machine (its last words are above)"
    fi
    sleep 0.2
  done
}

# Safe to call twice, so that a trap may call it.
stop_dockerd() {
  [ -n "${dockerd_dir:-}" ] || return 0
  kill "$dockerd_pid" 2>/dev/null || true
  wait "$dockerd_pid" 2>/dev/null || true
  awk -v dir="$dockerd_dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r |
    while read -r point; do umount -l "$point"; done
  rm -rf "$dockerd_dir"
  dockerd_dir=
}
