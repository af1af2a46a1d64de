"""The order of the work, and what happens to what fails."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.catalogue import flow
from realtime_mer.catalogue.flow import MOST_ATTEMPTS, Flow
from realtime_mer.catalogue.job import Failed, Job, Known, Outcome
from realtime_mer.catalogue.pool import WorkerLost
from realtime_mer.errors import UserError

Behaviour = Callable[[Job], Outcome | BaseException]


class OneThread:
    """A pool that works when it is asked, with two workers that die together.

    Args:
        behaviour: what comes of a job; WorkerLost takes everything under way with it.
    """

    workers = 2
    room = 4

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._jobs: deque[Job] = deque()
        self._done: deque[tuple[Job, Outcome | BaseException]] = deque()
        self.most = 0

    def submit(self, job: Job) -> None:
        """Take a job."""
        self._jobs.append(job)
        self.most = max(self.most, len(self._jobs) + len(self._done))

    def next(self, timeout_s: float) -> tuple[Job, Outcome | BaseException] | None:
        """Do one."""
        if self._done:
            return self._done.popleft()
        if not self._jobs:
            return None
        job = self._jobs.popleft()
        outcome = self._behaviour(job)
        if isinstance(outcome, WorkerLost):
            self._done.extend((other, WorkerLost()) for other in self._jobs)
            self._jobs.clear()
        return job, outcome

    def close(self) -> None:
        """Nothing to do."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waits between attempts."""
    monkeypatch.setattr(flow, "RETRY_S", 0.0)


def jobs(count: int) -> Iterator[Job]:
    """Jobs with numbers for names."""
    return (Job(str(number), "", 0, "") for number in range(count))


def done(job: Job) -> Outcome:
    """What comes of a job that succeeds."""
    return Known(job.name, b"", 0)


def run(count: int, behaviour: Behaviour) -> tuple[list[Outcome], OneThread]:
    """Run a flow to its end."""
    pool, taken = OneThread(behaviour), list[Outcome]()
    Flow(jobs(count), pool, taken.append).run()
    return taken, pool


@given(
    count=st.integers(0, 40),
    faults=st.dictionaries(
        st.integers(0, 39).map(str),
        st.tuples(st.sampled_from(["error", "lost"]), st.integers(1, 4)),
        max_size=6,
    ),
)
def test_each_file_comes_to_an_end_once(count: int, faults: dict[str, tuple[str, int]]) -> None:
    """Whatever fails how often: one outcome a file, no more under way than there is room, and
    only what failed three times itself is a failure."""
    tried: Counter[str] = Counter()

    def behaviour(job: Job) -> Outcome | BaseException:
        tried[job.name] += 1
        kind, times = faults.get(job.name, ("", 0))
        if tried[job.name] <= times:
            return OSError("the network") if kind == "error" else WorkerLost()
        return done(job)

    taken, pool = run(count, behaviour)
    assert Counter(each.name for each in taken) == Counter(map(str, range(count)))
    assert pool.most <= pool.room
    failed = {each.name for each in taken if isinstance(each, Failed)}
    hopeless = {name for name, (_, times) in faults.items() if times >= MOST_ATTEMPTS}
    # A worker that dies thrice alone is at fault; one that dies with others is tried once more.
    assert {name for name in failed if faults[name][0] == "error"} == {
        name for name in hopeless if faults[name][0] == "error" and int(name) < count
    }
    assert failed <= set(faults)


def test_a_file_that_kills_its_workers_takes_no_other_with_it() -> None:
    """It is found out by being tried alone, and the rest is done."""
    taken, _ = run(30, lambda job: WorkerLost() if job.name == "7" else done(job))
    (failed,) = (each for each in taken if isinstance(each, Failed))
    assert (failed.name, failed.attempts) == ("7", 3)
    assert "died of it" in failed.reason
    assert len(taken) == 30


def test_a_passing_fault_is_tried_again_until_it_has_passed() -> None:
    """Three attempts, then the reason in a row."""
    count = itertools.count(1)
    taken, _ = run(1, lambda job: OSError("down") if next(count) < 3 else done(job))
    assert taken == [Known("0", b"", 0)]
    taken, _ = run(1, lambda job: OSError("the network is down\nand more"))
    assert taken == [Failed("0", 0, "the network is down", 3)]


def test_a_worker_that_cannot_do_the_work_at_all_ends_it() -> None:
    """Its sentence is for the person, not for the table."""
    with pytest.raises(UserError, match="another model"):
        run(3, lambda job: UserError("another model"))


def test_files_are_taken_as_the_work_goes_on() -> None:
    """Never more than there is room for: a catalogue does not fit in memory."""
    taken = 0
    walked = 0

    def walk() -> Iterator[Job]:
        nonlocal walked
        for job in jobs(100):
            walked += 1
            assert walked - taken <= OneThread.room + 1
            yield job

    def take(outcome: Outcome) -> None:
        nonlocal taken
        taken += 1

    Flow(walk(), OneThread(done), take).run()
    assert taken == 100
