from pathlib import Path
from threading import Lock

import click

from keras_indexnet.cli.choices import IMAGE_SUFFIXES, MAX_PIXELS
from keras_indexnet.cli.options import (
    check_weights,
    configuration_option,
    existing_file,
    existing_folder,
    flip_option,
    model_option,
    overwrite_option,
    polish_option,
    scales_option,
    trust_option,
)
from keras_indexnet.cli.outputs import check_outputs
from keras_indexnet.cli.start import start_keras


@click.command()
@click.argument("photo", callback=existing_file)
@click.argument("trimap", required=False, callback=existing_file)
@click.option("-o", "--output", default=".", help="Folder for the results.")
@click.option(
    "--trimaps",
    metavar="FOLDER",
    callback=existing_folder,
    help="Where PHOTO is a folder: trimaps of the same names.",
)
@click.option("--box", metavar="X,Y,W,H", help="In place of a trimap: around the subject, in pixels.")
@click.option(
    "--strokes",
    metavar="FILE",
    callback=existing_file,
    help="The same: white on foreground, black on background.",
)
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
    default=MAX_PIXELS,
    type=click.IntRange(1),
    help="Larger photographs are computed in tiles of at most so many: fewer take less memory.",
)
@click.option("--jobs", default=1, type=click.IntRange(1), help="Photographs of a folder at a time.")
@configuration_option
@model_option
@trust_option
@flip_option
@scales_option
@polish_option
@overwrite_option
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
    trust,
    flip,
    scales,
    polish,
    overwrite,
):
    """Compute the alpha matte of PHOTO and cut its foreground out.

    TRIMAP is a grey image of the same size: black where there is background, white where there is foreground,
    grey where the network shall decide. Without one, --box or --strokes make one. Writes NAME_alpha.png and
    NAME_cutout.png.

    PHOTO may be a folder, with --trimaps. A photograph that fails does not stop the others.
    """
    if Path(output).suffix.lower() in IMAGE_SUFFIXES:
        raise click.UsageError(f"--output is a folder for several files, not one file {output!r}.")
    if bits == "16" and suffix == "webp":
        raise click.UsageError("WebP has 8 bits; with --bits 16 the suffix is png or tiff.")
    _check_trimaps(photo, trimap, trimaps, box, strokes)
    check_weights(weights)
    start_keras()

    from keras_indexnet import data, inference
    from keras_indexnet.cli.matte_folder import matte_folder, shown
    from keras_indexnet.cli.matte_inputs import partners, read_background, read_trimap
    from keras_indexnet.cli.matte_results import MatteResults
    from keras_indexnet.cli.trimap_making import make_trimap
    from keras_indexnet.inference.polishing import check_pymatting

    if box is not None:
        data.read_box(box)  # before the network is opened, which takes longer
    pairs = partners(photo, trimaps) if Path(photo).is_dir() else [(photo, trimap)]
    results = MatteResults(Path(output), f".{suffix}", int(bits), read_background(background), linear, sheet)
    read = [path for pair in pairs for path in pair]
    if resume:
        there = [pair for pair in pairs if results.are_there(pair[0])]
        pairs = [pair for pair in pairs if pair not in there]
        click.echo(f"{len(there)} finished before, {len(pairs)} to do.", err=True)
    check_outputs(
        (path for pair in pairs for path in results.paths(pair[0]).values()),
        *read,
        strokes,
        background,
        weights,
        overwrite=overwrite,
    )
    if not pairs:
        return
    if polish:
        check_pymatting()
    network = inference.open_model(weights, configuration, trust=trust)
    one_at_a_time = Lock()  # the network has all cores already
    options = {"flip": flip, "scales": scales, "max_pixels": max_pixels}

    def matte_one(photo, trimap, progress=None):
        image = data.read_image(photo)
        known = read_trimap(image, trimap) if trimap else make_trimap(image, box=box, strokes=strokes)
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
        matte_folder(pairs, matte_one, jobs)
    else:
        for path in matte_one(*pairs[0], progress=shown):
            click.echo(path)


def _check_trimaps(photo, trimap, trimaps, box, strokes):
    """Refuse more or fewer sources of a trimap than one."""
    if Path(photo).is_dir():
        if trimaps is None or trimap is not None or box is not None or strokes is not None:
            raise click.UsageError(f"{photo} is a folder; name the folder of its trimaps with --trimaps.")
    elif trimaps is not None:
        raise click.UsageError(f"--trimaps is for a folder of photographs, which {photo} is not.")
    elif trimap is None and box is None and strokes is None:
        raise click.UsageError(
            "There is no trimap: name one, or let --box x,y,width,height or --strokes FILE make it."
        )
    elif trimap is not None and not (box is None and strokes is None):
        raise click.UsageError("There is a trimap already; leave --box and --strokes out.")
