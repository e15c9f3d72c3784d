import click

from keras_indexnet.cli.start import start_keras


@click.command()
def doctor():
    """Describe this installation, for a bug report.

    Prints versions, devices, extras and weights. Says why no GPU is used, and what each missing extra would
    give.
    """
    start_keras()

    from keras_indexnet.cli.diagnosis import diagnose

    for title, lines in diagnose().items():
        click.echo(title)
        width = max(map(len, lines))
        for name, text in lines.items():
            click.echo(f"  {name:{width}}  {text}")
