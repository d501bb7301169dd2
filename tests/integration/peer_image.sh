# shellcheck shell=sh
# Read by tests in which other tools read our images.

skip() {
  echo "skipped: $1"
  exit 77
}

need() {
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is not installed"
  done
}

# make_tree <work> <probe>: whatever a layer can hold, in <work>/tree, and a bit in <work>/upper.
make_tree() {
  work=$1
  probe=$2
  mkdir -p "$work/tree/bin" "$work/tree/etc" "$work/tree/srv/deep" "$work/tree/usr/lib" \
    "$work/tree/var/tmp"
  cp "$probe" "$work/tree/bin/probe"
  chmod 0755 "$work/tree/bin/probe"
  printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:100::/srv:/bin/sh\n' >"$work/tree/etc/passwd"
  printf 'root:x:0:\nstaff:x:100:\naudio:x:29:app\n' >"$work/tree/etc/group"
  head -c 3000000 /dev/urandom >"$work/tree/usr/lib/random"
  head -c 3000000 /dev/zero >"$work/tree/usr/lib/zeros"
  : >"$work/tree/usr/lib/empty"
  long=$(printf 'n%.0s' $(seq 120))
  echo long >"$work/tree/usr/lib/$long"
  echo 'näme' >"$work/tree/usr/lib/ä ö"
  ln -s usr/lib "$work/tree/lib"
  ln -s "../$long/$long/$long" "$work/tree/usr/lib/dangling"
  ln "$work/tree/usr/lib/random" "$work/tree/usr/lib/random.link"
  echo secret >"$work/tree/srv/deep/secret"
  cp "$probe" "$work/tree/bin/capable"
  cp "$probe" "$work/tree/bin/setuid"
  mkfifo "$work/tree/srv/pipe"
  # chown takes capabilities and the set-user-ID bit away, so it comes first.
  chown -R 1000:100 "$work/tree/srv"
  chown 70000:4000000 "$work/tree/usr/lib/empty"
  chmod 0640 "$work/tree/srv/deep/secret"
  chmod 1770 "$work/tree/srv"
  chmod 1777 "$work/tree/var/tmp"
  chmod 4755 "$work/tree/bin/setuid"
  setcap cap_net_bind_service=ep "$work/tree/bin/capable"
  setfattr -n user.note -v 'some text' "$work/tree/etc/group"
  find "$work/tree" -exec touch -h -d '2020-02-02 02:02:02 UTC' {} +

  mkdir -p "$work/upper/etc" "$work/upper/lib" "$work/upper/usr/share/app"
  echo 'replaced' >"$work/upper/etc/issue"
  echo 'through the link' >"$work/upper/lib/upper"
  echo 'data' >"$work/upper/usr/share/app/data"
}

# make_images <gantry> <probe> <work>: <work>/layout has an image of make_tree's tree in every
# compression, which is its tag. It wants root: only root can give files away, and only then is
# there something to compare.
make_images() {
  gantry=$1
  probe=$2
  work=$3
  need setcap setfattr tar
  [ "$(id -u)" -eq 0 ] || skip "only root can make files of other owners"
  make_tree "$work" "$probe"
  tar --create --directory "$work/tree" --sort=name --numeric-owner --xattrs --xattrs-include='*' \
    --file "$work/rootfs.tar" .
  for compression in gzip gzip-dense zstd none; do
    # shellcheck disable=SC2016 # gantry expands the variable
    SOURCE_DATE_EPOCH=1600000000 "$gantry" image build --rootfs "$work/rootfs.tar" \
      --layer "$work/upper" --compression "$compression" --entrypoint /bin/probe --cmd ids \
      --user app --workdir /srv --env 'WHO=${USER}gantry' --label org.example.test=1 \
      --to "oci:$work/layout:$compression" --quiet
  done
}

# Everything that a file system can say about a tree, but for the owner and time of its root.
describe() {
  (
    cd "$1" || exit 1
    find . -mindepth 1 -printf '%P|%y|%m|%U:%G|%T@|%l|%n\n' | sed 's/\.0*|/|/' | sort
    find . -type f -print0 | sort -z | xargs -0 sha256sum
    getfattr --recursive --no-dereference --dump --match=- --encoding=hex . | grep -v '^# file: \.$' |
      grep -v -e '=0x$' -e security.selinux | paste -sd '|' | sed 's/||/\n/g' | sort
    find . -type f -links +1 -printf '%i %P\n' | sort | awk '{ print $1 == last, $2; last = $1 }'
  )
}
