"""The words by which questions are told apart, as data: small letters, straight quotes."""

from __future__ import annotations

LEVEL_WORDS: tuple[tuple[str, str], ...] = (
    ("pmh", r"\bpmh\b|pre-?\s?market'?s? high"),
    ("pml", r"\bpml\b|pre-?\s?market'?s? low"),
    ("pdh", r"\bpdh\b|(?:previous|prior|yesterday'?s?|last)(?: trading)? (?:day'?s? |session'?s? )?high|\bhigh of (?:yesterday|the (?:previous|prior|last) (?:day|session))"),
    ("pdl", r"\bpdl\b|(?:previous|prior|yesterday'?s?|last)(?: trading)? (?:day'?s? |session'?s? )?low\b|\blow of (?:yesterday|the (?:previous|prior|last) (?:day|session))"),
    ("pdc", r"\bpdc\b|(?:previous|prior|yesterday'?s?|last)(?: trading)? (?:day'?s? |session'?s? )?clos(?:e|ing)|(?:close[ds]?|end(?:ed)?) yesterday|\bclose of (?:yesterday|the (?:previous|prior|last) (?:day|session))"),
    ("pwh", r"\bpwh\b|(?:previous|prior|last) week'?s? high"),
    ("pwl", r"\bpwl\b|(?:previous|prior|last) week'?s? low"),
    ("r1", r"\br1\b|first resistance"), ("r2", r"\br2\b|second resistance"),
    ("r3", r"\br3\b|third resistance"), ("s1", r"\bs1\b|first support"),
    ("s2", r"\bs2\b|second support"), ("s3", r"\bs3\b|third support"),
    ("pp", r"\bpp\b|\bpivot\b(?!s)"), ("vwap", r"\bvwap\b|volume[- ]weighted"),
    ("atr", r"\batr\b|average true range"),
    ("orh", r"opening range|\borh\b"), ("orl", r"opening range|\borl\b"),
    ("poc", r"\bpoc\b|point of control"), ("vah", r"value area|\bvah\b"), ("val", r"value area|\bval\b"),
)  # fmt: skip
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"pre-?\s?market (?:highs?\s?(?:and|&|\+|/)\s?lows?|lows?\s?(?:and|&|\+|/)\s?highs?|range|levels?|extremes)|\b(?:high and low|low and high|range) (?:of the |in the |in )?pre-?\s?market", ("pmh", "pml")),
    (r"(?:previous|prior|yesterday'?s?|last) (?:day'?s? |session'?s? )?(?:high (?:and|&|/) low|low (?:and|&|/) high|range)", ("pdh", "pdl")),
    (r"\bresistances?\b", ("r1", "r2", "r3")),
    (r"\bsupports?\b", ("s1", "s2", "s3")),
    (r"\bpivots\b", ("pp", "r1", "r2", "r3", "s1", "s2", "s3")),
    (r"\b(?:key )?levels?\b", ("pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "s1", "vwap", "atr")),
)  # fmt: skip
"""The first two name high and low together; the others are wide, and come last."""

GREEKS: tuple[tuple[str, str], ...] = (
    ("delta", r"\bdeltas?\b|directional exposure|\bshare equivalents?\b"),
    ("gamma", r"\bgammas?\b"),
    ("theta", r"\bthetas?\b|\b(?:time )?decay|(?:lose|losing|cost|earn|make)\w* (?:me )?(?:per|a|each|every) day\b|overnight cost"),
    ("vega", r"\bvegas?\b|volatility exposure|exposed to volatility|\bvol exposure"),
    ("rho", r"\brho\b|interest rate exposure"),
    ("all", r"\bgreeks?\b"),
)  # fmt: skip
OF_CONTRACTS: tuple[tuple[str, str], ...] = (
    ("volatility", r"\biv\b|\bimplied vol\w*|\bvolatility\b"),
    ("price", r"\b(?:price|premium|worth|cost|quote|bid|ask|mid|middle)\b|\bhow much\b"),
)
"""What is asked of one contract beside its Greeks."""
INDICATORS: tuple[tuple[str, str], ...] = (
    ("rsi", r"\brsi\b|relative strength index|overbought|oversold"),
    ("macd", r"\bmacd\b"),
    ("bollinger", r"\bbollinger|\bbbands?\b"),
    ("ema", r"\bema\b|exponential (?:moving )?average"),
    ("sma", r"\bsma\b|\bmoving averages?\b|simple average|\b\d{1,3}[- ]?(?:day )?ma\b"),
    ("atr", r"\batr\b|average true range"),
    ("vwap", r"\bvwap\b"),
)  # fmt: skip

OWN = r"\b(?:my|mine|i|i'm|i've|our|we)\b(?! (?:ask|know))|\b(?<!tell )(?<!show )(?<!give )me\b"
DRAW = (
    r"\b(?:draw|mark|sketch)\b|\b(?:add|put|plot|overlay)\b.*\b(?:chart|levels?|lines?|pdh|pdl|pdc|pmh|pml|"
    r"vwap|rsi|macd|ema|sma|pivots?|supports?|resistances?|bollinger)\b"
)
SHOW = r"\b(?:show|open|display|see|view|look at|bring up|pull up|give me)\b|^charts?\b"
CHART_WORDS = r"\b(?:charts?|graph|candlesticks?)\b"
HELP = (
    r"\bwhat (?:can|could|do) (?:you|i) (?:do|ask|know|answer)|^(?:hi|hello|hey|help|good (?:morning|evening))\b[^?]{0,12}[!.?]*$|"
    r"how (?:do|can) (?:you|i) (?:work|use you|use the coach)|who are you|\bwhat are you\b"
)
EXPLICIT_TERM = (
    r"\bwhat (?:do|does|did)\b.*\bmean\b|\bexplain\b|\bdefin(?:e|ition)|\bmeaning of\b|\bwhat's meant\b|"
    r"\bhow (?:is|are|do you) .*\b(?:computed?|calculated?|measured?|defined)\b|\bdifference between\b|"
    r"^(?:is|are|does|do|has|have|why (?:is|are|do|does)) .*\b(?:delta|gamma|theta|vega|rho|iv|implied volatility)\b.*\b(?:positive|negative|always|above zero|below zero|fall|rise|grow|sign|decay)|"
    r"\bwhat (?:is|are) (?:an? )?[\w&' -]+ (?:in trading|in options|good for|used for)\b"
)
TERM = r"^(?:so |ok |and |hey |please )*(?:what is|what's|whats|what are|what're|wat is|tell me about|describe)(?! (?:the|my|its|your)\b) (?:an? )?[\w&%'/ -]{1,40}[?.! ]*$"
NO_TERM = r"\b(?:trading|price|worth|at now|right now|at|doing|up|down|today|yesterday|now|for|on)\b|\bof (?!control|profit|return|the money|loss)|\b(?:high|low|close) of\b|\blevels? \b"
"""What asks for a value although it begins like a question about a word."""
ADVICE = (
    r"\bshould (?:i|we|one)\b|\b(?:good|right|best) (?:time|moment|idea) to\b|\bpredict|\bforecasts?\b|"
    r"\bwill\b.*\b(?:go|rise|fall|reach|hit|close|crash|drop|rally|be|make)\b|\bgoing to\b|\brecommend|"
    r"\bbuy or sell\b|\b(?:buy|sell|short) (?:it|now|signal)|\btips?\b|\bwhat (?:to|would you) (?:buy|sell|trade|do)\b|"
    r"\bguarantee|\bplace (?:an? )?order\b|^(?:please )?(?:buy|sell|short|close|go long)\b|\bmake me rich\b|\bprice targets?\b"
)
RISK = (
    r"\bmax(?:imum|imal)? (?:loss|gain|profit|risk)|\bbreak-? ?evens?\b|\b(?:chance|probability|odds|likelihood) of (?:profit|winning|making)|"
    r"\bhow much (?:can|could|may|might) i (?:lose|win|make|gain)|\bat risk\b|\bmy risk\b|\bwhat do i risk\b|\bworst case\b|\bpop\b"
)
DISTANCE = (
    r"\bhow (?:far|close)\b|\bdistances?\b|\bfar (?:away )?from\b|\baway from\b|\babove or below\b|"
    r"\bclosest (?:level|support|resistance)|\bnearest (?:level|support|resistance)"
)
PERFORMANCE = (
    r"\b(?:win ?-?(?:rate|ratio|percentage)|pnl|profit|loss|losing|performance|performing|drawdown|expectancy|"
    r"how (?:am|did|have) i (?:been )?(?:doing|do|done|perform\w*)|my (?:results?|figures|stats|statistics|record|trading|numbers)|"
    r"(?:best|worst|biggest|largest) trade|how many trades|how much (?:did|have) i (?:make|made|lose|lost|earn\w*)|"
    r"am i (?:profitable|winning|losing|up|down|making))\b|p\s?&\s?l"
)
ASKED_FOR: tuple[tuple[str, str], ...] = (
    ("win_rate", r"win ?-?(?:rate|ratio|percentage)"),
    ("pnl", r"\bpnl\b|p\s?&\s?l|how much (?:did|have) i|net (?:profit|loss)|am i (?:profitable|up|down|making|winning|losing)"),
    ("profit_factor", r"profit factor"),
    ("expectancy", r"expectancy|average trade"),
    ("drawdown", r"drawdown"),
    ("best", r"\b(?:best|biggest|largest) (?:trade|win)"),
    ("worst", r"\b(?:worst trade|(?:biggest|largest|worst) loss)"),
    ("trades", r"how many trades"),
)  # fmt: skip
OTHERS: tuple[tuple[str, str], ...] = (
    ("status", r"\bmarkets?\b.*\b(?:open|opens|closed?|closes|hours|trading)\b|\b(?:open|opens|closed?|closes|closing)\b.*\bmarkets?\b|market status|\b(?:trading|market) hours\b|\bpre-?market (?:open|start|now)|is it (?:pre-?market|after-?hours)|\b(?:opening|closing) bell\b"),
    ("positions", r"\bpositions?\b|\bholdings?\b|what (?:do i|am i) (?:hold|holding|own)|\bportfolio\b|am i (?:long|short|in)\b|open trades"),
    ("trades", r"\b(?:last|latest|newest|recent|past|previous)\b.*\btrades?\b|\btrade (?:history|list|log)\b|\bmy trades\b|\b(?:list|show)\b.*\btrades\b"),
    ("performance", PERFORMANCE),
    ("price", r"\b(?:price|pirce|trading at|trade at|quote|worth|cost|last|at now|now at|right now)\b|where is\b|where's\b|how much\b|what is\b|what's\b|whats\b|^\$?[a-z]{1,5}[?!. ]*$"),
)  # fmt: skip
KINDS: dict[str, str] = {
    "patterns": (
        r"\bpatterns?\b|\bwhen (?:do|did|am) i (?:trade|win|lose|perform|best|worst|make|good|most)|"
        r"\b(?:best|worst|strongest|weakest) (?:time|times|hours?|days?|weekdays?|symbols?|instruments?|tickers?)\b|"
        r"\b(?:which|what) (?:days?|hours?|times?|weekdays?|symbols?|instruments?|tickers?) (?:do|did|am|is|are|of|works?)\b|"
        r"\btime of (?:the )?day\b|\bdays? of (?:the )?week\b|\bwhat am i (?:good|bad|best|worst) at\b|\binsights?\b|"
        r"\bmy (?:strengths?|weakness(?:es)?|edge|habits?)\b|\bby (?:weekday|hour|symbol|instrument)\b"
    ),
    "board": (
        r"\bleader ?boards?\b|\b(?:best|top|leading|winning|worst|(?:most|least) \w+)(?: \w+)? (?:robots?|bots?|algos?|strateg(?:y|ies)|traders?)\b|"
        r"\b(?:which|what) (?:robots?|bots?|algos?|strateg(?:y|ies)|traders?) (?:is|are|has|have|does|do|did|makes?|made|performs?|works?|wins?|trades?)(?: the)? (?:best|better|most|top|profitable|well|ahead|leading)\b|"
        r"\brank(?:s|ed|ing|ings)?\b.*\b(?:robots?|bots?|algos?|traders?)\b|\b(?:robots?|bots?|algos?|traders?)\b.*\brank(?:s|ed|ing|ings)?\b"
    ),
    "robots": r"\b(?:robots?|bots?|deployments?|algos?)\b",
    "beside": r"^(?:is|are|was)\b.*\b(?:above|below|over|under|near|at)\b",
    "change": (
        r"\bcompar(?:e|ed|ing|ison)\b|\b(?:vs\.?|versus)\b|\b(?:stronger|weaker|better|worse|outperform\w*|underperform\w*)\b|"
        r"\bhow much\b.*\b(?:up|down|moved?|changed?|gain(?:ed)?|risen|fallen|lost|dropped)\b|"
        r"\b(?:up|down|green|red|change|changed|move|moved|gain|gained|return)\b.*\b(?:today|yesterday|so far|since)\b|"
        r"\bhow (?:is|are|was) (?!the market\b|it\b)[\w/.$& ]+ (?:doing|going|performing|holding up)\b|\bpercent(?:age)? change\b|\bday'?s change\b"
    ),
    "bars": (
        r"\b(?:bars?|candles?|ohlcv?)\b|\btoday'?s? (?:high|low|open|range|volume)|\b(?:high|low|range|volume) (?:of )?(?:today|this week|this month|the day)\b|"
        r"\blast \d+ (?:days|weeks|months|hours|minutes)\b|\bopen(?:ed|ing)? price\b|\b(?:long|longer)[- ]term\b|\bswing\b"
    ),
}
PERIODS: tuple[tuple[str, int, str], ...] = (
    ("daily", 1, r"\byesterday\b"),
    ("weekly", 1, r"\b(?:last|past|previous) week\b"),
    ("monthly", 1, r"\b(?:last|past|previous) month\b"),
    ("daily", 0, r"\btoday\b|\bdaily\b|this day\b"),
    ("weekly", 0, r"\bthis week\b|\bweekly\b|\bthe week\b"),
    ("monthly", 0, r"\bthis month\b|\bmonthly\b|\bthe month\b"),
    ("all_time", 0, r"\ball[- ]time\b|\bever\b|\bin total\b|\boverall\b|\bso far\b"),
)  # fmt: skip
"""A period, how many of them ago, and the words for it."""
OTHER_SPAN = r"\b(?:last|past|previous|this) (?:(?:\d+|few|two|three|six|twelve) )?(?:days|weeks|months|quarters?|years?)\b|\bytd\b|\byear to date\b|\bsince\b|\bin (?:january|february|march|april|may|june|july|august|september|october|november|december|20\d\d)\b"
"""Spans of time for which no figures are kept."""
VENUES: tuple[tuple[str, str], ...] = (
    ("CMES", r"\bfutures?\b|\bcme\b|/es\b|/nq\b"),
    ("24/7", r"\bcrypto\w*\b|\bbitcoin\b|\bbtc\b|\bforex\b"),
)  # fmt: skip
