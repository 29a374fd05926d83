#!/usr/bin/env python3
"""Measures V-Net in PyTorch on a GPU; bench/gpu.sh calls it. Needs torch and numpy.

    torch_vnet.py DIRECTORY [--budget SECONDS] [--runs N] [--only TEXT...] [--cpu]

DIRECTORY has what Vn is given too: image.npy and weights.safetensors, and reference/image_output.npy, the probabilities
that Vn computes on the CPU in float32, against which the errors are measured. The results, torch.json, are written after
every row, so that a process that is ended early leaves what it has; what tells most comes first. The network is that of
bench/peers/networks.py.

A forward pass is of one sample, and a training step of two: loss, gradients and an update by SGD with momentum. Times are
medians over events of the GPU, after five runs to warm up. `--cpu` runs a few rows on the CPU, to try this script.
"""

import argparse
import contextlib
import gc
import json
import pathlib
import statistics
import sys
import time

import numpy
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
from measure import exact_conv, load_image, load_weights
from networks import vnet, vnet_loss

# The type of the weights, whether the tensor cores may round float32 to tf32, and whether autocast chooses bfloat16.
PRECISIONS = {
    "fp64": (torch.float64, False, False),
    "fp32": (torch.float32, False, False),
    "tf32": (torch.float32, True, False),
    "bf16 autocast": (torch.float32, True, True),
    "bf16": (torch.bfloat16, True, False),
    "fp16": (torch.float16, True, False),
}
LAYOUTS = {"channels_last_3d": torch.channels_last_3d, "contiguous": torch.contiguous_format}


def rows():
    """The configurations, those that tell most first; compiling takes up to a minute each."""
    plan = [("forward", "fp64", "contiguous", "eager")]
    for task in ("forward", "train"):
        for precision in ("bf16 autocast", "bf16", "tf32"):
            plan += [(task, precision, layout, mode) for layout in LAYOUTS for mode in ("eager", "graph")]
    plan += [(task, "bf16", layout, "compile") for layout in LAYOUTS for task in ("forward", "train")]
    for task in ("forward", "train"):
        for precision in ("fp16", "fp32"):
            plan += [(task, precision, layout, mode) for layout in LAYOUTS for mode in ("eager", "graph")]
    for precision in ("bf16 autocast", "fp16", "tf32"):
        plan += [(task, precision, layout, "compile") for layout in LAYOUTS for task in ("forward", "train")]
    return plan


class Bench:
    def __init__(self, directory, device, runs):
        self.directory, self.device, self.runs = directory, device, runs
        self.image = torch.from_numpy(load_image(directory / "image.npy"))
        p = numpy.load(directory / "reference" / "image_output.npy").astype(numpy.float64)
        self.want = numpy.log(p[1]) - numpy.log(p[0])

    def synchronise(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def times(self, run):
        """Milliseconds of each run."""
        for _ in range(5 if self.device == "cuda" else 1):
            run()
        self.synchronise()
        found = []
        for _ in range(self.runs):
            if self.device == "cuda":
                start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
                start.record()
                run()
                end.record()
                end.synchronize()
                found.append(start.elapsed_time(end))
            else:
                start = time.perf_counter()
                run()
                found.append((time.perf_counter() - start) * 1e3)
        return found

    def error(self, logits):
        """The relative L2 error of the difference of the two logits."""
        difference = (logits[0, 1].double() - logits[0, 0].double()).cpu().numpy()
        return float(numpy.linalg.norm(difference - self.want) / numpy.linalg.norm(self.want))

    def captured(self, run):
        """A CUDA graph of a run."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            run()
        return graph.replay

    def measure(self, task, precision, layout, mode):
        dtype, tf32, autocast = PRECISIONS[precision]
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
        put = lambda t: t.to(self.device, dtype).to(memory_format=LAYOUTS[layout]) if t.dim() == 5 else t.to(self.device, dtype)
        w = {name: put(v) for name, v in load_weights(self.directory / "weights.safetensors", torch.float32).items()}
        x = put(self.image)
        context = lambda: torch.autocast(self.device, torch.bfloat16) if autocast else contextlib.nullcontext()
        network = lambda x: vnet(w, x)
        if precision == "fp64":
            network = lambda x: vnet(w, x, exact_conv)
        row = {}
        if task == "forward":
            if mode == "compile":
                network = torch.compile(network)

            def run():
                with torch.no_grad(), context():
                    return network(x)

            row["error"] = self.error(run())
        else:
            x = x.repeat(2, 1, 1, 1, 1)
            label = (torch.randn(2, *x.shape[2:], device=self.device) > 1).float()
            for v in w.values():
                v.requires_grad_()
            update = torch.optim.SGD(w.values(), lr=1e-4, momentum=0.99, fused=self.device == "cuda")
            loss = lambda x: vnet_loss(network(x).float(), label)
            if mode == "compile":
                loss = torch.compile(loss)

            def run():
                update.zero_grad(set_to_none=mode != "graph")
                with context():
                    value = loss(x)
                value.backward()
                update.step()

        if mode == "eager":
            row["flops"] = flops(run)
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        if mode == "graph":
            run = self.captured(run)
        found = [0.0] if precision == "fp64" else self.times(run)
        row.update(ms=statistics.median(found), ms_min=min(found), ms_max=max(found))
        if self.device == "cuda":
            row["peak_mib"] = torch.cuda.max_memory_allocated() / 2**20
        return row


def flops(run):
    """What a run has to compute; a multiply-add counts two."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("directory", type=pathlib.Path)
    arguments.add_argument("--budget", type=float, default=180)
    arguments.add_argument("--runs", type=int, default=20)
    arguments.add_argument("--only", nargs="*", default=[""], help="measure rows whose 'task/precision/layout/mode' has one of these texts")
    arguments.add_argument("--cpu", action="store_true")
    o = arguments.parse_args()
    began = time.monotonic()
    device = "cpu" if o.cpu else "cuda"
    torch.backends.cudnn.benchmark = True
    head = {
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": None if o.cpu else torch.backends.cudnn.version(),
        "device": "the CPU" if o.cpu else torch.cuda.get_device_name(0),
        "runs": o.runs,
    }
    bench, done, counts = Bench(o.directory, device, o.runs), [], {}
    for task, precision, layout, mode in rows():
        name = "/".join((task, precision, layout, mode))
        if not any(text in name for text in o.only) or o.cpu and mode == "graph":
            continue
        row = {"what": task, "precision": precision, "layout": layout, "mode": mode}
        left = o.budget - (time.monotonic() - began)
        if left < (45 if mode == "compile" else 3 if o.cpu else 8):
            row["failed"] = "no time was left"
        else:
            try:
                row.update(bench.measure(task, precision, layout, mode))
                if "flops" in row:
                    counts[task] = row.pop("flops")
                if task in counts and row["ms"]:
                    row["tflops"] = counts[task] / row["ms"] / 1e9
            except Exception as e:
                row["failed"] = (str(e).splitlines() or [repr(e)])[0][:120]
        print("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else str(v) for k, v in row.items()), flush=True)
        done.append(row)
        (o.directory / "torch.json").write_text(json.dumps({"head": head, "rows": done}, indent=1))
        gc.collect()
        if mode == "compile":
            torch._dynamo.reset()
        if not o.cpu:
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
