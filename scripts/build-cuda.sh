#!/usr/bin/env bash
# Builds what computes on a GPU: vnc, vnc-cuda, which vnc starts for --device cuda, and vnc-nvrtc, which compiles kernels.
#
#   scripts/build-cuda.sh [DIR]        the directory for the three; that of the sources where DIR is left out
#
# Needs Go and gcc; no GPU, no driver, and no rights. Headers of CUDA and NVRTC are those of the toolkit 11.8 to 12.x in
# CUDA_HOME or /usr/local/cuda; else scripts/cuda-tools.sh fetches them, for which there has to be python3 with pip.
set -euo pipefail
mkdir -p "${1:-$(dirname "$0")/..}"
dir=$(cd "${1:-$(dirname "$0")/..}" && pwd)
cd "$(dirname "$0")/.."

fail() { echo "build-cuda: $*" >&2; exit 1; }

command -v go >/dev/null || fail "there is no go: install Go from https://go.dev/dl/"
command -v gcc >/dev/null || fail "there is no gcc, which cgo compiles with: install it"

# usable DIR: whether a toolkit has what is needed, in a version that is known to do.
usable() {
    [ -e "$1/include/cuda.h" ] && [ -e "$1/lib64/stubs/libcuda.so" ] || return 1
    local version
    version=$(sed -nE 's/^#define CUDA_VERSION +([0-9]+).*/\1/p' "$1/include/cuda.h")
    [ "${version:-0}" -ge 11080 ] && [ "$version" -lt 13000 ]
}

toolkit=${CUDA_HOME:-/usr/local/cuda}
if usable "$toolkit"; then
    include=$toolkit/include stubs=$toolkit/lib64/stubs
else
    scripts/cuda-tools.sh
    include=$PWD/build/cuda-tools/include stubs=$PWD/build/cuda-tools/lib/stubs
    if [ "$dir" != "$PWD" ] && [ "$dir" != "$PWD/build" ]; then # where vnc-nvrtc does not find it
        mkdir -p "$dir/cuda-tools/lib"
        cp build/cuda-tools/License-*nvrtc* "$dir/cuda-tools/"
        cp build/cuda-tools/lib/libnvrtc* "$dir/cuda-tools/lib/"
    fi
fi

CGO_ENABLED=0 go build -o "$dir/" ./cmd/vnc ./cmd/vnc-nvrtc
# The library to link with may be an empty one; the driver's is loaded where vnc-cuda runs.
CGO_ENABLED=1 CGO_CFLAGS="-O2 -I$include" CGO_LDFLAGS="-L$stubs" go build -tags cuda -o "$dir/vnc-cuda" ./cmd/vnc
echo "build-cuda: vnc, vnc-cuda and vnc-nvrtc are in $dir"
if [ "$include" = "${CUDA_HOME:-}/include" ]; then
    echo "build-cuda: vnc-nvrtc finds the NVRTC of $CUDA_HOME while CUDA_HOME says so"
fi
"$dir/vnc" devices
