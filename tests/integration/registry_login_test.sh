#!/bin/bash
# registry_login_test.sh <gantry> <gantry_test_registry>: logs in and out as a person and as a script
# do; skopeo and buildah read what we write, and we read what they write.
set -euo pipefail
gantry=$1
server=$2
work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT
export HOME=$work/home DOCKER_CONFIG=$work/docker XDG_RUNTIME_DIR=$work/run TMPDIR=$work
unset REGISTRY_AUTH_FILE XDG_CONFIG_HOME
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
config=$DOCKER_CONFIG/config.json
secret='pa:ss wörd'

fail() {
  echo "$1"
  exit 1
}

# start <variable> <option>...: a registry; its host goes into the variable.
start() {
  local variable=$1 address
  shift
  mkfifo "$work/address"
  "$server" "$@" >"$work/address" &
  pids+=($!)
  read -r address <"$work/address"
  rm "$work/address"
  printf -v "$variable" %s "$address"
}

# expect <text> <command>...: the command's output has the text.
expect() {
  local text=$1
  shift
  "$@" >"$work/output" 2>&1 || true
  grep -qF -- "$text" "$work/output" || {
    cat "$work/output"
    fail "not said by '$*': $text"
  }
  ! grep -qF -- "$secret" "$work/output" || fail "'$*' prints the password"
}

login() {
  printf '%s\n' "$secret" | "$gantry" registry login "$1" --username me --password-stdin "${@:2}"
}

basic='' bearer='' open=''
start basic --auth basic --user "me:$secret"
start bearer --auth bearer --user "me:$secret"
start open

echo '== a script logs in'
expect "$basic: logged in as me, kept in $config" login "$basic"
expect "$bearer: logged in as me, kept in $config" login "$bearer"
expect 'not checked, since the registry asks nobody' login "$open"
expect '"checked":true' login "$bearer" --json
[ "$(stat -c %a "$config")" = 600 ] || fail 'others may read the credentials'
[ "$(stat -c %a "$DOCKER_CONFIG")" = 700 ] || fail 'others may look into the directory'

echo '== refused credentials are not kept'
cp "$config" "$work/before"
expect 'answers 401: UNAUTHORIZED: authentication required' \
  eval "echo wrong | '$gantry' registry login $basic -u me --password-stdin"
expect "/token answers 401: UNAUTHORIZED: these credentials are not known" \
  eval "echo wrong | '$gantry' registry login $bearer -u me --password-stdin"
expect 'an empty user name or password' \
  eval "'$gantry' registry login $bearer -u me --password-stdin </dev/null"
expect 'there is no terminal' eval "'$gantry' registry login $bearer </dev/null"
expect "'no/such host' is not the name of a registry" "$gantry" registry login 'no/such host' -u me
cmp "$work/before" "$config"

echo '== a person logs in'
python3 - "$gantry" "$basic" "$secret" <<'PYTHON' >"$work/output"
import os, pty, sys
program, host, secret = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program, [program, "registry", "login", host])
shown = b""
def read_until(text):
    global shown
    while text not in shown:
        shown += os.read(terminal, 4096)
read_until(b"User name: ")
os.write(terminal, b"me\n")
read_until(b"Password: ")
os.write(terminal, secret.encode() + b"\n")
read_until(b"logged in as me")
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.stdout.buffer.write(shown)
sys.exit(status)
PYTHON
! grep -qF -- "$secret" "$work/output" || fail 'the password is shown'

echo '== a damaged file stays as it is'
echo '{"auths": ' >"$config"
expect "$config: not JSON" login "$basic"
expect "$config: not JSON" "$gantry" registry logout "$basic"
[ "$(cat "$config")" = '{"auths": ' ]
cp "$work/before" "$config"

for peer in skopeo buildah; do
  command -v $peer >/dev/null || {
    echo "$peer is not installed"
    exit 77
  }
  echo "== $peer reads what we have written"
  [ "$($peer login --get-login "$basic")" = me ] || fail "$peer does not know the login"

  echo "== $peer writes, we take it away"
  printf %s "$secret" |
    $peer login --tls-verify=false --authfile "$work/$peer.json" -u me --password-stdin "$bearer" >/dev/null
  expect "$bearer: removed the credentials from $work/$peer.json" \
    env REGISTRY_AUTH_FILE="$work/$peer.json" "$gantry" registry logout "$bearer"
  ! grep -F "$bearer" "$work/$peer.json" || fail "the login of $peer is still there"

  echo "== $peer reads a login for some repositories"
  printf %s "$secret" | REGISTRY_AUTH_FILE=$work/$peer.json \
    "$gantry" registry login "$basic/team" -u me --password-stdin >/dev/null
  [ "$($peer login --get-login --authfile "$work/$peer.json" "$basic/team/app")" = me ] ||
    fail "$peer does not know the login of a repository"
done
skopeo list-tags --tls-verify=false "docker://$basic/nothing" >"$work/output" 2>&1 || true
! grep -qi 'unauthorized\|authentication' "$work/output" || fail 'skopeo is not let in'

echo '== logging out'
expect "$basic: removed the credentials from $config" "$gantry" registry logout "$basic"
expect "$basic: not logged in" "$gantry" registry logout "$basic"
