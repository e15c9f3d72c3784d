"""What `indexnet matte` works on: photographs, and what each one's trimap is made of."""

import os

import click

from keras_indexnet import data


def with_partners(photo_folder, folders):
    """List the photographs of a folder with what belongs to them, which has the same name in other folders.

    Args:
        photo_folder: str or path.
        folders: dict from what lies in a folder, such as "mask", to that folder.

    Returns:
        List of pairs: the path of a photograph, and a dict from what it is to the path of what belongs to it.
    """
    photographs = _paths_by_name(photo_folder)
    whole = set(photographs)
    partners = {kind: _paths_by_name(folder) for kind, folder in folders.items()}
    for kind, paths in partners.items():
        _say_what_is_left_out(kind, set(photographs) - set(paths))
        _say_what_is_left_out("photograph", set(paths) - set(photographs))
        whole &= set(paths)
    if not whole:
        raise click.ClickException(
            f"No photograph in {photo_folder} has a {' and a '.join(folders)} of its name in "
            f"{' and '.join(map(str, folders.values()))}."
        )
    return [
        (path, {kind: paths[name] for kind, paths in partners.items()})
        for name, path in photographs.items()
        if name in whole
    ]


def _say_what_is_left_out(missing, names):
    if names:
        shown = ", ".join(sorted(names)[:5]) + (", ..." if len(names) > 5 else "")
        click.echo(f"No {missing} of the same name: {shown}; {len(names)} left out.", err=True)


def _paths_by_name(folder):
    paths = {}
    for path in data.list_images(folder):
        if path.stem in paths:
            raise click.ClickException(f"{paths[path.stem]} and {path} have one name; rename one of the two.")
        paths[path.stem] = path
    return paths


def sources_of(photo, **given):
    """Return the photographs to be matted, and what each one's trimap is made of.

    Args:
        photo: str, a file, or a folder.
        **given: str or None, files of a trimap, mask and strokes; folders of them for a folder of photographs.

    Returns:
        List of pairs: a photograph and a dict of the arguments of `make_trimap`.
    """
    given = {kind: path for kind, path in given.items() if path is not None}
    several = os.path.isdir(photo)  # not of Path, which raises where a name is too long
    for kind, path in given.items():
        if several and not os.path.isdir(path):
            raise click.UsageError(
                f"{photo} is a folder, so name a folder with a {kind} for each of its photographs, not {path}."
            )
        if not several and os.path.isdir(path):
            raise click.UsageError(
                f"{path} is a folder, which is for a folder of photographs; {photo} is not one."
            )
    return with_partners(photo, given) if several else [(photo, given)]
