"""The `elm` loader: records with all they need, in any RDF syntax, and nothing about persons."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.support.loader_runs import DCTERMS, ELM, MC, SKOS, TYPE, Run, run

EX = "https://uni.example/"
PREFIXES = f"""\
@prefix elm: <{ELM}> . @prefix mc: <{MC}> . @prefix dct: <{DCTERMS}> . @prefix skos: <{SKOS}> . @prefix ex: <{EX}> .
@prefix rov: <http://www.w3.org/ns/regorg#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
CATALOGUE = (
    PREFIXES
    + """\
ex:offer a elm:LearningOpportunity ; elm:providedBy ex:uni ; elm:learningAchievementSpecification ex:ethics .
[] a elm:AwardingOpportunity ; elm:awardingBody ex:uni ; elm:learningAchievementSpecification ex:ethics .
ex:uni a elm:Organisation ; rov:legalName "Example University"@en ;
    elm:location [ a dct:Location ; elm:address [ a elm:Address ; elm:countryCode ex:FIN ] ] .
ex:ethics a elm:Qualification ; dct:title "Data ethics"@en ; elm:volumeOfLearning "PT135H"^^xsd:duration ;
    elm:creditPoint [ a elm:CreditPoint ; elm:point "5,0" ] , [ a elm:CreditPoint ; elm:point "6" ] ;
    elm:EQFLevel ex:level6 ; elm:isPartOf ex:bsc ; elm:learningOutcome ex:outcome .
ex:outcome a elm:LearningOutcome ; dct:title "Names risks"@en .
ex:level6 a skos:Concept ; skos:prefLabel "Level 6"@en .
ex:bsc a elm:Qualification , mc:DegreeProgramme ; dct:title "BSc"@en ; elm:hasPart ex:ethics , ex:statistics ;
    elm:awardingOpportunity [ a elm:AwardingOpportunity ; elm:awardingBody ex:uni ] .
ex:statistics a elm:LearningAchievementSpecification ; dct:title "Statistics"@en .
ex:offer2 a elm:LearningOpportunity ; elm:providedBy ex:uni ; elm:learningAchievementSpecification ex:statistics ;
    elm:hasPart ex:offer .
ex:loose a elm:Note ; elm:noteLiteral "Nobody points here"@en .
"""
)


def load(tmp_path: Path, text: str | bytes, name: str = "catalogue.ttl", *options: str | Path) -> Run:
    """Load a file of this content."""
    source = tmp_path / name
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run(tmp_path, "elm", source, *options)


def record(loaded: Run, iri: str) -> set[tuple[str, str, str]]:
    """The statements of one record."""
    return Run(0, loaded.part(iri), [], {}).triples


def test_record_holds_what_it_needs_and_stops_at_other_records_and_concepts(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE)
    found = record(loaded, EX + "ethics")
    assert {subject for subject, _, _ in found} == {
        EX + name
        for name in (
            "ethics", "ethics#creditPoint", "ethics#creditPoint-2", "ethics#offer", "offer", "outcome", "uni",
            "uni#location", "uni#address",
        )
    }  # fmt: skip
    assert (EX + "ethics", TYPE, MC + "MicroCredential") in found
    assert (EX + "ethics#offer", ELM + "awardingBody", EX + "uni") in found
    assert (EX + "uni#address", ELM + "countryCode", EX + "FIN") in found
    assert (EX + "ethics", ELM + "isPartOf", EX + "bsc") in found


def test_programme_is_a_record_and_no_micro_credential(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE)
    assert loaded.values(EX + "bsc", TYPE) == {ELM + "Qualification", MC + "DegreeProgramme"}
    assert {subject for subject, _, _ in record(loaded, EX + "bsc")} == {
        EX + "bsc", EX + "bsc#awardingOpportunity", EX + "uni", EX + "uni#location", EX + "uni#address",
    }  # fmt: skip


def test_requirement_tree_of_what_another_source_describes_is_a_record_without_a_type(tmp_path: Path) -> None:
    mc = "https://w3id.org/pinoamo/ns#"
    text = f"<http://x/a> <{mc}corequisite> [ a <{mc}ManualRequirement> ] . <http://x/b> <{mc}level> <http://x/a> ."
    done = load(tmp_path, text)
    assert set(done.records) == {"http://x/a"}
    assert done.values("http://x/a", TYPE) == set()
    assert done.values("http://x/a#corequisite", TYPE) == {mc + "ManualRequirement"}


def test_offer_of_another_record_is_not_taken_along(tmp_path: Path) -> None:
    subjects = {subject for subject, _, _ in record(load(tmp_path, CATALOGUE), EX + "statistics")}
    assert EX + "offer2" in subjects
    assert EX + "offer" not in subjects


def test_records_come_in_the_order_of_the_source_and_name_it(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE)
    assert list(loaded.records.items()) == [
        (EX + "ethics", "catalogue.ttl:0"),
        (EX + "bsc", "catalogue.ttl:0"),
        (EX + "statistics", "catalogue.ttl:0"),
    ]


def test_concepts_and_what_nobody_reaches_are_shared(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE)
    shared = {subject for subject, _, _ in Run(0, loaded.part("shared"), [], {}).triples}
    assert shared == {EX + "level6", EX + "loose"}


def test_texts_of_durations_and_points_stay_as_they_are(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE)
    assert loaded.values(EX + "ethics", ELM + "volumeOfLearning") == {
        '"PT135H"^^<http://www.w3.org/2001/XMLSchema#duration>'
    }
    assert loaded.values(EX + "ethics#creditPoint", ELM + "point") == {'"5,0"'}


def test_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    assert load(tmp_path, CATALOGUE).text == load(tmp_path, CATALOGUE).text


def test_no_blank_node_is_left(tmp_path: Path) -> None:
    assert "_:" not in load(tmp_path, CATALOGUE).text


def test_name_of_a_part_never_takes_an_iri_that_means_something_else(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE + '<https://uni.example/ethics#creditPoint> dct:title "Taken"@en .\n')
    assert loaded.values(EX + "ethics", ELM + "creditPoint") == {
        EX + "ethics#creditPoint-2",
        EX + "ethics#creditPoint-3",
    }


@pytest.mark.parametrize(
    ("name", "syntax"),
    [
        ("catalogue.nt", ox.RdfFormat.N_TRIPLES),
        ("catalogue.nq", ox.RdfFormat.N_QUADS),
        ("catalogue.trig", ox.RdfFormat.TRIG),
        ("catalogue.rdf", ox.RdfFormat.RDF_XML),
    ],
)
def test_every_syntax_gives_the_same_records(tmp_path: Path, name: str, syntax: ox.RdfFormat) -> None:
    triples = [quad.triple for quad in ox.parse(CATALOGUE, ox.RdfFormat.TURTLE)]
    loaded = load(tmp_path, ox.serialize(triples, format=syntax) or b"", name)
    assert loaded.triples == load(tmp_path, CATALOGUE).triples


def test_elm_3_3_names_become_3_2(tmp_path: Path) -> None:
    new = CATALOGUE.replace(ELM, "http://data.europa.eu/snb/model/ontology/")
    loaded = load(tmp_path, new)
    assert loaded.triples == load(tmp_path, CATALOGUE).triples
    profile = "<https://uni.example/x> dct:conformsTo <http://data.europa.eu/snb/model/application-profile/loq> .\n"
    assert load(tmp_path, PREFIXES + profile).values(EX + "x", DCTERMS + "conformsTo") == {
        "http://data.europa.eu/snb/model/ap/loq"
    }


def test_several_files_are_one_catalogue(tmp_path: Path) -> None:
    (tmp_path / "organisations.ttl").write_text(
        PREFIXES + 'ex:uni rov:legalName "U"@en ; elm:location [ a dct:Location ] .'
    )
    (tmp_path / "courses.ttl").write_text(
        PREFIXES + "ex:x a elm:Qualification ; elm:awardingOpportunity [ elm:awardingBody ex:uni ] ."
    )
    loaded = run(tmp_path, "elm", tmp_path / "courses.ttl", tmp_path / "organisations.ttl")
    assert loaded.records == {EX + "x": "courses.ttl:0"}
    assert (EX + "uni", ELM + "location", EX + "uni#location") in record(loaded, EX + "x")


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    for name, point in (("a", "1"), ("b", "2")):
        (tmp_path / f"{name}.ttl").write_text(
            PREFIXES + f'ex:{name} a elm:Qualification ; elm:creditPoint _:c . _:c elm:point "{point}" .'
        )
    loaded = run(tmp_path, "elm", tmp_path / "a.ttl", tmp_path / "b.ttl")
    assert loaded.values(EX + "a#creditPoint", ELM + "point") == {'"1"'}
    assert loaded.values(EX + "b#creditPoint", ELM + "point") == {'"2"'}


def test_micro_credential_without_an_iri_is_refused(tmp_path: Path) -> None:
    loaded = load(tmp_path, PREFIXES + '[] a elm:Qualification ; dct:title "Nameless"@en .')
    assert loaded.records == {}
    assert "Nameless" in loaded.messages()
    assert "Nameless" not in loaded.text


PERSON = """\
ex:learner a elm:Person ; <http://xmlns.com/foaf/0.1/givenName> "Aino"@fi ; elm:hasClaim ex:claim .
ex:claim a elm:LearningAchievement ; dct:title "Aino passed"@fi ; elm:specifiedBy ex:ethics .
"""


def test_persons_and_their_claims_are_never_written(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE + PERSON)
    assert "Aino" not in loaded.text
    assert "learner>" not in loaded.text
    assert loaded.said("error") == [("catalogue.ttl", 0, "")]
    assert set(loaded.records) == {EX + "ethics", EX + "bsc", EX + "statistics"}
    assert loaded.code == 1


def test_record_that_leads_to_a_person_is_refused(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE + PERSON + "ex:outcome dct:creator ex:learner .\n")
    assert set(loaded.records) == {EX + "bsc", EX + "statistics"}
    assert EX + "ethics" in loaded.messages()
    assert "Aino" not in loaded.text


def test_unusable_iri_costs_its_statement_only(tmp_path: Path) -> None:
    bad = "ex:ethics elm:mode <https://uni.example/a b> ; elm:targetGroup <https://uni.example/\u0001> .\n"
    loaded = load(tmp_path, CATALOGUE + bad)
    assert loaded.said("error") == [("catalogue.ttl", 18, ELM + "mode"), ("catalogue.ttl", 18, ELM + "targetGroup")]
    assert loaded.triples == load(tmp_path, CATALOGUE).triples


def test_syntax_error_names_file_and_line_and_writes_nothing(tmp_path: Path) -> None:
    loaded = load(tmp_path, CATALOGUE.replace("ex:outcome a", "ex:outcome a a"))
    assert (loaded.code, loaded.text) == (2, "")
    assert loaded.said("error") == [("catalogue.ttl", 10, "")]


def test_broken_utf8_names_its_line(tmp_path: Path) -> None:
    loaded = load(tmp_path, PREFIXES.encode() + b'ex:x a elm:Qualification ;\n dct:title "K\xe4yt"@fi .')
    assert (loaded.code, loaded.said("error")) == (2, [("catalogue.ttl", 4, "")])


def test_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    loaded = load(tmp_path, b"\xef\xbb\xbf" + CATALOGUE.encode())
    assert loaded.triples == load(tmp_path, CATALOGUE).triples


def test_deep_nesting_is_read(tmp_path: Path) -> None:
    depth = 50_000
    nested = "ex:x a elm:Qualification ; elm:hasPart " + "[ elm:hasPart " * depth + "ex:y " + "]" * depth + " ."
    loaded = load(tmp_path, PREFIXES + nested)
    assert loaded.summary["quads"] == depth + 3
    assert loaded.values(f"{EX}x#hasPart-{depth}", ELM + "hasPart") == {EX + "y"}


def test_xml_entities_are_refused_before_they_grow(tmp_path: Path) -> None:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    text = (
        f'<?xml version="1.0"?><!DOCTYPE r [{entities}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.example/">'
        '<rdf:Description rdf:about="http://e.example/x"><e:p>&i;</e:p></rdf:Description></rdf:RDF>'
    )
    loaded = load(tmp_path, text, "bomb.rdf")
    assert (loaded.code, loaded.text) == (2, "")
    assert "entities" in loaded.messages()


class TestJson:
    """JSON-LD: bundled contexts, envelopes and limits."""

    CREDENTIAL = {  # noqa: RUF012 - never changed
        "@context": ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"],
        "id": EX + "x",
        "type": "Qualification",
        "title": {"en": "Data ethics", "fi": ["Datan etiikka"]},
        "eqfLevel": {"id": EX + "level6", "type": "Concept", "prefLabel": {"en": "Level 6"}},
        "creditPoint": {"type": "CreditPoint", "point": "5"},
        "volumeOfLearning": "PT135H",
        "thematicArea": EX + "0613",
        "isPartialQualification": True,
    }

    def load(self, tmp_path: Path, document: object, *options: str | Path) -> Run:
        """Load a JSON document."""
        return load(tmp_path, json.dumps(document), "catalogue.json", *options)

    def test_bundled_context_gives_the_terms_of_the_ontology(self, tmp_path: Path) -> None:
        loaded = self.load(tmp_path, self.CREDENTIAL)
        assert {(p, o) for s, p, o in loaded.triples if s == EX + "x"} == {
            (TYPE, ELM + "Qualification"),
            (TYPE, MC + "MicroCredential"),
            (DCTERMS + "title", '"Data ethics"@en'),
            (DCTERMS + "title", '"Datan etiikka"@fi'),
            (ELM + "EQFLevel", EX + "level6"),
            (ELM + "creditPoint", EX + "x#creditPoint"),
            (ELM + "volumeOfLearning", '"PT135H"^^<http://www.w3.org/2001/XMLSchema#duration>'),
            (ELM + "ISCEDFCode", EX + "0613"),
            (ELM + "isPartialQualification", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        }
        assert loaded.code == 0

    def test_list_and_envelopes_give_the_same_as_the_bare_document(self, tmp_path: Path) -> None:
        bare = self.load(tmp_path, self.CREDENTIAL).triples
        without_context = {key: value for key, value in self.CREDENTIAL.items() if key != "@context"}
        for document in (
            [self.CREDENTIAL],
            {"credential": without_context, "deliveryDetails": {"deliveryAddress": ["mailto:aino@uni.example"]}},
            {"payload": json.dumps(self.CREDENTIAL), "signatures": [{"signature": "e30"}]},
        ):
            assert self.load(tmp_path, document).triples == bare

    def test_unknown_remote_context_is_refused_by_its_address(self, tmp_path: Path) -> None:
        document = self.CREDENTIAL | {"@context": ["https://evil.example/context.jsonld"]}
        loaded = self.load(tmp_path, document)
        assert (loaded.code, loaded.text) == (2, "")
        assert "https://evil.example/context.jsonld" in loaded.messages()

    @pytest.mark.parametrize(
        "context", [{"@import": "https://evil.example/c"}, {"t": {"@id": EX, "@context": "c.json"}}]
    )
    def test_contexts_inside_contexts_are_refused_too(self, tmp_path: Path, context: object) -> None:
        assert self.load(tmp_path, self.CREDENTIAL | {"@context": context}).code == 2

    def test_more_contexts_come_from_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "contexts").mkdir()
        (tmp_path / "contexts" / "index.json").write_text('{"https://more.example/c": "c.json"}')
        (tmp_path / "contexts" / "c.json").write_text(json.dumps({"@context": {"titel": DCTERMS + "title"}}))
        document = {"@context": "https://more.example/c", "@id": EX + "x", "@type": ELM + "Qualification", "titel": "X"}
        loaded = self.load(tmp_path, document, "--contexts", tmp_path / "contexts")
        assert loaded.values(EX + "x", DCTERMS + "title") == {'"X"'}

    def test_key_that_no_context_knows_is_a_warning(self, tmp_path: Path) -> None:
        loaded = self.load(tmp_path, self.CREDENTIAL | {"colour": "blue"})
        assert loaded.said("warning") == [("catalogue.json", 0, "colour")]
        assert "blue" not in loaded.text

    def test_contexts_repeated_without_end_are_refused(self, tmp_path: Path) -> None:
        document = self.CREDENTIAL | {"hasPart": [self.CREDENTIAL] * 2000}
        assert "1000 times" in self.load(tmp_path, document).messages()

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (b'{"a": 1,\n "b": }', 2),
            (b'{"a": 1,\n\n "b": "\xff"}', 3),
            (b"[" * 100_000, 0),
            (b'{"a": NaN}', 0),
            (b'"text"', 0),
            (b"", 1),
        ],
    )
    def test_what_is_no_json_ld_is_refused_with_its_line(self, tmp_path: Path, text: bytes, line: int) -> None:
        loaded = load(tmp_path, text, "catalogue.jsonld")
        assert (loaded.code, loaded.said("error")) == (2, [("catalogue.jsonld", line, "")])

    def test_two_gigabytes_on_one_line_are_refused_unread(self, tmp_path: Path) -> None:
        source = tmp_path / "huge.jsonld"
        with source.open("wb") as stream:
            stream.write(b'{"a": "')
            stream.truncate(2 << 30)
        loaded = run(tmp_path, "elm", source)
        assert (loaded.code, loaded.said("error")) == (2, [("huge.jsonld", 0, "")])
        assert "64 MiB" in loaded.messages()

    def test_json_limit_can_be_set_and_holds_for_packed_files(self, tmp_path: Path) -> None:
        import gzip

        source = tmp_path / "packed.jsonld.gz"
        source.write_bytes(gzip.compress(b'{"a": "' + b"x" * (2 << 20) + b'"}'))
        assert "1 MiB" in run(tmp_path, "elm", source, "--max-json-mb", "1").messages()
        assert run(tmp_path, "elm", source, "--max-json-mb", "3").code == 0


SAMPLES = (
    "Sample-MC-Annex1-unsigned.jsonld",
    "Sample-MC-Annex1-signed.jsonld",
    "ELMsupport-MastersDegree-signed.jsonld",
)


@pytest.mark.parametrize("name", SAMPLES)
def test_official_samples_read_the_same_with_the_official_contexts(tmp_path: Path, shared: Path, name: str) -> None:
    sample = shared / "samples" / "elm3-edc" / name
    ours = run(tmp_path, "elm", sample)
    official = run(tmp_path, "elm", sample, "--contexts", shared / "contexts")
    assert ours.triples == official.triples
    assert len(ours.records) >= 1
    assert not any("/foaf/0.1/givenName" in predicate for _, predicate, _ in ours.triples)
