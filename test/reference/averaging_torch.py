"""Averages of weights by stock PyTorch (torch.optim.swa_utils) over a training of a small dense net with
batch norm: an exponential moving average, and stochastic weight averaging with update_bn.

Run: python test/reference/averaging_torch.py > test/golden/averaging-torch.json
Needs test/reference/requirements.txt.
"""

import json

import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

EXAMPLES, FEATURES, CLASSES, BATCH, EPOCHS = 22, 3, 3, 6, 5
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY, DECAY, SWA_FROM = 0.1, 0.9, 5e-4, 0.8, 3

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)


def network():
    return torch.nn.Sequential(
        torch.nn.Linear(FEATURES, 5),
        torch.nn.BatchNorm1d(5, eps=1e-5, momentum=0.1),
        torch.nn.Tanh(),
        torch.nn.Linear(5, CLASSES),
    )


def flat(tensor):
    values = tensor.detach().t() if tensor.dim() == 2 else tensor.detach()
    return {'shape': list(values.shape), 'values': values.contiguous().flatten().tolist()}


def state_of(net):
    names = ['0.weight', '0.bias', '1.weight', '1.bias', '3.weight', '3.bias']
    statistics = ['1.running_mean', '1.running_var']
    state = net.state_dict()
    return [flat(state[name]) for name in names + statistics]


x = torch.rand(EXAMPLES, FEATURES)
labels = torch.randint(0, CLASSES, (EXAMPLES,))
# The last batch of an epoch is smaller.
batches = [list(range(i, min(i + BATCH, EXAMPLES))) for i in range(0, EXAMPLES, BATCH)]

net = network()
initial = state_of(net)
ema = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
swa = AveragedModel(net)
optimizer = torch.optim.SGD(
    net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY
)
for epoch in range(1, EPOCHS + 1):
    for indices in batches:
        optimizer.zero_grad()
        F.cross_entropy(net(x[indices]), labels[indices]).backward()
        optimizer.step()
        ema.update_parameters(net)
    if epoch >= SWA_FROM:
        swa.update_parameters(net)
update_bn([x[indices] for indices in batches], swa)

print(
    json.dumps(
        {
            'command': 'python test/reference/averaging_torch.py > test/golden/averaging-torch.json',
            'versions': {'torch': torch.__version__},
            'settings': {
                'batch': BATCH,
                'epochs': EPOCHS,
                'learningRate': LEARNING_RATE,
                'momentum': MOMENTUM,
                'weightDecay': WEIGHT_DECAY,
                'decay': DECAY,
                'swaFrom': SWA_FROM,
            },
            'x': x.tolist(),
            'labels': labels.tolist(),
            'initial': initial,
            'raw': state_of(net),
            'ema': state_of(ema.module),
            'swa': state_of(swa.module),
        }
    )
)
