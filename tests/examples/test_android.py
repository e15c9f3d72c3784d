"""`examples/android`: what stands around the network, compiled and run; the app compiled, with stand-ins."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "examples" / "android" / "app" / "src" / "main"
KOTLIN = SOURCES / "java" / "com" / "example" / "matting"
HERE = Path(__file__).parent / "android"
SIDE = 256


@pytest.fixture(scope="session")
def kotlin():
    """The folder of the Kotlin compiler that `make test` fetches."""
    folder = Path(sys.prefix) / "node_modules" / "kotlin-compiler"
    if not folder.is_dir() or shutil.which("java") is None:
        pytest.skip("there is no Kotlin compiler")
    return folder


def compiled(kotlin, sources, classes, *options):
    environment = {**os.environ, "JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    command = ["bash", kotlin / "bin" / "kotlinc", *options, *sources, "-d", classes]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return classes


@pytest.fixture(scope="module")
def run(kotlin, tmp_path_factory):
    """Returns what runs `android/Driver.kt`."""
    sources = [KOTLIN / "Matting.kt", KOTLIN / "Trimap.kt", HERE / "Driver.kt"]
    classes = compiled(kotlin, sources, tmp_path_factory.mktemp("classes"), "-Werror")
    path = f"{classes}{os.pathsep}{kotlin / 'lib' / 'kotlin-stdlib.jar'}"

    def run(step, folder, *sizes):
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", path, "DriverKt", step, folder, *map(str, sizes)]
        subprocess.run(command, check=True)

    return run


def matted_in_kotlin(run, folder, image, trimap, network, side):
    """Return alpha and RGBA as the app makes them, but for the network."""
    height, width = trimap.shape
    np.dstack([image[..., ::-1], np.full_like(trimap, 255)]).tofile(folder / "photograph")
    trimap.astype(np.int32).tofile(folder / "trimap")
    run("before", folder, width, height, side)
    network(np.fromfile(folder / "input", np.float32).reshape(1, side, side, 4)).tofile(folder / "output")
    run("after", folder, width, height, side)
    alpha = np.fromfile(folder / "alpha", np.float32).reshape(height, width)
    cutout = np.fromfile(folder / "cutout", np.uint8).reshape(height, width, 4)
    return alpha, cutout[..., [2, 1, 0, 3]]


def matted_by_the_recipe(folder, file, image, trimap):
    """Return alpha of `export/run_litert.py`, which resizes with OpenCV."""
    for name, picture in (("photo.png", image[..., ::-1]), ("trimap.png", trimap)):
        cv2.imwrite(str(folder / name), picture)
    names = [str(folder / name) for name in ("photo.png", "trimap.png", "alpha.png")]
    subprocess.run([sys.executable, ROOT / "export" / "run_litert.py", file, *names], check=True)
    return cv2.imread(names[-1], cv2.IMREAD_GRAYSCALE) / np.float32(255)


@pytest.fixture(scope="module")
def photograph():
    image = cv2.imread(str(ROOT / "datasets/samples/chelsea.png"), cv2.IMREAD_COLOR_RGB)
    return image, cv2.imread(str(ROOT / "datasets/samples/chelsea_trimap.png"), cv2.IMREAD_GRAYSCALE)


@pytest.fixture(scope="module")
def square_tflite(tmp_path_factory):
    """A network that mixes colours and trimap of neighbours, in a file of fixed size."""
    keras.utils.set_random_seed(1)
    path = tmp_path_factory.mktemp("square") / "network.tflite"
    pixels = keras.Input((SIDE, SIDE, 4))
    alpha = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")((pixels - 128.0) / 64.0)
    spec = keras.InputSpec(shape=(1, SIDE, SIDE, 4), dtype="float32")
    keras.Model(pixels, alpha).export(path, format="litert", verbose=False, input_signature=[spec])
    return path


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")
@pytest.mark.parametrize(
    "part",
    [
        pytest.param(np.s_[:, :], id="shrunk"),
        pytest.param(np.s_[40:170, 290:440], id="enlarged", marks=pytest.mark.matrix),
    ],
)
def test_kotlin_mattes_a_photograph_as_python_does(run, square_tflite, photograph, tmp_path, part):
    from keras_indexnet.export import open_exported

    image, trimap = (np.ascontiguousarray(picture[part]) for picture in photograph)
    alpha, cutout = matted_in_kotlin(run, tmp_path, image, trimap, open_exported(square_tflite).run, SIDE)
    expected = matted_by_the_recipe(tmp_path, square_tflite, image, trimap)
    assert expected[trimap == 128].std() > 0.1
    np.testing.assert_allclose(alpha, expected, atol=1e-2)
    np.testing.assert_array_equal(cutout[..., 3], np.floor(alpha * 255 + 0.5))
    assert (cutout[trimap == 0] == 0).all()
    deep = cv2.erode((trimap == 255).astype(np.uint8), np.ones((21, 21))) > 0
    np.testing.assert_allclose(cutout[deep, :3], image[deep], atol=1)


@pytest.mark.matrix
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")
def test_kotlin_mattes_with_a_preset_as_python_does(run, photograph, tmp_path):
    from keras_indexnet import export, models

    network = models.matting_model("o2o_linear_context", weights="indexnet_light")
    path = tmp_path / "matting.tflite"
    export.export_model(network, path, input_size=(512, 512))

    def in_keras(pixels):
        return keras.ops.convert_to_numpy(network(pixels, training=False)).clip(0, 1)

    alpha, _ = matted_in_kotlin(run, tmp_path, *photograph, in_keras, 512)
    expected = matted_by_the_recipe(tmp_path, path, *photograph)
    assert ((expected > 0.1) & (expected < 0.9)).mean() > 0.01
    np.testing.assert_allclose(alpha, expected, atol=1e-2)


def test_cut_out_colours_are_without_the_background(run, photograph, tmp_path):
    subject, _ = photograph
    disc = np.zeros(subject.shape[:2], np.float32)
    cv2.circle(disc, (220, 150), 90, 1, -1)
    alpha = cv2.GaussianBlur(disc, (0, 0), 6)[..., np.newaxis]
    image = np.rint(alpha * subject + (1 - alpha) * (20, 220, 60)).astype(np.uint8)
    side = 480  # as wide as the photograph nearly is, for the alpha to survive
    square = np.zeros((1, side, side, 1), np.float32)
    height, width = round(side / subject.shape[1] * subject.shape[0]), side
    square[0, :height, :width, 0] = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_CUBIC)
    trimap = np.full(subject.shape[:2], 128, np.uint8)
    found, cutout = matted_in_kotlin(run, tmp_path, image, trimap, lambda _: square, side)
    np.testing.assert_allclose(found, alpha[..., 0], atol=1e-2)
    mixed = (found > 0.05) & (found < 0.95)
    errors = [
        np.abs(colours[mixed] - subject[mixed].astype(float)).mean() for colours in (image, cutout[..., :3])
    ]
    assert errors[1] < errors[0] / 2  # PyMatting reaches 0.31


def test_strokes_become_a_trimap(run, tmp_path):
    ring = [(30, 20), (70, 20), (70, 60), (30, 60), (30, 20)]
    strokes = [(*start, *end, 8, 128) for start, end in zip(ring, ring[1:], strict=False)]
    strokes += [(0, 80, 120, 80, 4, 128), (10, 95, 10, 95, 4, 255)]  # a part at the border is painted over
    strokes += [(110, 10, 110, 10, 6, 128), (110, 10, 110, 10, 2, 0)]  # a later stroke covers an earlier one
    (tmp_path / "strokes").write_text("\n".join(" ".join(map(str, stroke)) for stroke in strokes))
    run("paint", tmp_path, 120, 100)
    levels = np.fromfile(tmp_path / "levels", np.int32).reshape(100, 120)
    assert set(np.unique(levels)) == {0, 128, 255}
    y, x = np.mgrid[:100, :120] + 0.5
    distance = np.max(
        [abs(x - 50) - 20, abs(y - 40) - 20], axis=0
    )  # from the ring's line, where it is straight
    straight = (abs(x - 50) < 20) | (abs(y - 40) < 20)
    assert (levels[straight & (abs(distance) <= 4)] == 128).all()
    assert (levels[distance < -4.1] == 255).all()
    assert (levels[(distance > 4.1) & (y < 78) & (x < 106)] == 0).all()
    assert (levels[y > 82] == 255).all()
    assert levels[10, 110] == 0 and levels[10, 112] == 128


@pytest.mark.matrix
def test_the_app_compiles_with_stand_ins_for_android_compose_and_litert(kotlin, tmp_path):
    packages = re.split(r"^(?=package )", (HERE / "stand_ins.txt").read_text(), flags=re.MULTILINE)[1:]
    names = re.findall(r'<string name="(\w+)"', (SOURCES / "res" / "values" / "strings.xml").read_text())
    constants = "; ".join(f"const val {name} = {number}" for number, name in enumerate(names))
    packages.append(f"package com.example.matting\nobject R {{ object string {{ {constants} }} }}")
    stand_ins = [tmp_path / f"{number}.kt" for number in range(len(packages))]
    for path, text in zip(stand_ins, packages, strict=True):
        path.write_text(text)
    coroutines = kotlin / "lib" / "kotlinx-coroutines-core-jvm.jar"
    sources = [*KOTLIN.rglob("*.kt"), *stand_ins]
    assert len(sources) > len(stand_ins) + 5
    classes = compiled(kotlin, sources, tmp_path / "classes", "-cp", coroutines)
    assert (classes / "com" / "example" / "matting" / "MainActivity.class").is_file()
