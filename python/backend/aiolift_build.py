"""Builds the package as maturin does, from a source distribution, too.

A source distribution does not keep that the command is executable, and pip installs a command as
the wheel has it. On Windows a script is no program: there the wheel names the function, and pip makes
a program that calls it, which takes a little longer to start.
"""

import base64
import hashlib
import os
import stat
import zipfile

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
    return finished(wheel_directory, maturin.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    os.chmod(COMMAND, os.stat(COMMAND).st_mode | EVERYBODY)
    return finished(wheel_directory, maturin.build_editable(wheel_directory, config_settings, metadata_directory))


def finished(folder, wheel):
    """Return the name of a wheel, which is made for Windows where this runs there."""
    if os.name == "nt":
        name_program(os.path.join(folder, wheel))
    return wheel


def name_program(wheel):
    """Replace the script in a wheel by the name of its function."""
    with zipfile.ZipFile(wheel) as archive:
        files = [(info, archive.read(info)) for info in archive.infolist() if ".data/" not in info.filename]
    records = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        # The list of files is the last one.
        for info, content in sorted(files, key=lambda file: file[0].filename.endswith("/RECORD")):
            if info.filename.endswith(".dist-info/entry_points.txt"):
                content += b"\n[console_scripts]\naiolift=aiolift.__main__:main\n"
            if info.filename.endswith(".dist-info/RECORD"):
                content = "\n".join([*records, info.filename + ",,", ""]).encode()
            archive.writestr(info, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            records.append(f"{info.filename},sha256={digest.decode()},{len(content)}")
