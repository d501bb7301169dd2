#!/bin/bash
# vm_screen_test.sh <gantry-vm>: the screen of a guest is read and its keys are pressed, when it is
# booted and when it goes on from a checkpoint. The guest is a boot sector that shows what is typed.
set -euo pipefail
vm=$1
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines python3 ffmpeg
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=$scratch/cache

python3 - <<'END'
code = bytes.fromhex(
    "31c0 8ed8 be287c"                  # xor ax, ax; mov ds, ax; mov si, text
    "ac 08c0 7409"                      # next: lodsb; or al, al; jz read
    "b40e bb0700 cd10 ebf2"             # mov ah, 14; mov bx, 7; int 0x10; jmp next
    "b400 cd16"                         # read: mov ah, 0; int 0x16
    "b40e bb0700 cd10"                  # show: mov ah, 14; mov bx, 7; int 0x10
    "3c0d 75f1 b00a ebf1")              # cmp al, 13; jne read; mov al, 10; jmp show
sector = code + b"Type, please: \0"
with open("disk.raw", "wb") as disk:
    disk.write(sector.ljust(510, b"\0") + b"\x55\xaa" + bytes(1 << 20))
END
cat >guest.spec <<END
gantry-guest 1
name box
memory 16M
disk $scratch/disk.raw
display vga
END
cat >first.spec <<END
gantry-checkpoint 1
name first
guest $scratch/guest.spec
store $scratch/store
step keys:$scratch/first.keys
record screen
END
cat >first.keys <<'END'
# SeaBIOS shows text of its own.
expect SeaBIOS \(version
expect Type, please:$
send Hello, (World) {x} "y" ~ 100%!
expect ^Type, please: Hello, \(World\) \{x\} "y" ~ 100%!$
key shift-a
change
still 1
END
cat >second.spec <<END
gantry-checkpoint 1
name second
parent $scratch/first.checkpoint
store $scratch/store
step keys:$scratch/second.keys
END
# What stands on the screen has come from the checkpoint; so many lines scroll it.
{
  echo 'expect Hello, \(World\)'
  echo 'send and on'
  for line in $(seq 30); do echo "send $line"; done
  printf 'expect ^30\n\nexpect ^7$'
} >second.keys

timeout 120 "$vm" build first.spec --output first.checkpoint >said 2>&1 || fail "$(cat said)"
grep -q '^no agent listens in the guest' said || fail "it said: $(cat said)"
grep -qx 'Type, please: Hello, (World) {x} "y" ~ 100%!' store/recordings/first/step-1-keys.log ||
  fail "the log has: $(cat store/recordings/first/step-1-keys.log)"
[ "$(tail -n 1 store/recordings/first/step-1-keys.log)" = A ] || fail "shift was not pressed"
ffmpeg -loglevel error -i store/recordings/first/screen.webm -f framemd5 frames ||
  fail 'the screen is not recorded'
[ "$(grep -vc '^#' frames)" -gt 1 ] || fail "the video has $(grep -vc '^#' frames) frames"
[ ! -s store/recordings/first/screen.log ] || fail "ffmpeg said: $(cat store/recordings/first/screen.log)"
timeout 60 "$vm" build second.spec --output second.checkpoint >said 2>&1 || fail "$(cat said)"
[ "$(head -c 8 store/recordings/second/step-1-keys.png)" = $'\x89PNG\r\n\x1a' ] ||
  fail "no picture of the screen is kept"

# What is not to be seen is quoted.
printf 'timeout 1\nexpect ^a prompt$\n' >second.keys
fails "step 1/1 keys:$scratch/second.keys:2: the time is over while waiting for '^a prompt\$' on the \
screen; the screen shows:" timeout 60 "$vm" build second.spec --output failed.checkpoint
grep -q 'Hello, (World)' store/recordings/second/step-1-keys.log || fail "the last screen is not kept"
[ ! -e store/recordings/second/screen.png ] || fail "the screen is kept twice"
# So is what it showed when something else failed than keys.
keeps_the_screen() {
  fails "$1" timeout 60 "$vm" build second.spec --output failed.checkpoint
  [ "$(head -c 8 store/recordings/second/screen.png)" = $'\x89PNG\r\n\x1a' ] ||
    fail "no picture of the screen is kept: $1"
}
sed -i 's|^step .*|timeout 1\nready console:a prompt|' second.spec
keeps_the_screen 'ready 1/1 console:a prompt: '
sed -i "s|^ready .*|step console:$scratch/second.console|" second.spec
printf 'timeout 1\nexpect a prompt\n' >second.console
keeps_the_screen "step 1/1 console:$scratch/second.console:2: "
sed -i '/^display/d' guest.spec
fails "hint: give the guest a display ('display vga' in its description)" \
  timeout 60 "$vm" build first.spec --output failed.checkpoint
