"""Sets the metadata of the run's response: any JSON value of at most 64 KiB."""

import json
import os


def _metadata_file():
    path = os.environ.get("CODE_RUNNER_METADATA")
    if not path:
        raise RuntimeError("sdk: CODE_RUNNER_METADATA is not set, so there is nowhere to keep metadata")
    return path


def set_metadata(data):
    """Set the metadata of the response, replacing earlier metadata. `data` is any JSON value."""
    text = json.dumps(data, allow_nan=False)
    with open(_metadata_file(), "w", encoding="utf-8") as file:
        file.write(text)


def get_metadata():
    """Return the metadata, or None if none has been set."""
    try:
        with open(_metadata_file(), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None
