"""What goes into a request's text and what comes out of a reply's bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connector_assets.vendors.intacct.envelope import Function, Sender, build_request
from connector_assets.vendors.intacct.writer import Node, Removal, Rows, sanitise
from connector_assets.vendors.intacct.xml import MAX_DEPTH_LEVELS, UnreadableReplyError, parse, rows, trees

SENDER = Sender("acme_sender", "pw")


def built(content: Node, attributes: dict[str, str] | None = None) -> tuple[etree._Element, list[Removal]]:
    function = Function("create", content, "je:1", "create THING", attributes or {})
    body, removals = build_request(
        SENDER, {"sessionid": "S"}, [function], control_id="c", transaction=True, unique=True
    )
    return etree.fromstring(body), removals


def test_the_control_block_is_in_the_order_of_the_vendors_libraries() -> None:
    root, _ = built({"THING": ""})
    assert [(item.tag, item.text) for item in root[0]] == [
        ("senderid", "acme_sender"),
        ("password", "pw"),
        ("controlid", "c"),
        ("uniqueid", "true"),
        ("dtdversion", "3.0"),
        ("includewhitespace", "false"),
        ("showadditionalerrorinfo", "true"),
    ]


def test_markup_in_text_and_attributes_arrives_as_text() -> None:
    root, removals = built({"THING": {"NAME": "A & B <c> \"d\" 'e'"}}, {"key": "\"x\" & <y> 'z'"})
    create = root.find("operation/content/function/create")
    assert create is not None
    assert create.findtext("THING/NAME") == "A & B <c> \"d\" 'e'"
    assert create.get("key") == "\"x\" & <y> 'z'"
    assert removals == []


def test_absent_fields_are_left_out_and_empty_ones_are_written_empty() -> None:
    root, _ = built({"THING": {"A": None, "B": ""}})
    thing = root.find(".//THING")
    assert thing is not None
    assert [item.tag for item in thing] == ["B"]


def test_a_removal_names_document_line_and_field_and_the_characters_once() -> None:
    lines: Node = [("LINE", {"MEMO": "fine"}), ("LINE", {"MEMO": "a\x01b\x01c\ufffe\ud800"})]
    root, removals = built({"THING": {"ENTRIES": lines}})
    path = "je:1/create/THING/ENTRIES/LINE[2]/MEMO"
    assert removals == [Removal(path, ("U+0001", "U+D800", "U+FFFE"), 4)]
    assert [item.text for item in root.iter("MEMO")] == ["fine", "abc"]


def table(*lines: tuple[str | None, str | None]) -> Rows:
    """A table of two fields, each line a block of its own."""
    return Rows("LINE", ("MEMO", "PLACE"), lambda: [([memo], [place]) for memo, place in lines])


def test_a_table_of_lines_is_written_like_lines_one_by_one() -> None:
    lines = [("A & B", "NYC"), ("A & B", None), ("<c>\r\n", ""), (None, "NYC")]
    one_by_one: Node = [("LINE", {"MEMO": memo, "PLACE": place}) for memo, place in lines]
    root, removals = built({"THING": {"ENTRIES": table(*lines)}})
    assert etree.tostring(root) == etree.tostring(built({"THING": {"ENTRIES": one_by_one}})[0])
    assert [item.text for item in root.iter("MEMO")] == ["A & B", "A & B", "<c>\r\n"]
    assert removals == []


def test_a_removal_in_a_table_names_its_line_each_time() -> None:
    root, removals = built({"THING": {"ENTRIES": table(("fine", "x"), ("a\x01", "x"), ("a\x01", "\ufffe"))}})
    path = "je:1/create/THING/ENTRIES/LINE"
    assert removals == [
        Removal(f"{path}[2]/MEMO", ("U+0001",), 1),
        Removal(f"{path}[3]/MEMO", ("U+0001",), 1),
        Removal(f"{path}[3]/PLACE", ("U+FFFE",), 1),
    ]
    assert [item.text for item in root.iter("MEMO")] == ["fine", "a", "a"]


def test_a_table_of_uneven_columns_is_a_mistake_of_ours() -> None:
    for block in ([["a", "b"], ["x"]], [["a"]]):
        with pytest.raises(ValueError, match="zip"):
            built({"THING": Rows("LINE", ("MEMO", "PLACE"), lambda: [block])})  # noqa: B023 - asked for at once


@pytest.mark.parametrize("name", ["", "a b", "1A", "A><B", "A\n", "é"])
def test_what_cannot_name_an_element_is_never_written(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        built({name: "x"})


@given(
    st.lists(st.tuples(st.text(), st.text()), max_size=30),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])),
)
def test_any_text_arrives_as_it_was_but_for_what_xml_cannot_carry(lines: list[tuple[str, str]], key: str) -> None:
    key = key.replace("\ufffe", "").replace("\uffff", "")
    root, _ = built({"THING": {"ENTRIES": table(*lines)}}, {"key": key})
    dropped: list[Removal] = []
    assert [item.text or "" for item in root.iter("MEMO")] == [sanitise(memo, "", dropped) for memo, _ in lines]
    assert [item.text or "" for item in root.iter("PLACE")] == [sanitise(place, "", dropped) for _, place in lines]
    assert [item.get("key") for item in root.iter("create")] == [key]


@pytest.mark.parametrize("kept", ["\t", "\n", "\r", "\x7f", "\x85", "é", "\u2028", "\ufffd", "\U0001f4b6"])
def test_everything_that_xml_can_carry_survives_the_journey(kept: str) -> None:
    root, removals = built({"THING": f"a{kept}b"})
    assert (root.findtext(".//THING"), removals) == (f"a{kept}b", [])


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=())))
def test_sanitised_text_is_always_accepted_by_lxml_and_the_count_is_right(text: str) -> None:
    removals: list[Removal] = []
    clean = sanitise(text, "here", removals)
    etree.Element("a").text = clean
    assert len(clean) + sum(item.count for item in removals) == len(text)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "text/xml", "empty"),
        (b" \n", "text/xml", "empty"),
        (b"<html><body>502</body></html>", "text/html", "html"),
        (b"<!DOCTYPE html><meta><title>x</title>", "text/xml", "html"),
        (b'<div id="cf-error-details">blocked</div>', "", "html"),
        (b"<response/>", "text/html", "ok"),
        (b"Fatal error: out of memory", "text/xml", "not_xml"),
        ("<response/>".encode("utf-16"), "text/xml", "not_xml"),
        (b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><response>&a;</response>', "text/xml", "doctype"),
        (b'<!-- x --><!doctype r SYSTEM "http://127.0.0.1/x"><response/>', "text/xml", "doctype"),
        (b"<response><control>", "text/xml", "malformed"),
        (b"<response>&a;</response>", "text/xml", "malformed"),
        (b"<response>\xff</response>", "text/xml", "malformed"),
        (b"<a>" * (MAX_DEPTH_LEVELS + 1) + b"</a>" * (MAX_DEPTH_LEVELS + 1), "text/xml", "too_deep"),
        (b"<a>" * 100_000, "text/xml", "malformed"),
        (b"<a>" + b"x" * 10_500_000 + b"</a>", "text/xml", "malformed"),
        (b"<a>" + b" " * (64 * 1024 * 1024) + b"</a>", "text/xml", "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_only_a_gateway_document_is_parsed(body: bytes, content_type: str, reason: str) -> None:
    if reason == "ok":
        assert parse(body, content_type).root.tag == "response"
        return
    with pytest.raises(UnreadableReplyError) as caught:
        parse(body, content_type)
    assert caught.value.reason == reason


def test_records_are_read_whatever_their_order_and_letter_case_and_owned_lines_apart() -> None:
    data = etree.fromstring(
        "<data><a><ID>1</ID><Name>x</Name></a><a><Name/><ID> 2 </ID></a>"
        "<a><ID>3</ID><LINES><l><N>1</N></l><l><N>2</N></l></LINES><C><N>y</N></C></a></data>"
    )
    assert rows(data) == [{"ID": "1", "NAME": "x"}, {"NAME": "", "ID": " 2 "}, {"ID": "3"}]
    assert trees(data)[2] == {"ID": "3", "LINES": [{"N": "1"}, {"N": "2"}], "C": [{"N": "y"}]}
    assert rows(etree.fromstring("<data/>")) == []


def test_a_text_of_a_file_may_be_longer_than_any_other() -> None:
    body = b"<response><data>" + b"A" * 10_500_000 + b"</data></response>"
    assert len(parse(body, carries_files=True).root[0].text or "") == 10_500_000
    with pytest.raises(UnreadableReplyError):
        parse(body)


def test_what_is_wrong_with_a_reply_never_quotes_the_reply() -> None:
    with pytest.raises(UnreadableReplyError) as caught:
        parse(b"<response><sessionid><hush-hush>x</sessionid></response>")
    assert "hush" not in str(caught.value)
