"""Every engine computes the same numbers before any is timed."""

import subprocess

import numpy as np
from safetensors.numpy import load_file

# Relative to the largest number of a tensor. Sums of thousands of products in another order differ by less; weights
# rounded to bfloat16, each by up to 0.4 %, by more.
TOLERANCE = {"float32": 1e-4, "float64": 1e-9, "bfloat16": 1e-2}


def compute(gatewise, row, folder):
    """Returns Gatewise's outputs, and for training its gradients, for the numbers in a folder."""
    command = "gradients" if row.mode == "train" else "predict"
    output = folder / "gatewise.safetensors"
    weights = [] if row.weights == "full" else ["--weights", row.weights]
    done = subprocess.run([gatewise, command, folder / "model.safetensors", "--input", folder / "io.safetensors",
                           "--output", output, *weights], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"compare: gatewise {command} failed on {row.name}: {done.stderr.strip()}")
    return load_file(output)


def compare(row, peer, own, folder):
    """Returns the largest difference of a peer's tensors from Gatewise's, relative to the largest number of its tensor.
    
    A disagreement ends the program."""
    theirs = load_file(folder / f"{peer}.safetensors")
    wanted = {"y"} | ({name for name in own if name.startswith("d.")} if row.mode == "train" else set())
    if missing := sorted(wanted - theirs.keys()):
        raise SystemExit(f"compare: {peer} returned no {', '.join(missing)} for {row.name}")
    tolerance = TOLERANCE[row.dtype if row.weights == "full" else row.weights]
    greatest = 0.0
    for name in sorted(wanted):
        a, b = own[name].astype(np.float64), theirs[name].astype(np.float64)
        if a.shape != b.shape:
            raise SystemExit(f"compare: {row.name}: {name} has shape {list(a.shape)} in Gatewise, {list(b.shape)} in {peer}")
        difference = float(np.max(np.abs(a - b)) / np.max(np.abs(b)))
        # NaN is a disagreement too.
        if not difference <= tolerance:
            raise SystemExit(f"compare: {row.name}: {name} of Gatewise and {peer} differ by {difference:.1e}, more than "
                             f"{tolerance:.0e} of its largest number; nothing was timed")
        greatest = max(greatest, difference)
    return greatest
