from handlers.core.choice_token import ChoiceToken


def test_a_token_is_a_name_and_what_it_carries() -> None:
    token = ChoiceToken.parse("mark:12:ab34:handed_in")
    assert token == ChoiceToken("mark", ("12", "ab34", "handed_in"))
    assert (token.number(0), token.arg(1), token.arg(2)) == (12, "ab34", "handed_in")


def test_what_is_missing_is_empty_or_none() -> None:
    token = ChoiceToken("mark", ("x",))
    assert (token.number(0), token.number(5), token.arg(5), token.rest(5)) == (None, None, "", "")


def test_words_may_hold_a_colon() -> None:
    token = ChoiceToken.parse("reg:set:title:数字乡村：一期:上")
    assert token
    assert token.rest(2) == "数字乡村：一期:上"


def test_a_name_alone_is_no_token() -> None:
    assert ChoiceToken.parse("mark") is None
    assert ChoiceToken.parse("mine:") == ChoiceToken("mine", ("",))
