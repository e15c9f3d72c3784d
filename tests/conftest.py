"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared():
    """The directory of given data, `shared`, beside the repository."""
    directory = Path(__file__).resolve().parents[2] / "shared"
    if not directory.is_dir():
        reason = f"the given data are missing: there is no directory {directory}"
        if "CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    return directory
