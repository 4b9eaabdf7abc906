"""A sensor that drains a connection's share of the inbox: the seam between notifications and runs.

How a flow uses it (flows/paychex_intacct/notices.py is an example):

    def opened(reach: Reach) -> tuple[Subscription, Look]:
        subscription = paychex_subscription(reach, connection, connection.paychex)
        return subscription, lambda burst: Wish("worker 00H… changed", job=f"{connection.name}_workers")

    sensors = [inbox_sensor(names, [workers_job], opened, description="…")]

Each connection is a subscriber of its own: two connections on one company both see every notification of it. In a tick,
the waiting notifications are grouped into bursts, one for each thing they are about (a `worker`, a `pay_run`, or the
account as a whole: kind and id are empty then). `look` gets one burst after another. It asks the source for the state
as it is now, for a notification is only a hint, and answers a Wish: which job, which partition, or nothing. Then at
most one run of each job is asked for. Where it is about workers alone, its tag SUBJECTS_TAG names them, so that an
asset may confine itself to those: `subjects_of(context.run.tags)`; without the tag (too many of them, or something else
as well) it is about everything.

What `look` raises decides what becomes of the burst:

    UnavailableError, CredentialError, AccessError      the source is away or shut: the tick ends, nothing is counted
    any other exception                                 a failed attempt; after records.inbox.RETRY_AFTER_S it is dead

Dead ones stay until a person replays them (`connector webhooks dead NAME`, `connector webhooks replay NAME ID`). A
daemon that dies between a tick and its runs loses a wake-up call at most: polling is the truth and finds what it was
about.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.partitions import add_missing
from connector_assets.orchestration.resources import RecordsResource
from connector_assets.records.inbox import DeliveryState, Inbox, Notification, Subscription
from connector_assets.settings import ConfigError
from connector_assets.systems import paychex_client
from connector_assets.vendors.errors import AccessError, CredentialError, UnavailableError, VendorError
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.config import PaychexSection

SUBJECTS_TAG = "connector/subjects"
SUBJECTS_NAMED = 100
INTERVAL_S = 30
BURSTS_A_TICK = 200
NOT_ITS_FAULT = (UnavailableError, CredentialError, AccessError)
READ_S = 20.0
PAYCHEX = "paychex"
WORKER = "worker"
_COMPANY = "paychex_company"


class NotYetError(Exception):
    """What a notification is about is not so yet; it is looked at again later. The message names ids alone."""


@dataclass(frozen=True)
class Reach:
    """What a flow may ask while it looks at notifications."""

    home: Deployment
    frames: FramesResource
    instance: DagsterInstance

    def paychex(self, connection: Connection, section: PaychexSection) -> PaychexClient:
        """A client that gives up soon: a tick has a minute, and another one follows. Raises ConfigError."""
        quick = self.home.settings.model_copy(update={"http_attempts": 1, "http_read_s": READ_S})
        return paychex_client(connection, section, self.home.credentials, quick)


@dataclass(frozen=True)
class Burst:
    """Every waiting notification about one thing, in order of arrival. `crowd` is how many bursts of its kind wait."""

    kind: str
    subject_id: str
    notifications: tuple[Notification, ...]
    crowd: int = 1

    @property
    def topics(self) -> frozenset[str]:
        """The topics of all of them."""
        return frozenset(topic for one in self.notifications for topic in one.topics.split(",") if topic)


@dataclass(frozen=True)
class Wish:
    """What a burst comes to. `told` is a short sentence without personal data; empty `job`: nothing has to run."""

    told: str
    job: str = ""
    partition: str = ""


Look = Callable[[Burst], Wish]
Opener = Callable[[Reach], tuple[Subscription, Look]]


@dataclass
class Drained:
    """What a tick came to: the wishes by burst, what was tried in vain, and why it ended early, if it did."""

    wishes: list[tuple[Burst, Wish]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    outage: str = ""
    last_sequence: int = 0

    def jobs(self) -> dict[str, list[str]]:
        """The jobs to run, each with the workers that it is about; none where it is about anything else as well."""
        found: dict[str, list[str]] = {}
        whole = {wish.job for burst, wish in self.wishes if burst.kind != WORKER or not burst.subject_id}
        for burst, wish in self.wishes:
            if wish.job:
                found.setdefault(wish.job, []).append(burst.subject_id)
        return {job: [] if job in whole else sorted(set(ids)) for job, ids in found.items()}


def bursts_of(waiting: Sequence[Notification]) -> list[Burst]:
    """The notifications by what they are about, in the order in which each thing was first heard of."""
    grouped: dict[tuple[str, str], list[Notification]] = {}
    for one in waiting:
        grouped.setdefault((one.subject_kind, one.subject_id), []).append(one)
    crowds = {kind: sum(1 for other, _ in grouped if other == kind) for kind, _ in grouped}
    return [Burst(kind, subject_id, tuple(ones), crowds[kind]) for (kind, subject_id), ones in grouped.items()]


def drain(inbox: Inbox, subscription: Subscription, look: Look) -> Drained:
    """Handle what waits, at most BURSTS_A_TICK bursts, and keep what came of each. Never raises for a bad one."""
    found, subscriber = Drained(), subscription.subscriber
    for burst in islice(bursts_of(inbox.waiting(subscription)), BURSTS_A_TICK):
        sequences = [one.sequence for one in burst.notifications]
        try:
            wish = look(burst)
        except NOT_ITS_FAULT as error:
            found.outage = str(error)
            break
        except Exception as error:  # a poisoned notification must not keep the others from being handled
            reason = reason_of(error)
            dead = inbox.fail(subscriber, sequences, reason)
            found.failures.append(f"{_shown(burst)}: {reason}{' It is given up.' if dead else ''}")
            continue
        inbox.drain(subscriber, sequences, wish.told)
        found.wishes.append((burst, wish))
        found.last_sequence = max(found.last_sequence, *sequences)
    return found


def reason_of(error: Exception) -> str:
    """Why an attempt failed, fit for people: our own errors in their words, any other by its class alone."""
    known = isinstance(error, VendorError) or type(error).__module__.startswith("connector_assets.")
    if known:
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {place.name}, line {place.lineno}, while it was handled."


def _shown(burst: Burst) -> str:
    return f"{burst.kind} {burst.subject_id}" if burst.subject_id else "the account"


def requests_of(found: Drained) -> list[RunRequest]:
    """One run for each job that is wished for."""
    return [
        RunRequest(
            run_key=f"{job} {found.last_sequence}",
            job_name=job,
            tags={SUBJECTS_TAG: ",".join(ids)} if 0 < len(ids) <= SUBJECTS_NAMED else {},
        )
        for job, ids in found.jobs().items()
    ]


def subjects_of(tags: Mapping[str, str]) -> list[str]:
    """The ids that a run is about, by its tags; empty where it is about everything."""
    return [one for one in tags.get(SUBJECTS_TAG, "").split(",") if one]


def skipped(inbox: Inbox, subscription: Subscription, found: Drained) -> SkipReason:
    """Why no run is asked for, in a sentence that says what to do where something is."""
    if found.outage:
        return SkipReason(f"{found.outage} Notifications wait; the next look is in {INTERVAL_S} s.")
    counts, name = inbox.counts(subscription), subscription.subscriber
    told = [wish.told for _, wish in found.wishes][:5] + found.failures[:5]
    if (later := inbox.next_try(subscription)) is not None:
        told.append(f"{counts[DeliveryState.NEW]} wait, the first until {later.again_at:%H:%M} UTC: {later.reason}")
    told = told or [f"No notification waits; {counts[DeliveryState.DRAINED]} were handled."]
    if counts[DeliveryState.DEAD]:
        told.append(f"{counts[DeliveryState.DEAD]} were given up: `connector webhooks dead {name}` says why.")
    return SkipReason(" ".join(told))


def inbox_sensor(
    names: ConnectionNames, jobs: Sequence[UnresolvedAssetJobDefinition], opened: Opener, *, description: str
) -> SensorDefinition:
    """The sensor of one connection; `jobs` are those that a Wish may name, `opened` is asked once in each tick."""

    @sensor(
        name=f"{names.connection.name}_notifications",
        jobs=list(jobs),
        minimum_interval_seconds=INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description=description,
        tags=names.tags,
    )
    def notifications(
        context: SensorEvaluationContext, records: RecordsResource, frame_store: FramesResource
    ) -> list[RunRequest] | SkipReason:
        home, connection = records.open(), names.connection
        if home.inbox.is_empty(PAYCHEX):
            fix = f"`connector webhooks register {connection.name} URL` asks for them; polling needs none."
            return SkipReason(f"No notification has ever arrived. {fix}")
        try:
            subscription, look = opened(Reach(home, frame_store, context.instance))
        except (*NOT_ITS_FAULT, ConfigError) as error:
            return SkipReason(f"{error} Notifications wait; the next look is in {INTERVAL_S} s.")
        found = drain(home.inbox, subscription, look)
        for failure in found.failures:
            context.log.warning(failure)
        if partitions := [wish.partition for _, wish in found.wishes if wish.partition]:
            add_missing(context.instance, connection.name, connection.partition_kind, partitions)
        return requests_of(found) or skipped(home.inbox, subscription, found)

    return notifications


def paychex_subscription(reach: Reach, connection: Connection, section: PaychexSection) -> Subscription:
    """The connection's share of what Paychex sends: that of its company, whose id is looked up once and then kept.

    Raises ConfigError when the app does not see the company, and what the client raises.
    """
    snapshots, name = reach.home.snapshots, connection.name
    known = snapshots.get(name, _COMPANY) or {}
    if known.get("display_id") != section.display_id:
        found = reach.paychex(connection, section).companies(section.display_id)
        if not found:
            fix = "Correct paychex.display_id, or link the company to the app in Flex."
            raise ConfigError(f"Paychex shows no company with the client number {section.display_id}.", fix=fix)
        known = {"display_id": section.display_id, "company_id": found[0].company_id}
        snapshots.put(name, _COMPANY, known)
    return Subscription(name, PAYCHEX, known["company_id"])
