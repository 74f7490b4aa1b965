"""Which updates are for the assistant, and as what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.files.inspection import MEGABYTE
from handlers.domain.messages import Address, Incoming, Reply
from handlers.texts import channels as channel_texts
from tests.support.fake_telegram import BOT_ID, START, USERNAME, FakeTelegram, Person, running

GROUP = -1001
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
FILE = {"file_id": "f", "file_unique_id": "u"}
BOT = {"id": BOT_ID, "is_bot": True, "first_name": "研修助手", "username": USERNAME}
OTHER_BOT = {"id": 99, "is_bot": True, "first_name": "别的", "username": "OtherBot"}


class Heard:
    """The channel at work, and what dispatch was given."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self.telegram = telegram
        self.incoming: list[Incoming] = []
        self.lin = telegram.person(1)

    async def dispatch(self, incoming: Incoming) -> tuple[Reply, ...]:
        self.incoming.append(incoming)
        return (Reply(text="答"),)

    async def of(self, kind: str, payload: dict[str, Any]) -> list[Incoming]:
        """What dispatch hears of one update."""
        await self.lin.sends(self.telegram.update(kind, payload))
        return self.incoming


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    async with FakeTelegram() as telegram:
        heard = Heard(telegram)
        async with running(telegram, heard.dispatch):
            yield heard


async def test_private_text_is_passed_on_unchanged(heard: Heard) -> None:
    message = heard.lin.message("  补助多少？\n2025年 ")
    assert await heard.of("message", message) == [
        Incoming(
            address=Address(channel="telegram", id="1"),
            message_id=str(message["message_id"]),
            text="  补助多少？\n2025年 ",
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", "/start"),
        (f"/why@{USERNAME}", "/why"),
        (f"/ask@{USERNAME.lower()} 补助", "/ask 补助"),
        ("/why@OtherBot", "/why@OtherBot"),
        ("见 /why@YanxiuTestBot", "见 /why@YanxiuTestBot"),
    ],
)
async def test_a_command_loses_only_the_name_of_the_bot(heard: Heard, text: str, expected: str) -> None:
    [incoming] = await heard.of("message", heard.lin.message(text))
    assert incoming.text == expected


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("voice", {"voice": FILE | {"duration": 1}}),
        ("sticker", {"sticker": FILE | _s}),
        ("location", {"location": {"latitude": 26.0, "longitude": 119.3}}),
        ("contact", {"contact": {"phone_number": "1", "first_name": "x"}}),
        ("video", {"video": FILE | {"width": 1, "height": 1, "duration": 1}}),
    ]
    if (_s := {"width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular"})
    else [],
)
async def test_what_is_not_text_is_passed_on_by_its_kind(heard: Heard, kind: str, content: dict[str, Any]) -> None:
    [incoming] = await heard.of("message", heard.lin.message(**content))
    assert (incoming.unsupported, incoming.text) == (kind, "")


async def test_the_videos_of_one_album_are_one_message(heard: Heard) -> None:
    video = FILE | {"width": 1, "height": 1, "duration": 1}
    for _ in range(3):
        await heard.of("message", heard.lin.message(video=video, media_group_id="g7"))
    assert [incoming.message_id for incoming in heard.incoming] == ["album:g7"]
    assert heard.telegram.sent_to(1) == ["答"]


async def test_each_picture_of_an_album_is_a_file_of_its_own_named_by_its_caption(heard: Heard) -> None:
    for caption in ("开班合影", None):
        await heard.of("message", heard.lin.message(photo=PHOTO, media_group_id="g7", caption=caption))
    assert [incoming.file and incoming.file.name for incoming in heard.incoming] == ["开班合影.jpg", "照片.jpg"]


async def test_a_file_telegram_no_longer_has_is_asked_for_again(heard: Heard) -> None:
    [incoming] = await heard.of("message", heard.lin.message(document=FILE))
    assert incoming.file is not None
    assert incoming.file.problem == channel_texts.TELEGRAM_NOT_FETCHED


async def test_a_file_larger_than_telegram_gives_away_is_refused_with_its_size(heard: Heard) -> None:
    [incoming] = await heard.of("message", heard.lin.message(document=FILE | {"file_size": 30 * MEGABYTE}))
    assert incoming.file is not None
    assert "30MB" in incoming.file.problem
    assert heard.telegram.called("getFile") == []


async def test_an_edited_message_is_a_new_one(heard: Heard) -> None:
    message = heard.lin.message("补助多少")
    await heard.of("message", message)
    edited = message | {"text": "2023年补助多少", "edit_date": START + 60}
    await heard.of("edited_message", edited)
    await heard.of("edited_message", edited)
    number = message["message_id"]
    assert [i.message_id for i in heard.incoming] == [str(number), f"{number}.e{START + 60}"]
    assert heard.telegram.sent_to(1) == ["答", "答"]


async def test_a_moving_location_is_not_answered_again_and_again(heard: Heard) -> None:
    place = {"latitude": 26.0, "longitude": 119.3}
    message = heard.lin.message(location=place, edit_date=START + 5)
    assert await heard.of("edited_message", message) == []


async def test_a_pressed_button_is_a_choice(heard: Heard) -> None:
    await heard.lin.says("问")
    press = heard.lin.press("kind:demo", 5)
    await heard.lin.sends(press)
    assert heard.incoming[-1] == Incoming(
        address=Address(channel="telegram", id="1"),
        message_id=f"cb:{press['callback_query']['id']}",
        choice="kind:demo",
    )


async def test_a_press_that_telegram_calls_too_old_is_still_answered(heard: Heard) -> None:
    press = heard.lin.press("kind:demo", 5)
    heard.telegram.callbacks.clear()
    assert len(await heard.lin.sends(press)) == 1


async def test_a_press_without_our_data_is_only_acknowledged(heard: Heard) -> None:
    press = heard.lin.press("x", 5)
    del press["callback_query"]["message"]
    press["callback_query"]["inline_message_id"] = "i1"
    assert await heard.lin.sends(press) == []
    assert heard.incoming == []
    assert not heard.telegram.callbacks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"@{USERNAME} 补助多少", "补助多少"),
        (f"😀请问 @{USERNAME.upper()} 补助多少", "😀请问  补助多少"),
        (f"@{USERNAME}", "/help"),
        ("/why", "/why"),
        (f"/why@{USERNAME}", "/why"),
    ],
)
async def test_in_a_group_the_bot_answers_who_addresses_it(heard: Heard, text: str, expected: str) -> None:
    message = heard.lin.message(text, group=GROUP)
    [sent] = await heard.lin.sends(heard.telegram.update("message", message))
    assert heard.incoming[0].text == expected
    assert heard.incoming[0].address.id == str(GROUP)
    reply_to = {"message_id": message["message_id"], "allow_sending_without_reply": True}
    assert sent.params["reply_parameters"] == reply_to


@pytest.mark.parametrize("text", ["大家好", "/why@OtherBot", "@OtherBot 补助多少", f"邮箱 x@{USERNAME}"])
async def test_in_a_group_other_talk_is_left_alone(heard: Heard, text: str) -> None:
    assert await heard.of("message", heard.lin.message(text, group=GROUP)) == []


async def test_in_a_group_a_reply_to_the_bot_or_a_mention_by_name_is_for_it(heard: Heard) -> None:
    asked = heard.lin.message("之前的", group=GROUP) | {"from": BOT}
    await heard.of("message", heard.lin.message("那国家级呢", group=GROUP, reply_to_message=asked))
    named = [{"type": "text_mention", "offset": 0, "length": 2, "user": BOT}]
    await heard.of("message", heard.lin.message("助手 补助", group=GROUP) | {"entities": named})
    captioned = [{"type": "mention", "offset": 0, "length": len(USERNAME) + 1}]
    photo = {"photo": PHOTO, "caption": f"@{USERNAME} 看", "caption_entities": captioned}
    await heard.of("message", heard.lin.message(group=GROUP, **photo))
    assert [i.text or i.unsupported for i in heard.incoming] == ["那国家级呢", "补助", f"📎 @{USERNAME} 看.jpg"]


async def test_in_a_forum_the_answer_stays_in_its_topic(heard: Heard) -> None:
    [sent] = await heard.lin.says("/why", group=GROUP, message_thread_id=77, is_topic_message=True)
    assert sent.params["message_thread_id"] == 77


async def test_an_anonymous_group_admin_is_a_person(heard: Heard) -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    message = heard.lin.message("/why", group=GROUP)
    assert len(await heard.of("message", message | {"from": anonymous, "sender_chat": message["chat"]})) == 1


def _ignored(lin: Person) -> list[tuple[str, dict[str, Any]]]:
    channel = {"id": -5, "type": "channel", "title": "频道"}
    member = {"user": BOT, "status": "kicked", "until_date": 0}
    before = {"user": BOT, "status": "member"}
    private = lin.telegram.chats[1]
    changed = {"chat": private, "from": lin.user, "date": START}
    return [
        ("message", lin.message("我是机器人") | {"from": OTHER_BOT}),
        ("message", lin.message("频道文章", group=GROUP, sender_chat=channel, is_automatic_forward=True)),
        ("message", lin.message(group=GROUP, migrate_to_chat_id=-100200)),
        ("message", lin.message(new_chat_members=[BOT], group=GROUP)),
        ("message", lin.message(pinned_message=lin.message("置顶"))),
        ("message", lin.message(new_kind_of_content={"x": 1})),
        ("channel_post", {"message_id": 1, "date": START, "chat": channel, "text": f"@{USERNAME} 在吗"}),
        ("my_chat_member", changed | {"old_chat_member": before, "new_chat_member": member}),
        ("poll_answer", {"poll_id": "1", "option_ids": [0], "user": lin.user}),
        ("kind_of_next_year", {"x": 1}),
    ]


async def test_what_asks_nothing_is_ignored_and_harms_nothing(heard: Heard) -> None:
    for kind, payload in _ignored(heard.lin):
        await heard.telegram.deliver(heard.telegram.update(kind, payload))
    [sent] = await heard.lin.says("还在吗")
    assert sent.text == "答"
    assert [incoming.text for incoming in heard.incoming] == ["还在吗"]
