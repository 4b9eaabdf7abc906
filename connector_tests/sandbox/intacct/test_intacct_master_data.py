"""Departments, locations, classes, projects, contacts, employees: create, update, delete; several at once."""

import pytest

from connector_tests.sandbox.intacct.peer import Peer, create, equal

CONTACT = "<CONTACT><CONTACTNAME>{0}</CONTACTNAME><PRINTAS>{0}</PRINTAS></CONTACT>"
EMPLOYEE = (
    "<EMPLOYEE><EMPLOYEEID>{}</EMPLOYEEID><PERSONALINFO><CONTACTNAME>{}</CONTACTNAME></PERSONALINFO>"
    "<STARTDATE>03/01/2025</STARTDATE><DEPARTMENTID>200</DEPARTMENTID><LOCATIONID>NYC</LOCATIONID></EMPLOYEE>"
)
DEPARTMENT = "<DEPARTMENT><DEPARTMENTID>{}</DEPARTMENTID><TITLE>{}</TITLE>{}</DEPARTMENT>"
PROJECT = "<PROJECT><PROJECTID>{}</PROJECTID><NAME>{}</NAME><PROJECTCATEGORY>Contract</PROJECTCATEGORY></PROJECT>"


def test_a_create_answers_with_record_number_and_business_key(peer: Peer) -> None:
    reply = peer.call(create(PROJECT.format("P-OK", "One")))
    assert [(str(row.tag), [str(cell.tag) for cell in row]) for row in reply.data] == [
        ("project", ["RECORDNO", "PROJECTID"])
    ]
    assert reply.text("operation/result/data/project/PROJECTID") == "P-OK"


def test_several_objects_are_not_atomic_and_the_keys_tell_which_stayed(peer: Peer) -> None:
    reply = peer.call(
        create(PROJECT.format("P-OK", "One"), PROJECT.format("P-1000", "Twice"), PROJECT.format("P-3", "X"))
    )
    assert reply.statuses == ["failure"]
    assert reply.attributes == {"listtype": "objects", "count": "2"}
    assert [row["PROJECTID"] for row in reply.rows()] == ["P-OK", "P-3"]
    assert [number for number, _ in reply.errors] == ["BL34000061", "BL01001973"]
    assert reply.errors[0][1].startswith("Another Project with the given value(s) P-1000  already exists")
    assert reply.errors[1][1].startswith("Could not create project record!")
    assert reply.text("operation/result/errormessage/error/correction") == "Use a unique value instead."
    assert peer.query("PROJECT", "PROJECTID", where=equal("PROJECTID", "P-OK")).column("PROJECTID") == ["P-OK"]


@pytest.mark.parametrize(("count", "status"), [(100, "success"), (101, "failure")])
def test_at_most_a_hundred_objects_at_once(peer: Peer, count: int, status: str) -> None:
    objects = [DEPARTMENT.format(f"X{n}", "T", "") for n in range(count)]
    assert peer.call(create(*objects)).statuses == [status]


def test_contact_and_employee_are_created_in_one_transaction(peer: Peer) -> None:
    functions = (create(CONTACT.format("Doe, J (HM-9)")), create(EMPLOYEE.format("HM-9", "Doe, J (HM-9)")))
    reply = peer.call(*functions, transaction="true")
    assert reply.statuses == ["success", "success"]
    assert reply.texts("operation/result/data/employee/EMPLOYEEID") == ["HM-9"]


def test_a_transaction_is_rolled_back_as_a_whole(peer: Peer) -> None:
    reply = peer.call(
        create(CONTACT.format("Doe, J (HM-9)")),
        create(EMPLOYEE.format("HM-9", "Nobody")),
        create(DEPARTMENT.format("X", "X", "")),
        transaction="true",
        ids=("a", "b", "c"),
    )
    assert reply.statuses == ["aborted", "failure", "aborted"]
    assert reply.texts("operation/result/controlid") == ["a", "b", "c"]
    errors = [[error.findtext("errorno") for error in result.iter("error")] for result in reply.results]
    assert errors == [["XL03000009"], ["BL01001973", "BL01001973", "XL03000009"], ["XL03000009"]]
    assert "The entire transaction in this operation has been rolled back due to an error." in reply.response.text
    assert peer.query("CONTACT", "CONTACTNAME", where=equal("CONTACTNAME", "Doe, J (HM-9)")).rows() == []


def test_without_a_transaction_the_functions_stand_for_themselves(peer: Peer) -> None:
    reply = peer.call(create(CONTACT.format("Doe, J (HM-9)")), create(EMPLOYEE.format("HM-9", "Nobody")))
    assert reply.statuses == ["success", "failure"]
    assert len(peer.query("CONTACT", "CONTACTNAME", where=equal("CONTACTNAME", "Doe, J (HM-9)")).rows()) == 1


def test_the_function_that_failed_may_be_called_aborted_too(peer: Peer) -> None:
    peer.switch("rollback_culprit", "aborted")
    reply = peer.call(create(DEPARTMENT.format("200", "Twice", "")), transaction="true")
    assert reply.statuses == ["aborted"]
    assert [number for number, _ in reply.errors] == ["BL34000061", "BL01001973", "XL03000009"]


@pytest.mark.parametrize(
    ("written", "errorno", "text"),
    [
        (EMPLOYEE.format("HM-9", ""), "BL01001973", "Employee Contact info cannot be empty"),
        (EMPLOYEE.format("HM-9", "Nobody"), "BL01001973", "Contact 'Nobody' is not valid"),
        (EMPLOYEE.format("", "Sato, Jo (HM-0004)"), "BL03000018", "The required field EMPLOYEEID"),
        (EMPLOYEE.format("HM-0004", "Sato, Jo (HM-0004)"), "BL34000061", "Another Employee with the given value(s)"),
        (
            EMPLOYEE.format("HM-9", "Sato, Jo (HM-0004)").replace(">200<", ">999<"),
            "BL01001973",
            "Department 999 is not valid",
        ),
        (CONTACT.format("Sato, Jo (HM-0004)"), "BL34000061", "Another Contact with the given value(s) Sato, Jo"),
        (
            CONTACT.format("New").replace("</CONTACT>", "<EMAIL1>nowhere</EMAIL1></CONTACT>"),
            "BL03000018",
            "Illegal format for Contactversion : Primary Email Address",
        ),
        (DEPARTMENT.format("X", "", ""), "BL03000018", "The required field TITLE of Department"),
        (DEPARTMENT.format("X", "X", "<PARENTID>Y</PARENTID>"), "BL01001973", "Department Y is not valid"),
        (DEPARTMENT.format("X", "X", "<STATUS>asleep</STATUS>"), "BL03000018", "Invalid value 'asleep' for the field"),
        (
            DEPARTMENT.format("X", "X", "<COLOUR>red</COLOUR>"),
            "DL02000001",
            "Field COLOUR is not a field of DEPARTMENT",
        ),
        (
            "<PROJECT><PROJECTID>P</PROJECTID><NAME>N</NAME></PROJECT>",
            "BL03000018",
            "The required field PROJECTCATEGORY",
        ),
        ("<LOCATIONENTITY><LOCATIONID>E3</LOCATIONID></LOCATIONENTITY>", "PL04000005", "You do not have permission"),
        ("<UNHEARDOF/>", "Query Failed", "Object definition UNHEARDOF not found"),
    ],
)
def test_what_is_refused_names_the_field_or_the_value(reader: Peer, written: str, errorno: str, text: str) -> None:
    reply = reader.call(create(written))
    assert reply.statuses == ["failure"]
    assert reply.errors[0][0] == errorno
    assert reply.errors[0][1].startswith(text)


def test_an_unknown_field_may_be_ignored(peer: Peer) -> None:
    peer.switch("unknown_write_field", "ignore")
    assert peer.call(create(DEPARTMENT.format("X", "X", "<COLOUR>red</COLOUR>"))).statuses == ["success"]


def test_an_update_leaves_what_it_omits_and_clears_what_is_empty(peer: Peer) -> None:
    peer.call(create(DEPARTMENT.format("X", "First", "<PARENTID>200</PARENTID><CUSTTITLE>C</CUSTTITLE>")))
    reply = peer.call("<update><DEPARTMENT><DEPARTMENTID>X</DEPARTMENTID><CUSTTITLE/></DEPARTMENT></update>")
    assert reply.statuses == ["success"]
    assert reply.text("operation/result/data/department/DEPARTMENTID") == "X"
    found = peer.query("DEPARTMENT", "TITLE", "PARENTID", "CUSTTITLE", where=equal("DEPARTMENTID", "X")).rows()
    assert found == [{"TITLE": "First", "PARENTID": "200", "CUSTTITLE": ""}]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<DEPARTMENT><DEPARTMENTID>NONE</DEPARTMENTID></DEPARTMENT>", "Cannot find department with key 'NONE'."),
        ("<DEPARTMENT><DEPARTMENTID>200</DEPARTMENTID><TITLE/></DEPARTMENT>", "The required field TITLE"),
        (
            "<DEPARTMENT><DEPARTMENTID>200</DEPARTMENTID><PARENTID>200</PARENTID></DEPARTMENT>",
            "The department '200' cannot be its own parent.",
        ),
        ("<DEPARTMENT><RECORDNO>2</RECORDNO><DEPARTMENTID>201</DEPARTMENTID></DEPARTMENT>", "The DEPARTMENTID of a"),
    ],
)
def test_an_update_that_cannot_be(reader: Peer, written: str, text: str) -> None:
    reply = reader.call(f"<update>{written}</update>")
    assert reply.errors[0][1].startswith(text)
    assert reply.errors[-1][1].startswith("Could not update department record!")


def test_an_empty_group_of_fields_says_nothing(peer: Peer) -> None:
    change = "<update><VENDOR><VENDORID>V-1001</VENDORID><NAME>Renamed</NAME><DISPLAYCONTACT/></VENDOR></update>"
    assert peer.call(change).statuses == ["success"]


def test_a_circle_of_parents_is_refused(peer: Peer) -> None:
    peer.call(create(DEPARTMENT.format("X", "X", "<PARENTID>200</PARENTID>")))
    reply = peer.call(
        "<update><DEPARTMENT><DEPARTMENTID>200</DEPARTMENTID><PARENTID>X</PARENTID></DEPARTMENT></update>"
    )
    assert reply.statuses == ["failure"]


def test_a_termination_sets_status_end_date_and_type(peer: Peer) -> None:
    fields = "<STATUS>inactive</STATUS><ENDDATE>04/30/2025</ENDDATE><TERMINATIONTYPE>voluntary</TERMINATIONTYPE>"
    reply = peer.call(f"<update><EMPLOYEE><EMPLOYEEID>HM-0004</EMPLOYEEID>{fields}</EMPLOYEE></update>")
    assert reply.statuses == ["success"]
    found = peer.query("EMPLOYEE", "STATUS", "ENDDATE", "TERMINATIONTYPE", where=equal("EMPLOYEEID", "HM-0004"))
    assert found.rows() == [{"STATUS": "inactive", "ENDDATE": "04/30/2025", "TERMINATIONTYPE": "voluntary"}]


def test_a_new_office_belongs_to_the_entity_of_its_parent(peer: Peer) -> None:
    peer.call(create("<LOCATION><LOCATIONID>NWK</LOCATIONID><NAME>Newark</NAME><PARENTID>JC</PARENTID></LOCATION>"))
    assert peer.query("LOCATION", "ENTITY", where=equal("LOCATIONID", "NWK")).column("ENTITY") == ["E200"]


def test_what_is_referred_to_cannot_be_deleted(peer: Peer) -> None:
    reply = peer.call("<delete><object>DEPARTMENT</object><keys>2</keys></delete>")
    assert reply.errors[0][1].startswith("Department '200' is in use by Employee and cannot be deleted.")
    peer.call(create(DEPARTMENT.format("X", "X", "")))
    key = peer.query("DEPARTMENT", "RECORDNO", where=equal("DEPARTMENTID", "X")).column("RECORDNO")[0]
    gone = peer.call(f"<delete><object>DEPARTMENT</object><keys>{key}</keys></delete>")
    assert (gone.statuses, gone.root.find("operation/result/data")) == (["success"], None)
    again = peer.call(f"<delete><object>DEPARTMENT</object><keys>{key}</keys></delete>")
    assert again.errors[0][1].startswith(f"Cannot find department with key '{key}' to delete.")


def test_records_are_changed_only_where_they_are_owned(peer: Peer) -> None:
    session = peer.open_session("E100")
    change = "<update><CLASS><CLASSID>PS</CLASSID><NAME>Renamed</NAME></CLASS></update>"
    assert peer.call(change, session=session).statuses == ["failure"]
    assert peer.call(change).statuses == ["success"]


def test_incremental_reads_by_the_moment_of_change(peer: Peer) -> None:
    peer.clock.advance(3600)
    peer.call("<update><CLASS><CLASSID>PS</CLASSID><NAME>Renamed</NAME></CLASS></update>")
    where = "<greaterthanorequalto><field>WHENMODIFIED</field><value>01/05/2026 13:00:00</value></greaterthanorequalto>"
    assert peer.query("CLASS", "CLASSID", "WHENMODIFIED", where=where).rows() == [
        {"CLASSID": "PS", "WHENMODIFIED": "01/05/2026 13:00:00"}
    ]
