"""One press for all tests of documents, and the facts of a plain certificate."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from elearn.documents.certificate import CertificateFacts
from elearn.documents.printer import Printer

FACTS = CertificateFacts(
    holder_name="Amira Khan", course="Child Abuse and Neglect", level=1, edition="1.0", law_as_at=date(2026, 9, 1), completed=date(2026, 5, 26),
    until=date(2028, 5, 26), minutes=90, result="Passed, 9 of 10",
    outcomes=(
        "describe the four kinds of abuse and how they overlap", "notice signs that a child may be neglected, at any age",
        "respond well if a child says something worrying", "raise a concern, and keep going if nothing changes",
        "share information lawfully to keep a child safe", "keep well while doing this work",
    ),
    issuer="Westmere Safeguarding People Partnership", site_name="Learning Zone", code="WM7-4KQX-92PD",
    verify_url="https://learn.westmere.example/c/WM74KQX92PD", signer="Dr Nadia Sow", signer_role="Independent chair of the partnership",
)

NAMES = {
    "welsh": "Siân Ŵyn ap Llŷr", "polish": "Łukasz Wiśniewski-Żółć", "turkish": "İbrahim Gülşah Çağrı", "vietnamese": "Nguyễn Thị Hương",
    "yoruba": "Ọlá Ọ̀ṣun", "greek": "Ελένη Παπαδοπούλου", "cyrillic": "Ярослава Ґалаґан", "arabic": "محمد عبد الرحمن الخطيب", "urdu": "ثناءاللہ گُل خان",
    "hebrew": "שִׁרָה בֶּן־דָּוִד", "devanagari": "प्रियंका श्रीवास्तव नीनी", "gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ ਢਿੱਲੋਂ", "gujarati": "હાર્દિક પટેલ",
    "bengali": "শ্রেয়া মুখোপাধ্যায়", "tamil": "கிருஷ்ணமூர்த்தி ஶ்ரீ", "telugu": "శ్రీనివాస రావు", "kannada": "ಶ್ರೀನಿವಾಸ ಗೌಡ", "malayalam": "ശ്രീജിത്ത് മേനോൻ",
    "sinhala": "ශ්‍රීමතී පෙරේරා", "thai": "สมชาย ใจดี", "ethiopic": "ሰላም ተስፋዬ", "georgian": "ნინო ბერიძე", "armenian": "Արմեն Հակոբյան",
    "simplified": "张伟 欧阳静", "traditional": "歐陽靜怡 陳小龍", "japanese": "さくら 山田", "korean": "김민준", "mixed": "Dr Fatima (فاطمة) Al-Zahra",
}


@pytest.fixture(scope="session")
def printer() -> Iterator[Printer]:
    printer = Printer()
    yield printer
    printer.close()
