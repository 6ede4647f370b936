"""Training functions of official repositories, run as they are, beside our methods.

Nothing of them is kept here: pass a folder with the files named below, taken from the commits named
below. The net, the batch and the optimizer are those of methods_torch.py; noise that the functions
draw is replaced by its fixed noise, and `.cuda()` does nothing.

    trades.py       https://github.com/yaodongyu/TRADES 6e8e11b  trades.py
    mart.py         https://github.com/YisenWang/MART 2d83e17    mart.py
    rslad_loss.py   https://github.com/zibojia/RSLAD c40e04f     rslad_loss.py
    utils_awp.py    https://github.com/csdongxian/AWP a7acf5d    trades_AWP/utils_awp.py

Run:  python test/reference/official_torch.py FOLDER > test/golden/official-torch.json
Needs: test/reference/requirements.txt
"""

import json
import platform
import sys

import torch
import torch.nn.functional as F

import methods_torch as m

sys.path.insert(0, sys.argv[1])
torch.Tensor.cuda = lambda self, *_, **__: self
torch.nn.Module.cuda = lambda self, *_, **__: self
torch.randn = lambda *_, **__: m.NOISE / 0.001

import mart  # noqa: E402
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

    def __init__(self):
        super().__init__()
        for k in ORDER:
            name = "bias" if k in ("beta", "bias") else "weight"
            self.add_module(k, Weight(m.START[k], name))
        for k in m.STATISTICS:
            self.register_buffer(k, m.START[k].clone())

    def parameter(self, k):
        return next(getattr(self, k).parameters())

    def forward(self, x):
        net = m.Net({})
        net.cosine = False
        net.values = {k: self.parameter(k) for k in ORDER}
        net.values.update({k: getattr(self, k) for k in m.STATISTICS})
        logits = net(x, self.training)
        for k in m.STATISTICS:
            setattr(self, k, net.values[k])
        return logits

    def values(self):
        return {**{k: self.parameter(k) for k in ORDER}, "mean": self.mean, "variance": self.variance}


def sgd(module):
    return torch.optim.SGD(module.parameters(), lr=m.LR, momentum=m.MOMENTUM, weight_decay=m.DECAY)


def run(step_of, steps=(1, 2, 3)):
    module = Module()
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


json.dump(
    {
        "provenance": {
            "command": "python test/reference/official_torch.py FOLDER > test/golden/official-torch.json",
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "dtype": "float64",
        },
        "cases": {
            "TRADES, trades_loss": run(trades_step),
            "MART, mart_loss": run(mart_step),
            "RSLAD, rslad_inner_loss": run(rslad_step),
            # The order of its passes differs from ours, and with it the statistics: one step.
            "AWP, TradesAWP": run(awp_step, (1,)),
        },
    },
    sys.stdout,
)
print()
