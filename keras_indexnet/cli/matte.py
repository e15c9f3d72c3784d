from pathlib import Path
from threading import Lock

import click
from click.core import ParameterSource

from keras_indexnet.cli.choices import IMAGE_SUFFIXES, MAX_PIXELS, SELECTING_MODEL
from keras_indexnet.cli.options import (
    auto_model_option,
    auto_option,
    box_option,
    check_weights,
    configuration_option,
    existing_file,
    existing_folder,
    existing_photo,
    flip_option,
    mask_option,
    model_option,
    one_source,
    overwrite_option,
    polish_option,
    scales_option,
    strokes_option,
    trust_option,
    width_option,
)
from keras_indexnet.cli.outputs import check_outputs, is_file_name
from keras_indexnet.cli.pipes import STDIN_OR_STDOUT, opened
from keras_indexnet.cli.start import start_keras

OPAQUE = (".jpg", ".jpeg", ".bmp")


@click.command()
@click.argument("photo", callback=existing_photo)
@click.argument("trimap", required=False, callback=existing_file)
@click.option(
    "-o",
    "--output",
    default=".",
    help="Folder for the results; or a file such as cat.png, or - for stdout, for the cut-out alone.",
)
@click.option(
    "--trimaps",
    metavar="FOLDER",
    callback=existing_folder,
    help="Where PHOTO is a folder: trimaps of the same names.",
)
@mask_option
@box_option
@strokes_option
@auto_option
@auto_model_option
@width_option
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
    mask,
    box,
    strokes,
    auto,
    auto_model,
    width,
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
    """Cut the subject out of PHOTO: its alpha matte, and a cut-out.

    TRIMAP is a grey image of the same size: black where there is background, white where there is foreground,
    grey where the network shall decide. In its place there may be --mask, --box or --strokes. Without any of
    them the subject is selected automatically, which needs the extra [auto]. Writes NAME_alpha.png and
    NAME_cutout.png.

    PHOTO may be a folder, and so are TRIMAP, --mask and --strokes then. A photograph that fails does not stop
    the others. PHOTO - is stdin.
    """
    if trimaps is not None and not Path(photo).is_dir():
        raise click.UsageError(f"--trimaps is for a folder of photographs, which {photo} is not.")
    has_source = one_source(
        trimap=trimap, trimaps=trimaps, mask=mask, box=box, strokes=strokes, auto=auto, auto_model=auto_model
    )
    one_file = _is_one_file(output, photo, background)
    if bits == "16" and suffix == "webp":
        raise click.UsageError("WebP has 8 bits; with --bits 16 the suffix is png or tiff.")
    check_weights(weights)
    start_keras()

    from keras_indexnet import data, inference
    from keras_indexnet.cli.matte_folder import matte_folder, shown
    from keras_indexnet.cli.matte_inputs import sources_of
    from keras_indexnet.cli.matte_results import MatteResults
    from keras_indexnet.cutting_out.backgrounds import read_background
    from keras_indexnet.cutting_out.trimap_making import make_trimap
    from keras_indexnet.inference.polishing import check_pymatting
    from keras_indexnet.inference.selecting import open_selecting_model

    sources = sources_of(photo, trimap=trimap or trimaps, mask=mask, strokes=strokes)
    results = MatteResults(
        Path(output), one_file, f".{suffix}", int(bits), read_background(background), linear, sheet
    )
    read = [path for photo, files in sources for path in (photo, *files.values())]
    if resume:
        there = [source for source in sources if results.are_there(source[0])]
        sources = [source for source in sources if source not in there]
        click.echo(f"{len(there)} finished before, {len(sources)} to do.", err=True)
    check_outputs(
        (path for photo, _ in sources for path in results.paths(photo).values()),
        *read,
        auto_model,
        background,
        weights,
        overwrite=overwrite,
    )
    if not sources:
        return
    # What is wrong with these is said before the network is opened, which takes longer.
    if polish:
        check_pymatting()
    if box is not None:
        data.read_box(box, shape=(1, 1))
    if not has_source or auto is not None or auto_model is not None:
        open_selecting_model(auto or SELECTING_MODEL, auto_model)
    network = inference.open_model(weights, configuration, trust=trust)
    one_at_a_time = Lock()  # the network has all cores already
    options = {"flip": flip, "scales": scales, "max_pixels": max_pixels}

    def matte_one(photo, files, progress=None):
        image = data.read_image(opened(photo))
        known, notes = make_trimap(image, **files, box=box, width=width, auto=auto, auto_model=auto_model)
        for note in notes:
            click.echo(f"{files.get('trimap', photo)}: {note}", err=True)
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
        matte_folder(sources, matte_one, jobs)
    else:
        for path in matte_one(*sources[0], progress=shown):
            click.echo(path)


def _is_one_file(output, photo, background):
    """Return whether the cut-out, or the composite, is all that is written; refuse options for other files."""
    if output != STDIN_OR_STDOUT and not is_file_name(output, IMAGE_SUFFIXES):
        return False
    named = "stdout" if output == STDIN_OR_STDOUT else output
    if Path(photo).is_dir():
        raise click.UsageError(f"{photo} is a folder, whose results do not fit into {named}: name a folder.")
    source = click.get_current_context().get_parameter_source
    others = [
        f"--{name}" for name in ("sheet", "bits", "suffix") if source(name) is not ParameterSource.DEFAULT
    ]
    if others:
        raise click.UsageError(
            f"{named} takes one picture, the cut-out or what --background makes of it: leave "
            f"{' and '.join(others)} out, or name a folder."
        )
    if background is None and Path(output).suffix.lower() in OPAQUE:
        raise click.UsageError(
            f"{output} would not be transparent: use .png, .webp or .tiff, or a --background."
        )
    return True
