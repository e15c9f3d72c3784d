import csv

import cv2
import pytest

from keras_indexnet.cli.group import main
from keras_indexnet.visualization.training_curves import draw_training_curves

pytest.importorskip("matplotlib")
ROWS = [
    {"epoch": 1, "steps": 250, "learning_rate": 0.004, "loss": 0.3, "mse": 0.1, "val_mse": "nan"},
    {"epoch": 2, "steps": 500, "learning_rate": 0.002, "loss": 0.2, "mse": 0.05, "val_mse": 0.04},
    {"epoch": 3, "steps": 750, "learning_rate": 0.0, "loss": 0.1, "mse": 0.02, "val_mse": 0.03},
]


def write_log(path):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)


def test_plot_draws_the_curves_of_a_run(tmp_path, capsys):
    write_log(tmp_path / "log.csv")
    main(["plot", str(tmp_path)])
    assert capsys.readouterr().out.strip() == str(tmp_path / "curves.png")
    assert cv2.imread(str(tmp_path / "curves.png")).std() > 5
    main(["plot", str(tmp_path / "log.csv"), "-o", str(tmp_path / "curves.svg")])
    assert "<svg" in (tmp_path / "curves.svg").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.png", "curves.svg", "log.csv"]


def test_a_log_of_something_else_is_refused(tmp_path, capsys):
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit) as stopped:
        main(["plot", str(tmp_path)])
    assert stopped.value.code == 1
    assert "it has no column 'steps'" in capsys.readouterr().err


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"end in \.png, \.svg, \.pdf; not curves\.gif"):
        draw_training_curves(ROWS, tmp_path / "curves.gif")
