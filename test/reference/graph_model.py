"""A network of Keras, saved by TensorFlow and converted by its own converter, with its logits and the
gradient of the summed cross-entropy: test/golden/graph-keras.json.

    pip install tensorflow==2.21.0 tensorflowjs==4.22.0 numpy==2.4.6
    python test/reference/graph_model.py

What the converter imports for other formats is left out.
"""
import base64
import json
import pathlib
import sys
import tempfile
from unittest.mock import MagicMock

import numpy as np
import tensorflow as tf

for name in ("jax", "jax.experimental", "jax.experimental.jax2tf", "flax", "tensorflow_decision_forests"):
    sys.modules[name] = MagicMock()
# The converter was written for an older numpy.
for name, kind in (("object", object), ("bool", bool)):
    if name not in np.__dict__:
        setattr(np, name, kind)
from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter  # noqa: E402

L = tf.keras.layers
rng = np.random.RandomState(7)
image = tf.keras.Input((6, 6, 2), name="images")
h = L.Conv2D(3, 3, activation="relu")(image)
h = L.BatchNormalization()(h)
h = L.DepthwiseConv2D(2)(h)
h = L.MaxPooling2D(2, strides=1)(h)
features = L.Flatten()(h)
model = tf.keras.Model(image, L.Dense(3, activation="softmax")(features))


def values(variable, shape):
    draw = rng.randn(*shape)
    positive = "variance" in variable.name or "gamma" in variable.name
    return (np.abs(draw) + 0.5 if positive else 0.4 * draw).astype("float32")


model.set_weights([values(v, w.shape) for v, w in zip(model.weights, model.get_weights())])
x = rng.rand(4, 6, 6, 2).astype("float32")
labels = np.array([0, 1, 2, 1])
kernel, bias = model.layers[-1].get_weights()
before = tf.keras.Model(image, features)
with tf.GradientTape() as tape:
    point = tf.constant(x)
    tape.watch(point)
    logits = tf.matmul(before(point), kernel) + bias
    loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
gradient = tape.gradient(loss, point).numpy()

with tempfile.TemporaryDirectory() as folder:
    tf.saved_model.save(model, f"{folder}/saved")
    converter.convert_tf_saved_model(f"{folder}/saved", f"{folder}/out")
    graph = json.loads(pathlib.Path(f"{folder}/out/model.json").read_text())
    weights = pathlib.Path(f"{folder}/out/group1-shard1of1.bin").read_bytes()

listed = lambda array: [float(value) for value in np.asarray(array).flatten()]  # noqa: E731
fixture = {
    "source": "python test/reference/graph_model.py",
    "versions": {"tensorflow": tf.__version__, "tensorflowjs": "4.22.0", "numpy": np.__version__},
    "model": {**graph, "weights": base64.b64encode(weights).decode()},
    **{"shape": list(x.shape), "x": listed(x), "labels": labels.tolist()},
    **{"logits": listed(logits), "gradient": listed(gradient)},
}
target = pathlib.Path(__file__).parent.parent / "golden" / "graph-keras.json"
target.write_text(json.dumps(fixture) + "\n")
