import os

# What a parameter for a file or a folder takes.
StrPath = str | os.PathLike[str]
