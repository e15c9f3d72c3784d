"""How the command starts, and how it ends when something is wrong."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import keras_indexnet
from keras_indexnet.cli.group import COMMANDS, main
from keras_indexnet.cli.start import start_keras
from keras_indexnet.data import drawn_photograph, write_image

INDEXNET = Path(sys.executable).with_name("indexnet")
# Runs the command as the installed script does, and says which of these were imported.
STARTED = """
import sys
import _indexnet
try:
    _indexnet.main({arguments!r})
finally:
    slow = "keras", "tensorflow", "numpy", "cv2", "PIL"
    print([name for name in slow if name in sys.modules], file=sys.stderr)
"""


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("command", [None, *COMMANDS], ids=lambda command: command and command.name)
def test_help_imports_neither_keras_nor_numpy(command):
    arguments = ["--help"] if command is None else [command.name, "--help"]
    said = python("-c", STARTED.format(arguments=arguments))
    assert said.stdout.startswith("Usage: ")
    assert (said.returncode, said.stderr) == (0, "[]\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["matte", "none.png", "none.png"], "There is no file none.png."),
        (["matte", "none.png"], "There is no file none.png."),
        (["show", "none.png", "none.png"], "There is no file none.png."),
        (["trimap", "none.png"], "There is no file none.png."),
        (["evaluate", "none"], "There is no folder none."),
        (["export", "--weights", "none.keras"], "There are no weights 'none.keras'"),
        (["export", "--validation", "none"], "There is no folder none."),
        (["serve", "--weights", "none.tflite"], "There are no weights 'none.tflite'"),
        (["convert", "none.keras", "a.pth"], "There is no file none.keras."),
        (["benchmark", "none.tflite"], "none.tflite is neither a file nor one of"),
    ],
    ids=" ".join,
)
def test_a_missing_file_is_found_before_keras_is_imported(arguments, message):
    said = python("-c", STARTED.format(arguments=arguments))
    assert said.returncode == 2
    usage, error, imported = said.stderr.splitlines()
    assert usage.startswith(f"Usage: -c {arguments[0]} [OPTIONS]") and imported == "[]"
    assert error.startswith(f"Error: {message}")


def test_help_takes_half_a_second_of_cpu_at_most():
    """About 0.14 s; the fastest of three, as other programs that run meanwhile spoil caches."""
    seconds = []
    for _ in range(3):
        process = subprocess.Popen([INDEXNET, "--help"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        seconds.append(usage.ru_utime + usage.ru_stime)
    assert min(seconds) < 0.5


def test_a_command_knows_what_is_registered_with_keras(tmp_path):
    """A .keras file opens only where the package, which the command begins without, was executed."""
    code = STARTED.format(arguments=["convert", str(tmp_path / "b11.keras"), str(tmp_path / "b11.pth")])
    keras_indexnet.models.matting_model("b11").save(tmp_path / "b11.keras")
    said = python("-c", code + "\nimport keras_indexnet; print(keras_indexnet.__version__)")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-1] == keras_indexnet.__version__
    assert said.stderr == "['keras', 'tensorflow', 'numpy', 'cv2', 'PIL']\n"


def closed(streams, *arguments):
    """Run the command as a shell does that closes some of its streams."""
    said = python("-c", STARTED_BY_A_SHELL, f'exec "$0" "$@" {streams}', INDEXNET, *arguments)
    return said.returncode, said.stdout + said.stderr


STARTED_BY_A_SHELL = "import os, sys; os.execvp('sh', ['sh', '-c', *sys.argv[1:]])"


@pytest.mark.parametrize("streams", [pytest.param("2>&-", marks=pytest.mark.matrix), "<&- >&- 2>&-"])
def test_a_photograph_is_matted_where_streams_are_closed(photograph, streams):
    main([*photograph, "--no-polish"])
    matte = Path("out/photo_alpha.png")
    expected = matte.read_bytes()
    matte.unlink()
    returncode, said = closed(streams, *photograph, "--no-polish")
    assert returncode == 0 and matte.read_bytes() == expected
    assert "photo_alpha.png" in said or ">&-" in streams.split()


def test_an_error_without_a_stderr_is_an_exit_code(photograph):
    assert closed("2>&-", "matte", "none.png", "trimap.png") == (2, "")


def test_a_full_disk_as_stdout_is_one_sentence():
    assert closed("> /dev/full", "--version") == (1, "Error: No space left on device.\n")


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ('{"backend": "nonsense"}', "The backend in {file} is one of tensorflow, jax, torch, not 'nonsense'."),
        ('{"backend": 3}', "The backend in {file} is one of tensorflow, jax, torch, not 3."),
        ('{"floatx": "float8"}', "Keras does not start with {file}; mend it or delete it: Invalid `floatx`"),
        ("[1]", "Keras does not start with {file}; mend it or delete it: "),
    ],
)
def test_a_configuration_of_keras_that_it_cannot_read_is_named(tmp_path, configuration, message):
    file = tmp_path / "keras.json"
    file.write_text(configuration)
    without_variable = "import os; os.environ.pop('KERAS_BACKEND', None)\n" + STARTED.format(
        arguments=["doctor"]
    )
    said = python("-c", without_variable, KERAS_HOME=str(tmp_path))
    assert said.returncode == 1
    assert said.stderr.startswith(f"Error: {message.format(file=file)}") and said.stderr.count("\n") == 2


def test_a_program_may_call_the_command():
    package = sys.modules["keras_indexnet"]
    layers = package.layers
    start_keras()
    assert sys.modules["keras_indexnet"] is package and package.layers is layers


def test_python_m_is_the_command():
    said = python("-m", "keras_indexnet", "--version")
    assert said.stdout == f"python -m keras_indexnet, version {version('keras_indexnet')}\n"
    assert keras_indexnet.__version__ == version("keras_indexnet")


def test_dir_shows_what_is_public():
    shown = [name for name in dir(keras_indexnet) if not name.startswith("__")]
    assert shown == sorted(keras_indexnet.__all__)
    assert all(hasattr(keras_indexnet, name) for name in keras_indexnet.__all__)


@pytest.fixture
def photograph(tmp_path, monkeypatch, small_tflite):
    """Arguments that matte a photograph in the working directory."""
    monkeypatch.chdir(tmp_path)
    drawn = drawn_photograph(size=64)
    write_image("photo.png", drawn.image)
    write_image("trimap.png", drawn.trimap)
    return ["matte", "photo.png", "trimap.png", "-o", "out", "--weights", str(small_tflite)]


def has_a_bug(*args, **kwargs):
    raise ValueError("operands could not be broadcast together with shapes (3,) (4,)")


def test_a_bug_is_a_traceback_and_asks_to_be_reported(photograph, monkeypatch, capsys):
    monkeypatch.setattr(keras_indexnet.inference, "predict_alpha", has_a_bug)
    with pytest.raises(SystemExit) as stopped:
        main(photograph)
    lines = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert any("in has_a_bug" in line for line in lines)
    assert lines[-2].startswith("ValueError: operands could not be broadcast")
    assert "bug of keras_indexnet" in lines[-1] and "indexnet doctor" in lines[-1]


def test_a_bug_does_not_stop_a_folder_and_is_reported_at_its_end(photograph, monkeypatch, capsys):
    for folder, file in (("photographs", "photo.png"), ("trimaps", "trimap.png")):
        for name in ("a", "b"):
            pixels = Path(file).read_bytes()
            Path(folder).mkdir(exist_ok=True)
            Path(folder, f"{name}.png").write_bytes(pixels)
    write = keras_indexnet.cli.matte_results.MatteResults.write

    def write_all_but_a(results, photo, *args):
        return has_a_bug() if photo.stem == "a" else write(results, photo, *args)

    monkeypatch.setattr(keras_indexnet.cli.matte_results.MatteResults, "write", write_all_but_a)
    with pytest.raises(SystemExit) as stopped:
        main(["matte", "photographs", "--trimaps", "trimaps", *photograph[3:]])
    said = capsys.readouterr()
    assert stopped.value.code == 1
    assert "1 of 2 photographs matted." in said.out
    assert Path("out/b_alpha.png").is_file()
    assert "photographs/a.png: ValueError: operands could not be broadcast" in said.err
    assert "in has_a_bug" in said.err and "bug of keras_indexnet" in said.err.splitlines()[-1]


@pytest.mark.parametrize("debug", ["1", "0"])
def test_debugging_shows_the_traceback_of_a_mistake(photograph, monkeypatch, capsys, debug):
    monkeypatch.setenv("INDEXNET_DEBUG", debug)
    Path("photo.png").write_text("hello")
    with pytest.raises(SystemExit) as stopped:
        main(photograph)
    lines = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 1
    assert lines[-1] == "Error: photo.png is not an image that can be read, or it is damaged."
    assert (lines[0] == "Traceback (most recent call last):") == (debug == "1") == (len(lines) > 1)


@pytest.fixture(scope="module")
def without_backends(tmp_path_factory):
    """A folder of all installed packages but TensorFlow, JAX and PyTorch."""
    folder = tmp_path_factory.mktemp("packages")
    root = Path(keras_indexnet.__file__).parents[1]
    installed = [entry for path in sys.path if path.endswith("site-packages") for entry in Path(path).iterdir()]
    for entry in (root / "keras_indexnet", root / "_indexnet.py", *installed):
        if entry.name not in ("tensorflow", "jax", "torch") and not (folder / entry.name).exists():
            (folder / entry.name).symlink_to(entry)
    return folder


def test_without_a_backend_one_sentence_names_the_three(without_backends):
    sentence = (
        "Keras needs a backend: pip install 'keras_indexnet[tensorflow]', 'keras_indexnet[jax]' or "
        "'keras_indexnet[torch]'.\n"
    )
    said = python("-S", "-c", STARTED.format(arguments=["doctor"]), PYTHONPATH=str(without_backends))
    assert (said.returncode, said.stderr) == (1, f"Error: {sentence}[]\n")
    said = python("-S", "-c", "import keras_indexnet", PYTHONPATH=str(without_backends))
    assert said.stderr.endswith(f"keras_indexnet.errors.MissingPackageError: {sentence}")


def test_help_needs_no_backend(without_backends):
    code = STARTED.format(arguments=["matte", "--help"])
    said = python("-S", "-c", code, PYTHONPATH=str(without_backends))
    assert (said.returncode, said.stderr) == (0, "[]\n")
