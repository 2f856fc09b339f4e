"""Files that a person might open, good and bad, and names under which nothing can be saved."""

from __future__ import annotations

from pathlib import Path

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import encode

TABLE = "x,y,colour,weight\n" + "".join(f"{i / 7:.3f},{i * i % 11},{'rgb'[i % 3]},{i % 5}\n" for i in range(60))
EUROPEAN = "x;y;class\n" + "".join(f"{i},{i % 10};{i * 3 % 7},5;{'ab'[i % 2]}\n" for i in range(40))
LESSON = Path(__file__).parents[3] / "resources" / "lessons" / "example.md"


def write_files(folder: Path) -> list[Path]:
    """Write the files to open into ``folder``, and return their paths; some lead nowhere."""
    whole = encode(Experiment(seed=7))
    contents = {
        "good.stepviz": whole,
        "torn.stepviz": whole[: len(whole) // 2],
        "zeros.stepviz": bytes(5000),
        "latin.stepviz": '{"format": "expériment"}'.encode("latin-1"),
        "deep.json": b"[" * 50_000,
        "torn.stepviz-session": bytes(range(256)) * 9,
        "table.csv": TABLE.encode(),
        "european.csv": EUROPEAN.encode("utf-16"),
        "empty.csv": b"",
        "heading.csv": b"x,y\n",
        "one.csv": b"x\n" + b"1\n" * 30,
        "ragged.csv": b"x,y\n1,2,3\n4\n\n,,,\n",
        "words.csv": b"a,b\n" + b"some,words\nother,things\n" * 9,
        "noise.csv": bytes((i * 7919) % 256 for i in range(3000)),
        "wide.csv": (",".join(f"c{i}" for i in range(400)) + "\n" + ("1," * 399 + "2\n") * 6).encode(),
        "Ω 学 [*] &x.csv": TABLE.encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [*(folder / name for name in contents), folder, folder / "no such file.csv", Path("/dev/null")]


def save_names(folder: Path) -> list[Path]:
    """Return paths to save to: into ``folder``, over what is there, and where nothing can be written."""
    return [folder / "saved", folder / "saved.csv", folder / "good.stepviz", folder / "no" / "folder" / "x.csv",
            Path("/proc/stepviz.csv"), folder, folder / ("long" * 80)]  # fmt: skip
