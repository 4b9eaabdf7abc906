"""Reading: query, readByQuery and readMore, read and readByName, lookup; shapes, paging, filters, spelling."""

import pytest

from connector_assets.sandbox import company
from connector_tests.sandbox.intacct.peer import Peer, batch, create, equal, line

PROJECTS = len(company.PROJECTS) + 1


def test_a_query_answers_in_upper_case_with_its_paging_attributes(reader: Peer) -> None:
    reply = reader.query("PROJECT", "PROJECTID", "NAME", page="<pagesize>2</pagesize><offset>3</offset>")
    assert reply.attributes == {
        "listtype": "PROJECT",
        "totalcount": str(PROJECTS),
        "offset": "3",
        "count": "2",
        "numremaining": str(PROJECTS - 5),
    }
    assert [str(row.tag) for row in reply.data] == ["PROJECT", "PROJECT"]
    assert reply.column("PROJECTID") == ["P-1003", "P-1004"]


def test_a_query_without_matches_counts_zero(reader: Peer) -> None:
    reply = reader.query("PROJECT", "PROJECTID", where=equal("PROJECTID", "NONE"))
    assert reply.attributes == {
        "listtype": "PROJECT",
        "totalcount": "0",
        "offset": "0",
        "count": "0",
        "numremaining": "0",
    }


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (equal("DEPARTMENTID", "200"), ["200"]),
        ("<notequalto><field>STATUS</field><value>active</value></notequalto>", ["900"]),
        ("<lessthan><field>RECORDNO</field><value>3</value></lessthan>", ["100", "200"]),
        ("<lessthanorequalto><field>RECORDNO</field><value>2</value></lessthanorequalto>", ["100", "200"]),
        ("<greaterthan><field>DEPARTMENTID</field><value>520</value></greaterthan>", ["530", "900"]),
        ("<greaterthanorequalto><field>DEPARTMENTID</field><value>530</value></greaterthanorequalto>", ["530", "900"]),
        ("<between><field>RECORDNO</field><value>2</value><value>3</value></between>", ["200", "210"]),
        ("<in><field>DEPARTMENTID</field><value>510</value><value>520</value></in>", ["510", "520"]),
        ("<notin><field>RECORDNO</field>" + "".join(f"<value>{n}</value>" for n in range(2, 12)) + "</notin>", ["100"]),
        ("<like><field>TITLE</field><value>%&amp; HR</value></like>", ["510"]),
        ("<like><field>TITLE</field><value>i_</value></like>", []),
        ("<notlike><field>TITLE</field><value>%a%</value></notlike>", ["300", "520"]),
        ("<isnull><field>TITLE</field></isnull>", []),
        ("<and><isnotnull><field>TITLE</field></isnotnull>" + equal("STATUS", "inactive") + "</and>", ["900"]),
        ("<or>" + equal("DEPARTMENTID", "100") + equal("departmentid", "900") + "</or>", ["100", "900"]),
        (equal("STATUS", "F"), []),
        (equal("TITLE", ""), []),
    ],
)
def test_every_operator_of_a_filter(reader: Peer, where: str, found: list[str]) -> None:
    assert reader.query("DEPARTMENT", "DEPARTMENTID", where=where).column("DEPARTMENTID") == found


def test_case_is_ignored_only_on_request(reader: Peer) -> None:
    ignoring = "<options><caseinsensitive>true</caseinsensitive></options>"
    for where in (equal("TITLE", "finance"), "<like><field>TITLE</field><value>FIN%</value></like>"):
        assert reader.query("DEPARTMENT", "TITLE", where=where).rows() == []
        assert reader.query("DEPARTMENT", "TITLE", where=where, page=ignoring).column("TITLE") == ["Finance"]


def test_related_fields_are_named_with_a_dot(reader: Peer) -> None:
    reply = reader.query(
        "EMPLOYEE",
        "EMPLOYEEID",
        "CONTACT.LASTNAME",
        "LOCATION.LOCATIONID",
        "DEPARTMENT.TITLE",
        where=equal("CONTACT.LASTNAME", "Sato"),
    )
    assert reply.rows() == [
        {
            "EMPLOYEEID": "HM-0004",
            "CONTACT.LASTNAME": "Sato",
            "LOCATION.LOCATIONID": "JC",
            "DEPARTMENT.TITLE": "Strategy Consulting",
        }
    ]


def test_aggregates_group_by_the_plain_fields(reader: Peer) -> None:
    select = "<field>STATUS</field><count>RECORDNO</count><max>PROJECTID</max>"
    reply = reader.call(f"<query><object>PROJECT</object><select>{select}</select></query>")
    assert sorted(reply.rows(), key=lambda row: row["STATUS"]) == [
        {"STATUS": "active", "COUNT.RECORDNO": str(PROJECTS - 1), "MAX.PROJECTID": "P-1089"},
        {"STATUS": "inactive", "COUNT.RECORDNO": "1", "MAX.PROJECTID": "P-0990"},
    ]
    assert reply.data.get("totalcount") == "2"
    whole = reader.call("<query><object>PROJECT</object><select><count>RECORDNO</count></select></query>")
    assert whole.rows() == [{"COUNT.RECORDNO": str(PROJECTS)}]


@pytest.mark.parametrize(
    ("fields", "where", "errors"),
    [
        (("TITLE", "COLOUR", "SIZE"), "", ["XL03000006", "XL03000006"]),
        (("*",), "", ["XL03000006"]),
        (("PERSONALINFO.CONTACTNAME",), "", ["XL03000006"]),
        (("EMPLOYEEID",), equal("COLOUR", "red"), ["DL02000001"]),
        (("EMPLOYEEID",), equal("STARTDATE", "2019-01-07"), ["DL02000001"]),
        (("EMPLOYEEID",), equal("RECORDNO", "x"), ["DL02000001"]),
        (("EMPLOYEEID",), equal("STARTDATE", "13/01/2019"), ["DL02000001"]),
    ],
)
def test_a_bad_field_or_value_kills_the_query(
    reader: Peer, fields: tuple[str, ...], where: str, errors: list[str]
) -> None:
    reply = reader.query("EMPLOYEE", *fields, where=where)
    assert reply.statuses == ["failure"]
    assert [number for number, _ in reply.errors] == errors


def test_an_unknown_object_is_named(reader: Peer) -> None:
    reply = reader.query("VENDOR9", "RECORDNO")
    assert reply.errors[0][0] == "Query Failed"
    assert reply.errors[0][1].startswith("Object definition VENDOR9 not found")


def test_pages_without_an_order_repeat_and_lose_records(reader: Peer) -> None:
    def pages(order: str) -> list[str]:
        return [
            name
            for offset in range(0, PROJECTS, 10)
            for name in reader.query(
                "PROJECT", "PROJECTID", order=order, page=f"<pagesize>10</pagesize><offset>{offset}</offset>"
            ).column("PROJECTID")
        ]

    assert len(set(pages(""))) < PROJECTS
    assert len(set(pages("RECORDNO"))) == PROJECTS == len(pages("RECORDNO"))


def test_keyset_paging_reads_each_record_once(reader: Peer) -> None:
    found: list[str] = []
    last = "0"
    while True:
        where = f"<greaterthan><field>RECORDNO</field><value>{last}</value></greaterthan>"
        rows = reader.query("PROJECT", "RECORDNO", "PROJECTID", where=where, page="<pagesize>20</pagesize>").rows()
        if not rows:
            break
        found += [row["PROJECTID"] for row in rows]
        last = rows[-1]["RECORDNO"]
    assert len(found) == len(set(found)) == PROJECTS


def test_dates_and_order_in_a_query(reader: Peer) -> None:
    where = "<between><field>START_DATE</field><value>01/01/2025</value><value>3/1/2025</value></between>"
    reply = reader.query("REPORTINGPERIOD", "NAME", "END_DATE", where=where, order="END_DATE")
    assert reply.column("END_DATE") == ["01/31/2025", "02/28/2025", "03/31/2025"]
    assert reply.column("NAME")[0] == "Month Ended January 2025"


def read_by_query(name: str, query: str, more: str = "", fields: str = "*") -> str:
    return f"<readByQuery><object>{name}</object><fields>{fields}</fields><query>{query}</query>{more}</readByQuery>"


def test_read_by_query_answers_in_lower_case_and_read_more_goes_on(reader: Peer) -> None:
    session = reader.open_session()
    first = reader.call(read_by_query("PROJECT", "", "<pagesize>60</pagesize>"), session=session)
    assert first.data.get("listtype") == "project"
    assert {str(row.tag) for row in first.data} == {"project"}
    assert (first.data.get("count"), first.data.get("totalcount")) == ("60", str(PROJECTS))
    assert first.data.get("numremaining") == str(PROJECTS - 60)
    result_id = first.data.get("resultId")
    more = f"<readMore><resultId>{result_id}</resultId></readMore>"
    assert reader.call(more, session=reader.open_session()).errors[0][0] == "DL02000001"
    second = reader.call(more, session=session)
    assert (second.data.get("count"), second.data.get("numremaining")) == (str(PROJECTS - 60), "0")
    assert len({*first.column("PROJECTID"), *second.column("PROJECTID")}) == PROJECTS


def test_read_more_by_object_takes_the_latest_result_set(reader: Peer) -> None:
    session = reader.open_session()
    for size in (10, 90):
        reader.call(read_by_query("PROJECT", "", f"<pagesize>{size}</pagesize>"), session=session)
    more = reader.call("<readMore><object>PROJECT</object></readMore>", session=session)
    assert more.data.get("numremaining") == "0"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("DEPARTMENTID = '200'", ["200"]),
        ("DEPARTMENTID = 200", ["200"]),
        ("STATUS = 'F'", ["900"]),
        ("STATUS = 'inactive'", []),
        ("STATUS = 'T' AND RECORDNO &lt; 3", ["100", "200"]),
        ("NOT (RECORDNO &gt; 1)", ["100"]),
        ("TITLE like 'Fin%' OR DEPARTMENTID in ('100', '900')", ["100", "500", "900"]),
        ("TITLE not like '%a%'", ["300", "520"]),
        ("TITLE = Finance", []),
        ("TITLE = 'finance'", []),
        ("TITLE = 'it''s'", None),
        ("TITLE = 'Jane\\'s Deli'", []),
        ("PARENTID IS NOT NULL", []),
        ("PARENTID is null and DEPARTMENTID >= '530'", ["530", "900"]),
        ("RECORDNO &gt; 0 ORDER BY TITLE", None),
        ("SUPERVISORID.NAME = 'x'", None),
        ("COLOUR = 'red'", None),
        ("TITLE =", None),
        ("(TITLE = 'x'", None),
    ],
)
def test_the_little_query_language(reader: Peer, query: str, found: list[str] | None) -> None:
    reply = reader.call(read_by_query("DEPARTMENT", query))
    if found is None:
        assert [number for number, _ in reply.errors] == ["DL02000001"]
    else:
        assert sorted(reply.column("DEPARTMENTID")) == found


def test_rownum_limits_a_result(reader: Peer) -> None:
    assert len(reader.call(read_by_query("PROJECT", "rownum &lt;= 5 and STATUS = 'T'")).rows()) == 5


def test_no_match_is_an_empty_page(reader: Peer) -> None:
    reply = reader.call(read_by_query("PROJECT", "PROJECTID = 'NONE'"))
    assert (reply.data.get("count"), reply.data.get("totalcount"), reply.data.get("numremaining")) == ("0", "0", "0")


def test_a_page_of_read_by_query_holds_a_thousand_at_most(peer: Peer) -> None:
    rows = [f"<CLASS><CLASSID>K-{n:04d}</CLASSID><NAME>Class {n}</NAME></CLASS>" for n in range(1100)]
    for start in range(0, 1100, 100):
        assert peer.call(create(*rows[start : start + 100])).statuses == ["success"]
    reply = peer.call(read_by_query("CLASS", "", "<pagesize>2000</pagesize>"))
    assert (reply.data.get("count"), reply.data.get("numremaining")) == ("1000", "103")


def test_read_answers_in_upper_case_and_omits_unknown_keys(peer: Peer) -> None:
    function = "<read><object>DEPARTMENT</object><keys>1,999, 2</keys><fields>DEPARTMENTID,STATUS</fields></read>"
    reply = peer.call(function)
    assert reply.attributes == {"listtype": "DEPARTMENT", "count": "2"}
    assert reply.rows() == [
        {"DEPARTMENTID": "100", "STATUS": "active"},
        {"DEPARTMENTID": "200", "STATUS": "active"},
    ]
    peer.switch("unknown_read_keys", "fail")
    assert peer.call(function).statuses == ["failure"]


def test_read_by_name_takes_business_keys(reader: Peer) -> None:
    reply = reader.call("<readByName><object>EMPLOYEE</object><keys>HM-0002</keys><fields>*</fields></readByName>")
    row = reply.rows()[0]
    assert row["PERSONALINFO.CONTACTNAME"] == "Okafor, Dana (HM-0002)"
    assert (row["PERSONALINFO.LASTNAME"], row["STARTDATE"], row["ENDDATE"]) == ("Okafor", "01/07/2019", "")


def test_a_wrong_field_of_a_read_is_named_by_the_error_number_itself(reader: Peer) -> None:
    reply = reader.call("<read><object>CLASS</object><keys>1</keys><fields>NAME,COLOUR</fields></read>")
    assert [number for number, _ in reply.errors] == ["Invalid fields list COLOUR"]


def test_at_most_a_hundred_keys_are_read_at_once(reader: Peer) -> None:
    keys = ",".join(str(number) for number in range(1, 102))
    assert reader.call(f"<read><object>PROJECT</object><keys>{keys}</keys></read>").statuses == ["failure"]


def test_picklists_are_spelled_in_words_unless_switched(peer: Peer) -> None:
    function = read_by_query("GLACCOUNT", "ACCOUNTNO = '6000'", fields="STATUS,ACCOUNTTYPE,REQUIREDEPT")
    assert peer.call(function).rows() == [{"STATUS": "active", "ACCOUNTTYPE": "incomestatement", "REQUIREDEPT": "true"}]
    peer.switch("read_by_query_picklists", "codes")
    assert peer.call(function).rows() == [{"STATUS": "T", "ACCOUNTTYPE": "Y", "REQUIREDEPT": "true"}]


def test_lookup_lists_fields_and_relationships(reader: Peer) -> None:
    described = reader.call("<lookup><object>GLBATCH</object></lookup>").data[0]
    assert (described.tag, described.get("Name"), described.get("DocumentType")) == ("Type", "GLBATCH", "")
    state = next(field for field in described.iterfind("Fields/Field") if field.findtext("ID") == "STATE")
    assert [value.text for value in state.iterfind("VALIDVALUES/VALIDVALUE")][:2] == ["Draft", "Submitted"]
    assert [str(cell.tag) for cell in described.iterfind("Relationships/Relationship/*")][:5] == [
        "OBJECTPATH",
        "OBJECTNAME",
        "LABEL",
        "RELATIONSHIPTYPE",
        "RELATEDBY",
    ]


def test_the_books_are_those_of_the_sample_firm(reader: Peer) -> None:
    entities = reader.query("LOCATIONENTITY", "LOCATIONID").column("LOCATIONID")
    assert entities == [entity.entity_id for entity in company.ENTITIES]
    offices = {row["LOCATIONID"]: row["ENTITY"] for row in reader.query("LOCATION", "LOCATIONID", "ENTITY").rows()}
    assert {office.location_id: office.entity_id for office in company.OFFICES}.items() <= offices.items()
    accounts = reader.query("GLACCOUNT", "ACCOUNTNO", page="<pagesize>2000</pagesize>").column("ACCOUNTNO")
    assert {"2230-NY", "2230-NYC", "2240-CA", "2245-TX", "2250-MCT", "2250-JC", "1051", "5010", "6210"} <= set(accounts)
    assert set(reader.query("JOURNAL", "SYMBOL").column("SYMBOL")) == {"GJ", "PYRJ", "PYAC", "PYAD"}


def test_an_entity_session_sees_its_own_and_shared_records(peer: Peer) -> None:
    new_jersey = peer.open_session("E200")
    lines = (line("6000", 1, "5", "JC", DEPARTMENT="200"), line("1051", -1, "5", "E200"))
    assert peer.call(create(batch(*lines)), session=new_jersey).statuses == ["success"]
    assert peer.call(create(batch(REFERENCENO="SHARED"))).statuses == ["success"]
    function = "<query><object>GLBATCH</object><select><field>MEGAENTITYID</field></select>{}</query>"
    private = "<options><showprivate>true</showprivate></options>"
    seen = {
        name: sorted(peer.call(function.format(options), session=session).column("MEGAENTITYID"))
        for name, session, options in (
            ("E200", new_jersey, ""),
            ("E100", peer.open_session("E100"), ""),
            ("top", None, ""),
            ("top, private too", None, private),
        )
    }
    assert seen == {"E200": ["", "E200"], "E100": [""], "top": [""], "top, private too": ["", "E200"]}
