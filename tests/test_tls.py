"""A certificate and its key, right and wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.certificate import Pair, make_pair, openssl

from realtime_mer.errors import UserError
from realtime_mer.tls import days_left, load_pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate for this machine and its key."""
    return make_pair(tmp_path_factory.mktemp("tls"))


def test_a_pair_is_read_with_its_names_and_its_end(pair: Pair) -> None:
    """In two files or in one."""
    read = load_pair(pair.certificate, pair.key)
    assert read.names == ("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1")
    assert 29.0 < days_left(read) <= 30.0
    both = pair.certificate.with_name("both.pem")
    both.write_text(pair.key.read_text() + pair.certificate.read_text())
    assert load_pair(both).names == read.names


@pytest.mark.parametrize("which", ["certificate", "key"])
def test_a_file_that_is_not_there_is_named(pair: Pair, which: str, tmp_path: Path) -> None:
    """With the flag to give another by."""
    gone = tmp_path / "gone.pem"
    files = {"certificate": pair.certificate, "key": pair.key, which: gone}
    with pytest.raises(UserError) as error:
        load_pair(files["certificate"], files["key"])
    flag = "--tls-cert" if which == "certificate" else "--tls-key"
    assert f"{gone} cannot be read" in str(error.value)
    assert flag in str(error.value)


@pytest.mark.parametrize(
    "text",
    [b"", b"\0\xff" * 100, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
)
@pytest.mark.parametrize("which", ["certificate", "key"])
def test_a_file_that_is_none_ends_in_one_sentence(
    pair: Pair, which: str, text: bytes, tmp_path: Path
) -> None:
    """Empty, binary or a certificate with nothing in it."""
    wrong = tmp_path / "wrong.pem"
    wrong.write_bytes(text)
    files = {"certificate": pair.certificate, "key": pair.key, which: wrong}
    with pytest.raises(UserError, match=r"^[A-Z][^\n]*\.$") as error:
        load_pair(files["certificate"], files["key"])
    assert str(wrong) in str(error.value)


def test_the_key_of_another_is_told(pair: Pair, tmp_path: Path) -> None:
    """Both are in order, but not together."""
    with pytest.raises(UserError, match="is not the one of the certificate"):
        load_pair(pair.certificate, make_pair(tmp_path, "other").key)


def test_an_encrypted_key_is_refused_without_a_question(pair: Pair, tmp_path: Path) -> None:
    """OpenSSL would ask at the terminal, where nobody sits; the sentence says how to undo it."""
    encrypted = tmp_path / "locked.key"
    openssl("pkey", "-in", pair.key, "-aes256", "-passout", "pass:x", "-out", encrypted)
    with pytest.raises(UserError, match="is encrypted: give one without a password"):
        load_pair(pair.certificate, encrypted)


def test_a_certificate_that_is_over_is_told(tmp_path: Path) -> None:
    """Before a browser tells each guest."""
    over = make_pair(tmp_path, "over", days=-1)
    with pytest.raises(UserError, match=r"The time of the certificate in .*over\.pem is over"):
        load_pair(over.certificate, over.key)


def test_a_file_without_end_is_not_read(pair: Pair) -> None:
    """A device or a film given by mistake."""
    with pytest.raises(UserError):
        load_pair(Path("/dev/zero") if Path("/dev/zero").exists() else pair.key, pair.key)
