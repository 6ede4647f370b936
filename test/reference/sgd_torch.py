"""Golden traces of torch.optim.SGD and of learning-rate schedules.

Run:  python test/reference/sgd_torch.py > test/golden/sgd-torch.json
Needs: test/reference/requirements.txt
"""

import json
import platform
import sys

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, MultiStepLR, OneCycleLR

COMMAND = "python test/reference/sgd_torch.py > test/golden/sgd-torch.json"
STEPS, STEPS_PER_EPOCH = 20, 5


def network(kind):
    if kind == "mlp":
        return torch.nn.Sequential(
            torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)
        )
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(8, 3)
    )


def tfjs_order(tensor):
    """PyTorch's weight layout to that of tf.layers."""
    if tensor.dim() == 4:
        return tensor.permute(2, 3, 1, 0)  # OIHW to HWIO
    return tensor.t() if tensor.dim() == 2 else tensor


def flat(tensor):
    return [float(v) for v in tensor.detach().contiguous().flatten().tolist()]


def weights(model):
    return [flat(tfjs_order(p)) for p in model.parameters()]


def trace(kind, settings):
    torch.manual_seed(7)
    model = network(kind).double()
    shape = (6, 4) if kind == "mlp" else (6, 1, 4, 4)
    x = torch.randn(shape, dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 0, 1, 0])
    optimizer = torch.optim.SGD(model.parameters(), **settings)
    schedule = MultiStepLR(optimizer, milestones=[1, 3], gamma=0.1)

    def exported():
        values = weights(model)
        if kind == "conv":  # Flatten's order (c, h, w) to that of NHWC, (h, w, c)
            linear = model[3].weight.reshape(3, 2, 2, 2).permute(0, 2, 3, 1).reshape(3, 8)
            values[2] = flat(linear.t())
        return values

    start = exported()
    losses, rates, after = [], [], {}
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        losses.append(loss.item())
        if step in (1, 2, 6, STEPS):
            after[step] = exported()
        if step % STEPS_PER_EPOCH == 0:
            schedule.step()
    inputs = x if kind == "mlp" else x.permute(0, 2, 3, 1)
    return {
        "network": kind,
        "settings": settings,
        "x": flat(inputs),
        "shape": list(inputs.shape),
        "labels": labels.tolist(),
        "start": start,
        "learningRates": rates,
        "losses": losses,
        "weightsAfter": after,
    }


def rates(make, steps, lr=0.1):
    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([parameter], lr=lr, momentum=0.9)
    schedule = make(optimizer)
    values = []
    for step in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    return values


SETTINGS = [
    ("mlp", {"lr": 0.1}),
    ("mlp", {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}),
    ("mlp", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("mlp", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    ("conv", {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}),
]

json.dump(
    {
        "provenance": {
            "command": COMMAND,
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "dtype": "float64",
        },
        "stepsPerEpoch": STEPS_PER_EPOCH,
        "traces": [trace(kind, settings) for kind, settings in SETTINGS],
        "schedules": {
            "multiStep": rates(lambda o: MultiStepLR(o, [2, 5], gamma=0.1), 8),
            "cosine": rates(lambda o: CosineAnnealingLR(o, T_max=12, eta_min=0.01), 12),
            "oneCycle": rates(lambda o: OneCycleLR(o, max_lr=0.4, total_steps=20), 20),
            "oneCycleLinear": rates(
                lambda o: OneCycleLR(
                    o,
                    max_lr=0.4,
                    total_steps=20,
                    pct_start=0.25,
                    anneal_strategy="linear",
                    div_factor=10,
                    final_div_factor=100,
                ),
                20,
            ),
            "oneCycleThreePhase": rates(
                lambda o: OneCycleLR(o, max_lr=0.4, total_steps=20, three_phase=True), 20
            ),
            "linearWarmup": rates(lambda o: LinearLR(o, start_factor=0.2, total_iters=6), 10),
        },
    },
    sys.stdout,
    indent=1,
)
print()
