"""A plain client of the simulated gateway: writes its XML by hand and looks at the reply element by element."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import requests
from lxml import etree

SENDER = "<senderid>sandbox_sender</senderid><password>sandbox-sender-not-real</password>"
LOGIN = (
    "<login><userid>svc_connector</userid><companyid>HOLLIS-MARR</companyid>"
    "<password>sandbox-user-not-real</password>{}</login>"
)
REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?><request><control>{sender}<controlid>c-1</controlid>'
    "<uniqueid>{unique}</uniqueid><dtdversion>{dtd}</dtdversion><includewhitespace>false</includewhitespace>{more}</control>"
    '<operation transaction="{transaction}"><authentication>{authentication}</authentication>'
    "<content>{functions}</content></operation></request>"
)


@dataclass
class Clock:
    """A clock that only tests move."""

    time: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: int) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Reply:
    """A parsed reply; paths are relative to `response`, and to a `result` where a place is given."""

    response: requests.Response

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.response.content)

    def text(self, path: str) -> str | None:
        return self.root.findtext(path)

    def texts(self, path: str) -> list[str]:
        return [entry.text or "" for entry in self.root.iterfind(path)]

    @property
    def results(self) -> list[etree._Element]:
        return self.root.findall("operation/result")

    @property
    def statuses(self) -> list[str]:
        return self.texts("operation/result/status")

    @property
    def data(self) -> etree._Element:
        found = self.root.find("operation/result/data")
        assert found is not None, self.response.text
        return found

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes of `data`."""
        return attributes_of(self.data)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Number and text of every error, wherever it stands."""
        return [
            (entry.findtext("errorno") or "", (entry.findtext("description2") or entry.findtext("description") or ""))
            for entry in self.root.iter("error")
        ]

    def rows(self) -> list[dict[str, str]]:
        return [{str(cell.tag): cell.text or "" for cell in row} for row in self.data]

    def column(self, name: str) -> list[str]:
        return [row[name] for row in self.rows()]


@dataclass
class Peer:
    """Speaks to the gateway as any HTTP client would."""

    root: str
    clock: Clock
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        return f"{self.root}/intacct/ia/xml/xmlgw.phtml"

    def post(self, body: str | bytes, content_type: str = "application/xml") -> requests.Response:
        payload = body.encode() if isinstance(body, str) else body
        return self.session.post(self.url, data=payload, headers={"Content-Type": content_type}, timeout=30)

    def call(
        self,
        *functions: str,
        ids: tuple[str, ...] = (),
        session: str | None = None,
        entity: str = "",
        unique: str = "false",
        transaction: str = "false",
        sender: str = SENDER,
        login: str = LOGIN,
        more: str = "",
        dtd: str = "3.0",
    ) -> Reply:
        """POST one request with these functions; `ids` are their controlids."""
        place = f"<locationid>{entity}</locationid>" if entity else ""
        names = ids or tuple(f"f-{number}" for number in range(len(functions)))
        return Reply(
            self.post(
                REQUEST.format(
                    sender=sender,
                    unique=unique,
                    more=more,
                    dtd=dtd,
                    transaction=transaction,
                    authentication=f"<sessionid>{session}</sessionid>" if session is not None else login.format(place),
                    functions="".join(
                        f'<function controlid="{name}">{body}</function>'
                        for name, body in zip(names, functions, strict=True)
                    ),
                )
            )
        )

    def open_session(self, location: str | None = None) -> str:
        place = "" if location is None else f"<locationid>{location}</locationid>"
        found = self.call(f"<getAPISession>{place}</getAPISession>").text("operation/result/data/api/sessionid")
        assert found
        return found

    def query(self, name: str, *fields: str, where: str = "", order: str = "RECORDNO", page: str = "") -> Reply:
        """A `query` whose filter is given as XML."""
        select = "".join(f"<field>{field}</field>" for field in fields)
        filtered = f"<filter>{where}</filter>" if where else ""
        ordered = f"<orderby><order><field>{order}</field><ascending/></order></orderby>" if order else ""
        return self.call(f"<query><object>{name}</object><select>{select}</select>{filtered}{ordered}{page}</query>")

    def admin(self, method: str, path: str, **body: object) -> requests.Response:
        reply = self.session.request(method, f"{self.root}/admin{path}", json=body, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply

    def switch(self, name: str, value: str) -> None:
        self.admin("POST", "/switches", **{f"intacct.{name}": value})

    def fault(self, name: str, **rule: object) -> None:
        self.admin("POST", "/faults", system="intacct", fault=name, **rule)

    def journals(self, reference: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.session.get(
            f"{self.root}/admin/intacct/journals", params={"reference": reference}, timeout=30
        ).json()["journals"]
        return found


def attributes_of(entry: etree._Element) -> dict[str, str]:
    """The attributes of an element."""
    return {str(name): str(value) for name, value in entry.attrib.items()}


def equal(name: str, value: str) -> str:
    """The filter `name = value`."""
    return f"<equalto><field>{name}</field><value>{value}</value></equalto>"


def line(account: str, side: int, amount: str, location: str = "NYC", **fields: str) -> str:
    """A GLENTRY; empty fields are left out."""
    values = {"ACCOUNTNO": account, "TR_TYPE": str(side), "TRX_AMOUNT": amount, "LOCATION": location, **fields}
    return "<GLENTRY>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value) + "</GLENTRY>"


WAGES = line("6000", 1, "1450.80", DEPARTMENT="200")
NET_PAY = line("1051", -1, "1450.80")


def batch(*lines: str, **header: str) -> str:
    """A GLBATCH of the payroll journal; an empty header field is left out."""
    values = {
        "JOURNAL": "PYRJ",
        "BATCH_DATE": "03/14/2025",
        "BATCH_TITLE": "PR BW 2025-03-14 #88123 r1",
        "REFERENCENO": "PX-01080012-88123-L-1",
        **header,
    }
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value)
    return f"<GLBATCH>{fields}<ENTRIES>{''.join(lines or (WAGES, NET_PAY))}</ENTRIES></GLBATCH>"


def create(*objects: str) -> str:
    """The function `create`."""
    return f"<create>{''.join(objects)}</create>"
