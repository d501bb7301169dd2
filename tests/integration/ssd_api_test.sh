#!/bin/bash
# ssd_api_test.sh <cmake> <build tree> <config> <C++ example> <C compiler>: the simulator's installed
# interface, as programs in C, C++ and Python see it.
set -euo pipefail
cmake=$1
build=$2
config=$3
cpp_example=$4
compiler=$5
. "$(dirname -- "$0")/expectations.sh"
source=$(cd "$(dirname -- "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

"$cmake" --install "$build" --prefix "$scratch/prefix" --config "$config" \
  --component gantry_simulator >/dev/null
library=$(find prefix -name libgantry_ssd_c.so)
[[ -n $library ]] || fail 'no shared object is installed'
directory=$(dirname "$library")

# The header is of C99 and of C++, for each compiler that there is.
echo '#include <gantry/ssd.h>' >header.c
for each in "$compiler" gcc clang-14; do
  command -v "$each" >/dev/null || continue
  for language in 'c -std=c99' 'c -std=c11' 'c++ -std=c++11' 'c++ -std=c++20'; do
    # shellcheck disable=SC2086 # two words
    "$each" -x $language -pedantic -Wall -Wextra -Werror -Iprefix/include -fsyntax-only header.c
  done
done

# Nothing is exported but what the header declares.
nm -D --defined-only "$library" | sed 's/.* //' | sort >exported
sed -n 's/^GANTRY_SSD_API .*[ *]\(gantry_ssd_[a-z_]*\)(.*/\1/p' prefix/include/gantry/ssd.h |
  sort >declared
[[ $(wc -l <declared) -ge 18 ]] || fail "declared: $(cat declared)"
diff declared exported || fail 'the exported symbols are not those of the header'

"$compiler" -std=c99 -pedantic -Wall -Wextra -Werror "$source/examples/ssd-c-api/main.c" -o reads \
  -Iprefix/include "-L$directory" -lgantry_ssd_c "-Wl,-rpath,$PWD/$directory"
./reads ref-a >reads.txt
cat >expected.txt <<'END'
7516192768 bytes in pages of 4096
simulated
100000 reads, 316208 a second, mean latency 101096 ns
the report has percentiles
END
diff expected.txt reads.txt || fail 'the C example prints something else'
fails "there is no profile 'nope'" ./reads nope

# The program of the documentation is the one that has been built.
# shellcheck disable=SC2016 # Markdown's quotes
sed -n '/^```cpp$/,/^```$/{/^```/d;p}' "$source/docs/simulator.md" |
  diff - "$source/examples/ssd-cpp-api/main.cpp" || fail 'docs/simulator.md has another program'
"$cpp_example" >cpp.txt
grep -q '^  read  .* 59.81 us' cpp.txt || fail "the C++ example: $(cat cpp.txt)"

# Other languages load the shared object.
python3 - "$library" <<'END'
import ctypes, sys

class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t)] + [
        (name, ctypes.c_char_p) for name in ("device", "json", "state", "data_file")
    ] + [("data", ctypes.c_uint32), ("fill", ctypes.c_uint32), ("seed", ctypes.c_uint64),
         ("flags", ctypes.c_uint32), ("reserved", ctypes.c_uint32)]

ssd = ctypes.CDLL(sys.argv[1])
ssd.gantry_ssd_message.restype = ctypes.c_char_p
ssd.gantry_ssd_next_time.restype = ctypes.c_uint64
ssd.gantry_ssd_next_time.argtypes = [ctypes.c_void_p]
ssd.gantry_ssd_close.argtypes = [ctypes.c_void_p]
drive = ctypes.c_void_p()
options = Options(size=ctypes.sizeof(Options), device=b"ref-a")
assert ssd.gantry_ssd_open(ctypes.byref(options), ctypes.byref(drive)) == 0, ssd.gantry_ssd_message()
assert ssd.gantry_ssd_next_time(drive) == 2**64 - 1
ssd.gantry_ssd_close(drive)
options.size = 3
assert ssd.gantry_ssd_open(ctypes.byref(options), ctypes.byref(drive)) == -1
assert ssd.gantry_ssd_message().startswith(b"the size of a structure"), ssd.gantry_ssd_message()
END
