"""PyTorch's side of test/bench/autoAttackOfficial.bench.ts: the official AutoAttack, timed.

Get the official code first, anywhere outside this repository:
      git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
Run:  PYTHONPATH=auto-attack python test/reference/autoattack_steps_torch.py
Needs: test/reference/requirements.txt

Reads a line of JSON for each run, a sequential network with its weights, images, labels and a radius, and
answers with the CPU time of the standard version on one thread and with what it leaves robust.
"""

import base64
import contextlib
import json
import sys
import time

import numpy as np
import torch
from autoattack import AutoAttack

torch.set_num_threads(1)
BATCH = 250  # AutoAttack's own default


def floats(text, shape):
    return torch.tensor(np.frombuffer(base64.b64decode(text), "<f4").reshape(shape).copy())


class Same(torch.nn.Module):
    """TensorFlow's padding 'same': the odd row below, the odd column on the right."""

    def __init__(self, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        def around(size):
            total = max((-(-size // self.stride) - 1) * self.stride + self.kernel - size, 0)
            return total // 2, total - total // 2

        (top, bottom), (left, right) = around(x.shape[2]), around(x.shape[3])
        return torch.nn.functional.pad(x, (left, right, top, bottom))


class FlattenLast(torch.nn.Module):
    """Rows in the order height, width, channel."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def layers_of(spec):
    """The layers of PyTorch that one of ours is."""
    kind = spec["kind"]
    if kind == "maxPool":
        return [torch.nn.MaxPool2d(2)]
    if kind == "flatten":
        return [FlattenLast()]
    weight, bias = (floats(w["float32"], w["shape"]) for w in spec["weights"])
    if kind == "dense":
        layer = torch.nn.Linear(weight.shape[0], weight.shape[1])
        layer.weight.data = weight.T.contiguous()
        before = []
    else:
        size, stride = weight.shape[0], spec["stride"]
        layer = torch.nn.Conv2d(weight.shape[2], weight.shape[3], size, stride=stride)
        layer.weight.data = weight.permute(3, 2, 0, 1).contiguous()
        before = [Same(size, stride)]
        if size % 2 == 1 and stride == 1:  # PyTorch's own padding is the same, and faster
            layer.padding, before = (size // 2, size // 2), []
    layer.bias.data = bias
    return [*before, layer, *([torch.nn.ReLU()] if spec["relu"] else [])]


print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    net = torch.nn.Sequential(*(layer for spec in asked["layers"] for layer in layers_of(spec)))
    net.eval().requires_grad_(False)
    images = floats(asked["images"]["float32"], asked["images"]["shape"])
    x, y = images.permute(0, 3, 1, 2).contiguous(), torch.tensor(asked["labels"])
    logits = net(x[:8]).flatten().tolist()
    attack = AutoAttack(net, norm="Linf", eps=asked["epsilon"], seed=0, verbose=False, device="cpu")
    started = time.process_time()
    with contextlib.redirect_stdout(sys.stderr):  # it prints warnings
        _, predictions = attack.run_standard_evaluation(x, y, bs=BATCH, return_labels=True)
    seconds = time.process_time() - started
    robust = (predictions == y).int().tolist()
    print(json.dumps({"seconds": seconds, "robust": robust, "logits": logits}), flush=True)
