"""The routes of a run as a page edits them: tables in, sentences at the field out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from realtime_mer.config.table import TableError
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.routes.moment import Moment, moment_of
from realtime_mer.routes.parse import parse_route
from realtime_mer.routes.route import (
    Argument,
    Route,
    RunningRoute,
    check_dimensions,
    check_streams,
    run_routes,
)
from realtime_mer.routes.table import route_table

SOMEBODY_ELSE = "Somebody else has changed the routes meanwhile: look at them and change again."


class SendsRoutes(Protocol):
    """What sends routes, such as the OSC sink."""

    def set_routes(self, routes: Sequence[Route]) -> None:
        """Send these from now on; raises UserError where one cannot be, and changes nothing."""


class RoutesError(UserError):
    """What is wrong with routes.

    Attributes:
        problems: dicts with ``route`` (its number from 0), ``key`` ("" for the whole) and
            ``message``.
    """

    def __init__(self, problems: Iterable[Mapping[str, object]]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(str(problem["message"]) for problem in self.problems))


class RouteBook:
    """All routes of a run.

    Args:
        routes: at the start.
        dimensions: of the model.
        streams: numbers of the run's streams; none where it has one alone.

    Attributes:
        routes: as they are now; replaced whole.
        revision: counts the changes.
        sinks: what sends them.
    """

    def __init__(
        self, routes: Sequence[Route], dimensions: Sequence[str], streams: Sequence[int] = ()
    ) -> None:
        self.routes = tuple(routes)
        self.revision = 0
        self.sinks: tuple[SendsRoutes, ...] = ()
        self._dimensions = tuple(dimensions)
        self._streams = tuple(streams)
        self._moments: dict[int, Moment] = {}
        self._running = run_routes(self.routes, ())

    def said(self) -> dict[str, object]:
        """Return all routes as tables, with the revision."""
        return {"revision": self.revision, "routes": [route_table(route) for route in self.routes]}

    def set(self, tables: Sequence[Mapping[str, object]], revision: int | None) -> None:
        """Put routes in place of all that there are.

        Args:
            tables: as in the configuration, read by the same parser.
            revision: of those they were made from, or None.

        Raises:
            RoutesError: with everything that is wrong with them; nothing has changed then.
            UserError: where they were made from others than there are now.
        """
        if revision is not None and revision != self.revision:
            raise UserError(SOMEBODY_ELSE)
        routes = self._parse(tables)
        told: list[SendsRoutes] = []
        try:
            for sink in self.sinks:
                sink.set_routes(routes)
                told.append(sink)
        except UserError:
            for sink in told:
                sink.set_routes(self.routes)
            raise
        self._running = run_routes(routes, self._running)
        self.routes = routes
        self.revision += 1

    def meters(self, estimate: Estimate) -> Sequence[tuple[Sequence[Argument], Sequence[Argument]]]:
        """Return for each route the values of its sources, and those it sends, if it is on.

        By each estimate: without the glide of a higher rate, else with all that is done.
        A route of a stream that has said nothing yet has no values.
        """
        self._moments[estimate.stream] = moment_of(estimate)
        return [self._meter(each, estimate.time_s) for each in self._running]

    def _meter(
        self, running: RunningRoute, time_s: float
    ) -> tuple[Sequence[Argument], Sequence[Argument]]:
        moment = self._moments.get(running.route.stream)
        if moment is None:
            return (), ()
        return _read(running, moment), running.values(moment, time_s)

    def _parse(self, tables: Sequence[Mapping[str, object]]) -> tuple[Route, ...]:
        routes = []
        problems: list[dict[str, object]] = []
        for number, table in enumerate(tables):
            wrong_key = "source"
            try:
                route = parse_route(table)
                check_dimensions([route], self._dimensions)
                wrong_key = "stream"
                check_streams([route], self._streams)
                routes.append(route)
            except TableError as error:
                problems += [{"route": number, "key": key, "message": sentence}
                             for key, sentence in error.problems]  # fmt: skip
            except UserError as error:
                problems.append({"route": number, "key": wrong_key, "message": str(error)})
        if problems:
            raise RoutesError(problems)
        return tuple(routes)


def _read(running: RunningRoute, moment: Moment) -> list[Argument]:
    return [lane.source.read(moment) for lane in running.route.lanes]
