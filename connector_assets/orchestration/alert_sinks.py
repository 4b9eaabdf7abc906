"""Where an alert goes: always the log; a webhook, Slack or e-mail where a setting names one.

A sink either delivers or raises AlertError; the sensor that called it then tries again with its next tick. An alert may
therefore come twice, and is never lost.
"""

import logging
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

import requests

from connector_assets.settings import ConfigError, Settings

LOG = logging.getLogger(__name__)
SEND_S = 15.0


class AlertError(Exception):
    """An alert could not be delivered; the text names the sink and neither its address nor a password."""


@dataclass(frozen=True)
class Alert:
    """What somebody should look at: a pseudonymous subject, why, and what to do. It holds no personal datum.

    `kind` is `run failed`, `check failed` or `outcome unknown`; `run_id` is empty where no run belongs to it.
    """

    kind: str
    connection: str
    subject: str
    why: str
    fix: str
    run_id: str = ""

    @property
    def title(self) -> str:
        """In one line."""
        return f"[connector] {self.kind}: {self.subject}"

    @property
    def text(self) -> str:
        """All of it, for people."""
        run = f"\nRun {self.run_id} in the Dagster UI." if self.run_id else ""
        return f"{self.title}\n{self.why}\nFix: {self.fix}{run}"


class Sink(Protocol):
    """A place that alerts are sent to."""

    def send(self, alert: Alert) -> None:
        """Deliver one alert. Raises AlertError."""


class LogSink:
    """The log of the process; it cannot fail."""

    def send(self, alert: Alert) -> None:
        """Write one line."""
        LOG.error("%s %s Fix: %s", alert.title, alert.why, alert.fix)


@dataclass(frozen=True)
class WebhookSink:
    """An HTTP endpoint that takes JSON: the alert's fields, or for Slack its text alone."""

    url: str
    text_alone: bool = False

    def __repr__(self) -> str:
        """Without the address, which is a secret at Slack."""
        return "WebhookSink(...)"

    def send(self, alert: Alert) -> None:
        """POST it; anything but a 2xx answer is a failure."""
        body = {"text": alert.text} if self.text_alone else {**asdict(alert), "text": alert.text}
        try:
            reply = requests.post(self.url, json=body, timeout=SEND_S, allow_redirects=False)
        except requests.RequestException as error:
            raise AlertError(f"The alert webhook did not answer ({type(error).__name__}).") from None
        if not reply.ok or reply.is_redirect:
            raise AlertError(f"The alert webhook answered HTTP {reply.status_code}.")


@dataclass(frozen=True)
class EmailSink:
    """A mail server, as `smtp://` (STARTTLS where it offers it) or `smtps://`, with `user:password@` where it asks."""

    url: str
    sender: str
    receivers: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the address, which may hold a password."""
        return f"EmailSink(..., {self.sender!r}, {self.receivers!r})"

    def send(self, alert: Alert) -> None:
        """Hand it to the server."""
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = alert.title, self.sender, ", ".join(self.receivers)
        message.set_content(alert.text)
        try:
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise AlertError(f"The mail server did not take an alert ({type(error).__name__}).") from None

    def _connected(self) -> smtplib.SMTP:
        parts, tls = urlsplit(self.url), ssl.create_default_context()
        host = parts.hostname or ""
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SEND_S, context=tls)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=SEND_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=tls)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def sinks_of(settings: Settings) -> Sequence[Sink]:
    """The log, and every further sink that the settings name. Raises ConfigError for a mail nobody gets."""
    sinks: list[Sink] = [LogSink()]
    if url := settings.alert_webhook_url.get_secret_value():
        sinks.append(WebhookSink(url))
    if url := settings.alert_slack_url.get_secret_value():
        sinks.append(WebhookSink(url, text_alone=True))
    if url := settings.alert_smtp_url.get_secret_value():
        receivers = tuple(one.strip() for one in settings.alert_email_to.split(",") if one.strip())
        if not receivers:
            raise ConfigError("CONNECTOR_ALERT_SMTP_URL is set, and no receiver.", fix="Set CONNECTOR_ALERT_EMAIL_TO.")
        sinks.append(EmailSink(url, settings.alert_email_from or receivers[0], receivers))
    return sinks
