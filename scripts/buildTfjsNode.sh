#!/usr/bin/env bash
# Puts tfjs-node into node_modules where npm's own installer cannot download its binary: TensorFlow's library and
# headers come from PyPI's tensorflow-cpu, and the binding is compiled. Needs pip, unzip, make and a C++ compiler; 1 GB.
#
#   bash scripts/buildTfjsNode.sh [version of tensorflow-cpu]
#
# package.json and the lock file stay as they are; `npm ci` takes it away again.
set -euo pipefail
cd "$(dirname "$0")/.."
tensorflow=${1:-2.21.0}
npm install --no-save --ignore-scripts --no-audit --no-fund @tensorflow/tfjs-node@4.22.0
target=$PWD/node_modules/@tensorflow/tfjs-node
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --dest "$work" "tensorflow-cpu==$tensorflow"
unzip -q "$work"/tensorflow_cpu-*.whl 'tensorflow/include/*' 'tensorflow/libtensorflow*' -d "$work"
mkdir -p "$target/deps/lib"
rm -rf "$target/deps/include"
mv "$work/tensorflow/include" "$target/deps/include"
mv "$work"/tensorflow/libtensorflow*.so.2 "$target/deps/lib"
# As the names that the binding is linked with.
ln -sf libtensorflow_cc.so.2 "$target/deps/lib/libtensorflow.so"
ln -sf libtensorflow_framework.so.2 "$target/deps/lib/libtensorflow_framework.so"
cd "$target"
node "$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js" rebuild \
  --nodedir="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")" \
  --module_name=tfjs_binding --module_path="$target/lib/napi-v8" --napi_build_version=8 --napi_version=9
cd - >/dev/null
node -e "const tf = require('@tensorflow/tfjs-node'); console.log(tf.getBackend(), tf.add(1, 2).dataSync()[0])"
