#!/bin/sh
# `gantry image run` and `gantry image test` with our own sandbox: as root, as an ordinary user, and
# cleaned up when they are interrupted.
set -eu
gantry=$1
probe=$2
. "$(dirname "$0")/peer_image.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/bin" "$work/tree/etc" "$work/tmp"
cp "$probe" "$work/tree/bin/probe"
chmod 0755 "$work/tree/bin/probe" "$work"
chmod 1777 "$work/tmp"
echo 'app:x:1000:100::/srv:/bin/sh' >"$work/tree/etc/passwd"
"$gantry" image build --layer "$work/tree" --entrypoint /bin/probe --cmd ids --user app \
  --env LANG=C --to "oci:$work/layout" --quiet
chmod -R a+rX "$work/layout"
image=oci:$work/layout
export TMPDIR="$work/tmp" GANTRY_RUNNER=gantry

fail() {
  echo "failed: $1"
  exit 1
}

# check_all <command>...: runs everything behind this command.
check_all() {
  said=$("$@" "$gantry" image run "$image" -- ids where 2>"$work/runner") || fail "$(cat "$work/runner")"
  echo "$said" | grep -q '^uid=1000 gid=100 ' || fail "ids: $said"
  grep -q '^runner: gantry (' "$work/runner" || fail "no runner: $(cat "$work/runner")"
  cat "$work/runner"

  "$@" "$gantry" image test "$image" --file /bin/probe:0755:root --user app \
    --config /config/Env/0=LANG=C --expect-stdout '^\[x\]$' -- say '[x]' >"$work/out" ||
    fail "test: $(cat "$work/out")"
  code=0
  "$@" "$gantry" image test "$image" --file /bin/prob --file /bin/probe:0644 --user root \
    --expect-stdout nothing --expect-exit 3 -- exit 4 >"$work/out" || code=$?
  [ $code -eq 1 ] || fail "exit code $code"
  sed -n 's/^FAIL *//p' "$work/out" | paste -sd ' ' |
    grep -qx 'file /bin/prob file /bin/probe user exit code standard output' ||
    fail "$(cat "$work/out")"
  "$@" "$gantry" image test "$image" --json --expect-exit 4 -- exit 4 | grep -q '"passed": true' ||
    fail "no JSON"

  # Asked to end, it hands the signal on and removes what it unpacked.
  "$@" "$gantry" image run "$image" -- wait >"$work/out" 2>/dev/null &
  pid=$!
  for _ in $(seq 100); do
    grep -q ready "$work/out" && break
    sleep 0.1
  done
  kill -TERM $pid
  code=0
  wait $pid || code=$?
  [ $code -eq 55 ] || fail "exit code $code after SIGTERM: $(cat "$work/out")"
  [ -z "$(ls -A "$work/tmp")" ] || fail "left behind: $(ls "$work/tmp")"
}

as_user='env'
if [ "$(id -u)" -eq 0 ]; then
  check_all env
  as_user='setpriv --reuid 65534 --regid 65534 --clear-groups'
fi
# shellcheck disable=SC2086 # a command with its options
if $as_user unshare --user --map-root-user --mount true 2>/dev/null; then
  check_all $as_user
else
  # Loudly: whoever cannot run the image skips.
  code=0
  $as_user "$gantry" image test "$image" --expect-exit 0 >"$work/out" 2>&1 || code=$?
  [ $code -eq 77 ] || fail "exit code $code without user namespaces"
  grep -q SKIPPED "$work/out" || fail "skipped in silence"
  [ "$(id -u)" -eq 0 ] || skip "this machine refuses user namespaces"
fi

# expect <exit code> <text> <command>...: both streams must hold the text.
expect() {
  wanted=$1
  text=$2
  shift 2
  code=0
  "$@" >"$work/out" 2>&1 || code=$?
  [ $code -eq "$wanted" ] || fail "exit code $code of $*: $(cat "$work/out")"
  grep -qF "$text" "$work/out" || fail "no '$text' by $*: $(cat "$work/out")"
}

# A program for another machine: loudly skipped, but what can be seen without running it is checked.
"$gantry" image build --layer "$work/tree" --entrypoint /bin/probe --platform linux/s390x \
  --to "oci:$work/foreign" --quiet
expect 77 'SKIPPED: nothing on this machine can run the image: programs for linux/s390x' \
  "$gantry" image test "oci:$work/foreign" --platform linux/s390x --file /bin/probe -- ids
expect 1 'FAIL  file /bin/gone' \
  "$gantry" image test "oci:$work/foreign" --platform linux/s390x --file /bin/gone -- ids

expect 1 "hint: did you mean 'gantry'?" "$gantry" image run "$image" --runner gantri
expect 1 "the image has no user 'ap' in /etc/passwd" "$gantry" image run "$image" --user ap
expect 1 "'a(' is no regular expression" "$gantry" image test "$image" --expect-stdout 'a('
expect 1 "'rwx' is no octal mode" "$gantry" image test "$image" --file /bin/probe:rwx
expect 1 'there is nothing to check' "$gantry" image test "$image"
expect 2 'this command takes nothing after --' "$gantry" image ls "$image" -- ids
expect 127 'cannot run /bin/gone in the image: No such file or directory' \
  "$gantry" image run "$image" --entrypoint /bin/gone
echo "the errors are as expected"
