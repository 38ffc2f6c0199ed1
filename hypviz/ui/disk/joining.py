"""ES modules of one folder joined into one, by their own import lines: what Streamlit mounts and an exported page holds.

In: a reader of sources by name (``scene`` for ``scene.js``) and the entry's name. Out: one module, each source once and after what it
imports, without import lines; its exports are those of all sources. Read are ``import { a, b } from "./name.js";`` and declarations that
begin their line; whatever else imports or exports is refused, as are circles and names that two modules use for different things.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hypviz.errors import HypvizError

_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"\./([\w-]+)\.js";\n', re.MULTILINE)
_NAME = re.compile(r"^(export )?(default )?(?:async )?(?:function\*?|class|const|let|var)\s+([\w$]+)", re.MULTILINE)
_FOREIGN = re.compile(r"^(?:import\b|export (?!(?:default )?(?:async )?(?:function|class|const|let)\b)).*$", re.MULTILINE)
_SEVERAL = re.compile(r"^(?:export )?(?:const|let|var)\s+[{\[].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One module without its import lines: what it imports by module, what it declares, and what of that it exports."""

    name: str
    body: str
    imports: dict[str, frozenset[str]]
    declared: frozenset[str]
    exported: frozenset[str]
    has_default: bool


def package_source(name: str) -> str:
    """The text of ``js/name.js`` of this package; `HypvizError` where it is missing."""
    found = files("hypviz.ui.disk").joinpath("js", f"{name}.js")
    if not found.is_file():
        raise HypvizError(f"The disk's module {name}.js is missing; install hypviz again, or write it to hypviz/ui/disk/js.")
    return found.read_text(encoding="utf-8")


@cache
def package_module(entry: str) -> str:
    """The component's module that begins with ``js/entry.js`` of this package."""
    return joined(entry, package_source)


def joined(entry: str, read: Callable[[str], str]) -> str:
    """The entry and everything that it needs as one module; `HypvizError` names the module that cannot be joined."""
    sources = _ordered(entry, read)
    owners: dict[str, str] = {}
    for source in sources:
        for name in sorted(source.declared):
            if name in owners:
                raise HypvizError(f"{owners[name]}.js and {source.name}.js both declare {name}; joined they share one scope: rename one.")
            owners[name] = source.name
        if source.has_default and source.name != entry:
            raise HypvizError(f"{source.name}.js has a default export; only the entry {entry}.js may have one.")
    return "\n".join(source.body.strip("\n") + "\n" for source in sources)


def parse(name: str, text: str) -> Source:
    """A module's imports and declarations; `HypvizError` for a line that this reader does not know."""
    imports: dict[str, frozenset[str]] = {}
    for names, module in _IMPORT.findall(text):
        wanted = [one.strip() for one in names.split(",") if one.strip()]
        if any(not one.isidentifier() for one in wanted):
            raise HypvizError(f"{name}.js imports {{ {', '.join(wanted)} }}; import names as they are, without “as”.")
        if module in imports:
            raise HypvizError(f"{name}.js imports {module}.js twice; write one line for both.")
        imports[module] = frozenset(wanted)
    body = _IMPORT.sub("", text)
    for pattern, wanted_form in ((_FOREIGN, 'import { names } from "./module.js";'), (_SEVERAL, "one name a declaration")):
        line = pattern.search(body)
        if line:
            raise HypvizError(f"{name}.js holds “{line.group(0)}”, which cannot be joined; the form read here is: {wanted_form}.")
    found = _NAME.findall(body)
    return Source(
        name=name,
        body=body,
        imports=imports,
        declared=frozenset(declared for _, _, declared in found),
        exported=frozenset(declared for exported, default, declared in found if exported and not default),
        has_default=any(default for _, default, _ in found),
    )


def _ordered(entry: str, read: Callable[[str], str]) -> list[Source]:
    """Every source once, after those that it imports."""
    done: dict[str, Source] = {}

    def visit(name: str, path: tuple[str, ...]) -> Source:
        if name in path:
            raise HypvizError(f"The modules {' -> '.join((*path, name))} import each other in a circle; move what both need to a third.")
        if name in done:
            return done[name]
        source = parse(name, read(name))
        for module, wanted in source.imports.items():
            missing = wanted - visit(module, (*path, name)).exported
            if missing:
                raise HypvizError(f"{name}.js imports {', '.join(sorted(missing))} from {module}.js, which exports no such name.")
        done[name] = source
        return source

    visit(entry, ())
    return list(done.values())
