"""No command writes over what it reads."""

import shutil
from pathlib import Path

import click
import pytest

from keras_indexnet.cli.group import main
from keras_indexnet.cli.inputs_kept import keep_inputs

CASES = Path(__file__).parents[2] / "datasets" / "samples"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A photograph and its trimap in the working folder, the trimap by the name that the matte would have."""
    shutil.copy(CASES / "chelsea.png", tmp_path / "cat.png")
    shutil.copy(CASES / "chelsea_trimap.png", tmp_path / "cat_alpha.png")
    (tmp_path / "cat_cutout.png").symlink_to("cat.png")
    (tmp_path / "photos").mkdir()
    shutil.copy(CASES / "chelsea.png", tmp_path / "photos" / "cat.png")
    shutil.copy(CASES / "chelsea.png", tmp_path / "photos" / "cat_alpha.png")
    (tmp_path / "trimaps").mkdir()
    for name in ("cat", "cat_alpha"):
        shutil.copy(CASES / "chelsea_trimap.png", tmp_path / "trimaps" / f"{name}.png")
    (tmp_path / "log.csv").write_text("steps,loss\n1,0.5\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = {
    "the trimap": "matte cat.png cat_alpha.png",
    "a link to the photograph": "matte cat.png trimaps/cat.png",
    "another photograph of the folder": "matte photos --trimaps trimaps -o photos",
    "the photograph, by its trimap": "trimap cat.png --box 20,20,200,200 -o cat.png",
    "the mask": "trimap cat.png --mask cat_alpha.png -o ./cat_alpha.png",
    "the photograph, by a sheet": "show cat.png trimaps/cat.png -o cat.png",
    "a trimap, by a sheet": "show cat.png trimaps/cat.png -o trimaps/cat.png",
    "the log, by its curves": "plot log.csv -o log.csv",
    "a photograph, by a table": "evaluate . --dataset pairs --csv photos/cat.png",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_input_is_not_replaced(files, capsys, name):
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as stopped:
        main(COMMANDS[name].split())
    assert stopped.value.code == 1
    assert "which is read; choose another output" in capsys.readouterr().err.splitlines()[-1]
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


def test_files_are_one_by_every_name_and_link(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "hard").hardlink_to(tmp_path / "a")
    (tmp_path / "soft").symlink_to("a")
    for name in ("a", "hard", "soft", "../" + tmp_path.name + "/a"):
        with pytest.raises(click.UsageError, match="would replace"):
            keep_inputs([tmp_path / name], None, "indexnet_base", tmp_path / "a")
    keep_inputs([tmp_path / "new"], tmp_path / "a", tmp_path / "missing")
