from concurrent.futures import ThreadPoolExecutor, as_completed

import click

from keras_indexnet.errors import IndexNetError


def matte_folder(pairs, matte_one, jobs):
    """Matte photographs, several at a time; one that fails does not stop the others.

    Args:
        pairs: list of pairs of a photograph and its trimap.
        matte_one: function of such a pair.
        jobs: int, photographs at a time.

    Raises:
        click.ClickException: if some failed, each with a line that says why.
        Exception: if one failed by a bug, that one's; after all others are done.
    """
    failed, bugs = 0, []
    pool = ThreadPoolExecutor(jobs)
    try:
        photographs = {pool.submit(matte_one, *pair): pair[0] for pair in pairs}
        with click.progressbar(
            as_completed(photographs), len(pairs), file=click.get_text_stream("stderr")
        ) as bar:
            for finished in bar:
                try:
                    finished.result()
                except (IndexNetError, OSError, MemoryError) as error:
                    failed += 1
                    click.echo(f"\n{photographs[finished]}: {error or type(error).__name__}", err=True)
                except Exception as error:
                    failed += 1
                    bugs.append(error)
                    click.echo(f"\n{photographs[finished]}: {type(error).__name__}: {error}", err=True)
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C those that are not begun are not
    click.echo(f"{len(pairs) - failed} of {len(pairs)} photographs matted.")
    if bugs:
        raise bugs[0]
    if failed:
        raise click.ClickException(f"{failed} of {len(pairs)} photographs failed; the lines above say why.")


def shown(tiles):
    """Show how far a photograph of several tiles is."""
    if len(tiles) == 1:
        yield from tiles
        return
    with click.progressbar(tiles, file=click.get_text_stream("stderr")) as bar:
        yield from bar
