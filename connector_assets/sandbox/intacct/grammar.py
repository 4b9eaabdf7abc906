"""The request schema, built from tables: generic functions take children in any order, legacy ones in strict order.

Functions that are not in the tables pass the schema and fail as functions. Validation is libxml2's, as the gateway's
error texts show (fact sheet section 1.6).
"""

from collections.abc import Mapping
from functools import cache
from xml.sax.saxutils import quoteattr

from lxml import etree

from connector_assets.sandbox.intacct.grammar_legacy import LEGACY_ATTRIBUTES, LEGACY_FUNCTIONS, LEGACY_LISTS
from connector_assets.sandbox.intacct.grammar_wider import WIDER_ATTRIBUTES, WIDER_FUNCTIONS, WIDER_LISTS

OBJECTS_LIMIT = 100
VALUES_LIMIT = 1000
PAGE_SIZE_LIMIT = 2000

# name -> children; a `!` is required, the type follows a colon (default: any text).
GENERIC_FUNCTIONS: Mapping[str, str] = {
    "read": "object! keys! fields returnFormat docparid",
    "readByName": "object! keys! fields returnFormat docparid",
    "readByQuery": "object! query fields pagesize:optionalNumber returnFormat docparid",
    "readMore": "resultId object reportId view",
    "lookup": "object! docparid",
    "inspect": "object! name",
    "delete": "object! keys!",
    "readReport": "report! arguments waitTime:optionalNumber pagesize:optionalNumber returnFormat listSeparator",
    "readRelated": "object! keys! relation! fields returnFormat",
    "readView": "view! pagesize:optionalNumber returnFormat",
    "getAPISession": "locationid",
    "query": (
        "object! select!:select filter:filter orderby:orderby options:options pagesize:queryPageSize offset:offset "
        "docparid"
    ),
}
_BINARY = ("equalto", "notequalto", "lessthan", "lessthanorequalto", "greaterthan", "greaterthanorequalto")
_LIKE = ("like", "notlike")
_LISTS = {"between": (2, 2), "in": (1, VALUES_LIMIT), "notin": (1, VALUES_LIMIT)}
_AGGREGATES = ("field", "count", "avg", "min", "max", "sum")
_MANY = ' maxOccurs="unbounded"'
_ALL = '<xs:all>{}</xs:all><xs:anyAttribute processContents="skip"/>'


@cache
def request_schema() -> etree.XMLSchema:
    """The compiled schema of a whole request."""
    return etree.XMLSchema(etree.fromstring(_schema_text().encode()))


def _schema_text() -> str:
    parts = [
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">',
        _envelope(),
        _types(),
        *(_list_type(name, line, words) for name, (line, words) in (LEGACY_LISTS | WIDER_LISTS).items()),
        *(_complex(name, _ALL.format(_children(words))) for name, words in GENERIC_FUNCTIONS.items()),
        *(_complex(name, _sequence(name, words)) for name, words in (LEGACY_FUNCTIONS | WIDER_FUNCTIONS).items()),
        "</xs:schema>",
    ]
    return "".join(parts)


def _complex(name: str, content: str) -> str:
    return f'<xs:element name="{name}"><xs:complexType mixed="true">{content}</xs:complexType></xs:element>'


def _children(words: str) -> str:
    return "".join(_child(word) for word in words.split())


def _child(word: str, least: int = 0) -> str:
    name, _, kind = word.partition(":")
    required = name.endswith("!")
    return (
        f"<xs:element name={quoteattr(name.rstrip('!*'))} type={quoteattr(kind or 'loose')} "
        f'minOccurs="{1 if required else least}"{_MANY if name.endswith("*") else ""}/>'
    )


def _sequence(name: str, words: str) -> str:
    attributes = "".join(
        f'<xs:attribute name="{attribute.rstrip("!")}" type="xs:string"{_use(attribute)}/>'
        for attribute in (LEGACY_ATTRIBUTES | WIDER_ATTRIBUTES).get(name, "").split()
    )
    return f"<xs:sequence>{_children(words)}</xs:sequence>{attributes}"


def _list_type(name: str, line: str, words: str) -> str:
    number = '<xs:attribute name="line_num" type="xs:string" use="required"/>' if name.startswith("update") else ""
    content = f"<xs:sequence>{_children(words)}</xs:sequence>{number}"
    whole = f'<xs:complexType mixed="true">{content}</xs:complexType>'
    shape = f">{whole}</xs:element>" if words else ' type="loose"/>'
    return (
        f'<xs:complexType name="{name}"><xs:sequence>'
        f'<xs:element name="{line}" minOccurs="0" maxOccurs="unbounded"{shape}</xs:sequence></xs:complexType>'
    )


def _use(attribute: str) -> str:
    return ' use="required"' if attribute.endswith("!") else ""


def _envelope() -> str:
    control = "senderid! password! controlid!:controlid dtdversion!:dtdversion uniqueid:flag policyid "
    control += "includewhitespace:flag showadditionalerrorinfo:flag validate debug"
    login = "userid! companyid! password! clientid locationid"
    return f"""
<xs:element name="request"><xs:complexType><xs:sequence>
  <xs:element name="control"><xs:complexType>{_ALL.format(_children(control))}</xs:complexType></xs:element>
  <xs:element name="operation"><xs:complexType><xs:sequence>
    <xs:element name="authentication"><xs:complexType><xs:choice>
      <xs:element name="login"><xs:complexType>{_ALL.format(_children(login))}</xs:complexType></xs:element>
      <xs:element name="sessionid" type="loose"/>
    </xs:choice></xs:complexType></xs:element>
    <xs:element name="content"><xs:complexType><xs:sequence>
      <xs:element name="function" maxOccurs="unbounded"><xs:complexType><xs:sequence>
        <xs:any processContents="lax"/></xs:sequence><xs:attribute name="controlid" type="xs:string" use="required"/>
      </xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence><xs:attribute name="transaction" type="flag"/></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>"""


def _types() -> str:
    any_content = '<xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence>'
    return f"""
<xs:complexType name="loose" mixed="true">{any_content}<xs:anyAttribute processContents="skip"/></xs:complexType>
<xs:simpleType name="flag"><xs:restriction base="xs:string">
<xs:pattern value="([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])?"/></xs:restriction></xs:simpleType>
<xs:simpleType name="controlid"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="256"/>
</xs:restriction></xs:simpleType>
<xs:simpleType name="dtdversion"><xs:restriction base="xs:token">
<xs:enumeration value="3.0"/><xs:enumeration value="2.1"/></xs:restriction></xs:simpleType>
<xs:simpleType name="optionalNumber"><xs:restriction base="xs:string"><xs:pattern value="\\s*[0-9]*\\s*"/>
</xs:restriction></xs:simpleType>
<xs:simpleType name="queryPageSize"><xs:restriction base="xs:integer"><xs:minInclusive value="1"/>
<xs:maxInclusive value="{PAGE_SIZE_LIMIT}"/></xs:restriction></xs:simpleType>
<xs:simpleType name="offset"><xs:restriction base="xs:integer"><xs:minInclusive value="0"/></xs:restriction>
</xs:simpleType>
<xs:complexType name="options"><xs:all>{_children("caseinsensitive showprivate returnformat")}</xs:all>
</xs:complexType>
<xs:complexType name="select"><xs:choice maxOccurs="unbounded">{"".join(_child(name, 1) for name in _AGGREGATES)}
</xs:choice></xs:complexType>
<xs:complexType name="orderby"><xs:sequence><xs:element name="order" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="field" type="xs:string"/><xs:choice minOccurs="0"><xs:element name="ascending" type="loose"/>
<xs:element name="descending" type="loose"/></xs:choice></xs:sequence></xs:complexType></xs:element></xs:sequence>
</xs:complexType>
<xs:complexType name="filter"><xs:choice>{_operators()}</xs:choice></xs:complexType>
<xs:complexType name="nested"><xs:choice minOccurs="2" maxOccurs="unbounded">{_operators()}</xs:choice></xs:complexType>
{_operands("one", 1, 1)}{"".join(_operands(name, *bounds) for name, bounds in _LISTS.items())}
<xs:complexType name="none"><xs:sequence><xs:element name="field" type="xs:string"/></xs:sequence></xs:complexType>"""


def _operators() -> str:
    kinds = {
        **dict.fromkeys((*_BINARY, *_LIKE), "one"),
        **{name: name for name in _LISTS},
        **dict.fromkeys(("isnull", "isnotnull"), "none"),
        **dict.fromkeys(("and", "or"), "nested"),
    }
    return "".join(f'<xs:element name="{name}" type="{kind}"/>' for name, kind in kinds.items())


def _operands(name: str, least: int, most: int) -> str:
    return (
        f'<xs:complexType name="{name}"><xs:sequence><xs:element name="field" type="xs:string"/>'
        f'<xs:element name="value" type="xs:string" minOccurs="{least}" maxOccurs="{most}"/>'
        "</xs:sequence></xs:complexType>"
    )
