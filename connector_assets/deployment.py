"""One deployment, opened: its settings, its records and the credentials of its connections."""

import os
from dataclasses import dataclass

from connector_assets.credentials import Credentials
from connector_assets.records.audit import AuditTrail
from connector_assets.records.crosswalk import Crosswalk
from connector_assets.records.database import open_database, utc_now
from connector_assets.records.inbox import Inbox
from connector_assets.records.mappings import MappingStore
from connector_assets.records.postings import PostingStore
from connector_assets.records.snapshots import SnapshotStore
from connector_assets.records.sources import SourceStore
from connector_assets.settings import Settings, load_settings


@dataclass(frozen=True)
class Deployment:
    """The settings, the stores of the records on one database, and the credentials."""

    settings: Settings
    credentials: Credentials
    postings: PostingStore
    sources: SourceStore
    audit: AuditTrail
    crosswalk: Crosswalk
    mappings: MappingStore
    snapshots: SnapshotStore
    inbox: Inbox


def open_deployment(settings: Settings | None = None) -> Deployment:
    """Open the deployment of this process. Raises ConfigError or RecordsError naming what is wrong and the fix."""
    settings = settings or load_settings()
    settings.make_home()
    engine = open_database(settings.records_url)
    return Deployment(
        settings=settings,
        credentials=Credentials(settings, engine, os.environ),
        postings=PostingStore(engine, utc_now),
        sources=SourceStore(engine, utc_now),
        audit=AuditTrail(engine, utc_now),
        crosswalk=Crosswalk(engine, utc_now),
        mappings=MappingStore(engine, utc_now),
        snapshots=SnapshotStore(engine, utc_now),
        inbox=Inbox(engine, utc_now),
    )
