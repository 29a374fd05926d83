"""Draws curves.svg, and prints the table of docs/claim.md, from curves.csv (run.sh). Needs matplotlib."""

import collections
import csv
import pathlib
import statistics

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "vn"  # the same bytes for the same data
import matplotlib.pyplot as plt

here = pathlib.Path(__file__).parent
runs = collections.defaultdict(lambda: collections.defaultdict(dict))
for row in csv.DictReader(open(here / "curves.csv")):
    runs[row["loss"], row["shortcut"]][row["seed"]][int(row["step"])] = float(row["dice"])

names = {
    ("dice", "true"): ("Dice, residual", "tab:blue", "-"),
    ("dice", "false"): ("Dice, not residual", "tab:blue", "--"),
    ("logistic", "true"): ("re-weighted logistic, residual", "tab:orange", "-"),
    ("logistic", "false"): ("re-weighted logistic, not residual", "tab:orange", "--"),
}
plt.figure(figsize=(8, 4.5))
for key, (label, colour, style) in names.items():
    seeds = runs[key]
    steps = sorted(next(iter(seeds.values())))
    mean = [statistics.mean(seed[s] for seed in seeds.values()) for s in steps]
    for seed in seeds.values():
        plt.plot(steps, [seed[s] for s in steps], style, color=colour, alpha=0.25, linewidth=1)
    plt.plot(steps, mean, style, color=colour, label=label)
    last = [seed[steps[-1]] for seed in seeds.values()]
    at = {s: statistics.mean(seed[s] for seed in seeds.values()) for s in (100, 200, 300)}
    print(f"| {label} | {at[100]:.2f} | {at[200]:.2f} | **{at[300]:.2f}** | {', '.join(f'{x:.2f}' for x in last)} |")
plt.xlabel("steps of 2 volumes")
plt.ylabel("validation Dice")
plt.ylim(0, 1)
plt.legend(loc="lower right")
plt.tight_layout()
plt.savefig(here / "curves.svg", metadata={"Date": None})
