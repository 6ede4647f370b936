"""One and three optimisation steps of each training method, in PyTorch and float64.

A small net with batch norm in training mode; SGD with momentum and weight decay. Losses, attacks,
the order of the training passes and the proxy of AWP are written as the official training scripts
have them (AWP: proxy of one step, normalised by layer, added, step taken, subtracted). Batch norm's
running variance is the biased one, as in tf.layers.

Run:  python test/reference/methods_torch.py > test/golden/methods-torch.json
Needs: test/reference/requirements.txt
"""

import json
import platform
import sys

import torch
import torch.nn.functional as F

COMMAND = "python test/reference/methods_torch.py > test/golden/methods-torch.json"
N, SIDE, CHANNELS, FILTERS, C = 6, 3, 2, 2, 3
WIDTH = SIDE * SIDE * FILTERS
EPSILON, STEP, STEPS = 0.1, 0.04, 3
LR, MOMENTUM, DECAY = 0.1, 0.9, 5e-4
COUNTS = [30, 9, 3]
LABELS = [0, 0, 1, 2, 0, 1]
EPOCH, EPOCHS = 1, 2

torch.manual_seed(8)
torch.set_default_dtype(torch.float64)


def exact(values):
    """Numbers that float32 holds exactly."""
    return values.float().double()


def weights(head_bias=True):
    return {
        "conv": exact(torch.randn(FILTERS, CHANNELS, 3, 3) * 0.5),
        "gamma": exact(1 + 0.2 * torch.randn(FILTERS)),
        "beta": exact(0.2 * torch.randn(FILTERS)),
        "dense": exact(torch.randn(C, WIDTH) * 0.4),
        **({"bias": exact(0.1 * torch.randn(C))} if head_bias else {}),
        "mean": exact(0.1 * torch.randn(FILTERS)),
        "variance": exact(0.5 + torch.rand(FILTERS)),
    }


STATISTICS = ("mean", "variance")
START = weights()
TEACHER = weights()
X = exact(torch.rand(N, CHANNELS, SIDE, SIDE))
NOISE = exact(0.05 * (2 * torch.rand(N, CHANNELS, SIDE, SIDE) - 1))
y = torch.tensor(LABELS)
n = torch.tensor(COUNTS, dtype=torch.float64)
one_hot = F.one_hot(y, C).double()


class Net:
    def __init__(self, start, cosine=False):
        self.cosine = cosine
        self.values = {
            k: v.clone().requires_grad_(k not in STATISTICS)
            for k, v in start.items()
            if not (cosine and k == "bias")
        }

    @property
    def parameters(self):
        return {k: v for k, v in self.values.items() if k not in STATISTICS}

    def __call__(self, x, training, features=False):
        v = self.values
        z = F.conv2d(x, v["conv"], padding=1)
        if training:
            mean = z.mean((0, 2, 3))
            variance = z.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                v["mean"] = 0.9 * v["mean"] + 0.1 * mean
                v["variance"] = 0.9 * v["variance"] + 0.1 * variance
        else:
            mean, variance = v["mean"], v["variance"]
        shape = (1, -1, 1, 1)
        z = (z - mean.view(shape)) / torch.sqrt(variance.view(shape) + 1e-5)
        z = torch.tanh(z * v["gamma"].view(shape) + v["beta"].view(shape))
        f = z.permute(0, 2, 3, 1).reshape(len(x), -1)
        if self.cosine:
            w = v["dense"]
            w = w / (torch.norm(w, 2, 1, keepdim=True) + 0.03125)
            logits = (f / torch.norm(f, 2, 1, keepdim=True)) @ w.t()
        else:
            logits = f @ v["dense"].t() + v["bias"]
        return (logits, f) if features else logits


class Sgd:
    """torch.optim.SGD's recursion on a dictionary of tensors."""

    def __init__(self):
        self.velocity = {}

    def step(self, net, gradients):
        for k, g in gradients.items():
            w = net.values[k].detach()
            g = g + DECAY * w
            v = MOMENTUM * self.velocity[k] + g if k in self.velocity else g
            self.velocity[k] = v
            net.values[k] = (w - LR * v).requires_grad_()


smallest = {}


def attack(name, net, loss, steps=STEPS, step=STEP, training=False, noise=NOISE):
    epsilon, adversarial = EPSILON, X + noise
    for _ in range(steps):
        adversarial = adversarial.detach().requires_grad_()
        value = loss(net(adversarial, training), adversarial)
        g = torch.autograd.grad(value, adversarial)[0]
        smallest[name] = min(smallest.get(name, 1), (g.abs().min() / g.abs().max()).item())
        adversarial = adversarial.detach() + step * torch.sign(g)
        adversarial = torch.min(torch.max(adversarial, X - epsilon), X + epsilon).clamp(0, 1)
    return adversarial.detach()


def ce(z, _=None):
    return F.cross_entropy(z, y)


def bsl(z):
    return F.cross_entropy(z + torch.log(n), y)


def kl(target, z):
    return F.kl_div(F.log_softmax(z, 1), F.softmax(target, 1), reduction="batchmean")


teacher = Net(TEACHER)


def taught(x):
    with torch.no_grad():
        return teacher(x, False)


# Each method: the net to (what it attacks with, the loss as a function without arguments).
def pgd(net):
    a = attack("pgd", net, ce)
    return a, lambda: ce(net(a, True))


def at_bsl(net):
    a = attack("at-bsl", net, ce)
    return a, lambda: bsl(net(a, True))


def trades(net):
    answer = net(X, False).detach()
    a = attack("trades", net, lambda z, _: kl(answer, z))

    def loss():
        clean = net(X, True)
        return ce(clean) + 6 * kl(clean, net(a, True))

    return a, loss


def mart(net):
    a = attack("mart", net, ce)

    def loss():
        clean, z = net(X, True), net(a, True)
        q, p = F.softmax(z, 1), F.softmax(clean, 1)
        top = torch.argsort(q, dim=1)[:, -2:]
        other = torch.where(top[:, -1] == y, top[:, -2], top[:, -1])
        boosted = ce(z) + F.nll_loss(torch.log(1.0001 - q + 1e-12), other)
        doubt = 1.0000001 - p.gather(1, y[:, None]).squeeze(1)
        rows = F.kl_div(torch.log(q + 1e-12), p, reduction="none").sum(1)
        return boosted + 5 * (rows * doubt).mean()

    return a, loss


def ard(net):
    a = attack("ard", net, ce, training=True)
    target = taught(X)

    def loss():
        z = net(a, True)
        soft = 16 * kl(target / 4, z / 4)
        return 0.9 * soft + 0.1 * ce(net(X, True))

    return a, loss


def rslad(net):
    target = taught(X)
    a = attack("rslad", net, lambda z, _: kl(target, z))
    return a, lambda: 5 / 6 * kl(target, net(a, True)) + 1 / 6 * kl(target, net(X, True))


def ada_ad(net):
    a = attack("ada-ad", net, lambda z, x: kl(teacher(x, False), z))
    at_a, at_x = taught(a), taught(X)
    return a, lambda: 0.7 * kl(at_a, net(a, True)) + 0.3 * kl(at_x, net(X, True))


def robal(net):
    a = attack("robal", net, ce)
    margins = 0.1 + 0.3 * torch.log(n / n.min()) / 10

    def loss():
        z = net(a, True)
        moved = 10 * (z - one_hot * margins[None]) + 1.5 * torch.log(n / n.sum())
        return F.cross_entropy(moved, y) + 6 * kl(net(X, True), z)

    return a, loss


def reat(net, mode="repo", first=2):
    a = attack("reat", net, ce)
    omega = torch.sqrt(n.sum() / n)

    def loss():
        z, f = net(a, True, features=True)
        total, anchors = 0.0, 0
        for i in range(N):
            if y[i] < first:
                continue
            anchors += 1
            target = F.softmax(f[i : i + 1], 1).detach().expand(N, WIDTH)
            rows = F.kl_div(F.log_softmax(f, 1), target, reduction="none")
            distance = rows.mean() if mode == "repo" else rows.sum(1)
            sign = torch.where(y == y[i], -1.0, 1.0)
            total = total + (sign * (omega[y] + omega[y[i]]) * distance).sum() / N
        return bsl(z) + total / anchors

    return a, loss


def harl(net):
    a = attack("harl", net, ce)

    def loss():
        rows = F.cross_entropy(net(a, True), y, reduction="none")
        means = torch.stack(
            [(rows * (y == c)).sum() / ((y == c).sum() + 1e-10) for c in range(C)]
        )
        mu, shares = means.mean(), means / (means.sum() + 1e-10)
        return 0.1 * mu + 0.1 * ((means - mu) ** 2).mean() + 0.1 * (shares**2).sum()

    return a, loss


def ldam(net):
    a = attack("ldam", net, ce)
    margins = n ** (-0.25)
    margins = margins * (0.5 / margins.max())
    w = (1 - 0.9999) / (1 - 0.9999**n)
    w = w / w.sum() * C
    return a, lambda: F.cross_entropy(net(a, True) - one_hot * margins[None], y, weight=w)


def fast(net):
    a = attack("fast-at", net, ce, steps=1, step=1.25 * EPSILON, training=True, noise=0 * NOISE)
    return a, lambda: ce(net(a, True))


def matching(base, alpha):
    """IGDM around a method: the weight is alpha e / E."""

    def method(net):
        a, inner = base(net)
        minus = X - (a - X)
        change = taught(a) - taught(minus)

        # A pass that the method made at x' is not made again: statistics move once for each input.
        def loss():
            passes = {}

            def once(x, training):
                key = x.data_ptr()
                if key not in passes:
                    passes[key] = plain(x, training)
                return passes[key]

            plain = net.__class__.__call__.__get__(net)
            with patched(net, once):
                value = inner()
                z = net(a, True)
            return value + alpha * EPOCH / EPOCHS * kl(change, z - net(minus, True))

        return a, loss

    return method


def distilled(base, weight):
    """KL from the teacher at x' around a method."""

    def method(net):
        a, inner = base(net)
        target = taught(a)

        def loss():
            passes = {}

            def once(x, training):
                key = x.data_ptr()
                if key not in passes:
                    passes[key] = plain(x, training)
                return passes[key]

            plain = net.__class__.__call__.__get__(net)
            with patched(net, once):
                return inner() + weight * kl(target, net(a, True))

        return a, loss

    return method


class patched:
    def __init__(self, net, call):
        self.net, self.call = net, call

    def __enter__(self):
        call = self.call
        self.original = type(self.net)
        self.net.__class__ = type("Shared", (self.original,), {"__call__": lambda _, x, t: call(x, t)})

    def __exit__(self, *_):
        self.net.__class__ = self.original


def gradients_of(net, loss):
    names = list(net.parameters)
    grads = torch.autograd.grad(loss(), [net.values[k] for k in names])
    return dict(zip(names, grads))


def plain_update(net, optimizer, loss):
    optimizer.step(net, gradients_of(net, loss))


def awp(gamma, scaling="layerwise"):
    def update(net, optimizer, loss):
        before = {k: net.values[k].clone() for k in STATISTICS}
        g = gradients_of(net, loss)
        net.values.update(before)
        w = {k: v.detach() for k, v in net.parameters.items()}
        if scaling == "layerwise":
            shift = {
                k: gamma * w[k].norm() * g[k] / (g[k].norm() + 1e-20) for k in g if w[k].dim() > 1
            }
        else:
            total = torch.sqrt(sum((v**2).sum() for v in w.values()))
            length = torch.sqrt(sum((v**2).sum() for v in g.values()))
            shift = {k: gamma * total * g[k] / (length + 1e-20) for k in g}
        for k, s in shift.items():
            net.values[k] = (net.values[k].detach() + s).requires_grad_()
        plain_update(net, optimizer, loss)
        for k, s in shift.items():
            net.values[k] = (net.values[k].detach() - s).requires_grad_()

    return update


delta = {}


def free(net, optimizer, replays=3):
    noise = delta.get("value", torch.zeros_like(X))
    for _ in range(replays):
        noise = noise.detach().requires_grad_()
        value = ce(net((X + noise).clamp(0, 1), True))
        names = list(net.parameters)
        grads = torch.autograd.grad(value, [net.values[k] for k in names] + [noise])
        g = grads[-1].abs()
        smallest["free-at"] = min(smallest.get("free-at", 1), (g[g > 0].min() / g.max()).item())
        noise = (noise.detach() + EPSILON * torch.sign(grads[-1])).clamp(-EPSILON, EPSILON)
        optimizer.step(net, dict(zip(names, grads[:-1])))
    delta["value"] = noise


METHODS = {
    "pgd": (pgd, plain_update),
    "at-bsl": (at_bsl, plain_update),
    "trades": (trades, plain_update),
    "mart": (mart, plain_update),
    "ard": (ard, plain_update),
    "rslad": (rslad, plain_update),
    "ada-ad": (ada_ad, plain_update),
    "robal": (robal, plain_update),
    "reat": (reat, plain_update),
    "reat, pairwise": (lambda net: reat(net, "pairwise"), plain_update),
    "harl": (harl, plain_update),
    "ldam": (ldam, plain_update),
    "fast-at": (fast, plain_update),
    "free-at": (None, free),
    "awp(pgd)": (pgd, awp(0.01)),
    "awp(trades)": (trades, awp(0.05)),
    "awp(rslad), global": (rslad, awp(0.05, "global")),
    "matching(at-bsl)": (matching(at_bsl, 20), plain_update),
    "matching(trades)": (matching(trades, 20), plain_update),
    "distillation(at-bsl)": (distilled(at_bsl, 3), plain_update),
    "distillation(mart)": (distilled(mart, 3), plain_update),
    "awp(matching(at-bsl))": (matching(at_bsl, 20), awp(0.05)),
}


def short(values):
    return [float(f"{v:.9g}") for v in values.detach().contiguous().flatten().tolist()]


def exported(values):
    """In the layout and the order of tf.layers."""
    layout = {
        "conv": lambda w: w.permute(2, 3, 1, 0),
        "dense": lambda w: w.t(),
    }
    return {k: short(layout.get(k, lambda w: w)(v)) for k, v in values.items()}


def nhwc(x):
    return short(x.permute(0, 2, 3, 1))


def trace(method, update, cosine):
    net, optimizer = Net(START, cosine), Sgd()
    delta.clear()
    after = {}
    for step in (1, 2, 3):
        if method is None:
            update(net, optimizer)
        else:
            _, loss = method(net)
            update(net, optimizer, loss)
        if step != 2:
            after[step] = exported(net.values)
    return after


cases = {
    name: trace(method, update, name == "robal") for name, (method, update) in METHODS.items()
}
# Below it float32 might take another sign than float64.
assert min(smallest.values()) > 1e-5, smallest
json.dump(
    {
        "provenance": {
            "command": COMMAND,
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "dtype": "float64",
            "smallestGradient": min(smallest.values()),
        },
        "shape": [N, SIDE, SIDE, CHANNELS],
        "x": nhwc(X),
        "noise": nhwc(NOISE),
        "labels": LABELS,
        "classCounts": COUNTS,
        "start": exported(START),
        "teacher": exported(TEACHER),
        "cases": cases,
    },
    sys.stdout,
)
print()
