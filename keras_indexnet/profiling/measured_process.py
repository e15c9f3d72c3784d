"""Runs one network and prints its times and peak memory as JSON.

`measure` starts this file as a program of its own. Nothing but the network's runtime is in its memory then: it
is told which file holds the runtime of an exported file, and runs that without importing this package, which
would bring Keras and TensorFlow along.
"""

import json
import runpy
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def main(model, height, width, runs, threads, *runtime):
    matrix_product_peak = _from_file(HERE / "matrix_product.py", "matrix_product_peak")
    before = matrix_product_peak(repeats=3)
    run = _opened(model, threads, *runtime)
    inputs = np.random.default_rng(0).uniform(0.0, 255.0, (1, height, width, 4)).astype(np.float32)
    run(inputs)  # reserves memory, compiles
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run(inputs)
        seconds.append(time.perf_counter() - start)
    measured = {"seconds": seconds, "peak_bytes": _peak_bytes()}
    print(json.dumps(measured | {"matrix_product_peak": max(before, matrix_product_peak(repeats=3))}))


def _opened(model, threads, runtime_file=None, runtime_class=None):
    if runtime_file is not None:
        return _from_file(runtime_file, runtime_class)(model, threads).run
    import keras

    import keras_indexnet.layers  # noqa: F401, a saved network needs them

    network = keras.saving.load_model(model, compile=False)
    return lambda inputs: network.predict(inputs, verbose=0)


def _from_file(path, name):
    return runpy.run_path(str(path))[name]


def _peak_bytes():
    # getrusage would count what the parent process held when it started this one.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:6]), *sys.argv[6:])
