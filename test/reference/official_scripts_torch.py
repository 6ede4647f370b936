"""Steps of ARD, REAT, AdaAD, AT-BSL, IGDM and fast AT by their official code, beside our methods.

As official_torch.py, with its net, batch and optimizer. Functions that stand in scripts are taken out of them
by name, and the loop over the batches where a script has no function. Nothing of the code is kept here: pass
a folder with

    ard_main.py      https://github.com/goldblum/AdversariallyRobustDistillation 779ade3   main.py
    reat_losses.py   https://github.com/GuanlinLee/REAT a7909fd                            loss_functions.py
    adaad_main.py    https://github.com/boyellow/AdaAD 9e5c6e5                             main.py
    adaad_helper.py  as the last                                                           AT_helper.py
    at_bsl_loss.py   https://github.com/NISPLab/AT-BSL 23f433e                             at_bsl_loss.py
    igdm_main.py     https://github.com/HongsinLee/saad 295121c                            igdm.py
    igdm_attacks.py  as the last                                                           attacks.py
    fast_fgsm.py     https://github.com/locuslab/fast_adversarial 54f7287                  CIFAR10/train_fgsm.py
    fast_utils.py    as the last                                                           CIFAR10/utils.py

Of three classes REAT's code has none in the tail: its tail loss is compared by official_torch.py. IGDM's script
hands its attack 8/255 as the step and 2/255 as the ball, the wrong way round, and divides by 200 epochs, of
which this is the 100th; fast AT starts at the clean inputs (its delta_init "zero").

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
import at_bsl_loss  # noqa: E402
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


def named():
    """What every script imports."""
    return {"torch": torch, "nn": nn, "F": F, "Variable": torch.autograd.Variable}


def taken(script, wanted, scope):
    """What a script defines by these names, with its globals filled in."""
    tree = ast.parse((folder / script).read_text())
    tree.body = [node for node in tree.body if getattr(node, "name", None) in wanted]
    exec(compile(tree, script, "exec"), scope)
    return scope


def batches(script, variable, scope):
    """A script's loop over its training batches, with its globals filled in; a function that runs it."""
    tree = ast.parse((folder / script).read_text())
    loops = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.For)
        and isinstance(node.target, ast.Tuple)
        and node.target.elts[0].id == variable
        and "train" in ast.unparse(node.iter)
    )
    tree.body = [next(loops)]
    code = compile(tree, script, "exec")
    return lambda: exec(code, scope)


def at_bsl(module, optimizer):
    torch.randn = lambda *_, **__: m.NOISE / 0.001

    def step():
        loss = at_bsl_loss.pgd_loss(
            module, m.X, m.y, m.COUNTS, optimizer, m.STEP, m.EPSILON, m.STEPS
        )
        loss.backward()
        optimizer.step()

    return step


def igdm(module, optimizer):
    torch.randn = lambda *_, **__: m.NOISE / 0.001
    attack = taken("igdm_attacks.py", {"adaad_inner_loss"}, named())["adaad_inner_loss"]
    return batches(
        "igdm_main.py",
        "step",
        {
            **named(),
            "trainloader": [(m.X, m.y)],
            "student": module,
            "teacher": Teacher(),
            "optimizer": optimizer,
            "epoch": 100,
            "args": types.SimpleNamespace(igdm_alpha=20.0),
            "criterion_kl": nn.KLDivLoss(reduction="batchmean"),
            "progress_bar": types.SimpleNamespace(prog=lambda *_: None),
            "adaad_inner_loss": lambda student, teacher, x, **_: attack(
                student, teacher, x, m.STEP, m.STEPS, m.EPSILON
            ),
        },
    )


def fast_at(module, optimizer):
    bound = torch.full((m.CHANNELS, 1, 1), m.EPSILON)
    clamp = taken("fast_utils.py", {"clamp"}, named())["clamp"]
    return batches(
        "fast_fgsm.py",
        "i",
        {
            **named(),
            "train_loader": [(m.X, m.y)],
            "args": types.SimpleNamespace(delta_init="zero"),
            "epsilon": bound,
            "alpha": 1.25 * bound,
            "lower_limit": torch.zeros(()),
            "upper_limit": torch.ones(()),
            "clamp": clamp,
            "model": module,
            "opt": optimizer,
            "criterion": nn.CrossEntropyLoss(),
            "scheduler": types.SimpleNamespace(step=lambda: None),
            "amp": types.SimpleNamespace(scale_loss=lambda loss, _: contextlib.nullcontext(loss)),
            "train_loss": 0,
            "train_acc": 0,
            "train_n": 0,
        },
    )


def ard(module, optimizer):
    scope = {
        **named(),
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
            **named(),
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
        "AT-BSL, pgd_loss": run(at_bsl),
        "IGDM, igdm.py": run(igdm),
        "fast AT, train_fgsm.py": run(fast_at),
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
