"""The vault: secrets are encrypted, keys rotate, and neither secret nor key ever shows."""

import traceback

import pytest
from sqlalchemy import Engine, select, update

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import reading, writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.tables import vault_secret
from connector_assets.records.vault import Vault, new_key

SECRET = "correct horse battery staple"
OLD, NEW = new_key(), new_key()


@pytest.fixture
def vault(engine: Engine) -> Vault:
    made = Vault(engine, [OLD])
    made.put("hollis", "paychex", "client_secret", SECRET, actor="ann")
    return made


def ciphertext(engine: Engine) -> str:
    with reading(engine) as connection:
        found: str = connection.execute(select(vault_secret.c.ciphertext)).scalar_one()
    return found


def test_a_secret_comes_back_as_it_was_put(vault: Vault) -> None:
    found = vault.get("hollis", "paychex", "client_secret")
    assert found is not None
    assert found.get_secret_value() == SECRET
    assert vault.get("hollis", "intacct", "client_secret") is None


def test_a_newer_secret_takes_the_place_of_the_older(vault: Vault) -> None:
    vault.put("hollis", "paychex", "client_secret", "another")
    found = vault.get("hollis", "paychex", "client_secret")
    assert found is not None
    assert found.get_secret_value() == "another"
    assert vault.names("hollis") == [("paychex", "client_secret")]


def test_a_secret_is_nowhere_in_clear(vault: Vault, engine: Engine) -> None:
    assert SECRET not in ciphertext(engine)
    assert SECRET not in repr(vault.get("hollis", "paychex", "client_secret"))
    assert OLD not in repr(vars(vault))
    trail = "".join(repr(entry) for entry in AuditTrail(engine).entries())
    assert "hollis/vault/paychex/client_secret" in trail
    assert SECRET not in trail


def test_a_deleted_secret_is_gone_and_its_end_is_audited(vault: Vault, engine: Engine) -> None:
    assert vault.delete("hollis", "paychex", "client_secret")
    assert not vault.delete("hollis", "paychex", "client_secret")
    assert vault.names("hollis") == []
    assert [e.action for e in AuditTrail(engine).entries()] == ["credential stored", "credential deleted"]


def test_the_wrong_key_is_said_to_be_wrong_with_the_way_out_and_without_the_key(vault: Vault, engine: Engine) -> None:
    with pytest.raises(
        RecordsError, match=r"No vault key opens the paychex client_secret of 'hollis'.*Fix: "
    ) as caught:
        Vault(engine, [NEW]).get("hollis", "paychex", "client_secret")
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(hidden in shown for hidden in (NEW, OLD, SECRET, ciphertext(engine)))


def test_rotation_leaves_the_old_key_useless_and_the_secret_whole(vault: Vault, engine: Engine) -> None:
    both = Vault(engine, [NEW, OLD])
    assert both.rotate(actor="ann") == 1
    found = Vault(engine, [NEW]).get("hollis", "paychex", "client_secret")
    assert found is not None
    assert found.get_secret_value() == SECRET
    with pytest.raises(RecordsError):
        vault.get("hollis", "paychex", "client_secret")


def test_a_rotation_that_cannot_open_one_secret_changes_none(vault: Vault, engine: Engine) -> None:
    Vault(engine, [NEW]).put("marr", "paychex", "client_secret", SECRET)
    third = new_key()
    with pytest.raises(RecordsError, match="'marr'"):
        Vault(engine, [third, OLD]).rotate()
    assert vault.get("hollis", "paychex", "client_secret") is not None


def test_a_secret_moved_to_another_place_is_noticed(vault: Vault, engine: Engine) -> None:
    """Who can write the database could otherwise make one system receive the password of another."""
    with writing(engine) as connection:
        connection.execute(update(vault_secret).values(system="intacct"))
    with pytest.raises(RecordsError, match="another secret in the place of the intacct client_secret"):
        vault.get("hollis", "intacct", "client_secret")


@pytest.mark.parametrize("keys", [[], ["too short"], [NEW, "ü" * 44]])
def test_a_vault_without_a_proper_key_is_refused_without_showing_it(engine: Engine, keys: list[str]) -> None:
    with pytest.raises(RecordsError, match="Fix: ") as caught:
        Vault(engine, keys)
    assert not any(key in str(caught.value) for key in keys)
