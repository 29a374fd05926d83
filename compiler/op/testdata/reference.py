"""Writes reference.json: contractions and windows as PyTorch computes them, in float64.

    pip install torch numpy && python reference.py

Every case is one op with its attributes, its arguments and its result; the gradients are PyTorch's autograd. Arguments
are small whole numbers, so that sums of products are exact whatever their order.
"""
import json

import torch
import torch.nn.functional as F

torch.manual_seed(1)
AXES = {1: ["x"], 2: ["y", "x"], 3: ["z", "y", "x"]}
cases = []


def whole(*shape):
    return torch.randint(-4, 5, shape).double().requires_grad_()


def distinct(*shape):
    """Different numbers, so that every maximum is unique."""
    n = torch.Size(shape).numel()
    return (torch.randperm(n).reshape(shape) - n // 2).double().requires_grad_()


def tensor(names, t):
    data = [int(x) if x == int(x) else x for x in t.detach().flatten().tolist()]
    return {"axes": [{"name": n, "size": s} for n, s in zip(names, t.shape)], "data": data}


def case(name, kind, attributes, args, result):
    cases.append({"name": name, "kind": kind, "attributes": attributes, "args": args, "result": result})


def convolution(name, batch, channels, out, size, kernel, stride, low, high, dilation, groups):
    d = len(size)
    conv = [F.conv1d, F.conv2d, F.conv3d][d - 1]
    x, w = whole(batch, channels, *size), whole(out, channels // groups, *kernel)
    padding = [p for axis in reversed(range(d)) for p in (low[axis], high[axis])]  # F.pad starts at the last axis
    y = conv(F.pad(x, padding), w, stride=stride, dilation=dilation, groups=groups)
    dy = whole(*y.shape)
    y.backward(dy)
    feature, weight = ["batch", "channel"] + AXES[d], ["out", "in"] + AXES[d]
    tx, tw, tdy = tensor(feature, x), tensor(weight, w), tensor(feature, dy)
    a = {"Stride": stride, "PadLow": low, "PadHigh": high, "Dilation": dilation, "Groups": groups}
    case(name, "convolve", a, [tx, tw], tensor(feature, y))
    case(name, "convolve_input", a | {"Size": size}, [tdy, tw], tensor(feature, x.grad))
    case(name, "convolve_weight", a | {"Kernel": kernel}, [tx, tdy], tensor(weight, w.grad))


def transposed(name, channels, out, size, kernel, stride, padding, output_padding, groups):
    """PyTorch's own transposed convolution; its weight is [in, out/groups, ...], ours the convolution's."""
    d = len(size)
    conv = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][d - 1]
    x, w = whole(2, channels, *size), whole(channels, out // groups, *kernel)
    y = conv(x, w, stride=stride, padding=padding, output_padding=output_padding, groups=groups)
    feature, weight = ["batch", "channel"] + AXES[d], ["out", "in"] + AXES[d]
    a = {"Stride": stride, "PadLow": padding, "PadHigh": padding, "Dilation": [1] * d, "Groups": groups,
         "Size": list(y.shape[2:])}
    case(name, "convolve_input", a, [tensor(feature, x), tensor(weight, w)], tensor(feature, y))


def max_pool(name, size, window, stride, padding):
    d = len(size)
    pool = [F.max_pool1d, F.max_pool2d, F.max_pool3d][d - 1]
    x = distinct(2, 2, *size)
    y = pool(x, window, stride=stride, padding=padding)
    dy = whole(*y.shape)
    y.backward(dy)
    feature = ["batch", "channel"] + AXES[d]
    a = {"Window": window, "Stride": stride, "PadLow": padding, "PadHigh": padding}
    case(name, "max_pool", a, [tensor(feature, x)], tensor(feature, y))
    case(name, "max_pool_gradient", a, [tensor(feature, x), tensor(feature, dy)], tensor(feature, x.grad))


def resize(name, size, new, mode):
    d = len(size)
    x = whole(1, 2, *size)
    if mode == "nearest":
        y = F.interpolate(x, new, mode="nearest-exact")
    else:
        y = F.interpolate(x, new, mode=["linear", "bilinear", "trilinear"][d - 1], align_corners=False)
    dy = whole(*y.shape)
    y.backward(dy)
    feature = ["batch", "channel"] + AXES[d]
    case(name, "resize", {"Size": new, "Mode": mode}, [tensor(feature, x)], tensor(feature, y))
    case(name, "resize_gradient", {"Size": size, "Mode": mode}, [tensor(feature, dy)], tensor(feature, x.grad))


convolution("1-d", 2, 3, 2, [7], [3], [1], [1], [1], [1], 1)
convolution("1-d, stride, dilation, groups", 2, 4, 6, [11], [3], [2], [0], [3], [2], 2)
convolution("2-d, asymmetric", 2, 2, 3, [5, 6], [2, 3], [2, 1], [1, 0], [0, 2], [1, 2], 1)
convolution("2-d, depthwise", 1, 3, 6, [4, 5], [3, 3], [1, 2], [1, 1], [1, 1], [1, 1], 3)
convolution("3-d, 5x5x5", 1, 2, 2, [3, 4, 5], [5, 5, 5], [1, 1, 1], [2, 2, 2], [2, 2, 2], [1, 1, 1], 1)
convolution("3-d, down", 2, 2, 4, [4, 2, 6], [2, 2, 2], [2, 2, 2], [0, 0, 0], [0, 0, 0], [1, 1, 1], 1)
convolution("3-d, everything", 1, 4, 2, [6, 5, 7], [2, 3, 2], [2, 1, 3], [0, 2, 1], [1, 1, 2], [2, 1, 3], 2)
convolution("3-d, remainder", 1, 1, 2, [5, 4, 6], [2, 2, 2], [3, 3, 3], [0, 0, 0], [0, 0, 0], [1, 1, 1], 1)
transposed("transposed 2-d", 2, 3, [3, 4], [3, 2], [2, 1], [1, 0], [1, 0], 1)
transposed("transposed 3-d, up", 4, 2, [2, 1, 3], [2, 2, 2], [2, 2, 2], [0, 0, 0], [0, 0, 0], 1)
transposed("transposed 3-d, groups", 4, 4, [2, 3, 2], [3, 3, 3], [2, 1, 2], [1, 1, 1], [1, 0, 0], 2)
max_pool("1-d", [7], [3], [2], [1])
max_pool("2-d", [5, 6], [2, 3], [2, 1], [1, 1])
max_pool("3-d", [4, 5, 6], [2, 2, 3], [2, 2, 2], [0, 1, 1])
for m in ("linear", "nearest"):
    resize(f"1-d {m}", [5], [8], m)
    resize(f"2-d {m}", [4, 6], [3, 9], m)
    resize(f"3-d {m}", [2, 3, 5], [4, 6, 3], m)

with open("reference.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
