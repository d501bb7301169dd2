# shellcheck shell=bash disable=SC2034
# Sourced: a kernel for guests, Debian's for clouds, which is small and starts quickly. Its package,
# where it is not installed, is unpacked only: a kernel that is installed may be what the machine boots
# next.

# find_guest_kernel <directory>: $guest_kernel is the kernel, $guest_modules the directory of its
# modules. They are kept in the directory, which tests share. Another kernel can be named by
# GANTRY_GUEST_KERNEL and GANTRY_GUEST_MODULES. With $guest_kernel_flavour=amd64 it is the one that has
# all modules.
find_guest_kernel() {
  local flavour=${guest_kernel_flavour:-cloud-amd64}
  if [ -n "${GANTRY_GUEST_KERNEL:-}" ]; then
    guest_kernel=$GANTRY_GUEST_KERNEL
    guest_modules=${GANTRY_GUEST_MODULES:?of GANTRY_GUEST_KERNEL}
    return 0
  fi
  for guest_kernel in /boot/vmlinuz-*-"$flavour"; do
    guest_modules=/lib/modules/${guest_kernel#/boot/vmlinuz-}
    if [[ $guest_kernel != *-cloud-* || $flavour == cloud-* ]] && [ -r "$guest_kernel" ] && [ -d "$guest_modules/kernel" ]; then
      return 0
    fi
  done
  [ "$flavour" = cloud-amd64 ] || set -- "$1/$flavour"
  mkdir -p "$1"
  # It is made by one of them.
  (
    flock 9
    [ -e "$1/kernel" ] || fetch_guest_kernel "$1" "linux-image-$flavour"
  ) 9>"$1/lock" >"$1/log" 2>&1 || {
    echo "skipped: there is no kernel for guests (GANTRY_GUEST_KERNEL and GANTRY_GUEST_MODULES can name" \
      "one): $(cat "$1/log")"
    exit 77
  }
  guest_kernel=$(echo "$1"/kernel/boot/vmlinuz-*)
  guest_modules=$(echo "$1"/kernel/lib/modules/*)
}

fetch_guest_kernel() (
  package=$2
  cd "$1" && rm -rf download && mkdir download && cd download || exit
  newest() {
    local name
    name=$(apt-cache "$@" depends "$package" |
      sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
    [ -n "$name" ] && apt-get -q "$@" -o "APT::Sandbox::User=$(id -un)" download "$name"
  }
  # The machine's lists may be absent, or too old; one's own need no rights.
  newest || {
    mkdir -p lists/partial
    own=(-o "Dir::State::lists=$PWD/lists" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
    apt-get -q "${own[@]}" update && newest "${own[@]}" || exit
  }
  dpkg -x linux-image-*.deb unpacked && mv unpacked ../kernel && rm -rf ../download
)
