# shellcheck shell=bash disable=SC2154
# Sourced: a checkpoint as another machine gets it, by a registry. $vm is gantry-vm.

# shellcheck source=tests/integration/docker_registry.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/docker_registry.sh"

# bring_elsewhere <checkpoint> <store> <directory>: <directory>/pulled.checkpoint of the store
# <directory>/store, which was empty. The registry has ended then.
bring_elsewhere() {
  local port
  port=$(free_port)
  start_docker_registry "$3/registry" "$port" || return
  timeout 60 "$vm" push "$1" --store "$2" "127.0.0.1:$port/box:pushed" >/dev/null &&
    timeout 60 "$vm" pull "127.0.0.1:$port/box:pushed" --store "$3/store" --output "$3/pulled.checkpoint" >/dev/null
  local failure=$?
  kill "$docker_registry_pid"
  return $failure
}
