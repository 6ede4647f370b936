"""Training functions of official repositories, run as they are, beside our methods.

Nothing of them is kept here: pass a folder with the files named below, taken from the commits named
below. The net, the batch and the optimizer are those of methods_torch.py; noise that the functions
draw is replaced by its fixed noise, and `.cuda()` does nothing.

    trades.py       https://github.com/yaodongyu/TRADES 6e8e11b  trades.py
    mart.py         https://github.com/YisenWang/MART 2d83e17    mart.py
    rslad_loss.py   https://github.com/zibojia/RSLAD c40e04f     rslad_loss.py
    utils_awp.py    https://github.com/csdongxian/AWP a7acf5d    trades_AWP/utils_awp.py
    harl.py         https://github.com/BuhuiOK/TAET-Two-Stage-Adversarial-Equalization-Training-on-
                    Long-Tailed-Distributions a374adf            code/HARL.py
    robal/          https://github.com/wutong16/Adversarial_Long-Tail ab2f3a7   methods/
    reat_losses.py  https://github.com/GuanlinLee/REAT a7909fd   loss_functions.py
    ldam_losses.py  https://github.com/kaidic/LDAM-DRW 2536330   losses.py

Prints, to stderr, how far losses_torch.py is from the loss functions among them.

Run:  python test/reference/official_torch.py FOLDER > test/golden/official-torch.json
Needs: test/reference/requirements.txt
"""

import argparse
import contextlib
import json
import platform
import sys

import numpy
import torch
import torch.nn.functional as F

import losses_torch as ours
import methods_torch as m

sys.path.insert(0, sys.argv[1])
torch.Tensor.cuda = lambda self, *_, **__: self
torch.nn.Module.cuda = lambda self, *_, **__: self
torch.Tensor.float = torch.Tensor.double
torch.Tensor.to = lambda self, *_, **__: self
torch.cuda.FloatTensor = torch.DoubleTensor
numpy.float32 = numpy.float64
torch.randn = lambda *_, **__: m.NOISE / 0.001
torch.rand = lambda *_, **__: m.NOISE / m.EPSILON
where = torch.where
torch.where = lambda condition, a, b: where(condition.bool(), a, b)  # it refuses bytes by now

import harl  # noqa: E402
import ldam_losses  # noqa: E402
import mart  # noqa: E402
import reat_losses  # noqa: E402
from robal import losses_inclass, train_modes  # noqa: E402
import rslad_loss  # noqa: E402
import trades  # noqa: E402
import utils_awp  # noqa: E402

ATTACK = {"step_size": m.STEP, "epsilon": m.EPSILON, "perturb_steps": m.STEPS}
ORDER = ("conv", "gamma", "beta", "dense", "bias")


class Weight(torch.nn.Module):
    """One tensor by the name `weight` (or `bias`), which AWP's code looks for."""

    def __init__(self, value, name):
        super().__init__()
        self.register_parameter(name, torch.nn.Parameter(value.clone()))


class Module(torch.nn.Module):
    """The net of methods_torch.py as a module: it follows train() and eval()."""

    def __init__(self, cosine=False):
        super().__init__()
        self.cosine = cosine
        self.order = [k for k in ORDER if not (cosine and k == "bias")]
        for k in self.order:
            name = "bias" if k in ("beta", "bias") else "weight"
            self.add_module(k, Weight(m.START[k], name))
        for k in m.STATISTICS:
            self.register_buffer(k, m.START[k].clone())

    def parameter(self, k):
        return next(getattr(self, k).parameters())

    def forward(self, x):
        net = m.Net({}, self.cosine)
        net.values = {k: self.parameter(k) for k in self.order}
        net.values.update({k: getattr(self, k) for k in m.STATISTICS})
        logits = net(x, self.training)
        for k in m.STATISTICS:
            setattr(self, k, net.values[k])
        return logits

    def values(self):
        return {**{k: self.parameter(k) for k in self.order}, "mean": self.mean, "variance": self.variance}


def sgd(module):
    return torch.optim.SGD(module.parameters(), lr=m.LR, momentum=m.MOMENTUM, weight_decay=m.DECAY)


def run(step_of, steps=(1, 2, 3), cosine=False):
    module = Module(cosine)
    optimizer = sgd(module)
    after = {}
    for step in steps:
        step_of(module, optimizer)
        if step != 2:
            after[step] = m.exported(module.values())
    return after


def descend(loss, optimizer):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def trades_step(module, optimizer):
    module.train()
    loss = trades.trades_loss(module, m.X, m.y, optimizer, beta=6.0, **ATTACK)
    descend(loss, optimizer)


def mart_step(module, optimizer):
    module.train()
    loss = mart.mart_loss(module, m.X, m.y, optimizer, beta=5.0, **ATTACK)
    descend(loss, optimizer)


def rslad_step(module, optimizer):
    module.train()
    target = m.taught(m.X)
    adversarial = rslad_loss.rslad_inner_loss(module, target, m.X, m.y, optimizer, **ATTACK)
    module.train()
    clean = module(m.X)
    p = F.softmax(target, 1)

    def divergence(z):  # the mean over examples and classes, as its script takes it
        return (-F.log_softmax(z, 1) * p + torch.log(p + 1e-5) * p).mean()

    descend(5 / 6 * divergence(adversarial) + 1 / 6 * divergence(clean), optimizer)


def awp_step(module, optimizer):
    module.eval()
    a = m.X + m.NOISE
    for _ in range(m.STEPS):
        a = a.detach().requires_grad_()
        loss = F.kl_div(F.log_softmax(module(a), 1), F.softmax(module(m.X), 1), reduction="sum")
        g = torch.autograd.grad(loss, a)[0]
        a = a.detach() + m.STEP * torch.sign(g)
        a = torch.min(torch.max(a, m.X - m.EPSILON), m.X + m.EPSILON).clamp(0, 1)
    module.train()
    proxy = Module()
    adversary = utils_awp.TradesAWP(module, proxy, torch.optim.SGD(proxy.parameters(), lr=0.1), 0.05)
    shift = adversary.calc_awp(inputs_adv=a, inputs_clean=m.X, targets=m.y, beta=6.0)
    adversary.perturb(shift)
    optimizer.zero_grad()
    robust = F.kl_div(F.log_softmax(module(a), 1), F.softmax(module(m.X), 1), reduction="batchmean")
    descend(F.cross_entropy(module(m.X), m.y) + 6.0 * robust, optimizer)
    adversary.restore(shift)


def harl_step(module, optimizer):
    descend(harl.HARL(module, m.X, m.y, m.C, **ATTACK), optimizer)


def robal_step(module, optimizer):
    module.num_classes = m.C
    counts = numpy.array(m.COUNTS, dtype=float)
    module.loss = losses_inclass.MultiMarginLoss(counts, m=0.1, s=10, tau_b=1.5, tau_m=0.3)
    module.adv_loss = module.nat_loss = F.cross_entropy
    options = {"beta_adv": 1.0, "beta_nat": 0.0, "beta_reg": 6.0, "reg_opt": "trades", **ATTACK}
    descend(train_modes.add_reg_train(module, m.X, m.y, optimizer, **options), optimizer)


class Given(torch.nn.Module):
    """A model that gives these logits, and these features, whatever it is asked."""

    def __init__(self, logits, features=None):
        super().__init__()
        self.given = (features, logits)

    def forward(self, _, with_features=False):
        return self.given if with_features else self.given[1]


def compare_losses():
    """Largest difference of value and gradient to losses_torch.py."""
    counts = numpy.array(ours.COUNTS, dtype=float)
    y, n = ours.y, ours.INPUTS["clean"].shape[0]
    still = {"perturb_steps": 0}
    options = argparse.Namespace(eps=0.0, ns=0, ss=0.0)
    nobody = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)

    def reat(z, f=ours.INPUTS["features"]):
        x = torch.zeros(n, 1)
        return reat_losses.REAT(Given(z, f), x, y, nobody, list(counts), list(counts), options)[1]

    official = {
        "balancedSoftmax": lambda z: reat_losses.BSL(y, z, list(counts)),
        "rbl": lambda z: reat_losses.RBL(y, z, counts, numpy.array(ours.PREDICTED)),
        "tail repo": lambda f: (
            reat(ours.INPUTS["adversarial"], f)
            - ours.balanced(ours.INPUTS["adversarial"])
        ),
        "harl": lambda z: harl.HARL(Given(z), m.X, y, ours.C, **still),
        "focal 2": lambda z: ldam_losses.FocalLoss(gamma=2.0)(z, y),
        "ldam 30": lambda z: ldam_losses.LDAMLoss(counts)(z, y),
        "class-balanced focal": lambda z: losses_inclass.CBLoss(counts, ours.C)(z, y),
    }
    for name, loss in official.items():
        names, mine = ours.CASES[name]
        found, expected = (ours.case(names, f) for f in (loss, mine))
        gap = abs(found["value"] - expected["value"])
        for k in names:
            pairs = zip(found["gradients"][k], expected["gradients"][k])
            gap = max(gap, *(abs(a - b) for a, b in pairs))
        print(f"{name}: {gap:.1e}", file=sys.stderr)


with contextlib.redirect_stdout(sys.stderr):  # some of it prints
    compare_losses()
    cases = {
        "TRADES, trades_loss": run(trades_step),
        "MART, mart_loss": run(mart_step),
        "RSLAD, rslad_inner_loss": run(rslad_step),
        "TAET, HARL": run(harl_step),
        "RoBal, add_reg_train": run(robal_step, cosine=True),
        # The order of its passes differs from ours, and with it the statistics: one step.
        "AWP, TradesAWP": run(awp_step, (1,)),
    }
json.dump(
    {
        "provenance": {
            "command": "python test/reference/official_torch.py FOLDER > test/golden/official-torch.json",
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "dtype": "float64",
        },
        "cases": cases,
    },
    sys.stdout,
)
print()
