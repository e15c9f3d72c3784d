import zipfile
from pathlib import Path

import click

from keras_indexnet.cli.matting_method import (
    OPTIONS_OF_THE_NETWORK,
    check_method,
    matting_method,
    method_options,
    refuse_options,
)
from keras_indexnet.cli.options import existing_folder, overwrite_option
from keras_indexnet.cli.outputs import check_folder, check_outputs, is_file_name
from keras_indexnet.cli.start import start_keras
from keras_indexnet.errors import IndexNetError


@click.command()
@click.argument("folder", callback=existing_folder)
@click.option(
    "-o",
    "--output",
    default="submission.zip",
    help="A .zip file to send in, or a folder for `indexnet evaluate --mattes`.",
)
@click.option(
    "--mattes",
    metavar="FOLDER",
    callback=existing_folder,
    help="Mattes that are there already, Trimap1/doll.png and so on, in place of new ones.",
)
@method_options
@overwrite_option
def submit(folder, output, mattes, method, configuration, weights, flip, scales, polish, overwrite):
    """Make the mattes that alphamatting.com ranks.

    FOLDER holds the eight test photographs in `image` or `input_lowres`, and their three kinds of trimaps in
    `trimap1` to `trimap3` or `trimap_lowres/Trimap1` to `Trimap3`. The mattes are Trimap1/doll.png and so on,
    grey, of 8 bits and the size of the photograph. For a folder as --output any photographs will do, and one
    kind of trimaps.
    """
    if mattes is not None:
        refuse_options(("method", *OPTIONS_OF_THE_NETWORK), "With --mattes nothing is matted")
    check_method(method, weights)
    zipped = is_file_name(output, (".zip",))
    if zipped:
        check_folder(output)
    start_keras()

    from keras_indexnet import data
    from keras_indexnet.data.image_files import encode, image_size
    from keras_indexnet.evaluation.alphamatting import (
        check_matte,
        check_test_set,
        find_benchmark_photographs,
        matte_path,
        read_benchmark_matte,
    )
    from keras_indexnet.whole_file import whole_file

    photographs = find_benchmark_photographs(folder)
    if zipped:
        check_test_set(photographs)
    wanted = {
        matte_path(number, photograph.name): (photograph.image, trimap)
        for photograph in photographs
        for number, trimap in photograph.trimaps.items()
    }
    read = [path for paths in wanted.values() for path in paths]
    if mattes is not None:
        read += [Path(mattes, path) for path in wanted]
    written = [Path(output)] if zipped else [Path(output, path) for path in wanted]
    check_outputs(written, weights, *read, overwrite=overwrite)

    if mattes is None:
        matte, _ = matting_method(method, configuration, weights, flip, scales, polish)

    def made(path):
        photograph, trimap = wanted[path]
        if mattes is not None:
            return read_benchmark_matte(Path(mattes, path), image_size(photograph))
        image = data.read_image(photograph)
        given = data.read_trimap(trimap)
        try:
            known, _ = data.standardize_trimap(given, image.shape[:2])
            alpha = data.eight_bit_matte(matte(image, known))
        except IndexNetError as error:
            raise IndexNetError(f"{trimap}: {error}") from error
        check_matte(alpha, image_size(photograph), path)
        return alpha

    with click.progressbar(wanted, file=click.get_text_stream("stderr")) as bar:
        encoded = {path: encode(made(path), path) for path in bar}
    if not zipped:
        for path, contents in encoded.items():
            Path(output, path).parent.mkdir(parents=True, exist_ok=True)
            with whole_file(Path(output, path)) as partial:
                partial.write_bytes(contents)
    else:
        with whole_file(output) as partial, zipfile.ZipFile(partial, "w") as archive:
            for path, contents in encoded.items():
                archive.writestr(path, contents)
    click.echo(f"{output}: {len(encoded)} mattes of {len(photographs)} photographs")
