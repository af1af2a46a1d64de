"""Writing what was set into a person's own configuration, whose comments stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realtime_mer.calibrations import write_whole
from realtime_mer.config.file import parse_config
from realtime_mer.config.merge import parsers
from realtime_mer.errors import UserError
from realtime_mer.routes.parse import parse_route
from realtime_mer.routes.route import Route
from realtime_mer.routes.table import route_table

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

ROUTE = "route"
HEAD = """\
# Settings of realtime-mer that were saved on its page; a start without --config uses them.
# realtime-mer config init shows all there are. --config none leaves them out.
"""


def save_settings(path: Path, values: Mapping[str, object], routes: Sequence[Route] | None) -> None:
    """Change a configuration file where it must be, or write a new one, whole or not at all.

    What a person wrote and nobody changed stays as it is, comments included.

    Args:
        path: of the file.
        values: settings by name; None takes one out.
        routes: all of them; None leaves those of the file alone.

    Raises:
        UserError: where the file cannot be read, understood or written.
    """
    text = changed_text(_read(path), values, routes, path)
    try:
        target = path.resolve()  # a link stays one
        before = target.stat().st_mode if target.exists() else None
        write_whole(target, text)
        if before is not None:
            with suppress(OSError):
                target.chmod(before & 0o777)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({(error.strerror or str(error)).lower()}): check that its "
            "folder may be written to."
        ) from error


def changed_text(
    text: str, values: Mapping[str, object], routes: Sequence[Route] | None, path: Path
) -> str:
    """Return the text of a configuration with other settings and routes in it.

    Raises:
        UserError: where the text is no configuration, or would be none afterwards.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise UserError(f"{path} is not valid TOML ({error}): mend it, then save again.") from error
    for name, value in values.items():
        _set(document, name, value)
    if routes is not None:
        _set_routes(document, routes)
    result = tomlkit.dumps(document)
    parse_config(path, result, *parsers()).check()
    return result


def _set(document: TOMLDocument, name: str, value: object) -> None:
    spelled = name if name in document else name.replace("_", "-")
    key = spelled if spelled in document else name
    if value is None:
        document.pop(key, None)
    elif document.get(key) != value:
        document[key] = value


def _set_routes(document: TOMLDocument, routes: Sequence[Route]) -> None:
    """Write routes; the tables of those that stay keep their place, comments and spelling."""
    import tomlkit

    unused: list[Any] = list(document.get(ROUTE, []))
    written = tomlkit.aot()
    for route in routes:
        table = _take(unused, route)
        if table is None:
            table = tomlkit.table()
        if not _says(table, route):
            wanted = _plain(route_table(route))
            for key in [key for key in table if key not in wanted]:
                table.remove(key)
            for key, value in wanted.items():
                if table.get(key) != value:
                    table[key] = _item(value)
        written.append(table)
    if not routes:
        document.pop(ROUTE, None)
    else:
        document[ROUTE] = written


def _take(unused: list[Any], route: Route) -> Any:
    """The table of a route that is there already: the same, else one of its address."""
    named = [table for table in unused if table.get("address", "") == route.address]
    for table in [table for table in unused if _says(table, route)] + named:
        # By identity: two equal tables are two routes.
        del unused[next(n for n, each in enumerate(unused) if each is table)]
        return table
    return None


def _says(table: Any, route: Route) -> bool:
    try:
        return parse_route(table.unwrap()) == route
    except UserError:
        return False


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    """A table as a person would write it: one target is no list."""
    target = table.get("target")
    return {**table, "target": target[0]} if target and len(target) == 1 else table


def _item(value: Any) -> Any:
    import tomlkit

    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        inline.update(value)
        return inline
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return HEAD
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}): nothing was saved.") from error
