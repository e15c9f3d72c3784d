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
