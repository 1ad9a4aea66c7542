"""The page's scripts under Node.js."""

import json
import pathlib
import shutil
import subprocess

import numpy as np

HERE = pathlib.Path(__file__).parent
NODE = shutil.which("node")


def run_node(script, content, *arguments):
    """Runs a script of this folder; returns its standard output."""
    done = subprocess.run(
        [NODE, HERE / script, *map(str, arguments)],
        input=content,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def preprocess(photograph, low, high, thresholds=None):
    """Runs the page's preprocessing.

    Returns:
        What `preprocess.js` writes: a dictionary, and the model's input
        `[low, low, 3]`; empty where the photograph is refused.
    """
    height, width = photograph.shape[:2]
    output = run_node(
        "preprocess.js",
        photograph.tobytes(),
        *(width, height, low, high, json.dumps(thresholds)),
    )
    head, _, pixels = output.partition(b"\n")
    low_res = np.frombuffer(pixels, np.float32)
    if low_res.size:
        low_res = low_res.reshape(low, low, 3)
    return json.loads(head), low_res
