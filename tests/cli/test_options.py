"""Options mean the same in every command."""

import click
import pytest
from click.testing import CliRunner

from keras_indexnet.cli.group import cli, main
from keras_indexnet.cli.outputs import output_file


def test_the_list_of_commands_shows_whole_sentences():
    said = CliRunner().invoke(cli, ["--help"]).output
    assert "..." not in said.partition("Commands:")[2]
    assert max(map(len, said.splitlines())) <= 80


def test_the_help_of_training_fits_on_a_screen():
    assert CliRunner().invoke(cli, ["train", "--help"]).output.count("\n") < 40


@pytest.mark.parametrize(
    ("output", "path"),
    [
        ("cat.png", "cat.png"),
        ("folder/cat.WEBP", "folder/cat.WEBP"),
        ("folder", "folder/name.png"),
        ("folder/", "folder/name.png"),
        ("run_1.5", "run_1.5/name.png"),
        ("present.text", "present.text/name.png"),
        ("new.text/", "new.text/name.png"),
        (".", "name.png"),
    ],
)
def test_an_output_is_a_file_by_its_suffix_and_else_a_folder(tmp_path, monkeypatch, output, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "present.text").mkdir()
    assert str(output_file(output, (".png", ".webp"), "name.png")) == path


def test_an_output_with_the_suffix_of_something_else_is_refused():
    with pytest.raises(click.UsageError, match="--output ends in .png, .webp, or it is a folder, not 'a.gif'"):
        output_file("a.gif", (".png", ".webp"), "name.png")


def test_a_folder_is_made_for_what_is_drawn(tmp_path, capsys):
    (tmp_path / "log.csv").write_text("steps,loss\n1,0.5\n2,0.4\n")
    main(["plot", str(tmp_path / "log.csv"), "-o", str(tmp_path / "new" / "folder")])
    assert capsys.readouterr().out == f"{tmp_path / 'new' / 'folder' / 'curves.png'}\n"
    assert (tmp_path / "new" / "folder" / "curves.png").is_file()


@pytest.mark.parametrize(
    "command", ["draw b11", "train", "complexity b11", "export", "benchmark indexnet_base"]
)
def test_a_size_is_read_alike_everywhere(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), "--size", "64x"])
    assert stopped.value.code == 2
    assert "--size is a number, HEIGHTxWIDTH such as 512x384" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("command", ["draw b11", "train"])
def test_what_is_square_takes_no_other_size(command, capsys):
    with pytest.raises(SystemExit):
        main([*command.split(), "--size", "64x96"])
    assert "Error: --size is a square here, such as 96 or 96x96, not '64x96'." in capsys.readouterr().err


@pytest.mark.matrix
def test_complexity_of_a_size_that_is_no_square_is_that_of_its_pixels(capsys):
    gflops = {}
    for size in ("32x96", "96x32"):
        main(["complexity", "b1", "--size", size, "--format", "csv"])
        gflops[size] = capsys.readouterr().out.splitlines()[1].split(",")[4]
    assert gflops["32x96"] == gflops["96x32"] != "0.000"
