#!/usr/bin/env bash
# Checks and measures Vn on a GPU, beside PyTorch where there is one: one command, in the root of the repository, after
# bench/gpu/pack.sh has put what it needs into build/gpu on a machine that has Go.
#
#   bench/gpu.sh                the whole network; at most eight minutes
#   bench/gpu.sh --standin      a small one on the stand-in, a GPU played by the CPU: to try this script
#
# The results go to $OUT, build/gpu/out if it is not set: a log for each step, and in the end gpu.json and the tables that
# are printed. A step that fails or takes too long is noted, and the others go on. PYTHON names the Python that has torch.
set -euo pipefail
cd "$(dirname "$0")/.."

pack=$PWD/build/gpu
python=${PYTHON:-python3}
precisions="bf16 fp16 tf32 fp32" runs=20 bench_seconds=60 torch_seconds=150 torch_flags=() small=(--set width=8 --set image=1,32,32,16) shape=()
total=${BUDGET:-470}
case "${1:-}" in
--standin)
    bench/gpu/pack.sh --standin
    pack=$PWD/build/gpu-standin
    precisions="bf16 fp32" runs=1 bench_seconds=150 torch_seconds=30 torch_flags=(--cpu --runs 1 --only fp64 fp32/contiguous/eager forward/bf16/contiguous/eager)
    small=(--set width=4 --set image=1,16,16,16 --batch 1) shape=(-set width=4 -set image=1,16,16,16 -batch 1)
    export LD_LIBRARY_PATH=$PWD/build/standin VN_NVRTC=$PWD/build/standin/libnvrtc.so.12
    export XDG_CACHE_HOME=$pack/cache
    ;;
"") ;;
*)
    echo "gpu.sh: there is no option $1: leave it out, or say --standin" >&2
    exit 2
    ;;
esac
standin=${1:-}
[ -x "$pack/vnc-cuda" ] || { echo "gpu.sh: $pack is not there: run bench/gpu/pack.sh where Go is installed, and copy the repository with build/gpu here" >&2; exit 1; }
out=${OUT:-$pack/out}
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -rf "$out"/*.log "$out"/bench-*.json "$out"/torch.json "$out"/reference "$out"/sm_*
: >"$out/steps.tsv"
export PATH=$pack:$PATH
began=$SECONDS
# PyTorch brings an NVRTC of its own, where the machine has no other.
if [ -z "${VN_NVRTC:-}" ] && ! vnc-nvrtc -version >/dev/null 2>&1; then
    VN_NVRTC=$("$python" - <<'PYTHON' 2>/dev/null || true
import glob, sys
print(*(f for p in sys.path for f in sorted(glob.glob(p + "/nvidia/*/lib/libnvrtc.so.*"))[:1]), sep="\n")
PYTHON
    )
    VN_NVRTC=${VN_NVRTC%%$'\n'*}
    if [ "$VN_NVRTC" ]; then export VN_NVRTC; else unset VN_NVRTC; fi
fi

note() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$out/steps.tsv"; }

# step NAME SECONDS COMMAND...: runs a command for so long at most, with its output in NAME.log.
step() {
    local name=$1 most=$2 left=$((total - (SECONDS - began))) start=$EPOCHREALTIME result=ok rc=0
    shift 2
    if [ "$left" -lt 5 ]; then
        note "$name" 0 "skipped: no time was left"
        return 0
    fi
    echo "== $name" >&2
    timeout -k 5 "$((most < left ? most : left))" "$@" >"$out/$name.log" 2>"$out/$name.err.log" || rc=$?
    case $rc in
    0) ;;
    124 | 137) result="took longer than it may" ;;
    *) result="failed ($rc): $(tail -n 1 "$out/$name.err.log" | cut -c1-120 | tr '\t|' '  ')" ;;
    esac
    note "$name" "$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $start }")" "$result"
    [ "$result" = ok ] || echo "   $result; see $out/$name.err.log" >&2
}

# on ARCH COMMAND...: runs a command with the kernels for an architecture.
on() (
    if [ "$standin" ]; then
        case $1 in sm_90a) export VN_STANDIN_SM=9.0 ;; *) export VN_STANDIN_SM=8.0 ;; esac
    else
        export VN_CUDA_ARCH=$1
    fi
    "${@:2}"
)

step devices 20 vnc devices --json
archs=sm_80
if [ "$standin" ]; then
    archs="sm_90a sm_80"
elif grep -q '"compute_capability": *"9\.' "$out/devices.log"; then
    archs="sm_90a sm_80" # those for Ampere run on Hopper too
fi

step inputs 60 inputs "$pack/vnet-fp32.vnc" "$out"
step reference 60 vnc run "$pack/vnet-fp32.vnc" "$out/image.npy" --seed 0 --exact --overwrite -o "$out/reference"

# The device suite, in two processes: most of its time goes into compiling small kernels.
suite() {
    cd runtime/cuda
    if [ "$standin" ]; then
        exec "$pack/cuda.test" -test.v -test.short -test.run 'TestModule|TestClose|TestNoSuchDevice|TestDevice/session'
    fi
    local first rc=0
    "$pack/cuda.test" -test.v -test.run '^TestDevice$' &
    first=$!
    "$pack/cuda.test" -test.v -test.skip '^TestDevice$' || rc=$?
    wait "$first" || rc=$?
    return "$rc"
}
export -f suite
export pack standin
step suite 200 bash -c suite
on sm_90a step hopper 60 bash -c 'cd codegen/cuda && exec "$pack/hopper.test" -test.v -test.run TestHopper'

for arch in $archs; do
    for precision in $precisions; do
        name=$arch-$precision
        on "$arch" step "bench-$name" "$bench_seconds" vnc bench "$pack/vnet-$precision.vnc" --device cuda --precision "$precision" --runs "$runs" --json
        cp "$out/bench-$name.log" "$out/bench-$name.json" 2>/dev/null || true
        on "$arch" step "output-$name" 30 vnc run "$pack/vnet-$precision.vnc" "$out/image.npy" --seed 0 --device cuda --precision "$precision" --overwrite -o "$out/$name"
    done
done

vnc phantom "$out/volumes" --cases 1 >/dev/null
step run 30 vnc run "$pack/vnet-bf16.vnc" "$out/volumes/Case00.mhd" --seed 0 --device cuda --largest-component --overwrite --json -o "$out/masks"

if "$python" -c "import torch, numpy" 2>/dev/null; then
    step torch $((torch_seconds + 30)) "$python" bench/gpu/torch_vnet.py "$out" --budget "$torch_seconds" ${torch_flags[@]+"${torch_flags[@]}"}
else
    note torch 0 "skipped: $python has no torch and numpy; name one that has them in PYTHON"
fi

sanitizer=$(PATH=$PATH:/usr/local/cuda/bin command -v compute-sanitizer || true)
for tool in memcheck racecheck synccheck initcheck; do
    if [ "$sanitizer" ]; then
        step "$tool" 45 "$sanitizer" --tool "$tool" --error-exitcode 9 "$pack/vnc-cuda" bench models/vnet.vn "${small[@]}" --device cuda --runs 1 --json
    else
        note "$tool" 0 "skipped: there is no compute-sanitizer, which comes with the CUDA toolkit"
    fi
done

best=$(printf '%s' "$archs" | cut -d' ' -f1)
if [ -s "$out/bench-$best-bf16.json" ]; then
    step table 60 table ${shape[@]+"${shape[@]}"} -arch "$best" -profile "$out/bench-$best-bf16.json" -o "$out/gpu-kernels.md"
fi
report "$out" | tee "$out/gpu.md"
