"""Twenty steps of PGD adversarial training of a small convolutional net with batch norm, by stock
PyTorch: what `bnVariance: 'unbiased'` has to follow.

Run: python test/reference/batch_norm_torch.py test/golden/batchNorm-torch.json
Needs test/reference/requirements.txt.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

STEPS, BATCH, SIZE, CLASSES = 20, 8, 6, 3
EPSILON, STEP_SIZE, ATTACK_STEPS = 0.1, 0.04, 3
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.05, 0.9, 5e-4


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 4, 3)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.conv2 = torch.nn.Conv2d(4, 6, 2)
        self.bn2 = torch.nn.BatchNorm2d(6)
        self.dense = torch.nn.Linear(6 * 3 * 3, CLASSES)

    def forward(self, x):
        x = torch.tanh(self.bn1(self.conv1(x)))
        x = torch.tanh(self.bn2(self.conv2(x)))
        # Channels last, as tfjs flattens.
        return self.dense(x.permute(0, 2, 3, 1).flatten(1))


def attack(net, x, y):
    net.eval()
    adversarial = x.clone()
    for _ in range(ATTACK_STEPS):
        adversarial.requires_grad_(True)
        (gradient,) = torch.autograd.grad(F.cross_entropy(net(adversarial), y, reduction='sum'), adversarial)
        with torch.no_grad():
            moved = adversarial + STEP_SIZE * gradient.sign()
            adversarial = torch.minimum(torch.maximum(moved, x - EPSILON), x + EPSILON).clamp(0, 1)
    net.train()
    return adversarial.detach()


def to_tfjs(name, value):
    value = value.detach().numpy()
    if value.ndim == 4:  # out, in, height, width to height, width, in, out
        value = value.transpose(2, 3, 1, 0)
    if value.ndim == 2:
        value = value.T
    return {'name': name, 'shape': list(value.shape), 'values': [float(v) for v in value.ravel()]}


def state_of(net):
    order = [
        'conv1.weight', 'conv1.bias', 'bn1.weight', 'bn1.bias', 'conv2.weight', 'conv2.bias',
        'bn2.weight', 'bn2.bias', 'dense.weight', 'dense.bias', 'bn1.running_mean',
        'bn1.running_var', 'bn2.running_mean', 'bn2.running_var',
    ]
    state = net.state_dict()
    return [to_tfjs(name, state[name]) for name in order]


def main(path):
    torch.manual_seed(3)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    net = Net()
    initial = state_of(net)
    rng = np.random.default_rng(5)
    images = rng.integers(0, 256, (STEPS, BATCH, 1, SIZE, SIZE)).astype(np.float32) / 255
    labels = rng.integers(0, CLASSES, (STEPS, BATCH))
    optimizer = torch.optim.SGD(
        net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY
    )
    losses = []
    for step in range(STEPS):
        x, y = torch.from_numpy(images[step]), torch.from_numpy(labels[step])
        adversarial = attack(net, x, y)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(adversarial), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    pixels = np.rint(images * 255).astype(int)
    fixture = {
        'command': 'python test/reference/batch_norm_torch.py test/golden/batchNorm-torch.json',
        'versions': {'torch': torch.__version__, 'numpy': np.__version__},
        'settings': {
            'steps': STEPS, 'batch': BATCH, 'size': SIZE, 'classes': CLASSES, 'epsilon': EPSILON,
            'stepSize': STEP_SIZE, 'attackSteps': ATTACK_STEPS, 'learningRate': LEARNING_RATE,
            'momentum': MOMENTUM, 'weightDecay': WEIGHT_DECAY,
        },
        'pixels': pixels.reshape(STEPS, -1).tolist(),
        'labels': labels.tolist(),
        'initial': initial,
        'losses': losses,
        'final': state_of(net),
    }
    with open(path, 'w') as file:
        json.dump(fixture, file)
        file.write('\n')


main(sys.argv[1])
