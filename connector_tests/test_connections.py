"""Connection files: what may stand in them, and how a mistake is told: file, place, value, what to do."""

from pathlib import Path

import pytest

from connector_assets.connections import (
    flow_names,
    load_connection,
    parsed_yaml,
    read_connection,
    usable_connections,
)
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.settings import ConfigError, Settings

GOOD = """\
name: acme
flow: paychex_intacct
start_date: 2025-01-01
paychex:
  display_id: "01080012"
intacct:
  company_id: ACME
posting:
  journal: PYRJ
  entity: E100
  due_from_account: "1310"
  due_to_account: "2410"
"""

WRONG = [
    ("bad yaml", GOOD + "dimensions: }\n", ("line 13, column 13", "Correct the YAML")),
    ("tab", GOOD + "\tlabel: x\n", ("line 13, column 1", "'\\t'")),
    ("a day that is none", GOOD.replace("2025-01-01", "2025-02-31"), ("line 3, column 13", "day is out of range")),
    ("a field twice", GOOD + "  policy: hold\n  policy: post\n", ("line 14, column 3", "'policy' stands twice")),
    ("a section twice", GOOD + "posting:\n  policy: hold\n", ("line 13, column 1", "'posting' stands twice")),
    ("nested deeply", GOOD + "label: " + "[" * 2000 + "]" * 2000, ("nested too deeply",)),
    ("an endless number", GOOD + "freshness_hours: " + "9" * 5000, ("line 13", "4300 digits")),
    ("two documents", GOOD + "---\nname: b\n", ("line", "document")),
    (
        "unknown flow",
        GOOD.replace("paychex_intacct", "paychex_quickbooks"),
        ("'paychex_quickbooks'", "paychex_intacct"),
    ),
    ("no flow", GOOD.replace("flow: paychex_intacct\n", ""), ("flow: None", "paychex_intacct")),
    ("a flow that is a list", GOOD.replace("paychex_intacct", "[a]"), ("flow: ['a']", "paychex_intacct")),
    ("unknown field", GOOD + "freshness_hour: 3\n", ("freshness_hour: Extra",)),
    ("unknown field in a section", GOOD + "  polcy: post\n", ("posting.polcy: Extra",)),
    ("wrong type", GOOD + "freshness_hours: soon\n", ("freshness_hours", "(it is 'soon')", "number")),
    ("not above zero", GOOD + "freshness_hours: 0\n", ("freshness_hours", "greater than 0")),
    ("no such choice", GOOD + "  policy: maybe\n", ("posting.policy", "'post', 'draft' or 'hold'", "'maybe'")),
    ("short client number", GOOD.replace("01080012", "1080012"), ("paychex.display_id", "'1080012'")),
    ("unquoted client number", GOOD.replace('"01080012"', "10800123"), ("paychex.display_id", "string", "10800123")),
    ("missing section", GOOD.partition("posting:")[0], ("posting: Field required",)),
    ("section of the wrong shape", GOOD.replace("\n  company_id: ACME", " ACME"), ("intacct", "'ACME'")),
    ("no date", GOOD.replace("2025-01-01", "next spring"), ("start_date", "'next spring'")),
    ("an address without a scheme", GOOD.replace("paychex:", "paychex:\n  base_url: api.example.com"), ("base_url",)),
    ("another name", GOOD.replace("name: acme", "name: borealis"), ("'borealis'", "`name: acme`")),
    ("a name that is no name", GOOD.replace("name: acme", "name: Acme Corp"), ("name", "'Acme Corp'")),
    ("empty", "", ("holds no fields",)),
    ("a list", "- name: acme\n", ("holds no fields",)),
]


def write(folder: Path, text: str | bytes, name: str = "acme") -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_needs_only_what_has_no_default(tmp_path: Path) -> None:
    found = read_connection(write(tmp_path, GOOD))
    assert isinstance(found, PaychexIntacctConnection)
    assert (found.name, found.freshness_hours, found.posting.policy) == ("acme", 24.0, "draft")
    assert found.paychex.base_url == "https://api.paychex.com"
    assert (found.dimensions.departments, found.dimensions.projects) == ("report", "report")


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_mistake_is_told_with_its_place_and_its_fix(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as told:
        read_connection(path)
    message = str(told.value)
    assert message.startswith(f"{path}: ")
    assert "Fix: " in message
    assert all(word in message for word in words), message


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("2025-01-01", "soon") + "  polcy: post\ncolour: red\n")
    with pytest.raises(ConfigError) as told:
        read_connection(path)
    assert all(word in str(told.value) for word in ("start_date", "posting.polcy", "colour"))


def test_a_password_in_the_wrong_file_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        read_connection(write(tmp_path, GOOD + "  user_password: hunter2\n"))
    assert "posting.user_password" in str(told.value)
    assert "hunter2" not in str(told.value)


def test_lists_of_lists_that_anchors_multiply_make_no_endless_message(tmp_path: Path) -> None:
    lists = "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcde", "bcdef", strict=True)
    )
    with pytest.raises(ConfigError, match="label: Input should be a valid string") as told:
        read_connection(write(tmp_path, f"a: &a [x]\n{lists}{GOOD}label: *f\n"))
    assert len(str(told.value)) < 2000


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    write(settings.connections_dir, GOOD)
    (settings.connections_dir / "borealis.yaml").mkdir()
    write(settings.connections_dir, GOOD.replace("2025-01-01", "2025-02-31"), "cobalt")
    usable, wrong = usable_connections(settings)
    assert [one.name for one in usable] == ["acme"]
    assert [path.stem for path in wrong] == ["borealis", "cobalt"]
    assert "cannot be read: Is a directory. Fix: Let this user read it" in str(next(iter(wrong.values())))


def test_rules_keep_every_value_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    assert parsed_yaml("- code: 007\n  note: no\n  from: 2025-02-31\n", path, as_texts=True) == [
        {"code": "007", "note": "no", "from": "2025-02-31"}
    ]
    with pytest.raises(ConfigError, match=r"line 2, column 3: 'code' stands twice"):
        parsed_yaml("- code: 1\n  code: 2\n", path, as_texts=True)


@pytest.mark.parametrize("text", [b"name: caf\xe9\n", b"\xff\xfen\x00a\x00", b"name: a\x00b\n"])
def test_a_file_that_is_no_text_says_so(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ConfigError, match="Fix: "):
        read_connection(write(tmp_path, text))


def test_a_file_as_a_windows_editor_writes_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_connection(path).name == "acme"


def test_connections_come_by_name_and_an_unknown_one_is_told_which_there_are(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert usable_connections(settings) == ([], {})
    with pytest.raises(ConfigError, match=r"There is no connection 'acme' \(there are: none yet\). Fix: .*init"):
        load_connection(settings, "acme")
    for name in ("borealis", "acme"):
        write(settings.connections_dir, GOOD.replace("name: acme", f"name: {name}"), name)
    assert [one.name for one in usable_connections(settings)[0]] == ["acme", "borealis"]
    with pytest.raises(ConfigError, match=r"there are: acme, borealis"):
        load_connection(settings, "acne")


def test_the_flows_are_those_that_describe_a_connection() -> None:
    assert "paychex_intacct" in flow_names()


def test_a_connection_says_which_credentials_it_needs(tmp_path: Path) -> None:
    needs = read_connection(write(tmp_path, GOOD)).credential_needs()
    assert {(need.system, need.name) for need in needs} == {
        ("paychex", "client_id"),
        ("paychex", "client_secret"),
        *(("intacct", name) for name in ("sender_id", "sender_password", "user_id", "user_password")),
    }
    assert all(need.meaning for need in needs)
