"""A job that mattes many photographs, whatever engine runs it: its plan, a part of it, and its results.

The output is a folder, or a bucket by its address. It holds

    plan.parquet           the photographs, in chunks of like sizes, the largest first
    alpha/NAME.png         the results
    cutouts/NAME.png
    rows/CHUNK.parquet     a row for each photograph of a chunk that is done
    journal/CHUNK.json     how far a chunk is that is not

Each of them is written whole, and its name follows from the plan. So a job that died goes on with the same
command, and a chunk that two processes do, since an engine took one for dead, is as if one had done it.
"""

import io
import json
import os
import posixpath
import socket
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

import keras_indexnet
from keras_indexnet import IndexNetError, data, evaluation, inference
from keras_indexnet.cutting_out.trimap_making import make_trimap
from keras_indexnet.data.image_files import READ_SUFFIXES, encode
from keras_indexnet.whole_file import whole_file

SOURCES = ("trimap", "mask", "strokes")  # files of which a trimap is made
COLUMNS = ("name", "photograph", "box", *SOURCES, "truth")
ROW = pa.schema(
    {
        "name": pa.string(),
        "photograph": pa.string(),
        "status": pa.string(),  # done or failed
        "error": pa.string(),  # why it failed
        "notes": pa.string(),  # what was changed about what was given
        "sad": pa.float64(),  # against the truth, where there is one
        "seconds": pa.float64(),
        "worker": pa.string(),
    }
)
TRIES = 3  # a photograph of which so many processes died is given up
SMALL = 1_000_000  # pixels; a smaller photograph takes hardly less time
HEADERS_AT_A_TIME = 32
OPTIONS = (
    click.argument("source"),
    click.argument("output"),
    click.option("--trimaps", metavar="FOLDER", help="Where SOURCE is a folder: trimaps of the same names."),
    click.option("--masks", metavar="FOLDER", help="Likewise, masks."),
    click.option("--truths", metavar="FOLDER", help="Likewise, true mattes to measure against."),
    click.option("--weights", default="indexnet_base", help="A preset, or a file that all workers can read."),
    click.option(
        "--chunk", default=100.0, type=click.FloatRange(0, min_open=True), help="Megapixels between two rows."
    ),
)


def command(function):
    """Make a command that mattes SOURCE into OUTPUT: paths, or addresses that fsspec knows, such as s3://.

    Args:
        function: function of `chunks`, pairs of the arguments `chunk` and `photographs` of `do_chunk`, of
            `settings`, its other arguments, and of options of its own; it does the chunks.
    """

    def matte(source, output, trimaps, masks, truths, weights, chunk, **own):
        try:
            inference.open_model(weights)  # or every photograph would fail by it
            photographs = photographs_of(source, trimap=trimaps, mask=masks, truth=truths)
            chunks, count = plan(photographs, output, chunk * 1e6)
        except IndexNetError as error:
            raise click.ClickException(str(error)) from error
        given = [kind for kind in ("box", *SOURCES, "truth") if photographs[kind].notna().any()]
        click.echo(
            f"{len(photographs)} photographs with {', '.join(given) or 'nothing else'} in {count} chunks."
        )
        click.echo(f"{count - len(chunks)} chunks were done before, {len(chunks)} are to do.")
        if chunks:
            function(list(chunks.items()), {"output": Store(output).url, "weights": weights}, **own)
        rows = Store(output).table("rows")
        failed = rows[rows["status"] == "failed"]
        for row in failed.head(10).itertuples():
            click.echo(f"{row.photograph}: {row.error}", err=True)
        click.echo(
            f"{len(rows) - len(failed)} of {len(rows)} photographs matted; {output}/rows has a row for each."
        )

    matte.__doc__ = function.__doc__
    for option in reversed(OPTIONS):
        matte = option(matte)
    return click.command(context_settings={"show_default": True})(matte)


def photographs_of(source, **folders):
    """List the photographs of a job.

    Args:
        source: str, a manifest (`.parquet` or `.csv`) with a column `photograph` and any others of `COLUMNS`,
            in which paths start at the manifest; or a folder or bucket of photographs.
        **folders: str or None, where the trimaps, masks, strokes or truths of a folder's photographs are.

    Returns:
        `pandas.DataFrame` with `COLUMNS`, str or None, sorted by name.

    Raises:
        ValueError: if there is no photograph, or two would have results of one name.
    """
    if source.endswith((".parquet", ".csv")):
        table = _manifest(source)
    else:
        photographs = _by_name(source)
        table = pd.DataFrame({"name": list(photographs), "photograph": list(photographs.values())})
        for kind, folder in folders.items():
            if folder is not None:
                files = _by_name(folder)  # what is missing becomes the error of its photograph
                table[kind] = [files.get(name, _absolute(f"{folder}/{name}")) for name in photographs]
    if table.empty:
        raise IndexNetError(f"There is no photograph in {source}.")
    twice = table["photograph"][table["name"].duplicated(keep=False)]
    if len(twice):
        raise IndexNetError(f"{' and '.join(twice[:2])} would have results of one name; rename one of the two.")
    table = table.reindex(columns=COLUMNS).astype(object).sort_values("name", ignore_index=True)
    return table.where(table.notna(), None)


def _manifest(source):
    try:
        file = _opened(source)
        table = pd.read_csv(file, dtype=str) if source.endswith(".csv") else pd.read_parquet(file)
    except IndexNetError:
        raise
    except ValueError as error:  # pyarrow's are, too
        raise IndexNetError(f"{source} is no table that can be read: {error}") from error
    if "photograph" not in table or table["photograph"].isna().any():
        raise IndexNetError(f"{source} needs a column 'photograph' with a path in every line.")
    if "name" not in table:
        table["name"] = [posixpath.splitext(path.split("://")[-1])[0] for path in table["photograph"]]
    table["name"] = [posixpath.normpath(name).lstrip("/") for name in table["name"]]
    for name in table["name"]:
        if name.startswith(".."):
            raise IndexNetError(
                f"{source}: the results of {name} would lie beside the output; name it otherwise."
            )
    start = posixpath.dirname(_absolute(source))
    for kind in ("photograph", *SOURCES, "truth"):
        if kind in table:
            table[kind] = [
                path if pd.isna(path) or "://" in path or path.startswith("/") else f"{start}/{path}"
                for path in table[kind]
            ]
    return table


def _by_name(folder):
    storage, root = fsspec.url_to_fs(folder)
    found = {}
    for path in storage.find(root):
        relative = posixpath.relpath(path, root)
        name, suffix = posixpath.splitext(relative)
        if suffix.lower() in READ_SUFFIXES and not any(part.startswith(".") for part in relative.split("/")):
            if name in found:
                raise IndexNetError(
                    f"{found[name]} and {path} would have results of one name; rename one of the two."
                )
            found[name] = _absolute(f"{folder}/{relative}")
    return found


def _absolute(url):
    """Return a path or an address that means the same in every process."""
    storage, path = fsspec.url_to_fs(url)
    return path if isinstance(storage, LocalFileSystem) else storage.unstrip_protocol(path)


class Store:
    """Files below a folder or in a bucket, each of which is whole or not there.

    Args:
        url: str.
    """

    def __init__(self, url):
        self.url = _absolute(url)
        # Without a cache of listings: other processes write, too.
        self._storage, self._root = fsspec.url_to_fs(self.url, use_listings_cache=False)

    def write(self, name, content):
        path = f"{self._root}/{name}"
        if not isinstance(self._storage, LocalFileSystem):
            return self._storage.pipe_file(path, content)  # object storage has whole objects only
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            partial.write_bytes(content)

    def read(self, name):
        """Return a file's content, None if there is none."""
        try:
            return self._storage.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return None

    def remove(self, name):
        if self.exists(name):
            self._storage.rm_file(f"{self._root}/{name}")

    def exists(self, name):
        return self._storage.exists(f"{self._root}/{name}")

    def table(self, folder):
        """Return the Parquet files in a folder as one `pandas.DataFrame`."""
        return pq.read_table(f"{self._root}/{folder}", filesystem=self._storage).to_pandas()

    def names(self, folder):
        """Return the names of the files in a folder, without their suffixes."""
        try:
            paths = self._storage.ls(f"{self._root}/{folder}", detail=False)
        except FileNotFoundError:
            return set()
        return {posixpath.splitext(posixpath.basename(path))[0] for path in paths}


def plan(photographs, output, chunk_pixels):
    """Divide the photographs of a job into chunks, or take up the plan of the job in the output.

    Args:
        photographs: what `photographs_of` returns.
        output: str.
        chunk_pixels: float, the pixels of a chunk.

    Returns:
        Dict from the name of each chunk that is not done to its photographs, as JSON; and the number of chunks.

    Raises:
        ValueError: if the output holds a job on other photographs.
    """
    store = Store(output)
    stored = store.read("plan.parquet")
    if stored is None:
        with ThreadPoolExecutor(HEADERS_AT_A_TIME) as pool:
            pixels = np.array(list(pool.map(_pixels, photographs["photograph"])))
        order = np.argsort(-pixels, kind="stable")
        before = np.cumsum(np.maximum(pixels[order], SMALL)) - np.maximum(pixels[order], SMALL)
        planned = photographs.iloc[order].assign(chunk=[f"{int(chunk):07}" for chunk in before // chunk_pixels])
        file = io.BytesIO()
        planned.to_parquet(file, index=False)
        store.write("plan.parquet", file.getvalue())
    else:
        planned = pd.read_parquet(io.BytesIO(stored)).astype(object)
        planned = planned.where(planned.notna(), None)
        known = planned.drop(columns="chunk").sort_values("name", ignore_index=True)
        if not known.equals(photographs):
            raise IndexNetError(f"{output} holds a job on other photographs; choose another output.")
    done = store.names("rows")
    chunks = {chunk: rows.drop(columns="chunk") for chunk, rows in planned.groupby("chunk")}
    return {c: rows.to_json(orient="records") for c, rows in chunks.items() if c not in done}, len(chunks)


def _pixels(url):
    """Return how many pixels a photograph claims to have, 0 if it does not say."""
    storage, path = fsspec.url_to_fs(url)
    try:
        with storage.open(path, "rb", block_size=2**16) as file, Image.open(file) as picture:
            return picture.width * picture.height
    except Exception:  # whatever it is, its row will say so
        return 0


def do_chunk(chunk, photographs, output, weights):
    """Matte the photographs of a chunk and write their results, from where another process was when it died.

    Args:
        chunk: str, its name.
        photographs: str, JSON as `plan` returns it.
        output: str.
        weights: str, what `keras_indexnet.inference.open_model` takes. The process opens it once.

    Returns:
        Dict of the numbers of photographs: `done` and `failed`.
    """
    store, journal = Store(output), f"journal/{chunk}.json"
    if (written := store.read(f"rows/{chunk}.parquet")) is not None:
        rows = pq.read_table(io.BytesIO(written)).to_pylist()
    else:
        rows, begun = json.loads(store.read(journal) or "[[], 0]")
        for photograph in json.loads(photographs)[len(rows) :]:
            if begun < TRIES:
                store.write(journal, json.dumps([rows, begun + 1]).encode())
                rows.append(_matted(photograph, store, weights))
            else:
                rows.append(_row(photograph, f"The process died {TRIES} times while it was matted."))
            begun = 0
        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, ROW), file)
        store.write(f"rows/{chunk}.parquet", file.getvalue())
        store.remove(journal)
    done = sum(row["status"] == "done" for row in rows)
    return {"done": done, "failed": len(rows) - done}


def _row(photograph, error=None, **more):
    row = {key: photograph[key] for key in ("name", "photograph")}
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return row | {"status": "failed" if error else "done", "error": error, "worker": worker, **more}


def _matted(photograph, store, weights):
    begun = time.perf_counter()
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", UserWarning)
            rgba, notes, sad = _cut_out(photograph, weights)
    except (IndexNetError, MemoryError) as error:
        return _row(photograph, str(error) or "There is not enough memory.")
    except Exception as error:  # a bug is one photograph's, too
        return _row(photograph, f"{type(error).__name__}: {error}")
    for folder, picture in (("alpha", rgba[..., 3]), ("cutouts", rgba)):
        store.write(f"{folder}/{photograph['name']}.png", encode(picture, f"{folder}.png"))
    notes += [str(note.message) for note in said if note.category.__module__.startswith("keras_indexnet")]
    seconds = time.perf_counter() - begun
    return _row(photograph, notes=" ".join(notes) or None, sad=sad, seconds=seconds)


def _cut_out(photograph, weights):
    """Return the cut-out of a photograph, notes about what was given, and the error where there is a truth."""
    image = data.read_image(_opened(photograph["photograph"]))
    given = {kind: _opened(photograph[kind]) for kind in SOURCES if photograph[kind] is not None}
    trimap, notes = make_trimap(image, box=photograph["box"], **given)
    rgba = keras_indexnet.cutout(image, trimap, preset=weights)
    if photograph["truth"] is None or not (trimap == 128).any():
        return rgba, notes, None
    truth = data.read_gray(_opened(photograph["truth"]))
    return rgba, notes, evaluation.sad_error(rgba[..., 3], truth, trimap)


def _opened(url):
    storage, path = fsspec.url_to_fs(url)
    try:
        file = io.BytesIO(storage.cat_file(path))
    except FileNotFoundError as error:
        raise IndexNetError(f"There is no file {url}.") from error
    except Exception as error:  # every storage has its own
        raise IndexNetError(f"{url} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    file.name = url  # for errors
    return file
