"""Builds the package as maturin does, from a source distribution, too.

A source distribution does not keep that the command is executable, and pip installs a command as
the wheel has it.
"""

import os
import stat

import maturin
from maturin import (  # noqa: F401
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_wheel,
)

COMMAND = os.path.join("python", "aiolift.data", "scripts", "aiolift")
EVERYBODY = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    os.chmod(COMMAND, os.stat(COMMAND).st_mode | EVERYBODY)
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    os.chmod(COMMAND, os.stat(COMMAND).st_mode | EVERYBODY)
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)
