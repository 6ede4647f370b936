"""Networks in PyTorch: parameter counts, checkpoints with their logits, and a training run.

Fixtures:    python test/reference/networks_torch.py fixtures test/golden
Training:    python test/reference/networks_torch.py training test/golden
Full size:   python test/reference/networks_torch.py full DIRECTORY
             npx tsx test/reference/fullSizeNetworks.ts DIRECTORY
             python test/reference/networks_torch.py check DIRECTORY
Needs: test/reference/requirements.txt
"""

import json
import math
import os
import platform
import sys

import numpy as np
import safetensors
import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

COMMAND = "python test/reference/networks_torch.py fixtures test/golden"


def nearest(channels, factor):
    """JavaScript's rounding, at least 1."""
    return max(1, math.floor(channels * factor + 0.5))


def conv(inputs, outputs, k, stride=1, groups=1):
    return nn.Conv2d(
        inputs, outputs, k, stride=stride, padding=(k - 1) // 2, groups=groups, bias=False
    )


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, shortcut):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.side = shortcut  # the name under which checkpoints have it
        if stride != 1 or inputs != outputs:
            projection = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
            self.add_module(shortcut, projection)

    def forward(self, x):
        side = dict(self.named_children()).get(self.side, nn.Identity())
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + side(x))


class ResNet18(nn.Module):
    """With the names of the CIFAR repositories, or with torchvision's stem and names."""

    def __init__(self, classes=10, width=64, torchvision_names=False):
        super().__init__()
        self.imagenet = torchvision_names
        shortcut = "downsample" if torchvision_names else "shortcut"
        self.conv1 = conv(3, width, 7, 2) if torchvision_names else conv(3, width, 3)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage in range(4):
            outputs = width * 2**stage
            first = ResidualBlock(inputs, outputs, 1 if stage == 0 else 2, shortcut)
            second = ResidualBlock(outputs, outputs, 1, shortcut)
            self.add_module(f"layer{stage + 1}", nn.Sequential(first, second))
            inputs = outputs
        self.add_module("fc" if torchvision_names else "linear", nn.Linear(inputs, classes))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.imagenet:
            x = F.max_pool2d(x, 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return (self.fc if self.imagenet else self.linear)(x.mean((2, 3)))


class PreActBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs, 3)
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride))

    def forward(self, x):
        active = F.relu(self.bn1(x))
        side = self.shortcut(active) if hasattr(self, "shortcut") else x
        return self.conv2(F.relu(self.bn2(self.conv1(active)))) + side


class PreActResNet18(nn.Module):
    def __init__(self, classes=10, width=64):
        super().__init__()
        self.conv1 = conv(3, width, 3)
        inputs = width
        for stage in range(4):
            outputs = width * 2**stage
            first = PreActBlock(inputs, outputs, 1 if stage == 0 else 2)
            second = PreActBlock(outputs, outputs, 1)
            self.add_module(f"layer{stage + 1}", nn.Sequential(first, second))
            inputs = outputs
        self.bn = nn.BatchNorm2d(inputs)
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        return self.linear(F.relu(self.bn(x)).mean((2, 3)))


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs, 3)
        if inputs != outputs:
            self.convShortcut = conv(inputs, outputs, 1, stride)

    def forward(self, x):
        active = F.relu(self.bn1(x))
        side = self.convShortcut(active) if hasattr(self, "convShortcut") else x
        return self.conv2(F.relu(self.bn2(self.conv1(active)))) + side


class WideStage(nn.Module):
    def __init__(self, inputs, outputs, blocks, stride):
        super().__init__()
        rest = [WideBlock(outputs, outputs, 1) for _ in range(blocks - 1)]
        self.layer = nn.Sequential(WideBlock(inputs, outputs, stride), *rest)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth=34, width=10, classes=10):
        super().__init__()
        blocks = (depth - 4) // 6
        c = [16, nearest(16, width), nearest(32, width), nearest(64, width)]
        self.conv1 = conv(3, c[0], 3)
        self.block1 = WideStage(c[0], c[1], blocks, 1)
        self.block2 = WideStage(c[1], c[2], blocks, 2)
        self.block3 = WideStage(c[2], c[3], blocks, 2)
        self.bn1 = nn.BatchNorm2d(c[3])
        self.fc = nn.Linear(c[3], classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, expansion, stride):
        super().__init__()
        middle = expansion * inputs
        self.stride = stride
        self.conv1, self.bn1 = conv(inputs, middle, 1), nn.BatchNorm2d(middle)
        self.conv2, self.bn2 = conv(middle, middle, 3, stride, middle), nn.BatchNorm2d(middle)
        self.conv3, self.bn3 = conv(middle, outputs, 1), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride == 1 and inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(out)))))
        return out + self.shortcut(x) if self.stride == 1 else out


class MobileNetV2(nn.Module):
    """As in adversarially robust distillation; expansion, channels, blocks, stride per stage."""

    STAGES = [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2)]
    STAGES += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]

    def __init__(self, width=1, classes=10):
        super().__init__()
        inputs, last = nearest(32, width), nearest(1280, width)
        self.conv1, self.bn1 = conv(3, inputs, 3), nn.BatchNorm2d(inputs)
        blocks = []
        for expansion, channels, count, stride in self.STAGES:
            outputs = nearest(channels, width)
            for i in range(count):
                blocks.append(Bottleneck(inputs, outputs, expansion, stride if i == 0 else 1))
                inputs = outputs
        self.layers = nn.Sequential(*blocks)
        self.conv2, self.bn2 = conv(inputs, last, 1), nn.BatchNorm2d(last)
        self.linear = nn.Linear(last, classes)

    def forward(self, x):
        x = self.layers(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.relu(self.bn2(self.conv2(x))).mean((2, 3)))


class SmallFlat(nn.Module):
    """Convolutions with bias and a flattened map before the linear layer."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 5, 3, stride=2, padding=1)
        self.fc1, self.fc2 = nn.Linear(5 * 4 * 3, 7), nn.Linear(7, 3)

    def forward(self, x):
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def randomised(model, seed):
    """Every parameter and statistic off its initial value, so that none can be forgotten."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(tensor, low, high):
        tensor.copy_(torch.empty_like(tensor).uniform_(low, high, generator=generator))

    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                uniform(module.weight, 0.5, 1.5)
                uniform(module.bias, -0.3, 0.3)
                uniform(module.running_mean, -0.3, 0.3)
                uniform(module.running_var, 0.5, 1.5)
                module.num_batches_tracked.fill_(7)
            elif isinstance(module, (nn.Conv2d, nn.Linear)):
                bound = math.sqrt(3 / module.weight[0].numel())
                for parameter in module.parameters():
                    uniform(parameter, -bound, bound)
    return model.eval()


def images(shape, seed):
    """Bytes; what a network sees is a 255th of them."""
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(seed))


def flat(tensor):
    return [float(v) for v in tensor.detach().contiguous().flatten().tolist()]


def provenance(command):
    return {
        "command": command,
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "torchvision": torchvision.__version__.split("+")[0],
        "safetensors": safetensors.__version__,
    }


def parameters(model):
    return sum(p.numel() for p in model.parameters())


def statistics(model):
    return sum(b.numel() for n, b in model.named_buffers() if "num_batches" not in n)


FULL = {
    "resnet18-10": lambda: ResNet18(),
    "resnet18-100": lambda: ResNet18(100),
    "resnet18-200": lambda: ResNet18(200),
    "resnet18-width16": lambda: ResNet18(width=16),
    "torchvision-resnet18": lambda: torchvision.models.resnet18(),
    "preActResnet18-10": lambda: PreActResNet18(),
    "preActResnet18-100": lambda: PreActResNet18(100),
    "preActResnet18-200": lambda: PreActResNet18(200),
    "wideResnet-28-10": lambda: WideResNet(28),
    "wideResnet-34-10": lambda: WideResNet(34),
    "mobileNetV2-10": lambda: MobileNetV2(),
    "mobileNetV2-100": lambda: MobileNetV2(classes=100),
}

NARROW = {
    "resnet18": (lambda: ResNet18(classes=4, width=2), (2, 3, 17, 16)),
    "torchvision": (lambda: ResNet18(classes=4, width=1, torchvision_names=True), (2, 3, 39, 34)),
    "preActResnet18": (lambda: PreActResNet18(classes=4, width=1), (2, 3, 16, 17)),
    "wideResnet": (lambda: WideResNet(16, 0.125, classes=4), (2, 3, 15, 16)),
    "mobileNetV2": (lambda: MobileNetV2(0.05, classes=4), (2, 3, 16, 13)),
    "flat": (SmallFlat, (2, 3, 8, 6)),
}


def sample(model, pixels):
    """Inputs in tfjs's order, and logits in float64."""
    with torch.no_grad():
        logits = model.double()(pixels.double() / 255)
    nhwc = pixels.permute(0, 2, 3, 1)
    values = nhwc.contiguous().flatten().tolist()
    return {"shape": list(nhwc.shape), "pixels": values, "logits": flat(logits)}


def fixtures(folder):
    networks = {}
    for seed, (name, (make, shape)) in enumerate(NARROW.items()):
        model = randomised(make(), seed)
        save_file(model.state_dict(), os.path.join(folder, f"network-{name}.safetensors"))
        networks[name] = {"parameters": parameters(model), **sample(model, images(shape, seed))}
    # One tensor in each type of number that is read.
    values = torch.tensor([[0.0, -1.5, 3.25], [1e-3, 65000.0, -2e-7]], dtype=torch.float64)
    types = {
        "F64": values,
        "F32": values.float(),
        "F16": values.half(),
        "BF16": values.bfloat16(),
        "I64": torch.tensor([-(2**53), 0, 7]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
    }
    save_file(types, os.path.join(folder, "types.safetensors"), metadata={"format": "pt"})
    counts = {
        name: {"parameters": parameters(model), "statistics": statistics(model)}
        for name, model in ((name, make()) for name, make in FULL.items())
    }
    content = {
        "provenance": provenance(COMMAND),
        "counts": counts,
        "networks": networks,
        "types": {name: flat(tensor) for name, tensor in types.items()},
    }
    with open(os.path.join(folder, "networks-torch.json"), "w") as file:
        json.dump(content, file)
        file.write("\n")


CHECKED = {
    "resnet18-10": (2, 3, 32, 32),
    "torchvision-resnet18": (2, 3, 224, 224),
    "preActResnet18-200": (2, 3, 64, 64),
    "wideResnet-28-10": (2, 3, 32, 32),
    "wideResnet-34-10": (1, 3, 32, 32),
    "mobileNetV2-10": (2, 3, 32, 32),
}


def full(folder):
    """Checkpoints of full-size networks, and the logits that they give."""
    for seed, (name, shape) in enumerate(CHECKED.items()):
        model = randomised(FULL[name](), seed)
        save_file(model.state_dict(), os.path.join(folder, f"{name}.safetensors"))
        with open(os.path.join(folder, f"{name}.json"), "w") as file:
            json.dump(sample(model, images(shape, seed)), file)


def check(folder):
    """Logits of what fullSizeNetworks.ts wrote beside those that tfjs gave."""
    for name in CHECKED:
        model = FULL[name]().eval()
        model.load_state_dict(load_file(os.path.join(folder, f"{name}.ours.safetensors")))
        with open(os.path.join(folder, f"{name}.ours.json")) as file:
            ours = json.load(file)
        pixels = torch.tensor(ours["pixels"]).reshape(ours["shape"]).permute(0, 3, 1, 2)
        with torch.no_grad():
            logits = model.double()(pixels.double() / 255).flatten()
        error = (logits - torch.tensor(ours["logits"], dtype=torch.float64)).abs().max().item()
        print(f"{name}: tfjs to PyTorch, largest difference of logits {error:.1e}")
        assert error < 1e-4, name


# At larger rates PyTorch in float32 is itself off by more than 1e-3: batch norm makes it chaotic.
STEPS, BATCH, RATE, MOMENTUM, DECAY = 20, 16, 1e-4, 0.9, 5e-4


def mixed(stream, size):
    """Numbers in [0, 1) that any language can make: a 32-bit hash of stream and position."""
    mask = np.uint64(0xFFFFFFFF)
    h = np.arange(size, dtype=np.uint64) * np.uint64(0x9E3779B1)
    h = (h + np.uint64(stream) * np.uint64(0x85EBCA77)) & mask
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(0x7FEB352D)) & mask
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(0x846CA68B)) & mask
    h ^= h >> np.uint64(16)
    return h.astype(np.float64) / 2**32


def training_start(model):
    """Kernels and biases uniform within 1/sqrt(fan-in), each from the stream of its name's rank."""
    with torch.no_grad():
        for stream, (name, p) in enumerate(sorted(model.named_parameters())):
            if p.dim() == 1 and name != "linear.bias":
                continue  # of batch norm
            bound = 1 / math.sqrt(model.linear.in_features if p.dim() < 4 else p[0].numel())
            values = np.float32(bound * (2 * mixed(stream, p.numel()) - 1))
            p.copy_(torch.from_numpy(values).reshape(p.shape))


def training_batch(step):
    """Images [batch, channels, height, width]: a pattern for each class, and noise."""
    labels = (np.arange(BATCH) * 7 + step) % 10
    pixels = 3 * 32 * 32
    patterns = np.stack([mixed(1000 + label, pixels) for label in labels])
    noise = mixed(2000 + step, BATCH * pixels).reshape(BATCH, pixels)
    x = np.float32(0.5 * patterns + 0.5 * noise).reshape(BATCH, 3, 32, 32)
    return torch.from_numpy(x), torch.from_numpy(labels)


def training_run(dtype):
    model = ResNet18(width=16)
    training_start(model)
    model = model.to(dtype).train()
    settings = {"lr": RATE, "momentum": MOMENTUM, "weight_decay": DECAY}
    optimizer = torch.optim.SGD(model.parameters(), **settings)
    losses = []
    for step in range(STEPS):
        x, labels = training_batch(step)
        loss = F.cross_entropy(model(x.to(dtype)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        logits = model.eval()(training_batch(STEPS)[0].to(dtype))
    return model, losses, logits


def training(folder):
    model, losses, logits = training_run(torch.float64)
    _, single, single_logits = training_run(torch.float32)
    layers = {"bn1": model.bn1, "layer4.1.bn2": model.layer4[1].bn2}
    content = {
        "provenance": provenance(COMMAND.replace("fixtures", "training")),
        "settings": {"steps": STEPS, "batch": BATCH, "learningRate": RATE},
        "momentum": MOMENTUM,
        "weightDecay": DECAY,
        "losses": losses,
        # How far PyTorch's own float32 is off.
        "float32": {
            "losses": max(abs(a - b) for a, b in zip(losses, single)),
            "logits": (logits - single_logits).abs().max().item(),
        },
        "statistics": {
            name: {"mean": flat(layer.running_mean), "variance": flat(layer.running_var)}
            for name, layer in layers.items()
        },
        "logits": flat(logits),
    }
    with open(os.path.join(folder, "training-torch.json"), "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    commands = {"fixtures": fixtures, "training": training, "full": full, "check": check}
    commands[sys.argv[1]](sys.argv[2])
