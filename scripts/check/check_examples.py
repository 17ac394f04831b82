"""Compiles the examples in comments, README and book, and looks up the functions that comments name.

An example in a comment is a block indented by four more spaces after an empty line. It is Swift if one of its lines
begins as Swift does, otherwise a formula or another language. In Markdown it is a block after ```swift.
Names that an example uses but does not declare are declared for it, from the tables STAND_INS.

Usage: check_examples.py FOLDER, the build folder with Modules in it.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ["Gatewise", "GatewiseReference", "GatewiseDerivation", "GatewiseTasks", "GatewiseRuns", "GatewiseONNX"]
PAGES = ["README.md", "Sources/Gatewise/Gatewise.docc"]

# Names that the reader's program provides.
STAND_INS = {
    "model": "LSTM<Float>", "x": "Tensor<Float>", "y": "Tensor<Float>", "dy": "Tensor<Float>", "gradient": "[Float]",
    "batch": "SequenceBatch<Float>", "source": "ArraySource<Float>", "trainer": "Trainer<Float>",
}
# Other types in some files.
OTHERS = {
    "Sources/Gatewise/Gradients/Traces/OnlineGradients.swift": {"x": "[Float]", "y": "[Float]", "dy": "[Float]"},
    "Sources/Gatewise/Checkpoint/GateOrder.swift": {"kernel": "[Float]", "H": "Int"},
    "Sources/Gatewise/Data/ArraySource.swift": {"sequences": "[Tensor<Float>]", "labels": "[Int]"},
    "Sources/Gatewise/Inference/StreamingSession.swift": {"sensor": "[Float]"},
    "Sources/Gatewise/Gatewise.docc/ComingFrom.md": {
        "kernel": "[Float]", "bias": "[Float]", "H": "Int", "I": "Int"},
    "Sources/Gatewise/Gatewise.docc/GettingStarted.md": {"dy": "Tensor<Double>", "x": None},
    "Sources/GatewiseDerivation/Picture/Picture.swift": {"weight": "Weight", "network": "DerivationNetwork"},
    "Sources/GatewiseRuns/Monitoring/LayerMonitor.swift": {"gradients": "Gradients<Float>"},
    "Sources/GatewiseRuns/Monitoring/LayerMonitor+Saturation.swift": {"monitor": "LayerMonitor"},
}

# Names of Swift's own library.
STANDARD = {"shuffle(using:)"}

SWIFT_LINE = re.compile(r"(let|var|try|for|while|if|import|print\()\b|[A-Z]\w*(<\w+>)?\(")
COMMENT = re.compile(r"^\s*///( ?)(.*)$")


class Example:
    """Lines of Swift, their place, and whether a user reads them: on a page, or in the comment of something public."""

    def __init__(self, path, line, lines, isPublic=True):
        self.path, self.line, self.lines, self.isPublic = str(path), line, lines, isPublic

    def types(self):
        """The declarations that the example needs: names and their types."""
        text = "\n".join(re.sub(r"//.*", "", line) for line in self.lines)
        text = re.sub(r'"(\\.|[^"\\])*"', '""', text)
        names = STAND_INS | OTHERS.get(self.path, {})
        if names.get("x", "") is None:  # of the type of the model
            names["x"] = "Tensor<Double>" if "Double" in text else "Tensor<Float>"
        for name, kind in names.items():
            used = re.search(rf"(?<![\w.]){name}\b(?!\s*:)", text)
            declared = re.search(rf"\b(let|var)\s+(\([^)]*\b)?{name}\b", text) or re.search(rf"\bfor {name} in\b", text)
            if used and not declared:
                yield name, kind

    def function(self, number):
        """The example as a function, its lines in their places."""
        body = [line for line in self.lines if not line.startswith("import ")]
        skipped = next((i for i, line in enumerate(self.lines) if not line.startswith("import ")), 0)
        stand_ins = "".join(f"var {name}: {kind} = standIn()\n" for name, kind in self.types())
        return (f"func example{number}() throws {{\n{stand_ins}#sourceLocation(file: \"{self.path}\", "
                f"line: {self.line + skipped})\n" + "\n".join(body) + "\n#sourceLocation()\n}\n")


def comment_examples(path, name):
    """Yields the examples in the comments of a Swift file."""
    lines = path.read_text(encoding="utf-8").split("\n")
    block, start, behind_empty = [], 0, False
    for number, line in enumerate(lines + [""], 1):
        comment = COMMENT.match(line)
        text = comment.group(2) if comment else None
        if text is not None and text.startswith("    ") and (block or behind_empty):
            if not block:
                start = number
            block.append(text[4:])
            continue
        if block:
            if any(SWIFT_LINE.match(line) for line in block):
                declaration = next((l for l in lines[number - 1:] if not re.match(r"\s*(///.*|@[\w(): .=]+)?$", l)), "")
                yield Example(name, start, block, re.match(r"\s*(@\w+\s+)*(public|open)\b", declaration) is not None)
            block = []
        behind_empty = text == ""


def page_examples(path, name):
    """Yields the examples in a Markdown file, except parts of a package's manifest."""
    block = None
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line == "```swift":
            block, start = [], number + 1
        elif line == "```" and block is not None:
            if not block[0].startswith("dependencies:"):
                yield Example(name, start, block)
            block = None
        elif block is not None:
            block.append(line)


def all_examples():
    for library in LIBRARIES:
        for path in sorted((ROOT / "Sources" / library).rglob("*.swift")):
            yield from comment_examples(path, str(path.relative_to(ROOT)))
    for page in PAGES:
        for path in sorted((ROOT / page).rglob("*.md")) if (ROOT / page).is_dir() else [ROOT / page]:
            yield from page_examples(path, str(path.relative_to(ROOT)))


def compile_examples(examples, build, isPublic):
    """Type-checks examples; returns the compiler's errors. Those for users see what is public, as a user's program
    does; the others may be about what only this package sees."""
    imports = "".join(f"import {library}\n" for library in LIBRARIES)
    text = f"{imports}func standIn<T>() -> T {{ fatalError() }}\n" + "".join(
        example.function(number) for number, example in enumerate(examples))
    maps = [*build.glob("*.build/module.modulemap"), *(ROOT / "Sources").glob("*/module.modulemap"),
            *build.parents[1].glob("checkouts/*/Sources/*/include/module.modulemap")]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "Examples.swift")
        source.write_text(text, encoding="utf-8")
        arguments = ["swiftc", "-typecheck", "-swift-version", "6", "-parse-as-library", "-suppress-warnings",
                     "-diagnostic-style", "llvm", "-I", str(build / "Modules"), str(source)]
        if not isPublic:
            # SwiftPM names a package after its folder.
            arguments += ["-package-name", re.sub(r"\W", "_", ROOT.name.lower())]
        for path in maps:
            arguments += ["-Xcc", f"-fmodule-map-file={path}"]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    problems = [line for line in done.stderr.split("\n") if ": error: " in line]
    if done.returncode and not problems:
        problems = [done.stderr.strip()]
    return problems


def matching_parenthesis(text, start):
    """Returns the index after the parenthesis that closes the one at `start`."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)


def labels(parameters):
    """Returns the labels of a list of parameters, `_` for none."""
    found, depth, current = [], 0, ""
    for character in parameters + ",":
        if character == "," and depth == 0:
            if current.strip():
                found.append(re.sub(r"^(@\w+(\([^)]*\))?\s*)+", "", current.strip()).split(":")[0].split()[0])
            current = ""
            continue
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        current += character
    return found


def declared_functions():
    """Returns all functions of the sources as name(label:label:), initializers also by the name of their type."""
    found = set(STANDARD)
    types = re.compile(r"\b(?:struct|class|enum|actor|extension)\s+(?:\w+\.)*(\w+)")
    head = re.compile(r"\b(?:func\s+`?(\w+)`?|(init)[?!]?|(subscript)|case\s+(\w+))\s*(?:<[^>(]*>)?\s*\(")
    for path in (ROOT / "Sources").rglob("*.swift"):
        text = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
        for match in head.finditer(text):
            name = next(group for group in match.groups() if group)
            parameters = text[match.end():matching_parenthesis(text, match.end() - 1) - 1]
            named = f"({''.join(label + ':' for label in labels(parameters))})"
            found.add(name + named)
            if name == "init":
                owners = types.findall(text[:match.start()])
                found.update(owner + named for owner in owners[-1:])
    return found


def is_declared(name, declared, isPage):
    """Returns whether the function exists. Pages may omit arguments with default values."""
    if name in declared:
        return True
    if not isPage:
        return False
    base, wanted = name.split("(")[0], re.findall(r"\w+(?=:)", name)

    def leaves_out(other):
        rest = iter(re.findall(r"\w+(?=:)", other))
        return all(label in rest for label in wanted)

    return any(other.startswith(base + "(") and leaves_out(other) for other in declared)


def named_functions():
    """Yields the names of the form `name(label:)` in comments and pages, and their places."""
    name = re.compile(r"(?<!`)`(?:\w+\.)*(\w+\((?:\w+:)+\))`(?!`)")
    for path in sorted([*(ROOT / "Sources").rglob("*.swift"), *(ROOT / "Sources").rglob("*.md")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if path.suffix == ".swift" and not (comment := COMMENT.match(line)):
                continue
            for match in name.finditer(line if path.suffix == ".md" else comment.group(2)):
                yield f"{path.relative_to(ROOT)}:{number}", match.group(1)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 64
    examples = list(all_examples())
    build, problems = Path(sys.argv[1]).resolve(), []
    for isPublic in (False, True):
        some = [example for example in examples if example.isPublic == isPublic]
        problems += compile_examples(some, build, isPublic)
    declared, named = declared_functions(), list(named_functions())
    problems += [f"{place}: names {name}, which is not declared" for place, name in named
                 if not is_declared(name, declared, ".md:" in place)]
    print("\n".join(problems), end="\n" if problems else "")
    verdict = f"{len(problems)} errors" if problems else "all compile and exist"
    print(f"check/examples: {len(examples)} examples, {len(named)} functions named in comments: {verdict}")
    return 1 if problems or not examples or not named else 0


if __name__ == "__main__":
    sys.exit(main())
