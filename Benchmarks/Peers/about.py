"""The conditions of a measurement: machine, versions, commit, date."""

import json
import subprocess
from datetime import date
from importlib.metadata import version
from pathlib import Path

DISTRIBUTIONS = {"pytorch": "torch", "onnxruntime": "onnxruntime", "jax": "jax"}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit():
    """Returns the last commit of the command's sources, followed by `+` if a file differs from it."""
    sources = ["Package.swift", "Sources/*.swift", "Sources/*.c", "Sources/*.h"]
    changed = output("git", "status", "--porcelain", "--", *sources)
    return output("git", "log", "-1", "--format=%h", "--", *sources) + ("+" if changed else "")


def system():
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    names = dict(line.split("=", 1) for line in lines if "=" in line)
    return names.get("PRETTY_NAME", "Linux").strip('"')


def record(gatewise, peers):
    """Returns the conditions printed with a table of results."""
    info = json.loads(output(gatewise, "info", "--json"))
    swift = output("swift", "--version").split("Swift version ")[1].split()[0]
    return {"kind": "about", "processor": info["processor"], "processors": info["processors"],
            "memoryGiB": round(info["memoryGiB"]), "instructionSet": info["instructionSet"], "system": system(),
            "openBLAS": info["openBLAS"].split()[1], "openBLASCore": info["openBLASCore"], "swift": swift,
            "versions": {peer: version(DISTRIBUTIONS[peer]) for peer in peers}, "commit": commit(),
            "date": date.today().isoformat()}


def machine(about):
    return (f"{about['processor']}, {about['processors']} processors, {about['instructionSet']}, "
            f"{about['memoryGiB']} GiB, {about['system']}")


def software(about, names):
    peers = ", ".join(f"{names[peer]} {number}" for peer, number in about["versions"].items())
    return (f"Gatewise {about['commit']}, Swift {about['swift']}, OpenBLAS {about['openBLAS']} ({about['openBLASCore']} "
            f"kernels), {peers}; {about['date']}")
