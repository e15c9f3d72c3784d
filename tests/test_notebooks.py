"""The notebooks run from start to end, and what is committed of them is what such a run leaves behind."""

import re
import shutil
import time
from pathlib import Path

import pytest

nbformat = pytest.importorskip(
    "nbformat", reason="nbformat, nbclient and ipykernel, which run notebooks, are missing"
)

REPOSITORY = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
SECONDS = 120
LARGEST = 400_000  # bytes; outputs are kept for good in the history of the repository
ABSOLUTE_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|usr|opt|var|work|Users|mnt)/|[A-Z]:\\\\")
LINK = re.compile(r"\]\(([^):#\s]+)(?:#[^)]*)?\)")
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def unwanted(notebook):
    """Errors, and what went to stderr: warnings and logs."""
    return [
        output
        for output in outputs(notebook)
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


def test_there_are_six_notebooks():
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]


@every_notebook
def test_a_committed_notebook_was_run_once_from_start_to_end(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    assert any(
        "image/png" in found or "image/jpeg" in found
        for found in (o.get("data", {}) for o in outputs(notebook))
    )
    assert not unwanted(notebook)


@every_notebook
def test_a_committed_notebook_is_small_and_knows_nothing_of_the_machine_it_ran_on(path):
    assert path.stat().st_size <= LARGEST
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    assert not ABSOLUTE_PATH.search(path.read_text(encoding="utf-8"))


@every_notebook
def test_every_link_of_a_notebook_leads_to_a_file(path):
    text = "\n".join(
        cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"
    )
    links = LINK.findall(text)
    assert links
    assert [link for link in links if not (path.parent / link).is_file()] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    # The first one shows that notebooks run; what the others call has tests of its own.
    [NOTEBOOKS[0], *(pytest.param(path, marks=pytest.mark.matrix) for path in NOTEBOOKS[1:])],
    ids=lambda path: path.stem,
)
def test_a_notebook_runs_from_start_to_end_in_two_minutes(path, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="nbclient, which runs notebooks, is missing")
    pytest.importorskip("ipykernel", reason="ipykernel, in which notebooks run, is missing")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")  # which TFLite files are written from
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (tmp_path / "datasets").symlink_to(REPOSITORY / "datasets")
    notebook = nbformat.read(shutil.copy(path, folder), as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=SECONDS,  # of each cell
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        # TensorFlow's libraries log past Python; that is for the terminal.
        extra_arguments=["--IPKernelApp.capture_fd_output=False"],
    )
    began = time.monotonic()
    client.execute()
    assert time.monotonic() - began < SECONDS
    assert not unwanted(notebook)
