from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from threading import Lock

import click
from PIL import ImageColor

from keras_indexnet import data, inference
from keras_indexnet.cli.matte_results import MatteResults
from keras_indexnet.cli.options import (
    configuration_option,
    flip_option,
    model_option,
    open_network,
    polish_option,
    scales_option,
)
from keras_indexnet.cli.trimap import make_trimap
from keras_indexnet.inference.polishing import check_pymatting

BACKGROUNDS = ("blur", "checkerboard")


@click.command()
@click.argument("photo")
@click.argument("trimap", required=False)
@click.option("-o", "--output", default=".", help="Folder for the results.")
@click.option("--trimaps", metavar="FOLDER", help="Where PHOTO is a folder: trimaps of the same names.")
@click.option("--box", metavar="X,Y,W,H", help="In place of a trimap: around the subject, in pixels.")
@click.option("--strokes", metavar="FILE", help="The same: white on foreground, black on background.")
@click.option(
    "--refine", is_flag=True, help="Where the matte contradicts the trimap, widen it and matte again."
)
@click.option(
    "--background", help="To lay the cut-out over: a colour ('white', '#00ff00'), an image, blur, checkerboard."
)
@click.option("--linear", is_flag=True, help="Lay it over in linear light, as a camera would see it.")
@click.option("--sheet", is_flag=True, help="Also write everything side by side.")
@click.option("--bits", type=click.Choice(["8", "16"]), default="8", help="Of the alpha matte.")
@click.option("--suffix", type=click.Choice(["png", "webp", "tiff"]), default="png", help="File format.")
@click.option("--resume", is_flag=True, help="Leave photographs alone whose results are there.")
@click.option(
    "--max-pixels",
    default=inference.MAX_PIXELS,
    type=click.IntRange(1),
    help="Larger photographs are computed in tiles of at most so many: fewer take less memory.",
)
@click.option("--jobs", default=1, type=click.IntRange(1), help="Photographs of a folder at a time.")
@configuration_option
@model_option
@flip_option
@scales_option
@polish_option
def matte(
    photo,
    trimap,
    output,
    trimaps,
    box,
    strokes,
    refine,
    background,
    linear,
    sheet,
    bits,
    suffix,
    resume,
    max_pixels,
    jobs,
    configuration,
    weights,
    flip,
    scales,
    polish,
):
    """Compute the alpha matte of PHOTO and cut its foreground out.

    TRIMAP is a grey image of the same size: black where there is background, white where there is foreground,
    grey where the network shall decide. Without one, --box or --strokes make one. Writes NAME_alpha.png and
    NAME_cutout.png.

    PHOTO may be a folder, with --trimaps. A photograph that fails does not stop the others.
    """
    if Path(output).suffix.lower() in data.image_files.SUFFIXES:
        raise click.ClickException(f"--output is a folder for several files, not one file {output!r}.")
    if bits == "16" and suffix == "webp":
        raise click.ClickException("WebP has 8 bits; with --bits 16 the suffix is png or tiff.")
    pairs = _pairs(photo, trimap, trimaps, box, strokes)
    results = MatteResults(Path(output), f".{suffix}", int(bits), _read_background(background), linear, sheet)
    if resume:
        there = [pair for pair in pairs if results.are_there(pair[0])]
        pairs = [pair for pair in pairs if pair not in there]
        click.echo(f"{len(there)} finished before, {len(pairs)} to do.", err=True)
    if not pairs:
        return
    if polish:
        check_pymatting()
    network = open_network(configuration, weights)
    one_at_a_time = Lock()  # the network has all cores already, and LiteRT must not be called twice at once
    options = {"flip": flip, "scales": scales, "max_pixels": max_pixels}

    def matte_one(photo, trimap, progress=None):
        image = data.read_image(photo)
        known = _read_trimap(image, trimap) if trimap else make_trimap(image, box=box, strokes=strokes)
        with one_at_a_time:
            if refine:
                alpha = inference.predict_alpha(network, image, known, progress=progress, **options)
                known = data.grow_unknown_region(known, alpha)
            why_not = inference.why_not_to_polish(image, known) if polish is None else None
            if why_not is not None:
                click.echo(f"{photo}: {why_not}", err=True)
            polished = why_not is None if polish is None else polish
            alpha = inference.predict_alpha(
                network, image, known, polish=polished, progress=progress, **options
            )
        return results.write(photo, image, known, alpha)

    if Path(photo).is_dir():
        _matte_folder(pairs, matte_one, jobs)
    else:
        for path in matte_one(*pairs[0], progress=_shown):
            click.echo(path)


def _pairs(photo, trimap, trimaps, box, strokes):
    """Return pairs of photograph and trimap, the latter None where it is made from a box or strokes."""
    if Path(photo).is_dir():
        if trimaps is None or trimap is not None or box is not None or strokes is not None:
            raise click.ClickException(f"{photo} is a folder; name the folder of its trimaps with --trimaps.")
        return _partners(photo, trimaps)
    if trimaps is not None:
        raise click.ClickException(f"--trimaps is for a folder of photographs, which {photo} is not.")
    if trimap is None and box is None and strokes is None:
        raise click.ClickException(
            "There is no trimap: name one, or let --box x,y,width,height or --strokes FILE make it."
        )
    if trimap is not None and not (box is None and strokes is None):
        raise click.ClickException("There is a trimap already; leave --box and --strokes away.")
    if box is not None:
        data.read_box(box)  # before the network is opened, which takes longer
    return [(photo, trimap)]


def _partners(photo_folder, trimap_folder):
    photographs, trimaps = (_paths_by_name(folder) for folder in (photo_folder, trimap_folder))
    for kind, names in (
        ("trimap", sorted(set(photographs) - set(trimaps))),
        ("photograph", sorted(set(trimaps) - set(photographs))),
    ):
        if names:
            shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            click.echo(f"No {kind} of the same name: {shown}; {len(names)} left out.", err=True)
    pairs = [(path, trimaps[name]) for name, path in photographs.items() if name in trimaps]
    if not pairs:
        raise click.ClickException(
            f"No photograph in {photo_folder} has a trimap of its name in {trimap_folder}."
        )
    return pairs


def _paths_by_name(folder):
    paths = {}
    for path in data.list_images(folder):
        if path.stem in paths:
            raise click.ClickException(f"{paths[path.stem]} and {path} have one name; rename one of the two.")
        paths[path.stem] = path
    return paths


def _matte_folder(pairs, matte_one, jobs):
    failed = 0
    pool = ThreadPoolExecutor(jobs)
    try:
        photographs = {pool.submit(matte_one, *pair): pair[0] for pair in pairs}
        with click.progressbar(
            as_completed(photographs), len(pairs), file=click.get_text_stream("stderr")
        ) as bar:
            for finished in bar:
                try:
                    finished.result()
                except Exception as error:  # the runtimes have many of their own for too little memory
                    failed += 1
                    click.echo(f"\n{photographs[finished]}: {error or type(error).__name__}", err=True)
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C those that are not begun are not
    click.echo(f"{len(pairs) - failed} of {len(pairs)} photographs matted.")
    if failed:
        raise click.ClickException(f"{failed} of {len(pairs)} photographs failed; the lines above say why.")


def _shown(tiles):
    """Show how far a photograph of several tiles is."""
    if len(tiles) == 1:
        yield from tiles
        return
    with click.progressbar(tiles, file=click.get_text_stream("stderr")) as bar:
        yield from bar


def _read_trimap(image, path):
    trimap, notes = data.standardize_trimap(data.read_gray(path), image.shape[:2])
    for note in notes:
        click.echo(f"{path}: {note}", err=True)
    return trimap


def _read_background(text):
    if text is None or text in BACKGROUNDS:
        return text
    if Path(text).is_file():
        return data.read_image(text)
    with suppress(ValueError):
        colour = ImageColor.getrgb(text)[:3]
        if max(colour) <= 255:  # not rgb(300,0,0), which Pillow takes
            return colour
    raise click.ClickException(
        f"--background {text!r} is neither a file nor a colour such as 'white' or '#00ff00', "
        f"nor one of {', '.join(BACKGROUNDS)}."
    )
