"""A page read by one expression is the page that a tree of it holds: on whole pages, on damaged ones, on strange ones.

With the attribute that marks a page in other letters it is parsed like any reply; both readings must agree in every
record, or in the reason of refusing it. Seeded; INTACCT_FUZZ_MUTATIONS asks for more than the default.
"""

import os
import random

import pytest

from connector_assets.vendors.intacct.envelope import read_reply
from connector_assets.vendors.intacct.flat_page import cut_page
from connector_assets.vendors.intacct.xml import MAX_DEPTH_LEVELS, UnreadableReplyError, parse

MUTATIONS = int(os.environ.get("INTACCT_FUZZ_MUTATIONS", "20000")) // 4
MARK = b" numremaining="
HEAD = '<?xml version="1.0" encoding="UTF-8"?><response><control><status>success</status></control><operation>'
RESULT = "<result><status>success</status><function>query</function><controlid>q</controlid>"
TAIL = "</result></operation></response>"
SPLICES = (
    *(
        "<",
        ">",
        "/>",
        "&",
        "&amp;",
        "&lt;",
        "&#13;",
        "&#x41;",
        "&nbsp;",
        "]]>",
        "<![CDATA[x]]>",
        "<!-- x -->",
        "<?p x?>",
    ),
    *("\x01", "\r", "\n", "\t", " ", "\ufffe", "\uffff", "é", "\U0001f4b6", "<x>", "</x>", "<A/>", "</data>", "<data"),
    *('<A k="v">', "<a:A>", "<GLENTRY>", "</GLENTRY>", "<!DOCTYPE r>", "=", '"'),
)


def page(records: str, attributes: str = 'count="2" numremaining="0"', head: str = HEAD) -> bytes:
    return f"{head}{RESULT}<data {attributes}>{records}</data>{TAIL}".encode()


def record(key: int, memo: str, name: str = "GLENTRY") -> str:
    return f"<{name}><RECORDNO>{key}</RECORDNO><Memo.Text>{memo}</Memo.Text><CLASSID/><A></A></{name}>"


PLAIN = (
    record(1, "Wages"),
    record(1, "a &amp;lt; b &lt;c&gt; &quot;d&quot; &apos;e&apos;") + record(2, "é \U0001f4b6\n\tx > y ]]"),
    record(1, "") + record(22, "&amp;") * 3,
)
UNUSUAL = {
    "an attribute": "<G><A k='v'>1</A><B>2</B></G>",
    "space between": "<G> <A>1</A><B>2</B></G>",
    "space after": record(1, "x") + "\n",
    "a comment": "<G><A>1<!-- x --></A><B>2</B></G>",
    "marked text": "<G><A><![CDATA[<A>1</A>]]></A><B>2</B></G>",
    "an instruction": "<G><A>1</A><?p x?><B>2</B></G>",
    "a numbered character": "<G><A>&#65;</A><B>2</B></G>",
    "a carriage return": "<G><A>a\r\nb</A><B>2</B></G>",
    "owned lines": "<G><A>1</A><B><C><D>2</D></C></B></G>",
    "another order": record(1, "x") + "<GLENTRY><A>1</A><RECORDNO>2</RECORDNO></GLENTRY>",
    "another name": record(1, "x") + record(2, "x", "GLBATCH"),
    "a field twice": "<G><A>1</A><a>2</a></G>",
    "one field": "<G><A>1</A></G><G><A>2</A></G>",
    "a space in a tag": "<G ><A>1</A><B>2</B></G >",
    "a prefix": '<x:G xmlns:x="u"><A>1</A><B>2</B></x:G>',
    "text beside records": record(1, "x") + "beside" + record(2, "y"),
    "a text like the end of a tag": record(1, "a/>b"),
    "nothing": "",
}


def read(body: bytes) -> object:
    """The records of every result with their names, or why the reply is refused."""
    try:
        reply = read_reply(parse(body, "text/xml"))
    except UnreadableReplyError as error:
        return error.reason
    return [(result.names(), result.rows(), result.trees()) for result in reply.results]


def read_whole(body: bytes) -> object:
    """The same of a reply of which no page is cut out, for the mark of a page is in other letters."""
    return read(body.replace(MARK, b" NumRemaining="))


def parsed_apart(body: bytes) -> bool:
    try:
        return parse(body, "text/xml").page is not None
    except UnreadableReplyError:
        return False


@pytest.mark.parametrize("records", PLAIN)
def test_a_plain_page_is_read_apart_and_alike(records: str) -> None:
    body = page(records)
    assert read(body) == read_whole(body)
    assert parsed_apart(body)


@pytest.mark.parametrize("records", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_page_is_read_alike(records: str) -> None:
    body = page(records)
    assert read(body) == read_whole(body)


@pytest.mark.parametrize(
    "body",
    [
        page(PLAIN[0], head=HEAD.replace("UTF-8", "ISO-8859-1")),
        page(record(1, "é"), head=HEAD.replace("UTF-8", "ISO-8859-1")),
        page(PLAIN[0], head=HEAD.replace("<response>", '<response xmlns="urn:x">')),
        page(PLAIN[0], 'xmlns="urn:x" numremaining="0"'),
        page(PLAIN[0], 'note=">" numremaining="0"'),
        page(PLAIN[0]).replace(b"<data", b"<!-- <data").replace(b"</data>", b"</data> -->"),
        page(PLAIN[0]).replace(b"<data", b"<![CDATA[<data").replace(b"</data>", b"</data>]]>"),
        page(PLAIN[0]).replace(b"<operation>", b"<operation><data/>"),
        page(PLAIN[0]).replace(b"<response>", b"<!DOCTYPE r><response>"),
        page(PLAIN[0]).replace(b"<response>", b"<reply>").replace(b"</response>", b"</reply>"),
        page(PLAIN[0]).replace(b"<result>", b"<Result>").replace(b"</result>", b"</Result>"),
        page(PLAIN[0]).replace(b"<data", b"<a>" * (MAX_DEPTH_LEVELS - 5) + b"<data").replace(
            b"</data>", b"</data>" + b"</a>" * (MAX_DEPTH_LEVELS - 5)
        ),
        page(PLAIN[0])[:-4],
        page(PLAIN[0]) + b"<more/>",
    ],
)  # fmt: skip
def test_what_stands_around_a_page_decides_as_it_does_elsewhere(body: bytes) -> None:
    assert read(body) == read_whole(body)


def test_a_page_with_a_text_too_long_for_the_parser_is_refused_all_the_same() -> None:
    body = page(record(1, "x" * 10_500_000))
    assert cut_page(body) is None
    assert read(body) == "malformed"


def test_a_damaged_page_is_read_alike_or_refused_alike() -> None:
    dice = random.Random(MUTATIONS)  # noqa: S311 - a sample, not a secret
    apart = refused = 0
    for _ in range(MUTATIONS):
        body = page(dice.choice(PLAIN))
        for _ in range(dice.choice((1, 1, 2))):
            start = dice.randrange(len(HEAD), len(body) - len(TAIL))
            splice = dice.choice(SPLICES).encode() if dice.random() < 0.6 else bytes([dice.randrange(256)])
            body = body[:start] + splice + body[start + dice.choice((0, 0, 1, 5)) :]
        found = read(body)
        assert found == read_whole(body), body
        apart += parsed_apart(body)
        refused += isinstance(found, str)
    assert apart > MUTATIONS // 40
    assert refused > MUTATIONS // 4
