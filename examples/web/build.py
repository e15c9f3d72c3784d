"""Writes the matting page without a server: a folder for any static host. `make web` calls it."""

import argparse
import hashlib
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.replaceable import check_replaceable
from keras_indexnet.whole_file import whole_folder

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "keras_indexnet" / "web" / "page"
PACKAGES = Path(sys.prefix) / "web"
FROM_PACKAGES = {
    "@techstark/opencv-js/dist/opencv.js": "opencv.js",
    # Named so that every host knows what it is: some send .mjs as bytes.
    "onnxruntime-web/dist/ort.wasm.bundle.min.mjs": "ort.js",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm": "ort-wasm-simd-threaded.wasm",
}
WRITTEN = ("*.html", "*.css", "*.js", "*.svg", "*.jpg", "*.wasm", "*.onnx")


def build(output, network):
    """Write the page, with what it takes from npm.

    Args:
        output: str or path of the folder; an earlier page in it is replaced.
        network: str or path, what `export` wrote.

    Raises:
        IndexNetError: if the folder holds something else, or npm is missing or fails.
    """
    check_output(output)
    install()
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(output) as page:
        shutil.copytree(SHARED, page, dirs_exist_ok=True)
        shutil.copytree(HERE / "device", page / "device")
        for name in ("back_end.js", "service_worker.js"):
            shutil.copy(HERE / name, page)
        for packaged, name in FROM_PACKAGES.items():
            shutil.copy(PACKAGES / "node_modules" / packaged, page / "device" / name)
        shutil.copy(network, page / "device" / "network.onnx")
        stamp(page)


def check_output(output):
    """Raise IndexNetError if something else than an earlier page would be lost."""
    check_replaceable(output, "page", lambda folder: (folder / "service_worker.js").is_file(), WRITTEN)


def install():
    """Install the packages of package-lock.json beside Python's, unless they are there."""
    lock, installed = (folder / "package-lock.json" for folder in (HERE, PACKAGES))
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    if shutil.which("npm") is None:
        raise IndexNetError("npm is missing: install Node.js, which brings it along, from https://nodejs.org.")
    PACKAGES.mkdir(exist_ok=True)
    installed.unlink(missing_ok=True)  # until all are there
    with tempfile.TemporaryDirectory(dir=PACKAGES) as folder:
        for path in (lock, HERE / "package.json"):
            shutil.copy(path, folder)
        command = ["npm", "ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise IndexNetError("npm could not install what package.json lists; above it says why.")
        shutil.rmtree(PACKAGES / "node_modules", ignore_errors=True)
        Path(folder, "node_modules").rename(PACKAGES / "node_modules")
    shutil.copy(lock, installed)


def export(weights, path):
    """Write a network as ONNX for photographs of any size, most values in 16 bits: half as much to load.

    Args:
        weights: str, as for `indexnet export`.
        path: path of the file.

    Raises:
        IndexNetError: if there are no such weights.
    """
    import onnx

    from keras_indexnet import models
    from keras_indexnet.export import export_model

    export_model(models.network_of(weights), path, "onnx", input_size=None, batch_size=1)
    model = onnx.load(path)
    store_in_half(model.graph)
    onnx.save(model, path)


def store_in_half(graph):
    """Keep large kernels of an ONNX graph in float16, and cast them when it is opened: it computes in float32.

    The largest ones hold nearly all values. Small ones, whose errors go through the whole network, stay.
    """
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    from keras_indexnet.export.tflite_quantization import HALF_PRECISION_SHARE

    kernels = [tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT]
    kernels.sort(key=lambda tensor: -math.prod(tensor.dims))
    count, stored = sum(math.prod(tensor.dims) for tensor in kernels), 0
    casts = []
    for tensor in kernels:
        if stored >= HALF_PRECISION_SHARE * count:
            break
        stored += math.prod(tensor.dims)
        half = f"{tensor.name}_half"
        casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), half))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def stamp(page):
    """Let browsers know by the service worker that any of the files are others."""
    known = hashlib.sha256()
    for path in sorted(path for path in page.rglob("*") if path.is_file()):
        known.update(path.relative_to(page).as_posix().encode())
        known.update(path.read_bytes())
    worker = page / "service_worker.js"
    worker.write_text(worker.read_text().replace("VERSION", known.hexdigest()[:16]))


def main():
    """Export a network, and write the page with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", default="out/web", help="folder to write  [default: out/web]")
    parser.add_argument("--weights", default="indexnet_light", help="as for indexnet export")
    arguments = parser.parse_args()
    try:
        check_output(arguments.output)
        with tempfile.TemporaryDirectory() as folder:
            network = Path(folder, "network.onnx")
            export(arguments.weights, network)
            build(arguments.output, network)
    except (IndexNetError, OSError) as error:
        sys.exit(f"Error: {error}")
    print(f"The page is in {arguments.output}; python -m http.server -d {arguments.output} shows it.")


if __name__ == "__main__":
    main()
