"""Damaged picture files are read or refused: never another error, a crash, or all of the memory."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_indexnet import data

FORMATS = {
    "PNG": {"optimize": True},
    "JPEG": {"progressive": True},
    "WEBP": {"lossless": True},
    "TIFF": {"compression": "tiff_lzw"},
    "GIF": {},
    "BMP": {},
    "AVIF": {},
    "PPM": {},
}
READERS = ("read_image", "read_mask", "read_trimap", "read_foreground", "read_gray")
EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")  # that a length may claim
SECONDS = 10.0  # for one file of a few kilobytes, on a busy machine
GIBIBYTES = 2  # that decoding may take on top of what the process has

# In a process of its own: a decoder that crashes takes its process with it, and memory is limited by process.
PROCESS = """
import sys
from tests.data import test_mutated_files
test_mutated_files.read_mutations(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""


def corpus(folder):
    """The cases that were once read wrongly, and a small picture in each format."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.*")) if path.suffix != ".md"}
    rgba = np.random.default_rng(0).integers(0, 256, (24, 32, 4), np.uint8).repeat(2, 0)
    for name, options in FORMATS.items():
        picture = Image.fromarray(rgba if name in ("PNG", "WEBP", "TIFF", "AVIF") else rgba[..., :3].copy())
        encoded = io.BytesIO()
        picture.save(encoded, name, exif=_turned(), **options)
        files[name] = encoded.getvalue()
    return list(files.values())


def _turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def mutated(rng, encoded, other):
    """Damage a file in one of the ways in which files are damaged, or attacked."""
    damaged = bytearray(encoded)
    for _ in range(rng.integers(1, 4)):
        start = int(rng.integers(len(damaged)) * rng.choice([1.0, 0.05]))  # headers more often
        length = int(rng.choice([1, 4, 40, 400]))
        part = slice(start, start + length)
        match rng.integers(7):
            case 0:
                damaged[start] ^= 1 << rng.integers(8)
            case 1:
                damaged[part] = rng.bytes(len(damaged[part]))
            case 2:
                del damaged[max(1, start) :]
            case 3:
                del damaged[part]
            case 4:
                damaged[start:start] = damaged[part]
            case 5:
                damaged[start : start + 4] = EXTREMES[rng.integers(len(EXTREMES))]
            case 6:
                damaged[part] = other[part]
        if not damaged:
            damaged = bytearray(b"\0")
    return bytes(damaged)


def read_mutations(folder, first, count):
    """Read damaged files in every way, and print what became of each."""
    import resource
    import time
    import warnings
    from pathlib import Path

    warnings.simplefilter("ignore")
    files = corpus(Path(folder))
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (GIBIBYTES << 30),) * 2)
    for number in range(first, first + count):
        rng = np.random.default_rng(number)
        encoded = mutated(rng, files[rng.integers(len(files))], files[rng.integers(len(files))])
        path = Path(sys.argv[4], "damaged.png")
        path.write_bytes(encoded)
        reader = READERS[number % len(READERS)]
        print(f"{number} {reader}", end=" ", flush=True)
        began = time.monotonic()
        try:
            pixels = getattr(data, reader)(path)
            assert pixels.dtype == np.uint8 and pixels.size
            told = "read"
        except data.ImageFileError as error:
            assert str(path) in str(error) and "\n" not in str(error), error
            told = "refused"
        assert time.monotonic() - began < SECONDS
        print(told, flush=True)


def check_mutations(shared, folder, first, count):
    command = [sys.executable, "-c", PROCESS, shared / "cases", str(first), str(count), folder]
    done = subprocess.run(command, capture_output=True, text=True)
    told = done.stdout.splitlines()
    assert done.returncode == 0, f"{told[-1:]}: {done.stderr[-2000:]}"
    endings = [line.split()[-1] for line in told]
    assert len(endings) == count
    # Damage that every file survives, or none, would be no trial.
    assert 0.05 * count < endings.count("read") < 0.8 * count


def test_damaged_files_are_read_or_refused(shared, tmp_path):
    check_mutations(shared, tmp_path, 0, 150)


@pytest.mark.matrix
def test_two_thousand_damaged_files_are_read_or_refused(shared, tmp_path):
    check_mutations(shared, tmp_path, 1000, 2000)
