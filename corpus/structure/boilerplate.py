"""Recognises lines of a web page that were copied with an article but are not part of it.

Patterns match whole, short lines only: to lose a sentence of the author is worse than to keep a
button.
"""

import re

__all__ = ["is_boilerplate"]

LONGEST = 140  # characters

_SITES = (
    "facebook|twitter|x|linkedin|whatsapp|telegram|viber|e-?mail|print|pinterest|reddit|instagram|"
    "youtube|tiktok|threads|bluesky|mastodon|messenger|vk|vkontakte|вконтакте|одноклассники|"
    "дзен|телеграм|вотсап|mail"
)
_BUTTON = (
    "facebook|twitter|linkedin|whatsapp|telegram|pinterest|reddit|vkontakte|вконтакте|"
    "одноклассники|share|tweet|print|copy link"
)
_SHARES = f"{_SITES}|share|tweet|pin|post|save|copy link|copy|link|more|comment|like|поделиться"
_PATTERNS = (
    # prompts to subscribe
    r"get (?:all )?(?:the |our )?(?:latest|newest|top|daily|breaking)\b.*"
    r"\b(?:browser|inbox|e-?mail|phone|device|app|newsletter|notifications?)",
    r"(?:please )?(?:subscribe|sign ?up|register|join)(?: now| today| here)?"
    r"(?:(?: for| to)? (?:our|the|free|a|daily|weekly|your)\b.{0,60}"
    r"(?:newsletters?|mailing list|alerts|notifications|channel|updates|e-?mails?|feed|digest|"
    r"account)\b.{0,40})?",
    r"already a (?:subscriber|member)\b.{0,40}",
    r"(?:log ?in|sign ?in)(?: to (?:continue|comment).{0,30})?",
    r"(?:enter|your) (?:your )?e-?mail(?: address)?",
    r"follow us(?: on .{0,60})?",
    r"(?:turn on|enable|allow) (?:push |browser |desktop )?notifications",
    r"(?:подписывайтесь|подпишитесь|подписаться)(?: на .{0,40}(?:канал|рассылк|нас|новост|телеграм|"
    r"telegram|обновлени|дзен|уведомлени|соцсет|страниц).{0,60})?",
    r"(?:читайте|следите|присоединяйтесь).{0,40}\b(?:телеграм\w*|telegram|канал\w*|соцсет\w*|дзен\w*|"
    r"новостями|вконтакте|max)\b.{0,40}",
    r"(?:jetzt )?(?:newsletter )?abonnieren|abonnez-vous\b.{0,60}|suscríb[ae]\w*\b.{0,60}",
    # sharing
    r"(?:share|tweet|pin|e-?mail|print|save|like)"
    r" (?:this|the)(?: article| story| post| page| news)?"
    rf"(?: (?:on|via|with|by) (?:(?:{_SITES}|friends)\W*)+)?",
    rf"{_BUTTON}|(?:{_SHARES})(?:[\s,|•·/]+(?:{_SHARES})){{1,11}}",
    r"поделиться(?: (?:в|с|новостью|статьёй|статьей|ссылкой)\b.{0,40})?|распечатать",
    r"скопировать ссылку|(?:diesen )?artikel teilen|teilen",
    r"partager(?: cet article| sur .{0,40})?|compartir(?: en .{0,40})?",
    # to other pages
    r"(?:read|see|watch) (?:more|also|next|related)(?:\s*:.{0,110}| (?:here|stories|articles))?",
    r"(?:related|more|recommended|popular|trending|latest)"
    r" (?:articles?|stories|story|posts?|news|topics|for you|now|on this topic|reading)|related",
    r"most (?:read|popular|viewed)(?: (?:articles?|stories|today))?",
    r"(?:continue reading|story continues|article continues|skip)(?: (?:below|to (?:main )?content|"
    r"advertisement|after advertisement))*(?: the main story)?",
    r"(?:читайте|смотрите) (?:также|ещё|еще|далее|по теме)(?:\s*:.{0,110})?",
    r"читать (?:далее|полностью)",
    r"(?:материалы )?по теме|(?:ещё|еще) по теме|самое (?:популярное|читаемое)|главные новости",
    r"lesen sie (?:auch|mehr)(?:\s*:.{0,110})?|mehr zum thema",
    r"(?:à )?lire aussi(?:\s*:.{0,110})?|le[ea] también(?:\s*:.{0,110})?",
    # the page itself
    r"advertisements?|sponsored(?: content)?|promoted|paid content|реклама|на правах рекламы|"
    r"anzeige|werbung|publicité|publicidad|pubblicità",
    r"(?:we|this (?:web)?site|our (?:web)?site)(?: and our partners)? uses? cookies"
    r"(?:\b.{0,80}\b(?:site|website|experience|browser|traffic|ads|privacy|policy|services?)\b"
    r".{0,40})?",
    r"(?:accept|reject|manage) (?:all )?cookies|cookie (?:settings|policy|preferences)",
    r"by (?:continuing to|using (?:this|our)|browsing (?:this|our))\b.{0,60}"
    r"\b(?:cookies|privacy policy|terms)\b.{0,60}",
    r"(?:мы|(?:наш |этот )?сайт) использу(?:ем|ет) (?:файлы )?(?:cookies?|куки)\b.{0,110}",
    r".{0,80}\ball rights reserved",
    r"©.{0,100}|\(c\)\s*\d{4}.{0,90}|copyright (?:©|\(c\)|\d{4}).{0,90}",
    r".{0,80}(?:все права защищены|alle rechte vorbehalten|tous droits réservés|"
    r"todos los derechos reservados)",
    r"comments(?: \(?\d+\)?)?|\d+ comments?|(?:leave|post|add) a (?:comment|reply)|view comments|"
    r"(?:\d+ )?комментари(?:и|ев|я|й)(?: \(?\d+\)?)?|оставить комментарий",
    r"\d+[- ]min(?:ute)?s?(?: to)? read|(?:reading time|время чтения)\s*:.{0,30}",
    r"listen to (?:this )?(?:article|story)|click here(?: to .{0,60})?|back to top|наверх|loading",
)
_LINE = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)
_EDGES = " \t\u00a0.!…»›>→←«‹<|•·*–—-[]#:"


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is a page's button, prompt, notice or list of links."""
    if len(line) > LONGEST:
        return False
    bare = line.strip(_EDGES)
    return bool(bare) and _LINE.fullmatch(bare) is not None
