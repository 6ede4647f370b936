"""Verdicts of the official AutoAttack on our network and images.

Get the official code first, anywhere outside this repository:
      git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
Run:  PYTHONPATH=auto-attack python test/reference/autoattack_torch.py test/golden/autoattack-torch.json
Needs: test/reference/requirements.txt, test/golden/autoattack-net.json (trainReferenceNet.ts)

Per norm, for the first 500 test images: which are broken by each component alone (APGD and Square
with several seeds, 0, 1, ...), what the standard version leaves after each of its components, the smallest
perturbation that FAB-T finds over all nine targets, and the passes all of it took.
"""

import base64
import datetime
import gzip
import hashlib
import json
import multiprocessing
import pathlib
import platform
import subprocess
import sys
import time

import autoattack
import numpy as np
import torch
from autoattack import AutoAttack
from autoattack import autoattack as driver
from autoattack.autopgd_base import APGDAttack, APGDAttack_targeted
from autoattack.state import EvaluationState

COMMAND = (
    "PYTHONPATH=auto-attack python test/reference/autoattack_torch.py "
    "test/golden/autoattack-torch.json"
)
ROOT = pathlib.Path(__file__).resolve().parents[2]
NET = ROOT / "test/golden/autoattack-net.json"
IMAGES = ROOT / "examples/data/fashion-mnist/test-images-idx3-ubyte.gz"
COMPONENTS = ["apgd-ce", "apgd-t", "fab-t", "square"]
# FAB-T's first run has no random start.
SEEDS = {"apgd-ce": range(6), "apgd-t": range(3), "fab-t": range(1), "square": range(3)}
BATCH = 250  # AutoAttack's own default
DETAILS = 64  # images of which more is kept


def floats(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


class Net(torch.nn.Module):
    """smallConvNet: strided 3x3 convolutions with 'same' padding and ReLU, then a dense layer."""

    def __init__(self, weights):
        super().__init__()
        arrays = [floats(w["float32"]).reshape(w["shape"]) for w in weights]
        *convolutions, (kernel, bias) = zip(arrays[::2], arrays[1::2])
        self.convolutions = torch.nn.ModuleList()
        for k, b in convolutions:
            layer = torch.nn.Conv2d(k.shape[2], k.shape[3], k.shape[0], stride=2)
            layer.weight.data = torch.tensor(k.transpose(3, 2, 0, 1).copy())  # HWIO to OIHW
            layer.bias.data = torch.tensor(b.copy())
            self.convolutions.append(layer)
        self.dense = torch.nn.Linear(*kernel.shape)
        self.dense.weight.data = torch.tensor(kernel.T.copy())
        self.dense.bias.data = torch.tensor(bias.copy())
        self.requires_grad_(False)
        self.forwards = self.backwards = 0

    def forward(self, x):
        self.forwards += x.shape[0]
        for layer in self.convolutions:
            # TensorFlow's "same" of an even size, stride 2, kernel 3: one row below, one on the right.
            x = torch.relu(layer(torch.nn.functional.pad(x, (0, 1, 0, 1))))
        # The dense layer's rows are in the order height, width, channel.
        logits = self.dense(x.permute(0, 2, 3, 1).flatten(1))
        if logits.requires_grad:
            logits.register_hook(self.count_backward)
        return logits

    def count_backward(self, gradient):
        self.backwards += gradient.shape[0]

    def take_counts(self):
        counts = {"forwards": self.forwards, "backwards": self.backwards}
        self.forwards = self.backwards = 0
        return counts


def load():
    fixture = json.loads(NET.read_text())
    count = fixture["images"]["count"]
    raw = np.frombuffer(gzip.decompress(IMAGES.read_bytes())[16:], np.uint8)
    pixels = (raw.reshape(-1, 1, 28, 28)[:count] / 255).astype(np.float32)
    if hashlib.sha256(pixels.tobytes()).hexdigest() != fixture["images"]["pixelsSha256"]:
        sys.exit("the images are not those that our logits were computed on")
    net = Net(fixture["weights"]).eval()
    x, y = torch.tensor(pixels), torch.tensor(fixture["images"]["labels"])
    ours = torch.tensor(floats(fixture["logits"]).reshape(count, -1).copy())
    difference = (net(x) - ours).abs().max().item()
    if difference > 1e-5:
        sys.exit(f"our logits and PyTorch's differ by {difference}")
    net.take_counts()
    return net, x, y, fixture["epsilon"], difference


class RecordingState(EvaluationState):
    """Keeps the robust flags as they are after each component."""

    log = []

    def add_run_attack(self, attack):
        super().add_run_attack(attack)
        RecordingState.log.append((attack, self.robust_flags.clone()))


driver.EvaluationState = RecordingState


def bits(flags):
    return "".join("1" if flag else "0" for flag in flags.tolist())


def evaluate(net, x, y, norm, epsilon, seed, components):
    """One run of the official driver: what is still robust after each component, and the cost."""
    attack = AutoAttack(net, norm=norm, eps=epsilon, seed=seed, verbose=False, device="cpu")
    attack.attacks_to_run = components
    RecordingState.log = []
    net.take_counts()
    started = time.time()
    adversarial, predictions = attack.run_standard_evaluation(x, y, bs=BATCH, return_labels=True)
    counts = net.take_counts()
    delta = (adversarial - x).flatten(1)
    reached = delta.abs().amax(1) if norm == "Linf" else delta.norm(dim=1)
    assert reached.max() <= epsilon + 1e-5 and 0 <= adversarial.min() and adversarial.max() <= 1
    assert torch.equal(predictions == y, RecordingState.log[-1][1])
    after = [{"attack": name, "robust": flags} for name, flags in RecordingState.log]
    return after, {**counts, "seconds": round(time.time() - started, 1)}


def apgd_from_clean(net, x, y, norm, epsilon):
    """APGD started at the image itself: nothing is left to chance, unlike in the official driver.

    Best losses after 10 steps (100 would tell rounding errors apart); verdicts after 100; for
    APGD-T the rank, 2 to 10, of the first target that broke an image, 0 where none did.
    """
    settings = {"norm": norm, "eps": epsilon, "seed": 0, "device": "cpu"}

    def run(apgd, rows):
        apgd.init_hyperparam(x[rows])
        _, correct, loss, _ = apgd.attack_single_run(x[rows], y[rows], x_init=x[rows])
        return correct.bool(), loss

    rows = torch.arange(len(y))
    result = {}
    for loss in ["ce", "dlr"]:
        # The constructor derives the checkpoints from n_iter.
        short = APGDAttack(net, n_iter=10, loss=loss, **settings)
        result[f"{loss}Loss10"] = rounded(run(short, rows[:DETAILS])[1].tolist())
        result[f"{loss}Broken"] = ~run(APGDAttack(net, n_iter=100, loss=loss, **settings), rows)[0]
    ranks = torch.zeros(len(y), dtype=torch.int)
    order = net(x).sort(dim=1)[1]
    targeted = APGDAttack_targeted(net, n_iter=100, **settings)
    for rank in range(2, 11):
        rows = (ranks == 0).nonzero().flatten()
        targeted.y_target = order[rows, -rank]
        correct, _ = run(targeted, rows)
        ranks[rows[~correct]] = rank
    net.take_counts()
    return {**result, "targetRank": ranks}


def fab_distances(net, x, y, norm, epsilon):
    """FAB-T's smallest perturbation for each of the nine targets: [images, targets]; inf: none."""
    fab = AutoAttack(net, norm=norm, eps=epsilon, seed=0, verbose=False, device="cpu").fab
    columns = []
    for rank in range(2, 11):
        fab.target_class = rank
        found = fab.attack_single_run(x, y, use_rand_start=False, is_targeted=True)
        delta = (found - x).flatten(1)
        distance = delta.abs().amax(1) if norm == "Linf" else delta.norm(dim=1)
        distance[net(found).argmax(1) == y] = torch.inf
        columns.append(distance)
    net.take_counts()
    return torch.stack(columns, 1)


def rounded(values):
    return [None if v == float("inf") else float(f"{v:.6g}") for v in values]


def report(net, x, y, norm, epsilon):
    clean = net(x).argmax(1) == y
    alone, passes = {}, {}
    for component in COMPONENTS:
        seeds = SEEDS[component]
        runs = [evaluate(net, x, y, norm, epsilon, seed, [component]) for seed in seeds]
        alone[component] = {str(s): bits(clean & ~r[0][0]["robust"]) for s, r in zip(seeds, runs)}
        passes[component] = runs[0][1]
        print(norm, component, [v.count("1") for v in alone[component].values()], runs[0][1])
    after, passes["standard"] = evaluate(net, x, y, norm, epsilon, 0, COMPONENTS)
    standard = {step["attack"]: bits(step["robust"]) for step in after}
    print(norm, "standard", [v.count("1") for v in standard.values()], passes["standard"])
    distances = fab_distances(net, x[clean], y[clean], norm, epsilon)
    best = torch.full([len(y)], torch.inf)
    best[clean] = distances.amin(1)
    positions = clean.nonzero().flatten()
    start = apgd_from_clean(net, x[clean], y[clean], norm, epsilon)

    def spread(values):
        """Values of the correct images to all: 0 for the others."""
        return torch.zeros(len(y), dtype=torch.int).index_copy(0, positions, values.int())

    return {
        "epsilon": epsilon,
        "brokenAlone": alone,
        "robustAfter": standard,
        "passes": passes,
        "fabDistance": rounded(best.tolist()),
        "fabDistanceByTarget": {
            str(i): rounded(row)
            for i, row in zip(positions.tolist()[:DETAILS], distances.tolist())
        },
        "apgdFromClean": {
            "ceBroken": bits(spread(start["ceBroken"])),
            "dlrBroken": bits(spread(start["dlrBroken"])),
            "targetRank": spread(start["targetRank"]).tolist(),
            "steps10": {
                str(i): {"ce": ce, "dlr": dlr}
                for i, ce, dlr in zip(positions.tolist(), start["ceLoss10"], start["dlrLoss10"])
            },
        },
    }


def commit():
    folder = pathlib.Path(autoattack.__file__).parent
    return subprocess.check_output(["git", "-C", folder, "rev-parse", "HEAD"], text=True).strip()


def norm_report(key):
    torch.set_num_threads(1)
    net, x, y, epsilons, _ = load()
    return report(net, x, y, {"linf": "Linf", "l2": "L2"}[key], epsilons[key])


def main(target):
    torch.set_num_threads(1)
    started = time.time()
    net, x, y, _, difference = load()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        reports = dict(zip(["linf", "l2"], pool.map(norm_report, ["linf", "l2"])))
    fixture = {
        "provenance": {
            "command": COMMAND,
            "date": datetime.date.today().isoformat(),
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "numpy": np.__version__,
            "autoattack": f"fra31/auto-attack@{commit()}",
            "dtype": "float32",
            "threads": 1,
            "netSha256": hashlib.sha256(NET.read_bytes()).hexdigest(),
            "largestLogitDifference": difference,
            "seconds": round(time.time() - started),
        },
        "batchSize": BATCH,
        "images": len(y),
        "correct": bits(net(x).argmax(1) == y),
        **reports,
    }
    pathlib.Path(target).write_text(json.dumps(fixture, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
