"""Names are deterministic, fit SageMaker, and tell what they are for."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.identity import (
    GENERATION_LIMIT,
    NAME_LIMIT,
    NAME_PATTERN,
    NAMESPACE_LIMIT,
    TUNING_NAME_LIMIT,
    Identity,
    partition_parts,
    read_job_name,
    slugify,
)
from airflow_sagemaker.decisions.job_tags import Owner
from airflow_sagemaker.exceptions import InvalidRequestError, SubmissionError

namespaces = st.from_regex(rf"[a-z0-9]{{1,{NAMESPACE_LIMIT}}}", fullmatch=True)
texts = st.text(max_size=80)
identities = st.builds(Identity, namespace=texts, slug=texts)
job_identities = st.builds(Identity, namespace=namespaces, slug=texts)
kinds = st.sampled_from(["training", "processing", "transform", "tuning"])
limits = st.sampled_from([NAME_LIMIT, TUNING_NAME_LIMIT])


@given(identities, st.lists(texts, max_size=5))
def test_every_name_fits_sagemaker(identity: Identity, parts: list[str]) -> None:
    """Whatever a name is made from, SageMaker takes it."""
    for name in (
        identity.resource_name(*parts),
        identity.standing_name(),
    ):
        assert len(name) <= NAME_LIMIT
        assert NAME_PATTERN.fullmatch(name)


@given(identities, st.lists(texts, max_size=5))
def test_the_same_parts_give_the_same_name(identity: Identity, parts: list[str]) -> None:
    """A name depends on nothing but what it is made from."""
    again = Identity(namespace=identity.namespace, slug=identity.slug)

    assert identity.resource_name(*parts) == again.resource_name(*parts)


@given(identities, st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_other_parts_give_another_name(identity: Identity, one: list[str], two: list[str]) -> None:
    """Parts are told apart also where their texts joined are alike."""
    assert (identity.resource_name(*one) == identity.resource_name(*two)) == (one == two)


@given(identities, identities)
def test_owners_never_share_a_name(one: Identity, two: Identity) -> None:
    """Two namespaces or slugs never meet in a name, also where they read alike."""
    assert (one.resource_name("part") == two.resource_name("part")) == (one == two)
    assert (one.standing_name() == two.standing_name()) == (one == two)


def test_a_hyphen_in_a_namespace_confuses_nobody() -> None:
    """`a-b` with `c` and `a` with `b-c` would read alike."""
    one = Identity(namespace="a-b", slug="c")
    two = Identity(namespace="a", slug="b-c")

    assert one.standing_name() != two.standing_name()


def test_a_name_reads_namespace_slug_hash() -> None:
    """A person can tell whose job it is and what it is for."""
    identity = Identity(namespace="demo", slug="flights-train")

    assert identity.resource_name("a").startswith("demo-flights-train-")
    assert identity.standing_name() == "demo-flights-train"


def test_a_name_does_not_change_between_releases() -> None:
    """A new release that names jobs otherwise would run them a second time."""
    identity = Identity(namespace="demo", slug="flights-train")

    assert identity.resource_name("dag", "run", "task") == "demo-flights-train-6cszsdft7u"


def test_a_long_slug_is_cut_and_the_hash_kept() -> None:
    """Two long slugs that begin alike still differ."""
    one = Identity(namespace="demo", slug="x" * 100 + "1").resource_name()
    two = Identity(namespace="demo", slug="x" * 100 + "2").resource_name()

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


@given(job_identities, kinds, st.lists(texts, max_size=5), limits)
def test_every_generation_of_a_job_fits_sagemaker(
    identity: Identity, kind: str, parts: list[str], limit: int
) -> None:
    """The last generation is no longer than the kind's limit, and still a name."""
    base = identity.job_base(kind, *parts, limit=limit)

    for number in (1, GENERATION_LIMIT):
        name = base.generation(number)
        assert len(name) <= limit
        assert NAME_PATTERN.fullmatch(name)


@given(job_identities, kinds, st.lists(texts, max_size=5), limits)
def test_a_jobs_name_starts_with_the_whole_namespace(
    identity: Identity, kind: str, parts: list[str], limit: int
) -> None:
    """A listing is narrowed to `namespace-`; only the slug is cut."""
    assert identity.job_base(kind, *parts, limit=limit).text.startswith(f"{identity.namespace}-")


@given(st.tuples(job_identities, kinds, st.lists(texts)), st.data())
def test_two_jobs_never_share_a_hash(
    one: tuple[Identity, str, list[str]], data: st.DataObject
) -> None:
    """Kind, namespace, slug and every part count, also where their texts joined are alike."""
    two = data.draw(st.tuples(st.just(one[0]) | job_identities, kinds, st.lists(texts)))
    first, second = (who.job_base(kind, *parts) for who, kind, parts in (one, two))

    assert (first.digest_full == second.digest_full) == (one == two)
    assert (first == second) == (one == two)


@given(job_identities, kinds, st.lists(texts, max_size=5))
def test_the_hash_does_not_depend_on_the_names_limit(
    identity: Identity, kind: str, parts: list[str]
) -> None:
    """The identity tag is the same however short the name must be."""
    short = identity.job_base(kind, *parts, limit=TUNING_NAME_LIMIT)

    assert short.digest_full == identity.job_base(kind, *parts).digest_full
    head = base64.b32decode(short.text.rpartition("-")[2].upper() + "======")
    assert short.digest_full.startswith(head.hex())


@pytest.mark.parametrize("namespace", ["", "Demo", "a-b", "x" * (NAMESPACE_LIMIT + 1), "ü", "a\n"])
def test_a_job_needs_a_namespace_that_stays_whole(namespace: str) -> None:
    """What would be changed or cut could no longer be listed by."""
    with pytest.raises(InvalidRequestError, match="change `namespace` in the settings"):
        Identity(namespace=namespace, slug="x").job_base("training")


@pytest.mark.parametrize("number", [0, -1, GENERATION_LIMIT + 1])
def test_a_generation_out_of_bounds_has_no_name(number: int) -> None:
    """It would not fit; the error says what to do instead."""
    base = Identity(namespace="demo", slug="x").job_base("training")

    with pytest.raises(SubmissionError, match="start a new run"):
        base.generation(number)


def test_a_partition_is_never_taken_for_a_run() -> None:
    """Their parts start with different words, so a run named like a partition is no trap."""
    run = Owner(dag_id="a", run_id="b", task_id="c", map_index=1).parts

    assert run == ("run", "a", "b", "c", "1")
    assert partition_parts("a", "b", "c", "1") == ("partition", "a", "b", "c", "1")


def test_a_jobs_name_does_not_change_between_releases() -> None:
    """A new release that names jobs otherwise would pay for running ones a second time."""
    identity = Identity(namespace="demo", slug="flights-train")
    parts = Owner(dag_id="dag", run_id="run", task_id="task").parts

    base = identity.job_base("training", *parts)
    tuning = identity.job_base("tuning", *parts, limit=TUNING_NAME_LIMIT)

    assert base.generation(2) == "demo-flights-train-3idmwywrny-g2"
    assert tuning.generation(1) == "demo-flights-tra-ccqqwb2ej7-g1"


@given(job_identities, kinds, st.lists(texts, max_size=5), limits, st.integers(1, GENERATION_LIMIT))
def test_a_jobs_name_tells_its_namespace(
    identity: Identity, kind: str, parts: list[str], limit: int, generation: int
) -> None:
    """Whoever lists can narrow the listing to the namespace, knowing nothing but the name."""
    base = identity.job_base(kind, *parts, limit=limit)
    read = read_job_name(base.generation(generation))

    assert read is not None
    assert read.namespace == identity.namespace
    assert base.text.startswith(f"{read.family}-")
    assert len(base.text) == len(read.family) + 11


@pytest.mark.parametrize(
    "name",
    ["train-2026-11-21-08-00-00", "demo-train-nx6pnn7lfv", "Demo-train-nx6pnn7lfv-g1", "-g1", ""],
)
def test_a_name_of_another_form_tells_nothing(name: str) -> None:
    """A stranger's job is in no namespace of ours."""
    assert read_job_name(name) is None
