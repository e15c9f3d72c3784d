"""Foregrounds rendered with Blender: the parts of `render_foregrounds.py`, a file for each family."""
