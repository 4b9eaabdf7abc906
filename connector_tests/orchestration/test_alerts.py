"""Alerts: what is told, to whom, once it is known, and never a personal datum."""

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from dagster import SkipReason, build_sensor_context

from connector_assets.orchestration.alert_sinks import Alert, AlertError, EmailSink, WebhookSink
from connector_assets.orchestration.alerts import FAILED_CHECKS, FAILED_RUNS, UNKNOWN, public_words
from connector_assets.orchestration.resources import RecordsResource
from connector_tests.flows.house import LLC, House

ALERT = Alert("run failed", "acme", "acme_post of acme", "The gate is closed.", "Materialize acme/departments.", "r1")


class Endpoint(HTTPServer):
    """A real HTTP server that keeps what it is sent and answers with `status`."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if endpoint.status == 200:
                    endpoint.bodies.append(body)
                self.send_response(endpoint.status)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/T0/secret-token"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


class Watch:
    """One of the sensors as the daemon evaluates it, tick by tick, with its cursor."""

    def __init__(self, house: House, name: str) -> None:
        self._sensor = house.definitions().resolve_sensor_def(name)
        self._house, self.cursor = house, None

    cursor: str | None

    def tick(self) -> str:
        """Evaluate once; answers the skip reason. The cursor moves only when that went well."""
        context = build_sensor_context(
            self._house.instance, cursor=self.cursor, resources={"records": RecordsResource()}
        )
        said = self._sensor(context)
        self.cursor = context.cursor
        assert isinstance(said, SkipReason)
        return said.skip_message or ""


def test_a_failed_run_and_its_failed_check_are_told_once_and_not_lost_while_the_sink_is_down(
    house: House, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTOR_ALERT_WEBHOOK_URL", endpoint.url)
    runs, checks = Watch(house, FAILED_RUNS), Watch(house, FAILED_CHECKS)
    assert "from here on" in runs.tick()
    assert "from here on" in checks.tick()
    assert runs.tick() == checks.tick() == "Nothing new to tell."

    house.configure(LLC, freshness_hours=1e-6)
    partition = house.partitions(LLC)[0]
    assert not house.carry(LLC, partition).succeeded
    endpoint.status = 503
    for watch in (runs, checks):
        with pytest.raises(AlertError, match=r"answered HTTP 503\.$"):
            watch.tick()
    endpoint.status = 200
    assert runs.tick() == checks.tick() == "1 alerts sent."
    run, check = endpoint.bodies
    assert (run["kind"], run["connection"]) == ("run failed", LLC)
    assert partition in run["why"]
    assert "hours old, the limit is" in run["why"]
    assert (check["kind"], check["subject"]) == ("check failed", f"ran_through of {LLC}/gl_post, partition {partition}")
    assert f"Materialize {LLC}/" in check["text"]
    assert run["run_id"] == check["run_id"] in run["text"]
    assert runs.tick() == checks.tick() == "Nothing new to tell."
    assert len(endpoint.bodies) == 2


def test_a_document_of_unknown_outcome_is_told_once(
    house: House, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setenv("CONNECTOR_ALERT_SLACK_URL", endpoint.url)
    watch = Watch(house, UNKNOWN)
    assert watch.tick() == "0 documents are of unknown outcome, 0 of them newly told."
    house.fault("intacct", "drop_before", {"operation": "create", "object": "GLBATCH"})
    assert not house.carry(LLC, house.partitions(LLC)[0]).succeeded
    assert watch.tick() == "1 documents are of unknown outcome, 1 of them newly told."
    assert watch.tick() == "1 documents are of unknown outcome, 0 of them newly told."
    (body,) = endpoint.bodies
    assert list(body) == ["text"]
    assert f"connector retry {LLC}" in body["text"]


def test_the_words_of_others_are_not_passed_on(house: House) -> None:
    """A driver's or a parser's message may quote a row; of such an error only the class is told."""
    job = house.definitions().resolve_job_def(f"{LLC}_post")
    house.instance.add_dynamic_partitions(f"{LLC}_pay_runs", ["2025-01-01_none"])
    result = job.execute_in_process(instance=house.instance, partition_key="2025-01-01_none", raise_on_error=False)
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.error
    assert "pay calendar has no processed pay run" in public_words(failure.error)
    foreign = failure.error._replace(message="ValueError: 123-45-6789 is no date", cause=None, cls_name="ValueError")
    assert public_words(foreign) == "A defect of the connector, or of the machine: ValueError."


class Mailbox(socketserver.TCPServer):
    """As much of a mail server as it takes to be handed one message."""

    allow_reuse_address = True

    def __init__(self) -> None:
        self.received: list[str] = []
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 here\r\n")
                for line in iter(self.rfile.readline, b""):
                    verb = line.split()[0].upper()
                    if verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        text = b"".join(iter(self.rfile.readline, b".\r\n"))
                        mailbox.received.append(text.decode())
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
                    if verb == b"QUIT":
                        return

        super().__init__(("127.0.0.1", 0), Handler)


def test_an_alert_by_mail_reaches_the_server_or_says_that_it_did_not() -> None:
    with Mailbox() as mailbox:
        threading.Thread(target=mailbox.serve_forever, args=(0.01,), daemon=True).start()
        sink = EmailSink(f"smtp://127.0.0.1:{mailbox.server_address[1]}", "connector@example.com", ("ops@example.com",))
        sink.send(ALERT)
        mailbox.shutdown()
    (text,) = mailbox.received
    assert "Subject: [connector] run failed: acme_post of acme" in text
    assert "To: ops@example.com" in text
    assert "Fix: Materialize acme/departments." in text
    with pytest.raises(AlertError, match="did not take an alert"):
        sink.send(ALERT)


def test_no_sink_shows_its_address(endpoint: Endpoint) -> None:
    endpoint.status = 404
    sink = WebhookSink(endpoint.url)
    with pytest.raises(AlertError) as raised:
        sink.send(ALERT)
    mail = EmailSink("smtps://me:secret-token@mail.example.com", "a@example.com", ("b@example.com",))
    assert "secret-token" not in f"{raised.value!r}{sink!r}{mail!r}"
