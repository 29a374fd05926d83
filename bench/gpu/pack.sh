#!/usr/bin/env bash
# Builds what bench/gpu.sh needs on a machine with a GPU, which needs no Go then: copy the repository there with it.
#
#   bench/gpu/pack.sh                build/gpu, from the whole network
#   bench/gpu/pack.sh --nvrtc        with NVRTC beside it, 60 MB, for a machine without the CUDA toolkit
#   bench/gpu/pack.sh --standin      build/gpu-standin, from a small one, for the stand-in on the CPU
#
# Needs Go and a C compiler, and python3 with pip for scripts/cuda-tools.sh. The network's kernels are compiled here; the
# device suite and compute-sanitizer compile others there.
set -euo pipefail
cd "$(dirname "$0")/../.."

dir=build/gpu settings=() precisions="bf16 fp16 tf32 fp32" archs=cuda:sm_80,sm_90,sm_90a # those for Ampere on Hopper, too
case "${1:-}" in
"" | --nvrtc) ;;
--standin)
    dir=build/gpu-standin settings=(--set width=4 --set image=1,16,16,16 --batch 1) precisions="bf16 fp32" archs=cuda:sm_80,sm_90a
    export XDG_CACHE_HOME=$PWD/$dir/cache
    ;;
*)
    echo "pack.sh: there is no option $1: choose --nvrtc or --standin, or leave it out" >&2
    exit 2
    ;;
esac
mkdir -p "$dir"

scripts/cuda-tools.sh
runtime/cuda/standin/build.sh # libcuda.so to link with: the real one comes with the driver
export VN_NVRTC=$PWD/build/cuda-tools/lib/libnvrtc.so.12
if [ "${1:-}" = --standin ]; then
    VN_NVRTC=$PWD/build/standin/libnvrtc.so.12
elif [ "${1:-}" = --nvrtc ]; then
    mkdir -p "$dir/cuda-tools/lib"
    cp build/cuda-tools/lib/libnvrtc* "$dir/cuda-tools/lib/"
fi

small=(-trimpath -ldflags "-s -w") # it travels
CGO_ENABLED=0 go build "${small[@]}" -o "$dir/" ./cmd/vnc ./cmd/vnc-nvrtc ./bench/gpu/inputs ./bench/gpu/report ./bench/gpu/table
export CGO_ENABLED=1 CGO_CFLAGS="-I$PWD/build/cuda-tools/include" CGO_LDFLAGS="-L$PWD/build/standin"
go build "${small[@]}" -tags cuda -o "$dir/vnc-cuda" ./cmd/vnc
go test "${small[@]}" -c -tags cuda -o "$dir/cuda.test" ./runtime/cuda
go test "${small[@]}" -c -tags cuda -o "$dir/hopper.test" ./codegen/cuda

# compile PRECISION: an artifact with the kernels for all architectures.
compile() {
    "$dir/vnc" compile models/vnet.vn ${settings[@]+"${settings[@]}"} --target "$archs" --precision "$1" \
        -o "$dir/vnet-$1.vnc" 2>"$dir/vnet-$1.log" || { cat "$dir/vnet-$1.log" >&2; return 1; }
}
jobs=()
for precision in $precisions; do
    compile "$precision" &
    jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job"; done
du -sh "$dir"
