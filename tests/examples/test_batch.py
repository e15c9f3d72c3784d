"""`examples/batch`: many photographs in chunks, on Ray, and what is left when processes die."""

import importlib
import json
import os
import re
import signal
import site
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import numpy as np
import pytest

import keras_indexnet
from keras_indexnet import data, evaluation

pd = pytest.importorskip("pandas", reason="the extra `batch` is not installed")
fsspec = pytest.importorskip("fsspec", reason="the extra `batch` is not installed")
pytest.importorskip("pyarrow", reason="the extra `batch` is not installed")
BATCH = Path(__file__).parents[2] / "examples" / "batch"

COPY_THERE = """
import sys, fsspec
storage = fsspec.filesystem("s3")
storage.mkdir("shop")
storage.put(f"{sys.argv[1]}/", "shop/", recursive=True)
"""
COPY_BACK = "import sys, fsspec; fsspec.filesystem('s3').get('shop/', sys.argv[1], recursive=True)"


@pytest.fixture(scope="module")
def job():
    sys.path.insert(0, str(BATCH))
    yield importlib.import_module("job")
    sys.path.remove(str(BATCH))


def photographs_in(folder, count, smallest=64):
    """Drawn photographs with their trimaps and truths; the last one is damaged."""
    drawn = [data.drawn_photograph(seed=seed, size=2 * smallest, kind="hair") for seed in range(3)]
    for number in range(count):
        photo = drawn[number % 3]
        rows, columns = (slice(0, smallest + 16 * (number % 4)), slice(0, smallest + 8 * (number % 3)))
        name = f"{'shelf/' if number % 2 else ''}{number:03}"
        data.write_image(folder / "photos" / f"{name}.jpg", photo.image[rows, columns])
        trimap = photo.trimap[rows, columns].copy()
        trimap[:8], trimap[-8:] = 0, 128
        data.write_image(folder / "trimaps" / f"{name}.png", trimap)
        data.write_image(folder / "truths" / f"{name}.png", photo.alpha[rows, columns])
    (folder / "photos" / f"{name}.jpg").write_bytes(b"\xff\xd8 broken")
    return folder


def do_all(job, chunks, output, weights):
    for chunk, photographs in chunks.items():
        job.do_chunk(chunk, photographs, str(output), str(weights))
    return pd.read_parquet(f"{output}/rows").set_index("name").sort_index()


def listing(job, folder):
    return job.photographs_of(
        f"{folder}/photos", trimap=f"{folder}/trimaps", mask=None, truth=f"{folder}/truths"
    )


def test_a_chunk_is_what_one_call_makes_of_each_photograph(job, tmp_path, small_tflite):
    photographs_in(tmp_path, 5)
    (tmp_path / "trimaps" / "002.png").unlink()
    chunks, count = job.plan(listing(job, tmp_path), str(tmp_path / "mattes"), 2e6)
    assert count == len(chunks) == 3
    rows = do_all(job, chunks, tmp_path / "mattes", small_tflite)
    assert rows["status"].to_dict() == {
        "000": "done",
        "002": "failed",
        "004": "failed",
        "shelf/001": "done",
        "shelf/003": "done",
    }
    assert rows.loc["002", "error"] == f"There is no file {tmp_path}/trimaps/002."
    assert rows.loc["004", "error"].startswith(f"{tmp_path}/photos/004.jpg is not an image that can be read")
    for name in ("000", "shelf/003"):
        photo, trimap, truth = (
            tmp_path / kind / f"{name}{suffix}"
            for kind, suffix in (("photos", ".jpg"), ("trimaps", ".png"), ("truths", ".png"))
        )
        rgba = keras_indexnet.cutout(photo, trimap, preset=small_tflite)
        alpha = data.read_gray(tmp_path / "mattes" / "alpha" / f"{name}.png")
        np.testing.assert_array_equal(alpha, rgba[..., 3])
        np.testing.assert_array_equal(
            data.read_foreground(tmp_path / "mattes" / "cutouts" / f"{name}.png"), rgba
        )
        sad = evaluation.sad_error(alpha, data.read_gray(truth), data.read_gray(trimap))
        assert rows.loc[name, "sad"] == pytest.approx(sad) and rows.loc[name, "seconds"] > 0
    assert job.plan(listing(job, tmp_path), str(tmp_path / "mattes"), 2e6) == ({}, 3)


def test_chunks_hold_like_sizes_and_about_equally_many_pixels(job, tmp_path):
    for number, (height, width) in enumerate(
        [(1000, 2000), (2000, 3000), (1000, 1000), (3000, 2000), (10, 10)]
    ):
        data.write_image(tmp_path / "photos" / f"{number}.png", np.zeros((height, width), np.uint8))
    chunks, _ = job.plan(job.photographs_of(f"{tmp_path}/photos"), str(tmp_path / "mattes"), 4e6)
    names = [[row["name"] for row in json.loads(rows)] for rows in chunks.values()]
    assert names == [["1"], ["3"], ["0", "2", "4"]]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_manifest_says_where_everything_is(job, tmp_path, suffix):
    table = pd.DataFrame(
        {
            "photograph": ["a/1.jpg", "s3://shop/b/2.jpg", "/disk/3.jpg"],
            "mask": ["a/1.png", None, None],
            "box": [None, "10%,10%,80%,80%", None],
            "price": ["1", "2", "3"],
        }
    )
    path = tmp_path / f"manifest.{suffix}"
    table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path)
    read = job.photographs_of(str(path))
    assert list(read.columns) == list(job.COLUMNS)
    assert read["name"].tolist() == ["a/1", "disk/3", "shop/b/2"]
    assert read["photograph"].tolist() == [f"{tmp_path}/a/1.jpg", "/disk/3.jpg", "s3://shop/b/2.jpg"]
    assert read["mask"].tolist() == [f"{tmp_path}/a/1.png", None, None]
    assert read["box"].tolist() == [None, None, "10%,10%,80%,80%"]


@pytest.mark.parametrize(
    ("photographs", "said"),
    [
        (["a/1.jpg", "a/1.png"], "1.jpg and .*1.png would have results of one name; rename one"),
        (["../1.jpg"], "the results of ../1 would lie beside the output; name it otherwise"),
        (["1.jpg", None], "needs a column 'photograph' with a path in every line"),
        ([], "There is no photograph in"),
    ],
)
def test_a_manifest_that_cannot_be_followed_is_refused(job, tmp_path, photographs, said):
    pd.DataFrame({"photograph": photographs}).to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(ValueError, match=said):
        job.photographs_of(str(tmp_path / "manifest.parquet"))


def test_an_output_holds_one_job(job, tmp_path):
    photographs_in(tmp_path, 2)
    job.plan(listing(job, tmp_path), str(tmp_path / "mattes"), 1e6)
    (tmp_path / "photos" / "000.jpg").unlink()
    with pytest.raises(ValueError, match="holds a job on other photographs; choose another output"):
        job.plan(listing(job, tmp_path), str(tmp_path / "mattes"), 1e6)


def test_a_bucket_is_as_good_as_a_folder(job, tmp_path, small_tflite):
    photographs_in(tmp_path, 3)
    storage = fsspec.filesystem("memory")
    storage.put(f"{tmp_path}/", "/shop/", recursive=True)
    rows = {}
    for start, output in ((f"{tmp_path}", f"{tmp_path}/mattes"), ("memory://shop", "memory://shop/mattes")):
        chunks, _ = job.plan(listing(job, start), output, 1e6)
        rows[start] = do_all(job, chunks, output, small_tflite)
        assert job.Store(output).names("journal") == set()
    assert (rows[f"{tmp_path}"][["status", "sad"]]).equals(rows["memory://shop"][["status", "sad"]])
    for path in (tmp_path / "mattes" / "cutouts").rglob("*.png"):
        assert storage.cat(f"/shop/mattes/{path.relative_to(tmp_path / 'mattes')}") == path.read_bytes()


@pytest.fixture(scope="module")
def python_with_s3(tmp_path_factory):
    """A Python that has s3fs and a server of S3 beside all that this one has; they want older packages."""
    folder = tmp_path_factory.mktemp("s3")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    installed = [python, "-m", "pip", "install", "-q", "s3fs", "moto[s3]", "flask", "flask-cors"]
    if subprocess.run(installed, check=False, capture_output=True).returncode:
        pytest.skip("s3fs and moto cannot be fetched")
    paths = [*site.getsitepackages(), str(BATCH.parents[1])]
    (Path(sysconfig.get_path("purelib", vars={"base": folder})) / "others.pth").write_text("\n".join(paths))
    return python


@pytest.mark.matrix
def test_s3_is_as_good_as_a_folder(job, tmp_path, small_tflite, python_with_s3):
    """With the command, whose workers find the server by the environment."""
    pytest.importorskip("ray", reason="the extra `batch` is not installed")
    photographs_in(tmp_path / "shop", 4)
    pd.DataFrame({"photograph": ["photos/000.jpg", "s3://shop/photos/shelf/001.jpg"]}).assign(
        trimap=["trimaps/000.png", "s3://shop/trimaps/shelf/001.png"]
    ).to_parquet(tmp_path / "shop" / "manifest.parquet")
    chunks, _ = job.plan(listing(job, tmp_path / "shop"), str(tmp_path / "expected"), 1e6)
    expected = do_all(job, chunks, tmp_path / "expected", small_tflite)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "FSSPEC_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }

    def run(*arguments):
        done = subprocess.run(
            [python_with_s3, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    server = subprocess.Popen(
        [python_with_s3, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while server.poll() is None and socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.1)
        run("-c", COPY_THERE, tmp_path / "shop")
        command = [BATCH / "matte_on_ray.py", "--weights", small_tflite, "--chunk", "1"]
        folders = ["--trimaps", "s3://shop/trimaps", "--truths", "s3://shop/truths"]
        said = run(*command, "s3://shop/photos", "s3://shop/mattes", *folders)
        assert "3 of 4 photographs matted" in said
        assert "2 of 2 photographs matted" in run(*command, "s3://shop/manifest.parquet", "s3://shop/two")
        assert "0 are to do" in run(*command, "s3://shop/photos", "s3://shop/mattes", *folders)
        run("-c", COPY_BACK, tmp_path / "back")
    finally:
        server.kill()
        server.wait()
    rows = pd.read_parquet(tmp_path / "back" / "mattes" / "rows").set_index("name").sort_index()
    pd.testing.assert_frame_equal(rows[["status", "sad"]], expected[["status", "sad"]])
    for output, count in (("mattes", 3), ("two", 2)):
        cutouts = list((tmp_path / "back" / output / "cutouts").rglob("*.png"))
        assert len(cutouts) == count
        for path in cutouts:
            # A manifest's photographs are named by their whole paths.
            name = path.relative_to(tmp_path / "back" / output / "cutouts").as_posix().split("photos/")[-1]
            assert path.read_bytes() == (tmp_path / "expected" / "cutouts" / name).read_bytes()


def test_a_photograph_that_kills_its_process_is_given_up_in_the_end(job, tmp_path, small_tflite, monkeypatch):
    """What was done before it is not done again."""
    photographs_in(tmp_path, 4)
    chunks, _ = job.plan(listing(job, tmp_path), str(tmp_path / "mattes"), 1e9)
    ((chunk, photographs),) = chunks.items()
    deadly = json.loads(photographs)[1]["photograph"]
    arguments = chunk, photographs, str(tmp_path / "mattes"), str(small_tflite)
    read, seen = data.read_image, []

    def read_and_die(file):
        seen.append(file.name)
        if file.name == deadly:
            raise KeyboardInterrupt  # nothing is written after it
        return read(file)

    monkeypatch.setattr(data, "read_image", read_and_die)
    for _ in range(job.TRIES):
        with pytest.raises(KeyboardInterrupt):
            job.do_chunk(*arguments)
    counts = job.do_chunk(*arguments)
    assert counts == job.do_chunk(*arguments) == {"done": 2, "failed": 2}
    assert [seen.count(row["photograph"]) for row in json.loads(photographs)] == [1, job.TRIES, 1, 1]
    rows = pd.read_parquet(tmp_path / "mattes" / "rows").set_index("photograph")
    assert rows.loc[deadly, "error"] == "The process died 3 times while it was matted."


@pytest.mark.matrix
def test_nothing_is_lost_and_nothing_done_twice_whatever_dies_of_a_cluster(job, tmp_path, small_tflite):
    """The program that began the job, then one of two workers, then a machine."""
    pytest.importorskip("ray", reason="the extra `batch` is not installed")
    from ray.cluster_utils import Cluster

    photographs_in(tmp_path, 160)
    chunks, count = job.plan(listing(job, tmp_path), str(tmp_path / "expected"), 2e6)
    expected = do_all(job, chunks, tmp_path / "expected", small_tflite)
    command = [
        sys.executable,
        BATCH / "matte_on_ray.py",
        tmp_path / "photos",
        tmp_path / "mattes",
        "--chunk",
        "2",
    ]
    command += ["--trimaps", tmp_path / "trimaps", "--truths", tmp_path / "truths", "--weights", small_tflite]
    rows = tmp_path / "mattes" / "rows"

    def wait_for(more):
        there, deadline = len(list(rows.glob("*"))), time.monotonic() + 900
        while len(list(rows.glob("*"))) < there + more:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        workers = [cluster.add_node(num_cpus=1) for _ in range(2)]
        command += ["--address", cluster.address]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as beginning:
            wait_for(5)
            beginning.kill()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going_on:
            wait_for(10)
            seen = pd.read_parquet(rows)["worker"]
            os.kill(int(seen.iloc[-1].split(":")[1]), signal.SIGKILL)
            wait_for(10)
            cluster.remove_node(workers[0], allow_graceful=False)
            said, errors = going_on.communicate(timeout=900)
    finally:
        cluster.shutdown()
    assert going_on.returncode == 0, errors[-3000:]
    before = int(re.search(r"(\d+) chunks were done before", said)[1])
    assert 5 <= before < count - 20
    result = pd.read_parquet(rows).set_index("name").sort_index()
    assert result["worker"].nunique() >= 3
    columns = ["photograph", "status", "error", "sad"]
    pd.testing.assert_frame_equal(result[columns], expected[columns])
    files = {folder: sorted(folder.rglob("*.png")) for folder in (tmp_path / "mattes", tmp_path / "expected")}
    assert len(files[tmp_path / "mattes"]) == 2 * 159
    for ours, theirs in zip(*files.values(), strict=True):
        assert ours.read_bytes() == theirs.read_bytes()
    assert list((tmp_path / "mattes" / "journal").iterdir()) == []
