"""The networks of models/vnet.vn and models/unet.vn in PyTorch.

Each is a function of the weights, a dictionary by the names that `vnc weights` lists, of an image [batch, channel, z, y,
x], and of the convolution that it is made with. It returns logits [batch, class, z, y, x]. The layouts of the weights are
PyTorch's, so that they are used as they are.
"""

import torch
import torch.nn.functional as F


def numbered(name, i):
    """The name of the i-th call of a block, from 1."""
    return name if i == 1 else f"{name}{i}"


def vnet(w, x, conv=F.conv3d):
    """V-Net (Milletari et al., 3DV 2016)."""

    def residual(x, stage, convs):
        h = x
        for i in range(1, convs + 1):
            name = f"{stage}.residual.{numbered('conv', i)}"
            h = conv(h, w[name + ".weight"], w[name + ".bias"], padding=2)
            if i == convs:
                h = h + x
            h = F.prelu(h, w[f"{stage}.residual.{numbered('prelu', i)}.slope"])
        return h

    def down(x, stage):
        name = f"{stage}.down"
        return F.prelu(conv(x, w[name + ".conv.weight"], w[name + ".conv.bias"], stride=2), w[name + ".prelu.slope"])

    def up(x, stage):
        name = f"{stage}.up"
        y = F.conv_transpose3d(x, w[name + ".conv_transpose.weight"], w[name + ".conv_transpose.bias"], stride=2)
        return F.prelu(y, w[name + ".prelu.slope"])

    x = residual(x, "left1", 1)
    skips = []
    for stage, convs in (("left2", 2), ("left3", 3), ("left4", 3), ("bottom", 3)):
        skips.append(x)
        x = residual(down(x, stage), stage, convs)
    for stage, convs in (("right4", 3), ("right3", 3), ("right2", 2), ("right1", 1)):
        x = residual(torch.cat([up(x, stage), skips.pop()], 1), stage, convs)
    return conv(x, w["output.conv.weight"], w["output.conv.bias"])


def unet(w, x, conv=F.conv3d):
    """3D U-Net as in nnU-Net (Isensee et al., Nature Methods 2021)."""

    def level(x, stage, stride):
        for i in (1, 2):
            x = conv(x, w[f"{stage}.level.{numbered('conv', i)}.weight"], None, stride=stride if i == 1 else 1, padding=1)
            norm = f"{stage}.level.{numbered('instance_norm', i)}"
            x = F.leaky_relu(F.instance_norm(x, weight=w[norm + ".scale"], bias=w[norm + ".shift"]), 0.01)
        return x

    x = level(x, "left1", 1)
    skips = []
    for stage in ("left2", "left3", "bottom"):
        skips.append(x)
        x = level(x, stage, 2)
    for stage in ("right3", "right2", "right1"):
        x = F.conv_transpose3d(x, w[f"{stage}.rise.conv_transpose.weight"], stride=2)
        x = level(torch.cat([x, skips.pop()], 1), stage, 1)
    return conv(x, w["output.conv.weight"], w["output.conv.bias"])


def dice(p, g):
    """The mean over the batch of 1 - Dice, of the foreground's probability and the label [batch, z, y, x]."""
    over = (1, 2, 3)
    return (1 - 2 * (p * g).sum(over) / ((p * p).sum(over) + (g * g).sum(over) + 1e-5)).mean()


def vnet_loss(logits, label):
    return dice(F.softmax(logits, 1)[:, 1], label)


def unet_loss(logits, label):
    return vnet_loss(logits, label) + F.cross_entropy(logits, label.long())


def sgd(rate, decay):
    return lambda weights: torch.optim.SGD(weights, lr=rate, momentum=0.99, weight_decay=decay)


# By the name of the model: the network, its loss, and its optimizer, as its train block has them.
NETWORKS = {
    "VNet": (vnet, vnet_loss, sgd(1e-4, 0)),
    "UNet": (unet, unet_loss, sgd(1e-2, 3e-5)),
}
