# shellcheck shell=bash
# Sourced: what a guest of busybox needs to be logged in to by SSH.

# add_dropbear <initial RAM disk>: adds an SSH server with its libraries, which is started by
# "dropbear -R" and makes the keys of the host itself. The kernel unpacks one archive after the other.
add_dropbear() {
  local root library
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,etc/dropbear,root}
  cp "$(PATH=$PATH:/usr/sbin command -v dropbear)" "$root/bin/dropbear"
  for library in $(ldd "$root/bin/dropbear" | grep -o '/[^ ]*'); do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  echo /bin/sh >"$root/etc/shells"
  (cd "$root" && find . | sort | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >>"$1"
  rm -rf "$root"
}
