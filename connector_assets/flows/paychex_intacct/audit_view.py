"""A connection's posted journals for an auditor: each piece with its check, pay line and mapping rule."""

from collections.abc import Iterator
from datetime import date

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.books import PayRunBooks
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.audit_rows import Posted, Row
from connector_assets.orchestration.audit_rows import audit_rows as rows_of_all
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.rule_words import rules_in_words
from connector_assets.records.postings import Posting


def audit_rows(home: Deployment, connection: PaychexIntacctConnection, since: date, until: date) -> Iterator[list[Row]]:
    """The rows (`audit_rows.COLUMNS`) of each posted document; the source is the check, its line the pay line."""
    store, names = FrameStore(home.settings.frames_path), Names(connection)

    def document_of(posting: Posting) -> Posted:
        books = PayRunBooks(home, store, names, posting.key.source_id)
        trace = books.trace(posting).rename(columns={"check_id": "source_id", "kind": "piece_kind"})
        return Posted(books.journal(posting), trace.assign(source_line=trace["line_no"].astype("str")))

    return rows_of_all(home, connection.name, (since, until), document_of, rules_in_words(home, connection.name))
