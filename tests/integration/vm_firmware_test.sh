#!/bin/bash
# vm_firmware_test.sh <gantry-vm> <gantry-guest-agent> <directory>: a guest with UEFI and a TPM: what it
# has written into the firmware's variables and the TPM's registers goes on with each stage, and each
# clone has its own of both. The guest's kernel is kept in the directory.
# shellcheck disable=SC2016,SC2034,SC2154 # the guest's shell expands; busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/vm_elsewhere.sh
. "$(dirname -- "$0")/vm_elsewhere.sh"
begin_vm_test swtpm swtpm_setup docker-registry curl python3
[ -e /usr/share/qemu/firmware/60-edk2-x86_64.json ] || {
  echo "skipped: ovmf is not installed"
  exit 77
}

make_busybox_initramfs initrd 'mount -t efivarfs efivarfs /sys/firmware/efi/efivars
echo the guest is up' efivarfs
guest_memory=192M
write_guest 'firmware uefi' 'tpm 2.0'
# A variable is four bytes of attributes, and what it says; PCR 16 may be extended by anybody:
# TPM2_PCR_Extend, of one digest of SHA-256.
cat >lib.sh <<'END'
variable() {
  echo "/sys/firmware/efi/efivars/$1-12345678-1234-1234-1234-123456789abc"
}
set_variable() {
  printf '\007\000\000\000%s' "of $1" >/tmp/variable
  cat /tmp/variable >"$(variable "$1")"
}
pcr=/sys/class/tpm/tpm0/pcr-sha256/16
extend() {
  exec 3<>/dev/tpm0
  {
    printf '\200\002\000\000\000\101\000\000\001\202\000\000\000\020\000\000\000\011'
    printf '\100\000\000\011\000\000\000\000\000\000\000\000\001\000\013'
    printf %s "$1"
  } >/tmp/extend
  [ "$(wc -c </tmp/extend)" = 65 ]
  cat /tmp/extend >&3
  head -c 10 <&3 | tail -c 4 | cmp - /dev/zero -n 4
  exec 3<&-
}
# what an extended register says
extended() {
  { printf %s "$1" | sed 's/../\\x&/g' | xargs -0 printf; printf %s "$2"; } | sha256sum | cut -c1-64
}
END
one=01234567890123456789012345678901 two=98765432109876543210987654321098
{
  cat lib.sh
  echo "[ \"\$(cat \$pcr)\" = $(printf '%064d' 0) ]
set_variable first; extend $one
[ \"\$(cat \$pcr | tr A-F a-f)\" = \$(extended $(printf '%064d' 0) $one) ]"
} >first.sh
{
  cat lib.sh
  echo "[ \"\$(tail -c +5 \$(variable first))\" = 'of first' ]
before=\$(cat \$pcr | tr A-F a-f)
[ \$before = \$(extended $(printf '%064d' 0) $one) ]
set_variable second; extend $two
[ \"\$(cat \$pcr | tr A-F a-f)\" = \$(extended \$before $two) ]
cat \$pcr >/tmp/pcr"
} >second.sh
{
  cat lib.sh
  echo "[ \"\$(tail -c +5 \$(variable second))\" = 'of second' ]
[ ! -e \$(variable clone) ]
cmp \$pcr /tmp/pcr
set_variable clone; extend $one
! cmp \$pcr /tmp/pcr"
} >third.sh
write_checkpoint first "guest $scratch/guest.spec" 'ready console:the guest is up' \
  "step agent:$scratch/first.sh"
write_checkpoint second "parent $scratch/first.checkpoint" "step agent:$scratch/second.sh"
timeout 120 "$vm" build first.spec --output first.checkpoint >said 2>&1 || fail "$(cat said)"
timeout 60 "$vm" build second.spec --output second.checkpoint >said 2>&1 || fail "$(cat said)"
for clone in 1 2; do
  timeout 60 "$vm" run second.checkpoint --store store --in-guest -- sh -exc "$(cat third.sh)" >said 2>&1 ||
    fail "clone $clone has another firmware or TPM: $(cat said)"
done
bring_elsewhere second.checkpoint store elsewhere || fail 'it did not come to another machine'
timeout 60 "$vm" run elsewhere/pulled.checkpoint --store elsewhere/store --in-guest -- sh -exc "$(cat third.sh)" >said 2>&1 ||
  fail "another machine has another firmware or TPM: $(cat said)"
directory=store/checkpoints/$(cat second.checkpoint)
[ -s "$directory/nvram" ] || fail "saved is: $(ls "$directory")"
! pgrep -f "$scratch" >/dev/null || fail "left behind: $(pgrep -af "$scratch")"
