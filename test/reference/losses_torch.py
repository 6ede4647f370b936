"""Losses of the published training scripts on random inputs, and their gradients, in float64.

Every loss is written with the PyTorch functions that the official code calls (F.cross_entropy,
F.kl_div with its reduction, the epsilons of each repository), and differentiated by autograd.

Run:  python test/reference/losses_torch.py > test/golden/losses-torch.json
Needs: test/reference/requirements.txt
"""

import json
import platform
import sys

import torch
import torch.nn.functional as F

COMMAND = "python test/reference/losses_torch.py > test/golden/losses-torch.json"
N, C, D = 6, 5, 4
COUNTS = [120, 50, 30, 9, 4]
LABELS = [0, 3, 4, 1, 4, 2]
PREDICTED = [150, 20, 35, 8, 0]

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)


def rounded(shape, scale):
    """Random numbers that float32 holds exactly."""
    return (torch.randn(shape) * scale).float().double()


INPUTS = {
    "clean": rounded((N, C), 2.0),
    "adversarial": rounded((N, C), 2.0),
    "teacherClean": rounded((N, C), 2.0),
    "teacherAdversarial": rounded((N, C), 2.0),
    "cosClean": rounded((N, C), 0.4).clamp(-1, 1),
    "cosAdversarial": rounded((N, C), 0.4).clamp(-1, 1),
    "features": rounded((N, D), 1.5),
    "kernel": rounded((D, C), 1.0),
    "soft": torch.softmax(rounded((N, C), 1.0), 1).float().double(),
}
y = torch.tensor(LABELS)
n = torch.tensor(COUNTS, dtype=torch.float64)
one_hot = F.one_hot(y, C).double()
soft = INPUTS["soft"]


def effective_weights(beta, counts=COUNTS):
    weights = torch.tensor([(1 - beta) / (1 - beta**k) for k in counts])
    return weights / weights.sum() * C


def kl(target, logits, reduction="batchmean"):
    return F.kl_div(F.log_softmax(logits, 1), F.softmax(target, 1), reduction=reduction)


def trades(clean, adversarial, beta=6.0):
    criterion = torch.nn.KLDivLoss(reduction="sum")
    robust = criterion(F.log_softmax(adversarial, 1), F.softmax(clean, 1)) / N
    return F.cross_entropy(clean, y) + beta * robust


def mart(clean, adversarial, beta=5.0):
    adv_probs = F.softmax(adversarial, dim=1)
    top = torch.argsort(adv_probs, dim=1)[:, -2:]
    other = torch.where(top[:, -1] == y, top[:, -2], top[:, -1])
    boosted = F.cross_entropy(adversarial, y) + F.nll_loss(
        torch.log(1.0001 - adv_probs + 1e-12), other
    )
    nat_probs = F.softmax(clean, dim=1)
    true_probs = nat_probs.gather(1, y[:, None]).squeeze(1)
    per_class = torch.nn.KLDivLoss(reduction="none")(torch.log(adv_probs + 1e-12), nat_probs)
    return boosted + beta * (per_class.sum(1) * (1.0000001 - true_probs)).mean()


def ard(teacher, adversarial, clean, alpha, temperature, reduction):
    robust = F.kl_div(
        F.log_softmax(adversarial / temperature, 1),
        F.softmax(teacher / temperature, 1),
        reduction=reduction,
    )
    return alpha * temperature**2 * robust + (1 - alpha) * F.cross_entropy(clean, y)


def rslad(teacher, adversarial, clean):
    return 5 / 6 * kl(teacher, adversarial) + 1 / 6 * kl(teacher, clean)


def adaad(teacher_adversarial, teacher_clean, adversarial, clean, weight=0.7):
    robust = kl(teacher_adversarial, adversarial)
    return weight * robust + (1 - weight) * kl(teacher_clean, clean)


def ldam(logits, scale, weight=None):
    margins = 1.0 / torch.sqrt(torch.sqrt(n))
    margins = margins * (0.5 / margins.max())
    moved = torch.where(one_hot.bool(), logits - margins[y][:, None], logits)
    return F.cross_entropy(scale * moved, y, weight=weight)


def focal(logits, gamma):
    losses = F.cross_entropy(logits, y, reduction="none")
    return ((1 - torch.exp(-losses)) ** gamma * losses).mean()


def cb_focal(logits, gamma, beta):
    weights = effective_weights(beta)[y][:, None].repeat(1, C)
    bce = F.binary_cross_entropy_with_logits(logits, one_hot, reduction="none")
    modulator = torch.exp(
        -gamma * one_hot * logits - gamma * torch.log(1 + torch.exp(-1.0 * logits))
    )
    return (weights * modulator * bce).sum() / N


def robal(clean, adversarial, scale=10.0, margin=0.1, tau_b=1.5, tau_m=0.3, beta=6.0):
    margins = margin + tau_m * torch.log(n / n.min()) / scale
    moved = scale * (adversarial - one_hot * margins[None])
    hard = F.cross_entropy(moved + tau_b * torch.log(n / n.sum()), y)
    p, q = F.softmax(clean, 1), F.softmax(adversarial, 1)
    return hard + beta * F.kl_div(torch.log(q + 1e-12), p, reduction="none").sum(1).mean()


def cosine(features, kernel):
    directions = features / torch.norm(features, 2, 1, keepdim=True)
    return directions @ (kernel / (torch.norm(kernel, 2, 0, keepdim=True) + 0.03125))


def rbl(logits):
    beta = (n - 1) / n
    effective = (1 - beta ** torch.tensor(PREDICTED)) / (1 - beta)
    weights = 1 / (effective + 1e-5)
    return F.cross_entropy(logits, y, weight=weights / weights.sum() * C)


def tail(features, mode, first=3):
    omega = torch.sqrt(n.sum() / n)
    total, anchors = 0.0, 0
    for i in range(N):
        if y[i] < first:
            continue
        anchors += 1
        target = F.softmax(features[i : i + 1], 1).detach().expand(N, D)
        rows = F.kl_div(F.log_softmax(features, 1), target, reduction="none")
        distance = rows.mean() if mode == "repo" else rows.sum(1)
        sign = torch.where(y == y[i], -1.0, 1.0)
        total = total + (sign * (omega[y] + omega[y[i]]) * distance).sum() / N
    return total / anchors


def harl(logits, labels=y, classes=C):
    losses = F.cross_entropy(logits, labels, reduction="none")
    means = []
    for c in range(classes):
        mask = (labels == c).double()
        means.append((losses * mask).sum() / (mask.sum() + 1e-10))
    means = torch.stack(means)
    mu = means.mean()
    shares = means / (means.sum() + 1e-10)
    return 0.1 * mu + 0.1 * ((means - mu) ** 2).mean() + 0.1 * (shares**2).sum()


def balanced(logits, targets=y):
    return F.cross_entropy(logits + torch.log(n), targets)


ONE, TWO = ["adversarial"], ["clean", "adversarial"]
CASES = {
    "crossEntropy": (ONE, lambda z: F.cross_entropy(z, y)),
    "crossEntropy, soft": (ONE, lambda z: F.cross_entropy(z, soft)),
    "balancedSoftmax": (ONE, balanced),
    "balancedSoftmax, soft": (ONE, lambda z: balanced(z, soft)),
    "labelSmoothing 0.1": (ONE, lambda z: F.cross_entropy(z, y, label_smoothing=0.1)),
    "weighted, weightedMean": (
        ONE,
        lambda z: F.cross_entropy(z, y, weight=effective_weights(0.99)),
    ),
    "weighted, meanOfWeighted": (
        ONE,
        lambda z: (
            effective_weights(0.99)[y] * F.cross_entropy(z, y, reduction="none")
        ).mean(),
    ),
    "focal 2": (ONE, lambda z: focal(z, 2.0)),
    "focal 0.5": (ONE, lambda z: focal(z, 0.5)),
    "class-balanced focal": (ONE, lambda z: cb_focal(z, 2.0, 0.9999)),
    "ldam 30": (["cosAdversarial"], lambda z: ldam(z, 30)),
    "ldam 1, weighted": (ONE, lambda z: ldam(z, 1, effective_weights(0.9999))),
    "trades": (TWO, trades),
    "mart": (TWO, mart),
    "ard T 5": (TWO, lambda c, a: ard(INPUTS["teacherClean"], a, c, 0.5, 5.0, "batchmean")),
    "ard repo": (TWO, lambda c, a: ard(INPUTS["teacherClean"], a, c, 0.9, 30.0, "mean")),
    "rslad": (TWO, lambda c, a: rslad(INPUTS["teacherClean"], a, c)),
    "adaAd": (
        ["teacherClean", "teacherAdversarial", "clean", "adversarial"],
        lambda tc, ta, c, a: adaad(ta, tc, a, c),
    ),
    "robal": (["cosClean", "cosAdversarial"], robal),
    "cosine": (["features", "kernel"], lambda f, w: F.cross_entropy(cosine(f, w), y)),
    "rbl": (ONE, rbl),
    "tail repo": (["features"], lambda f: tail(f, "repo")),
    "tail pairwise": (["features"], lambda f: tail(f, "pairwise")),
    "harl": (ONE, harl),
    "harl, classes absent": (ONE, lambda z: harl(z, torch.tensor([0, 0, 3, 1, 3, 1]))),
}


def case(names, loss):
    leaves = [INPUTS[name].clone().requires_grad_() for name in names]
    value = loss(*leaves)
    gradients = torch.autograd.grad(value, leaves)
    return {
        "value": value.item(),
        "gradients": {
            name: [float(f"{v:.10g}") for v in g.flatten().tolist()]
            for name, g in zip(names, gradients)
        },
    }


json.dump(
    {
        "provenance": {
            "command": COMMAND,
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "dtype": "float64",
        },
        "labels": LABELS,
        "classCounts": COUNTS,
        "predictedCounts": PREDICTED,
        "inputs": {name: value.tolist() for name, value in INPUTS.items()},
        "cases": {name: case(*entry) for name, entry in CASES.items()},
    },
    sys.stdout,
)
print()
