"""`opendal.services.Scheme`: the names that existing code uses."""

import pickle

import opendal
from opendal.services import Scheme


def test_members_have_camel_case_names_and_the_scheme_as_value() -> None:
    members = {scheme.name: scheme.value for scheme in Scheme}
    assert sorted(members.values()) == opendal.schemes()
    assert members["S3"] == "s3"
    assert members["CloudflareKv"] == "cloudflare-kv"


def test_members_are_numbered() -> None:
    assert [int(scheme) for scheme in Scheme] == list(range(len(Scheme)))


def test_members_are_hashable_text() -> None:
    assert Scheme("s3") == Scheme.S3
    assert len({Scheme.Fs, Scheme.S3}) == 2
    assert {Scheme.S3: 1}[Scheme("s3")] == 1
    assert f"{Scheme.S3}" == "s3"


def test_a_member_is_found_at_its_public_module() -> None:
    assert Scheme.__module__ == "opendal.services"
    assert pickle.loads(pickle.dumps(Scheme.S3)) is Scheme.S3


def test_a_member_makes_an_operator() -> None:
    assert opendal.Operator(Scheme.Memory).scheme == "memory"
