#!/usr/bin/env bash
# Installs the wheel into an empty environment and cuts out a photograph with three lines of Python: time and disk.
#
#     bash benchmarks/from_the_wheel.sh
set -euo pipefail
samples=$(cd "$(dirname "$0")/../datasets/samples" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip wheel --quiet --no-deps --wheel-dir "$folder" "$samples/../.."
cd "$folder"
du -h keras_indexnet-*.whl
python3 -m venv environment
SECONDS=0
environment/bin/pip install --quiet "$(echo keras_indexnet-*.whl)[tensorflow]"
echo "$SECONDS s to install, $(du -sh environment | cut -f1)"
cp "$samples/astronaut.jpg" photo.jpg
cp "$samples/astronaut_trimap.png" trimap.png
SECONDS=0
environment/bin/python - <<'PYTHON'
from keras_indexnet import data, inference

image, trimap = data.read_image("photo.jpg"), data.read_gray("trimap.png")
alpha = inference.predict_alpha(inference.open_model("indexnet_light"), image, trimap)
data.write_image("cutout.png", inference.cutout(image, alpha))
PYTHON
echo "$SECONDS s for $(ls cutout.png)"
