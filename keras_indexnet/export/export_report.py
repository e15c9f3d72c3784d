import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from keras_indexnet.export.formats import FORMATS


@dataclass(frozen=True)
class ExportReport:
    """What an exported file was measured to do, in its own runtime."""

    path: Path
    format: str  # its name in `FORMATS`
    quantization: str | None
    size_bytes: int
    inputs: dict  # name -> dtype and shape, None where it is free
    outputs: dict
    runtime: str  # and its version
    compared_on: tuple[str, ...]  # names of photographs
    largest_difference: float  # to the Keras model, of alpha in [0, 1] where it is a matting network
    mean_difference: float
    half_difference: float | None  # mean, in 16-bit arithmetic, if the file allows it and this chip can
    largest_output: float  # of the Keras model
    sad: float | None  # mean over the photographs, against the true alpha; None where it is no matting network
    sad_of_keras: float | None
    half_sad: float | None  # likewise
    operators: dict  # name -> number
    delegate_partitions: int | None  # of XNNPACK, in LiteRT
    flex_operators: int | None  # operators that only TensorFlow has, in LiteRT

    def as_json(self) -> str:
        """Return the report as JSON."""
        return (
            json.dumps(
                {"keras_indexnet": version("keras_indexnet")} | asdict(self) | {"path": self.path.name},
                indent=2,
            )
            + "\n"
        )

    def __str__(self) -> str:
        lines = [
            f"{self.path}: {FORMATS[self.format].title}, {self.quantization or 'float32'}, "
            f"{self.size_bytes / 1e6:.1f} MB, {self.runtime}",
            *(f"input {_size(entry)}: {name}, {_type(entry)}" for name, entry in self.inputs.items()),
            *(f"output {_size(entry)}: {name}, {_type(entry)}" for name, entry in self.outputs.items()),
            f"difference to Keras on {', '.join(self.compared_on)}: "
            f"largest {self.largest_difference:.1e}, mean {self.mean_difference:.1e}",
        ]
        if self.half_difference is not None:
            lines.append(f"in 16-bit arithmetic, as on phones: mean {self.half_difference:.1e}")
        if self.sad is not None:
            in_half = "" if self.half_sad is None else f", in 16-bit arithmetic {self.half_sad:.3f}"
            lines.append(f"SAD {self.sad:.3f}, of Keras {self.sad_of_keras:.3f}{in_half}")
        if self.delegate_partitions is not None:
            lines.append(f"XNNPACK partitions {self.delegate_partitions}, Flex operators {self.flex_operators}")
        lines.append("operators: " + ", ".join(f"{name} {count}" for name, count in self.operators.items()))
        return "\n".join(lines)


def _size(entry):
    return " x ".join("free" if side is None else str(side) for side in entry["shape"][1:3])


def _type(entry):
    return f"{entry['dtype']} {' x '.join('free' if side is None else str(side) for side in entry['shape'])}"
