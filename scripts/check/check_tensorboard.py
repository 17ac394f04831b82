"""Compares event files with TensorBoard: its own writer makes the fixtures of the tests, its own loaders read them.

The loaders are that of a single file, that of a folder during training, and the two accumulators: the one of the web page,
which first turns every value into a tensor, and the one for notebooks.
Usage: check_tensorboard.py [--write | FOLDER | --look FOLDER SHOTS]
"""

import logging
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing import (directory_watcher, event_accumulator, event_file_loader, io_wrapper,
                                                  plugin_event_accumulator)
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from chromium import Browser

FIXTURES = Path("Tests/GatewiseRunsTests/Fixtures/tensorboard")
NAMES = [f"events.out.tfevents.{seconds}.host" for seconds in (1700000000, 1700000001)]
TEXT = "hidden **8**, naïve < & >"
# The measurements of the runs: the interrupted one, and the one resumed from its step 3.
FIRST = {step: 3 / step for step in range(1, 6)}
SECOND = {step: 10 / step for step in range(4, 7)}
WEIGHTS = np.array([(k * 37 % 101) ** 2 / 997 - 2 for k in range(200)])


def event(seconds, step=0, **what):
    return event_pb2.Event(wall_time=seconds, step=step, **what)


def value(step, tag, **value):
    return event(1700000000 + step, step, summary=summary_pb2.Summary(
        value=[summary_pb2.Summary.Value(tag=tag, **value)]))


def histogram(values, buckets=30):
    low, high = values.min(), values.max()
    width = high / buckets - low / buckets
    limits = [low + k * width for k in range(1, buckets)] + [high] if width > 0 else [high]
    counts = np.histogram(values, bins=buckets)[0] if width > 0 else [len(values)]
    # One after the other, because NumPy's sum adds in pairs.
    total, squares = 0.0, 0.0
    for number in values:
        total, squares = total + number, squares + number * number
    return summary_pb2.HistogramProto(min=low, max=high, num=len(values), sum=total, sum_squares=squares,
                                      bucket_limit=limits, bucket=counts)


def text(words):
    return dict(tensor=tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[words.encode()]),
                metadata=summary_pb2.SummaryMetadata(
                    plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text")))


def fixtures():
    """The events of both files."""
    first = [event(1700000000.25, file_version="brain.Event:2"), value(0, "settings", **text(TEXT))]
    first += [value(step, "loss/training", simple_value=loss) for step, loss in FIRST.items()]
    first += [value(5, "weights/layer0/forget", histo=histogram(WEIGHTS)),
              value(5, "gradient/layer0/forget", simple_value=0.1)]
    second = [event(1700000000.75, file_version="brain.Event:2"),
              event(1700000000.75, 4, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))]
    second += [value(step, "loss/training", simple_value=loss) for step, loss in SECOND.items()]
    second += [value(6, "weights/layer0/forget", histo=histogram(np.array([0.5, 0.5])))]
    return dict(zip(NAMES, (first, second)))


def write(folder):
    for name, events in fixtures().items():
        with open(folder / name, "wb") as file:
            writer = RecordWriter(file)
            for event in events:
                writer.write(event.SerializeToString())
            writer.flush()


class Check:
    """The comparisons and their differences."""

    def __init__(self):
        self.count, self.problems = 0, []

    def same(self, words, found, expected):
        self.count += 1
        if not found == expected:
            self.problems.append(f"{words}: {found}, not {expected}")

    def near(self, words, found, expected, tolerance):
        found, expected = np.asarray(found, float), np.asarray(expected, float)
        holds = found.shape == expected.shape and np.allclose(found, expected, rtol=tolerance, atol=tolerance)
        self.same(words, (holds, found.tolist() if not holds else None), (True, None))


def check_bytes(check):
    """Checks that the committed files are those of TensorBoard's writer for the same events."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        for name in NAMES:
            check.same(f"{name}: bytes", (FIXTURES / name).read_bytes(), (Path(folder) / name).read_bytes())


def check_file(check):
    """A single file, record by record; the loader checks both sums of each."""
    events = list(event_file_loader.RawEventFileLoader(str(FIXTURES / NAMES[0])).Load())
    check.same("records", len(events), 9)
    check.same("version", event_pb2.Event.FromString(events[0]).file_version, "brain.Event:2")
    # A killed run leaves half a record at the end, which is ignored.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAMES[0]
        path.write_bytes((FIXTURES / NAMES[0]).read_bytes()[:-5])
        check.same("records of a cut file", len(list(event_file_loader.RawEventFileLoader(str(path)).Load())), 8)


def check_watcher(check):
    """A folder, as the web server follows it: all events of the first file, then all of the second."""
    watcher = directory_watcher.DirectoryWatcher(str(FIXTURES), event_file_loader.LegacyEventFileLoader,
                                                 io_wrapper.IsSummaryEventsFile)
    events = list(watcher.Load())
    check.same("events of the folder", len(events), 15)
    check.same("their order", [event.step for event in events], [0, 0, 1, 2, 3, 4, 5, 5, 5, 0, 4, 4, 5, 6, 6])


def check_accumulator(check):
    """Checks the accumulator for notebooks."""
    folder = event_accumulator.EventAccumulator(str(FIXTURES), size_guidance=dict.fromkeys(
        ("scalars", "histograms", "tensors"), 0)).Reload()
    tags = folder.Tags()
    check.same("scalars", sorted(tags["scalars"]), ["gradient/layer0/forget", "loss/training"])
    check.same("histograms", tags["histograms"], ["weights/layer0/forget"])
    losses = folder.Scalars("loss/training")
    check.same("steps", [event.step for event in losses], [1, 2, 3, 4, 5, 6])
    # Up to step 3 the first run's, then the second's: the start of the second purges the rest.
    check.near("losses", [event.value for event in losses], [FIRST[k] for k in (1, 2, 3)] + list(SECOND.values()), 1e-7)
    check.same("times", [event.wall_time for event in losses], [1700000000.0 + k for k in range(1, 7)])
    check.same("purged gradients", folder.Scalars("gradient/layer0/forget"), [])
    check.same("purged histograms", [event.step for event in folder.Histograms("weights/layer0/forget")], [6])
    single = event_accumulator.EventAccumulator(str(FIXTURES / NAMES[0])).Reload()
    check.near("gradient", [event.value for event in single.Scalars("gradient/layer0/forget")], [0.1], 1e-7)
    found = single.Histograms("weights/layer0/forget")[0].histogram_value
    counts, edges = np.histogram(WEIGHTS, bins=30)
    check.near("bucket limits", found.bucket_limit, edges[1:], 1e-12)
    check.same("buckets", list(found.bucket), [float(count) for count in counts])
    check.near("moments", [found.min, found.max, found.num, found.sum, found.sum_squares],
               [WEIGHTS.min(), WEIGHTS.max(), 200, WEIGHTS.sum(), (WEIGHTS**2).sum()], 1e-12)


def check_page(check):
    """Checks the accumulator of the web page."""
    folder = plugin_event_accumulator.EventAccumulator(str(FIXTURES / NAMES[0]), tensor_size_guidance=dict.fromkeys(
        ("scalars", "histograms", "text"), 0)).Reload()
    plugins = {tag: folder.SummaryMetadata(tag).plugin_data.plugin_name for tag in folder.Tags()["tensors"]}
    check.same("plugins", plugins, {"settings": "text", "loss/training": "scalars", "gradient/layer0/forget": "scalars",
                                    "weights/layer0/forget": "histograms"})
    settings = folder.Tensors("settings")[0]
    check.same("text", (settings.step, tensor_util.make_ndarray(settings.tensor_proto).item().decode()), (0, TEXT))
    buckets = tensor_util.make_ndarray(folder.Tensors("weights/layer0/forget")[0].tensor_proto)
    counts, edges = np.histogram(WEIGHTS, bins=30)
    # The page has them in single precision.
    check.near("buckets of the page", buckets, np.stack([edges[:-1], edges[1:], counts], axis=1), 1e-6)


def look(folder):
    """Prints the content of the folder of a run."""
    found = plugin_event_accumulator.EventAccumulator(folder, tensor_size_guidance=dict.fromkeys(
        ("scalars", "histograms", "text"), 0)).Reload()
    tags = found.Tags()["tensors"]
    for tag in sorted(tags):
        events = found.Tensors(tag)
        steps = [event.step for event in events]
        last = tensor_util.make_ndarray(events[-1].tensor_proto) if events else np.array("purged")
        words = last.item() if last.shape == () else f"{last.shape}"
        print(f"{tag} ({found.SummaryMetadata(tag).plugin_data.plugin_name}): {len(steps)} events,"
              f" steps {steps[:1]} to {steps[-1:]}, the last {words}")
    if not tags:
        raise SystemExit(f"check/tensorboard: TensorBoard finds nothing in {folder}")


def photograph(folder, shots):
    """Opens the folder of a run in TensorBoard itself, and saves a picture of each of its pages."""
    shots.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--host", "127.0.0.1", "--port", "0",
         "--load_fast", "false"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    browser = Browser("")
    try:
        url = next(found.group() for line in server.stderr if (found := re.search(r"http://127.0.0.1:\d+/", line)))
        for page in ("timeseries", "scalars", "histograms", "distributions", "text"):
            # Another page of the same address would not be loaded again.
            browser.visit("about:blank")
            browser.visit(f"{url}?darkMode=false#{page}", 1400, 1000)
            # The page does not signal that it is complete.
            time.sleep(8)
            browser.screenshot(shots / f"{page}.png")
            print(f"check/tensorboard: {shots / page}.png")
    finally:
        browser.close()
        server.terminate()
        server.wait()


def main():
    # A purge is expected here, not worth a message.
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    match sys.argv[1:]:
        case ["--write"]:
            FIXTURES.mkdir(exist_ok=True)
            write(FIXTURES)
            print(f"check/tensorboard: wrote {', '.join(NAMES)}")
        case ["--look", folder, shots]:
            photograph(folder, Path(shots))
        case [folder]:
            look(folder)
        case []:
            check = Check()
            for part in (check_bytes, check_file, check_watcher, check_accumulator, check_page):
                part(check)
            for problem in check.problems:
                print(f"check/tensorboard: {problem}", file=sys.stderr)
            if check.problems:
                raise SystemExit(f"check/tensorboard: {len(check.problems)} of {check.count} comparisons differ")
            print(f"check/tensorboard: {check.count} comparisons agree")
        case _:
            raise SystemExit("check/tensorboard: usage: scripts/check/tensorboard [--write | FOLDER]")


main()
