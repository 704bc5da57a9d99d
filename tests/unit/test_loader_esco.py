"""The `esco` loader: every trap of the official CSV packs, the RDF release as a stream, and the whole of v1.1.1.

The small packs are written here in the shape of the official ones; what must come out is worked by hand.
"""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from loaders.vocabulary import ISO_THES
from tests.support.loader_runs import DCTERMS, ESCO, SKOS, TYPE, Run, run

ID = "http://data.europa.eu/esco/"
XSD = "http://www.w3.org/2001/XMLSchema#"
HASKELL, COMPUTER, CODING = (f"{ID}skill/{n * 8}-0000-0000-0000-000000000000" for n in "123")
DEVELOPER, TESTER = (f"{ID}occupation/{n * 8}-0000-0000-0000-000000000000" for n in "45")
STRANGER = f"{ID}skill/99999999-0000-0000-0000-000000000000"

SKILLS = f"""\
conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,scopeNote,\
definition,inScheme,description
KnowledgeSkillCompetence,{HASKELL},knowledge,sector-specific,Haskell,"Haskell
Haskell language
Haskell language
 lazy language\u00a0",,released,2016-12-20T17:43:43Z,,,"{ID}concept-scheme/skills,
{ID}concept-scheme/member-skills","Two lines
of text."
KnowledgeSkillCompetence,{CODING},skill/competence,cross-sector,\u00a0write code ,,,released,2016-12-20T17:43:43Z,,,\
{ID}concept-scheme/skills,
"""
OCCUPATIONS = f"""\
conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,inScheme,description,code,naceCode
Occupation,{DEVELOPER},0110,developer,,{ID}concept-scheme/occupations,,0110.1,J62
Occupation,{TESTER},2519,tester,,{ID}concept-scheme/occupations,,2519.1,
"""
ISCO = f"""\
conceptType,conceptUri,code,preferredLabel,status,altLabels,inScheme,description
ISCOGroup,{ID}isco/C0110,0110,Officers,released,,"{ID}concept-scheme/occupations,
{ID}concept-scheme/isco",
"""
GROUPS = f"""\
conceptType,conceptUri,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,scopeNote,inScheme,description,code
SkillGroup,{ID}isced-f/0613,software development,,,released,,,"{ID}concept-scheme/isced-f
{ID}concept-scheme/skills",,
SkillGroup,{COMPUTER},working with computers,,,released,,,{ID}concept-scheme/skills,,S5
"""


def pack(folder: Path, **files: str) -> Path:
    """Write a pack: four concept files, and those given."""
    folder.mkdir(parents=True, exist_ok=True)
    defaults = {"skills_en": SKILLS, "occupations_en": OCCUPATIONS, "ISCOGroups_en": ISCO, "skillGroups_en": GROUPS}
    for name, text in {**defaults, **files}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


def load(tmp_path: Path, **files: str) -> Run:
    """Load a pack of the four concept files and the given ones."""
    return run(tmp_path, "esco", pack(tmp_path / "v1.1.1" / "en", **files))


def test_skill_keeps_its_iri_types_and_facts(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert {(p, o) for s, p, o in loaded.triples if s == HASKELL} == {
        (TYPE, ESCO + "Skill"),
        (TYPE, SKOS + "Concept"),
        (SKOS + "prefLabel", '"Haskell"@en'),
        (SKOS + "altLabel", '"Haskell language"@en'),
        (SKOS + "altLabel", '"lazy language"@en'),
        (DCTERMS + "description", '"Two lines\\nof text."@en'),
        (ESCO + "skillType", ID + "skill-type/knowledge"),
        (ESCO + "skillReuseLevel", ID + "skill-reuse-level/sector-specific"),
        (SKOS + "inScheme", ID + "concept-scheme/skills"),
        (SKOS + "inScheme", ID + "concept-scheme/member-skills"),
        (ISO_THES + "status", '"released"'),
        (DCTERMS + "modified", f'"2016-12-20T17:43:43Z"^^<{XSD}dateTime>'),
    }


def test_withdrawn_concept_is_a_concept_with_status_and_successor_only(tmp_path: Path) -> None:
    rows = (
        "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,status,modifiedDate,isReplacedBy,exactMatch\n"
        f"KnowledgeSkillCompetence,{HASKELL},knowledge,sector-specific,Haskell,obsolete,2024-05-15,{CODING},http://x/h\n"
        f"KnowledgeSkillCompetence,{CODING},skill/competence,cross-sector,write code,released,,,\n"
    )
    loaded = load(tmp_path, skills_en=rows)
    assert loaded.values(HASKELL, TYPE) == {SKOS + "Concept"}
    assert loaded.values(CODING, TYPE) == {SKOS + "Concept", ESCO + "Skill"}
    assert loaded.values(HASKELL, ISO_THES + "status") == {'"obsolete"'}
    assert loaded.values(HASKELL, DCTERMS + "isReplacedBy") == {CODING}
    assert loaded.values(HASKELL, DCTERMS + "modified") == {f'"2024-05-15"^^<{XSD}date>'}
    assert loaded.values(HASKELL, SKOS + "exactMatch") == {"http://x/h"}
    assert loaded.summary["withdrawn concepts"] == 1


def test_regulated_professions_nace_codes_and_types_of_groups_are_kept(tmp_path: Path) -> None:
    note = ID + "regulated-professions/regulated"
    rows = (
        "conceptType,conceptUri,preferredLabel,status,regulatedProfessionNote,naceCode\n"
        f"Occupation,{DEVELOPER},developer,released,{note},62.01\n"
    )
    loaded = load(tmp_path, occupations_en=rows)
    assert loaded.values(DEVELOPER, ESCO + "regulatedProfessionNote") == {note}
    assert loaded.values(DEVELOPER, ESCO + "hasNACECode") == {'"62.01"'}
    assert loaded.values(COMPUTER, DCTERMS + "type") == {'"SkillGroup"'}


def test_everything_is_shared_in_one_graph_of_the_version(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert loaded.text.startswith("# shared\n")
    assert loaded.text.count("# ") == 1
    assert loaded.graphs == {"http://localhost:8000/graph/esco-1.1.1"}


def test_labels_lose_blanks_and_no_break_spaces_around_them(tmp_path: Path) -> None:
    assert load(tmp_path).values(CODING, SKOS + "prefLabel") == {'"write code"@en'}


def test_isco_group_is_text_so_that_its_zero_stays(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert loaded.values(DEVELOPER, ESCO + "memberOfISCOGroup") == {ID + "isco/C0110"}
    assert loaded.values(DEVELOPER, SKOS + "notation") == {'"0110.1"'}
    assert loaded.values(ID + "isco/C0110", SKOS + "notation") == {'"0110"'}


def test_occupation_of_an_unknown_isco_group_is_written_without_it(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert loaded.values(TESTER, ESCO + "memberOfISCOGroup") == set()
    assert loaded.said("error") == [("en/occupations_en.csv", 3, "iscoGroup")]


def test_groups_are_plain_concepts_and_isced_f_codes_come_from_the_iri(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert loaded.values(COMPUTER, TYPE) == {SKOS + "Concept"}
    assert loaded.values(COMPUTER, SKOS + "notation") == {'"S5"'}
    assert loaded.values(ID + "isced-f/0613", SKOS + "notation") == {'"0613"'}
    assert loaded.values(ID + "isced-f/0613", SKOS + "inScheme") == {
        ID + "concept-scheme/isced-f",
        ID + "concept-scheme/skills",
    }
    # The same classification, ISCED-F 2013, as the list of fields that records use has it.
    assert loaded.values(ID + "isced-f/0613", SKOS + "exactMatch") == {"http://data.europa.eu/snb/isced-f/0613"}


@pytest.mark.parametrize("suffix", ["", "_en"])
def test_relation_files_are_read_with_and_without_suffix(tmp_path: Path, suffix: str) -> None:
    rows = f"occupationUri,relationType,skillType,skillUri\n{DEVELOPER},essential,knowledge,{HASKELL}\n"
    loaded = load(tmp_path, **{f"occupationSkillRelations{suffix}": rows})
    assert loaded.values(DEVELOPER, ESCO + "relatedEssentialSkill") == {HASKELL}
    assert loaded.summary["occupation-skill relations"] == 1


def test_wrong_original_skill_type_is_ignored(tmp_path: Path) -> None:
    rows = (
        "originalSkillUri,originalSkillType,relationType,relatedSkillType,relatedSkillUri\n"
        f"{CODING},knowledge,optional,knowledge,{HASKELL}\n"
    )
    loaded = load(tmp_path, skillSkillRelations=rows)
    assert loaded.values(CODING, ESCO + "relatedOptionalSkill") == {HASKELL}
    assert loaded.values(CODING, ESCO + "skillType") == {ID + "skill-type/skill"}


def test_rows_that_name_unknown_concepts_are_reported_and_dropped(tmp_path: Path) -> None:
    relations = f"occupationUri,relationType,skillUri\n{DEVELOPER},optional,{STRANGER}\n{HASKELL},optional,{CODING}\n"
    broader = f"conceptType,conceptUri,broaderType,broaderUri\nx,{HASKELL},x,{COMPUTER}\nx,{STRANGER},x,{COMPUTER}\n"
    loaded = load(tmp_path, occupationSkillRelations=relations, broaderRelationsSkillPillar=broader)
    assert loaded.said("warning") == [
        ("en/broaderRelationsSkillPillar.csv", 3, "conceptUri"),
        ("en/occupationSkillRelations.csv", 2, "skillUri"),
        ("en/occupationSkillRelations.csv", 3, "occupationUri"),
    ]
    assert loaded.values(HASKELL, SKOS + "broader") == {COMPUTER}
    assert STRANGER not in loaded.text
    assert loaded.code == 1


def test_collections_become_schemes_and_their_bars_no_labels(tmp_path: Path) -> None:
    header = "conceptType,conceptUri,preferredLabel,status,altLabels,broaderConceptUri\n"
    row = f"KnowledgeSkillCompetence,{HASKELL},Haskell,released,lazy | pure,{COMPUTER} | {CODING}\n"
    loaded = load(tmp_path, digitalSkillsCollection_en=header + row, digCompSkillsCollection_en=header + row)
    assert loaded.values(HASKELL, SKOS + "inScheme") > {
        ID + "concept-scheme/6c930acd-c104-4ece-acf7-f44fd7333036",
        ID + "concept-scheme/digcomp",
    }
    assert "lazy | pure" not in loaded.text


def test_short_records_of_the_hierarchy_give_the_steps_between_levels(tmp_path: Path) -> None:
    rows = (
        "Level 0 URI,Level 0 preferred term,Level 1 URI,Level 1 preferred term,Level 2 URI,Level 2 preferred term,"
        f"Level 3 URI,Level 3 preferred term,Description\n{COMPUTER},computers\n{COMPUTER},computers,{CODING},code\n"
    )
    loaded = load(tmp_path, skillsHierarchy_en=rows)
    assert loaded.values(CODING, SKOS + "broader") == {COMPUTER}


def test_repeated_concept_is_read_once_as_it_was_modified_last(tmp_path: Path) -> None:
    older = (
        f"KnowledgeSkillCompetence,{CODING},skill/competence,cross-sector,code,,,released,2010-01-01T00:00:00Z,,,,\n"
    )
    newer = older.replace("2010", "2024").replace(",code,", ",program,")
    loaded = load(tmp_path, skills_en=SKILLS + older + newer)
    assert loaded.values(CODING, SKOS + "prefLabel") == {'"program"@en'}
    assert loaded.summary["skills"] == 2
    assert [line for _, line, _ in loaded.said("info")] == [8, 9]


def test_languages_add_labels_and_repeat_no_facts(tmp_path: Path) -> None:
    finnish = SKILLS.replace("Haskell language", "Haskell-kieli").replace("write code", "kirjoittaa koodia")
    loaded = load(tmp_path, skills_fi=finnish)
    assert loaded.values(CODING, SKOS + "prefLabel") == {'"write code"@en', '"kirjoittaa koodia"@fi'}
    assert loaded.text.count(f"<{HASKELL}> <{TYPE}> <{ESCO}Skill>") == 1
    assert loaded.summary["skills"] == 2


def test_concept_schemes_have_a_title(tmp_path: Path) -> None:
    scheme = ID + "concept-scheme/digcomp"
    rows = (
        "conceptType,conceptSchemeUri,preferredLabel,title,hasTopConcept\n"
        f'ConceptScheme,{scheme},DigComp,,"{CODING},\n{HASKELL}"\n'
    )
    loaded = load(tmp_path, conceptSchemes_en=rows)
    assert {(p, o) for s, p, o in loaded.triples if s == scheme} == {
        (TYPE, SKOS + "ConceptScheme"),
        (DCTERMS + "title", '"DigComp"@en'),
        (SKOS + "prefLabel", '"DigComp"@en'),
    }


def test_cell_longer_than_the_csv_module_allows_by_default_is_read(tmp_path: Path) -> None:
    long = SKILLS.replace("of text.", "x" * 200_000)
    (description,) = load(tmp_path, skills_en=long).values(HASKELL, DCTERMS + "description")
    assert len(description) > 200_000


def test_https_iri_is_no_esco_iri(tmp_path: Path) -> None:
    loaded = load(tmp_path, skills_en=SKILLS.replace(CODING, "https" + CODING[4:]))
    assert ("en/skills_en.csv", 8, "conceptUri") in loaded.said("error")
    assert "https" not in loaded.text


def test_unknown_skill_type_is_left_out(tmp_path: Path) -> None:
    loaded = load(tmp_path, skills_en=SKILLS.replace(",knowledge,", ",talent,"))
    assert ("en/skills_en.csv", 2, "skillType") in loaded.said("error")
    assert loaded.values(HASKELL, ESCO + "skillType") == set()


def test_file_that_is_no_part_of_a_pack_is_named_and_passed_over(tmp_path: Path) -> None:
    assert ("en/greenShareOcc_en.csv", 0, "") in load(tmp_path, greenShareOcc_en="a,b\n").said("info")


def test_missing_column_is_named(tmp_path: Path) -> None:
    loaded = load(tmp_path, skills_en="conceptUri,label\n")
    assert (loaded.code, loaded.said("error")[-1]) == (2, ("en/skills_en.csv", 1, ""))
    assert "preferredLabel" in loaded.messages()


def test_relations_without_their_concepts_stop_with_what_is_needed(tmp_path: Path) -> None:
    source = tmp_path / "v1.1.1" / "occupationSkillRelations.csv"
    source.parent.mkdir()
    source.write_text(f"occupationUri,relationType,skillUri\n{DEVELOPER},optional,{HASKELL}\n")
    loaded = run(tmp_path, "esco", source)
    assert loaded.code == 2
    assert "_en.csv" in loaded.messages()


def test_zip_gzip_folder_and_single_files_give_the_same(tmp_path: Path) -> None:
    folder = pack(tmp_path / "v1.1.1" / "en")
    with zipfile.ZipFile(tmp_path / "ESCO dataset - v1.1.1 - classification - en - csv.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"nested/{path.name}")
        archive.writestr("__MACOSX/nested/._skills_en.csv", b"\x00\x05\x16\x07")
    packed = tmp_path / "packed" / "v1.1.1"
    packed.mkdir(parents=True)
    for path in folder.iterdir():
        (packed / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    runs = [
        run(tmp_path, "esco", folder),
        run(tmp_path, "esco", tmp_path / "ESCO dataset - v1.1.1 - classification - en - csv.zip"),
        run(tmp_path, "esco", packed),
        run(tmp_path, "esco", *sorted(folder.iterdir())),
    ]
    assert [one.triples == runs[0].triples for one in runs] == [True] * 4
    assert len(runs[0].triples) > 20


def test_version_is_asked_for_when_no_path_names_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pack(tmp_path / "en")
    assert run(tmp_path, "esco", folder).code == 2
    assert "--version 1.1.1" in capsys.readouterr().err
    assert run(tmp_path, "esco", folder, "--version", "v1.2.0").graphs == {"http://localhost:8000/graph/esco-1.2.0"}


def test_two_versions_are_never_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = pack(tmp_path / "v1.1.1" / "en"), pack(tmp_path / "v1.2.0" / "en")
    assert run(tmp_path, "esco", *sources).code == 2
    assert "1.1.1, 1.2.0" in capsys.readouterr().err


TURTLE = f"""\
@prefix e: <{ID}> . @prefix esco: <{ESCO}> . @prefix skos: <{SKOS}> . @prefix dct: <{DCTERMS}> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{ID}node-literal/before> a esco:NodeLiteral ; esco:language "en" ; esco:nodeLiteral "A \\"lazy\\" language.\\nPure." .
<{HASKELL}> a esco:MemberConcept , esco:Skill , skos:Concept ;
    skos:prefLabel "Haskell"@en , "Haskell"@fi ; skos:altLabel "lazy language"@en ;
    skosxl:prefLabel <{ID}label/1> ; dct:description <{ID}node-literal/before> , <{ID}node-literal/after> ;
    dct:modified "2016-12-20T18:05:57Z"^^xsd:dateTime ; esco:referenceLanguage "en"^^xsd:language ;
    esco:skillType <{ID}skill-type/knowledge> ; esco:isOptionalSkillFor <{DEVELOPER}> ;
    esco:hasAssociation <{ID}relation/R1> ; skos:broader <{COMPUTER}> ; skos:narrower <{STRANGER}> ;
    skos:broaderTransitive <{COMPUTER}> , <{ID}isced-f/06> ; skos:inScheme <{ID}concept-scheme/skills> .
<{ID}label/1> a skosxl:Label ; skosxl:literalForm "Haskell"@fi ; esco:hasLabelRole "{ID}label-role/neutral" .
<{ID}relation/R1> a esco:AssociationObject ; esco:isAssociationFor <{DEVELOPER}> ; esco:target <{HASKELL}> ;
    dct:type <{ID}relationship-type/optional-skill> .
<{DEVELOPER}> a esco:Occupation , skos:Concept ; esco:relatedOptionalSkill <{HASKELL}> ; skos:notation "2512.1" .
<{ID}node-literal/after> a esco:NodeLiteral ; esco:language "fi"^^xsd:language ; esco:nodeLiteral "Laiska kieli." .
"""


def test_rdf_release_keeps_the_plain_form_only(tmp_path: Path) -> None:
    source = tmp_path / "esco-v1.2.0.ttl"
    source.write_text(TURTLE, encoding="utf-8")
    loaded = run(tmp_path, "esco", source)
    assert loaded.triples == {
        (HASKELL, TYPE, ESCO + "Skill"),
        (HASKELL, TYPE, SKOS + "Concept"),
        (HASKELL, SKOS + "prefLabel", '"Haskell"@en'),
        (HASKELL, SKOS + "prefLabel", '"Haskell"@fi'),
        (HASKELL, SKOS + "altLabel", '"lazy language"@en'),
        (HASKELL, DCTERMS + "description", '"A \\"lazy\\" language.\\nPure."@en'),
        (HASKELL, DCTERMS + "description", '"Laiska kieli."@fi'),
        (HASKELL, ESCO + "skillType", ID + "skill-type/knowledge"),
        (HASKELL, SKOS + "broader", COMPUTER),
        (HASKELL, SKOS + "inScheme", ID + "concept-scheme/skills"),
        (HASKELL, DCTERMS + "modified", f'"2016-12-20T18:05:57Z"^^<{XSD}dateTime>'),
        (DEVELOPER, TYPE, ESCO + "Occupation"),
        (DEVELOPER, TYPE, SKOS + "Concept"),
        (DEVELOPER, ESCO + "relatedOptionalSkill", HASKELL),
        (DEVELOPER, SKOS + "notation", '"2512.1"'),
    }
    assert loaded.graphs == {"http://localhost:8000/graph/esco-1.2.0"}
    assert (loaded.code, loaded.summary["skills"], loaded.summary["skill relations"]) == (0, 1, 1)


def test_rdf_release_keeps_a_withdrawn_concept_as_one_wherever_its_status_stands(tmp_path: Path) -> None:
    source = tmp_path / "esco-v1.2.0.ttl"
    more = f'\n<{HASKELL}> <{ISO_THES}status> "obsolete" ; <{DCTERMS}isReplacedBy> <{DEVELOPER}> .\n'
    source.write_text(TURTLE + more, encoding="utf-8")
    loaded = run(tmp_path, "esco", source)
    assert loaded.values(HASKELL, TYPE) == {SKOS + "Concept"}
    assert loaded.values(HASKELL, DCTERMS + "isReplacedBy") == {DEVELOPER}
    assert (loaded.summary["withdrawn concepts"], loaded.summary.get("skills", 0)) == (1, 0)


def test_rdf_release_in_a_zip_gives_the_same_as_n_triples(tmp_path: Path) -> None:
    import pyoxigraph as ox

    triples = ox.serialize(
        (quad.triple for quad in ox.parse(TURTLE, ox.RdfFormat.TURTLE)), format=ox.RdfFormat.N_TRIPLES
    )
    with zipfile.ZipFile(tmp_path / "ESCO dataset - v1.2.0 - classification -  - ttl.zip", "w") as archive:
        archive.writestr("esco-v1.2.0.ttl", TURTLE)
    (tmp_path / "esco-v1.2.0.nt").write_bytes(triples or b"")
    zipped = run(tmp_path, "esco", tmp_path / "ESCO dataset - v1.2.0 - classification -  - ttl.zip")
    assert zipped.triples == run(tmp_path, "esco", tmp_path / "esco-v1.2.0.nt").triples


def test_description_node_without_text_is_reported(tmp_path: Path) -> None:
    source = tmp_path / "esco-v1.2.0.ttl"
    source.write_text(TURTLE.replace('esco:nodeLiteral "Laiska kieli."', "skos:note 5"), encoding="utf-8")
    loaded = run(tmp_path, "esco", source)
    assert loaded.said("error") == [("esco-v1.2.0.ttl", 0, DCTERMS + "description")]


def test_syntax_error_names_its_line(tmp_path: Path) -> None:
    source = tmp_path / "esco-v1.2.0.ttl"
    source.write_text(TURTLE.replace("skos:narrower <", "skos:narrower ((<"), encoding="utf-8")
    loaded = run(tmp_path, "esco", source)
    assert (loaded.code, loaded.said("error")) == (2, [("esco-v1.2.0.ttl", 9, "")])


@pytest.mark.slow
def test_whole_official_release_gives_the_official_counts(tmp_path: Path, shared: Path) -> None:
    """Counts and defects as the publishers of the data counted them (README beside the data), less what it marks."""
    release = shared / "esco" / "v1.1.1"
    loaded = run(tmp_path, "esco", release / "en", release / "relations", release / "derived")
    counts = {name: loaded.summary[name] for name in ("skills", "occupations", "ISCO groups", "skill groups")}
    assert counts == {"skills": 13_896, "occupations": 3_007, "ISCO groups": 619, "skill groups": 640}
    assert loaded.summary["occupation-skill relations"] == 123_855 - 67
    assert loaded.summary["skill-skill relations"] == 5_899
    assert loaded.summary["broader relations"] == 20_656 + 3_617 - 7 - 1
    orphans = [source for source, _, _ in loaded.said("warning")]
    assert orphans.count("relations/occupationSkillRelations.csv.gz") == 67
    assert orphans.count("relations/broaderRelationsOccPillar.csv.gz") == 1
    assert orphans.count("relations/broaderRelationsSkillPillar.csv.gz") == 7
    labels = [triple for triple in loaded.triples if triple[1] == SKOS + "prefLabel" and "/skill/" in triple[0]]
    by_language = {
        language: sum(label[2].endswith("@" + language) for label in labels) for language in ("en", "fi", "sv")
    }
    # 420 of the 640 skill groups have skill IRIs and English labels only (FORMATS.md §1).
    assert by_language == {"en": 13_896 + 420, "fi": 13_896, "sv": 13_896}
