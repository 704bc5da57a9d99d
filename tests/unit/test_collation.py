"""Names stand in the order that readers of their language expect: expected is that of ICU 77.1 (CLDR 47)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from service.catalogue.read_model.build import build_index
from service.catalogue.read_model.read_model import ReadModel
from service.catalogue.records import Filters
from service.messages.collation import collation
from tests.support.query_answers import store_of

# The alphabet of each language and words of its letters, as `icu.Collator` sorts them (recorded, by letters only).
ORDERS = {
    "bg": (
        "абвгдежзийклмнопрстуфхцчшщъьюя",
        "ащф аь бдй вйу гщ гю д зцж зш иса кюм лцг лцф нн ог оъо па пра тж тхх тц уж уле фт",
    ),
    "cs": (
        "abcčdefghijklmnopqrřsštuvwxyzž",
        "ásá bóm bů cr cx ěf eiq fys gg ímo ivi jr ju múu ňg nj pgi rh rzň řéý řv sád sl súq",
    ),
    "da": (
        "abcdefghijklmnopqrstuvwxyzæøå",
        "apw dza ewq fy hw hy ipq iq ja kcc lb mhq nyl opl owr oæb qåp so spw tjæ tæ uæj vav vzr",
    ),
    "de": (
        "abcdefghijklmnopqrsßtuvwxyz",
        "ams aq äqo as ci cpö dll dm dql dr eßß hv iu jk juq jyü lt nvv öc öfs oh ohg öo oy",
    ),
    "el": (
        "αβγδεζηθικλμνξοπρστυφχψω",
        "αδ άνζ βή γξβ δμέ δωω ε ζι ζυ ήαπ ήπ ηφλ θγη θν θπη ιίπ ίύ ίχγ κέά λιό μτ μφ νακ νύκ",
    ),
    "en": (
        "abcdefghijklmnopqrstuvwxyz",
        "ae bs dli eaw fw gm hly hq hr ivz ix jh jzm ltb mgg mit of onh or pby pu pxs qvq r",
    ),
    "es": (
        "abcdefghijklmnñopqrstuvwxyz",
        "ác ap av éá fj fún ge íhd íhñ il ip ípb ix jgg lü mñ mñj moq np óbr óún qü ssx tke",
    ),
    "et": (
        "abdefghijklmnoprsšzžtuvõäöü",
        "ae aõs be böä drj dv eše feu gj gs gžf hgž hm ibi jg kj kma kp lrv lžõ mbh mh než njž",
    ),
    "fi": (
        "abcdefghijklmnopqrstuvwxyzåäö",
        "at bgm bmd cž dr evw ewp fa fdo hk hqu in ir jj lv n od oe qg qšh re rjt rq šom",
    ),
    "fr": (
        "aæbcdefghijklmnoœpqrstuvwxyz",
        "âp ày aze bê çâp cg dv êè êfâ eî èv îôï îsf iv iÿ kr lë mlù œég pf qôw rz s sœ",
    ),
    "ga": (
        "abcdefghilmnoprstu",
        "ááu áu bnl br ciu duc ébá ee efé em érb fpi fu gí íf ígn iín lcp lh múd náú ne nhr níd",
    ),
    "hr": (
        "abcčćdđefghijklmnoprsštuvzž",
        "ae bš čćš čjv ććh ćr dgo dj đsg ev ftb fvv gce hć hm hp hž ifz jg kp kš kt lf lžl",
    ),
    "hu": (
        "abcdefghijklmnoöpqrstuüvwxyz",
        "áő bk cl cúö dg dőc éűá éxo in ír iü jí jő kna kqü ód oug őkg őlé öők öxn ré rk rőd",
    ),
    "is": (
        "aábdðeéfghiíjklmnoóprstuúvxyýþæö",
        "ájs bð dé dpk ðy éa évþ éþ flh fp gð gíú gúi htj hvo íg íýý jd jj kb kóé ksh lf lm",
    ),
    "it": (
        "abcdefghijklmnopqrstuvwxyz",
        "àhq dèt dps dt dùf dxp éj em géa gùf ié iì isy iz lw md mlm mò mùò òbx òò pr qò rp",
    ),
    "lt": (
        "abcčdefghijklmnoprsštuvzž",
        "aūl až cuv či ču dc dt ech eče eęo ėm eū evą ėvz ff yy inm jč mdb mj ml mtt of pbį",
    ),
    "lv": (
        "aābcčdeēfgģhiījkķlļmnņoprsštuūvzž",
        "aj āaņ ād bģg ce ckk čēļ čhā dč dē dēū dtr ea eu ēņ ēs g ģi ģv hf hļ iģā io īeū",
    ),
    "mt": (
        "abċdefġghħijklmnopqrstuvwxżz",
        "bas ċd ċrn ċż ċz e eh eq fġ fża ġa gqz gw gżh hbn hf ħja i jn kuġ kx lp md mn",
    ),
    "nb": (
        "abcdefghijklmnopqrstuvwxyzæøå",
        "ac clc cw dem déå ei él em ep ira iv jcò kmo ksz lfb lå møò òfc pwu qn qò qø r tbs",
    ),
    "nl": (
        "abcdefghijklmnopqrstuvwxyz",
        "ae afq aï anj bw bxq bz dl dn dvc dvo eïv ey ez ie ix ksa kvi l la lb ltï mbp mv",
    ),
    "pl": (
        "aąbcćdeęfghijklłmnńoóprsśtuwyzźż",
        "aź aż ątg bi bw ćkp dąa ędo ęi ękś fńj hp il io knr l łe łg łh mm mzr nt ntp nu",
    ),
    "pt": (
        "abcdefghijklmnopqrstuvwxyz",
        "àgb àqb ãv awf âz çô cr ct êy fy ism jo jwe kbg kw lsr ni nzu ôák ôaõ õd óê õf õqg",
    ),
    "ro": (
        "aăâbcdefghiîjklmnopqrsștțuvwxyz",
        "ăș ââc âr bry bvx byă că cci ce cș dgț dpp duț ef gâd hâ ie iq ive îs kl knz lf mțr",
    ),
    "sk": (
        "aäbcčdefghijklmnoôpqrsštuvwxyzž",
        "án b ďá dém ďió dk ďň ďvá ďý eĺh éňh gé íú jqr jťó ľg lk lvŕ nc ňlš nq nr ňzx oi",
    ),
    "sl": (
        "abcčdefghijklmnoprsštuvzž",
        "ažn bs čg čn dsr dsv efg eg egs fčd gd hbo hžž ig ir iv jzž kao li ne no nžm or oz",
    ),
    "sv": (
        "abcdefghijklmnopqrstuvwxyzåäö",
        "bae cl cü dé esr eü fv fö g gu gäs hé hxq hür jzm kvi küt lmé my pip pwu qbi qsx rd",
    ),
    "uk": (
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        "а аі вим вїє гзґ гл гхз гчп гю дчл єк єч ждю зґ зее ив из їяю йгю кж кжє лвк лц м",
    ),
}


@pytest.mark.parametrize("language", ORDERS)
def test_letters_and_words_stand_in_the_order_of_the_language(language: str) -> None:
    letters, words = ORDERS[language]
    for expected in (list(letters), words.split()):
        mixed = random.Random(1).sample(expected, len(expected))
        assert sorted(mixed, key=collation(language).key) == expected


def test_swedish_and_finnish_sort_a_ring_before_a_umlaut_whatever_the_case() -> None:
    for language in ("sv", "fi", "sv-FI"):
        expected = ["Apa", "zebra", "Åbo", "åka", "Älg", "ö"]
        assert sorted(["ö", "åka", "Älg", "Apa", "Åbo", "zebra"], key=collation(language).key) == expected


def test_signs_come_before_digits_and_digits_before_letters() -> None:
    assert sorted(["databas", "data2", "data science"], key=collation("fi").key) == ["data science", "data2", "databas"]
    assert sorted(["b", "3D", "(a)"], key=collation("en").key) == ["(a)", "3D", "b"]


def test_accents_decide_only_between_names_of_the_same_letters() -> None:
    assert sorted(["côté", "cote", "coter", "côte"], key=collation("fr").key) == ["cote", "côte", "côté", "coter"]


def test_composed_and_decomposed_letters_stand_together() -> None:
    key = collation("sv").key
    assert key("a\u030aka") == key("åka")


def test_read_model_lists_by_the_alphabet_of_the_language_asked_for(tmp_path: Path) -> None:
    names = ["Zebra", "Ångström", "Äpple", "Öl", "Apa"]
    turtle = "\n".join(
        f':c{n} a mc:MicroCredential ; dcterms:title "{name}"@sv . :s{n} a esco:Skill ; skos:prefLabel "{name}"@sv .'
        for n, name in enumerate(names)
    )
    build_index(store_of(turtle), tmp_path / "index.sqlite")
    model = ReadModel(tmp_path / "index.sqlite")
    page = model.credentials(Filters(), language="sv", limit=10, offset=0)
    assert [item.title["sv"] for item in page.items] == ["Apa", "Zebra", "Ångström", "Äpple", "Öl"]
    skills = [names[int(iri[-1])] for iri in model.things("skill", "sv", 10, 0).items]
    assert skills == ["Apa", "Zebra", "Ångström", "Äpple", "Öl"]
    english = model.credentials(Filters(), language="en", limit=10, offset=0)
    assert [item.title["sv"] for item in english.items] == ["Ångström", "Apa", "Äpple", "Öl", "Zebra"]
