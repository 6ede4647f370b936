"""Small image files and NumPy archives, and what Pillow and NumPy read from them.

Run:  python test/reference/image_files.py > test/golden/image-files.json
Needs: test/reference/requirements.txt
"""

import base64
import io
import json
import platform

import numpy
import PIL
from PIL import Image

COMMAND = "python test/reference/image_files.py > test/golden/image-files.json"


def text(data):
    return base64.b64encode(data).decode()


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return as_read(buffer.getvalue())


def as_read(data):
    read = Image.open(io.BytesIO(data))
    return {
        "file": text(data),
        "rgb": text(read.convert("RGB").tobytes()),
        "luma": text(read.convert("RGB").convert("L").tobytes()),
        "width": read.width,
        "height": read.height,
    }


def rgb_jpegs(image):
    """Colours that are not transformed: what says so is Adobe's marker or the components' names."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, keep_rgb=True)
    data = buffer.getvalue()
    adobe = 2 + 2 + int.from_bytes(data[4:6], "big")
    assert data[2:4] == b"\xff\xee" and data[6:11] == b"Adobe"
    jfif = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return {
        "rgbJpeg": as_read(data),
        "rgbJpegByNames": as_read(data[:2] + data[adobe:]),
        # A JFIF marker means that they are transformed, whatever Adobe's says.
        "jfifRgbJpeg": as_read(data[:2] + jfif + data[2:]),
    }


def npz(save, **arrays):
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return text(buffer.getvalue())


def main():
    y, x = numpy.mgrid[0:16, 0:24]
    smooth = numpy.stack([10 * x, 255 - 15 * y, 5 * x + 8 * y], axis=-1).clip(0, 255)
    image = Image.fromarray(smooth.astype(numpy.uint8))
    grey = image.convert("L")
    transparent = image.copy()
    transparent.putalpha(grey)
    images = {
        "png": saved(image, "PNG"),
        "greyPng": saved(grey, "PNG"),
        "palettePng": saved(image.convert("P", palette=Image.Palette.ADAPTIVE, colors=8), "PNG"),
        "transparentPng": saved(transparent, "PNG"),
        # With a colour that counts as transparent and that some pixels have.
        "colourKeyPng": saved(image, "PNG", transparency=image.getpixel((3, 5))),
        "greyKeyPng": saved(grey, "PNG", transparency=grey.getpixel((3, 5))),
        "bitKeyPng": saved(grey.point(lambda value: 255 * (value > 99), "1"), "PNG", transparency=1),
        "jpeg444": saved(image, "JPEG", quality=90, subsampling=0),
        "jpeg420": saved(image, "JPEG", quality=90, subsampling=2),
        "progressiveJpeg": saved(image, "JPEG", quality=90, subsampling=0, progressive=True),
        "greyJpeg": saved(grey, "JPEG", quality=90),
        **rgb_jpegs(image),
    }
    data = ((numpy.arange(2 * 3072) * 7) % 251).astype(numpy.uint8).reshape(2, 3072)
    arrays = {
        "cifar10": npz(numpy.savez_compressed, data=data, labels=[3, 9]),
        "cifar100": npz(
            numpy.savez,
            data=data,
            fine_labels=numpy.array([99, 5], dtype=numpy.int32),
            coarse_labels=[19, 0],
        ),
        "first": data[0].tolist()[:5],
    }
    provenance = {
        "command": COMMAND,
        "python": platform.python_version(),
        "pillow": PIL.__version__,
        "numpy": numpy.__version__,
    }
    print(json.dumps({"provenance": provenance, "images": images, "arrays": arrays}))


main()
