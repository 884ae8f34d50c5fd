"""The order of modules in ARCHITECTURE.md: the build has the same, and nothing includes what is below it."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "lib/selns"


def order_of_document():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    table = text[text.index("| module | its one job |"):].split("\n\n")[0]
    return re.findall(r"^\| (\w+) \|", table, re.M)[1:]


def order_of_build():
    text = (LIBRARY / "CMakeLists.txt").read_text()
    return re.search(r"MODULE\n([\w\s]*?)\)", text)[1].split()


def included_by(file):
    return re.findall(r'#include "selns/(\w+)/', file.read_text())


def dependencies(module):
    """What a module's CMakeLists.txt lets it use, over any number of steps."""
    text = (LIBRARY / module / "CMakeLists.txt").read_text()
    found = re.search(r"DEPENDS ([a-z_\s]+?)\s*(?:\)|LIBRARIES)", text[text.index("selns_module("):])
    direct = set(found[1].split()) if found else set()
    return direct.union(*(dependencies(other) for other in direct))


def problems():
    order = order_of_document()
    if order != order_of_build():
        yield "ARCHITECTURE.md has another order of modules than lib/selns/CMakeLists.txt"
    if {folder.name for folder in LIBRARY.iterdir() if folder.is_dir()} != set(order):
        yield "ARCHITECTURE.md has other modules than lib/selns"
    for module in order:
        allowed = dependencies(module) | {module}
        for file in sorted((LIBRARY / module).rglob("*.[ch]pp")):
            for other in included_by(file):
                if order.index(other) > order.index(module):
                    yield f"{file.relative_to(ROOT)} includes {other}, which is below {module}"
                elif other not in allowed:
                    yield f"{file.relative_to(ROOT)} includes {other}, which {module} does not depend on"
    for file in sorted(LIBRARY.rglob("*.[ch]pp")):
        if re.search(r'#include "selns-\w+/', file.read_text()):
            yield f"{file.relative_to(ROOT)} includes a program"


found = list(problems())
print("\n".join(found), end="\n" if found else "")
sys.exit(1 if found else 0)
