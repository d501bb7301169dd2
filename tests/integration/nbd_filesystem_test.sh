#!/bin/bash
# nbd_filesystem_test.sh <gantry-ssd>: a file system that was written to the drive is clean when it is
# read back, and has the files that were put into it.
set -euo pipefail
ssd=$1
. "$(dirname -- "$0")/expectations.sh"
. "$(dirname -- "$0")/nbd_drive.sh"
for program in mke2fs e2fsck debugfs qemu-img; do
  command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || {
    echo "skipped: $program is not installed"
    exit 77
  }
done
PATH=$PATH:/usr/sbin:/sbin

# sums <directory>: of every file in it, by name.
sums() (
  cd "$1"
  find . -type f -print0 | sort -z | xargs -0 sha256sum
)

# A tree of many small files, some large ones, and one with a hole.
mkdir -p tree/{a,b/c,d}
for file in $(seq 300); do
  head -c $((file * 37)) /dev/urandom >"tree/b/c/$file"
done
head -c 5000000 /dev/urandom >tree/a/large
head -c 1 /dev/urandom >tree/d/holes
truncate -s 3000000 tree/d/holes
sums tree >expected

serve --device small.json --data-file drive.data --save-state drive.state --report report.json
truncate -s 64M image
mke2fs -q -t ext4 -b 4096 -d tree image
# Twice, by two clients: what was there is overwritten.
nbdcopy image "$uri"
qemu-img convert -n -f raw -O raw image "$uri"
end_server TERM
serve --data-file drive.data --state drive.state
nbdcopy "$uri" back
e2fsck -fn back >e2fsck.log 2>&1 || fail "e2fsck: $(cat e2fsck.log)"
mkdir rescued
debugfs -R 'rdump / rescued' back >/dev/null 2>debugfs.log || fail "debugfs: $(cat debugfs.log)"
rmdir rescued/lost+found
sums rescued >found
cmp expected found || fail "files have changed: $(diff expected found)"
cmp image back || fail "the image has changed"
end_server TERM
