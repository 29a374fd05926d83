#!/usr/bin/env bash
# The experiment of docs/claim.md: every loss with and without shortcuts, three seeds each. Takes about a quarter of an
# hour on two cores. Needs Go; writes curves.csv beside this script, and its runs into the directory given.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: docs/claim/run.sh DIRECTORY}
mkdir -p "$out"
(cd "$here/../.." && CGO_ENABLED=0 go build -o "$(realpath "$out")/vnc" ./cmd/vnc)
vnc=$(realpath "$out")/vnc
[ -d "$out/phantoms" ] || "$vnc" phantom "$out/phantoms" --cases 24 --seed 5 --max-foreground 0.02

echo "loss,shortcut,seed,step,dice" > "$out/curves.csv"
for seed in 1 2 3; do
    for loss in dice logistic; do
        for shortcut in true false; do
            run="$out/$loss-$shortcut-$seed"
            rm -rf "$run"
            "$vnc" train "$here/$loss.vn" --data "$out/phantoms" -o "$run" --seed "$seed" --set shortcut="$shortcut" --json
            # A line of the log with a validation: {"step":25,"seconds":0.3,"validation":0.61,...}
            grep '"validation"' "$run/log.jsonl" |
                sed -E 's/.*"step":([0-9]+).*"validation":([0-9.e-]+).*/\1,\2/' |
                sed "s/^/$loss,$shortcut,$seed,/" >> "$out/curves.csv"
        done
    done
done
cp "$out/curves.csv" "$here/curves.csv"
