#!/usr/bin/env bash
# Tests the CUDA backend without a GPU: against the stand-in driver and the stand-in compiler of runtime/cuda/standin,
# which run the emitted kernels on the processor; and what NVIDIA's compiler makes of them. Needs g++; the headers of CUDA and
# that compiler are fetched (scripts/cuda-tools.sh), or the headers are those of a toolkit. Where either cannot be had, it
# says so, and that is no failure.
#
#   scripts/test-cuda.sh [ARGUMENTS]     of go test, such as -run TestModule or -short
#
# With VN_CUDA_REAL=1 the same tests run on the GPU of this machine, with its driver and NVRTC.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "test-cuda: skipped: $*"; exit 0; }

command -v g++ >/dev/null || skip "there is no g++, which compiles the stand-in and cgo"

include=$PWD/build/cuda-tools/include
if ! scripts/cuda-tools.sh; then
    include=
    for dir in "${CUDA_HOME:-/usr/local/cuda}/include" /usr/include; do
        if [ -e "$dir/cuda.h" ]; then include=$dir; break; fi
    done
    [ "$include" ] || skip "the headers of CUDA are not here and cannot be fetched"
fi

CGO_ENABLED=0 go build -o build/vnc-nvrtc ./cmd/vnc-nvrtc
export CGO_ENABLED=1 CGO_CFLAGS="-O2 -I$include" VN_NVRTC_COMMAND=$PWD/build/vnc-nvrtc
if [ -z "${VN_CUDA_REAL:-}" ]; then
    runtime/cuda/standin/build.sh build/standin
    export CGO_LDFLAGS="-L$PWD/build/standin" LD_LIBRARY_PATH="$PWD/build/standin${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export VN_NVRTC=$PWD/build/standin/libnvrtc.so.12
fi

go vet -tags cuda ./...
go tool staticcheck -tags cuda ./runtime/cuda/... ./codegen/cuda/... ./cmd/...
go test ./codegen/cuda/build ./cmd/vnc-nvrtc
# -count=1: go test does not see what the stand-in reads, and would take an older result from its cache.
suite() { go test -tags cuda -count=1 -timeout 60m "$@"; }
suite "$@" ./runtime/cuda
suite -run TestHopper ./codegen/cuda # on a GPU of that kind
if [ -z "${VN_CUDA_REAL:-}" ]; then
    # What the stand-in is, and the order in which it runs threads, are its own choice: kernels for Hopper, and the others
    # backwards and at random. In float32 and tf32 the kernels are those of above.
    VN_STANDIN_SM=9.0 suite -run 'TestRounded/(bf16|fp16)' ./runtime/cuda
    VN_STANDIN_SM=9.0 suite -run TestHopper ./codegen/cuda
    for order in rev rand:1; do
        for sm in 8.0 9.0; do
            VN_STANDIN_SM=$sm VN_SCHED=$order suite -run 'TestRounded/bf16/(stage|many|forward|down)' ./runtime/cuda
        done
    done
    # Once with every access to memory checked by AddressSanitizer.
    VN_STANDIN_ASAN=1 runtime/cuda/standin/build.sh build/standin
    go test -tags cuda -c -o build/cuda.test ./runtime/cuda
    LD_PRELOAD=$(g++ -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 VN_STANDIN_ASAN=1 \
        LD_LIBRARY_PATH=$PWD/build/standin/asan VN_NVRTC=$PWD/build/standin/asan/libnvrtc.so.12 \
        build/cuda.test -test.run 'TestRounded/bf16/(stage|forward|down)'
fi
go build -tags cuda -o build/vnc-cuda ./cmd/vnc
CGO_ENABLED=0 go build -o build/vnc ./cmd/vnc
build/vnc devices
build/vnc inspect models/vnet.vn --device cuda >/dev/null

# What NVIDIA's compiler makes of the kernels: no warnings, no registers in memory, instructions of the tensor cores.
nvrtc=$PWD/build/cuda-tools/lib
if [ -z "${VN_CUDA_REAL:-}" ] && [ -e "$nvrtc/libnvrtc.so.12" ]; then
    lint() { VN_NVRTC=$nvrtc/libnvrtc.so.12 LD_LIBRARY_PATH=$nvrtc CGO_ENABLED=0 go run ./bench/gpu/table -lint "$@"; }
    for precision in bf16 fp16 tf32 fp32; do lint -precision "$precision"; done
    lint -set width=4 -set image=1,16,16,16 -batch 1
fi
