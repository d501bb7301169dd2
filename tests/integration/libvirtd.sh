# shellcheck shell=bash disable=SC2034 # the test reads what this sets
# Sourced: a daemon of libvirt of the test's own, which sees nothing of the machine's, and runs guests
# without the hardware's help. It is the system's kind, for which one has to be root.

# The first process of a container may bury nobody, for whom libvirt waits.
libvirt_reaper='import ctypes, os, signal, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
child = subprocess.Popen(sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
while True:
    pid, status = os.wait()
    if pid == child.pid:
        sys.exit(os.waitstatus_to_exitcode(status))'

# need_libvirtd: or the test is skipped.
need_libvirtd() {
  local program
  PATH=$PATH:/usr/sbin:/sbin
  for program in libvirtd virsh unshare python3; do
    command -v "$program" >/dev/null || {
      echo "skipped: $program is not installed"
      exit 77
    }
  done
  unshare --mount true 2>/dev/null || {
    echo "skipped: a daemon of libvirt needs the rights of root"
    exit 77
  }
}

# start_libvirtd <directory> [<line of qemu.conf>...]: $libvirtd is its process, $libvirt_uri where it
# listens. The directory is absolute and short.
start_libvirtd() {
  local directory=$1 place
  shift
  mkdir -p "$directory"/{run,lib,cache,log,socket} /run/libvirt /var/{lib,cache,log}/libvirt
  printf '%s\n' 'stdio_handler = "file"' 'namespaces = []' "$@" >"$directory/qemu.conf"
  printf '%s = "none"\n' auth_unix_ro auth_unix_rw >"$directory/libvirtd.conf"
  echo "unix_sock_dir = \"$directory/socket\"" >>"$directory/libvirtd.conf"
  {
    echo "mount --bind '$directory/qemu.conf' /etc/libvirt/qemu.conf"
    echo "mount --bind '$directory/run' /run/libvirt"
    for place in lib cache log; do
      echo "mount --bind '$directory/$place' /var/$place/libvirt"
    done
    # One that is there, and that QEMU cannot use, has libvirt ask QEMU anew whenever it looks.
    touch "$directory/kvm"
    chmod 600 "$directory/kvm"
    [ ! -e /dev/kvm ] || echo "mount --bind '$directory/kvm' /dev/kvm"
    # shellcheck disable=SC2016
    echo 'exec "$@"'
  } >"$directory/begin"
  unshare --mount sh -e "$directory/begin" python3 -c "$libvirt_reaper" \
    libvirtd --config "$directory/libvirtd.conf" --pid-file "$directory/pid" >"$directory/said" 2>&1 &
  libvirtd=$!
  libvirt_uri="qemu+unix:///system?socket=$directory/socket/libvirt-sock"
  for _ in $(seq 100); do
    [ ! -S "$directory/socket/libvirt-sock" ] || return 0
    sleep 0.1
  done
  cat "$directory/said"
  exit 1
}
