"""Measures PyTorch and onnxruntime; bench/peers calls it, once for each measurement, and reads the JSON that it prints.

    measure.py packages                                     the versions of what is installed
    measure.py export MODEL WEIGHTS IMAGE ONNX              writes the network for onnxruntime
    measure.py torch-forward MODEL WEIGHTS IMAGE THREADS RUNS
    measure.py torch-step MODEL WEIGHTS IMAGE THREADS RUNS BATCH
    measure.py onnx-forward ONNX IMAGE THREADS RUNS
    measure.py error MODEL WEIGHTS IMAGE VN_OUTPUT [ONNX]   relative L2 errors against float64

WEIGHTS is a safetensors file, IMAGE and VN_OUTPUT are .npy arrays [channel, z, y, x]. Every measurement is a process of
its own, so that its peak memory is its own too; two runs warm up.
"""

import importlib.metadata
import json
import resource
import struct
import sys
import time


def packages():
    found = {}
    for name in ("numpy", "torch", "onnx", "onnxscript", "onnxruntime"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def load_weights(path, dtype):
    """The tensors of a safetensors file, by name."""
    import numpy
    import torch

    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    weights = {}
    for name, info in header.items():
        if name != "__metadata__":
            start, end = info["data_offsets"]
            values = numpy.frombuffer(data[start:end], "<f4").reshape(info["shape"])
            weights[name] = torch.tensor(values, dtype=dtype)
    return weights


def load_image(path):
    """An image [1, channel, z, y, x]."""
    import numpy

    return numpy.load(path)[None]


def timed(run, runs):
    for _ in range(2):
        run()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2)
    return {"seconds": seconds, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


def torch_forward(model, weights, image, threads, runs):
    import torch
    from networks import NETWORKS

    torch.set_num_threads(int(threads))
    w, x = load_weights(weights, torch.float32), torch.from_numpy(load_image(image))
    with torch.inference_mode():
        return timed(lambda: torch.softmax(NETWORKS[model][0](w, x), 1), int(runs))


def torch_step(model, weights, image, threads, runs, batch):
    import torch
    from networks import NETWORKS

    torch.set_num_threads(int(threads))
    network, loss, optimizer = NETWORKS[model]
    w = {name: v.requires_grad_() for name, v in load_weights(weights, torch.float32).items()}
    x = torch.from_numpy(load_image(image)).repeat(int(batch), 1, 1, 1, 1)
    label = torch.randint(0, 2, (int(batch), *x.shape[2:])).float()
    update = optimizer(list(w.values()))

    def step():
        update.zero_grad()
        loss(network(w, x), label).backward()
        update.step()

    return timed(step, int(runs))


def export(model, weights, image, path):
    import torch
    from networks import NETWORKS

    class Network(torch.nn.Module):
        def __init__(self, w):
            super().__init__()
            self.names = {name: name.replace(".", "_") for name in w}
            for name, v in w.items():
                self.register_buffer(self.names[name], v)

        def forward(self, x):
            w = {name: getattr(self, attribute) for name, attribute in self.names.items()}
            return torch.softmax(NETWORKS[model][0](w, x), 1)

    network = Network(load_weights(weights, torch.float32)).eval()
    program = torch.onnx.export(network, (torch.from_numpy(load_image(image)),), input_names=["image"], dynamo=True, verbose=False)
    program.save(path)
    return {}


def onnx_session(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if threads:
        options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def onnx_forward(path, image, threads, runs):
    session, x = onnx_session(path, int(threads)), load_image(image)
    return timed(lambda: session.run(None, {"image": x}), int(runs))


def exact_conv(x, weight, bias, stride=1, padding=0):
    """A convolution in float64, in slabs along z: PyTorch unfolds the windows, and those of the whole image at once would
    not fit into memory."""
    import torch
    import torch.nn.functional as F

    x = F.pad(x, [padding] * 6)
    k = weight.shape[2]
    depth = (x.shape[2] - k) // stride + 1
    rows = x.shape[1] * weight[0, 0].numel() * (x.shape[3] // stride) * (x.shape[4] // stride) * 8  # bytes
    slab = max((1 << 29) // rows, 1)
    parts = []
    for z in range(0, depth, slab):
        last = (min(z + slab, depth) - 1) * stride + k
        parts.append(F.conv3d(x[:, :, z * stride : last], weight, bias, stride=stride))
    return torch.cat(parts, 2)


def error(model, weights, image, vn, path=None):
    """The relative L2 errors of the differences of the logits of the two classes, as the probabilities give them:
    log p1 - log p0."""
    import numpy
    import torch
    from networks import NETWORKS

    network, x = NETWORKS[model][0], load_image(image)
    with torch.inference_mode():
        logits = network(load_weights(weights, torch.float64), torch.from_numpy(x).double(), exact_conv)
        probabilities = torch.softmax(network(load_weights(weights, torch.float32), torch.from_numpy(x)), 1).numpy()
    want = (logits[0, 1] - logits[0, 0]).numpy()

    def relative(p):
        p = p.astype(numpy.float64)
        return float(numpy.linalg.norm(numpy.log(p[1]) - numpy.log(p[0]) - want) / numpy.linalg.norm(want))

    found = {"vn": relative(numpy.load(vn)), "torch": relative(probabilities[0])}
    if path:
        found["onnx"] = relative(onnx_session(path, 0).run(None, {"image": x})[0][0])
    return found


if __name__ == "__main__":
    commands = {
        "packages": packages,
        "export": export,
        "torch-forward": torch_forward,
        "torch-step": torch_step,
        "onnx-forward": onnx_forward,
        "error": error,
    }
    print("\n" + json.dumps(commands[sys.argv[1]](*sys.argv[2:])))
