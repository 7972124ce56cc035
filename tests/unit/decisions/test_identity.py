"""Names are deterministic, fit SageMaker, and tell what they are for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.identity import (
    GENERATION_ROOM,
    NAME_LIMIT,
    NAME_PATTERN,
    Identity,
    slugify,
)

texts = st.text(max_size=80)
identities = st.builds(Identity, namespace=texts, slug=texts)


@given(identities, st.lists(texts, max_size=5))
def test_every_name_fits_sagemaker(identity: Identity, parts: list[str]) -> None:
    """Whatever a name is made from, SageMaker takes it."""
    for name in (
        identity.job_name(*parts),
        identity.resource_name(*parts),
        identity.standing_name(),
    ):
        assert len(name) <= NAME_LIMIT
        assert NAME_PATTERN.fullmatch(name)


@given(identities, st.lists(texts, max_size=5))
def test_a_job_name_leaves_room_for_a_generation(identity: Identity, parts: list[str]) -> None:
    """The longest generation still fits behind a job's name."""
    assert len(identity.job_name(*parts)) + GENERATION_ROOM <= NAME_LIMIT


@given(identities, st.lists(texts, max_size=5))
def test_the_same_parts_give_the_same_name(identity: Identity, parts: list[str]) -> None:
    """A name depends on nothing but what it is made from."""
    again = Identity(namespace=identity.namespace, slug=identity.slug)

    assert identity.job_name(*parts) == again.job_name(*parts)


@given(identities, st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_other_parts_give_another_name(identity: Identity, one: list[str], two: list[str]) -> None:
    """Parts are told apart also where their texts joined are alike."""
    assert (identity.job_name(*one) == identity.job_name(*two)) == (one == two)


@given(identities, identities)
def test_owners_never_share_a_name(one: Identity, two: Identity) -> None:
    """Two namespaces or slugs never meet in a name, also where they read alike."""
    assert (one.job_name("part") == two.job_name("part")) == (one == two)
    assert (one.standing_name() == two.standing_name()) == (one == two)


def test_a_hyphen_in_a_namespace_confuses_nobody() -> None:
    """`a-b` with `c` and `a` with `b-c` would read alike."""
    one = Identity(namespace="a-b", slug="c")
    two = Identity(namespace="a", slug="b-c")

    assert one.standing_name() != two.standing_name()


def test_a_name_reads_namespace_slug_hash() -> None:
    """A person can tell whose job it is and what it is for."""
    identity = Identity(namespace="demo", slug="flights-train")

    assert identity.job_name("a").startswith("demo-flights-train-")
    assert identity.standing_name() == "demo-flights-train"


def test_a_name_does_not_change_between_releases() -> None:
    """A new release that names jobs otherwise would run them a second time."""
    identity = Identity(namespace="demo", slug="flights-train")

    assert identity.job_name("dag", "run", "task") == "demo-flights-train-f0a5990cb3"


def test_a_long_slug_is_cut_and_the_hash_kept() -> None:
    """Two long slugs that begin alike still differ."""
    one = Identity(namespace="demo", slug="x" * 100 + "1").job_name()
    two = Identity(namespace="demo", slug="x" * 100 + "2").job_name()

    assert one[:-10] == two[:-10]
    assert one != two


@given(texts)
def test_a_slug_has_letters_digits_and_single_hyphens(text: str) -> None:
    """Slugs are what every AWS name pattern takes."""
    slug = slugify(text)

    assert slug
    assert "--" not in slug
    assert slug.strip("-") == slug
    assert slug.replace("-", "").isalnum()
    assert slug.isascii()
