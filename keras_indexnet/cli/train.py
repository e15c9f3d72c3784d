from dataclasses import replace
from pathlib import Path

import click

from keras_indexnet.cli.choices import RECIPES, TRAINING_PRESETS
from keras_indexnet.cli.options import read_square
from keras_indexnet.cli.start import start_keras
from keras_indexnet.cli.together import STOPPED, go_on_in_a_child


@click.command(context_settings={"show_default": False})
@click.option(
    "--preset", type=click.Choice(TRAINING_PRESETS), help="Settings to begin with.  [default: budget]"
)
@click.option("--config", help="Python file, executed, that assigns `settings`, in place of a preset.")
@click.option("--resume", is_flag=True, help="Go on with the run in --output.")
@click.option("--output", help="Folder for checkpoint, log and networks.  [default: runs/matting]")
@click.option("--foregrounds", multiple=True, help="Folder of cut-outs; may be repeated.")
@click.option("--backgrounds", help="Folder of photographs.  [default: drawn ones]")
@click.option("--procedural", type=float, help="Share of drawn foregrounds, 0 to 1.")
@click.option("--broken-images", type=click.Choice(["refuse", "skip"]), help="What cannot be read.")
@click.option("--recipe", type=click.Choice(RECIPES), help="How samples are composed.")
@click.option("--configuration", help="A network of the paper.")
@click.option("--encoder-weights", help="'imagenet', 'none' or a file.")
@click.option("--weights", help="Preset or file to go on from, in place of --encoder-weights.")
@click.option(
    "--stage",
    type=click.Choice(["network", "refinement", "both"]),
    metavar="PART",
    help="What learns: network, refinement or both.",
)
@click.option("--steps", type=int, help="Length of the run in steps.")
@click.option("--minutes", type=float, help="Length of the run by the clock.")
@click.option("--epoch-steps", type=int, help="Steps from one checkpoint to the next.")
@click.option("--size", callback=read_square, help="Side of a sample in pixels.")
@click.option("--batch-size", type=int)
@click.option("--learning-rate", type=float)
@click.option("--precision", help="float32, mixed_float16 or mixed_bfloat16.")
@click.option("--devices", type=int, help="GPUs that share a batch.")
@click.option("--validation", help="Folder with image, alpha and trimap1.")
@click.option("--tensorboard", is_flag=True, default=None, help="Also write TensorBoard's files.")
@click.option(
    "--compose-on",
    type=click.Choice(["auto", "cpu", "device"]),
    metavar="PLACE",
    help="Samples: auto, cpu or device.",
)
@click.option("--workers", type=int, help="Threads that compose, or processes that draw.")
@click.option("--seed", type=int)
def train(preset, config, resume, **options):
    """Train a matting network.

    Preset `paper` is the recipe of the paper; `budget` fills --minutes or --steps on a CPU, `gpu` on a GPU.
    What has no option here stands in a config file. --resume needs no other option than --output.
    """
    if preset is not None and config is not None:
        raise click.UsageError("Give --preset or --config, not both; a config file may begin with a preset.")
    if options["steps"] is not None and options["minutes"] is not None:
        raise click.UsageError("Give --steps or --minutes, not both.")
    go_on_in_a_child()
    start_keras(join=True)

    from keras_indexnet import training
    from keras_indexnet.training.devices import part_of_processes

    given = {name: value for name, value in options.items() if value not in (None, ())}
    if given.get("encoder_weights") == "none":
        given["encoder_weights"] = None
    settings = _settings(preset, config, resume, given)
    if Path(settings.output).is_file():
        raise click.UsageError(f"--output is a folder for several files, not one file {settings.output!r}.")
    try:
        training.train(settings, resume)
    except KeyboardInterrupt:
        raise click.ClickException(STOPPED) from None
    if part_of_processes()[0]:
        return  # the first of several processes has the results
    folder = training.RunFolder(settings.output)
    if folder.best.exists():
        click.echo(f"{folder.best} is the network with the least error on {settings.validation}.")
    click.echo(f"{folder.last} is the trained network: indexnet matte PHOTO TRIMAP --weights {folder.last}")


def _settings(preset, config, resume, given):
    from keras_indexnet.training import RunFolder
    from keras_indexnet.training.settings import SETTINGS, override_settings, read_config

    settings = SETTINGS[preset or "budget"] if config is None else read_config(config)
    output = given.get("output", settings.output)
    folder = RunFolder(output)
    if resume and not folder.holds_run():
        raise click.UsageError(
            f"--resume goes on with a run, and {output} holds none: leave it out, or name the run's --output."
        )
    if resume and preset is None and config is None:
        stored = folder.stored_settings()
        settings = settings if stored is None else replace(stored, output=output)
    return override_settings(settings, **given)
