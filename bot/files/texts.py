"""Reasons for refusing a file, as its sender reads them."""

from __future__ import annotations

UNNAMED = "未命名"
TOO_LARGE = "文件有{size:.0f}MB，超过{most}MB的上限，请压缩图片或拆开后再发。"
EMPTY = "这个文件是空的，请确认后重新发送。"
WITH_MACROS = "不收带宏的文件，请另存为 .xlsx 或 .docx 后再发。"
DISGUISED = "文件名以{ending}结尾，内容却是{found}。请用正确的扩展名另存后再发。"
UNKNOWN = "认不出这个文件。请发 {accepted} 格式的文件。"
OLD_OFFICE = "暂不支持旧版 {ending} 文件，请另存为 {ending}x 后再发。"
ENCRYPTED = "文件设了打开密码，读不了。请去掉密码后再发。"
DAMAGED = "文件已损坏，打不开。请重新导出后再发。"
MACROS_INSIDE = "文件里带有宏，不能收。请另存为不带宏的 .xlsx 或 .docx 后再发。"
ARCHIVE = "不收压缩包。请逐个发送 {accepted} 格式的文件。"
BOMB = "文件解开后异常庞大，已拒收。请检查文件，或只复制需要的内容到新文件再发。"

UNREADABLE = "文件打不开，可能已损坏或设了密码。请在电脑上确认能打开，另存一份后再发。"
TOO_SLOW = "文件太复杂，读了半分钟还没读完。请只保留需要的表格后再发。"

STORAGE_FULL = "系统存放文件的空间满了，这个文件没有收下。请联系主管处室。"
QUOTA_USED = "您的文件合计超过{most}MB了，请先在“材料文档”里删掉不用的。"
NOT_STORED = "系统暂时存不了文件，请稍后再发一次。"

NOT_TEXT = "认不出这个文件。通知请用 docx、pdf、html、txt 格式。"
NO_TEXT = "这个文件里没有文字。请用能选中文字的文件，或把文字粘贴成 txt。"
NO_OCR = "这是扫描件，没有可选中的文字，本机也没有装文字识别（yanxiu[ocr]）。请用能选中文字的文件，或把正文粘贴进来。"
