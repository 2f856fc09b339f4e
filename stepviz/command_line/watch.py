"""``stepviz watch``: a recording in words, or in a window."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from stepviz.recordings.follower import Follower
from stepviz.recordings.summary import as_object, in_text


def watch_in_text(path: str, *, as_json: bool) -> int:
    """Print what a recording says as it stands; «-» reads it from the standard input. Raises InputError or OSError."""
    follower = Follower(sys.stdin.buffer, "the standard input") if path == "-" else Follower.open(Path(path))
    try:
        run = follower.read_all()
    finally:
        follower.close()
    if as_json:
        print(json.dumps(as_object(run, follower.damaged), ensure_ascii=False, allow_nan=False))
    else:
        print(in_text(run, follower.damaged))
    return 0
