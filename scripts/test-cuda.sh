#!/usr/bin/env bash
# Tests the CUDA backend without a GPU: against the stand-in driver and the stand-in compiler of runtime/cuda/standin,
# which run the emitted kernels on the processor. Needs g++; the headers of CUDA are fetched where there are none. Where
# either cannot be had, it says so, and that is no failure.
#
#   scripts/test-cuda.sh [ARGUMENTS]     of go test, such as -run TestModule or -short
#
# With VN_CUDA_REAL=1 the same tests run on the GPU of this machine, with its driver and NVRTC.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "test-cuda: skipped: $*"; exit 0; }

command -v g++ >/dev/null || skip "there is no g++, which compiles the stand-in and cgo"

include=
for dir in "${CUDA_HOME:-/usr/local/cuda}/include" /usr/include; do
    if [ -e "$dir/cuda.h" ]; then include=$dir; break; fi
done
if [ -z "$include" ] || [ -n "${VN_CUDA_REAL:-}" ]; then
    scripts/cuda-tools.sh || skip "the headers of CUDA are not here and cannot be fetched"
    include=${include:-$PWD/build/cuda-tools/include}
fi

CGO_ENABLED=0 go build -o build/vnc-nvrtc ./cmd/vnc-nvrtc
export CGO_ENABLED=1 CGO_CFLAGS="-O2 -I$include" VN_NVRTC_COMMAND=$PWD/build/vnc-nvrtc
if [ -z "${VN_CUDA_REAL:-}" ]; then
    runtime/cuda/standin/build.sh build/standin
    export CGO_LDFLAGS="-L$PWD/build/standin" LD_LIBRARY_PATH="$PWD/build/standin${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export VN_NVRTC=$PWD/build/standin/libnvrtc.so.12
fi

go vet -tags cuda ./...
go test ./codegen/cuda/build ./cmd/vnc-nvrtc
for sm in 8.0 9.0; do # what the stand-in is: its kernels differ
    # -count=1: go test does not see what the stand-in reads, and would take the result of the other one from its cache.
    VN_STANDIN_SM=$sm go test -tags cuda -count=1 -timeout 60m "$@" ./runtime/cuda
    if [ -n "${VN_CUDA_REAL:-}" ]; then break; fi
done
go build -tags cuda -o build/vnc-cuda ./cmd/vnc
CGO_ENABLED=0 go build -o build/vnc ./cmd/vnc
build/vnc devices
build/vnc inspect models/vnet.vn --device cuda >/dev/null
