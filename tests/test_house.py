"""How the rooms of the package may know each other, as CONTRIBUTING says it."""

import ast
from pathlib import Path

import keras_indexnet

PACKAGE = Path(keras_indexnet.__file__).parent
# From the bottom up: a room imports only what stands before it.
ROOMS = (
    ("errors", "paths", "whole_file", "matting_target"),
    ("optional", "given_numbers", "replaceable"),
    ("backend", "layers", "data", "losses"),
    ("metrics", "evaluation", "graphs"),
    ("models",),
    ("export", "conversion"),
    ("inference", "profiling", "tasks"),
    ("visualization", "web"),
    ("training", "cutting_out"),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}


def imports():
    """Yield each file of the package with the modules of the package that it imports, wherever in the file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("keras_indexnet"):
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    inner = PACKAGE.parent.joinpath(*name.split("."))
                    found.add(name if inner.is_dir() or inner.with_suffix(".py").is_file() else node.module)
        yield module, found


def room(module):
    return module.split(".")[1] if "." in module else None


def test_every_room_has_its_floor():
    rooms = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert rooms - {"__init__", "__main__"} == set(FLOOR)


def test_imports_go_down():
    up = [
        f"{module} imports {other}"
        for module, others in imports()
        for other in others
        if room(module) in FLOOR and room(other) in FLOOR and room(module) != room(other)
        if FLOOR[room(other)] >= FLOOR[room(module)]
    ]
    assert up == []


def test_no_two_files_need_each_other():
    """Not even in a circle of more, nor by an import inside a function."""
    needed = {module: others - {module} for module, others in imports()}
    # A package imports its files to show what is public; that they need it in return is Python's doing.
    packages = {module for module in needed if PACKAGE.parent.joinpath(*module.split(".")).is_dir()}
    needed = {module: others - packages for module, others in needed.items() if module not in packages}
    while needed:
        free = {module for module, others in needed.items() if not others & needed.keys()}
        assert free, f"These need each other: {', '.join(sorted(needed))}"
        needed = {module: others for module, others in needed.items() if module not in free}
