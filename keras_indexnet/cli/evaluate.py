from pathlib import Path

import click

from keras_indexnet.cli.choices import DATA_SETS, IMAGE_SUFFIXES, TRAINING_DATA_SETS
from keras_indexnet.cli.matting_method import check_method, matting_method, method_options, refuse_options
from keras_indexnet.cli.options import existing_folder, overwrite_option
from keras_indexnet.cli.outputs import check_folder, check_outputs
from keras_indexnet.cli.start import start_keras


@click.command()
@click.argument("folder", callback=existing_folder)
@click.option(
    "--dataset",
    type=click.Choice([name for name in DATA_SETS if name not in TRAINING_DATA_SETS]),
    default="alphamatting",
    help="How FOLDER is laid out; datasets/ has a page on each.",
)
@click.option("--trimaps", help="Another subfolder of trimaps than the data set's own.")
@method_options
@click.option(
    "--benchmark",
    type=click.Choice(["alphamatting"]),
    help="Print the tables of this site in place: all kinds of trimaps, with ranks.",
)
@click.option(
    "--mattes",
    metavar="FOLDER",
    callback=existing_folder,
    help="With --benchmark, other methods: a folder for each, as `indexnet submit` writes it.",
)
@click.option("--csv", "csv_file", metavar="FILE", help="Also write the errors of every image as CSV.")
@click.option("--json", "json_file", metavar="FILE", help="Also write errors and settings as JSON.")
@overwrite_option
def evaluate(
    folder,
    dataset,
    trimaps,
    method,
    configuration,
    weights,
    flip,
    scales,
    polish,
    benchmark,
    mattes,
    csv_file,
    json_file,
    overwrite,
):
    """Print the four matting errors over a data set.

    FOLDER holds its photographs and true alpha mattes. The protocol is the paper's: mattes of the
    photograph's own size, the trimap's value where it is known, rounded to 8 bits, measured where the trimap is
    unknown. SAD, Grad and Conn are in thousands.
    """
    if benchmark is not None:
        refuse_options(
            ("dataset", "trimaps"), f"--benchmark {benchmark} has its own layout and all its trimaps"
        )
    elif mattes is not None:
        raise click.UsageError("--mattes is for the ranks of --benchmark alphamatting, which is not given.")
    written = [path for path in (csv_file, json_file) if path is not None]
    for path in written:
        check_folder(path)
    if written:
        folders = [folder] if mattes is None else [folder, mattes]
        read = (
            path for read in folders for path in Path(read).rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES
        )
        check_outputs(written, weights, *read, overwrite=overwrite)
    check_method(method, weights)
    start_keras()

    from keras_indexnet import data
    from keras_indexnet.cli import error_table, rank_tables
    from keras_indexnet.whole_file import whole_file

    settings = {"folder": str(folder), "dataset": dataset}
    if benchmark is None:
        photographs = data.read_photographs(folder, trimaps, dataset)
        settings |= {"trimaps": error_table.trimaps_used(dataset, trimaps)}
    matte, made_with = matting_method(method, configuration, weights, flip, scales, polish)
    settings |= made_with
    if benchmark is None:
        rows = error_table.print_errors(matte, photographs)
        as_csv, as_json = error_table.as_csv(rows), error_table.as_json(settings, rows)
    else:
        name = Path(weights).stem if method == "network" else method
        ranked = rank_tables.rank_by_error(rank_tables.measure_methods(folder, name, matte, mattes))
        rank_tables.print_ranks(ranked)
        as_csv, as_json = rank_tables.ranks_as_csv(ranked), rank_tables.ranks_as_json(settings, ranked)
    for path, text in ((csv_file, as_csv), (json_file, as_json)):
        if path is not None:
            with whole_file(path) as partial:
                partial.write_text(text, encoding="utf-8")
