"""Does what the page asks for, with the means of a live run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from realtime_mer.calibrations import OFF, STOP
from realtime_mer.control.bounds import CALIBRATION_S
from realtime_mer.control.state import State
from realtime_mer.controls import Controls
from realtime_mer.desk.inputs import Inputs
from realtime_mer.desk.routes import RouteBook, SendsRoutes
from realtime_mer.desk.saving import save_settings
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.live import LiveRun
from realtime_mer.routes.route import Argument
from realtime_mer.settings import Settings
from realtime_mer.sinks.web import commands as web

NOT_YET = "The tracker is still starting: try again in a second."
NOWHERE = (
    "Nothing is kept, since this run was started with --config none: start it without, or with "
    "--config FILE."
)

NOT_SETTLED = "What was set last is not in force yet, so nothing was saved: try again."
SETTLE_S = 5.0


class Desk:
    """The one who is asked by pages; implements :class:`~realtime_mer.sinks.web.commanding.Desk`.

    :meth:`perform` belongs to one thread, :meth:`meters` to another.

    Args:
        settings: what the run was started with.
        controls: its levers.
        dimensions: of the model.
        path: of the configuration that is saved to; None where nothing is to be kept.
        streams: numbers of the run's streams; none where it has one alone.
    """

    def __init__(
        self,
        settings: Settings,
        controls: Controls,
        dimensions: Sequence[str],
        path: Path | None,
        streams: Sequence[int] = (),
    ) -> None:
        self.path = path
        self.routes = RouteBook(settings.routes, dimensions, streams)
        self._settings = settings
        self._controls = controls
        self._inputs: Inputs | None = None
        self._kept = self._values(
            {"gain_db": settings.gain, "calibration": {"name": settings.calibration}},
            settings.device,
            settings.channels,
        )
        self._now = dict(self._kept)

    def attach(self, live: LiveRun, sinks: Sequence[SendsRoutes]) -> None:
        """Take over a run that is about to start.

        Args:
            live: whose input is chosen.
            sinks: what sends routes; told in this order.
        """
        self._inputs = Inputs(live, self._settings)
        self.routes.sinks = tuple(sinks)
        self._controls.further = self._further
        self._controls.say_state()

    def perform(self, command: web.Command) -> Mapping[str, object]:
        """Do a command and return what it asked for.

        Raises:
            UserError: where it cannot be done.
        """
        if self._inputs is None:
            raise UserError(NOT_YET)
        match command:
            case web.ListDevices():
                return {"devices": self._inputs.devices()}
            case web.ChooseDevice(device, channels):
                self._inputs.choose(device, channels)
                self._controls.say_state()
            case web.GetRoutes():
                return self.routes.said()
            case web.SetRoutes(tables, revision):
                self.routes.set(tables, revision)
                self._controls.say_state()
                return self.routes.said()
            case web.ListCalibrations():
                return {"calibrations": self._controls.store.names()}
            case web.Save():
                return {"path": str(self._save())}
            case _:
                self._pull(command)
        return {}

    def meters(self, estimate: Estimate) -> Sequence[tuple[Sequence[Argument], Sequence[Argument]]]:
        """Return what goes into each route and what comes out."""
        return self.routes.meters(estimate)

    def unsaved(self) -> tuple[str, ...]:
        """Return the names of settings that are not as they would be at the next start."""
        now = self._now | {"routes": self.routes.routes}
        return tuple(name for name, value in self._kept.items() if now[name] != value)

    def _pull(self, command: web.Command) -> None:
        """Pull a lever."""
        controls = self._controls
        match command:
            case web.Freeze(on):
                controls.freeze(on)
            case web.Gain(gain_db):
                controls.set_gain(gain_db)
            case web.Calibrate(seconds, name):
                controls.calibrate(CALIBRATION_S if seconds is None else seconds, name)
            case web.UseCalibration(name):
                if name.casefold() == STOP:
                    controls.stop_calibrating()
                else:
                    controls.use_calibration(name)
            case web.MarkMoment(label):
                controls.mark(label)
            case web.Reset():
                controls.reset()
            case _:
                raise UserError("That is not known here: reload the page.")

    def _further(self, state: State) -> State:
        """What the state says beyond the levers; called on the model's thread."""
        inputs = self._inputs
        if inputs is None:
            return {}
        self._now = self._values(state, inputs.device, inputs.channels)
        return {
            "device": inputs.device,
            "channels": inputs.channels,
            "routes": self.routes.revision,
            "unsaved": list(self.unsaved()),
            "config": "" if self.path is None else str(self.path),
        }

    def _values(self, state: State, device: str, channels: str | None) -> dict[str, object]:
        """What is kept, by setting."""
        calibration = state["calibration"]
        name = calibration["name"] if isinstance(calibration, dict) else None
        return {
            "device": device,
            "channels": channels or None,
            "gain": state["gain_db"],
            "calibration": name or None,
            "routes": self.routes.routes,
        }

    def _save(self) -> Path:
        if self.path is None:
            raise UserError(NOWHERE)
        if not self._controls.settle(SETTLE_S):
            raise UserError(NOT_SETTLED)
        changed = self.unsaved()
        now = self._now | {"routes": self.routes.routes}
        values = {name: now[name] for name in changed if name != "routes"}
        if "calibration" in values and values["calibration"] is None:
            values["calibration"] = OFF
        routes = self.routes.routes if "routes" in changed else None
        if routes is not None and self._settings.preset:
            values["preset_routes"] = False  # they are among these, as far as they are wanted
        save_settings(self.path, values, routes)
        self._kept = now
        self._controls.say_state()
        return self.path
