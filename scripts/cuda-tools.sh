#!/usr/bin/env bash
# Fetches what is needed to build and test the CUDA backend where the CUDA toolkit is not installed: the headers of the
# driver and the runtime compiler NVRTC, from NVIDIA's packages for Python; and, where there is gcc, an empty libcuda.so
# to link with where there is no driver. Needs python3 with pip; needs no GPU and no rights. Nothing outside the directory
# is touched.
#
#   scripts/cuda-tools.sh [DIR]        DIR/include/cuda.h, DIR/lib/libnvrtc.so.12, DIR/lib/stubs/libcuda.so;
#                                      build/cuda-tools where DIR is left out
#
# VN_WHEELS may name a directory that holds the two wheels already. NVIDIA's licence, which allows this use, is unpacked
# beside them.
set -euo pipefail
cd "$(dirname "$0")/.."

version=12.4.127
packages="nvidia-cuda-runtime-cu12 nvidia-cuda-nvrtc-cu12"
dir=${1:-build/cuda-tools}

fail() { echo "cuda-tools: $*" >&2; exit 1; }

# fetch downloads the packages and unpacks them.
fetch() {
    command -v python3 >/dev/null || fail "there is no python3, which fetches and unpacks the packages: install it, or install the CUDA toolkit 11.8 to 12.x instead"

    mkdir -p "$dir"
    wheels=${VN_WHEELS:-}
    if [ -z "$wheels" ]; then
        python3 -m pip --version >/dev/null 2>&1 || fail "python3 has no pip, which fetches the packages: install python3-pip, or install the CUDA toolkit 11.8 to 12.x instead"
        wheels=$(mktemp -d)
        trap 'rm -rf "$wheels"' EXIT
        for package in $packages; do
            python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$wheels" "$package==$version" ||
                fail "pip cannot fetch $package $version: see what it says above"
        done
    fi

    python3 - "$dir" "$wheels" "$version" $packages <<'PYTHON' || fail "the packages cannot be unpacked: see above"
import glob, os, sys, zipfile

target, wheels, version, packages = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
for package in packages:
    found = glob.glob(os.path.join(wheels, package.replace("-", "_") + "-" + version + "-*.whl"))
    if not found:
        sys.exit(f"there is no wheel of {package} {version} in {wheels}")
    with zipfile.ZipFile(found[0]) as wheel:
        for name in wheel.namelist():
            parts = name.split("/")  # nvidia/cuda_nvrtc/lib/libnvrtc.so.12
            if name.endswith("/"):
                continue
            if len(parts) > 3 and parts[0] == "nvidia" and parts[2] in ("include", "lib"):
                path = os.path.join(target, *parts[2:])
            elif os.path.basename(name).startswith("License"):
                path = os.path.join(target, f"License-{package}.txt")
            else:
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(wheel.read(name))
PYTHON
}

# stub makes a library with every function of cuda.h, all of which do nothing. It has the name of the driver's, so that
# what is linked with it loads that where it runs. The names are those after the preprocessor: cuMemAlloc is a macro for
# cuMemAlloc_v2.
stub() {
    mkdir -p "$dir/lib/stubs"
    printf '#include <cuda.h>\n' | gcc -E -P -I"$dir/include" - | tr '\n' ' ' | grep -oE 'CUresult +cu[A-Za-z0-9_]+ *\(' |
        sed -E 's/CUresult +(.*[^ ]) *\(/void \1(void) {}/' | sort -u |
        gcc -shared -fPIC -x c -Wl,-soname,libcuda.so.1 -o "$dir/lib/stubs/libcuda.so" - || fail "gcc cannot make $dir/lib/stubs/libcuda.so: see above"
}

if ! [ -e "$dir/version" ] || [ "$(cat "$dir/version")" != "$version" ]; then
    fetch
    rm -f "$dir/lib/stubs/libcuda.so" # of other headers
    echo "$version" >"$dir/version"
    echo "cuda-tools: $dir holds the headers and NVRTC $version"
fi
if ! [ -e "$dir/lib/stubs/libcuda.so" ] && command -v gcc >/dev/null; then
    stub
fi
