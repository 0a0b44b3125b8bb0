"""The one layer of retries: who is asked again, after which wait, and when that ends."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.message import Retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tenacity import RetryCallState

    from cab_check.clock import Clock
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.gate import Gate
    from cab_check.settings import RetryPolicy

# a rate limit is not over in a second, and its attempts should not be used up in a few
_FIRST_JITTER_S = 1.0
_FIRST_JITTER_LIMITED_S = 4.0
_LONGEST_JITTER_S = 30.0
_OK = range(200, 300)
# what never had a status, or one that says nothing: the first words that the message has, or the
# last ones
_REASONS: Mapping[FaultKind, tuple[str, ...]] = MappingProxyType(
    {
        FaultKind.DNS: ("host unknown",),
        FaultKind.CONNECT: ("connection refused", "no connection"),
        FaultKind.CONNECT_TIMEOUT: ("connect timeout",),
        FaultKind.FIRST_EVENT_TIMEOUT: ("first event timeout",),
        FaultKind.IDLE_TIMEOUT: ("idle timeout",),
        FaultKind.BROKEN_CONNECTION: ("connection reset", "connection broken"),
        FaultKind.TRUNCATED_STREAM: ("stream cut",),
        FaultKind.NOT_JSON: ("not JSON",),
        FaultKind.BAD_SHAPE: ("no answer in it",),
    }
)


class Outcome(Protocol):
    """Whatever an attempt comes to; a fault of None ends the asking."""

    @property
    def fault(self) -> Fault | None:
        """What went wrong."""
        ...


T = TypeVar("T", bound=Outcome)


class Patience:
    """Asks again as ENDPOINTS §1 says, for one call.

    The policy's attempts, its waiting in all and the time left bound it. `left_s` tells what is
    left of the cell's time; `on_retry` is told before each wait. A rate limit pauses the `gate`.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        clock: Clock,
        *,
        left_s: Callable[[], float],
        on_retry: Callable[[Retry], None],
        gate: Gate | None = None,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._left_s = left_s
        self._on_retry = on_retry
        self._gate = gate
        self._waited_s = 0.0
        self._wait_s = 0.0
        self._once_spent = False

    async def ask(self, attempt: Callable[[float], Awaitable[T]]) -> T:
        """Make attempts until one needs no other; each is told the seconds waited before it."""
        from tenacity import AsyncRetrying, retry_if_result  # noqa: PLC0415 - costs start-up time

        async def made() -> T:
            waited, self._wait_s = self._wait_s, 0.0
            return await attempt(waited)

        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_result(self._worth_it),
            wait=self._wait,
            stop=self._exhausted,
            before_sleep=self._begin_wait,
            retry_error_callback=_last_result,
        )
        result: T = await retrying(made)
        return result

    def _worth_it(self, outcome: Outcome) -> bool:
        fault = outcome.fault
        if fault is None or not fault.retryable:
            return False
        if fault.once:
            spent, self._once_spent = self._once_spent, True
            return not spent
        return True

    def _wait(self, state: RetryCallState) -> float:
        """Full jitter on top of the server's wish, cut so that time is left for the attempt."""
        from tenacity import wait_random_exponential  # noqa: PLC0415 - costs start-up time

        wish, allowed_s = _wish(state), self._policy.wait_s - self._waited_s
        first_s = _FIRST_JITTER_S
        if _fault(state).kind is FaultKind.RATE_LIMIT:
            # a server that wants a short wait is soon there again
            first_s = max(first_s, min(wish or _FIRST_JITTER_LIMITED_S, _FIRST_JITTER_LIMITED_S))
        jitter = wait_random_exponential(multiplier=first_s, max=_LONGEST_JITTER_S)(state)
        spare_s = (self._left_s() - wish) / 2
        return max(0.0, min(wish + min(jitter, spare_s), allowed_s))

    def _exhausted(self, state: RetryCallState) -> bool:
        """Stop when the attempts are used up, or a wait as long as wished would not fit."""
        out_of_attempts = state.attempt_number >= self._policy.attempts
        return out_of_attempts or self._allowed_s() <= _wish(state)

    def _allowed_s(self) -> float:
        return min(self._policy.wait_s - self._waited_s, self._left_s())

    def _begin_wait(self, state: RetryCallState) -> None:
        self._wait_s = state.upcoming_sleep
        self._waited_s += state.upcoming_sleep
        fault = _fault(state)
        if self._gate is not None and fault.kind is FaultKind.RATE_LIMIT:
            self._gate.pause(state.upcoming_sleep, asked=False)
        number = state.attempt_number + 1
        retry = Retry(number, self._policy.attempts, reason(fault), state.upcoming_sleep)
        self._on_retry(retry)


def reason(fault: Fault) -> str:
    """Say in a word or three why a request is made again: `429`, `first event timeout`."""
    words = _REASONS.get(fault.kind)
    if words is not None:
        return next((found for found in words if found in fault.message), words[-1])
    if fault.status is None or fault.status in _OK:
        kind = fault.kind.value.replace("_", " ")
        return f"{kind} in a {fault.status}" if fault.status else kind
    return str(fault.status)


def _fault(state: RetryCallState) -> Fault:
    outcome: Outcome | None = None if state.outcome is None else state.outcome.result()
    if outcome is None or outcome.fault is None:
        raise AssertionError("only a fault is asked about again")
    return outcome.fault


def _wish(state: RetryCallState) -> float:
    return _fault(state).retry_after_s or 0.0


def _last_result(state: RetryCallState) -> object:
    return None if state.outcome is None else state.outcome.result()
