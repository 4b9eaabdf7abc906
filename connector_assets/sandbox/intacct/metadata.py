"""What the gateway tells of itself: lookup, inspect, dimensions, the company's financial set-up and its entities."""

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS, find_object
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.replies import Outcome, child, element, fields_element
from connector_assets.sandbox.intacct.schema import Field, Kind, ObjectType

_DIMENSIONS = (
    "LOCATION",
    "DEPARTMENT",
    "PROJECT",
    "CUSTOMER",
    "VENDOR",
    "EMPLOYEE",
    "CLASS",
    "ITEM",
    "TASK",
    "COSTTYPE",
    "WAREHOUSE",
    "CONTRACT",
)
_USER_DIMENSIONS = ("COSTOBJECT",)
_EXTERNAL_TYPES = {Kind.INTEGER: "integer", Kind.DECIMAL: "decimal", Kind.DATE: "date", Kind.BOOLEAN: "boolean"}
_SETUP = (
    ("defaultBook", "ACCRUAL"),
    ("multiBook", "false"),
    ("firstFiscalMonth", "January"),
    ("multiEntityShared", "true"),
    ("multiCurrency", "false"),
    ("multiBaseCurrency", "false"),
    ("baseCurrency", "USD"),
)


def lookup(desk: Desk, body: etree._Element) -> Outcome:
    """Fields and relationships of an object, as `query` may use them."""
    object_type = find_object(body.findtext("object") or "")
    data = element("data", listtype=object_type.name, count="1")
    described = child(data, "Type", Name=object_type.name, DocumentType=body.findtext("docparid") or "")
    fields = child(described, "Fields")
    for entry in object_type.fields:
        block = child(fields, "Field")
        child(block, "ID", entry.name)
        child(block, "LABEL", entry.label)
        child(block, "DESCRIPTION", entry.label)
        child(block, "REQUIRED", str(entry.required).lower())
        child(block, "READONLY", str(entry.read_only).lower())
        child(block, "DATATYPE", entry.kind.value.replace("FLAG", "BOOLEAN"))
        if entry.codes:
            values = child(block, "VALIDVALUES")
            for display in entry.codes:
                child(values, "VALIDVALUE", display)
        child(block, "ISCUSTOM", str(entry.custom).lower())
    relationships = child(described, "Relationships")
    for relation in object_type.relations:
        if relation.queryable:
            block = child(relationships, "Relationship")
            child(block, "OBJECTPATH", relation.name)
            child(block, "OBJECTNAME", relation.object_name)
            child(block, "LABEL", relation.name.capitalize())
            child(block, "RELATIONSHIPTYPE", "MANY2ONE")
            child(block, "RELATEDBY", relation.own_field)
    return Outcome((data,))


def inspect(desk: Desk, body: etree._Element) -> Outcome:
    """The names of all objects for `*`, else the fields of one, with their properties where `detail` is 1."""
    name = (body.findtext("object") or "").strip()
    data = element("data", listtype="All", count="1")
    if name == "*":
        for entry in OBJECTS.values():
            child(data, "type", entry.label, typename=entry.name)
        data.set("count", str(len(data)))
        return Outcome((data,))
    object_type = find_object(name)
    described = child(data, "Type", Name=object_type.name)
    if body.get("detail") == "1":
        _describe_type(described, object_type)
    fields = child(described, "Fields")
    for field in object_type.fields:
        block = child(fields, "Field", None if body.get("detail") == "1" else field.name)
        if body.get("detail") == "1":
            _describe_field(block, field)
    return Outcome((data,))


def _describe_type(described: etree._Element, object_type: ObjectType) -> None:
    attributes = child(described, "Attributes")
    child(attributes, "SingularName", object_type.label)
    child(attributes, "PluralName", f"{object_type.label}s")
    child(attributes, "Description", object_type.label)


def _describe_field(block: etree._Element, field: Field) -> None:
    external = _EXTERNAL_TYPES.get(field.kind, "string")
    values = (
        ("Name", field.name),
        ("GroupName", ""),
        ("dataName", f"Pt_Field{external.capitalize()[:6]}"),
        ("externalDataName", external),
        ("isRequired", str(field.required).lower()),
        ("isReadOnly", str(field.read_only).lower()),
        ("maxLength", ""),
        ("DisplayLabel", field.label),
        ("Description", field.label),
        ("id", ""),
    )
    for name, value in values:
        child(block, name, value)


def get_dimensions(desk: Desk, body: etree._Element) -> Outcome:
    """Every dimension of the company, standard and user-defined."""
    data = element("data")
    block = child(data, "dimensions")
    for name in (*_DIMENSIONS, *_USER_DIMENSIONS):
        label = OBJECTS[name].label
        values = (
            ("objectName", name),
            ("objectLabel", label),
            ("termLabel", label),
            ("userDefinedDimension", str(name in _USER_DIMENSIONS).lower()),
            ("enabledInGL", "true"),
        )
        block.append(fields_element("dimension", values))
    return Outcome((data,))


def get_financial_setup(desk: Desk, body: etree._Element) -> Outcome:
    """The company's books, fiscal year and currencies."""
    data = element("data")
    several = {"multiCurrency": "true"} if desk.switch("multi_currency") == "on" else {}
    data.append(fields_element("financialSetup", (dict(_SETUP) | several).items()))
    return Outcome((data,))


def read_entity_details(desk: Desk, body: etree._Element) -> Outcome:
    """The entities with their currency and calendar."""
    data = element("data")
    for row in desk.records.find("LOCATIONENTITY"):
        values = (
            ("id", str(row["LOCATIONID"])),
            ("name", str(row["NAME"])),
            ("recordno", str(row["RECORDNO"])),
            ("currency", str(row["CURRENCY"])),
            ("firstfiscalmonth", "1"),
            ("firstfiscaltaxmonth", "1"),
            ("weekstart", "1"),
        )
        data.append(fields_element("entity", values))
    return Outcome((data,))
