"""Steps of ARD, REAT and AdaAD by their official code, run as it is, beside our methods.

As official_torch.py, with its net, batch and optimizer. The training functions of ARD and AdaAD stand in
scripts, out of which they are taken by name. Nothing of the code is kept here: pass a folder with

    ard_main.py      https://github.com/goldblum/AdversariallyRobustDistillation 779ade3   main.py
    reat_losses.py   https://github.com/GuanlinLee/REAT a7909fd                            loss_functions.py
    adaad_main.py    https://github.com/boyellow/AdaAD 9e5c6e5                             main.py
    adaad_helper.py  as the last                                                           AT_helper.py

Of three classes REAT's code has none in the tail: its tail loss is compared by official_torch.py.

Run:  python test/reference/official_scripts_torch.py FOLDER > test/golden/official-scripts-torch.json
Needs: test/reference/requirements.txt
"""

import ast
import contextlib
import json
import pathlib
import platform
import sys
import types

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

import methods_torch as m

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))
torch.Tensor.cuda = lambda self, *_, **__: self
torch.nn.Module.cuda = lambda self, *_, **__: self
torch.Tensor.to = lambda self, *_, **__: self
torch.Tensor.float = torch.Tensor.double
numpy.float32 = numpy.float64
# What the functions draw uniformly is the fixed noise, which lies inside the ball.
torch.Tensor.uniform_ = lambda *_, **__: m.NOISE.clone()

import adaad_helper  # noqa: E402
import reat_losses  # noqa: E402

ORDER = ("conv", "gamma", "beta", "dense", "bias")


class Module(nn.Module):
    """The net of methods_torch.py as a module: it follows train() and eval()."""

    def __init__(self):
        super().__init__()
        for k in ORDER:
            self.register_parameter(f"own_{k}", nn.Parameter(m.START[k].clone()))
        for k in m.STATISTICS:
            self.register_buffer(f"own_{k}", m.START[k].clone())

    def values(self):
        return {k: getattr(self, f"own_{k}") for k in (*ORDER, *m.STATISTICS)}

    def forward(self, x, with_features=False):
        net = m.Net({}, False)
        net.values = self.values()
        logits, features = net(x, self.training, features=True)
        for k in m.STATISTICS:
            setattr(self, f"own_{k}", net.values[k])
        return (features, logits) if with_features else logits


def run(make):
    module = Module()
    optimizer = torch.optim.SGD(
        module.parameters(), lr=m.LR, momentum=m.MOMENTUM, weight_decay=m.DECAY
    )
    step = make(module, optimizer)
    after = {}
    for number in (1, 2, 3):
        step()
        if number != 2:
            after[number] = m.exported(module.values())
    return after


class Bar:
    """A progress bar that shows nothing."""

    def __init__(self, batches, **_):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)

    def set_description(self, _):
        pass


def taken(script, wanted, scope):
    """What a script defines by these names, with its globals filled in."""
    tree = ast.parse((folder / script).read_text())
    tree.body = [node for node in tree.body if getattr(node, "name", None) in wanted]
    exec(compile(tree, script, "exec"), scope)
    return scope


def ard(module, optimizer):
    scope = {
        "torch": torch,
        "nn": nn,
        "F": F,
        "tqdm": Bar,
        "device": "cpu",
        "trainloader": [(m.X, m.y)],
        "basic_net": module,
        "teacher_net": m.taught,
        "args": types.SimpleNamespace(alpha=1.0, temp=30.0, save_period=10**9),
        "KL_loss": nn.KLDivLoss(),
        "XENT_loss": nn.CrossEntropyLoss(),
    }
    taken("ard_main.py", {"AttackPGD", "train"}, scope)
    config = {"epsilon": m.EPSILON, "num_steps": m.STEPS, "step_size": m.STEP}
    scope["net"] = scope["AttackPGD"](module, config)
    return lambda: scope["train"](0, optimizer)


class Teacher(nn.Module):
    """The teacher of methods_torch.py; the attack differentiates through it, too."""

    def forward(self, x):
        return m.teacher(x, False)


def adaad(dataset, alpha):
    def make(module, optimizer):
        # The attack starts at x + 0.001 times this.
        torch.randn = lambda *_, **__: m.NOISE / 0.001
        scope = {
            "torch": torch,
            "nn": nn,
            "F": F,
            "adaad_inner_loss": adaad_helper.adaad_inner_loss,
            "trainloader": [(m.X, m.y)],
            "use_cuda": False,
            "net": module,
            "teacher_net": Teacher(),
            "optimizer": optimizer,
            "lr_decay": lambda *_: m.LR,
            "utils": types.SimpleNamespace(progress_bar=lambda *_: None),
            "args": types.SimpleNamespace(
                dataset=dataset,
                method="AdaAD",
                AdaAD_alpha=alpha,
                epochs=1,
                epsilon=m.EPSILON * 255,
                step_size=m.STEP * 255,
                num_steps=m.STEPS,
            ),
        }
        taken("adaad_main.py", {"train"}, scope)
        return lambda: scope["train"](0)

    return make


def reat(module, optimizer):
    args = types.SimpleNamespace(eps=m.EPSILON, ns=m.STEPS, ss=m.STEP)
    drawn = types.SimpleNamespace(uniform_=lambda *_: m.NOISE.clone())
    torch.FloatTensor = lambda *_: drawn

    def step():
        _, loss = reat_losses.REAT(module, m.X, m.y, optimizer, m.COUNTS, m.COUNTS, args)
        loss.backward()
        optimizer.step()

    return step


with contextlib.redirect_stdout(sys.stderr):
    cases = {
        "ARD, train": run(ard),
        "REAT, REAT": run(reat),
        "AdaAD, train, CIFAR-10": run(adaad("CIFAR10", 1.0)),
        "AdaAD, train, CIFAR-100, alpha 0.7": run(adaad("CIFAR100", 0.7)),
    }
json.dump(
    {
        "provenance": {
            "command": "python test/reference/official_scripts_torch.py FOLDER "
            "> test/golden/official-scripts-torch.json",
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "dtype": "float64",
        },
        "cases": cases,
    },
    sys.stdout,
)
print()
