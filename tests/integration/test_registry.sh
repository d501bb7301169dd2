# shellcheck shell=sh
# Read by tests that need a registry.

# start_registry <program> <work> [<option>...]: starts gantry_test_registry, whose address is then
# $registry, its process $registry_pid and its requests in <work>/requests.
start_registry() {
  program=$1
  work=$2
  shift 2
  rm -f "$work/address"
  "$program" --log "$@" >"$work/address" 2>"$work/requests" &
  registry_pid=$!
  tries=0
  until [ -s "$work/address" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 $registry_pid 2>/dev/null; then
      cat "$work/requests" >&2
      echo "the test registry does not start" >&2
      return 1
    fi
    sleep 0.05
  done
  # shellcheck disable=SC2034 # for the test that reads this file
  registry=$(cat "$work/address")
}

# stop_registry: an orderly end, or the test fails.
stop_registry() {
  kill -TERM "$registry_pid"
  wait "$registry_pid" || {
    echo "the test registry ended with status $?" >&2
    return 1
  }
  registry_pid=
}
