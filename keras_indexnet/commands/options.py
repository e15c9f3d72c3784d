"""Options that several commands have."""

import click

configuration_option = click.option(
    "--configuration", default="m2o_nonlinear_context", help="A network of the paper."
)
weights_option = click.option(
    "--weights", default="indexnet_base", help="A preset, or a .keras file from training."
)
flip_option = click.option(
    "--flip", is_flag=True, help="Average with the mirrored photograph's matte: better, in twice the time."
)


def read_size(text):
    """Read a height and a width: one number for both, or HEIGHTxWIDTH."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() for part in parts):
        raise click.ClickException(f"--size is a number or HEIGHTxWIDTH such as 512x384, not {text!r}.")
    return int(parts[0]), int(parts[-1])
