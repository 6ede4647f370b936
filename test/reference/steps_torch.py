"""Times single attack and training steps of PyTorch, one for each line that it reads.

Started by test/bench/pytorch.bench.ts, which asks for steps of both sides in turn.
Needs: test/reference/requirements.txt
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Basic(nn.Module):
    """ResNet's basic block; `pre` puts batch norm and ReLU before the convolutions."""

    def __init__(self, inputs, outputs, stride, pre):
        super().__init__()
        self.pre = pre
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(inputs if pre else outputs)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.skip = self.skip_norm = None
        if stride > 1 or inputs != outputs:
            self.skip = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.skip_norm = None if pre else nn.BatchNorm2d(outputs)

    def forward(self, x):
        if self.pre:
            y = F.relu(self.norm1(x))
            skip = x if self.skip is None else self.skip(y)
            return skip + self.conv2(F.relu(self.norm2(self.conv1(y))))
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        skip = x if self.skip is None else self.skip_norm(self.skip(x))
        return F.relu(y + skip)


class Residual(nn.Module):
    def __init__(self, first, widths, blocks, pre):
        super().__init__()
        self.pre = pre
        self.conv = nn.Conv2d(3, first, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(widths[-1] if pre else first)
        layers, inputs = [], first
        for stage, width in enumerate(widths):
            for block in range(blocks):
                layers.append(Basic(inputs, width, 2 if stage > 0 and block == 0 else 1, pre))
                inputs = width
        self.blocks = nn.Sequential(*layers)
        self.dense = nn.Linear(inputs, 10)

    def forward(self, x):
        y = self.conv(x)
        y = self.blocks(y if self.pre else F.relu(self.norm(y)))
        if self.pre:
            y = F.relu(self.norm(y))
        return self.dense(y.mean((2, 3)))


def resnet18(width):
    return Residual(width, [width, 2 * width, 4 * width, 8 * width], 2, False)


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, 10),
    )


NETWORKS = {
    "ResNet-18 w16": lambda: (resnet18(16), (3, 32, 32)),
    "ResNet-18 w64": lambda: (resnet18(64), (3, 32, 32)),
    "WRN-16-4": lambda: (Residual(16, [64, 128, 256], 2, True), (3, 32, 32)),
    "CNN": lambda: (cnn(), (1, 28, 28)),
}
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def steps_of(network, batch, layout):
    torch.manual_seed(1)
    model, shape = NETWORKS[network]()
    model = model.to(memory_format=LAYOUTS[layout])
    x = torch.rand(batch, *shape).to(memory_format=LAYOUTS[layout])
    labels = torch.randint(0, 10, (batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def attack():
        model.eval().requires_grad_(False)
        inputs = x.clone().requires_grad_(True)
        torch.autograd.grad(F.cross_entropy(model(inputs), labels), inputs)

    def training():
        model.train().requires_grad_(True)
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), labels).backward()
        optimizer.step()

    return {"attack": attack, "training": training}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    known = {}
    print(json.dumps({"torch": torch.__version__, "python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        key = (asked["network"], asked["batch"], asked["layout"])
        if key not in known:
            if any(other[:2] != key[:2] for other in known):
                known.clear()
            known[key] = steps_of(*key)
        step = known[key][asked["step"]]
        for _ in range(asked["warmups"]):
            step()
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(json.dumps({"cpu": 1000 * cpu, "wall": 1000 * wall}), flush=True)


if __name__ == "__main__":
    main()
