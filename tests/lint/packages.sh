#!/bin/sh
# Every Debian package that the build asks for is in tools/packages.txt, which is sorted within its
# groups and names nothing twice.
set -eu
. "$(dirname -- "$0")/environment.sh"
list=tools/packages.txt
bad=

required=$(sources CMakeLists.txt '*.cmake' | in_all sed -nE \
  -e 's/^ *gantry_require_package\([A-Za-z0-9_]+ ([a-z0-9.+-]+).*/\1/p' \
  -e 's/^ *gantry_require_(library|header)\([A-Za-z0-9_]+ [^ ]+ ([a-z0-9.+-]+).*/\2/p' | sort -u)
[ "$(echo "$required" | wc -l)" -ge 10 ] || bad="the required packages were not found"
for name in $required; do
  grep -qx "$name" "$list" || bad="$bad
$name is required, but not in $list"
done

twice=$(grep -v '^#' "$list" | tr -d ' ' | tr '|' '\n' | sort | uniq -d | grep . || true)
[ -z "$twice" ] || bad="$bad
twice in $list: $twice"
awk '/^#/ { last = ""; next } NF { if ($1 < last) { print $1; exit 1 } last = $1 }' "$list" || bad="$bad
not sorted in $list, see above"

[ -z "$bad" ] || {
  echo "$bad"
  exit 1
}
