"""Pairs of texts with which a model is measured and its export is checked."""

__all__ = ["PROBES"]

PROBES: tuple[tuple[str, str], ...] = (
    ("How tall is the lighthouse?", "The lighthouse stands 41 metres above the sea."),
    ("Who founded the school?", "The school was founded by a retired sailor, Maria Lund."),
    ("When did the bakery open?", "The bakery opened its doors in the spring of 1954."),
    ("Why was the match postponed?", "Heavy rain forced the league to move the match to Sunday."),
    ("What do hedgehogs eat?", "Hedgehogs live mostly on beetles, caterpillars and earthworms."),
    ("How much does the ticket cost?", "A single ticket is sold for three euros."),
    ("Where was the treaty signed?", "Both sides signed the treaty in Vienna."),
    ("What causes tides?", "The pull of the Moon on the oceans makes the tides rise and fall."),
    ("Which team won the final?", "In the final the visitors beat the home side by two goals."),
    ("How is glass made?", "Sand, soda and lime are melted together to make glass."),
    ("What did the minister promise?", "The minister pledged to lower taxes on small firms."),
    ("How many people live on the island?", "The island has about nine hundred inhabitants."),
    ("Who wrote the opera?", "The opera is the work of a young composer from Porto."),
    ("What is the painting about?", "The canvas shows fishermen hauling their nets at dawn."),
    ("How does a vaccine work?", "A vaccine teaches the immune system to recognise a germ."),
    ("When should roses be pruned?", "Gardeners cut back their roses in late winter."),
)
"""Questions, each with a sentence that answers it and no other question."""
