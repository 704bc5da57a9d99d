"""Whatever a source says and others say: it is stored as its own, is a repetition, or is refused with a reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.rdf.namespaces import DCTERMS, ELM, MC
from service.rdf.normal_iris import normal_iri
from service.rdf.statements import Triple
from service.rdf.terms import RDF_TYPE, Term, text_literal
from service.writing.ownership import Description, Owner, judge, types_in

B = "http://data.example"
GRAPH = f"{B}/graph/a"
NAMES = (
    f"{B}/id/credential/x", f"{B}/id/credential/x#part", f"{B}/id/credential/%78", f"{B}/id/credential/y",
    f"{GRAPH}#node", f"{B}/graph/b", "http://own.example/x", "http://own.example/x#y", "http://else.example/",
    "http://else.example/#location", "http://data.europa.eu/esco/skill/s1", ELM + "Qualification", "HTTP://own.example/x",
    "urn:x:y", "http://taken.example/x",
)  # fmt: skip
TYPES = (MC + "MicroCredential", ELM + "Organisation", ELM + "LearningOutcome")
subjects = st.sampled_from(NAMES).map(lambda name: Term("iri", name))
statements = st.one_of(
    st.builds(Triple, subjects, st.just(DCTERMS + "title"), st.sampled_from("ab").map(text_literal)),
    st.builds(Triple, subjects, st.just(RDF_TYPE), st.sampled_from(TYPES).map(lambda name: Term("iri", name))),
    st.builds(Triple, subjects, st.just(ELM + "learningAchievementSpecification"), subjects),
)
sets = st.frozensets(statements, max_size=12)
OWNER = Owner(GRAPH, B, ("http://own.example/",), ("http://taken.example/",))


class Said:
    """What two other graphs say, one of them the operator's."""

    def __init__(self, official: frozenset[Triple], other: frozenset[Triple]) -> None:
        self.official, self.other = official, other

    def description(self, subject: str) -> Description | None:
        for graph, said in (("official", self.official), ("other", self.other)):
            if any(triple.subject.value == subject for triple in said):
                return Description(graph, graph == "official")
        return None

    def says(self, triple: Triple) -> bool:
        return triple in self.official or triple in self.other


@given(sets, sets, sets)
def test_what_a_source_says_never_changes_what_others_describe(
    said: frozenset[Triple], official: frozenset[Triple], other: frozenset[Triple]
) -> None:
    others = Said(official, other)
    found = judge(said, OWNER, others, types_in(said))
    refused = {refusal.triple for refusal in found.refused}
    assert found.kept | found.repeated | refused == said
    assert len(found.kept) + len(found.repeated) + len(refused) == len(said)
    assert found.repeated <= official | other
    assert all(refusal.why for refusal in found.refused)
    for triple in found.kept:
        name = triple.subject.value
        described = {each.subject.value for each in (official if name.startswith("http://own.") else official | other)}
        assert name not in described
        assert name.partition("#")[0] not in described
        assert name == normal_iri(name)
        assert not name.startswith(("http://data.europa.eu/", "http://taken.example/"))


@given(sets)
def test_what_is_ones_own_is_kept_whole_where_nobody_else_speaks(said: frozenset[Triple]) -> None:
    own = frozenset(triple for triple in said if triple.subject.value.startswith(("http://own.example/", f"{GRAPH}#")))
    found = judge(own, OWNER, Said(frozenset(), frozenset()), types_in(own))
    assert (found.kept, found.refused) == (own, ())
