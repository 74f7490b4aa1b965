"""What reminders say, and what is said about them."""

from __future__ import annotations

CALENDAR_FILE = "日程.ics"
SEMINARS_COUNTED = "{count}期研修班"
MAYBE_REPEATED_SUBJECT = "（可能重复）"
REMIND_AHEAD = "⏰ {left}：{title}"
REMIND_LATE = "⚠️ {left}：{title}，请尽快补办并说明情况"
REMIND_RECEIVER = "报送：{receiver}"
REMIND_STATE = "目前：{state}{note}"
REMIND_OWNER = "经办人：{owner}"
REMIND_MISSING = "同一期限一共还差{count}件：{titles}"
REMIND_TEAM = "团队{people}人都在这一项的提醒名单上，还没有人标记处理。"
REMIND_ESCALATED = "这一项已列入{department}和主管处室的督办清单。"
REMIND_FOR_COLLEAGUE = "（您的同事联系不上，这条转给您）\n"
DEPARTMENT = "主管部门"
REMIND_DIGEST = "⏰ 有{count}件事要办："
DAYS_LEFT = "还有{days}天"
LAST_DAYS = "今天最后一天（稳妥）"
CALENDAR_LABEL = "导出日历"
SNOOZE_LABEL = "稍后提醒"
ASK_SNOOZE = "“{title}”什么时候再提醒？"
SNOOZE_LABELS = {"1h": "1小时后", "1d": "明天", "3d": "三天后"}
SNOOZE_DAY_LABEL = "选一天"
ASK_SNOOZE_DAY = "哪天提醒？例如“6月10日”。"
SNOOZE_PAST = "这一天已经到了或过去了，请说一个以后的日期。"
SNOOZED = "好的，{at}再提醒您；原来的提醒照旧。"
NOTHING_TO_SNOOZE = "这一项已经办完或没有期限，不用再提醒。"
REMIND_HOUR = "期限提醒：工作日{hour}点发，夜里不打扰。"
REMIND_PAUSED = "已暂停到{until}。"
LAST_REMINDED = "上次提醒已送达：{at}"
NEVER_REMINDED = "还没有送达过提醒。"
REMIND_FEW = "只在到期前7天、1天和当天提醒；过期照常。"
FEW_LABEL = "少提醒一些"
USUAL_LABEL = "恢复常规次数"
SEMINAR_REMINDERS_LABEL = "提醒情况"
SEMINAR_REMINDERS = "《{name}》的提醒"
SEMINAR_QUIET = "这期已暂停提醒，到{until}恢复。"
SEMINAR_QUIET_UNTIL = "好的，这期到{until}之前不提醒团队任何人。"
SEMINAR_QUIET_OVER = "已恢复这期的提醒。"
SEMINAR_NEXT_REMINDER = "接下来：{at} 提醒{title}"
SEMINAR_NO_REMINDER = "没有排着的提醒。"
QUIET_MISSES = "⚠️ 这段时间里会到期，别忘了：{titles}"
QUIET_LABELS = {"7d": "这期暂停一周", "30d": "这期暂停一个月"}
DELIVERIES_HEADING = "最近的发送记录："
NO_DELIVERIES = "还没有发送过。"
DELIVERY = "· {at} {who}（{channel}）{outcome}：{titles}"
DELIVERY_OUTCOMES = {
    "sent": "已送达",
    "temporary": "没送到，会再试",
    "permanent": "对方已收不到，改发别处",
    "unknown": "不确定是否送达，已重发",
    "": "正在发送",
}
MEMBER_NUMBER = "{number}号成员"
YOURSELF = "您"
PAUSE_LABELS = {"7d": "暂停一周", "30d": "暂停一个月"}
RESUME_LABEL = "恢复提醒"
HOUR_LABEL = "{hour}点"
REMIND_SEMINAR = "《{name}》"
REMIND_BY_DATE = "· {when}：{titles}"
REMIND_WHEN = "{left}，{due}"
