"""Finding by words, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.common.searching import Document, excerpt, pieces, plain, ranked, words_of


def document(title: str, keywords: str = "", body: str = "") -> Document[str]:
    return Document(thing=title, title=title, keywords=keywords, body_md=body)


def found(text: str, *documents: Document[str]) -> list[str]:
    return [hit.thing for hit in ranked(text, documents)]


def marked(text: str, query: str) -> list[str]:
    return [piece.text for piece in pieces(text, words_of(query)) if piece.is_match]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Attention, please!", ("attention", "please")),
        ("“late policy” AI", ("late policy", "ai")),
        ('"late  policy', ("late", "policy")),
        ("U-Net u-net", ("u-net",)),
        ("Möbius", ("mobius",)),
        ("  ... ", ()),
    ],
)
def test_a_query_is_words_and_quoted_phrases(query: str, words: tuple[str, ...]) -> None:
    assert words_of(query) == words


def test_every_word_must_occur_somewhere() -> None:
    both, one = document("Attention", body="and transformers"), document("Attention")

    assert found("attention transformers", one, both) == ["Attention"]
    assert found("attention nowhere", one, both) == []


def test_a_title_comes_before_a_keyword_and_that_before_the_text() -> None:
    text, keyword, title = document("A", body="diffusion"), document("B", "diffusion"), document("Diffusion")

    assert found("diffusion", text, keyword, title) == ["Diffusion", "B", "A"]


def test_a_whole_word_comes_before_its_beginning_and_that_before_its_inside() -> None:
    inside, start, whole = document("Reforms"), document("Formsheet"), document("The forms")

    assert found("forms", inside, start, whole) == ["The forms", "Formsheet", "Reforms"]


def test_a_short_word_is_not_looked_for_inside_others() -> None:
    assert found("ai", document("Training"), document("AI tools")) == ["AI tools"]


def test_equals_stay_in_their_order() -> None:
    assert found("lecture", document("Lecture 1"), document("Lecture 2")) == ["Lecture 1", "Lecture 2"]


def test_case_and_accents_do_not_matter_and_the_mark_is_in_the_right_place() -> None:
    assert found("moreau strasse", document("Straße of Môreau")) == ["Straße of Môreau"]
    assert marked("Straße of Môreau", "strasse moreau") == ["Straße", "Môreau"]


def test_a_quoted_phrase_is_found_across_spaces_and_not_in_pieces() -> None:
    assert found('"late policy"', document("Late  policy"), document("Policy on late work")) == ["Late  policy"]


def test_words_that_overlap_are_marked_once() -> None:
    assert marked("transformers", "transform transformers") == ["transform"]


def test_an_excerpt_stands_around_the_first_word() -> None:
    text = "word " * 100 + "needle " + "word " * 100

    shown = "".join(piece.text for piece in excerpt(text, ["needle"]))

    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "needle" in shown
    assert len(shown) < 260


def test_an_excerpt_shows_no_markdown() -> None:
    assert plain("# Rules\n\n- **Cite** [the page](https://example.edu) and `code`") == "Rules Cite the page and code"


@given(st.text(max_size=300), st.text(max_size=40))
def test_marking_loses_nothing_of_a_text(text: str, query: str) -> None:
    assert "".join(piece.text for piece in pieces(text, words_of(query))) == text


@given(st.text(max_size=600), st.text(max_size=40))
def test_any_query_finds_in_any_text_without_falling_over(text: str, query: str) -> None:
    ranked(query, [document(text[:50], text[50:80], text)])
