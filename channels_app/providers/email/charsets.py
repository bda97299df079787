"""Bytes of unknown honesty to text: mail whose charset label is missing, misspelt or untrue."""

from __future__ import annotations

import codecs
import re

# Labels that Python does not know, or that by long practice mean a superset (WHATWG Encoding Standard).
_ALIASES = {
    "": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "646": "utf-8",
    "default": "utf-8",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "unknown": "utf-8",
    "binary": "utf-8",
    "8bit": "utf-8",
    "7bit": "utf-8",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "euc-cn": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "x-euc-jp": "euc-jp",
    "cp51932": "euc-jp",
    "iso-2022-jp": "iso2022_jp_2",
    "cp50220": "iso2022_jp_2",
    "cp50221": "iso2022_jp_2",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "windows-949": "cp949",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "cp-850": "cp850",
    "cp-1252": "cp1252",
    "koi8": "koi8-r",
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Codecs that are not text encodings, or that would let a sender run a transformation.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_SINGLE_BYTE = frozenset(
    {"ascii", "iso8859-1", "koi8-r", "koi8-u", *(f"iso8859-{part}" for part in range(2, 17))}
    | {f"cp{page}" for page in (437, 850, 852, 858, 866, 874, *range(1250, 1259))}
)
_LABEL_DUST = re.compile(r"[^a-z0-9._:+-]")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_JIS_RUN = re.compile(rb"\x1b(\$[@B]|\([BJHI]|\$\(D)([^\x1b]*)")


def codec_for(label: str) -> str | None:
    """The Python codec for a charset label as found in mail, None when there is none for it."""
    name = _LABEL_DUST.sub("", label.strip().lower())
    # A label whose "=" was itself quoted-printable encoded: charset=3Diso-8859-1.
    name = name.removeprefix("3d").strip(":")
    name = _ALIASES.get(name, name)
    if name.startswith(("windows-", "windows")):
        name = "cp" + name.removeprefix("windows").lstrip("-")
    elif name.startswith("cp-"):
        name = "cp" + name[3:]
    elif name.startswith("x-iso-"):
        name = name[2:]
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name.replace("-", "_") in _REFUSED:
        return None
    return info.name


def decode_text(data: bytes, label: str = "", *, fallback: str = "cp1252") -> str:
    """Decode mail text; never raises, and prefers readable text over an obedient reading of the label.

    label: charset parameter as found, "" when there is none. fallback: codec for 8-bit text that is
    neither what the label promises nor UTF-8.
    """
    if not data:
        return ""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return data.decode(codec, "replace")
    named = codec_for(label)
    if (named and named.startswith("iso2022_jp")) or _ISO_2022_JP.search(data):
        return _decode_iso_2022_jp(data)
    if named in _SINGLE_BYTE and not data.isascii():
        # Valid multi-byte UTF-8 is hardly ever anything else, while the label is often a default.
        named_first: tuple[str | None, ...] = ("utf-8", named)
    else:
        named_first = (named, "utf-8")
    for codec_name in named_first:
        if codec_name is None:
            continue
        try:
            return data.decode(codec_name)
        except (UnicodeError, ValueError):
            continue
    for codec_name in (_replacement_codec(named), codec_for(fallback)):
        if codec_name is None:
            continue
        try:
            return data.decode(codec_name, "replace")
        except (UnicodeError, ValueError):
            continue
    return data.decode("latin-1")


def _decode_iso_2022_jp(data: bytes) -> str:
    """ISO-2022-JP with the vendor characters (circled digits and the like) that Python's codec lacks:
    double-byte runs are moved to Shift_JIS, whose Windows code page has them."""
    if not _JIS_RUN.search(data):
        return data.decode("cp932", "replace")
    head = data[: data.index(b"\x1b")] if b"\x1b" in data else data
    pieces = [head.decode("cp932", "replace")]
    for match in _JIS_RUN.finditer(data):
        if match[1] in (b"$@", b"$B"):
            pieces.append(_shift_jis(match[2]).decode("cp932", "replace"))
        elif match[1] == b"(I":
            pieces.append(bytes(byte | 0x80 for byte in match[2]).decode("cp932", "replace"))
        else:
            pieces.append(match[2].decode("cp932", "replace"))
    return "".join(pieces)


def _shift_jis(run: bytes) -> bytes:
    """JIS X 0208 code pairs as Shift_JIS; bytes outside the pairs' range (line ends) stay as they are."""
    result = bytearray()
    position = 0
    while position < len(run):
        first, second = run[position], run[position + 1] if position + 1 < len(run) else 0
        if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
            result.append(first)
            position += 1
            continue
        lead = (first - 0x21) // 2 + 0x81
        trail = second + (0x7E if first % 2 == 0 else 0x20 if second >= 0x60 else 0x1F)
        result += bytes((lead + 0x40 if lead > 0x9F else lead, trail))
        position += 2
    return bytes(result)


def _replacement_codec(named: str | None) -> str | None:
    # UTF-8 that failed strictly is far more often mislabelled single-byte text than damaged UTF-8,
    # but a few broken sequences among valid ones are damage: the caller's fallback decides.
    return None if named in (None, "utf-8", "ascii") else named


def fallback_for(label: str) -> str:
    """The codec to try for unlabelled 8-bit text in a mail whose labelled part has this charset."""
    codec = codec_for(label) if label else None
    if codec is None or codec in ("utf-8", "ascii"):
        return "cp1252"
    return "cp932" if codec.startswith("iso2022_jp") else codec


def clean_text(text: str) -> str:
    """Text without what a text column refuses (NUL, lone surrogates) and with one kind of newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False
