"""Golden results of torchvision's v2 augmentation operations on byte images.

Run:  python test/reference/augment_torchvision.py > test/golden/augment-torchvision.json
Needs: test/reference/requirements.txt
"""

import json
import math
import platform

import numpy
import torch
import torchvision
from torchvision.transforms.v2 import AutoAugment, AutoAugmentPolicy, CutMix, MixUp, RandAugment

COMMAND = "python test/reference/augment_torchvision.py > test/golden/augment-torchvision.json"
HEIGHT, WIDTH = 12, 10


def images():
    """A smooth photograph-like image, noise, and an image with few grey levels in one channel."""
    rng = numpy.random.RandomState(7)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    smooth = numpy.stack(
        [40 + 17 * x, 200 - 12 * y + 3 * x, 128 + 90 * numpy.sin(x / 3.0) * numpy.cos(y / 4.0)]
    )
    noise = rng.randint(0, 256, (3, HEIGHT, WIDTH))
    flat = numpy.stack([numpy.full((HEIGHT, WIDTH), 77), 60 + 3 * (x // 4), 250 * (y > 6)])
    stack = numpy.stack([smooth.clip(0, 255), noise, flat]).astype(numpy.uint8)
    return torch.from_numpy(stack)


def listed(batch):
    """[n, c, h, w] to one base64 text of [n, h, w, c]."""
    import base64

    return base64.b64encode(batch.permute(0, 2, 3, 1).contiguous().numpy().tobytes()).decode()


def main():
    batch = images()
    random_augment, auto_augment = RandAugment(), AutoAugment(AutoAugmentPolicy.CIFAR10)

    def apply(name, magnitude):
        # Image by image, as the transforms do it.
        return torch.stack(
            [
                auto_augment._apply_image_or_video_transform(
                    image, name, magnitude, interpolation="nearest", fill={torch.Tensor: None}
                )
                for image in batch
            ]
        )

    cases = []
    spaces = [(random_augment, 31, [8, 30]), (auto_augment, 10, [3, 8])]
    seen = set()
    for transform, bins, indices in spaces:
        for name, (magnitudes, signed) in transform._AUGMENTATION_SPACE.items():
            values = magnitudes(bins, HEIGHT, WIDTH)
            chosen = [0.0] if values is None else [float(values[i]) for i in indices]
            for magnitude in chosen:
                for value in {magnitude, -magnitude if signed else magnitude}:
                    if (name, value) in seen:
                        continue
                    seen.add((name, value))
                    cases.append(
                        {"name": name, "magnitude": value, "result": listed(apply(name, value))}
                    )
    cases.sort(key=lambda case: (case["name"], case["magnitude"]))

    def magnitudes_of(transform, bins, height, width):
        return {
            name: None if function(bins, height, width) is None
            else [float(v) for v in function(bins, height, width)]
            for name, (function, _) in transform._AUGMENTATION_SPACE.items()
        }

    signed = {
        name: is_signed
        for transform in (random_augment, auto_augment)
        for name, (_, is_signed) in transform._AUGMENTATION_SPACE.items()
    }

    # MixUp and CutMix in their own arithmetic, with the random part given.
    small = torch.rand(3, 1, 4, 5, generator=torch.Generator().manual_seed(3))
    labels = torch.tensor([2, 0, 1])
    mix_up, cut_mix = MixUp(num_classes=4), CutMix(num_classes=4)
    mixed = {"labels": labels, "lam": 0.3, "batch_size": 3}
    cut = {"labels": labels, "box": (1, 0, 5, 2), "lam_adjusted": 1 - 8 / 20, "batch_size": 3}
    flat = lambda tensor: [float(v) for v in tensor.flatten()]
    mixing = {
        "x": flat(small),
        "labels": labels.tolist(),
        "mixUp": {
            "weight": 0.3,
            "x": flat(mix_up.transform(small, mixed)),
            "labels": flat(mix_up.transform(labels, mixed)),
        },
        "cutMix": {
            "box": cut["box"],
            "x": flat(cut_mix.transform(small, cut)),
            "labels": flat(cut_mix.transform(labels, cut)),
        },
    }

    print(
        json.dumps(
            {
                "provenance": {
                    "command": COMMAND,
                    "python": platform.python_version(),
                    "torch": torch.__version__,
                    "torchvision": torchvision.__version__,
                    "numpy": numpy.__version__,
                },
                "shape": [len(batch), HEIGHT, WIDTH, 3],
                "images": listed(batch),
                "cases": cases,
                "signed": signed,
                "magnitudes": {
                    "randAugment": magnitudes_of(random_augment, 31, 32, 64),
                    "autoAugment": magnitudes_of(auto_augment, 10, 32, 64),
                },
                "policy": auto_augment._policies,
                "mixing": mixing,
            }
        )
    )


main()
