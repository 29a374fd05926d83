#!/usr/bin/env bash
# Builds the stand-in's libcuda.so.1 and libnvrtc.so.12 into a folder, with g++ alone, if anything has changed:
#   runtime/cuda/standin/build.sh [DIR]     DIR is build/standin if it is left out
# With VN_STANDIN_ASAN=1 they are built for the address sanitizer, into DIR/asan.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
dir=${1:-$root/build/standin}
prelude=$root/codegen/cuda/prelude
flags=(-std=c++17 -O3 -march=native -ffp-contract=off -fPIC -fvisibility=hidden -Wall -Wextra -pthread)
if [ "${VN_STANDIN_ASAN:-}" = 1 ]; then
    dir=$dir/asan
    flags+=(-O1 -g -fsanitize=address -fno-omit-frame-pointer)
fi
if ! command -v g++ >/dev/null; then
    echo "the stand-in needs g++" >&2
    exit 1
fi
mkdir -p "$dir"

# The sources, the flags and the processor make the libraries.
stamp=$({ cat "$here"/*/*.cpp "$here"/*/*.h "$prelude/host.h" "$here/build.sh"; g++ --version; grep -m1 flags /proc/cpuinfo; } | sha256sum)
exec 9>"$dir/lock"
flock 9 # several tests may want it at the same time
if [ "$stamp" = "$(cat "$dir/stamp" 2>/dev/null)" ]; then
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() {
    g++ "${flags[@]}" -I"$prelude" -I"$here/engine" -c "$1" -o "$work/$(basename "$(dirname "$1")")-$(basename "$1").o"
}
for source in "$here"/engine/*.cpp "$here"/driver/*.cpp "$here"/nvrtc/*.cpp; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    compile "$source" &
done
for job in $(jobs -p); do wait "$job"; done

# New files, not new contents: a program that runs keeps the old ones.
rm -f "$dir"/libcuda.so* "$dir"/libnvrtc.so* "$dir/host.h" "$dir/stamp"
g++ "${flags[@]}" -shared -Wl,-soname,libcuda.so.1 "$work"/engine-*.o "$work"/driver-*.o -o "$dir/libcuda.so.1" -ldl
g++ "${flags[@]}" -shared -Wl,-soname,libnvrtc.so.12 "$work"/nvrtc-*.o -o "$dir/libnvrtc.so.12" -ldl
ln -s libcuda.so.1 "$dir/libcuda.so" # for -lcuda
ln -s libnvrtc.so.12 "$dir/libnvrtc.so"
cp "$prelude/host.h" "$dir/host.h" # kernels include it
echo "$stamp" >"$dir/stamp"
